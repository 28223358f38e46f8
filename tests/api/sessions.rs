//! Sessions: tokens that are spent for the next, families that end, and what is a credential of which kind.
//! How one gets in with a password is in access.rs, with a second factor in second_factor.rs.

use chrono::Duration;
use diesel::sql_types::BigInt;
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use leaddock::access::Role;
use leaddock::access::sessions::delete_expired;
use leaddock::kernel::id::UserId;
use serde_json::{Value, json};

use crate::passwords::token_in;
use crate::support::desk::{INQUIRIES, USERS, id, own, path};
use crate::support::{Answer, Client, Database, PASSWORD, TestApp, at_once, each_database};

const LOGIN: &str = "/api/v1/auth/login";
const REFRESH: &str = "/api/v1/auth/refresh";
const LOGOUT: &str = "/api/v1/auth/logout";
const ME: &str = "/api/v1/me";
const SESSIONS: &str = "/api/v1/me/sessions";

/// A caller with his access token, and the refresh token beside it.
type Pair = (Client, String);

fn pair(app: &TestApp, answer: &Answer) -> Pair {
    let text = |member: &str| answer.json[member].as_str().unwrap().to_owned();
    (app.nobody().with_token(&text("access_token")), text("refresh_token"))
}

fn log_in(app: &TestApp, user: UserId) -> Pair {
    pair(app, &app.nobody().post(LOGIN, &json!({"email": app.email(user), "password": PASSWORD})).expect(200))
}

fn refresh(app: &TestApp, token: &str) -> Answer {
    app.nobody().post(REFRESH, &json!({"refresh_token": token}))
}

#[track_caller]
fn next(app: &TestApp, token: &str) -> Pair {
    pair(app, &refresh(app, token).expect(200))
}

#[track_caller]
fn lives((client, token): &Pair, app: &TestApp) {
    client.get(ME).expect(200);
    refresh(app, token).expect(200);
}

#[track_caller]
fn has_ended((client, token): &Pair, app: &TestApp) {
    client.get(ME).refused(401, "unauthenticated");
    refresh(app, token).refused(401, "unauthenticated");
}

/// Refresh tokens that could still be spent.
fn spendable(app: &TestApp) -> i64 {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let sql = "SELECT count(*) AS count FROM refresh_tokens JOIN sessions ON sessions.id = session_id WHERE \
        spent_at IS NULL AND revoked_at IS NULL";
    app.read(move |read| Ok(sql_query(sql).get_result::<Count>(read.conn)?.count))
}

each_database! {
    fn a_logout_ends_its_own_session_whatever_key_it_is_sent_with(app) {
        let user = app.add_user(Role::Agent, None);
        let (one, other) = (log_in(&app, user), log_in(&app, user));
        for (client, refresh_token) in [&one, &other] {
            client.send("POST", LOGOUT, &[("Idempotency-Key", "the-same")], None).expect(204);
            client.get(ME).refused(401, "unauthenticated");
            app.nobody()
                .post("/api/v1/auth/refresh", &json!({"refresh_token": refresh_token}))
                .refused(401, "unauthenticated");
        }
    }

    fn a_token_is_spent_for_the_next(app) {
        let user = app.add_user(Role::Agent, None);
        let login =
            app.nobody().post(LOGIN, &json!({"email": app.email(user), "password": PASSWORD})).expect(200);
        let (client, mut token) = pair(&app, &login);
        let begun = client.get(SESSIONS).expect(200).rows()[0].clone();
        let mut seen = vec![token.clone()];
        for _ in 0..5 {
            app.advance(Duration::minutes(14));
            let answer = refresh(&app, &token).expect(200);
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            let members =
                |answer: &Answer| answer.json.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
            assert_eq!((members(&answer), &answer.json["user"]), (members(&login), &login.json["user"]));
            assert_eq!(
                (&answer.json["token_type"], &answer.json["expires_in"]),
                (&json!("Bearer"), &json!(900))
            );
            let (renewed, following) = pair(&app, &answer);
            assert!(!seen.contains(&following) && following.len() > 40);
            // It is the same session, used just now.
            let sessions = renewed.get(SESSIONS).expect(200);
            let [session] = &sessions.rows()[..] else { panic!("one session: {}", sessions.text) };
            assert_eq!(
                (&session["id"], &session["created_at"], &session["expires_at"]),
                (&begun["id"], &begun["created_at"], &begun["expires_at"])
            );
            assert_eq!(session["last_used_at"], app.clock.now().to_string());
            seen.push(following.clone());
            token = following;
        }
        assert_eq!(spendable(&app), 1);
        client.get(ME).refused(401, "unauthenticated");
    }

    fn what_is_no_refresh_token_is_refused(app) {
        let (client, token) = log_in(&app, app.add_user(Role::Agent, None));
        let longer = format!("{token}x");
        for made_up in ["", "x", "ldr_", &token[1..], &longer, &token.to_uppercase(), &"x".repeat(10_000)] {
            refresh(&app, made_up).refused(401, "unauthenticated");
        }
        app.nobody().post(REFRESH, &json!({})).finds_fault_with(&["/refresh_token"]);
        app.nobody()
            .post(REFRESH, &json!({"refresh_token": 1, "x": 1}))
            .finds_fault_with(&["/refresh_token", "/x"]);
        refresh(&app, &"x".repeat(10_001)).finds_fault_with(&["/refresh_token"]);
        lives(&(client, token), &app);
    }

    fn a_token_used_again_later_ends_the_family_and_no_other(app) {
        let user = app.add_user(Role::Agent, None);
        let (other, bystander) = (log_in(&app, user), log_in(&app, app.add_user(Role::Agent, None)));
        for spent_ago in [Duration::seconds(10), Duration::minutes(10)] {
            let first = log_in(&app, user);
            let second = next(&app, &first.1);
            app.advance(spent_ago);
            refresh(&app, &first.1).refused(401, "unauthenticated");
            for (client, _) in [&first, &second] {
                client.get(ME).refused(401, "unauthenticated");
            }
            // Whoever has the newest token is out as well, and stays out.
            refresh(&app, &second.1).refused(401, "unauthenticated");
            refresh(&app, &first.1).refused(401, "unauthenticated");
        }
        assert_eq!(other.0.get(SESSIONS).expect(200).rows().len(), 1);
        assert_eq!(spendable(&app), 2);
        lives(&other, &app);
        lives(&bystander, &app);
    }

    fn asking_again_at_once_gives_the_very_same_token(app) {
        let first = log_in(&app, app.add_user(Role::Agent, None));
        let second = next(&app, &first.1);
        for wait in [0, 1, 4_998, 5_000] {
            app.advance(Duration::milliseconds(wait));
            let again = next(&app, &first.1);
            assert_eq!(again.1, second.1);
            again.0.get(ME).expect(200);
        }
        assert_eq!(spendable(&app), 1);
        // Asking again has not made the time longer: ten seconds are over.
        app.advance(Duration::milliseconds(1));
        refresh(&app, &first.1).refused(401, "unauthenticated");
        has_ended(&second, &app);
    }

    fn asking_again_after_the_next_was_spent_ends_the_family(app) {
        let user = app.add_user(Role::Agent, None);
        let (other, first) = (log_in(&app, user), log_in(&app, user));
        let second = next(&app, &first.1);
        let third = next(&app, &second.1);
        assert_eq!(next(&app, &second.1).1, third.1);
        refresh(&app, &first.1).refused(401, "unauthenticated");
        for family in [&first, &second, &third] {
            has_ended(family, &app);
        }
        lives(&other, &app);
    }

    fn of_many_at_once_all_get_the_same(app) {
        let second = (app.database == Database::Postgres).then(|| app.second());
        let servers: Vec<Client> =
            [Some(app.nobody()), second.as_ref().map(TestApp::nobody)].into_iter().flatten().collect();
        let (_, token) = log_in(&app, app.add_user(Role::Agent, None));
        let answers =
            at_once(20, |n| servers[n % servers.len()].post(REFRESH, &json!({"refresh_token": token})));
        let mut given: Vec<&str> = answers
            .iter()
            .filter(|answer| answer.status == 200)
            .map(|answer| answer.json["refresh_token"].as_str().unwrap())
            .collect();
        given.sort_unstable();
        given.dedup();
        let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!((given.len(), spendable(&app)), (1, 1), "{statuses:?}");
        assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
        // The old one and the new one, each from many sides: at most one child is alive.
        let tokens = [token, given[0].to_owned()];
        let answers = at_once(20, |n| {
            servers[n % servers.len()].post(REFRESH, &json!({"refresh_token": tokens[n / 2 % 2]}))
        });
        assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 401)));
        assert!(spendable(&app) <= 1);
        // The first has been used after its child was spent, or it comes so now: the family is over.
        refresh(&app, &tokens[0]).refused(401, "unauthenticated");
        assert_eq!(spendable(&app), 0);
    }

    fn who_does_not_come_for_seven_days_is_out(app) {
        let user = app.add_user(Role::Agent, None);
        let (idle, mut used) = (log_in(&app, user), log_in(&app, user));
        app.advance(Duration::days(7) - Duration::milliseconds(1));
        used = next(&app, &used.1);
        assert_eq!(used.0.get(SESSIONS).expect(200).rows().len(), 2);
        app.advance(Duration::milliseconds(1));
        has_ended(&idle, &app);
        let left = used.0.get(SESSIONS).expect(200);
        assert_eq!(left.rows().len(), 1);
        used = next(&app, &used.1);
        // Being looked at is not being used: an access token alone keeps no session.
        app.advance(Duration::minutes(10));
        used.0.get(ME).expect(200);
        app.advance(Duration::days(7) - Duration::minutes(10));
        refresh(&app, &used.1).refused(401, "unauthenticated");
    }

    fn a_session_ends_after_thirty_days_however_it_is_used(app) {
        let mut session = log_in(&app, app.add_user(Role::Agent, None));
        assert_eq!(
            session.0.get(SESSIONS).expect(200).rows()[0]["expires_at"],
            app.clock.now().plus(Duration::days(30)).to_string()
        );
        for _ in 0..5 {
            app.advance(Duration::days(6) - Duration::milliseconds(1));
            session = next(&app, &session.1);
        }
        app.advance(Duration::milliseconds(4));
        session = next(&app, &session.1);
        session.0.get(ME).expect(200);
        app.advance(Duration::milliseconds(1));
        // The access token is seconds old, and worth nothing.
        has_ended(&session, &app);
    }

    fn what_ended_long_ago_is_forgotten(app) {
        let user = app.add_user(Role::Agent, None);
        let old = next(&app, &log_in(&app, user).1);
        app.advance(Duration::days(60));
        assert_eq!(app.write(delete_expired).unwrap(), 0, "not yet");
        let living = log_in(&app, user);
        app.advance(Duration::milliseconds(1));
        assert_eq!(app.write(delete_expired).unwrap(), 1);
        assert_eq!(app.write(delete_expired).unwrap(), 0);
        has_ended(&old, &app);
        assert_eq!(spendable(&app), 1);
        lives(&living, &app);
    }

    fn logging_out_ends_this_session_only(app) {
        let user = app.add_user(Role::Agent, None);
        let (mine, other) = (log_in(&app, user), log_in(&app, user));
        let renewed = next(&app, &mine.1);
        let out = mine.0.act(LOGOUT).expect(204);
        assert_eq!(out.text, "");
        for ended in [&mine, &renewed] {
            has_ended(ended, &app);
        }
        mine.0.act(LOGOUT).refused(401, "unauthenticated");
        app.nobody().act(LOGOUT).refused(401, "unauthenticated");
        lives(&other, &app);
        assert_eq!(other.0.get(SESSIONS).expect(200).rows().len(), 1);
    }

    fn each_sees_and_ends_his_own_sessions(app) {
        let (user, stranger) =
            (app.add_user(Role::Agent, None), log_in(&app, app.add_user(Role::Admin, None)));
        let mut mine = Vec::new();
        for _ in 0..3 {
            app.advance(Duration::minutes(1));
            mine.push(log_in(&app, user));
        }
        let list = mine[1].0.get(&format!("{SESSIONS}?count=true")).expect(200);
        assert_eq!(list.json["total"], 3);
        let rows = list.rows();
        for row in rows {
            let mut members: Vec<&str> = row.as_object().unwrap().keys().map(String::as_str).collect();
            members.sort_unstable();
            assert_eq!(members, ["created_at", "current", "expires_at", "id", "last_used_at"]);
        }
        let current: Vec<bool> = rows.iter().map(|row| row["current"].as_bool().unwrap()).collect();
        assert_eq!(current, [false, true, false], "the newest first, and which one asks");
        assert!(rows.windows(2).all(|pair| pair[0]["created_at"].as_str() > pair[1]["created_at"].as_str()));
        assert_eq!(mine[1].0.all(&format!("{SESSIONS}?limit=1")), *rows);
        mine[1].0.get(&format!("{SESSIONS}?user={user}")).refused(400, "bad_query");

        // Somebody else's is not there, be he an admin.
        let place = |n: usize| format!("{SESSIONS}/{}", id(&rows[n]));
        for to in [
            place(0),
            format!("{SESSIONS}/ses_00000000000000000000000000"),
            format!("{SESSIONS}/x"),
            format!("{SESSIONS}/{user}"),
        ] {
            stranger.0.delete(&to).refused(404, "not_found");
        }
        mine[2].0.get(ME).expect(200);
        let theirs = stranger.0.all(SESSIONS)[0].clone();
        mine[0].0.delete(&format!("{SESSIONS}/{}", id(&theirs))).refused(404, "not_found");
        lives(&stranger, &app);

        mine[1].0.delete(&place(0)).expect(204);
        has_ended(&mine[2], &app);
        mine[1].0.delete(&place(0)).refused(404, "not_found");
        assert_eq!(mine[1].0.all(SESSIONS).len(), 2);
        // One's own as well: that is logging out.
        mine[1].0.delete(&place(1)).expect(204);
        has_ended(&mine[1], &app);
        lives(&mine[0], &app);
    }

    fn who_is_deactivated_gets_no_new_token(app) {
        let user = app.add_user(Role::Agent, None);
        let (first, second) = (log_in(&app, user), log_in(&app, user));
        let place = format!("{USERS}/{user}");
        app.admin().patch(&place, &json!({"active": false})).expect(200);
        for ended in [&first, &second] {
            has_ended(ended, &app);
        }
        app.admin().patch(&place, &json!({"active": true})).expect(200);
        for ended in [&first, &second] {
            has_ended(ended, &app);
        }
        lives(&log_in(&app, user), &app);
    }

    fn a_change_of_role_or_team_counts_for_a_session_that_goes_on(app) {
        let user = app.add_user(Role::Agent, Some("东区"));
        let west = app.login_in(Role::Agent, Some("西区"));
        let theirs = own(&west, json!({}));
        let session = log_in(&app, user);
        let change = |body: Value| app.admin().patch(&format!("{USERS}/{user}"), &body).expect(200);
        session.0.get(&path(&theirs)).refused(404, "not_found");
        change(json!({"role": "manager", "team_id": theirs["team_id"]}));
        session.0.get(&path(&theirs)).expect(200);
        let answer = refresh(&app, &session.1).expect(200);
        assert_eq!(
            (&answer.json["user"]["role"], &answer.json["user"]["team_id"]),
            (&json!("manager"), &theirs["team_id"])
        );
        let session = pair(&app, &answer);
        session.0.get(&path(&theirs)).expect(200);
        // What he was let do with the older token he may not do any more with either.
        change(json!({"role": "agent", "team_id": null}));
        session.0.get(&path(&theirs)).refused(404, "not_found");
        session.0.get(USERS).refused(403, "forbidden");
        assert_eq!(refresh(&app, &session.1).expect(200).json["user"]["role"], "agent");
    }

    fn each_credential_serves_for_its_own_purpose_only(app) {
        let user = app.add_user(Role::Admin, None);
        let (client, token) = log_in(&app, user);
        let key = client
            .post(
                "/api/v1/api-keys",
                &json!({"name": "钥匙", "scopes": ["read", "write", "reports", "admin", "intake"]}),
            )
            .expect(201);
        let key = key.json["secret"].as_str().unwrap().to_owned();
        app.nobody().post("/api/v1/auth/password-reset", &json!({"email": app.email(user)})).expect(202);
        let link = token_in(&app.mails()[0]);
        let access = client.token().to_owned();

        app.nobody().with_token(&key).get(INQUIRIES).expect(200);
        for wrong in [&token, &link] {
            app.nobody().with_token(wrong).get(INQUIRIES).refused(401, "unauthenticated");
        }
        for wrong in [&access, &link, &key] {
            refresh(&app, wrong).refused(401, "unauthenticated");
        }
        for wrong in [&access, &token, &link] {
            app.nobody()
                .send("GET", INQUIRIES, &[("X-API-Key", wrong)], None)
                .refused(401, "unauthenticated");
        }
        for wrong in [&access, &token, &key] {
            let confirm = json!({"token": wrong, "password": "a-brand-new-passphrase-77"});
            app.nobody().post("/api/v1/auth/password-reset/confirm", &confirm).refused(422, "invalid_token");
        }
        for wrong in [&token, &link, &key] {
            app.nobody()
                .post(LOGIN, &json!({"email": app.email(user), "password": wrong}))
                .refused(401, "wrong_login");
        }
        lives(&(client, token), &app);
    }
}
