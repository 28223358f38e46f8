//! Plans that are moved, changed and dropped, and what follows for reminders, events and the inquiry.
//! Making and completing them is in `follow_ups.rs`.

use chrono::Duration;
use leaddock::access::Role;
use serde_json::{Value, json};

use crate::support::desk::{follow_up, id, own, path, plan};
use crate::support::{Client, TestApp, each_database};

fn place(plan: &Value) -> String {
    format!("/api/v1/follow-ups/{}", id(plan))
}

fn in_(app: &TestApp, span: Duration) -> Value {
    json!(app.clock.now().plus(span))
}

/// The events of an inquiry whose type begins like this, oldest first.
fn events(client: &Client, inquiry: &Value, kind: &str) -> Vec<Value> {
    let mut all = client.all(&format!("{}/timeline", path(inquiry)));
    all.retain(|event| event["type"].as_str().unwrap().starts_with(kind));
    all.reverse();
    all
}

each_database! {
    fn a_plan_is_moved_and_says_what_it_was(app) {
        let agent = app.login(Role::Agent);
        let inquiry = own(&agent, json!({}));
        let planned = plan(&app, &agent, &inquiry, Duration::days(1));
        let version = agent.get(&path(&inquiry)).expect(200).json["version"].clone();
        let due = in_(&app, Duration::days(3));
        let moved = agent
            .patch(&place(&planned), &json!({"due_at": due, "kind": "visit", "note": "改期"}))
            .expect(200);
        assert_eq!(moved.header("etag"), Some("\"2\""));
        assert_eq!(
            (&moved.json["due_at"], &moved.json["kind"], &moved.json["note"]),
            (&due, &json!("visit"), &json!("改期"))
        );
        assert_eq!(agent.get(&path(&inquiry)).expect(200).json["next_follow_up_at"], due);
        let [changed] = &events(&agent, &inquiry, "follow_up.changed")[..] else { panic!("one event") };
        assert_eq!(
            changed["data"],
            json!({"follow_up_id": planned["id"], "kind": "visit", "due_at": due, "note": "改期"})
        );
        assert_eq!(
            changed["previous"],
            json!({"kind": planned["kind"], "due_at": planned["due_at"], "note": planned["note"]})
        );
        // The same once more changes nothing, and says nothing.
        let again = agent.patch(&place(&planned), &json!({"due_at": due})).expect(200);
        assert_eq!(again.json, moved.json);
        assert_eq!(events(&agent, &inquiry, "follow_up.changed").len(), 1);
        // A note is none of the inquiry's matters.
        let before = agent.get(&path(&inquiry)).expect(200).json;
        assert!(before["version"].as_i64() > version.as_i64());
        let noted = agent.patch(&place(&planned), &json!({"note": null})).expect(200);
        assert_eq!(noted.json["note"], json!(null));
        assert_eq!(agent.get(&path(&inquiry)).expect(200).json, before);
    }

    fn each_moment_is_reminded_of_once(app) {
        let agent = app.login(Role::Agent);
        let inquiry = own(&agent, json!({}));
        let planned = plan(&app, &agent, &inquiry, Duration::hours(1));
        agent.patch(&place(&planned), &json!({"due_at": in_(&app, Duration::hours(3))})).expect(200);
        app.advance(Duration::hours(2));
        assert!(app.mails().is_empty(), "it was put off");
        app.advance(Duration::hours(1));
        assert_eq!(app.mails().len(), 1);
        // To another moment, and back to the first one: each is one of its own.
        for _ in 0..2 {
            let agent = app.login_as(agent.id());
            agent.patch(&place(&planned), &json!({"due_at": in_(&app, Duration::hours(1))})).expect(200);
            app.advance(Duration::hours(1));
            assert_eq!(app.mails().len(), 1);
        }
        // What changes but its moment reminds of nothing.
        let agent = app.login_as(agent.id());
        agent.patch(&place(&planned), &json!({"note": "带图纸", "kind": "meeting"})).expect(200);
        app.advance(Duration::hours(1));
        assert!(app.mails().is_empty());
        let agent = app.login_as(agent.id());
        assert_eq!(events(&agent, &inquiry, "follow_up.due").len(), 3);
        // Into the past: at once.
        agent.patch(&place(&planned), &json!({"due_at": in_(&app, -Duration::days(1))})).expect(200);
        assert_eq!(app.mails().len(), 1);
    }

    fn a_dropped_plan_is_gone_and_reminds_of_nothing(app) {
        let agent = app.login(Role::Agent);
        let inquiry = own(&agent, json!({}));
        let (dropped, kept) = (
            plan(&app, &agent, &inquiry, Duration::hours(1)),
            plan(&app, &agent, &inquiry, Duration::hours(2)),
        );
        agent.delete(&place(&dropped)).expect(204);
        agent.get(&place(&dropped)).refused(404, "not_found");
        agent.delete(&place(&dropped)).refused(404, "not_found");
        assert_eq!(agent.get(&path(&inquiry)).expect(200).json["next_follow_up_at"], kept["due_at"]);
        let [deleted] = &events(&agent, &inquiry, "follow_up.deleted")[..] else { panic!("one event") };
        assert_eq!(deleted["data"], json!({"follow_up_id": dropped["id"]}));
        app.advance(Duration::hours(1));
        assert!(app.mails().is_empty());
        app.advance(Duration::hours(1));
        assert_eq!(app.mails().len(), 1);
    }

    fn what_is_done_keeps_all_but_its_note(app) {
        let agent = app.login(Role::Agent);
        let inquiry = own(&agent, json!({}));
        let done = follow_up(&agent, &inquiry, json!({"kind": "call", "outcome": "reached", "note": "谈了"}));
        for change in [json!({"due_at": in_(&app, Duration::days(1))}), json!({"kind": "visit", "note": "x"})] {
            agent.patch(&place(&done), &change).refused(409, "already_done");
        }
        agent.delete(&place(&done)).refused(409, "already_done");
        let noted = agent.patch(&place(&done), &json!({"note": "谈了租金"})).expect(200).json;
        assert_eq!((&noted["note"], &noted["done_at"]), (&json!("谈了租金"), &done["done_at"]));
    }

    fn a_change_is_made_to_the_version_that_is_meant(app) {
        let agent = app.login(Role::Agent);
        let inquiry = own(&agent, json!({}));
        let planned = plan(&app, &agent, &inquiry, Duration::days(1));
        let stale = [("If-Match", "\"7\"")];
        let body = json!({"note": "x"}).to_string().into_bytes();
        let json_body = [("If-Match", "\"7\""), ("Content-Type", "application/json")];
        agent.send("PATCH", &place(&planned), &json_body, Some(body)).refused(412, "stale");
        agent.send("DELETE", &place(&planned), &stale, None).refused(412, "stale");
        agent.send("DELETE", &place(&planned), &[("If-Match", "W/\"1\"")], None).expect(204);
    }

    fn faults_come_together_and_nothing_changes(app) {
        let agent = app.login(Role::Agent);
        let inquiry = own(&agent, json!({}));
        let planned = plan(&app, &agent, &inquiry, Duration::days(1));
        let bad = json!({"kind": "telepathy", "due_at": null, "note": "a\u{0}b", "colour": 1});
        let refused = agent.patch(&place(&planned), &bad).expect(422).json;
        let pointers: Vec<&str> =
            refused["errors"].as_array().unwrap().iter().map(|e| e["pointer"].as_str().unwrap()).collect();
        for pointer in ["/kind", "/due_at", "/note", "/colour"] {
            assert!(pointers.contains(&pointer), "{pointer} in {pointers:?}");
        }
        assert_eq!(agent.get(&place(&planned)).expect(200).json, planned);
        let other = app.login(Role::Agent);
        other.patch(&place(&planned), &json!({"note": "x"})).refused(404, "not_found");
        other.delete(&place(&planned)).refused(404, "not_found");
    }
}
