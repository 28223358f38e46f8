//! Passwords: changed by who knows the present one, set by a link in a mail, and the wait of who guesses.
//! What a session is worth afterwards in detail is in sessions.rs.

use chrono::Duration;
use leaddock::access::Role;
use leaddock::kernel::id::UserId;
use leaddock::platform::mail::Letter;
use serde_json::{Value, json};

use crate::support::desk::{INQUIRIES, USERS, create, path};
use crate::support::{Answer, Client, Database, PASSWORD, PUBLIC_URL, TestApp, at_once, each_database};

const LOGIN: &str = "/api/v1/auth/login";
const RESET: &str = "/api/v1/auth/password-reset";
const CONFIRM: &str = "/api/v1/auth/password-reset/confirm";
const MINE: &str = "/api/v1/me/password";
const ME: &str = "/api/v1/me";
const PAGE: &str = "/a/password";
const NEW: &str = "a-brand-new-passphrase-77";
const NEWER: &str = "vX9#kk2!LmQz";

/// What stands in the link of a mail.
#[track_caller]
pub fn token_in(mail: &Letter) -> String {
    let (_, rest) =
        mail.text.split_once(&format!("{PUBLIC_URL}/a/password?token=")).expect("a link in the mail");
    let token: String =
        rest.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect();
    assert!(token.len() > 40 && mail.html.contains(&token), "{}", mail.text);
    token
}

fn log_in(app: &TestApp, user: UserId, password: &str) -> Answer {
    app.nobody().post(LOGIN, &json!({"email": app.email(user), "password": password}))
}

fn ask(app: &TestApp, email: &str) -> Answer {
    app.nobody().post(RESET, &json!({"email": email}))
}

/// Asks for a link, and takes it out of the one mail.
#[track_caller]
fn link(app: &TestApp, user: UserId) -> String {
    ask(app, &app.email(user)).expect(202);
    let mails = app.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, app.email(user));
    token_in(&mails[0])
}

fn confirm(app: &TestApp, token: &str, password: &str) -> Answer {
    app.nobody().post(CONFIRM, &json!({"token": token, "password": password}))
}

fn change(client: &Client, current: &str, new: &str) -> Answer {
    let body = json!({"current_password": current, "new_password": new}).to_string().into_bytes();
    client.send("PUT", MINE, &[("Content-Type", "application/json")], Some(body))
}

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

#[test]
fn an_outage_is_no_wrong_password() {
    let app = TestApp::start(Database::Sqlite).unwrap();
    let user = app.add_user(Role::Agent, None);
    let other = app.lock_out();
    for answer in at_once(6, |_| log_in(&app, user, PASSWORD)) {
        assert_eq!(answer.status, 503, "{}", answer.text);
    }
    drop(other);
    // The clock of the account stands still: six failures would have it wait.
    log_in(&app, user, PASSWORD).expect(200);
    // A wrong one is still one, whatever else fails.
    let other = app.lock_out();
    for answer in at_once(6, |_| log_in(&app, user, NEW)) {
        assert_eq!(answer.status, 503, "{}", answer.text);
    }
    drop(other);
    log_in(&app, user, PASSWORD).refused(429, "too_many_attempts");
}

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

    fn who_knows_his_password_changes_it(app) {
        let user = app.add_user(Role::Agent, None);
        let (mine, other, bystander) = (app.login_as(user), app.login_as(user), app.login(Role::Agent));
        let refresh = log_in(&app, user, PASSWORD).expect(200).json["refresh_token"].clone();
        assert_eq!(change(&mine, PASSWORD, NEW).expect(204).text, "");
        mine.get(ME).expect(200);
        other.get(ME).refused(401, "unauthenticated");
        app.nobody()
            .post("/api/v1/auth/refresh", &json!({"refresh_token": refresh}))
            .refused(401, "unauthenticated");
        bystander.get(ME).expect(200);
        assert_eq!(mine.get("/api/v1/me/sessions").expect(200).rows().len(), 1);
        log_in(&app, user, PASSWORD).refused(401, "wrong_login");
        log_in(&app, user, NEW).expect(200);
        change(&mine, PASSWORD, NEWER).finds_fault_with(&["/current_password"]);
        app.nobody()
            .send("PUT", MINE, &[("Content-Type", "application/json")], Some(b"{}".to_vec()))
            .refused(401, "unauthenticated");
    }

    fn a_password_that_will_not_do_changes_nothing(app) {
        let user = app.add_user(Role::Agent, None);
        app.admin()
            .patch(&format!("{USERS}/{user}"), &json!({"name": "Zhou Tao", "email": "zhoutao@example.com"}))
            .expect(200);
        let (mine, other) = (app.login_as(user), app.login_as(user));
        let code = |answer: Answer| answer.json["errors"][0]["code"].as_str().unwrap().to_owned();
        assert_eq!(
            code(change(&mine, "not-the-password", NEW).finds_fault_with(&["/current_password"])),
            "wrong_password"
        );
        let reset = link(&app, user);
        let long = "kq7-Zrt_9p".repeat(26);
        for short in ["", "kq7-Zrt_9pw", long.as_str()] {
            change(&mine, PASSWORD, short).finds_fault_with(&["/new_password"]);
            confirm(&app, &reset, short).finds_fault_with(&["/password"]);
        }
        for guessed in [
            "password1234",
            "123456789012",
            "aaaaaaaaaaaaaaaa",
            "leaddockleaddock",
            "zhoutaozhoutao",
            "zhoutao@example.com",
            "Zhou Tao Zhou Tao",
            "Zhou Tao 2026",
        ] {
            assert_eq!(
                code(change(&mine, PASSWORD, guessed).finds_fault_with(&["/new_password"])),
                "password_common",
                "{guessed}"
            );
            assert_eq!(
                code(confirm(&app, &reset, guessed).finds_fault_with(&["/password"])),
                "password_common",
                "{guessed}"
            );
        }
        let nonsense = |body: Value| {
            mine.send(
                "PUT",
                MINE,
                &[("Content-Type", "application/json")],
                Some(body.to_string().into_bytes()),
            )
        };
        nonsense(json!({})).finds_fault_with(&["/current_password", "/new_password"]);
        nonsense(json!({"current_password": 1, "new_password": NEW, "x": 1}))
            .finds_fault_with(&["/current_password", "/x"]);
        app.nobody().post(CONFIRM, &json!({})).finds_fault_with(&["/password", "/token"]);
        for client in [&mine, &other] {
            assert_eq!(client.get(ME).expect(200).json["version"], 2);
        }
        log_in(&app, user, PASSWORD).expect(200);
        // The link was not used up by what was refused; the length counts characters.
        confirm(&app, &reset, "春眠不觉晓处处闻啼鸟夜来").expect(204);
        log_in(&app, user, "春眠不觉晓处处闻啼鸟夜来").expect(200);
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

    fn who_guesses_waits_longer_each_time(app) {
        let (user, other) = (app.add_user(Role::Agent, None), app.add_user(Role::Agent, None));
        let session = app.login_as(user);
        let emails = ["nobody@example.com".to_owned(), app.email(user)];
        let wrong =
            |email: &str| app.nobody().post(LOGIN, &json!({"email": email, "password": "not-the-password"}));
        for email in &emails {
            for _ in 0..6 {
                wrong(email).refused(401, "wrong_login");
            }
            for seconds in [1, 2, 4, 8] {
                let spelt = email.to_uppercase();
                for tried in [email, &spelt] {
                    let waits = wrong(tried).refused(429, "too_many_attempts");
                    assert_eq!(waits.header("retry-after"), Some(seconds.to_string().as_str()));
                }
                app.advance(Duration::seconds(seconds) - Duration::milliseconds(1));
                wrong(email).refused(429, "too_many_attempts");
                app.advance(Duration::milliseconds(1));
                wrong(email).refused(401, "wrong_login");
            }
        }
        // Not even the right one gets in; others do, and who is in stays in.
        app.advance(Duration::seconds(1));
        log_in(&app, user, PASSWORD).refused(429, "too_many_attempts");
        log_in(&app, other, PASSWORD).expect(200);
        session.get(INQUIRIES).expect(200);
        app.advance(Duration::seconds(15));
        log_in(&app, user, PASSWORD).expect(200);
        // That made it new.
        for _ in 0..5 {
            log_in(&app, user, "not-the-password").refused(401, "wrong_login");
        }
        log_in(&app, user, PASSWORD).expect(200);
    }

    fn who_guesses_from_inside_waits_as_well(app) {
        let (user, other) = (app.add_user(Role::Agent, None), app.login(Role::Agent));
        let session = app.login_as(user);
        for _ in 0..6 {
            change(&session, "not-the-password", NEW).finds_fault_with(&["/current_password"]);
        }
        let waits = change(&session, PASSWORD, NEW).refused(429, "too_many_attempts");
        assert_eq!(waits.header("retry-after"), Some("1"));
        // It is one count for the account, whichever door is tried.
        log_in(&app, user, PASSWORD).refused(429, "too_many_attempts");
        session.get(ME).expect(200);
        change(&other, PASSWORD, NEW).expect(204);
        app.advance(Duration::seconds(1));
        change(&session, PASSWORD, NEW).expect(204);
        log_in(&app, user, NEW).expect(200);
    }

    fn many_guesses_at_once_are_one_after_the_other(app) {
        let user = app.add_user(Role::Agent, None);
        let statuses = at_once(20, |_| log_in(&app, user, "not-the-password").status);
        assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 6, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 14);
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
