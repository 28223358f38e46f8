//! What people do about owners: accept, decline, claim, release; and what an assignment is refused for.
//! Many at once are in `races.rs`, the turn of the rules is in `assignment.rs`.

use chrono::Duration;
use leaddock::access::Role;
use serde_json::{Value, json};

use crate::support::assignment::{
    POOL_SETTINGS, accept, assign, available, claim, decline, events_of, fall_back_to, kinds,
    nothing_is_dealt_out, now, release, set,
};
use crate::support::desk::{INQUIRIES, create, follow_up, give, id, move_to, own, path, plan};
use crate::support::{Answer, Client, each_database};

const REASON: &str = "手上太多";

fn keyed(client: &Client, inquiry: &Value, action: &str, body: Option<Value>, key: &str) -> Answer {
    let to = format!("{}/{action}", path(inquiry));
    let headers = [("Idempotency-Key", key), ("Content-Type", "application/json")];
    client.send("POST", &to, &headers, body.map(|body| body.to_string().into_bytes()))
}

fn acting_if(client: &Client, inquiry: &Value, action: &str, tag: &str) -> Answer {
    let body = matches!(action, "decline" | "release").then(|| json!({"reason": REASON}));
    let headers = [("If-Match", tag), ("Content-Type", "application/json")];
    let body = body.map(|body| body.to_string().into_bytes());
    client.send("POST", &format!("{}/{action}", path(inquiry)), &headers, body)
}

each_database! {
    fn the_owner_accepts_once(app) {
        let (admin, agent, other) = (app.admin(), app.login(Role::Agent), app.login(Role::Agent));
        let manager = app.login(Role::Manager);
        let inquiry = give(admin, agent.id(), json!({}));
        accept(&other, &inquiry).refused(404, "not_found");
        for client in [admin, &manager] {
            accept(client, &inquiry).refused(403, "not_owner");
        }
        app.advance(Duration::minutes(1));
        let accepted = accept(&agent, &inquiry).expect(200);
        assert_eq!(
            (&accepted.json["accepted_at"], &accepted.json["version"], accepted.header("etag")),
            (&json!(app.clock.now()), &json!(2), Some("\"2\""))
        );
        assert_eq!(
            (&accepted.json["status"], &accepted.json["assigned_at"]),
            (&json!("new"), &inquiry["assigned_at"])
        );
        app.advance(Duration::minutes(1));
        assert_eq!(accept(&agent, &inquiry).expect(200).json, accepted.json);
        let [event] = &events_of(admin, &inquiry, "inquiry.accepted")[..] else { panic!("one event") };
        assert_eq!(event["data"], json!({"accepted_at": accepted.json["accepted_at"]}));
        assert_eq!(event["previous"], json!({"accepted_at": null}));
        assert_eq!(event["actor"]["id"], json!(agent.id()));
        let pooled = create(admin, json!({}));
        accept(admin, &pooled).refused(403, "not_owner");
        accept(&agent, &pooled).refused(404, "not_found");
        app.nobody().act(&format!("{}/accept", path(&inquiry))).refused(401, "unauthenticated");
        app.mails();
    }

    fn a_first_real_contact_accepts_too(app) {
        let agent = app.login(Role::Agent);
        let inquiry = own(&agent, json!({}));
        follow_up(&agent, &inquiry, json!({"kind": "call", "outcome": "no_answer"}));
        assert_eq!(now(&agent, &inquiry)["accepted_at"], json!(null));
        app.advance(Duration::minutes(1));
        let call = follow_up(&agent, &inquiry, json!({"kind": "call", "outcome": "reached"}));
        assert_eq!(now(&agent, &inquiry)["accepted_at"], call["done_at"]);
        app.advance(Duration::minutes(1));
        let before = now(&agent, &inquiry);
        assert_eq!(accept(&agent, &inquiry).expect(200).json, before);
        decline(&agent, &inquiry).refused(409, "already_accepted");
        // An owner who accepts by hand keeps that moment.
        let second = own(&agent, json!({}));
        accept(&agent, &second).expect(200);
        app.advance(Duration::minutes(1));
        let before = now(&agent, &second)["accepted_at"].clone();
        follow_up(&agent, &second, json!({"kind": "visit", "done_at": app.clock.now()}));
        assert_eq!(now(&agent, &second)["accepted_at"], before);
    }

    fn who_declines_needs_a_reason_and_loses_it_to_the_next(app) {
        let (admin, agent, other) = (app.admin(), app.login(Role::Agent), app.login(Role::Agent));
        let manager = app.login(Role::Manager);
        fall_back_to(admin, json!({"strategy": "user", "user_ids": [other.id()]}));
        let inquiry = give(admin, agent.id(), json!({}));
        let to = format!("{}/decline", path(&inquiry));
        for (body, pointers) in [
            (json!({}), &["/reason"][..]),
            (json!({"reason": null}), &["/reason"]),
            (json!({"reason": " \n\t"}), &["/reason"]),
            (json!({"reason": 5, "to": "me"}), &["/reason", "/to"]),
            (json!({"reason": "长".repeat(1001)}), &["/reason"]),
            (json!({"reason": "a\u{0}b"}), &["/reason"]),
        ] {
            agent.post(&to, &body).finds_fault_with(pointers);
        }
        agent.act(&to).refused(415, "unsupported_media_type");
        decline(&other, &inquiry).refused(404, "not_found");
        decline(admin, &inquiry).refused(403, "not_owner");
        decline(&manager, &inquiry).refused(403, "not_owner");
        assert_eq!(now(admin, &inquiry), inquiry);

        let declined = decline(&agent, &inquiry).expect(204);
        assert!(declined.text.is_empty() && declined.header("etag").is_none());
        agent.get(&path(&inquiry)).refused(404, "not_found");
        decline(&agent, &inquiry).refused(404, "not_found");
        let after = now(&other, &inquiry);
        assert_eq!((&after["assignee_id"], &after["accepted_at"]), (&json!(other.id()), &json!(null)));
        assert_eq!(kinds(admin, &inquiry), ["received", "assigned", "declined", "assigned"]);
        let [event] = &events_of(admin, &inquiry, "inquiry.declined")[..] else { panic!("one event") };
        assert_eq!(event["data"], json!({"assignee_id": null, "reason": "不熟悉这个片区"}));
        assert_eq!(
            (&event["previous"], &event["actor"]["id"]),
            (&json!({"assignee_id": agent.id()}), &json!(agent.id()))
        );
        let last = events_of(admin, &inquiry, "inquiry.assigned").pop().unwrap();
        assert_eq!(
            (&last["data"]["trigger"], &last["previous"]["assignee_id"]),
            (&json!("decline"), &json!(null))
        );
        // To nobody: it lies in the pool of the team.
        decline(&other, &inquiry).expect(204);
        let pooled = now(admin, &inquiry);
        assert_eq!(
            [&pooled["assignee_id"], &pooled["assigned_at"], &pooled["accepted_at"]],
            [&json!(null); 3]
        );
        app.mails();
    }

    fn what_is_released_lies_in_the_pool_of_its_team(app) {
        let (admin, agent, other) =
            (app.admin(), app.login_in(Role::Agent, Some("东区")), app.login_in(Role::Agent, Some("东区")));
        let (manager, stranger) =
            (app.login_in(Role::Manager, Some("东区")), app.login_in(Role::Manager, Some("西区")));
        let inquiry = own(&agent, json!({}));
        move_to(&agent, &inquiry, "contacted").expect(200);
        accept(&agent, &inquiry).expect(200);
        let to = format!("{}/release", path(&inquiry));
        for (body, pointers) in [
            (json!({}), &["/reason"][..]),
            (json!({"reason": ""}), &["/reason"]),
            (json!({"reason": ["a"], "note": 1}), &["/reason", "/note"]),
        ] {
            agent.post(&to, &body).finds_fault_with(pointers);
        }
        release(&other, &inquiry).refused(404, "not_found");
        release(&stranger, &inquiry).refused(404, "not_found");
        release(&manager, &inquiry).expect(204);
        let pooled = now(admin, &inquiry);
        assert_eq!(
            [&pooled["assignee_id"], &pooled["assigned_at"], &pooled["accepted_at"]],
            [&json!(null); 3]
        );
        assert_eq!((&pooled["team_id"], &pooled["status"]), (&inquiry["team_id"], &json!("contacted")));
        let [event] = &events_of(admin, &inquiry, "inquiry.released")[..] else { panic!("one event") };
        assert_eq!(event["data"], json!({"assignee_id": null, "reason": REASON, "trigger": "release"}));
        assert_eq!(
            (&event["previous"], &event["actor"]["id"]),
            (&json!({"assignee_id": agent.id()}), &json!(manager.id()))
        );
        release(&manager, &inquiry).refused(409, "not_assigned");
        release(admin, &inquiry).refused(409, "not_assigned");
        agent.post(&to, &json!({"reason": REASON})).refused(404, "not_found");
        assert_eq!(kinds(admin, &inquiry).last().unwrap(), "released");
        // From whom it was taken cools down, too.
        claim(&agent, &inquiry).refused(409, "cool_down");
        claim(&other, &inquiry).expect(200);
        app.mails();
    }

    fn an_agent_claims_from_the_pool(app) {
        let (admin, agent, other) =
            (app.admin(), app.login_in(Role::Agent, Some("东区")), app.login_in(Role::Agent, Some("东区")));
        let manager = app.login_in(Role::Manager, Some("东区"));
        let inquiry = create(admin, json!({}));
        for client in [admin, &manager] {
            claim(client, &inquiry).refused(403, "forbidden");
        }
        app.advance(Duration::minutes(1));
        let claimed = claim(&agent, &inquiry).expect(200);
        let at = json!(app.clock.now());
        assert_eq!(
            [&claimed.json["assigned_at"], &claimed.json["accepted_at"], &claimed.json["phone"]],
            [&at, &at, &inquiry["phone"]]
        );
        assert_eq!(
            (claimed.header("etag"), &claimed.json["assignee_id"]),
            (Some("\"2\""), &json!(agent.id()))
        );
        assert_eq!(claimed.json["team_id"], agent.get("/api/v1/me").expect(200).json["team_id"]);
        assert!(claimed.json.get("phone_masked").is_none());
        app.advance(Duration::minutes(1));
        assert_eq!(claim(&agent, &inquiry).expect(200).json, claimed.json, "once more: nothing is written");
        assert_eq!(kinds(admin, &inquiry), ["received", "claimed"]);
        let event = events_of(admin, &inquiry, "inquiry.claimed").remove(0);
        assert_eq!(
            (&event["data"], &event["previous"]),
            (
                &json!({"assignee_id": agent.id(), "team_id": claimed.json["team_id"]}),
                &json!({"assignee_id": null, "team_id": null})
            )
        );
        let late = claim(&other, &inquiry).refused(409, "already_taken");
        assert_eq!(late.json["taken_by"], json!({"name": agent.get("/api/v1/me").expect(200).json["name"]}));
        assert!(app.mails().is_empty(), "who claims knows it");
    }

    fn what_was_never_in_the_pool_or_out_of_reach_is_not_there(app) {
        let (admin, agent) = (app.admin(), app.login_in(Role::Agent, Some("东区")));
        let (owner, stranger) =
            (app.login_in(Role::Agent, Some("东区")), app.login_in(Role::Agent, Some("西区")));
        let given = give(admin, owner.id(), json!({}));
        let dealt = create(admin, json!({"assign": "auto"}));
        let entered = own(&owner, json!({}));
        for inquiry in [&given, &entered] {
            claim(&agent, inquiry).refused(404, "not_found");
        }
        if dealt["assignee_id"] != json!(agent.id()) {
            claim(&agent, &dealt).refused(404, "not_found");
        }
        for id in ["inq_00000000000000000000000000", "inq_x", "x"] {
            agent.act(&format!("{INQUIRIES}/{id}/claim")).refused(404, "not_found");
        }
        let binned = create(admin, json!({}));
        admin.delete(&path(&binned)).expect(204);
        claim(&agent, &binned).refused(404, "not_found");
        let taken = create(admin, json!({}));
        claim(&owner, &taken).expect(200);
        claim(&agent, &taken).refused(409, "already_taken");
        admin.delete(&path(&taken)).expect(204);
        claim(&agent, &taken).refused(404, "not_found");
        // The pool of another team is none of theirs, before and after somebody takes from it.
        release(&owner, &given).expect(204);
        claim(&stranger, &given).refused(404, "not_found");
        claim(&agent, &given).expect(200);
        claim(&stranger, &given).refused(404, "not_found");
        app.mails();
    }

    fn a_former_owner_cools_down(app) {
        let (admin, agent, other) = (app.admin(), app.login(Role::Agent), app.login(Role::Agent));
        set(admin, POOL_SETTINGS, json!({"cool_down_hours": 48}));
        fall_back_to(admin, json!({"strategy": "user", "user_ids": [agent.id()]}));
        let [released, declined] = [own(&agent, json!({})), own(&agent, json!({}))];
        release(&agent, &released).expect(204);
        decline(&agent, &declined).expect(204);
        let until = app.clock.now().plus(Duration::hours(48));
        for inquiry in [&released, &declined] {
            assert_eq!(claim(&agent, inquiry).refused(409, "cool_down").json["until"], json!(until));
            assign(admin, inquiry, json!({"auto": true})).refused(409, "nobody_eligible");
        }
        // A manager may still give it back; who then loses it cools down from then on.
        let given = assign(admin, &declined, json!({"assignee_id": agent.id()})).expect(200).json;
        assert_eq!(given["assignee_id"], json!(agent.id()));
        claim(&other, &released).expect(200);
        app.advance(Duration::hours(48) - Duration::milliseconds(1));
        let [admin, agent, other] = [admin, &agent, &other].map(|client| app.login_as(client.id()));
        release(&other, &released).expect(204);
        claim(&agent, &released).refused(409, "cool_down");
        app.advance(Duration::milliseconds(1));
        claim(&agent, &released).expect(200);
        release(&agent, &declined).expect(204);
        claim(&agent, &declined).refused(409, "cool_down");
        set(&admin, POOL_SETTINGS, json!({"cool_down_hours": 0}));
        claim(&agent, &declined).expect(200);
        // Without any time a declined one does not come back by the same decision.
        let third = own(&agent, json!({}));
        decline(&agent, &third).expect(204);
        assert_eq!(now(&admin, &third)["assignee_id"], json!(null));
        assert_eq!(
            assign(&admin, &third, json!({"auto": true})).expect(200).json["assignee_id"],
            json!(agent.id())
        );
        app.mails();
    }

    fn claims_have_their_limits(app) {
        let (admin, agent, other) = (app.admin(), app.login(Role::Agent), app.login(Role::Agent));
        nothing_is_dealt_out(admin);
        set(admin, POOL_SETTINGS, json!({"claims_per_day": 2, "holding_max": 3, "cool_down_hours": 0}));
        let pool: Vec<Value> = (0..4).map(|_| create(admin, json!({}))).collect();
        claim(&agent, &pool[0]).expect(200);
        claim(&agent, &pool[1]).expect(200);
        claim(&agent, &pool[2]).refused(409, "claims_per_day_reached");
        release(&agent, &pool[1]).expect(204);
        claim(&agent, &pool[1]).refused(409, "claims_per_day_reached");
        // One's own already is none, full or not.
        claim(&agent, &pool[0]).expect(200);
        set(admin, POOL_SETTINGS, json!({"claims_per_day": 100}));
        for _ in 0..2 {
            own(&agent, json!({}));
        }
        claim(&agent, &pool[1]).refused(409, "holding_max_reached");
        move_to(&agent, &pool[0], "signed").expect(200);
        claim(&agent, &pool[1]).expect(200);
        available(admin, other.id(), json!({"open_max": 1}));
        claim(&other, &pool[2]).expect(200);
        claim(&other, &pool[3]).refused(409, "holding_max_reached");
        for (members, reason) in [
            (json!({"paused": true}), "paused"),
            (json!({"absences": [{"from": "2026-11-23T02:00:00Z"}]}), "absent"),
        ] {
            available(admin, other.id(), members);
            assert_eq!(claim(&other, &pool[3]).refused(409, "assignee_unavailable").json["reason"], reason);
        }
        // Shifts are no hindrance, nor is what rules may give on one day.
        available(admin, other.id(), json!({"shifts": [], "daily_max": 0}));
        claim(&other, &pool[3]).expect(200);
        set(admin, POOL_SETTINGS, json!({"claims_per_day": 0}));
        claim(&other, &create(admin, json!({}))).refused(409, "claims_per_day_reached");
    }

    fn each_honours_the_version_that_was_meant(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        nothing_is_dealt_out(admin);
        let inquiry = create(admin, json!({}));
        acting_if(&agent, &inquiry, "claim", "\"7\"").refused(412, "stale");
        acting_if(&agent, &inquiry, "claim", "x").refused(400, "bad_if_match");
        acting_if(&agent, &inquiry, "claim", "\"1\"").expect(200);
        acting_if(&agent, &inquiry, "accept", "\"1\"").refused(412, "stale");
        acting_if(&agent, &inquiry, "accept", "*").expect(200);
        acting_if(&agent, &inquiry, "release", "\"1\"").refused(412, "stale");
        acting_if(&agent, &inquiry, "release", "W/\"2\"").expect(204);
        admin
            .post_if(&format!("{}/assign", path(&inquiry)), &json!({"auto": true}), "\"2\"")
            .refused(412, "stale");
        let to = json!({"assignee_id": agent.id()});
        admin.post_if(&format!("{}/assign", path(&inquiry)), &to, "\"2\"").refused(412, "stale");
        admin.post_if(&format!("{}/assign", path(&inquiry)), &to, "\"1\", \"3\"").expect(200);
        acting_if(&agent, &inquiry, "decline", "\"3\"").refused(412, "stale");
        acting_if(&agent, &inquiry, "decline", "\"4\"").expect(204);
        assert_eq!(now(admin, &inquiry)["version"], 5);
        app.mails();
    }

    fn a_key_gives_the_first_answer_again(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        nothing_is_dealt_out(admin);
        set(admin, POOL_SETTINGS, json!({"cool_down_hours": 0}));
        let inquiry = create(admin, json!({}));
        let first = keyed(&agent, &inquiry, "claim", None, "c").expect(200);
        let released = keyed(&agent, &inquiry, "release", Some(json!({"reason": "a"})), "r").expect(204);
        // The inquiry lies in the pool, but the answers are those of then.
        for (action, body, key, then) in
            [("claim", None, "c", &first), ("release", Some(json!({"reason": "a"})), "r", &released)]
        {
            let again = keyed(&agent, &inquiry, action, body, key);
            assert_eq!((again.status, &again.text), (then.status, &then.text), "{action}");
            assert_eq!(again.header("idempotency-replayed"), Some("true"), "{action}");
        }
        keyed(&agent, &inquiry, "release", Some(json!({"reason": "b"})), "r")
            .refused(422, "idempotency_key_reused");
        assert_eq!(kinds(admin, &inquiry), ["received", "claimed", "released"]);
        // A fault does not use the key up.
        let mine = own(&agent, json!({}));
        keyed(&agent, &mine, "decline", Some(json!({})), "d").finds_fault_with(&["/reason"]);
        keyed(&agent, &mine, "decline", Some(json!({"reason": "a"})), "d").expect(204);
        let again = keyed(&agent, &mine, "decline", Some(json!({"reason": "a"})), "d").expect(204);
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
        let theirs = give(admin, agent.id(), json!({}));
        let accepted = keyed(&agent, &theirs, "accept", None, "a").expect(200);
        assert_eq!(keyed(&agent, &theirs, "accept", None, "a").text, accepted.text);
        app.mails();
    }

    fn an_assignment_is_refused_for_good_reasons(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        let inquiry = create(admin, json!({}));
        let give = |body: Value| assign(admin, &inquiry, body);
        for (members, reason) in [
            (json!({"paused": true, "open_max": 0}), "paused"),
            (json!({"absences": [{"from": "2026-01-01T00:00:00Z"}], "open_max": 0}), "absent"),
            (json!({"open_max": 0}), "full_open"),
        ] {
            available(admin, agent.id(), members);
            let refused = give(json!({"assignee_id": agent.id()})).refused(409, "assignee_unavailable");
            assert_eq!(refused.json["reason"], reason);
            give(json!({"assignee_id": agent.id(), "force": false})).refused(409, "assignee_unavailable");
        }
        give(json!({"assignee_id": agent.id(), "force": "yes", "auto": 1}))
            .finds_fault_with(&["/auto", "/force"]);
        give(json!({"force": true})).finds_fault_with(&["/assignee_id"]);
        give(json!({"auto": true})).refused(409, "nobody_eligible");
        available(admin, agent.id(), json!({"daily_max": 0, "shifts": []}));
        let given = give(json!({"assignee_id": agent.id()})).expect(200).json;
        available(admin, agent.id(), json!({"paused": true}));
        assert_eq!(give(json!({"assignee_id": agent.id()})).expect(200).json, given, "nothing is written");
        let event = events_of(admin, &inquiry, "inquiry.assigned").remove(0);
        assert_eq!(
            event["data"],
            json!({"assignee_id": agent.id(), "team_id": null, "trigger": "manual", "rule_id": null})
        );
        assert_eq!(event["previous"], json!({"assignee_id": null, "team_id": null}));
        app.mails();
    }

    fn a_new_owner_begins_anew_and_follow_ups_go_along(app) {
        let (admin, agent, other) =
            (app.admin(), app.login_in(Role::Agent, Some("东区")), app.login_in(Role::Agent, Some("西区")));
        nothing_is_dealt_out(admin);
        let inquiry = own(&agent, json!({}));
        let planned = plan(&app, &agent, &inquiry, Duration::days(2));
        let done = follow_up(&agent, &inquiry, json!({"kind": "call", "outcome": "reached"}));
        let of = |one: &Value| {
            admin.get(&format!("/api/v1/follow-ups/{}", id(one))).expect(200).json["assignee_id"].clone()
        };
        assert_eq!([of(&planned), of(&done)], [json!(agent.id()), json!(agent.id())]);
        app.advance(Duration::minutes(1));
        let given = assign(admin, &inquiry, json!({"assignee_id": other.id()})).expect(200).json;
        assert_eq!((&given["accepted_at"], &given["assigned_at"]), (&json!(null), &json!(app.clock.now())));
        assert_eq!(given["first_contacted_at"], done["done_at"], "the person was reached, by whomever");
        assert_eq!([of(&planned), of(&done)], [json!(other.id()), json!(other.id())]);
        assert_eq!(other.all("/api/v1/follow-ups?bucket=upcoming").len(), 1);
        assert!(agent.all("/api/v1/follow-ups").is_empty());
        let event = events_of(admin, &inquiry, "inquiry.assigned").pop().unwrap();
        assert_eq!(event["previous"], json!({"assignee_id": agent.id(), "team_id": inquiry["team_id"]}));
        release(&other, &inquiry).expect(204);
        assert_eq!(of(&planned), json!(null));
        assert_eq!(now(admin, &inquiry)["next_follow_up_at"], planned["due_at"]);
        app.mails();
    }
}
