//! Decisions: each is explained, a draft of rules is tried without any, and what rules look at counts with the
//! very next one. Rules themselves are in `assignment_rules.rs`.

use chrono::Duration;
use leaddock::access::Role;
use leaddock::kernel::id::UserId;
use serde_json::{Value, json};

use crate::support::assignment::{
    RULES, SIMULATE, assign, available, claim, decisions, decline, events, events_of, fall_back_to, fallback,
    kinds, nothing_is_dealt_out, now, reason_of, release, rule, rule_path,
};
use crate::support::desk::{USERS, create, own, path, six};
use crate::support::{Client, PASSWORD, each_database};

const NOBODY: &str = "usr_00000000000000000000000000";

fn deal(by: &Client, usage: &str) -> Value {
    create(by, json!({"assign": "auto", "usage": usage}))
}

each_database! {
    fn a_decision_is_explained(app) {
        let (admin, agent, paused) =
            (app.admin(), app.login_in(Role::Agent, Some("东区")), app.add_user(Role::Agent, None));
        let (manager, stranger) =
            (app.login_in(Role::Manager, Some("东区")), app.login_in(Role::Manager, Some("西区")));
        available(admin, paused, json!({"paused": true, "weight": 3}));
        let off = rule(admin, "停用", json!({}), json!({"strategy": "pool"}));
        admin.patch(&rule_path(&off), &json!({"active": false})).expect(200);
        let unfit = rule(
            admin,
            "不符",
            json!({"keywords": ["绝无"], "tax_wan_min": 100_000,
            "regions": ["32"], "need_kinds": ["factory_rent"]}),
            json!({"strategy": "pool"}),
        );
        let next = rule(
            admin,
            "改走",
            json!({"keywords": ["机加工"]}),
            json!({"strategy": "user", "user_ids": [paused], "otherwise": "next"}),
        );
        let decides = rule(
            admin,
            "东区",
            json!({"need_kinds": ["factory_rent"]}),
            json!({"strategy": "round_robin", "user_ids": [agent.id(), paused],
                "weights": {agent.id().to_string(): 2}}),
        );
        let inquiry = create(admin, json!({"assign": "auto"}));
        let assigned = events_of(admin, &inquiry, "inquiry.assigned").remove(0);
        let user = |id: UserId| admin.get(&format!("{USERS}/{id}")).expect(200).json["name"].clone();
        assert_eq!(
            decisions(admin, &inquiry),
            [json!({
                "id": assigned["id"], "at": inquiry["received_at"],
                "trigger": "received", "result": "assigned",
                "by": {"type": "rule", "id": decides["id"], "name": "东区"},
                "previous_assignee_id": null, "assignee_id": agent.id(), "strategy": "round_robin",
                "rules": [
                    {"rule_id": off["id"], "name": "停用", "matched": false, "failed_on": ["inactive"]},
                    {"rule_id": unfit["id"], "name": "不符", "matched": false,
                        "failed_on": ["regions", "tax_wan_min", "keywords"]},
                    {"rule_id": next["id"], "name": "改走", "matched": true, "failed_on": [],
                        "passed_over": [{"user_id": paused, "name": user(paused), "reason": "paused"}]},
                    {"rule_id": decides["id"], "name": "东区", "matched": true, "failed_on": []},
                ],
                "candidates": [
                    {"user_id": agent.id(), "name": user(agent.id()), "reason": "chosen", "weight": 2,
                        "credit": 0.0, "open": 0, "today": 0},
                    {"user_id": paused, "name": user(paused), "reason": "paused", "weight": 3, "credit": 0.0,
                        "open": 0, "today": 0},
                ],
            })]
        );
        assert_eq!(assigned["data"]["rule_id"], decides["id"]);
        // The names of that time stay, whatever becomes of the rules.
        admin.patch(&rule_path(&decides), &json!({"name": "改名"})).expect(200);
        for gone in [&off, &unfit, &next, &decides] {
            admin.delete(&rule_path(gone)).expect(204);
        }
        let explained = decisions(admin, &inquiry);
        assert_eq!(
            (&explained[0]["by"]["name"], &explained[0]["rules"][2]["name"]),
            (&json!("东区"), &json!("改走"))
        );
        for reader in [&agent, &manager] {
            assert_eq!(decisions(reader, &inquiry), explained);
        }
        let at = format!("{}/assignments", path(&inquiry));
        for other in [&stranger, &app.login(Role::Agent), &app.login_in(Role::Agent, Some("东区"))] {
            other.get(&at).refused(404, "not_found");
        }
        app.nobody().get(&at).refused(401, "unauthenticated");
        admin.get("/api/v1/inquiries/inq_00000000000000000000000000/assignments").refused(404, "not_found");
        app.mails();
    }

    fn every_way_to_an_owner_and_back_is_among_the_decisions(app) {
        let (admin, one, two) = (app.admin(), app.login(Role::Agent), app.login(Role::Agent));
        fall_back_to(admin, json!({"strategy": "round_robin", "user_ids": [one.id(), two.id()]}));
        let inquiry = create(admin, json!({"assign": "auto"}));
        let (first, second) =
            if inquiry["assignee_id"] == json!(one.id()) { (&one, &two) } else { (&two, &one) };
        decline(first, &inquiry).expect(204);
        release(second, &inquiry).expect(204);
        assign(admin, &inquiry, json!({"auto": true})).refused(409, "nobody_eligible");
        let third = app.login(Role::Agent);
        claim(&third, &inquiry).expect(200);
        assign(admin, &inquiry, json!({"assignee_id": one.id()})).expect(200);
        let history = decisions(admin, &inquiry);
        let rows: Vec<Value> = history
            .iter()
            .map(|one| {
                json!([
                    one["trigger"],
                    one["result"],
                    one["by"]["type"],
                    one["previous_assignee_id"],
                    one["assignee_id"],
                    one["rules"].as_array().unwrap().len()
                ])
            })
            .collect();
        assert_eq!(
            rows,
            [
                json!(["manual", "assigned", "user", third.id(), one.id(), 0]),
                json!(["claim", "assigned", "user", null, third.id(), 0]),
                json!(["release", "pool", "user", second.id(), null, 0]),
                json!(["decline", "assigned", "rule", first.id(), second.id(), 1]),
                json!(["received", "assigned", "rule", null, first.id(), 1]),
            ]
        );
        assert_eq!(reason_of(admin, &inquiry, first.id()), json!(null), "no rule decided last");
        // Of a refusal and what the rules made of it there is one row.
        let of_decline = &history[3]["candidates"].as_array().unwrap();
        let cooling = of_decline.iter().find(|one| one["user_id"] == json!(first.id())).unwrap();
        assert_eq!(cooling["reason"], "cool_down");
        // Page by page it is the same.
        assert_eq!(admin.all(&format!("{}/assignments?limit=1", path(&inquiry))), history);
        app.mails();
    }

    fn trying_a_draft_changes_nothing(app) {
        let (admin, one, two) =
            (app.admin(), app.add_user(Role::Agent, None), app.add_user(Role::Agent, None));
        let kept =
            rule(admin, "现行", json!({"keywords": ["甲"]}), json!({"strategy": "user", "user_ids": [one]}));
        let made: Vec<Value> = (0..5).map(|n| deal(admin, if n == 0 { "甲地" } else { "乙地" })).collect();
        let before =
            (admin.all(RULES), admin.get("/api/v1/changes").expect(200).json, decisions(admin, &made[4]));
        let draft = json!({"rules": [
            {"name": "停", "active": false, "then": {"strategy": "pool"}},
            {"name": "池", "when": {"keywords": ["甲"]}, "then": {"strategy": "pool"}},
            {"name": "乙", "when": {"keywords": ["乙"]}, "then": {"strategy": "user", "user_ids": [two]}}]});
        let tried = admin.post(SIMULATE, &draft).expect(200).json;
        assert_eq!((&tried["inquiries"], &tried["to"]), (&json!(5), &json!(app.clock.now())));
        assert_eq!(tried["from"], json!(app.clock.now().minus(Duration::days(30))));
        assert_eq!(tried["pool"], json!({"now": 0, "draft": 1}));
        let matched: Vec<Value> = tried["per_rule"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| json!([row["index"], row["name"], row["matched"]]))
            .collect();
        assert_eq!(
            matched,
            [
                json!([0, "停", 0]),
                json!([1, "池", 1]),
                json!([2, "乙", 4]),
                json!([3, fallback(admin)["name"], 0])
            ]
        );
        let rows = tried["per_user"].as_array().unwrap();
        let of = |user| rows.iter().find(|row| row["user_id"] == json!(user)).unwrap();
        assert_eq!((&of(two)["draft"], &of(one)["draft"]), (&json!(4), &json!(0)));
        assert_eq!(of(two)["difference"], json!(4 - of(two)["now"].as_i64().unwrap()));
        let changed = tried["changed"].as_array().unwrap();
        assert!(changed.contains(&json!({"inquiry_id": made[0]["id"], "now": one, "draft": null})));
        let after =
            (admin.all(RULES), admin.get("/api/v1/changes").expect(200).json, decisions(admin, &made[4]));
        assert_eq!(before, after);
        // It is no change that a key could keep: the same key tries again.
        for _ in 0..2 {
            let again = admin.post_with(SIMULATE, &draft, &[("Idempotency-Key", "k")]).expect(200);
            assert_eq!(again.json["inquiries"], 5);
        }
        admin.delete(&rule_path(&kept)).expect(204);
        app.mails();
    }

    fn a_draft_is_tried_within_reach(app) {
        let (admin, manager) = (app.admin(), app.login_in(Role::Manager, Some("东区")));
        let (theirs, other) =
            (app.add_user(Role::Agent, Some("东区")), app.add_user(Role::Agent, Some("西区")));
        fall_back_to(admin, json!({"strategy": "user", "user_ids": [theirs]}));
        deal(admin, "甲地");
        fall_back_to(admin, json!({"strategy": "user", "user_ids": [other]}));
        deal(admin, "甲地");
        nothing_is_dealt_out(admin);
        deal(admin, "甲地");
        let draft = json!({"rules": [], "days": 1});
        assert_eq!(admin.post(SIMULATE, &draft).expect(200).json["inquiries"], 3);
        let tried = manager.post(SIMULATE, &draft).expect(200).json;
        assert_eq!((&tried["inquiries"], &tried["pool"]), (&json!(2), &json!({"now": 1, "draft": 2})));
        assert!(!tried.to_string().contains(&other.to_string()));
        app.advance(Duration::days(2));
        let admin = app.login_as(admin.id());
        assert_eq!(admin.post(SIMULATE, &draft).expect(200).json["inquiries"], 0);
        app.mails();
    }

    fn a_bad_draft_is_refused_with_pointers_below_its_rules(app) {
        let admin = app.admin();
        let good = json!({"name": "好", "then": {"strategy": "pool"}});
        admin
            .post(
                SIMULATE,
                &json!({"rules": [good, {"name": "x", "when": {"form_ids": ["frm_x"]},
                "then": {"strategy": "user", "user_ids": [NOBODY]}},
                {"name": "y", "then": {"strategy": "user"}}]}),
            )
            .finds_fault_with(&[
                "/rules/1/when/form_ids/0",
                "/rules/1/then/user_ids/0",
                "/rules/2/then/user_ids",
            ]);
        admin
            .post(SIMULATE, &json!({"rules": [{"name": "", "then": {"strategy": "lottery"}}, 5], "days": 91}))
            .finds_fault_with(&["/rules/0/name", "/rules/0/then/strategy", "/rules/1", "/days"]);
        admin.post(SIMULATE, &json!({"days": 0})).finds_fault_with(&["/rules", "/days"]);
        let many: Vec<Value> = (0..501).map(|_| good.clone()).collect();
        admin.post(SIMULATE, &json!({"rules": many})).finds_fault_with(&["/rules"]);
    }

    fn a_change_of_a_user_counts_with_the_very_next_inquiry(app) {
        let (admin, agent) = (app.admin(), app.add_user(Role::Agent, Some("东区")));
        let team = admin.get(&format!("{USERS}/{agent}")).expect(200).json["team_id"].clone();
        rule(admin, "东区", json!({}), json!({"strategy": "round_robin", "team_id": team}));
        let change = |members: Value| admin.patch(&format!("{USERS}/{agent}"), &members).expect(200);
        let next = || {
            let inquiry = deal(admin, "甲地");
            (inquiry["assignee_id"] == json!(agent), reason_of(admin, &inquiry, agent))
        };
        assert_eq!(next(), (true, json!("chosen")));
        change(json!({"active": false}));
        assert_eq!(next(), (false, json!("inactive")));
        change(json!({"active": true}));
        assert_eq!(next(), (true, json!("chosen")));
        change(json!({"role": "manager"}));
        assert_eq!(next(), (false, json!(null)), "no candidate of a team");
        change(json!({"role": "agent", "team_id": null}));
        assert_eq!(next(), (false, json!(null)));
        change(json!({"team_id": team}));
        assert_eq!(next(), (true, json!("chosen")));
        fall_back_to(admin, json!({"strategy": "pool"}));
        let fresh = app.add_passwordless(Role::Agent);
        change(json!({"active": false}));
        let both = json!({"then": {"strategy": "user", "user_ids": [fresh]}});
        admin.patch(&rule_path(&admin.all(RULES)[0]), &both).expect(200);
        let inquiry = deal(admin, "甲地");
        assert_eq!(reason_of(admin, &inquiry, fresh), "inactive", "without a password");
        let mails = app.mails();
        let letter = mails.iter().find(|mail| mail.to == app.email(fresh)).expect("the invitation");
        let token = letter.text.split("token=").nth(1).unwrap().split_whitespace().next().unwrap();
        app.nobody()
            .post("/api/v1/auth/password-reset/confirm", &json!({"token": token, "password": PASSWORD}))
            .expect(204);
        assert_eq!(deal(admin, "甲地")["assignee_id"], json!(fresh));
        app.mails();
    }

    fn what_nobody_could_be_given_is_announced_with_the_reasons(app) {
        let (admin, agent) = (app.admin(), app.add_user(Role::Agent, None));
        app.add_user(Role::Manager, None);
        available(admin, agent, json!({"paused": true}));
        let receipt = app.nobody().post("/f/default", &six("甲")).expect(202).json["receipt_id"].clone();
        let receipt = admin.get(&format!("/api/v1/receipts/{}", receipt.as_str().unwrap())).expect(200).json;
        let inquiry = json!({"id": receipt["inquiry_id"]});
        assert_eq!(kinds(admin, &inquiry), ["received", "unassigned"]);
        let fact = events(admin, &inquiry).remove(1);
        assert_eq!(fact["data"]["candidates"], json!([{"user_id": agent, "reason": "paused"}]));
        let latest = decisions(admin, &inquiry);
        assert_eq!((latest.len(), &latest[0]["id"], &latest[0]["result"]), (1, &fact["id"], &json!("pool")));
        assert_eq!(latest[0]["by"]["type"], "rule");
        assert_eq!(now(admin, &inquiry)["assigned_at"], json!(null));
        let [mail] = &app.mails()[..] else { panic!("one mail to the manager") };
        assert!(mail.subject.contains("待分配") && !mail.text.contains("13800138000"));
        assert!(
            !mail.text.contains("周启澜")
                && !mail.html.contains("周启澜")
                && !mail.html.contains("138 0013 8000")
        );
    }

    fn managers_hear_of_nothing_that_is_another_team_s(app) {
        let admin = app.admin();
        let of = |team| (app.login_in(Role::Manager, Some(team)), app.login_in(Role::Agent, Some(team)));
        let ((east_manager, east), (west_manager, west)) = (of("东区"), of("西区"));
        for agent in [&east, &west] {
            available(admin, agent.id(), json!({"paused": true}));
        }
        let [theirs, others] = [own(&east, json!({})), own(&west, json!({}))];
        decline(&west, &others).expect(204);
        decline(&east, &theirs).expect(204);
        // Before the mails are sent somebody has one of them.
        assign(admin, &theirs, json!({"assignee_id": east.id(), "force": true})).expect(200);
        let mails = app.mails();
        let to = |one: &Client| mails.iter().filter(|mail| mail.to == app.email(one.id())).count();
        assert_eq!([to(&east_manager), to(&west_manager), to(&east)], [0, 1, 1]);
    }
}
