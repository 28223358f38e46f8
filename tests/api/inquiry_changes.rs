//! Changes of an inquiry through the API: merge patches, preconditions, the bin, and what the timeline says of
//! them. How one is made and read is in `inquiries.rs`.

use chrono::Duration;
use leaddock::access::Role;
use leaddock::inquiries::events::Restored;
use leaddock::kernel::id::InquiryId;
use leaddock::platform::db::{Actor, ActorKind};
use serde_json::{Value, json};

use crate::inquiries::everything;
use crate::support::desk::{INQUIRIES, create, follow_up, give, id, listed, move_to, own, path, six, with};
use crate::support::{at_once, each_database};

each_database! {
    fn a_change_is_never_before_the_one_that_it_follows(app) {
        let admin = app.admin();
        let inquiry = own(admin, six("甲"));
        let changed = admin.patch(&path(&inquiry), &json!({"tags": ["一"]})).expect(200).json;
        // Another node's clock is behind.
        app.advance(Duration::seconds(-2));
        let moved = move_to(admin, &inquiry, "contacted").expect(200).json;
        assert!(moved["updated_at"].as_str() > changed["updated_at"].as_str(), "{moved}");
        let timeline = admin.get(&format!("{}/timeline", path(&inquiry))).expect(200);
        let kinds: Vec<&str> = timeline.rows().iter().map(|event| event["type"].as_str().unwrap()).collect();
        assert_eq!(kinds[..2], ["inquiry.status_changed", "inquiry.updated"]);
    }

    fn a_patch_is_a_merge(app) {
        let admin = app.admin();
        let inquiry = create(admin, everything());
        app.advance(Duration::minutes(1));
        let changed = admin
            .patch(
                &path(&inquiry),
                &json!({"company": "改名后的公司", "message": null, "usage": " ", "email": "",
                    "phone": "139 0000 1111", "tags": ["B级", "B级", " 急 "]}),
            )
            .expect(200);
        let expected = json!({"company": "改名后的公司", "message": null, "usage": null, "email": null,
            "phone": "139 0000 1111",
            "phone_e164": "+8613900001111", "tags": ["B级", "急"],
            "version": 2, "updated_at": app.clock.now()});
        assert_eq!(changed.json, with(inquiry.clone(), expected));
        assert_eq!(changed.header("etag"), Some("\"2\""));
        assert_eq!(admin.get(&path(&inquiry)).expect(200).json, changed.json);

        // Nothing changed: nothing is written.
        for nothing in [
            json!({}),
            json!({"company": "改名后的公司"}),
            json!({"message": null, "custom": {}, "facts": {}}),
        ] {
            assert_eq!(admin.patch(&path(&inquiry), &nothing).expect(200).json, changed.json);
        }
        let bare = admin
            .patch(
                &path(&inquiry),
                &json!({"phone": null, "wechat": null, "tags": [], "custom": null, "facts": null}),
            )
            .expect(200)
            .json;
        assert_eq!((&bare["phone_e164"], &bare["unreachable"]), (&json!(null), &json!(true)));
        assert_eq!(
            (&bare["tags"], &bare["custom"], &bare["facts"], &bare["version"]),
            (&json!([]), &json!({}), &json!({}), &json!(3))
        );
    }

    fn free_json_is_merged_member_by_member(app) {
        let admin = app.admin();
        let inquiry = create(
            admin,
            json!({"custom": {"a": 1, "b": {"c": 2, "d": [1, 2]}, "e": "f"},
                "facts": {"area_min_sqm": 3000, "budget": {"min": 20, "max": 25},
                "region_codes": ["320500"]}}),
        );
        let patch = json!({"custom": {"a": null, "b": {"c": null, "d": [3], "g": {"h": null, "i": 1}},
            "e": {"k": true}, "gone": null},
            "facts": {"area_min_sqm": null, "budget": {"max": null, "currency": "CNY"},
                "region_codes": ["320509"], "need_kind": "land"}});
        let changed = admin.patch(&path(&inquiry), &patch).expect(200).json;
        assert_eq!(changed["custom"], json!({"b": {"d": [3], "g": {"i": 1}}, "e": {"k": true}}));
        let facts = &changed["facts"];
        assert_eq!(
            (&facts["budget"], &facts["region_codes"]),
            (&json!({"min": 20, "currency": "CNY"}), &json!(["320509"]))
        );
        assert_eq!((&facts["need_kind"], facts.get("area_min_sqm")), (&json!("land"), None));
        // What the lists filter by has followed.
        assert_eq!(admin.all(&format!("{INQUIRIES}?need_kind=land")).len(), 1);
        assert!(admin.all(&format!("{INQUIRIES}?area_min=5001")).is_empty());
    }

    fn what_is_not_a_person_s_to_write_is_refused(app) {
        let admin = app.admin();
        let inquiry = create(admin, json!({}));
        let own = json!({"id": "inq_x", "version": 9, "status": "landed", "category": "won", "reason": "x",
            "phone_e164": "+8613800000000",
            "unreachable": true, "form_id": null, "source": {},
            "assignee_id": null, "team_id": null, "duplicate_of": null,
                "received_at": "2020-01-01T00:00:00Z", "assigned_at": null, "accepted_at": null,
            "first_contacted_at": null,
            "last_contacted_at": null, "next_follow_up_at": null, "closed_at": null, "created_at": null,
                "updated_at": null, "deleted_at": null,
            "Company": "x"});
        let pointers: Vec<String> = own.as_object().unwrap().keys().map(|name| format!("/{name}")).collect();
        let pointers: Vec<&str> = pointers.iter().map(String::as_str).collect();
        admin.patch(&path(&inquiry), &own).finds_fault_with(&pointers);
        admin.post(INQUIRIES, &with(own, six("甲"))).finds_fault_with(&pointers);
        // Nor are these a patch's.
        admin
            .patch(&path(&inquiry), &json!({"text": "x", "assign": "me", "tags": null}))
            .finds_fault_with(&["/assign", "/tags", "/text"]);
        assert_eq!(admin.all(INQUIRIES), [listed(&inquiry)]);
    }

    fn one_of_many_wins_who_saw_the_same(app) {
        let admin = app.admin();
        let inquiry = create(admin, json!({}));
        let mut answers =
            at_once(8, |n| admin.patch_if(&path(&inquiry), &json!({"company": format!("第{n}")}), "\"1\""));
        answers.sort_by_key(|answer| answer.status);
        assert_eq!(
            answers.iter().map(|answer| answer.status).collect::<Vec<_>>(),
            [200, 412, 412, 412, 412, 412, 412, 412]
        );
        assert_eq!(admin.get(&path(&inquiry)).expect(200).json, answers[0].json);
    }

    fn changes_of_different_members_both_stay(app) {
        let admin = app.admin();
        let inquiry = create(admin, json!({"custom": {}, "facts": {}}));
        let members = ["need", "usage", "tax", "company", "contact", "wechat", "message", "email"];
        let patch = |n: usize| match n {
            8 => json!({"custom": {"a": 1}}),
            9 => json!({"custom": {"b": 2}}),
            10 => json!({"facts": {"land_mu": 3}}),
            11 => json!({"tags": ["急"]}),
            n => json!({members[n]: format!("{n}@example.com")}),
        };
        for answer in at_once(12, |n| admin.patch(&path(&inquiry), &patch(n))) {
            answer.expect(200);
        }
        let after = admin.get(&path(&inquiry)).expect(200).json;
        for (n, member) in members.into_iter().enumerate() {
            assert_eq!(after[member], format!("{n}@example.com"));
        }
        assert_eq!(
            (&after["custom"], &after["facts"]["land_mu"], &after["tags"]),
            (&json!({"a": 1, "b": 2}), &json!(3), &json!(["急"]))
        );
        assert_eq!(after["version"], 13);
        assert_eq!(admin.all(&format!("{}/timeline", path(&inquiry))).len(), 13);
    }

    fn every_change_honours_if_match(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        let inquiry = create(admin, json!({}));
        let place = path(&inquiry);
        let conditional = |method: &str, to: &str, body: Value, tag: &str| {
            let body = (method != "DELETE").then(|| body.to_string().into_bytes());
            admin.send(method, to, &[("Content-Type", "application/json"), ("If-Match", tag)], body)
        };
        let calls = [
            ("PATCH", place.clone(), json!({"company": "乙"})),
            ("POST", format!("{place}/status"), json!({"status": "contacted"})),
            ("POST", format!("{place}/assign"), json!({"assignee_id": agent.id()})),
            ("POST", format!("{place}/follow-ups"), json!({"kind": "call", "outcome": "no_answer"})),
            ("POST", format!("{place}/restore"), json!({})),
            ("DELETE", place.clone(), json!({})),
        ];
        for (method, to, body) in &calls {
            for stale in ["\"0\"", "\"2\"", "W/\"2\"", "\"one\"", "\"\"", "\"7\", \"8\""] {
                conditional(method, to, body.clone(), stale).refused(412, "stale");
            }
            for unreadable in ["1", "not-a-tag", "", "\"1", "\"1\" \"2\"", "\"a\"b\""] {
                conditional(method, to, body.clone(), unreadable).refused(400, "bad_if_match");
            }
        }
        assert_eq!(admin.get(&place).expect(200).json, inquiry);
        for (version, (method, to, body)) in
            calls.into_iter().filter(|(_, to, _)| !to.ends_with("/restore")).enumerate()
        {
            let answer = conditional(
                method,
                &to,
                body,
                &if version % 2 == 0 {
                    format!("\"{}\"", version + 1)
                } else {
                    format!("\"99\", W/\"{}\"", version + 1)
                },
            );
            assert!(answer.status < 300, "{method} {to}: {}", answer.text);
        }
        conditional("POST", &format!("{place}/restore"), json!({}), "\"5\"").refused(412, "stale");
        conditional("POST", &format!("{place}/restore"), json!({}), "\"6\"").expect(200);
        assert_eq!(
            conditional("PATCH", &place, json!({"company": "丙"}), "*").expect(200).header("etag"),
            Some("\"8\"")
        );
        // The agent was told while it was his; it was in the bin for a moment, but never moved on.
        assert_eq!(app.mails().len(), 1);
    }

    fn an_admin_bins_and_brings_back(app) {
        let (admin, agent, manager) = (app.admin(), app.login(Role::Agent), app.login(Role::Manager));
        let inquiry = own(&agent, json!({"tags": ["急"], "facts": {"land_mu": 3}}));
        let plan = follow_up(
            &agent,
            &inquiry,
            json!({"kind": "call", "due_at": app.clock.now().plus(Duration::days(1))}),
        );
        let place = path(&inquiry);
        for client in [&agent, &manager] {
            client.delete(&place).refused(403, "forbidden");
            client.act(&format!("{place}/restore")).refused(403, "forbidden");
        }
        let before = admin.get(&place).expect(200).json;
        app.advance(Duration::minutes(1));
        assert_eq!(admin.delete(&place).expect(204).text, "");
        for client in [admin, &agent] {
            client.get(&place).refused(404, "not_found");
            client.patch(&place, &json!({"company": "x"})).refused(404, "not_found");
            client.get(&format!("{place}/timeline")).refused(404, "not_found");
            client.get(&format!("{place}/follow-ups")).refused(404, "not_found");
            client.get(&format!("/api/v1/follow-ups/{}", id(&plan))).refused(404, "not_found");
            client
                .post(&format!("/api/v1/follow-ups/{}/complete", id(&plan)), &json!({"outcome": "reached"}))
                .refused(404, "not_found");
            move_to(client, &inquiry, "contacted").refused(404, "not_found");
            for list in [
                INQUIRIES,
                "/api/v1/inquiries?tag=%E6%80%A5",
                "/api/v1/inquiries?q=%E5%90%AF%E6%BE%9C",
                "/api/v1/follow-ups",
            ] {
                assert_eq!(
                    client
                        .get(&format!("{list}{}count=true", if list.contains('?') { '&' } else { '?' }))
                        .expect(200)
                        .json["total"],
                    0,
                    "{list}"
                );
            }
        }
        admin.delete(&place).refused(404, "not_found");

        let back = admin.act(&format!("{place}/restore")).expect(200);
        assert_eq!(back.json, with(before, json!({"version": 4, "updated_at": app.clock.now()})));
        assert_eq!(back.header("etag"), Some("\"4\""));
        assert_eq!(
            admin.act(&format!("{place}/restore")).expect(200).json,
            back.json,
            "it is there already: nothing is written"
        );
        assert_eq!(agent.all("/api/v1/inquiries?q=%E5%90%AF%E6%BE%9C&tag=%E6%80%A5"), [listed(&back.json)]);
        assert_eq!(agent.all("/api/v1/follow-ups").len(), 1);
        admin.act(&format!("{INQUIRIES}/inq_00000000000000000000000000/restore")).refused(404, "not_found");
        let kinds: Vec<Value> =
            agent.all(&format!("{place}/timeline")).iter().map(|event| event["type"].clone()).collect();
        assert_eq!(
            kinds,
            [
                "inquiry.restored",
                "inquiry.deleted",
                "follow_up.planned",
                "inquiry.assigned",
                "inquiry.received"
            ]
        );
    }

    fn the_timeline_shows_actors_that_only_a_newer_version_knows(app) {
        let inquiry = create(app.admin(), json!({}));
        let subject: InquiryId = id(&inquiry).parse().unwrap();
        app.write(move |tx| {
            tx.context.actor = Actor::new(ActorKind::new("robot"), tx.id::<()>());
            tx.record(Some(subject), &Restored {})
        })
        .unwrap();
        let timeline = app.admin().get(&format!("{}/timeline", path(&inquiry))).expect(200);
        let events = timeline.rows();
        assert_eq!(events[0]["type"], "inquiry.restored");
        assert_eq!(events[0]["inquiry_id"], inquiry["id"]);
        assert_eq!(events[0]["actor"], json!({"type": "robot", "id": null, "name": null}));
    }

    fn the_timeline_tells_everything_newest_first(app) {
        let (admin, agent) = (app.admin(), app.login_in(Role::Agent, Some("东区")));
        let inquiry = give(admin, agent.id(), json!({"custom": {"a": 1}}));
        app.advance(Duration::minutes(1));
        agent
            .patch(
                &path(&inquiry),
                &json!({"company": "改名", "phone": null, "tags": ["急"], "custom": {"a": 2}}),
            )
            .expect(200);
        app.advance(Duration::minutes(1));
        agent
            .post(
                &format!("{}/status", path(&inquiry)),
                &json!({"status": "lost", "reason": "price", "note": "太贵"}),
            )
            .expect(200);
        follow_up(
            &agent,
            &inquiry,
            json!({"kind": "call", "outcome": "reached",
                "next": {"kind": "viewing", "due_at": app.clock.now().plus(Duration::days(1))}}),
        );

        let timeline = format!("{}/timeline", path(&inquiry));
        let events = agent.get(&format!("{timeline}?count=true")).expect(200);
        assert_eq!(events.json["total"], 6);
        let events = events.rows();
        let kinds: Vec<&str> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
        assert_eq!(
            kinds,
            [
                "follow_up.planned",
                "follow_up.done",
                "inquiry.status_changed",
                "inquiry.updated",
                "inquiry.assigned",
                "inquiry.received"
            ]
        );
        assert!(
            events
                .windows(2)
                .all(|pair| id(&pair[0]) > id(&pair[1]) && pair[0]["at"].as_str() >= pair[1]["at"].as_str())
        );
        assert!(
            events.iter().all(|event| id(event).starts_with("evt_") && event["inquiry_id"] == inquiry["id"])
        );
        let actor = |n: usize| {
            (
                events[n]["actor"]["type"].clone(),
                events[n]["actor"]["id"].clone(),
                events[n]["actor"]["name"].clone(),
            )
        };
        assert_eq!(actor(3), (json!("user"), json!(agent.id()), json!("agent-1")));
        assert_eq!(actor(5), (json!("user"), json!(admin.id()), json!("admin-0")));

        assert_eq!(
            events[2]["data"],
            json!({"status": "lost", "category": "lost", "reason": "price", "note": "太贵"})
        );
        assert_eq!(events[2]["previous"], json!({"status": "new", "category": "open"}));
        // What was read of the company follows its item; what is gone is null.
        let without_facts = |members: &Value| {
            Value::Object(
                members
                    .as_object()
                    .unwrap()
                    .iter()
                    .filter(|(name, _)| *name != "facts")
                    .map(|(name, value)| (name.clone(), value.clone()))
                    .collect(),
            )
        };
        assert_eq!(
            (&events[3]["data"]["facts"]["company"], events[3]["data"]["facts"].get("phone")),
            (&json!("改名"), Some(&Value::Null))
        );
        assert_eq!(
            without_facts(&events[3]["data"]),
            json!({"company": "改名", "phone": null, "phone_e164": null, "tags": ["急"], "custom": {"a": 2}})
        );
        let previous = json!({"company": inquiry["company"], "phone": "138 0013 8000",
            "phone_e164": "+8613800138000", "tags": [], "custom": {"a": 1}});
        assert_eq!(without_facts(&events[3]["previous"]), previous);
        assert_eq!(
            (&events[4]["data"]["assignee_id"], &events[4]["previous"]),
            (&json!(agent.id()), &json!({"assignee_id": null, "team_id": null}))
        );
        assert_eq!(events[5]["previous"], json!(null));

        // Page by page it is the same, and nothing that was refused is in it.
        assert_eq!(&agent.all(&format!("{timeline}?limit=1")), events);
        agent.patch(&path(&inquiry), &json!({"need": 5})).expect(422);
        move_to(&agent, &inquiry, "landed").expect(422);
        assert_eq!(agent.all(&timeline).len(), 6);
        assert_eq!(app.mails().len(), 1);
    }
}
