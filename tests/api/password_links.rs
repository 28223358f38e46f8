//! Links by mail that set a password: asked for, used once, their page, and invitations of new users.
//! Passwords that are changed or guessed are in passwords.rs.

use chrono::Duration;
use leaddock::access::Role;
use leaddock::kernel::id::UserId;
use serde_json::{Value, json};

use crate::passwords::{ME, NEW, NEWER, RESET, ask, change, confirm, link, log_in, token_in};
use crate::support::desk::{INQUIRIES, USERS, create, path};
use crate::support::{Answer, PASSWORD, PUBLIC_URL, TestApp, at_once, each_database};

fn fill_in(app: &TestApp, fields: &[(&str, &str)]) -> Answer {
    app.nobody().form(PAGE, fields, "text/html")
}

/// What every state of the page has: no script may run on it, nothing leads from it, nobody keeps it.
#[track_caller]
fn is_page(answer: &Answer) {
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{}", answer.text);
    let policy = answer.header("content-security-policy").unwrap();
    assert!(
        policy.contains("default-src 'none'")
            && policy.contains("frame-ancestors 'none'")
            && policy.contains("form-action 'self'"),
        "{policy}"
    );
    assert!(
        !policy.contains("script-src")
            && !answer.text.contains("<script")
            && !answer.text.contains("javascript:")
            && !answer.text.contains("http")
    );
    assert_eq!(
        (answer.header("referrer-policy"), answer.header("cache-control")),
        (Some("no-referrer"), Some("no-store"))
    );
}

fn without_id(mut answer: Answer) -> Value {
    answer.json["request_id"] = json!(null);
    answer.json
}

const PAGE: &str = "/a/password";

each_database! {
    fn a_request_for_a_link_is_only_written_down(app) {
        let user = app.add_user(Role::Agent, None);
        let known = ask(&app, &app.email(user)).expect(202);
        let unknown = ask(&app, "nobody@example.com").expect(202);
        assert_eq!((known.text.as_str(), unknown.text.as_str()), ("", ""));
        let links = |app: &TestApp| {
            app.read(move |read| {
                leaddock::access::passwords::store::made_since(
                    read.conn,
                    user,
                    leaddock::access::passwords::Purpose::Reset,
                    read.now.minus(Duration::hours(1)),
                )
            })
        };
        assert_eq!(links(&app), 0, "nobody has been looked up yet");
        let mails = app.mails();
        assert_eq!((mails.len(), links(&app)), (1, 1));
        assert_eq!(mails[0].to, app.email(user));
        // Five an hour, however often one asks.
        for _ in 0..9 {
            ask(&app, &app.email(user)).expect(202);
        }
        assert_eq!((app.mails().len(), links(&app)), (4, 5));
    }

    fn who_forgot_it_sets_another_by_mail(app) {
        let user = app.add_user(Role::Agent, None);
        let (session, bystander) = (app.login_as(user), app.login(Role::Agent));
        let forged = [
            ("Content-Type", "application/json"),
            ("X-Forwarded-Host", "evil.example"),
            ("X-Forwarded-Proto", "http"),
            ("Forwarded", "host=evil.example"),
        ];
        let body = json!({"email": app.email(user).to_uppercase()}).to_string().into_bytes();
        app.nobody().send("POST", RESET, &forged, Some(body)).expect(202);
        let [mail] = &app.mails()[..] else { panic!("one mail") };
        assert_eq!(mail.to, app.email(user));
        let links: Vec<&str> = mail.text.split("http").skip(1).collect();
        assert!(links.iter().all(|link| link.starts_with(&PUBLIC_URL["http".len()..])), "{}", mail.text);
        assert!(
            !mail.html.contains("evil")
                && !mail.html.contains("127.0.0.1")
                && !mail.subject.contains(&token_in(mail))
        );
        // Nothing has happened yet.
        session.get(ME).expect(200);
        log_in(&app, user, PASSWORD).expect(200);

        let token = token_in(mail);
        assert_eq!(confirm(&app, &token, NEW).expect(204).text, "");
        session.get(ME).refused(401, "unauthenticated");
        bystander.get(ME).expect(200);
        log_in(&app, user, PASSWORD).refused(401, "wrong_login");
        log_in(&app, user, NEW).expect(200);
        confirm(&app, &token, NEWER).refused(422, "invalid_token");
        log_in(&app, user, NEW).expect(200);
    }

    fn a_link_serves_once_however_many_try(app) {
        let user = app.add_user(Role::Agent, None);
        let token = link(&app, user);
        let passwords: Vec<String> = (0..6).map(|n| format!("{NEW}-{n}")).collect();
        let answers = at_once(6, |n| confirm(&app, &token, &passwords[n]).status);
        let winners: Vec<usize> = (0..6).filter(|n| answers[*n] == 204).collect();
        assert_eq!(
            (winners.len(), answers.iter().filter(|status| **status == 422).count()),
            (1, 5),
            "{answers:?}"
        );
        log_in(&app, user, &passwords[winners[0]]).expect(200);
    }

    fn a_link_serves_for_an_hour_and_until_a_newer_one(app) {
        let user = app.add_user(Role::Agent, None);
        let old = link(&app, user);
        app.advance(Duration::minutes(1));
        let newer = link(&app, user);
        assert_ne!(old, newer);
        confirm(&app, &old, NEW).refused(422, "invalid_token");
        app.advance(Duration::hours(1) - Duration::milliseconds(1));
        confirm(&app, &newer, NEW).expect(204);
        let late = link(&app, user);
        app.advance(Duration::hours(1));
        confirm(&app, &late, NEWER).refused(422, "invalid_token");
        // A change by who knows the password makes a link worthless, too, and so does leaving.
        let waiting = link(&app, user);
        change(&app.nobody().login(&app.email(user), NEW), NEW, NEWER).expect(204);
        confirm(&app, &waiting, NEW).refused(422, "invalid_token");
        let waiting = link(&app, user);
        app.login_as(app.admin().id())
            .patch(&format!("{USERS}/{user}"), &json!({"active": false}))
            .expect(200);
        confirm(&app, &waiting, NEW).refused(422, "invalid_token");
    }

    fn a_link_goes_with_the_address_it_was_sent_to(app) {
        let (user, admin) = (app.add_user(Role::Agent, None), app.admin());
        let place = format!("{USERS}/{user}");
        let old = link(&app, user);
        admin.patch(&place, &json!({"email": "moved@example.com"})).expect(200);
        confirm(&app, &old, NEW).refused(422, "invalid_token");
        // Who leaves and comes back asks anew.
        let old = link(&app, user);
        admin.patch(&place, &json!({"active": false})).expect(200);
        confirm(&app, &old, NEW).refused(422, "invalid_token");
        admin.patch(&place, &json!({"active": true})).expect(200);
        confirm(&app, &old, NEW).refused(422, "invalid_token");
        assert!(app.mails().is_empty(), "who has a password is not invited");
        confirm(&app, &link(&app, user), NEW).expect(204);
        // What does not touch the address or the account leaves a link alone.
        let good = link(&app, user);
        admin.patch(&place, &json!({"name": "别名", "role": "manager"})).expect(200);
        confirm(&app, &good, NEWER).expect(204);
    }

    fn an_invitation_follows_its_user(app) {
        let admin = app.admin();
        let later = json!({"email": "later@example.com", "name": "后来", "role": "agent", "active": false});
        let place = format!("{USERS}/{}", admin.post(USERS, &later).expect(201).id());
        assert!(app.mails().is_empty());
        admin.patch(&place, &json!({"active": true})).expect(200);
        let first = token_in(&app.mails()[0]);
        admin.patch(&place, &json!({"email": "moved@example.com"})).expect(200);
        let mails = app.mails();
        assert_eq!(mails.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), ["moved@example.com"]);
        confirm(&app, &first, NEW).refused(422, "invalid_token");
        confirm(&app, &token_in(&mails[0]), NEW).expect(204);
        app.nobody().login("moved@example.com", NEW).get(ME).expect(200);
    }

    fn nobody_is_told_who_exists(app) {
        let (known, gone) = (app.add_user(Role::Agent, None), app.add_user(Role::Agent, None));
        app.admin().patch(&format!("{USERS}/{gone}"), &json!({"active": false})).expect(200);
        let emails = [
            app.email(known),
            app.email(gone),
            "nobody@example.com".to_owned(),
            "no address".to_owned(),
            String::new(),
        ];
        let mut told = Vec::new();
        for email in &emails {
            let answer = ask(&app, email).expect(202);
            let mut names: Vec<&str> = answer.headers.keys().map(|name| name.as_str()).collect();
            names.sort_unstable();
            told.push((answer.text.clone(), format!("{names:?}")));
        }
        assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{told:?}");
        let mails = app.mails();
        assert_eq!(mails.iter().map(|mail| mail.to.clone()).collect::<Vec<_>>(), [app.email(known)]);
        app.nobody().post(RESET, &json!({})).finds_fault_with(&["/email"]);
        app.nobody().post(RESET, &json!({"email": ["a"], "x": 1})).finds_fault_with(&["/email", "/x"]);
    }

    fn an_account_gets_five_links_an_hour(app) {
        let (user, other) = (app.add_user(Role::Agent, None), app.add_user(Role::Agent, None));
        let mut last = String::new();
        for _ in 0..5 {
            last = link(&app, user);
            app.advance(Duration::minutes(2));
        }
        let fifth = ask(&app, &app.email(other)).expect(202).text;
        assert_eq!(app.mails().len(), 1);
        for _ in 0..3 {
            assert_eq!(
                ask(&app, &app.email(user)).expect(202).text,
                fifth,
                "nobody is told that it was too often"
            );
        }
        assert!(app.mails().is_empty());
        // The last one serves still; an hour after the first there may be one more.
        app.advance(Duration::minutes(50) - Duration::milliseconds(1));
        ask(&app, &app.email(user)).expect(202);
        assert!(app.mails().is_empty());
        confirm(&app, &last, NEW).expect(204);
        app.advance(Duration::milliseconds(1));
        link(&app, user);
        ask(&app, &app.email(user)).expect(202);
        assert!(app.mails().is_empty());
    }

    fn what_is_no_link_of_ours_is_told_so(app) {
        let user = app.add_user(Role::Agent, None);
        let token = link(&app, user);
        let mut bent = token.clone();
        let last = if bent.pop() == Some('A') { 'E' } else { 'A' };
        bent.push(last);
        let mut told = Vec::new();
        for made_up in [
            "",
            "x",
            "pwl_00000000000000000000000000",
            &"A".repeat(64),
            &bent,
            &token[1..],
            &format!("{token}A"),
            &token.to_lowercase(),
        ] {
            told.push(without_id(confirm(&app, made_up, NEW).refused(422, "invalid_token")));
        }
        assert!(told.windows(2).all(|pair| pair[0] == pair[1]));
        confirm(&app, &"x".repeat(1001), NEW).finds_fault_with(&["/token"]);
        // Whoever has no link is not even told what a password must be.
        confirm(&app, "x", "short").refused(422, "invalid_token");
        confirm(&app, &token, NEW).expect(204);
    }

    fn a_new_user_is_invited(app) {
        let admin = app.admin();
        let new = json!({"email": "lin@example.com", "name": "林晓", "role": "agent", "locale": "zh-CN"});
        let user: UserId = admin.post(USERS, &new).expect(201).id().parse().unwrap();
        let [mail] = &app.mails()[..] else { panic!("one mail") };
        assert_eq!((mail.to.as_str(), mail.to_name.as_str()), ("lin@example.com", "林晓"));
        let token = token_in(mail);
        log_in(&app, user, NEW).refused(401, "wrong_login");
        // Without a password there is no work for him yet.
        let inquiry = create(admin, json!({}));
        admin
            .post(&format!("{}/assign", path(&inquiry)), &json!({"auto": true}))
            .refused(409, "nobody_eligible");

        app.advance(Duration::days(3) - Duration::milliseconds(1));
        confirm(&app, &token, NEW).expect(204);
        app.nobody().login("lin@example.com", NEW).get(INQUIRIES).expect(200);
        let admin = app.login_as(admin.id());
        assert_eq!(
            admin.post(&format!("{}/assign", path(&inquiry)),
                &json!({"auto": true})).expect(200).json["assignee_id"],
            user.to_string()
        );
        assert_eq!(app.mails().len(), 1);
        confirm(&app, &token, NEWER).refused(422, "invalid_token");

        // Too late; but there is the other way.
        let late = app.add_passwordless(Role::Agent);
        let token = token_in(&app.mails()[0]);
        app.advance(Duration::days(3));
        confirm(&app, &token, NEW).refused(422, "invalid_token");
        confirm(&app, &link(&app, late), NEW).expect(204);
        // Who is not to come in yet is not invited.
        let admin = app.login_as(admin.id());
        admin
            .post(
                USERS,
                &json!({"email": "later@example.com", "name": "后来", "role": "agent", "active": false}),
            )
            .expect(201);
        assert!(app.mails().is_empty());
    }

    fn a_link_leads_to_a_page(app) {
        let user = app.add_user(Role::Agent, None);
        let session = app.login_as(user);
        let token = link(&app, user);
        let shown = app
            .nobody()
            .send("GET", &format!("{PAGE}?token={token}"), &[("Accept-Language", "zh-CN")], None)
            .expect(200);
        is_page(&shown);
        assert!(
            shown.text.contains("设置密码")
                && shown.text.contains(&format!("value=\"{token}\""))
                && shown.text.contains("method=\"post\"")
        );
        assert!(
            app.nobody().get(&format!("{PAGE}?token={token}")).expect(200).text.contains("Set your password")
        );

        // What is wrong keeps one on the page, with the link in the form.
        for (password, again) in [(NEW, NEWER), ("short", "short"), ("password1234", "password1234")] {
            let stays =
                fill_in(&app, &[("token", &token), ("password", password), ("again", again)]).expect(422);
            is_page(&stays);
            assert!(
                stays.text.contains("role=\"alert\"")
                    && stays.text.contains(&token)
                    && !stays.text.contains(password),
                "{}",
                stays.text
            );
        }
        session.get(ME).expect(200);
        let done = fill_in(&app, &[("token", &token), ("password", NEW), ("again", NEW)]).expect(200);
        is_page(&done);
        assert!(
            !done.text.contains(&token) && !done.text.contains("<form") && !done.text.contains(NEW),
            "{}",
            done.text
        );
        session.get(ME).refused(401, "unauthenticated");
        log_in(&app, user, NEW).expect(200);
        let used = fill_in(&app, &[("token", &token), ("password", NEWER), ("again", NEWER)]).expect(422);
        is_page(&used);
        assert!(used.text.contains("role=\"alert\""));
        log_in(&app, user, NEW).expect(200);
    }

    fn the_page_holds_whatever_comes(app) {
        let poison = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E";
        for query in ["", "?", "?token=", "?token=%FF", &format!("?token={poison}"), "?x=1&token=a&token=b"] {
            let shown = app.nobody().get(&format!("{PAGE}{query}")).expect(200);
            is_page(&shown);
            assert!(!shown.text.contains("<script") && !shown.text.contains("\">alert"));
        }
        let stays =
            fill_in(&app, &[("token", "\"><script>alert(1)</script>"), ("password", NEW), ("again", NEW)])
                .expect(422);
        is_page(&stays);
        for fields in [&[][..], &[("token", "x")], &[("password", NEW), ("again", NEW)]] {
            let refused = fill_in(&app, fields);
            assert!(
                (400..500).contains(&refused.status) && !refused.text.contains("panicked"),
                "{} {}",
                refused.status,
                refused.text
            );
        }
        let refused = app.nobody().post(PAGE, &json!({"token": "x", "password": NEW, "again": NEW}));
        assert!((400..500).contains(&refused.status), "{}", refused.text);
        let differ = [("token", "x"), ("password", NEW), ("again", NEWER)];
        let refused = app.nobody().form(PAGE, &differ, "application/json").refused(422, "invalid");
        assert_eq!(refused.pointers(), ["/again"], "a program gets no page");
        let allowed =
            app.nobody().send("PUT", PAGE, &[], Some(Vec::new())).refused(405, "method_not_allowed");
        let mut methods: Vec<&str> = allowed.header("allow").unwrap().split(", ").collect();
        methods.sort_unstable();
        assert_eq!(methods, ["GET", "HEAD", "POST"]);
        // A path that begins alike is another.
        app.nobody().get("/a/passwords").refused(404, "not_found");
    }
}
