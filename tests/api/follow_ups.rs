//! Calling back: plans and contacts, what they do to the inquiry, and the buckets of a day as the
//! organisation counts it. Reminders by mail are in `notifications.rs`.

use chrono::Duration;
use leaddock::access::Role;
use leaddock::kernel::clock::Timestamp;
use serde_json::{Value, json};

use crate::support::desk::{INQUIRIES, follow_up, give, id, ids, move_to, own, path, plan};
use crate::support::{Answer, Client, TestApp, each_database};

const FOLLOW_UPS: &str = "/api/v1/follow-ups";

fn complete(client: &Client, follow_up: &Value, body: Value) -> Answer {
    client.post(&format!("{FOLLOW_UPS}/{}/complete", id(follow_up)), &body)
}

/// Both moments of contact, and the next plan, as the inquiry shows them.
fn contacts(client: &Client, inquiry: &Value) -> [Value; 3] {
    let seen = client.get(&path(inquiry)).expect(200).json;
    ["first_contacted_at", "last_contacted_at", "next_follow_up_at"].map(|member| seen[member].clone())
}

fn in_(app: &TestApp, span: Duration) -> Value {
    json!(app.clock.now().plus(span))
}

each_database! {
    fn a_plan_is_made_done_and_followed_by_the_next(app) {
        let agent = app.login(Role::Agent);
        let inquiry = own(&agent, json!({}));
        let due = in_(&app, Duration::days(1));
        let planned = agent
            .post(
                &format!("{}/follow-ups", path(&inquiry)),
                &json!({"kind": "call", "due_at": due, "note": "先电话"}),
            )
            .expect(201);
        let place = format!("{FOLLOW_UPS}/{}", planned.id());
        assert_eq!(
            (planned.header("location"), planned.header("etag")),
            (Some(place.as_str()), Some("\"1\""))
        );
        let expected = json!({"id": planned.id(), "inquiry_id": inquiry["id"], "assignee_id": agent.id(),
            "kind": "call", "due_at": due, "done_at": null,
            "outcome": null, "note": "先电话", "version": 1,
            "created_at": app.clock.now(), "updated_at": app.clock.now()});
        assert_eq!(planned.json, expected);
        let read = agent.get(&place).expect(200);
        assert_eq!((read.header("etag"), &read.json), (Some("\"1\""), &expected));
        assert_eq!(contacts(&agent, &inquiry), [json!(null), json!(null), due]);

        app.advance(Duration::minutes(5));
        let next = in_(&app, Duration::days(5));
        let done =
            complete(&agent, &planned.json,
                json!({"outcome": "reached", "note": "约看房",
                    "next": {"kind": "viewing", "due_at": next, "note": "一号厂房"}}))
                .expect(200);
        let now = json!(app.clock.now());
        assert_eq!(
            (&done.json["done_at"], &done.json["outcome"], &done.json["note"], done.header("etag")),
            (&now, &json!("reached"), &json!("先电话\n约看房"), Some("\"2\""))
        );
        assert_eq!(contacts(&agent, &inquiry), [now.clone(), now.clone(), next.clone()]);
        assert_eq!(agent.get(&path(&inquiry)).expect(200).json["accepted_at"], now);

        let all = agent.all(&format!("{}/follow-ups", path(&inquiry)));
        assert_eq!(all.len(), 2);
        assert_eq!(
            (&all[0]["kind"], &all[0]["due_at"], &all[0]["note"], &all[0]["done_at"]),
            (&json!("viewing"), &next, &json!("一号厂房"), &json!(null))
        );
        assert_eq!(all[1], done.json);
        assert_eq!(agent.get(&path(&inquiry)).expect(200).json["version"], 3, "one change each");
    }

    fn a_contact_is_recorded_as_done(app) {
        let agent = app.login(Role::Agent);
        let inquiry = own(&agent, json!({}));
        let yesterday = in_(&app, -Duration::days(1));
        for (body, done_at) in [
            (json!({"kind": "call", "outcome": "no_answer"}), json!(app.clock.now())),
            (json!({"kind": "call", "done_at": yesterday}), yesterday.clone()),
            (json!({"kind": "visit", "done_at": yesterday, "outcome": "refused"}), yesterday.clone()),
            (
                json!({"kind": "sms", "due_at": in_(&app, Duration::days(1)), "outcome": "other"}),
                json!(app.clock.now()),
            ),
            (
                json!({"kind": "email", "done_at": in_(&app, Duration::minutes(5)), "note": null}),
                in_(&app, Duration::minutes(5)),
            ),
        ] {
            let recorded = follow_up(&agent, &inquiry, body);
            assert_eq!(recorded["done_at"], done_at);
        }
        // An offset is accepted, and told in UTC.
        let due =
            follow_up(&agent, &inquiry, json!({"kind": "meeting", "due_at": "2031-05-01T09:30:00+08:00"}));
        assert_eq!(due["due_at"], "2031-05-01T01:30:00.000Z");
    }

    fn only_a_real_contact_counts(app) {
        let agent = app.login(Role::Agent);
        let hour_ago = in_(&app, -Duration::hours(1));
        for (body, real) in [
            (json!({"kind": "call", "outcome": "reached"}), true),
            (json!({"kind": "wechat", "outcome": "refused"}), true),
            (json!({"kind": "other", "outcome": "reached"}), true),
            (json!({"kind": "call", "outcome": "no_answer"}), false),
            (json!({"kind": "call", "outcome": "wrong_number"}), false),
            (json!({"kind": "visit", "outcome": "other"}), false),
            (json!({"kind": "viewing", "outcome": "no_answer"}), false),
            (json!({"kind": "call", "done_at": hour_ago}), false),
            (json!({"kind": "email", "done_at": hour_ago}), false),
            (json!({"kind": "visit", "done_at": hour_ago}), true),
            (json!({"kind": "viewing", "done_at": hour_ago}), true),
            (json!({"kind": "meeting", "done_at": hour_ago}), true),
            (json!({"kind": "meeting", "due_at": in_(&app, Duration::hours(1))}), false),
        ] {
            let inquiry = own(&agent, json!({}));
            let recorded = follow_up(&agent, &inquiry, body.clone());
            let at = if real { recorded["done_at"].clone() } else { json!(null) };
            let [first, last, _] = contacts(&agent, &inquiry);
            assert_eq!((first, last), (at.clone(), at), "{body}");
        }
        // Nor do other changes: a status is no talk.
        let inquiry = own(&agent, json!({}));
        move_to(&agent, &inquiry, "contacted").expect(200);
        agent.patch(&path(&inquiry), &json!({"message": "打过电话"})).expect(200);
        assert_eq!(contacts(&agent, &inquiry), [json!(null), json!(null), json!(null)]);
    }

    fn the_first_contact_stays_and_the_last_moves_on(app) {
        let agent = app.login(Role::Agent);
        let inquiry = own(&agent, json!({}));
        let first = json!(app.clock.now());
        follow_up(&agent, &inquiry, json!({"kind": "call", "outcome": "reached"}));
        app.advance(Duration::minutes(5));
        let second = json!(app.clock.now());
        follow_up(&agent, &inquiry, json!({"kind": "wechat", "outcome": "reached"}));
        assert_eq!(contacts(&agent, &inquiry)[..2], [first.clone(), second.clone()]);
        // What is written up late changes neither.
        follow_up(&agent, &inquiry, json!({"kind": "visit", "done_at": in_(&app, -Duration::days(2))}));
        follow_up(&agent, &inquiry, json!({"kind": "call", "outcome": "no_answer"}));
        assert_eq!(contacts(&agent, &inquiry)[..2], [first, second]);
    }

    fn the_next_one_is_the_earliest_that_is_open(app) {
        let agent = app.login(Role::Agent);
        let inquiry = own(&agent, json!({}));
        let plans: Vec<Value> =
            [3, 1, 2].into_iter().map(|days| plan(&app, &agent, &inquiry, Duration::days(days))).collect();
        let next = || contacts(&agent, &inquiry)[2].clone();
        for soonest in [&plans[1], &plans[2], &plans[0]] {
            assert_eq!(next(), soonest["due_at"]);
            complete(&agent, soonest, json!({"outcome": "no_answer"})).expect(200);
        }
        assert_eq!(next(), json!(null));
        // One that was due long ago is still the next, and one planned along with a done contact counts too.
        let late = plan(&app, &agent, &inquiry, -Duration::days(1));
        assert_eq!(next(), late["due_at"]);
        complete(
            &agent,
            &late,
            json!({"outcome": "reached", "next": {"kind": "call", "due_at": in_(&app, Duration::hours(2))}}),
        )
        .expect(200);
        assert_eq!(next(), in_(&app, Duration::hours(2)));
        follow_up(
            &agent,
            &inquiry,
            json!({"kind": "call", "outcome": "no_answer",
                "next": {"kind": "sms", "due_at": in_(&app, Duration::hours(1))}}),
        );
        assert_eq!(next(), in_(&app, Duration::hours(1)));
    }

    fn what_is_done_is_done(app) {
        let agent = app.login(Role::Agent);
        let inquiry = own(&agent, json!({}));
        let planned = plan(&app, &agent, &inquiry, Duration::days(1));
        complete(&agent, &planned, json!({"outcome": "no_answer"})).expect(200);
        let before = (
            agent.get(&format!("{FOLLOW_UPS}/{}", id(&planned))).expect(200).json,
            agent.get(&path(&inquiry)).expect(200).json,
        );
        app.advance(Duration::minutes(1));
        let next = json!({"kind": "call", "due_at": in_(&app, Duration::days(1))});
        complete(&agent, &planned, json!({"outcome": "reached", "note": "x", "next": next}))
            .refused(409, "already_done");
        let recorded =
            follow_up(&agent, &own(&agent, json!({})), json!({"kind": "call", "outcome": "reached"}));
        complete(&agent, &recorded, json!({"outcome": "refused"})).refused(409, "already_done");
        assert_eq!(
            (
                agent.get(&format!("{FOLLOW_UPS}/{}", id(&planned))).expect(200).json,
                agent.get(&path(&inquiry)).expect(200).json
            ),
            before
        );

        // Of many at once one completes it.
        let planned = plan(&app, &agent, &inquiry, Duration::days(1));
        let mut statuses: Vec<u16> =
            crate::support::at_once(8, |_| complete(&agent, &planned, json!({"outcome": "reached"})).status);
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409, 409, 409, 409, 409, 409, 409]);
        let done = agent
            .all(&format!("{}/timeline?limit=200", path(&inquiry)))
            .iter()
            .filter(|event| event["type"] == "follow_up.done")
            .count();
        assert_eq!(done, 2);
    }

    fn a_follow_up_is_completed_as_it_was_seen(app) {
        let agent = app.login(Role::Agent);
        let inquiry = own(&agent, json!({}));
        let planned = plan(&app, &agent, &inquiry, Duration::days(1));
        let to = format!("{FOLLOW_UPS}/{}/complete", id(&planned));
        let body = json!({"outcome": "reached"});
        agent.post_with(&to, &body, &[("If-Match", "\"2\"")]).refused(412, "stale");
        agent.post_with(&to, &body, &[("If-Match", "x")]).refused(400, "bad_if_match");
        agent.post_with(&to, &body, &[("If-Match", "\"1\"")]).expect(200);
    }

    fn every_fault_has_its_pointer(app) {
        let agent = app.login(Role::Agent);
        let inquiry = own(&agent, json!({}));
        let to = format!("{}/follow-ups", path(&inquiry));
        let later = in_(&app, Duration::hours(1));
        for (body, pointers) in [
            (json!({}), vec!["/kind"]),
            (json!({"kind": "call"}), vec!["/due_at"]),
            (
                json!({"kind": "call", "note": "x", "next": {"kind": "call", "due_at": later}}),
                vec!["/due_at"],
            ),
            (json!({"kind": null, "due_at": later}), vec!["/kind"]),
            (
                json!({"kind": "dance", "outcome": "perhaps", "due_at": "yesterday", "x": 1}),
                vec!["/due_at", "/kind", "/outcome", "/x"],
            ),
            (
                json!({"kind": "call", "due_at": "2026-02-30T10:00:00Z",
                    "next": {"kind": "sing", "due_at": 7, "outcome": "reached"}}),
                vec!["/due_at", "/next/due_at", "/next/kind", "/next/outcome"],
            ),
            (
                json!({"kind": "call", "due_at": "2026-11-24", "done_at": "2026-11-24T10:00",
                    "note": "备".repeat(10_001)}),
                vec!["/done_at", "/due_at", "/note"],
            ),
            (
                json!({"kind": "call",
                    "done_at": in_(&app, Duration::minutes(5) + Duration::milliseconds(1))}),
                vec!["/done_at"],
            ),
            (json!({"kind": "call", "outcome": "reached", "next": {"kind": "call"}}), vec!["/next/due_at"]),
            (
                json!({"kind": "call", "due_at": later, "id": "fup_x", "assignee_id": null, "version": 1}),
                vec!["/assignee_id", "/id", "/version"],
            ),
        ] {
            agent.post(&to, &body).finds_fault_with(&pointers);
        }
        let planned = plan(&app, &agent, &inquiry, Duration::days(1));
        for (body, pointers) in [
            (json!({}), vec!["/outcome"]),
            (json!({"outcome": null}), vec!["/outcome"]),
            (
                json!({"outcome": "won", "note": 5, "done_at": later, "next": []}),
                vec!["/done_at", "/next", "/note", "/outcome"],
            ),
        ] {
            complete(&agent, &planned, body).finds_fault_with(&pointers);
        }
        assert_eq!(agent.all(&to), [planned]);
    }

    fn the_buckets_of_a_day_in_shanghai(app) {
        // Half past eleven in the evening, Shanghai.
        app.clock.set(Timestamp::parse("2026-11-23T15:30:00.000Z").unwrap());
        let agent = app.login(Role::Agent);
        let inquiry = own(&agent, json!({}));
        let due = |moment: &str| {
            id(&follow_up(&agent, &inquiry, json!({"kind": "call", "due_at": moment}))).to_owned()
        };
        let past = due("2026-11-23T15:29:59.999Z");
        let now = due("2026-11-23T15:30:00.000Z");
        let tonight = due("2026-11-23T15:59:59.999Z");
        let midnight = due("2026-11-23T16:00:00.000Z");
        let tomorrow = due("2026-11-24T15:59:59.999Z");
        let after = due("2026-11-24T16:00:00.000Z");
        let done =
            id(&follow_up(&agent, &inquiry, json!({"kind": "call", "outcome": "no_answer"}))).to_owned();
        let check = |client: &Client, expected: [(&str, Vec<&String>); 4]| {
            for (bucket, wanted) in expected {
                let rows = client.all(&format!("{FOLLOW_UPS}?limit=1&bucket={bucket}"));
                assert_eq!(ids(&rows), wanted, "{bucket}");
                assert_eq!(
                    client.get(&format!("{FOLLOW_UPS}?count=true&bucket={bucket}")).expect(200).json["total"],
                    wanted.len()
                );
                assert_eq!(
                    ids(&client.all(&format!("{}/follow-ups?bucket={bucket}", path(&inquiry)))),
                    wanted,
                    "{bucket} of the inquiry"
                );
            }
        };
        check(
            &agent,
            [
                ("overdue", vec![&past, &now]),
                ("today", vec![&tonight]),
                ("upcoming", vec![&midnight, &tomorrow, &after]),
                ("done", vec![&done]),
            ],
        );

        // Midnight itself: a new day has begun, and what is due now is overdue.
        app.clock.set(Timestamp::parse("2026-11-23T16:00:00.000Z").unwrap());
        let agent = app.login_as(agent.id());
        check(
            &agent,
            [
                ("overdue", vec![&past, &now, &tonight, &midnight]),
                ("today", vec![&tomorrow]),
                ("upcoming", vec![&after]),
                ("done", vec![&done]),
            ],
        );
        complete(&agent, &json!({"id": midnight}), json!({"outcome": "reached"})).expect(200);
        check(
            &agent,
            [
                ("overdue", vec![&past, &now, &tonight]),
                ("today", vec![&tomorrow]),
                ("upcoming", vec![&after]),
                ("done", vec![&midnight, &done]),
            ],
        );
        assert_eq!(agent.all(&format!("{FOLLOW_UPS}?limit=2")).len(), 7);
        agent.get(&format!("{FOLLOW_UPS}?bucket=never")).refused(400, "bad_query");
        agent.get(&format!("{FOLLOW_UPS}?assignee=somebody")).refused(400, "bad_query");
        app.mails();
    }

    fn each_sees_the_follow_ups_of_his_inquiries(app) {
        let (admin, one, other) =
            (app.admin(), app.login_in(Role::Agent, Some("东区")), app.login_in(Role::Agent, Some("西区")));
        let manager = app.login_in(Role::Manager, Some("东区"));
        let (mine, theirs, pool) =
            (own(&one, json!({})), own(&other, json!({})), crate::support::desk::create(admin, json!({})));
        let plans = [
            plan(&app, &one, &mine, Duration::days(1)),
            plan(&app, &other, &theirs, Duration::days(2)),
            plan(&app, admin, &pool, Duration::days(3)),
        ];
        let seen = |client: &Client, query: &str| -> Vec<usize> {
            let rows = client.all(&format!("{FOLLOW_UPS}?bucket=upcoming&{query}"));
            ids(&rows).into_iter().map(|row| plans.iter().position(|plan| id(plan) == row).unwrap()).collect()
        };
        for (client, query, wanted) in [
            (&one, "", vec![0]),
            (&other, "", vec![1]),
            (&manager, "", vec![0, 2]),
            (admin, "", vec![0, 1, 2]),
            (admin, "assignee=none", vec![2]),
            (admin, "assignee=me", vec![]),
            (&one, "assignee=me", vec![0]),
            (&one, "assignee=none", vec![]),
            (&one, &format!("assignee={}", other.id()), vec![]),
            (admin, &format!("assignee={},none", one.id()), vec![0, 2]),
            (&manager, &format!("assignee={},{}", one.id(), other.id()), vec![0]),
        ] {
            assert_eq!(seen(client, query), wanted, "{query}");
        }
        one.get(&format!("{FOLLOW_UPS}/{}", id(&plans[1]))).refused(404, "not_found");
        assert_eq!(
            admin.get(&format!("{FOLLOW_UPS}/{}", id(&plans[2]))).expect(200).json["assignee_id"],
            json!(null)
        );

        // A plan goes with its inquiry to the next owner, who may complete it.
        admin.post(&format!("{}/assign", path(&mine)), &json!({"assignee_id": other.id()})).expect(200);
        assert_eq!((seen(&one, ""), seen(&other, "")), (vec![], vec![0, 1]));
        complete(&one, &plans[0], json!({"outcome": "reached"})).refused(404, "not_found");
        assert_eq!(
            complete(&other, &plans[0], json!({"outcome": "reached"})).expect(200).json["assignee_id"],
            other.id().to_string()
        );
        assert_eq!(app.mails().len(), 1);
    }

    fn a_follow_up_is_refused_where_there_is_no_inquiry(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        let foreign = give(admin, app.login(Role::Agent).id(), json!({}));
        let body = json!({"kind": "call", "outcome": "reached"});
        for absent in [id(&foreign), "inq_00000000000000000000000000", "inq_x", "x"] {
            agent.post(&format!("{INQUIRIES}/{absent}/follow-ups"), &body).refused(404, "not_found");
            agent.get(&format!("{INQUIRIES}/{absent}/follow-ups")).refused(404, "not_found");
            agent.get(&format!("{FOLLOW_UPS}/{absent}")).refused(404, "not_found");
            agent
                .post(&format!("{FOLLOW_UPS}/{absent}/complete"), &json!({"outcome": "reached"}))
                .refused(404, "not_found");
        }
        assert_eq!(app.mails().len(), 1);
        assert_eq!(admin.get(&path(&foreign)).expect(200).json, foreign);
    }
}
