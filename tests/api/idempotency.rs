//! `Idempotency-Key` on the API: the first answer again, in its scope, however often and however many at
//! once. Keys on public forms are in `intake.rs`.

use chrono::Duration;
use diesel::{QueryDsl, RunQueryDsl};
use leaddock::access::Role;
use leaddock::platform::http::Reply;
use leaddock::platform::http::idempotency::{
    IdempotencyScope, delete_expired, idempotency_keys, with_idempotency,
};
use serde_json::{Value, json};

use crate::support::desk::{INQUIRIES, USERS, create, id, own, path, six};
use crate::support::{Answer, Client, Database, TestApp, at_once, each_database};

fn keyed(client: &Client, to: &str, body: &Value, key: &str) -> Answer {
    client.post_with(to, body, &[("Idempotency-Key", key)])
}

/// The answer is the first one again, and says so.
#[track_caller]
fn is_replay(again: &Answer, first: &Answer) {
    assert_eq!((again.status, &again.text), (first.status, &first.text));
    for name in ["etag", "location", "content-type"] {
        assert_eq!(again.header(name), first.header(name), "{name}");
    }
    assert_eq!(
        (first.header("idempotency-replayed"), again.header("idempotency-replayed")),
        (None, Some("true"))
    );
    assert_ne!(
        again.header("x-request-id"),
        first.header("x-request-id"),
        "each request has an id of its own"
    );
}

/// Each of many equal requests, on any server, is answered with the same: it was made.
fn equal_declines(servers: &[&TestApp]) {
    let agent = servers[0].login(Role::Agent);
    let clients: Vec<Client> = servers.iter().map(|server| server.login_as(agent.id())).collect();
    for n in 0..10 {
        let to = format!("{}/decline", path(&own(&agent, json!({}))));
        let (body, key) = (json!({"reason": "手上太多"}), format!("k{n}"));
        let answers = at_once(16, |n| keyed(&clients[n % clients.len()], &to, &body, &key));
        // 409: the first one is still being answered.
        let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        assert!(statuses.iter().all(|status| matches!(status, 204 | 409)), "{statuses:?}");
        let made = answers.iter().filter(|answer| answer.status == 204);
        assert_eq!(made.filter(|answer| answer.header("idempotency-replayed").is_none()).count(), 1);
    }
    servers[0].mails();
}

#[test]
fn of_equal_declines_on_two_servers_one_is_made() {
    let Some(app) = TestApp::start(Database::Postgres) else { return };
    let other = app.second();
    equal_declines(&[&app, &other]);
}

each_database! {
    fn the_first_answer_comes_again(app) {
        let agent = app.login(Role::Agent);
        let first = keyed(&agent, INQUIRIES, &six("甲"), "k").expect(201);
        assert!(first.header("etag").is_some() && first.header("location").is_some());
        is_replay(&keyed(&agent, INQUIRIES, &six("甲"), "k"), &first);
        // ExtraHeaders when the thing has changed since.
        agent.patch(&path(&first.json), &json!({"company": "改名"})).expect(200);
        is_replay(&keyed(&agent, INQUIRIES, &six("甲"), "k"), &first);
        assert_eq!(agent.all(INQUIRIES).len(), 1);
    }

    fn every_post_takes_a_key(app) {
        let admin = app.admin();
        let agent = app.login(Role::Agent);
        let inquiry = create(admin, json!({}));
        let plan = keyed(
            admin,
            &format!("{}/follow-ups", path(&inquiry)),
            &json!({"kind": "call", "due_at": app.clock.now().plus(Duration::hours(1))}),
            "plan",
        )
        .expect(201);
        for (to, body) in [
            (USERS.to_owned(), json!({"email": "zhou@example.com", "name": "周", "role": "agent"})),
            (format!("{}/follow-ups", path(&inquiry)), json!({"kind": "call", "outcome": "no_answer"})),
            (format!("/api/v1/follow-ups/{}/complete", plan.id()), json!({"outcome": "reached"})),
            (format!("{}/assign", path(&inquiry)), json!({"assignee_id": agent.id()})),
            (format!("{}/status", path(&inquiry)), json!({"status": "contacted"})),
        ] {
            let first = keyed(admin, &to, &body, "k");
            assert!(first.status < 300, "{to}: {}", first.text);
            is_replay(&keyed(admin, &to, &body, "k"), &first);
        }
        admin.delete(&path(&inquiry)).expect(204);
        let restore =
            || admin.send("POST", &format!("{}/restore", path(&inquiry)), &[("Idempotency-Key", "k")], None);
        let first = restore().expect(200);
        is_replay(&restore(), &first);
        assert_eq!(admin.all(&format!("{}/follow-ups", path(&inquiry))).len(), 2);
        // The new owner's, and the new user's invitation: one each.
        assert_eq!(app.mails().len(), 2);
    }

    fn another_body_under_the_key_is_refused(app) {
        let agent = app.login(Role::Agent);
        keyed(&agent, INQUIRIES, &six("甲"), "k").expect(201);
        keyed(&agent, INQUIRIES, &six("乙"), "k").refused(422, "idempotency_key_reused");
        keyed(&agent, INQUIRIES, &six("甲"), "k").expect(201);
        keyed(&agent, INQUIRIES, &six("乙"), "K").expect(201);
        assert_eq!(agent.all(INQUIRIES).len(), 2);
    }

    fn a_key_is_its_caller_s_and_its_route_s(app) {
        let (one, other) = (app.login(Role::Agent), app.login(Role::Agent));
        let mine = keyed(&one, INQUIRIES, &six("甲"), "k").expect(201);
        let theirs = keyed(&other, INQUIRIES, &six("甲"), "k").expect(201);
        assert_ne!(mine.id(), theirs.id());
        let second = own(&one, json!({}));
        for inquiry in [&mine.json, &second] {
            let answer = keyed(
                &one,
                &format!("{}/follow-ups", path(inquiry)),
                &json!({"kind": "call", "outcome": "reached"}),
                "k",
            )
            .expect(201);
            assert_eq!(
                (answer.header("idempotency-replayed"), &answer.json["inquiry_id"]),
                (None, &inquiry["id"])
            );
        }
        // Another session of the same user is the same caller.
        is_replay(&keyed(&app.login_as(one.id()), INQUIRIES, &six("甲"), "k"), &mine);
    }

    fn a_refusal_does_not_use_the_key_up(app) {
        let (agent, admin) = (app.login(Role::Agent), app.admin());
        keyed(&agent, INQUIRIES, &json!({}), "k").refused(422, "invalid");
        keyed(&agent, INQUIRIES, &json!({"need": 5}), "k").refused(422, "invalid");
        keyed(&agent, INQUIRIES, &json!({"need": "x", "assign": admin.id()}), "k").refused(403, "forbidden");
        agent
            .send(
                "POST",
                INQUIRIES,
                &[("Idempotency-Key", "k"), ("Content-Type", "application/json")],
                Some(b"{".to_vec()),
            )
            .refused(400, "bad_json");
        let made = keyed(&agent, INQUIRIES, &six("甲"), "k").expect(201);
        assert_eq!(made.header("idempotency-replayed"), None);
        let status = format!("{}/status", path(&made.json));
        keyed(&agent, &status, &json!({"status": "landed"}), "k").refused(422, "illegal_move");
        keyed(&agent, &status, &json!({"status": "signed"}), "k").expect(200);
        agent
            .send(
                "POST",
                &status,
                &[("Idempotency-Key", "s"), ("If-Match", "\"1\""), ("Content-Type", "application/json")],
                Some(b"{\"status\": \"landed\"}".to_vec()),
            )
            .refused(412, "stale");
        assert_eq!(
            keyed(&agent, &status, &json!({"status": "landed"}), "s").expect(200).json["status"],
            "landed"
        );
    }

    fn who_may_no_longer_gets_no_answer_again(app) {
        let (agent, admin) = (app.login(Role::Agent), app.admin());
        keyed(&agent, INQUIRIES, &six("甲"), "k").expect(201);
        admin.patch(&format!("{USERS}/{}", agent.id()), &json!({"active": false})).expect(200);
        keyed(&agent, INQUIRIES, &six("甲"), "k").refused(401, "unauthenticated");
    }

    fn what_is_no_key_is_400(app) {
        let agent = app.login(Role::Agent);
        for key in ["", " ", "a b", "a\tb", "schlüssel", "钥匙", &"x".repeat(256)] {
            keyed(&agent, INQUIRIES, &six("甲"), key).refused(400, "bad_idempotency_key");
        }
        let two =
            agent.post_with(INQUIRIES, &six("甲"), &[("Idempotency-Key", "a"), ("Idempotency-Key", "a")]);
        two.refused(400, "bad_idempotency_key");
        assert!(agent.all(INQUIRIES).is_empty());
        for key in ["x", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", &"x".repeat(255)] {
            keyed(&agent, INQUIRIES, &six("甲"), key).expect(201);
        }
        // A GET and a PATCH have no use for it.
        let made = agent.all(INQUIRIES).pop().unwrap();
        agent.send("GET", &path(&made), &[("Idempotency-Key", "")], None).expect(200);
        agent
            .send(
                "PATCH",
                &path(&made),
                &[("Idempotency-Key", "a b"), ("Content-Type", "application/json")],
                Some(b"{}".to_vec()),
            )
            .expect(200);
    }

    fn of_twenty_at_once_one_is_made(app) {
        let agent = app.login(Role::Agent);
        let answers = at_once(20, |_| keyed(&agent, INQUIRIES, &six("甲"), "k"));
        let made: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 201).collect();
        assert!(answers.iter().all(|answer| matches!(answer.status, 201 | 409)) && !made.is_empty());
        assert!(made.iter().all(|answer| answer.text == made[0].text));
        assert_eq!(made.iter().filter(|answer| answer.header("idempotency-replayed").is_none()).count(), 1);
        assert_eq!(agent.all(INQUIRIES).len(), 1);
    }

    fn of_equal_declines_at_once_one_is_made(app) {
        equal_declines(&[&app]);
    }

    fn old_answers_are_deleted_some_hundreds_at_a_time(app) {
        let keep = |names: std::ops::Range<u32>| {
            app.write(move |tx| {
                names.clone().try_for_each(|name| {
                    let scope =
                        IdempotencyScope::new("usr".to_owned(), "POST /x".to_owned(), name.to_string(), vec![]);
                    with_idempotency(tx, Some(&scope), |_| Ok(Reply::nothing())).map(drop)
                })
            })
            .unwrap();
        };
        let kept = || app.read(|read| Ok(idempotency_keys::table.count().get_result::<i64>(read.conn)?));
        for second in 0..12 {
            keep(second * 100..(second + 1) * 100);
            app.advance(Duration::seconds(1));
        }
        assert!(!app.write(delete_expired).unwrap());
        assert_eq!(kept(), 1_200);
        app.advance(Duration::hours(50));
        let mut rounds = 1;
        while app.write(delete_expired).unwrap() {
            rounds += 1;
            assert!(kept() >= 1_200 - (rounds - 1) * 600, "not all at once");
        }
        assert_eq!((kept(), rounds), (0, 3));
    }

    fn an_answer_is_kept_for_a_day_and_over_a_restart(app) {
        let agent = app.login(Role::Agent);
        let first = keyed(&agent, INQUIRIES, &six("甲"), "k").expect(201);
        let app = app.restarted();
        is_replay(&keyed(&app.login_as(agent.id()), INQUIRIES, &six("甲"), "k"), &first);
        app.advance(Duration::hours(24));
        is_replay(&keyed(&app.login_as(agent.id()), INQUIRIES, &six("甲"), "k"), &first);
        // Much later the key is free again.
        app.advance(Duration::days(30));
        let anew = keyed(&app.login_as(agent.id()), INQUIRIES, &six("乙"), "k").expect(201);
        assert_ne!(anew.id(), id(&first.json));
        assert_eq!(anew.header("idempotency-replayed"), None);
    }
}
