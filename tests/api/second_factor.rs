//! The second factor: set up, put in force, asked for at the login, and each code good for once.
//! How codes are made of a secret is held against the RFC beside the code itself.

use chrono::Duration;
use data_encoding::BASE32_NOPAD;
use leaddock::access::Role;
use leaddock::kernel::id::UserId;
use serde_json::{Value, json};
use totp_rs::Builder;

use crate::passwords::token_in;
use crate::support::desk::USERS;
use crate::support::{Answer, Client, PASSWORD, TestApp, at_once, each_database};

const LOGIN: &str = "/api/v1/auth/login";
const TOTP: &str = "/api/v1/me/totp";
const CONFIRM: &str = "/api/v1/me/totp/confirm";
const ME: &str = "/api/v1/me";

/// What somebody's authenticator shows, so many seconds from now.
fn code(app: &TestApp, enrolment: &Value, ahead: i64) -> String {
    let secret = BASE32_NOPAD.decode(enrolment["secret"].as_str().unwrap().as_bytes()).unwrap();
    let seconds = app.clock.now().plus(Duration::seconds(ahead)).millis() / 1000;
    Builder::new().with_secret(secret).build().unwrap().generate(seconds.try_into().unwrap()).to_string()
}

fn wrong_code(app: &TestApp, enrolment: &Value) -> String {
    let near: Vec<String> = [-30, 0, 30].map(|ahead| code(app, enrolment, ahead)).into();
    ["000000", "111111", "222222", "333333"]
        .into_iter()
        .find(|wrong| !near.iter().any(|right| right == wrong))
        .unwrap()
        .to_owned()
}

fn enrol(client: &Client) -> Value {
    client.act(TOTP).expect(201).json
}

fn confirm(client: &Client, code: &str) -> Answer {
    client.post(CONFIRM, &json!({"code": code}))
}

fn log_in(app: &TestApp, user: UserId, code: Option<&str>) -> Answer {
    let mut body = json!({"email": app.email(user), "password": PASSWORD});
    if let Some(code) = code {
        body["totp"] = json!(code);
    }
    app.nobody().post(LOGIN, &body)
}

/// A user with a second factor in force, his client, and what his authenticator was set up with.
fn in_force(app: &TestApp) -> (UserId, Client, Value) {
    let user = app.add_user(Role::Agent, None);
    let client = app.login_as(user);
    let enrolment = enrol(&client);
    confirm(&client, &code(app, &enrolment, 0)).expect(204);
    // The next step, for a code counts once.
    app.advance(Duration::seconds(30));
    (user, client, enrolment)
}

each_database! {
    fn it_is_set_up_and_put_in_force_by_a_code(app) {
        let user = app.add_user(Role::Agent, None);
        let client = app.login_as(user);
        let answer = client.act(TOTP).expect(201);
        let enrolment = &answer.json;
        let mut members: Vec<&str> = enrolment.as_object().unwrap().keys().map(String::as_str).collect();
        members.sort_unstable();
        assert_eq!(members, ["otpauth_url", "recovery_codes", "secret"]);
        let secret = enrolment["secret"].as_str().unwrap();
        assert_eq!(BASE32_NOPAD.decode(secret.as_bytes()).unwrap().len(), 20);
        let link = url::Url::parse(enrolment["otpauth_url"].as_str().unwrap()).unwrap();
        assert_eq!((link.scheme(), link.host_str()), ("otpauth", Some("totp")));
        assert!(link.query_pairs().any(|(name, value)| name == "secret" && value == secret));
        assert!(link.query_pairs().any(|(name, value)| name == "issuer" && value == "Leaddock"));
        assert!(link.path().contains("agent-0"), "{link}");
        let mut codes: Vec<&str> = enrolment["recovery_codes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|code| code.as_str().unwrap())
            .collect();
        codes.sort_unstable();
        codes.dedup();
        assert!(codes.len() == 10 && codes.iter().all(|code| code.len() == 17));

        // Not in force yet: neither wanted nor of use.
        log_in(&app, user, None).expect(200);
        confirm(&client, &wrong_code(&app, enrolment)).finds_fault_with(&["/code"]);
        log_in(&app, user, None).expect(200);
        client.post(CONFIRM, &json!({})).finds_fault_with(&["/code"]);
        client.post(CONFIRM, &json!({"code": 123_456, "x": 1})).finds_fault_with(&["/code", "/x"]);

        assert_eq!(confirm(&client, &code(&app, enrolment, 0)).expect(204).text, "");
        client.get(ME).expect(200);
        log_in(&app, user, None).refused(401, "totp_required");
        app.advance(Duration::seconds(30));
        log_in(&app, user, Some(&code(&app, enrolment, 0))).expect(200);
    }

    fn one_that_was_not_confirmed_is_replaced(app) {
        let user = app.add_user(Role::Agent, None);
        let client = app.login_as(user);
        let (first, second) = (enrol(&client), enrol(&client));
        assert_ne!(
            (&first["secret"], &first["recovery_codes"]),
            (&second["secret"], &second["recovery_codes"])
        );
        confirm(&client, &code(&app, &first, 0)).finds_fault_with(&["/code"]);
        confirm(&client, &code(&app, &second, 0)).expect(204);
        app.advance(Duration::seconds(30));
        log_in(&app, user, first["recovery_codes"][0].as_str()).refused(401, "wrong_login");
        log_in(&app, user, second["recovery_codes"][0].as_str()).expect(200);
        // Nothing to confirm where nothing was set up.
        confirm(&app.login(Role::Agent), "000000").finds_fault_with(&["/code"]);
    }

    fn what_is_in_force_is_not_replaced(app) {
        let (user, client, enrolment) = in_force(&app);
        client.act(TOTP).refused(409, "totp_in_force");
        confirm(&client, &code(&app, &enrolment, 0)).refused(409, "totp_in_force");
        log_in(&app, user, Some(&code(&app, &enrolment, 0))).expect(200);
    }

    fn a_login_wants_the_right_password_and_the_right_code(app) {
        let (user, _, enrolment) = in_force(&app);
        let right = code(&app, &enrolment, 0);
        log_in(&app, user, None).refused(401, "totp_required");
        // Only who knows the password is told that a code is wanted.
        let mut body = json!({"email": app.email(user), "password": "not-the-password"});
        app.nobody().post(LOGIN, &body).refused(401, "wrong_login");
        body["totp"] = json!(right);
        app.nobody().post(LOGIN, &body).refused(401, "wrong_login");
        log_in(&app, user, Some(&wrong_code(&app, &enrolment))).refused(401, "wrong_login");
        // What was refused has used up nothing.
        log_in(&app, user, Some(&right)).expect(200);
        for (wrong, pointer) in [(json!(123_456), "/totp"), (json!("x".repeat(101)), "/totp")] {
            app.nobody()
                .post(LOGIN, &json!({"email": app.email(user), "password": PASSWORD, "totp": wrong}))
                .finds_fault_with(&[pointer]);
        }
        // Who has none is let in whatever stands there.
        let plain = app.add_user(Role::Agent, None);
        log_in(&app, plain, Some("000000")).expect(200);
    }

    fn a_code_counts_once(app) {
        let (user, client, enrolment) = in_force(&app);
        let used = code(&app, &enrolment, 0);
        log_in(&app, user, Some(&used)).expect(200);
        log_in(&app, user, Some(&used)).refused(401, "wrong_login");
        // Nor does an earlier one after a later one, though the clock would allow it.
        app.advance(Duration::seconds(30));
        log_in(&app, user, Some(&code(&app, &enrolment, 30))).expect(200);
        log_in(&app, user, Some(&code(&app, &enrolment, 0))).refused(401, "wrong_login");
        app.advance(Duration::seconds(90));
        log_in(&app, user, Some(&code(&app, &enrolment, -30))).expect(200);
        // Of many at once, one.
        app.advance(Duration::seconds(60));
        let fresh = code(&app, &enrolment, 0);
        let statuses = at_once(5, |_| log_in(&app, user, Some(&fresh)).status);
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        client.get(ME).expect(200);
    }

    fn the_code_that_put_it_in_force_is_used_up(app) {
        let user = app.add_user(Role::Agent, None);
        let client = app.login_as(user);
        let enrolment = enrol(&client);
        let used = code(&app, &enrolment, 0);
        confirm(&client, &used).expect(204);
        log_in(&app, user, Some(&used)).refused(401, "wrong_login");
    }

    fn a_clock_may_be_off_by_one_step(app) {
        let (user, _, enrolment) = in_force(&app);
        app.advance(Duration::minutes(10));
        for far in [-60, 60, 3600] {
            log_in(&app, user, Some(&code(&app, &enrolment, far))).refused(401, "wrong_login");
        }
        log_in(&app, user, Some(&code(&app, &enrolment, -30))).expect(200);
        log_in(&app, user, Some(&code(&app, &enrolment, 30))).expect(200);
    }

    fn a_code_is_right_however_it_is_typed(app) {
        let (user, _, enrolment) = in_force(&app);
        let wide = |code: &str| {
            code.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap()).collect::<String>()
        };
        let ways: [&dyn Fn(&str) -> String; 5] = [
            &|c| format!("{} {}", &c[..3], &c[3..]),
            &|c| format!(" {c}\n"),
            &|c| wide(c),
            &|c| format!("{}\u{3000}{}", wide(&c[..3]), &c[3..]),
            &|c| format!("{}-{}", &c[..3], &c[3..]),
        ];
        for way in ways {
            app.advance(Duration::minutes(2));
            log_in(&app, user, Some(&way(&code(&app, &enrolment, 0)))).expect(200);
        }
        let fresh = app.login(Role::Agent);
        let enrolment = enrol(&fresh);
        let typed = code(&app, &enrolment, 0);
        confirm(&fresh, &format!("{} {}", &typed[..3], &typed[3..])).expect(204);
    }

    fn a_recovery_code_serves_once_however_it_is_written(app) {
        let (user, _, enrolment) = in_force(&app);
        let (other, ..) = in_force(&app);
        let codes: Vec<String> = enrolment["recovery_codes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|code| code.as_str().unwrap().to_owned())
            .collect();
        log_in(&app, other, Some(&codes[0])).refused(401, "wrong_login");
        log_in(&app, user, Some(&codes[0])).expect(200);
        log_in(&app, user, Some(&codes[0])).refused(401, "wrong_login");
        log_in(&app, user, Some(&codes[1].replace('-', ""))).expect(200);
        log_in(&app, user, Some(&codes[1])).refused(401, "wrong_login");
        log_in(&app, user, Some(&codes[2].to_uppercase().replace('-', " "))).expect(200);
        // The authenticator goes on as before.
        log_in(&app, user, Some(&code(&app, &enrolment, 0))).expect(200);
        let statuses = at_once(5, |_| log_in(&app, user, Some(&codes[3])).status);
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    }

    fn guessing_codes_makes_wait(app) {
        let (user, client, enrolment) = in_force(&app);
        for _ in 0..6 {
            log_in(&app, user, Some(&wrong_code(&app, &enrolment))).refused(401, "wrong_login");
        }
        let waits = log_in(&app, user, Some(&code(&app, &enrolment, 0))).refused(429, "too_many_attempts");
        assert_eq!(waits.header("retry-after"), Some("1"));
        client.get(ME).expect(200);
        app.advance(Duration::seconds(1));
        log_in(&app, user, Some(&code(&app, &enrolment, 0))).expect(200);

        // From inside as well.
        let fresh = app.login(Role::Agent);
        let enrolment = enrol(&fresh);
        for _ in 0..6 {
            confirm(&fresh, &wrong_code(&app, &enrolment)).finds_fault_with(&["/code"]);
        }
        confirm(&fresh, &code(&app, &enrolment, 0)).refused(429, "too_many_attempts");
        app.advance(Duration::seconds(1));
        confirm(&fresh, &code(&app, &enrolment, 0)).expect(204);
    }

    fn it_is_taken_away_with_its_recovery_codes(app) {
        let (user, client, enrolment) = in_force(&app);
        assert_eq!(client.delete(TOTP).expect(204).text, "");
        log_in(&app, user, None).expect(200);
        client.delete(TOTP).refused(404, "not_found");
        let again = enrol(&client);
        assert_ne!(again["secret"], enrolment["secret"]);
        confirm(&client, &code(&app, &enrolment, 0)).finds_fault_with(&["/code"]);
        confirm(&client, &code(&app, &again, 0)).expect(204);
        log_in(&app, user, enrolment["recovery_codes"][0].as_str()).refused(401, "wrong_login");
        log_in(&app, user, again["recovery_codes"][0].as_str()).expect(200);
        app.nobody().act(TOTP).refused(401, "unauthenticated");
        app.nobody().delete(TOTP).refused(401, "unauthenticated");
    }

    fn an_admin_takes_away_what_was_lost(app) {
        let (user, client, _) = in_force(&app);
        let of_user = format!("{USERS}/{user}/totp");
        for other in [&client, &app.login(Role::Manager)] {
            other.delete(&of_user).refused(403, "forbidden");
        }
        log_in(&app, user, None).refused(401, "totp_required");
        assert_eq!(app.admin().delete(&of_user).expect(204).text, "");
        client.get(ME).refused(401, "unauthenticated");
        log_in(&app, user, None).expect(200);
        app.admin().delete(&of_user).refused(404, "not_found");
        app.admin().delete(&format!("{USERS}/usr_00000000000000000000000000/totp")).refused(404, "not_found");
        let told = &app.admin().get("/api/v1/audit?limit=3").expect(200).json["data"];
        assert!(
            told.as_array()
                .unwrap()
                .iter()
                .any(|row| row["target"] == json!(user) && row["outcome"] == "done"),
            "{told}"
        );
    }

    fn a_new_password_does_not_take_it_away(app) {
        let (user, client, enrolment) = in_force(&app);
        app.nobody().post("/api/v1/auth/password-reset", &json!({"email": app.email(user)})).expect(202);
        let token = token_in(&app.mails()[0]);
        app.nobody()
            .post(
                "/api/v1/auth/password-reset/confirm",
                &json!({"token": token, "password": "a-brand-new-passphrase-77"}),
            )
            .expect(204);
        client.get(ME).refused(401, "unauthenticated");
        let mut body = json!({"email": app.email(user), "password": "a-brand-new-passphrase-77"});
        app.nobody().post(LOGIN, &body).refused(401, "totp_required");
        body["totp"] = json!(code(&app, &enrolment, 0));
        app.nobody().post(LOGIN, &body).expect(200);
    }

    fn what_is_shown_once_is_kept_under_no_key(app) {
        let client = app.login(Role::Agent);
        let twice = |_| client.send("POST", TOTP, &[("Idempotency-Key", "once")], None).expect(201);
        let [first, second] = [0, 1].map(twice);
        assert_ne!(first.json["secret"], second.json["secret"]);
        assert_eq!(second.header("idempotency-replayed"), None);
        for told in [client.get(ME).expect(200), app.admin().get("/api/v1/audit").expect(200)] {
            assert!(!told.text.contains(second.json["secret"].as_str().unwrap()));
        }
    }
}
