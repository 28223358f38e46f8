//! Availability: its shape, who may set what of it, and that it counts from the next decision on.
//! How an instant is held against shifts and holidays is tested beside `src/assignment/availability`.

use chrono::Duration;
use leaddock::access::Role;
use serde_json::{Value, json};

use crate::support::assignment::{
    accept, assign, availability, available, document, fall_back_to, now, reason_of, rule,
};
use crate::support::desk::{USERS, create, give};
use crate::support::{at_once, each_database};

fn defaults() -> Value {
    json!({"paused": false, "shifts": null, "absences": [], "open_max": null, "daily_max": null, "weight": 1})
}

/// The words of what is warned of.
fn warned(answer: &Value) -> Vec<&str> {
    let warnings = answer["warnings"].as_array().into_iter().flatten();
    warnings.map(|warning| warning["code"].as_str().unwrap()).collect()
}

each_database! {
    fn it_has_one_shape_and_its_defaults(app) {
        let (admin, user) = (app.admin(), app.add_user(Role::Agent, None));
        let at = availability(user);
        let first = admin.get(&at).expect(200);
        assert_eq!(document(first.json.clone()), defaults());
        assert_eq!((&first.json["id"], first.header("etag")), (&json!(user), Some("\"1\"")));
        app.advance(Duration::minutes(1));
        let full = json!({"paused": true,
            "shifts": [{"days": [1, 2], "from": "22:00", "to": "06:00"},
                {"days": [7], "from": "00:00", "to": "24:00"}],
            "absences": [{"from": "2026-12-01T00:00:00+08:00", "to": null, "note": "年假"},
                {"from": "2026-12-01T00:00:00Z", "to": "2026-12-02T00:00:00Z"}],
            "open_max": 0, "daily_max": 1_000_000, "weight": 100});
        let set = admin.put_if(&at, &full, "\"1\"").expect(200);
        let mut shown = full.clone();
        shown["absences"][0]["from"] = json!("2026-11-30T16:00:00.000Z");
        shown["absences"][1] =
            json!({"from": "2026-12-01T00:00:00.000Z", "to": "2026-12-02T00:00:00.000Z", "note": null});
        assert_eq!((document(set.json.clone()), set.header("etag")), (shown, Some("\"2\"")));
        assert_eq!(set.json["updated_at"], json!(app.clock.now()));
        admin.put_if(&at, &defaults(), "\"1\"").refused(412, "stale");
        // The same once more: nothing is written.
        assert_eq!(admin.put(&at, &full).expect(200).header("etag"), Some("\"2\""));
        assert_eq!(document(admin.put(&at, &json!({})).expect(200).json), defaults());
        assert_eq!(document(admin.get(&at).expect(200).json), defaults());
    }

    fn every_fault_is_named_at_once(app) {
        let (admin, user) = (app.admin(), app.add_user(Role::Agent, None));
        let at = availability(user);
        admin
            .put(
                &at,
                &json!({"paused": "yes", "shifts": [{"days": [], "from": "9", "to": "25:00", "x": 1},
                {"days": [0, 8], "from": "09:00"}, 7], "absences": [{"to": null}, {"from": "soon"},
                {"from": "2026-12-01T00:00:00Z", "note": "长".repeat(501)}], "open_max": -1, "daily_max": 1.5,
                "weight": 0, "surprise": null}),
            )
            .refused(422, "invalid");
        let found = admin
            .put(
                &at,
                &json!({"paused": "yes", "shifts": [{"days": [], "from": "9", "to": "25:00", "x": 1}],
                "absences": [{"to": null}, {"from": "soon"}], "open_max": -1, "daily_max": 1.5, "weight": 0,
                "surprise": null}),
            )
            .refused(422, "invalid");
        for pointer in [
            "/paused",
            "/shifts/0/days",
            "/shifts/0/from",
            "/shifts/0/to",
            "/shifts/0/x",
            "/absences/0/from",
            "/absences/1/from",
            "/open_max",
            "/daily_max",
            "/weight",
            "/surprise",
        ] {
            assert!(found.pointers().contains(&pointer.to_owned()), "{pointer} in {:?}", found.pointers());
        }
        admin
            .put(
                &at,
                &json!({"shifts": [{"days": [1, 9], "from": "09:00", "to": "10:00"},
                    {"days": [2], "from": "24:00", "to": "02:00"},
                    {"days": [3], "from": "09:00", "to": "12:00"},
                    {"days": [3], "from": "11:59", "to": "13:00"},
                    {"days": [7], "from": "22:00", "to": "09:30"},
                    {"days": [1], "from": "09:00", "to": "09:10"}],
                "absences": [{"from": "2026-12-02T00:00:00Z", "to": "2026-12-02T00:00:00Z"},
                    {"from": "2026-12-02T00:00:00Z", "to": "2026-12-01T00:00:00Z"}]}),
            )
            .refused(422, "invalid");
        for (members, pointer) in [
            (json!({"weight": 101}), "/weight"),
            (json!({"weight": null}), "/weight"),
            (json!({"paused": null}), "/paused"),
            (json!({"open_max": 1_000_001}), "/open_max"),
            (json!({"shifts": [{"days": [1, 1], "from": "09:00", "to": "10:00"}]}), "/shifts/0"),
            (
                json!({"shifts": [{"days": [7], "from": "22:00", "to": "02:00"},
                {"days": [1], "from": "01:59", "to": "03:00"}]}),
                "/shifts/1",
            ),
            (
                json!({"absences": [{"from": "2026-12-02T00:00:00Z", "to": "2026-12-02T00:00:00Z"}]}),
                "/absences/0/to",
            ),
        ] {
            let answer = admin.put(&at, &members).refused(422, "invalid");
            assert!(answer.pointers().iter().any(|at| at.starts_with(pointer)), "{members}: {}", answer.text);
        }
        let many: Vec<Value> = (0..201).map(|_| json!({"from": "2026-12-02T00:00:00Z"})).collect();
        admin.put(&at, &json!({"absences": many})).finds_fault_with(&["/absences"]);
        assert_eq!(document(admin.get(&at).expect(200).json), defaults());
    }

    fn agents_set_pauses_and_absences_of_their_own(app) {
        let (admin, agent, other) = (app.admin(), app.login(Role::Agent), app.login(Role::Agent));
        let at = availability(agent.id());
        available(
            admin,
            agent.id(),
            json!({"open_max": 5, "weight": 3,
            "shifts": [{"days": [1], "from": "09:00", "to": "18:00"}]}),
        );
        let own = document(agent.get(&at).expect(200).json);
        let with = |member: &str, value: Value| {
            let mut body = own.clone();
            body[member] = value;
            body
        };
        let away = with("absences", json!([{"from": "2026-12-01T00:00:00Z"}]));
        let set = agent.put_if(&at, &away, "\"2\"").expect(200);
        assert_eq!((set.header("etag"), set.json["open_max"].clone()), (Some("\"3\""), json!(5)));
        agent.put(&at, &with("paused", json!(true))).expect(200);
        for body in [
            with("weight", json!(100)),
            with("open_max", json!(null)),
            with("daily_max", json!(3)),
            with("shifts", json!(null)),
            json!({"paused": true}),
            json!({}),
        ] {
            agent.put(&at, &body).refused(403, "forbidden");
        }
        // What is stale or wrong is said first.
        agent.put_if(&at, &with("weight", json!(2)), "\"1\"").refused(412, "stale");
        agent.put(&at, &with("weight", json!(0))).finds_fault_with(&["/weight"]);
        assert_eq!(document(agent.get(&at).expect(200).json), with("paused", json!(true)));
        agent.get(&availability(other.id())).refused(404, "not_found");
        agent.put(&availability(other.id()), &json!({"paused": true})).refused(404, "not_found");
        agent.get(&availability(admin.id())).refused(404, "not_found");
    }

    fn managers_set_those_of_their_team_and_admins_all(app) {
        let (admin, manager) = (app.admin(), app.login_in(Role::Manager, Some("东区")));
        let (theirs, stranger, teamless) = (
            app.add_user(Role::Agent, Some("东区")),
            app.add_user(Role::Agent, Some("西区")),
            app.add_user(Role::Agent, None),
        );
        manager.put(&availability(theirs), &json!({"weight": 7, "open_max": 2})).expect(200);
        assert_eq!(manager.get(&availability(theirs)).expect(200).json["weight"], 7);
        manager.put(&availability(manager.id()), &json!({"paused": true})).expect(200);
        for foreign in [stranger, teamless, admin.id()] {
            manager.get(&availability(foreign)).refused(404, "not_found");
            manager.put(&availability(foreign), &json!({"paused": true})).refused(404, "not_found");
        }
        for user in [theirs, stranger, teamless, manager.id(), admin.id()] {
            admin.put(&availability(user), &json!({"daily_max": 4})).expect(200);
        }
        for id in ["usr_00000000000000000000000000", "usr_x", "x"] {
            admin.get(&format!("{USERS}/{id}/availability")).refused(404, "not_found");
            admin.put(&format!("{USERS}/{id}/availability"), &json!({})).refused(404, "not_found");
        }
        app.nobody().get(&availability(theirs)).refused(401, "unauthenticated");
    }

    fn a_number_without_a_fraction_is_an_integer_and_a_note_has_no_control_characters(app) {
        let (admin, user) = (app.admin(), app.add_user(Role::Agent, None));
        let at = availability(user);
        let kept = admin.put(&at, &json!({"weight": 2.0, "open_max": -0.0})).expect(200).json;
        assert_eq!((&kept["weight"], &kept["open_max"]), (&json!(2), &json!(0)));
        admin.put(&at, &json!({"daily_max": 1e308})).finds_fault_with(&["/daily_max"]);
        let shift = json!({"days": [1, 256], "from": "09:00", "to": "18:00"});
        admin.put(&at, &json!({"shifts": [shift]})).finds_fault_with(&["/shifts/0/days/1"]);
        let absence = json!({"from": "2026-12-01T00:00:00Z", "note": "\u{0}"});
        admin.put(&at, &json!({"absences": [absence]})).finds_fault_with(&["/absences/0/note"]);
        for word in ["\u{0}".to_owned(), "长".repeat(201)] {
            let rule = json!({"name": "规则", "when": {"keywords": [word]}, "then": {"strategy": "pool"}});
            admin.post("/api/v1/assignment-rules", &rule).finds_fault_with(&["/when/keywords/0"]);
        }
    }

    fn who_is_the_last_to_go_is_warned(app) {
        let (admin, one, two) = (app.admin(), app.login(Role::Agent), app.login(Role::Agent));
        let away = json!({"absences": [{"from": "2026-01-01T00:00:00Z"}]});
        assert!(warned(&available(admin, one.id(), away)).is_empty(), "the other one is there");
        let by_themselves = two.put(&availability(two.id()), &json!({"paused": true})).expect(200).json;
        assert!(by_themselves.get("warnings").is_none(), "how it is with the others is not theirs to know");
        available(admin, two.id(), json!({}));
        let paused = available(admin, two.id(), json!({"paused": true}));
        assert_eq!(warned(&paused), ["nobody_receives"]);
        assert_eq!(paused["paused"], true, "it is done all the same");
        for members in [
            json!({"shifts": []}),
            json!({"open_max": 0}),
            json!({"daily_max": 0}),
            json!({"absences": [{"from": "2026-11-23T02:00:00Z", "to": "2026-11-23T02:00:01Z"}]}),
        ] {
            assert_eq!(
                warned(&available(admin, two.id(), members.clone())),
                ["nobody_receives"],
                "{members}"
            );
        }
        for members in [
            json!({"absences": [{"from": "2026-11-23T02:00:01Z"}]}),
            json!({"open_max": 1}),
            json!({"shifts": [{"days": [6], "from": "23:00", "to": "24:00"}]}),
        ] {
            assert!(warned(&available(admin, two.id(), members.clone())).is_empty(), "{members}");
        }
        assert!(admin.get(&availability(two.id())).expect(200).json.get("warnings").is_none());
    }

    fn it_counts_from_the_next_decision_on(app) {
        let (admin, agent, other) = (app.admin(), app.login(Role::Agent), app.login(Role::Agent));
        rule(
            admin,
            "甲",
            json!({"keywords": ["甲地"]}),
            json!({"strategy": "user", "user_ids": [agent.id()]}),
        );
        let next = || create(admin, json!({"assign": "auto", "usage": "甲地"}));
        assert_eq!(next()["assignee_id"], json!(agent.id()));
        for (members, reason) in [
            (json!({"paused": true}), "paused"),
            (json!({"absences": [{"from": "2026-11-23T02:00:00Z", "to": null}]}), "absent"),
            (json!({"shifts": [{"days": [1], "from": "10:01", "to": "18:00"}]}), "off_shift"),
            (json!({"open_max": 1, "daily_max": 1}), "full_open"),
            (json!({"daily_max": 1}), "full_day"),
            (json!({"paused": true, "shifts": [], "open_max": 0}), "paused"),
        ] {
            available(admin, agent.id(), members.clone());
            let left = next();
            assert_eq!(left["assignee_id"], json!(null), "{members}");
            assert_eq!(reason_of(admin, &left, agent.id()), reason, "{members}");
        }
        available(admin, agent.id(), json!({"shifts": [{"days": [7, 1], "from": "10:00", "to": "10:01"}]}));
        assert_eq!(next()["assignee_id"], json!(agent.id()));
        fall_back_to(admin, json!({"strategy": "user", "user_ids": [other.id()]}));
        available(admin, agent.id(), json!({"paused": true}));
        assert_eq!(next()["assignee_id"], json!(null), "the rule says pool, not next");
        app.mails();
    }

    fn it_never_takes_an_inquiry_away(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        let inquiries = [give(admin, agent.id(), json!({})), give(admin, agent.id(), json!({}))];
        available(
            admin,
            agent.id(),
            json!({"paused": true, "shifts": [], "open_max": 0, "daily_max": 0,
            "absences": [{"from": "2020-01-01T00:00:00Z"}]}),
        );
        for inquiry in &inquiries {
            assert_eq!(now(admin, inquiry), *inquiry);
            accept(&agent, inquiry).expect(200);
        }
        // Nor is anything given to who is away unless somebody insists.
        let third = create(admin, json!({}));
        let refused = assign(admin, &third, json!({"assignee_id": agent.id()}));
        assert_eq!(refused.refused(409, "assignee_unavailable").json["reason"], "paused");
        let forced = assign(admin, &third, json!({"assignee_id": agent.id(), "force": true})).expect(200);
        assert_eq!(forced.json["assignee_id"], json!(agent.id()));
        app.mails();
    }

    fn of_many_who_set_it_each_is_answered_and_one_version_comes_after_another(app) {
        let (admin, agent) = (app.admin(), app.add_user(Role::Agent, None));
        let at = availability(agent);
        let answers = at_once(10, |n| admin.put(&at, &json!({"weight": n + 2})).expect(200));
        let mut versions: Vec<i64> =
            answers.iter().map(|answer| answer.json["version"].as_i64().unwrap()).collect();
        versions.sort_unstable();
        assert_eq!(versions, (2..12).collect::<Vec<i64>>());
        let last = answers.iter().find(|answer| answer.json["version"] == 11).unwrap();
        assert_eq!(admin.get(&at).expect(200).json["weight"], last.json["weight"]);
        // With a version only one of many comes through.
        let answers = at_once(8, |n| admin.put_if(&at, &json!({"weight": 50 + n}), "\"11\""));
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        assert_eq!(answers.iter().filter(|answer| answer.status == 412).count(), 7);
    }
}
