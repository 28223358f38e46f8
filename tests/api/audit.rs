//! The audit: what was done and what was refused, by whom, without a secret or a name in it, and never
//! changed. Who may read it besides is in policy.rs.

use chrono::Duration;
use diesel::{RunQueryDsl, sql_query};
use leaddock::access::Role;
use serde_json::{Value, json};

use crate::passwords::token_in;
use crate::support::desk::{INQUIRIES, USERS, create, id, ids, own, path, six};
use crate::support::{Client, Database, PASSWORD, TestApp, each_database};

const AUDIT: &str = "/api/v1/audit";
const LOGIN: &str = "/api/v1/auth/login";
const KEYS: &str = "/api/v1/api-keys";

/// The entries of an action, the newest first.
#[track_caller]
fn of_action(admin: &Client, action: &str) -> Vec<Value> {
    admin.all(&format!("{AUDIT}?action={action}"))
}

/// The one entry of an action: who, of what, and what came of it.
#[track_caller]
fn only(admin: &Client, action: &str) -> Value {
    let entries = of_action(admin, action);
    assert_eq!(entries.len(), 1, "{action}: {entries:?}");
    entries[0].clone()
}

fn total(admin: &Client, query: &str) -> i64 {
    admin.get(&format!("{AUDIT}?limit=1&count=true&{query}")).expect(200).json["total"].as_i64().unwrap()
}

/// Whether a statement past the program is refused.
fn is_refused(app: &TestApp, sql: &'static str) -> bool {
    app.write(move |tx| Ok(sql_query(sql).execute(tx.conn)?)).is_err()
}

each_database! {
    fn every_change_leaves_an_entry(app) {
        let admin = app.admin();
        let agent = app.login_in(Role::Agent, Some("东区"));
        app.advance(Duration::minutes(1));
        let inquiry = create(admin, json!({}));
        let made = only(admin, "inquiries.create");
        let mut members: Vec<&str> = made.as_object().unwrap().keys().map(String::as_str).collect();
        members.sort_unstable();
        assert_eq!(members, ["action", "actor", "at", "data", "id", "outcome", "target"]);
        assert!(id(&made).starts_with("aud_"));
        assert_eq!((&made["at"], &made["outcome"]), (&json!(app.clock.now()), &json!("done")));
        assert_eq!(made["actor"], json!({"user_id": admin.id(), "key_id": null}));
        assert_eq!(
            (&made["target"], &made["data"]),
            (&inquiry["id"], &json!({"method": "POST", "route": INQUIRIES, "address": "127.0.0.1"}))
        );

        admin.patch(&path(&inquiry), &json!({"company": "改名"})).expect(200);
        admin.post(&format!("{}/status", path(&inquiry)), &json!({"status": "contacted"})).expect(200);
        let entries = of_action(admin, "inquiries.write");
        let routes: Vec<&str> =
            entries.iter().map(|entry| entry["data"]["route"].as_str().unwrap()).collect();
        assert_eq!(routes, ["/api/v1/inquiries/{id}/status", "/api/v1/inquiries/{id}"], "the newest first");
        assert!(entries.iter().all(|entry| entry["target"] == inquiry["id"]));

        let team = admin.post("/api/v1/teams", &json!({"name": "西区"})).expect(201);
        assert_eq!(only(admin, "teams.write")["target"], team.id());
        admin.patch(&format!("{USERS}/{}", agent.id()), &json!({"phone": "1"})).expect(200);
        assert_eq!(only(admin, "users.write")["target"], agent.id().to_string());
        agent.patch("/api/v1/me", &json!({"name": "别名"})).expect(200);
        assert_eq!(only(admin, "me.write")["actor"]["user_id"], agent.id().to_string());
        admin.post(&format!("{}/assign", path(&inquiry)), &json!({"assignee_id": admin.id()})).expect(200);
        assert_eq!(only(admin, "inquiries.assign")["target"], inquiry["id"]);
        admin.delete(&path(&inquiry)).expect(204);
        assert_eq!(only(admin, "inquiries.delete")["data"]["method"], "DELETE");

        // What came to nothing, and what is only read, leaves none; what is replayed has left one already.
        let before = total(admin, "");
        admin.patch(&path(&inquiry), &json!({"company": "x"})).refused(404, "not_found");
        admin.post(INQUIRIES, &json!({"x": 1})).refused(422, "invalid");
        admin.get(INQUIRIES).expect(200);
        assert_eq!(total(admin, ""), before);
        for _ in 0..2 {
            admin.post_with(INQUIRIES, &six("甲"), &[("Idempotency-Key", "once")]).expect(201);
        }
        assert_eq!(total(admin, ""), before + 1);
        assert_eq!(app.mails().len(), 1);
    }

    fn who_tries_what_he_may_not_is_told(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        let inquiry = own(&agent, json!({}));
        agent.delete(&path(&inquiry)).refused(403, "forbidden");
        let refused = only(admin, "inquiries.delete");
        assert_eq!((&refused["outcome"], &refused["target"]), (&json!("refused"), &inquiry["id"]));
        assert_eq!(refused["actor"], json!({"user_id": agent.id(), "key_id": null}));
        assert_eq!(
            refused["data"],
            json!({"method": "DELETE", "route": "/api/v1/inquiries/{id}", "address": "127.0.0.1"})
        );
        // Reading as well, and whatever else was wrong with it.
        agent.get(USERS).refused(403, "forbidden");
        agent.get(&format!("{USERS}?nonsense=1")).refused(403, "forbidden");
        assert_eq!(of_action(admin, "users.read").len(), 2);
        agent.post(USERS, &json!({"x": 1})).refused(403, "forbidden");
        assert_eq!(only(admin, "users.write")["outcome"], "refused");
        agent.get(AUDIT).refused(403, "forbidden");
        app.login(Role::Manager).get(AUDIT).refused(403, "forbidden");
        assert_eq!(total(admin, "outcome=refused&action=audit.read"), 2);
        // Nobody known: nobody to tell of.
        let before = total(admin, "");
        app.nobody().get(USERS).refused(401, "unauthenticated");
        app.nobody().with_token("ldk_x").delete(&path(&inquiry)).refused(401, "unauthenticated");
        agent.get(&format!("{INQUIRIES}/inq_00000000000000000000000000")).refused(404, "not_found");
        assert_eq!(total(admin, ""), before);
    }

    fn logins_are_told_and_those_that_failed(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        assert_eq!(of_action(admin, "auth.login").len(), 2);
        let newest = || of_action(admin, "auth.login")[0].clone();
        let entry = newest();
        assert_eq!(
            (&entry["outcome"], &entry["target"], &entry["actor"]["user_id"]),
            (&json!("done"), &json!(agent.id()), &json!(agent.id()))
        );
        assert_eq!(entry["data"], json!({"method": "POST", "route": LOGIN, "address": "127.0.0.1"}));
        for (email, target) in
            [(app.email(agent.id()), json!(agent.id())), ("nobody@example.com".to_owned(), Value::Null)]
        {
            app.nobody()
                .post(LOGIN, &json!({"email": email, "password": "not-the-password"}))
                .refused(401, "wrong_login");
            let failed = newest();
            assert_eq!((&failed["outcome"], &failed["target"]), (&json!("refused"), &target));
        }
        // Who uses a refresh token twice, asks for a link, sets a password by it, changes it, logs out.
        let login = app
            .nobody()
            .post(LOGIN, &json!({"email": app.email(agent.id()), "password": PASSWORD}))
            .expect(200);
        let refresh = || {
            app.nobody().post("/api/v1/auth/refresh", &json!({"refresh_token": login.json["refresh_token"]}))
        };
        refresh().expect(200);
        assert!(of_action(admin, "auth.refresh").is_empty());
        app.advance(Duration::minutes(1));
        refresh().refused(401, "unauthenticated");
        let reused = only(admin, "auth.refresh");
        assert_eq!((&reused["outcome"], &reused["target"]), (&json!("refused"), &json!(agent.id())));
        for email in [app.email(agent.id()), "nobody@example.com".to_owned()] {
            app.nobody().post("/api/v1/auth/password-reset", &json!({"email": email})).expect(202);
        }
        app.work();
        let asked = of_action(admin, "auth.password_reset");
        assert_eq!((&asked[0]["target"], &asked[1]["target"]), (&Value::Null, &json!(agent.id())));
        let confirm = json!({"token": token_in(&app.mails()[0]), "password": "a-brand-new-passphrase-77"});
        app.nobody().post("/api/v1/auth/password-reset/confirm", &confirm).expect(204);
        assert_eq!(only(admin, "auth.password_set")["target"], agent.id().to_string());
        app.nobody()
            .login(&app.email(agent.id()), "a-brand-new-passphrase-77")
            .act("/api/v1/auth/logout")
            .expect(204);
        assert_eq!(only(admin, "me.write")["data"]["route"], "/api/v1/auth/logout");
    }

    fn a_key_is_named_beside_who_made_it(app) {
        let admin = app.admin();
        let made = admin.post(KEYS, &json!({"name": "x", "scopes": ["write"]})).expect(201).json;
        assert_eq!(only(admin, "api_keys.manage")["target"], made["id"]);
        let key = app.nobody().with_token(made["secret"].as_str().unwrap());
        let inquiry = key.post(INQUIRIES, &six("甲")).expect(201);
        let by_key = json!({"user_id": admin.id(), "key_id": made["id"]});
        let entry = only(admin, "inquiries.create");
        assert_eq!((&entry["actor"], &entry["target"]), (&by_key, &json!(inquiry.id())));
        key.get(USERS).refused(403, "forbidden");
        let refused = only(admin, "users.read");
        assert_eq!((&refused["actor"], &refused["outcome"]), (&by_key, &json!("refused")));
        // It stays named when it has gone.
        admin.delete(&format!("{KEYS}/{}", id(&made))).expect(204);
        assert_eq!(only(admin, "inquiries.create")["actor"], by_key);
    }

    fn what_leaves_the_house_as_a_file_is_told(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        agent.get("/api/v1/reports/overview").expect(200);
        assert!(of_action(admin, "reports.read").is_empty());
        agent.get("/api/v1/reports/overview?format=csv").expect(200);
        let exported = only(admin, "reports.read");
        assert_eq!(
            (&exported["outcome"], &exported["actor"]["user_id"]),
            (&json!("done"), &json!(agent.id()))
        );
        assert_eq!(exported["data"]["route"], "/api/v1/reports/{name}");
        agent
            .get("/api/v1/reports/overview?format=csv&from=2026-12-01&to=2026-11-01")
            .refused(400, "bad_query");
        assert_eq!(of_action(admin, "reports.read").len(), 1);
    }

    fn no_secret_and_no_name_is_in_it(app) {
        let admin = app.admin();
        let new = json!({"email": "zhoutao@example.com", "name": "周涛", "role": "agent",
            "phone": "138 0013 8000"});
        let user = admin.post(USERS, &new).expect(201).id();
        let token = token_in(&app.mails()[0]);
        let password = "a-brand-new-passphrase-77";
        app.nobody()
            .post("/api/v1/auth/password-reset/confirm", &json!({"token": token, "password": password}))
            .expect(204);
        let login = app
            .nobody()
            .post(LOGIN, &json!({"email": "zhoutao@example.com", "password": password}))
            .expect(200)
            .json;
        app.nobody()
            .post(LOGIN, &json!({"email": "zhoutao@example.com", "password": "a-wrong-passphrase-77"}))
            .refused(401, "wrong_login");
        app.nobody()
            .post(LOGIN, &json!({"email": "unknown@example.com", "password": "a-wrong-passphrase-77"}))
            .refused(401, "wrong_login");
        app.nobody()
            .post("/api/v1/auth/password-reset", &json!({"email": "zhoutao@example.com"}))
            .expect(202);
        let agent = app.nobody().with_token(login["access_token"].as_str().unwrap());
        let totp = agent.act("/api/v1/me/totp").expect(201).json;
        agent.get(&format!("{USERS}?role=zhoutao")).refused(403, "forbidden");
        agent.delete(&format!("{INQUIRIES}/zhoutao@example.com")).refused(403, "forbidden");
        agent.post(INQUIRIES, &six("甲")).expect(201);
        let key = admin.post(KEYS, &json!({"name": "周涛的钥匙", "scopes": ["read"]})).expect(201).json;
        admin.post("/api/v1/teams", &json!({"name": "周涛组"})).expect(201);

        let all = json!(admin.all(AUDIT)).to_string();
        assert!(all.contains(&user));
        let secrets = [
            &login["access_token"],
            &login["refresh_token"],
            &totp["secret"],
            &totp["recovery_codes"][0],
            &key["secret"],
        ];
        let secrets = secrets.map(|secret| secret.as_str().unwrap());
        for hidden in [
            &secrets[..],
            &[
                token.as_str(),
                password,
                PASSWORD,
                "a-wrong",
                "example.com",
                "zhoutao",
                "周涛",
                "138 0013",
                "13800138000",
                "精密",
                "argon2",
                "ldk_",
            ],
        ]
        .concat()
        {
            assert!(!all.contains(hidden), "{hidden}");
        }
        assert_eq!(app.mails().len(), 1);
    }

    fn it_is_only_ever_added_to(app) {
        let admin = app.admin();
        create(admin, json!({}));
        let before = admin.all(AUDIT);
        assert!(before.len() >= 2);
        for sql in [
            "UPDATE audit SET action = 'x'",
            "UPDATE audit SET target = NULL WHERE outcome = 'done'",
            "DELETE FROM audit",
            "DELETE FROM audit WHERE outcome = 'done'",
        ] {
            assert!(is_refused(&app, sql), "{sql}");
        }
        assert_eq!(admin.all(AUDIT), before);
        // Nor is an entry laid over another, nor all of it swept away at once.
        let other = match app.database {
            Database::Sqlite => {
                "REPLACE INTO audit SELECT id, at, NULL, NULL, 'x', NULL, 'done', data FROM audit"
            }
            Database::Postgres => "TRUNCATE audit",
        };
        assert!(is_refused(&app, other), "{other}");
        assert_eq!(admin.all(AUDIT), before);
        // Who made it may go; it stays.
        for method in ["PUT", "PATCH", "DELETE", "POST"] {
            assert!(matches!(admin.send(method, AUDIT, &[], None).status, 404 | 405));
            assert!(matches!(
                admin.send(method, &format!("{AUDIT}/{}", id(&before[0])), &[], None).status,
                404 | 405
            ));
        }
    }

    fn it_is_read_page_by_page_and_filtered(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        let first = app.clock.now();
        for n in 0..5 {
            app.advance(Duration::minutes(1));
            let inquiry = own(&agent, json!({"company": format!("第{n}")}));
            agent.delete(&path(&inquiry)).refused(403, "forbidden");
        }
        let target = only(admin, &format!("inquiries.delete&at_from={}", app.clock.now()))["target"].clone();
        let all = admin.all(AUDIT);
        assert_eq!(all.len(), 12);
        assert!(
            all.windows(2)
                .all(|pair| id(&pair[0]) > id(&pair[1]) && pair[0]["at"].as_str() >= pair[1]["at"].as_str())
        );
        assert_eq!(admin.all(&format!("{AUDIT}?limit=1")), all);
        for (query, wanted) in [
            ("".to_owned(), 12),
            (format!("actor={}", agent.id()), 11),
            (format!("actor={}", admin.id()), 1),
            ("action=inquiries.create".to_owned(), 5),
            ("action=inquiries".to_owned(), 0),
            ("outcome=refused".to_owned(), 5),
            (format!("target={}", target.as_str().unwrap()), 2),
            (format!("target={}&outcome=done", target.as_str().unwrap()), 1),
            (format!("at_from={}", first.plus(Duration::minutes(4))), 4),
            (format!("at_to={}", first.plus(Duration::minutes(4))), 8),
            (format!("at_from={0}&at_to={0}", first), 0),
            ("at_from=2026-11-24".to_owned(), 0),
            ("at_to=2026-11-24".to_owned(), 12),
        ] {
            let rows = admin.all(&format!("{AUDIT}?{query}"));
            assert_eq!(
                (i64::try_from(rows.len()).unwrap(), total(admin, &query)),
                (wanted, wanted),
                "{query}"
            );
            assert_eq!(ids(&admin.all(&format!("{AUDIT}?limit=2&{query}"))), ids(&rows), "{query}");
        }
        for bad in [
            "outcome=lost",
            "actor=x",
            "at_from=soon",
            "limit=0",
            "limit=201",
            "nonsense=1",
            "at_from=2026-13-01",
        ] {
            admin.get(&format!("{AUDIT}?{bad}")).refused(400, "bad_query");
        }
        admin.get(&format!("{AUDIT}?cursor=x")).refused(400, "bad_cursor");
        // A page that was begun goes on as it was, whatever is added meanwhile.
        let page = admin.get(&format!("{AUDIT}?limit=3")).expect(200);
        own(&agent, json!({}));
        let next = admin
            .get(&format!("{AUDIT}?limit=3&cursor={}", page.json["next_cursor"].as_str().unwrap()))
            .expect(200);
        assert_eq!([page.rows().clone(), next.rows().clone()].concat(), all[..6]);
    }
}
