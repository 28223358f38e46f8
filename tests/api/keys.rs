//! API keys: shown once, good for what their scopes say, within the reach of who made them, and not for
//! longer. Each scope against each operation is in policy.rs.

use chrono::Duration;
use diesel::sql_types::BigInt;
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use leaddock::access::Role;
use serde_json::{Value, json};

use crate::support::desk::{INQUIRIES, USERS, create, give, id, ids, own, path, six, with};
use crate::support::{Answer, Client, Database, TestApp, each_database};

const KEYS: &str = "/api/v1/api-keys";
const ME: &str = "/api/v1/me";

/// Makes a key; tells what was answered, and a client that shows it.
#[track_caller]
fn make(app: &TestApp, maker: &Client, scopes: &[&str]) -> (Value, Client) {
    let made = maker.post(KEYS, &json!({"name": scopes.concat(), "scopes": scopes})).expect(201).json;
    let client = app.nobody().with_token(secret(&made));
    (made, client)
}

fn secret(key: &Value) -> &str {
    key["secret"].as_str().expect("a secret")
}

fn in_header(app: &TestApp, secret: &str) -> Answer {
    app.nobody().send("GET", ME, &[("X-API-Key", secret)], None)
}

/// Kept answers in which some secret stands.
fn kept_secrets(app: &TestApp) -> i64 {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    app.read(|read| {
        use leaddock::platform::db::DbConnection::{Postgres, Sqlite};
        let body = match read.conn {
            Sqlite(_) => "CAST(body AS TEXT)",
            Postgres(_) => "convert_from(body, 'UTF8')",
        };
        Ok(sql_query(format!("SELECT count(*) AS count FROM idempotency_keys WHERE {body} LIKE '%ldk%'"))
            .get_result::<Count>(read.conn)?
            .count)
    })
}

each_database! {
    fn a_key_is_shown_once(app) {
        let admin = app.admin();
        let until = app.clock.now().plus(Duration::days(90));
        let made = admin
            .post(
                KEYS,
                &json!({"name": " 官网表单 ", "scopes": ["write", "intake", "write"], "expires_at": until}),
            )
            .expect(201);
        assert_eq!(made.header("location"), Some(format!("{KEYS}/{}", made.id()).as_str()));
        assert!(
            made.id().starts_with("key_")
                && secret(&made.json).starts_with("ldk_")
                && secret(&made.json).len() > 40
        );
        assert_eq!((&made.json["name"], &made.json["creator_id"]), (&json!("官网表单"), &json!(admin.id())));
        let mut scopes: Vec<&str> =
            made.json["scopes"].as_array().unwrap().iter().map(|scope| scope.as_str().unwrap()).collect();
        scopes.sort_unstable();
        assert_eq!(scopes, ["intake", "write"], "each scope once");
        assert_eq!((&made.json["expires_at"], &made.json["last_used_at"]), (&json!(until), &Value::Null));
        let (second, _) = make(&app, admin, &["read"]);
        assert_ne!(secret(&second), secret(&made.json));

        let list = admin.get(&format!("{KEYS}?count=true")).expect(200);
        assert_eq!(
            (list.json["total"].clone(), ids(list.rows())),
            (json!(2), vec![id(&second), id(&made.json)])
        );
        assert!(!list.text.contains("ldk_") && !list.text.contains("secret") && !list.text.contains("hash"));
        let mut shown = made.json.clone();
        shown.as_object_mut().unwrap().remove("secret");
        assert_eq!(list.rows()[1], shown);
        assert_eq!(admin.all(&format!("{KEYS}?limit=1")), *list.rows());
        admin.get(&format!("{KEYS}?name=x")).refused(400, "bad_query");
    }

    fn every_fault_of_a_key_is_told_at_once(app) {
        let admin = app.admin();
        admin.post(KEYS, &json!({})).finds_fault_with(&["/name", "/scopes"]);
        admin
            .post(KEYS, &json!({"name": "", "scopes": [], "x": 1}))
            .finds_fault_with(&["/name", "/scopes", "/x"]);
        admin
            .post(KEYS, &json!({"name": "a\nb", "scopes": ["everything"], "expires_at": "tomorrow"}))
            .finds_fault_with(&["/expires_at", "/name", "/scopes/0"]);
        for past in [app.clock.now(), app.clock.now().plus(-Duration::days(1))] {
            admin
                .post(KEYS, &json!({"name": "x", "scopes": ["read"], "expires_at": past}))
                .finds_fault_with(&["/expires_at"]);
        }
        assert!(admin.all(KEYS).is_empty());
    }

    fn a_key_is_shown_in_one_of_two_headers(app) {
        let (made, client) = make(&app, app.admin(), &["read"]);
        let key = secret(&made);
        client.get(ME).expect(200);
        assert_eq!(in_header(&app, key).expect(200).json["id"], app.admin().id().to_string());
        in_header(&app, &format!(" {key} ")).expect(200);
        for wrong in [
            "",
            "ldk_",
            "x",
            &key[1..],
            &format!("{key}x"),
            &key.to_uppercase(),
            &format!("Bearer {key}"),
            app.admin().token(),
        ] {
            in_header(&app, wrong).refused(401, "unauthenticated");
        }
        // Two at once are none, whatever they are worth.
        for token in [key, app.admin().token(), "x"] {
            for beside in [key, "x", ""] {
                app.nobody()
                    .with_token(token)
                    .send("GET", ME, &[("X-API-Key", beside)], None)
                    .refused(401, "unauthenticated");
            }
        }
        // Nor does one count that comes twice: the first, the second, or both of them right.
        for (one, two) in [(key, key), (key, "x"), ("x", key), (key, "")] {
            app.nobody()
                .send("GET", ME, &[("X-API-Key", one), ("X-API-Key", two)], None)
                .refused(401, "unauthenticated");
            let bearer = [one, two].map(|shown| format!("Bearer {shown}"));
            app.nobody()
                .send("GET", ME, &[("Authorization", &bearer[0]), ("Authorization", &bearer[1])], None)
                .refused(401, "unauthenticated");
        }
        app.nobody()
            .send("GET", ME, &[("Authorization", &format!("Basic {key}"))], None)
            .refused(401, "unauthenticated");
        app.nobody().get(&format!("{ME}?api_key={key}")).refused(401, "unauthenticated");
    }

    fn who_may_only_make_inquiries_gives_them_to_nobody(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        let (_, intake) = make(&app, admin, &["intake"]);
        let given = |to: &str| with(six("甲"), json!({"assign": to}));
        for user in [agent.id().to_string(), "usr_00000000000000000000000000".to_owned()] {
            intake.post(INQUIRIES, &given(&user)).refused(403, "forbidden");
        }
        for usual in ["auto", "none", "me"] {
            intake.post(INQUIRIES, &given(usual)).expect(201);
        }
        let (_, write) = make(&app, admin, &["write"]);
        let made = write.post(INQUIRIES, &given(&agent.id().to_string())).expect(201).json;
        assert_eq!(made["assignee_id"], agent.id().to_string());
        app.mails();
    }

    fn a_scope_is_for_what_its_name_says(app) {
        let admin = app.admin();
        let inquiry = create(admin, json!({}));
        let status = format!("{}/status", path(&inquiry));
        let all = ["intake", "read", "write", "reports", "admin"]
            .map(|scope| (scope, make(&app, admin, &[scope]).1));
        let new = json!({"email": "new@example.com", "name": "新人", "role": "agent", "active": false});
        for (scope, key) in &all {
            let mut open = Vec::new();
            for (what, answer) in [
                ("form", key.post("/f/default", &six("甲"))),
                ("create", key.post(INQUIRIES, &six("乙"))),
                ("list", key.get(INQUIRIES)),
                ("one", key.get(&path(&inquiry))),
                ("timeline", key.get(&format!("{}/timeline", path(&inquiry)))),
                ("me", key.get(ME)),
                ("teams", key.get("/api/v1/teams")),
                ("change", key.patch(&path(&inquiry), &json!({"tags": [scope]}))),
                (
                    "move",
                    key.post(
                        &status,
                        &json!({"status": if *scope == "write" { "contacted" } else { "qualified" }}),
                    ),
                ),
                ("report", key.get("/api/v1/reports/overview")),
                ("users", key.get(USERS)),
                ("user", key.post(USERS, &new)),
                ("keys", key.get(KEYS)),
                ("audit", key.get("/api/v1/audit")),
                ("rename", key.patch(ME, &json!({"name": "别人"}))),
                ("sessions", key.get("/api/v1/me/sessions")),
                ("totp", key.act("/api/v1/me/totp")),
                ("logout", key.act("/api/v1/auth/logout")),
            ] {
                if answer.status < 300 {
                    open.push(what);
                } else {
                    answer.refused(403, "forbidden");
                }
            }
            let wanted: &[&str] = match *scope {
                "intake" => &["form", "create"],
                "read" => &["form", "list", "one", "timeline", "me", "teams"],
                "write" => &["form", "create", "change", "move"],
                "reports" => &["form", "report"],
                _ => &["form", "users", "user", "keys", "audit"],
            };
            assert_eq!(open, wanted, "{scope}");
        }
        // Two scopes are both.
        let (_, both) = make(&app, admin, &["read", "reports"]);
        both.get(INQUIRIES).expect(200);
        both.get("/api/v1/reports/overview").expect(200);
        both.patch(&path(&inquiry), &json!({"tags": ["x"]})).refused(403, "forbidden");
    }

    fn a_key_ends_at_its_time(app) {
        let until = app.clock.now().plus(Duration::minutes(10));
        let made = app
            .admin()
            .post(KEYS, &json!({"name": "x", "scopes": ["read"], "expires_at": until}))
            .expect(201)
            .json;
        let (_, lasting) = make(&app, app.admin(), &["read"]);
        app.advance(Duration::minutes(10) - Duration::milliseconds(1));
        in_header(&app, secret(&made)).expect(200);
        app.advance(Duration::milliseconds(1));
        in_header(&app, secret(&made)).refused(401, "unauthenticated");
        app.advance(Duration::days(1000));
        lasting.get(ME).expect(200);
    }

    fn a_key_is_ended_for_good(app) {
        let admin = app.admin();
        let (made, key) = make(&app, admin, &["read", "admin"]);
        let (other, _) = make(&app, admin, &["read"]);
        let place = format!("{KEYS}/{}", id(&made));
        key.get(ME).expect(200);
        for absent in ["key_00000000000000000000000000", "key_x", "x"] {
            admin.delete(&format!("{KEYS}/{absent}")).refused(404, "not_found");
        }
        app.login(Role::Manager).delete(&place).refused(403, "forbidden");
        assert_eq!(admin.delete(&place).expect(204).text, "");
        key.get(ME).refused(401, "unauthenticated");
        admin.delete(&place).refused(404, "not_found");
        assert_eq!(ids(&admin.all(KEYS)), [id(&other)]);
        // Another admin may end it; and with the scope for it a key ends itself.
        let (itself, suicidal) = make(&app, admin, &["admin"]);
        app.login(Role::Admin).delete(&format!("{KEYS}/{}", id(&other))).expect(204);
        suicidal.delete(&format!("{KEYS}/{}", id(&itself))).expect(204);
        suicidal.get(KEYS).refused(401, "unauthenticated");
    }

    fn a_key_goes_with_who_made_it(app) {
        let maker = app.login(Role::Admin);
        let (_, key) = make(&app, &maker, &["read", "write", "admin"]);
        let (_, other) = make(&app, app.admin(), &["read"]);
        key.get(INQUIRIES).expect(200);
        let place = format!("{USERS}/{}", maker.id());
        app.admin().patch(&place, &json!({"active": false})).expect(200);
        key.get(INQUIRIES).refused(401, "unauthenticated");
        key.post(INQUIRIES, &six("甲")).refused(401, "unauthenticated");
        other.get(INQUIRIES).expect(200);
        // It does not come back with him.
        app.admin().patch(&place, &json!({"active": true})).expect(200);
        key.get(INQUIRIES).refused(401, "unauthenticated");
        assert_eq!(app.admin().all(KEYS).len(), 1);
        // That he logs out, or sets a new password, is nothing to his keys.
        let (_, lasting) = make(&app, &app.login_as(maker.id()), &["read"]);
        app.login_as(maker.id()).act("/api/v1/auth/logout").expect(204);
        lasting.get(INQUIRIES).expect(200);
    }

    fn a_key_reaches_what_its_maker_reaches_now(app) {
        let maker = app.login_in(Role::Admin, Some("东区"));
        let (_, key) = make(&app, &maker, &["read", "write", "reports", "admin"]);
        let (east, west) = (app.login_in(Role::Agent, Some("东区")), app.login_in(Role::Agent, Some("西区")));
        let (easts, wests, pool) =
            (own(&east, json!({})), own(&west, json!({})), create(app.admin(), json!({})));
        let total =
            |key: &Client| key.get("/api/v1/reports/overview").expect(200).json["totals"]["received"].clone();
        let become_ = |role: &str| {
            app.admin().patch(&format!("{USERS}/{}", maker.id()), &json!({"role": role})).expect(200)
        };
        assert_eq!((key.all(INQUIRIES).len(), total(&key)), (3, json!(3)));
        key.get(USERS).expect(200);

        become_("manager");
        assert_eq!((ids(&key.all(INQUIRIES)), total(&key)), (vec![id(&pool), id(&easts)], json!(2)));
        key.get(&path(&wests)).refused(404, "not_found");
        key.patch(&path(&wests), &json!({"tags": ["x"]})).refused(404, "not_found");
        assert_eq!(key.all(USERS).len(), 2);
        key.get(&format!("{USERS}/{}", west.id())).refused(404, "not_found");
        key.delete(&path(&easts)).refused(403, "forbidden");
        key.post(USERS, &json!({"email": "x@example.com", "name": "x", "role": "admin"}))
            .refused(403, "forbidden");
        key.post(KEYS, &json!({"name": "x", "scopes": ["read"]})).refused(403, "forbidden");
        key.get("/api/v1/audit").refused(403, "forbidden");

        become_("agent");
        assert_eq!((key.all(INQUIRIES).len(), total(&key)), (0, json!(0)));
        key.get(USERS).refused(403, "forbidden");
        give(app.admin(), maker.id(), json!({}));
        assert_eq!(key.all(INQUIRIES).len(), 1);
        assert_eq!(app.mails().len(), 1);
    }

    fn its_secret_is_kept_nowhere(app) {
        let admin = app.admin();
        let body = json!({"name": "x", "scopes": ["read", "admin"]});
        let once =
            |client: &Client| client.post_with(KEYS, &body, &[("Idempotency-Key", "once")]).expect(201);
        let (first, second) = (once(admin), once(admin));
        assert_eq!(second.header("idempotency-replayed"), None);
        assert_ne!(secret(&first.json), secret(&second.json));
        assert_eq!((admin.all(KEYS).len(), kept_secrets(&app)), (2, 0));
        for made in [&first, &second] {
            in_header(&app, secret(&made.json)).expect(200);
        }
        let audit = admin.get("/api/v1/audit?limit=200").expect(200).text;
        assert!(!audit.contains("ldk_"));
    }

    fn what_a_key_makes_is_made_once(app) {
        let (_, key) = make(&app, app.admin(), &["intake"]);
        let once = || key.post_with(INQUIRIES, &six("甲"), &[("Idempotency-Key", "once")]).expect(201);
        let (first, second) = (once(), once());
        assert_eq!((second.header("idempotency-replayed"), &first.json), (Some("true"), &second.json));
        assert_eq!(app.admin().all(INQUIRIES).len(), 1);
        // Its maker is another caller.
        app.admin().post_with(INQUIRIES, &six("乙"), &[("Idempotency-Key", "once")]).expect(201);
        assert_eq!(app.admin().all(INQUIRIES).len(), 2);
    }

    fn a_key_makes_none_that_may_more_than_itself(app) {
        let (_, key) = make(&app, app.admin(), &["admin", "read"]);
        for scopes in [&["write"][..], &["read", "write"], &["intake"]] {
            key.post(KEYS, &json!({"name": "more", "scopes": scopes})).refused(403, "scope_not_held");
        }
        for scopes in [&["read"][..], &["admin", "read"]] {
            key.post(KEYS, &json!({"name": "as much", "scopes": scopes})).expect(201);
        }
    }

    fn its_last_use_is_told_to_the_minute(app) {
        let (made, key) = make(&app, app.admin(), &["read"]);
        let used = || {
            key.get(ME).expect(200);
            app.note_key_use();
            app.admin().all(KEYS)[0]["last_used_at"].clone()
        };
        let first = app.clock.now();
        assert_eq!(used(), json!(first));
        app.clock.advance(Duration::seconds(60));
        assert_eq!(used(), json!(first), "not for each use");
        app.clock.advance(Duration::milliseconds(1));
        assert_eq!(used(), json!(app.clock.now()));
        // Nothing new: nothing is written. A key that was taken away after its use is no trouble.
        app.note_key_use();
        key.get(ME).expect(200);
        app.admin().delete(&format!("{KEYS}/{}", id(&made))).expect(204);
        app.note_key_use();
    }
}

// A limit knows no database: one is enough.

#[test]
fn what_is_sent_with_a_key_counts_for_the_key() {
    let app = TestApp::start_with(Database::Sqlite, |settings| {
        settings.limits.intake_per_minute = 1;
        settings.limits.intake_per_minute_with_key = 3;
    })
    .unwrap();
    let (made, key) = make(&app, app.admin(), &["intake"]);
    let (_, reader) = make(&app, app.admin(), &["read", "write"]);
    for left in [2, 1] {
        let answer = key.post("/f/default", &six(&format!("甲{left}"))).expect(202);
        assert_eq!(answer.header("ratelimit-policy"), Some("\"intake-key\";q=3;w=60"));
        assert!(
            answer.header("ratelimit").unwrap().starts_with(&format!("\"intake-key\";r={left};")),
            "{:?}",
            answer.headers
        );
    }
    app.nobody().post_with("/f/default", &six("乙"), &[("X-API-Key", secret(&made))]).expect(202);
    key.post("/f/default", &six("丙")).refused(429, "too_many_requests");
    app.note_key_use();
    assert!(
        app.admin().all(KEYS).iter().any(|row| row["id"] == made["id"] && !row["last_used_at"].is_null())
    );

    // What is no key for it counts for the address, and is taken in all the same.
    let answer = reader.post("/f/default", &six("丁")).expect(202);
    assert_eq!(answer.header("ratelimit-policy"), Some("\"intake\";q=1;w=60"));
    app.admin().delete(&format!("{KEYS}/{}", id(&made))).expect(204);
    for no_key in [
        &key,
        &reader,
        &app.nobody(),
        &app.nobody().with_token("ldk_guessed"),
        &app.nobody().with_token("somebody-elses-proof"),
    ] {
        no_key.post("/f/default", &six("戊")).refused(429, "too_many_requests");
    }
    assert_eq!(app.admin().all(INQUIRIES).len(), 4);
}
