//! Passwords: changed by who knows the present one, set by a link in a mail, and the wait of who guesses.
//! What a session is worth afterwards in detail is in sessions.rs.

use chrono::Duration;
use leaddock::access::Role;
use leaddock::kernel::id::UserId;
use leaddock::platform::mail::Letter;
use serde_json::{Value, json};

use crate::support::desk::{INQUIRIES, USERS};
use crate::support::{Answer, Client, Database, PASSWORD, PUBLIC_URL, TestApp, at_once, each_database};

const LOGIN: &str = "/api/v1/auth/login";
pub const RESET: &str = "/api/v1/auth/password-reset";
const CONFIRM: &str = "/api/v1/auth/password-reset/confirm";
const MINE: &str = "/api/v1/me/password";
pub const ME: &str = "/api/v1/me";
pub const NEW: &str = "a-brand-new-passphrase-77";
pub const NEWER: &str = "vX9#kk2!LmQz";

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

pub fn log_in(app: &TestApp, user: UserId, password: &str) -> Answer {
    app.nobody().post(LOGIN, &json!({"email": app.email(user), "password": password}))
}

pub fn ask(app: &TestApp, email: &str) -> Answer {
    app.nobody().post(RESET, &json!({"email": email}))
}

/// Asks for a link, and takes it out of the one mail.
#[track_caller]
pub fn link(app: &TestApp, user: UserId) -> String {
    ask(app, &app.email(user)).expect(202);
    let mails = app.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, app.email(user));
    token_in(&mails[0])
}

pub fn confirm(app: &TestApp, token: &str, password: &str) -> Answer {
    app.nobody().post(CONFIRM, &json!({"token": token, "password": password}))
}

pub fn change(client: &Client, current: &str, new: &str) -> Answer {
    let body = json!({"current_password": current, "new_password": new}).to_string().into_bytes();
    client.send("PUT", MINE, &[("Content-Type", "application/json")], Some(body))
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

    fn of_two_changes_at_once_one_has_the_current_password(app) {
        let mine = app.login_as(app.add_user(Role::Agent, None));
        let mut answers = at_once(2, |_| change(&mine, PASSWORD, NEW));
        answers.sort_by_key(|answer| answer.status);
        let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(statuses, [204, 422]);
        answers.remove(1).finds_fault_with(&["/current_password"]);
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
}
