//! Who gets in, for how long, and who he is then: logins, users, and what is out of reach.
//! A walk over every operation in every role is in policy.rs; which records a role reaches is tested with the
//! records.

use chrono::Duration;
use leaddock::access::Role;
use serde_json::{Value, json};

use crate::support::desk::{INQUIRIES, USERS, create, follow_up, id, own, path, six};
use crate::support::{Client, PASSWORD, TestApp, at_once, each_database};

const LOGIN: &str = "/api/v1/auth/login";

fn credentials(email: &str, password: &str) -> Value {
    json!({"email": email, "password": password})
}

fn of_user(client: &Client) -> String {
    format!("{USERS}/{}", client.id())
}

/// Everything that the API shows of what there is.
fn shown(app: &TestApp, inquiry: &Value) -> Vec<Value> {
    let timeline = format!("{}/timeline", path(inquiry));
    [INQUIRIES, USERS, "/api/v1/follow-ups", "/api/v1/notifications", &timeline]
        .into_iter()
        .flat_map(|list| app.admin().all(list))
        .collect()
}

each_database! {
    fn a_login_tells_who_it_is_and_for_how_long(app) {
        let agent = app.add_user(Role::Agent, Some("东区"));
        let email = app.email(agent);
        let answer = app.nobody().post(LOGIN, &credentials(&email, PASSWORD)).expect(200);
        assert_eq!((&answer.json["token_type"], &answer.json["expires_in"]), (&json!("Bearer"), &json!(900)));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert!(answer.json["refresh_token"].as_str().unwrap().len() > 32);
        let user = &answer.json["user"];
        assert_eq!(
            (&user["id"], &user["email"], &user["role"], &user["active"]),
            (&json!(agent), &json!(email), &json!("agent"), &json!(true))
        );
        assert!(
            !answer.text.contains("argon2")
                && !answer.text.contains(PASSWORD)
                && !answer.text.contains("hash")
        );

        let me = app
            .nobody()
            .with_token(answer.json["access_token"].as_str().unwrap())
            .get("/api/v1/me")
            .expect(200);
        assert_eq!((&me.json, me.header("etag")), (user, Some("\"1\"")));
        // Addresses are compared case-blind, passwords are not.
        app.nobody().post(LOGIN, &credentials(&email.to_uppercase(), PASSWORD)).expect(200);
        app.nobody().post(LOGIN, &credentials(&email, &PASSWORD.to_uppercase())).refused(401, "wrong_login");
    }

    fn a_refused_login_does_not_tell_why(app) {
        let agent = app.login(Role::Agent);
        let gone = app.add_user(Role::Agent, None);
        app.admin().patch(&format!("{USERS}/{gone}"), &json!({"active": false})).expect(200);
        let without = app.add_passwordless(Role::Agent);
        let mut told: Vec<Value> = Vec::new();
        for (email, password) in [
            ("nobody@example.com".to_owned(), PASSWORD),
            (app.email(agent.id()), "another-password"),
            (app.email(agent.id()), ""),
            (app.email(gone), PASSWORD),
            (app.email(without), PASSWORD),
            (app.email(without), ""),
            ("no address".to_owned(), PASSWORD),
            (String::new(), ""),
        ] {
            let mut answer =
                app.nobody().post(LOGIN, &credentials(&email, password)).refused(401, "wrong_login").json;
            answer["request_id"] = json!(null);
            told.push(answer);
        }
        assert!(told.windows(2).all(|pair| pair[0] == pair[1]));
        app.nobody().post(LOGIN, &json!({"email": 1, "password": [], "x": 1})).finds_fault_with(&[
            "/email",
            "/password",
            "/x",
        ]);
        app.nobody()
            .post(LOGIN, &json!({"email": "a\u{0}b", "password": "x".repeat(257)}))
            .finds_fault_with(&["/email", "/password"]);
        app.nobody().post(LOGIN, &json!({})).finds_fault_with(&["/email", "/password"]);
        assert_eq!(app.mails().len(), 1, "the invitation of who has no password");
    }

    fn a_token_serves_for_fifteen_minutes(app) {
        let agent = app.login(Role::Agent);
        app.advance(Duration::seconds(899));
        agent.get("/api/v1/me").expect(200);
        app.advance(Duration::seconds(1));
        let refused = agent.get("/api/v1/me").refused(401, "unauthenticated");
        assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
        agent.post(INQUIRIES, &six("甲")).refused(401, "unauthenticated");
        app.login_as(agent.id()).get("/api/v1/me").expect(200);
    }

    fn what_is_no_token_of_ours_is_401(app) {
        let agent = app.login(Role::Agent);
        let refresh = app
            .nobody()
            .post(LOGIN, &credentials(&app.email(agent.id()), PASSWORD))
            .expect(200)
            .json["refresh_token"]
            .as_str()
            .unwrap()
            .to_owned();
        let parts: Vec<&str> = agent.token().split('.').collect();
        let unsigned = format!("{}.{}.", parts[0], parts[1]);
        let none = format!("eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.{}.", parts[1]);
        let bent = format!("{}.{}.{}", parts[0], parts[1], parts[2].chars().rev().collect::<String>());
        for token in [
            "x",
            "a.b.c",
            "..",
            &refresh,
            &unsigned,
            &none,
            &bent,
            &format!("{}x", agent.token()),
            &agent.token()[1..],
        ] {
            app.nobody().with_token(token).get("/api/v1/me").refused(401, "unauthenticated");
        }
        let good = agent.token();
        for header in ["", "Bearer", "Bearer ", &format!("Basic {good}"), good, &format!("Bearer{good}")] {
            app.nobody()
                .send("GET", "/api/v1/me", &[("Authorization", header)], None)
                .refused(401, "unauthenticated");
        }
        app.nobody()
            .send("GET", "/api/v1/me", &[("Authorization", &format!("bearer {good}"))], None)
            .expect(200);
    }

    fn who_is_deactivated_is_out_at_once(app) {
        let agent = app.login(Role::Agent);
        agent.get(INQUIRIES).expect(200);
        app.admin().patch(&of_user(&agent), &json!({"active": false})).expect(200);
        agent.get(INQUIRIES).refused(401, "unauthenticated");
        agent.post(INQUIRIES, &six("甲")).refused(401, "unauthenticated");
        app.nobody().post(LOGIN, &credentials(&app.email(agent.id()), PASSWORD)).refused(401, "wrong_login");
        // Who comes back logs in anew: the old sessions stay ended.
        app.admin().patch(&of_user(&agent), &json!({"active": true})).expect(200);
        agent.get(INQUIRIES).refused(401, "unauthenticated");
        app.login_as(agent.id()).get(INQUIRIES).expect(200);
        assert!(app.admin().all(INQUIRIES).is_empty());
    }

    fn a_change_of_role_or_team_counts_from_the_next_request(app) {
        let user = app.login_in(Role::Agent, Some("东区"));
        let west = app.login_in(Role::Agent, Some("西区"));
        let theirs = own(&west, json!({}));
        user.get(USERS).refused(403, "forbidden");
        user.get(&path(&theirs)).refused(404, "not_found");

        let change = |body: Value| app.admin().patch(&of_user(&user), &body).expect(200);
        change(json!({"role": "manager"}));
        assert_eq!(user.get(USERS).expect(200).rows().len(), 1);
        user.get(&path(&theirs)).refused(404, "not_found");
        change(json!({"team_id": theirs["team_id"]}));
        assert_eq!(user.get(USERS).expect(200).rows().len(), 2);
        user.get(&path(&theirs)).expect(200);
        change(json!({"role": "admin", "team_id": null}));
        user.delete(&path(&theirs)).expect(204);
        change(json!({"role": "agent"}));
        user.get(USERS).refused(403, "forbidden");
    }

    fn an_admin_keeps_the_users(app) {
        let admin = app.admin();
        let team = own(&app.login_in(Role::Agent, Some("东区")), json!({}))["team_id"].clone();
        let wanted = json!({"email": "Zhou@Example.com", "name": " 周启澜 ", "role": "agent", "team_id": team,
            "phone": "138 0013 8000", "active": true,
            "locale": "zh-CN"});
        let made = admin.post(USERS, &wanted).expect(201);
        let place = format!("{USERS}/{}", made.id());
        assert_eq!((made.header("location"), made.header("etag")), (Some(place.as_str()), Some("\"1\"")));
        for (name, value) in wanted.as_object().unwrap() {
            assert_eq!(made.json[name], if name == "name" { json!("周启澜") } else { value.clone() });
        }
        assert!(made.id().starts_with("usr_") && made.json["created_at"] == app.clock.now().to_string());
        assert_eq!(admin.get(&place).expect(200).json, made.json);

        app.advance(Duration::minutes(1));
        let changed = admin
            .patch(&place, &json!({"name": "周", "phone": null, "locale": null, "team_id": null}))
            .expect(200);
        assert_eq!(changed.json["name"], "周");
        assert!(["phone", "locale", "team_id"].into_iter().all(|name| changed.json[name].is_null()));
        assert_eq!(
            (&changed.json["version"], changed.header("etag"), &changed.json["email"]),
            (&json!(2), Some("\"2\""), &json!("Zhou@Example.com"))
        );
        assert_eq!(changed.json["updated_at"], app.clock.now().to_string());
        assert_eq!(
            admin.patch(&place, &json!({"name": "周"})).expect(200).json,
            changed.json,
            "nothing changed: nothing is written"
        );

        // Defaults: active, without team, phone and language.
        let plain = admin
            .post(USERS, &json!({"email": "plain@example.com", "name": "平", "role": "manager"}))
            .expect(201)
            .json;
        assert_eq!(plain["active"], true);
        assert!(["phone", "locale", "team_id"].into_iter().all(|name| plain[name].is_null()));
        for absent in ["usr_00000000000000000000000000", "usr_x", "x", id(&own(admin, json!({})))] {
            admin.get(&format!("{USERS}/{absent}")).refused(404, "not_found");
            admin.patch(&format!("{USERS}/{absent}"), &json!({"name": "x"})).refused(404, "not_found");
        }
        assert_eq!(app.mails().len(), 2, "an invitation for each who was made");
    }

    fn users_are_listed_page_by_page_and_filtered(app) {
        app.login_in(Role::Agent, Some("东区"));
        let manager = app.login_in(Role::Manager, Some("东区"));
        let west = app.add_user(Role::Agent, Some("西区"));
        let gone = app.add_user(Role::Agent, None);
        app.admin().patch(&format!("{USERS}/{gone}"), &json!({"active": false})).expect(200);
        let team = manager.get("/api/v1/me").expect(200).json["team_id"].as_str().unwrap().to_owned();

        let all = app.admin().all(&format!("{USERS}?limit=1"));
        assert_eq!(all.len(), 5);
        assert!(all.windows(2).all(|pair| id(&pair[0]) < id(&pair[1])));
        let found = |client: &Client, query: &str| {
            client.get(&format!("{USERS}?count=true&{query}")).expect(200).json["total"].clone()
        };
        assert_eq!(found(app.admin(), "role=agent"), 3);
        assert_eq!(found(app.admin(), "role=agent,manager&active=true"), 3);
        assert_eq!(found(app.admin(), "active=false"), 1);
        assert_eq!(found(app.admin(), &format!("team={team}")), 2);
        app.admin().get(&format!("{USERS}?role=king")).refused(400, "bad_query");

        // Managers read the users of their team and write none.
        assert_eq!(found(&manager, ""), 2);
        assert_eq!(found(&manager, "role=admin"), 0);
        manager.get(&of_user(&manager)).expect(200);
        manager.get(&format!("{USERS}/{west}")).refused(404, "not_found");
        manager.patch(&of_user(&manager), &json!({"name": "x"})).refused(403, "forbidden");
        manager
            .post(USERS, &json!({"email": "x@example.com", "name": "x", "role": "agent"}))
            .refused(403, "forbidden");
    }

    fn every_fault_of_a_user_is_told_at_once(app) {
        let admin = app.admin();
        admin
            .post(USERS, &json!({"email": "no-at-sign", "name": "", "role": "king", "x": 1}))
            .finds_fault_with(&["/email", "/name", "/role", "/x"]);
        admin.post(USERS, &json!({})).finds_fault_with(&["/email", "/name", "/role"]);
        let faulty = json!({"email": "a@b@c", "name": "a\nb", "role": 7, "team_id": 5,
            "phone": "1".repeat(101), "active": "yes", "locale": "fr",
            "id": "usr_x", "version": 1});
        let all = ["/active", "/email", "/id", "/locale", "/name", "/phone", "/role", "/team_id", "/version"];
        admin.post(USERS, &faulty).finds_fault_with(&all);
        admin.patch(&of_user(admin), &faulty).finds_fault_with(&all);
        admin
            .post(
                USERS,
                &json!({"email": "a@example.com", "name": "   ", "role": "agent", "phone": "1\u{7}"}),
            )
            .finds_fault_with(&["/name", "/phone"]);
        for team in ["team_00000000000000000000000000", "team_x", "", "东区"] {
            admin
                .post(
                    USERS,
                    &json!({"email": "a@example.com", "name": "a", "role": "agent", "team_id": team}),
                )
                .finds_fault_with(&["/team_id"]);
            admin.patch(&of_user(admin), &json!({"team_id": team})).finds_fault_with(&["/team_id"]);
        }
        for member in ["email", "name", "role", "active"] {
            admin.patch(&of_user(admin), &json!({member: null})).finds_fault_with(&[&format!("/{member}")]);
        }
        for email in [
            "",
            "a@",
            "@b.c",
            "a b@example.com",
            "a@example.com\r\nBcc: x@y.z",
            &format!("{}@example.com", "a".repeat(250)),
        ] {
            admin
                .post(USERS, &json!({"email": email, "name": "a", "role": "agent"}))
                .finds_fault_with(&["/email"]);
        }
        assert_eq!(admin.all(USERS).len(), 1);
        assert_eq!(admin.get("/api/v1/me").expect(200).json["version"], 1);
    }

    fn a_mail_address_is_one_user_s_however_it_is_written(app) {
        let admin = app.admin();
        let new = |email: &str| json!({"email": email, "name": "某人", "role": "agent"});
        let first = admin.post(USERS, &new("Zhou@Example.com")).expect(201).id();
        let second = admin.post(USERS, &new("li@example.com")).expect(201).id();
        for taken in ["Zhou@Example.com", "zhou@example.com", "ZHOU@EXAMPLE.COM"] {
            admin.post(USERS, &new(taken)).refused(409, "email_taken");
            admin.patch(&format!("{USERS}/{second}"), &json!({"email": taken})).refused(409, "email_taken");
        }
        assert_eq!(admin.get(&format!("{USERS}/{second}")).expect(200).json["email"], "li@example.com");
        assert_eq!(
            admin.patch(&format!("{USERS}/{first}"), &json!({"email": "zhou@example.com"})).expect(200).json
                ["email"],
            "zhou@example.com"
        );

        let mut statuses: Vec<u16> = at_once(8, |n| {
            admin.post(USERS, &new(if n % 2 == 0 { "wu@example.com" } else { "WU@example.com" })).status
        });
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
        assert_eq!(app.mails().len(), 3, "an invitation for each who was made");
    }

    fn a_user_is_changed_as_he_was_seen(app) {
        let agent = app.login(Role::Agent);
        let (admin, place) = (app.admin(), of_user(&agent));
        admin.patch_if(&place, &json!({"name": "甲"}), "\"1\"").expect(200);
        admin.patch_if(&place, &json!({"name": "乙"}), "\"1\"").refused(412, "stale");
        admin.patch_if(&place, &json!({"name": "乙"}), "W/\"1\"").refused(412, "stale");
        admin.patch_if(&place, &json!({"name": "乙"}), "2").refused(400, "bad_if_match");
        admin.patch_if(&place, &json!({"name": "乙"}), "\"1\", \"2\"").expect(200);
        admin.patch_if(&place, &json!({"name": "丙"}), "*").expect(200);
        let mut statuses: Vec<u16> =
            at_once(8, |n| admin.patch_if(&place, &json!({"name": format!("第{n}")}), "\"4\"").status);
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412, 412, 412, 412, 412, 412, 412]);
    }

    fn somebody_stays_administrator(app) {
        let admin = app.admin();
        for step in [json!({"role": "agent"}), json!({"role": "manager"}), json!({"active": false})] {
            admin.patch(&of_user(admin), &step).refused(409, "last_admin");
        }
        admin.get(USERS).expect(200);
        // An administrator who is not active does not count.
        let second = app.login(Role::Admin);
        admin.patch(&of_user(&second), &json!({"active": false})).expect(200);
        admin.patch(&of_user(admin), &json!({"role": "agent"})).refused(409, "last_admin");
        admin.patch(&of_user(&second), &json!({"active": true})).expect(200);

        // All of them at once, each putting himself down: one stays.
        let admins: Vec<Client> =
            [admin.clone(), app.login_as(second.id()), app.login(Role::Admin), app.login(Role::Admin)].into();
        let mut answers = at_once(4, |n| {
            admins[n]
                .patch(
                    &of_user(&admins[n]),
                    &if n % 2 == 0 { json!({"active": false}) } else { json!({"role": "agent"}) },
                )
                .status
        });
        answers.sort_unstable();
        assert_eq!(answers, [200, 200, 200, 409]);
        let left: Vec<&Client> = admins.iter().filter(|admin| admin.get(USERS).status == 200).collect();
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].all(&format!("{USERS}?role=admin&active=true")).len(), 1);
    }

    fn a_refusal_half_way_spoils_no_other_change(app) {
        // Changes that arrive together may share a commit: what is refused late leaves nothing, the others
        // stay, each once.
        let admin = app.admin();
        let inquiry = create(admin, json!({}));
        at_once(30, |n| match n % 3 {
            0 => drop(
                admin
                    .patch(&of_user(admin), &json!({"role": "agent", "name": "不成"}))
                    .refused(409, "last_admin"),
            ),
            1 => drop(app.nobody().post("/f/default", &six(&format!("甲{n}"))).expect(202)),
            _ => drop(admin.patch(&path(&inquiry), &json!({"custom": {format!("第{n}"): n}})).expect(200)),
        });
        let me = admin.get("/api/v1/me").expect(200).json;
        assert_eq!(
            (&me["role"], &me["name"], &me["version"]),
            (&json!("admin"), &json!("admin-0"), &json!(1))
        );
        let after = admin.get(&path(&inquiry)).expect(200).json;
        assert_eq!((after["custom"].as_object().unwrap().len(), &after["version"]), (10, &json!(11)));
        assert_eq!(admin.all(INQUIRIES).len(), 11);
        assert_eq!(admin.all(&format!("{}/timeline", path(&inquiry))).len(), 11);
    }

    fn what_is_out_of_reach_is_as_if_it_were_not(app) {
        let (admin, agent, other) =
            (app.admin(), app.login_in(Role::Agent, Some("东区")), app.login_in(Role::Agent, Some("西区")));
        let (east, none) = (app.login_in(Role::Manager, Some("东区")), app.login(Role::Manager));
        let pool = create(admin, json!({}));
        let easts = own(&agent, json!({}));
        let wests = own(&other, json!({}));
        let plan = follow_up(
            &other,
            &wests,
            json!({"kind": "call", "due_at": app.clock.now().plus(Duration::days(1))}),
        );
        let before = shown(&app, &wests);

        // Agents: their own. Managers: their team's, and what has no team. Admins: all.
        for (client, seen, unseen) in [
            (&agent, vec![&easts], vec![&wests]),
            (&east, vec![&easts, &pool], vec![&wests]),
            (&none, vec![&pool], vec![&easts, &wests]),
            (admin, vec![&easts, &wests, &pool], vec![]),
        ] {
            for inquiry in &seen {
                client.get(&path(inquiry)).expect(200);
                client.get(&format!("{}/timeline", path(inquiry))).expect(200);
            }
            assert_eq!(client.all(INQUIRIES).len(), seen.len());
            for inquiry in unseen {
                client.get(&path(inquiry)).refused(404, "not_found");
            }
        }
        let absent =
            agent.get(&format!("{INQUIRIES}/inq_00000000000000000000000000")).refused(404, "not_found").json;
        for (client, method, to, body) in [
            (&agent, "GET", path(&wests), None),
            (&agent, "PATCH", path(&wests), Some(json!({"company": "x"}))),
            (&agent, "GET", format!("{}/timeline", path(&wests)), None),
            (&agent, "GET", format!("{}/follow-ups", path(&wests)), None),
            (
                &agent,
                "POST",
                format!("{}/follow-ups", path(&wests)),
                Some(json!({"kind": "call", "outcome": "reached"})),
            ),
            (&agent, "POST", format!("{}/status", path(&wests)), Some(json!({"status": "contacted"}))),
            (&agent, "GET", format!("/api/v1/follow-ups/{}", id(&plan)), None),
            (
                &agent,
                "POST",
                format!("/api/v1/follow-ups/{}/complete", id(&plan)),
                Some(json!({"outcome": "reached"})),
            ),
            (&east, "PATCH", path(&wests), Some(json!({"company": "x"}))),
            (&east, "POST", format!("{}/assign", path(&wests)), Some(json!({"assignee_id": agent.id()}))),
            (
                &east,
                "POST",
                format!("/api/v1/follow-ups/{}/complete", id(&plan)),
                Some(json!({"outcome": "reached"})),
            ),
        ] {
            let mut answer = client
                .send(
                    method,
                    &to,
                    &[("Content-Type", "application/json")],
                    body.map(|body| body.to_string().into_bytes()),
                )
                .refused(404, "not_found")
                .json;
            answer["request_id"] = absent["request_id"].clone();
            assert_eq!(answer, absent, "{method} {to}");
        }
        assert_eq!(shown(&app, &wests), before);
    }
}
