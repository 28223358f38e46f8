//! Rules of assignment: made, changed, ordered. What they decide is in `assignment_decisions.rs`, how one
//! chooses among candidates is tested beside `src/assignment/decision`.

use chrono::Duration;
use leaddock::access::Role;
use serde_json::{Value, json};

use crate::support::assignment::{
    ORDER, RULES, SIMULATE, available, fall_back_to, fallback, rule, rule_path,
};
use crate::support::desk::{create, id, ids};
use crate::support::{Answer, Client, at_once, each_database};

const NOBODY: &str = "usr_00000000000000000000000000";

/// The codes of warnings, each with the rule that it is about.
fn warned(answer: &Value) -> Vec<(&str, &Value)> {
    let warnings = answer["warnings"].as_array().into_iter().flatten();
    warnings.map(|warning| (warning["code"].as_str().unwrap(), &warning["rule_id"])).collect()
}

fn order(by: &Client, rules: &[&Value]) -> Answer {
    by.put(ORDER, &json!({"ids": rules.iter().map(|rule| id(rule)).collect::<Vec<_>>()}))
}

each_database! {
    fn a_rule_is_made_read_changed_and_deleted(app) {
        let (admin, agent) = (app.admin(), app.add_user(Role::Agent, None));
        let body = json!({"name": "苏州大厂房", "when": {"keywords": ["厂房"], "tax_wan_min": 300},
            "then": {"strategy": "user", "user_ids": [agent], "otherwise": "next"}});
        let made = admin.post(RULES, &body).expect(201);
        assert_eq!(
            (made.header("location"), made.header("etag")),
            (Some(rule_path(&made.json).as_str()), Some("\"1\""))
        );
        let of_rule = &made.json;
        assert!(made.id().starts_with("rule_") && of_rule.get("warnings").is_none());
        assert_eq!(
            (&of_rule["name"], &of_rule["active"], &of_rule["fallback"], &of_rule["position"]),
            (&json!("苏州大厂房"), &json!(true), &json!(false), &json!(0))
        );
        assert_eq!(
            (&of_rule["then"]["otherwise"], &of_rule["when"]["tax_wan_min"]),
            (&json!("next"), &json!(300.0))
        );
        let read = admin.get(&rule_path(of_rule)).expect(200);
        assert_eq!((&read.json, read.header("etag")), (of_rule, Some("\"1\"")));
        app.advance(Duration::minutes(1));
        let changed = admin.patch(&rule_path(of_rule), &json!({"active": false})).expect(200);
        assert_eq!((changed.header("etag"), &changed.json["when"]), (Some("\"2\""), &of_rule["when"]));
        assert_eq!(changed.json["updated_at"], json!(app.clock.now()));
        assert_eq!(admin.patch(&rule_path(of_rule), &json!({})).expect(200).json, changed.json);
        // What is absent in `when` is no condition any more.
        let changed =
            admin.patch(&rule_path(of_rule), &json!({"when": {"regions": ["3205"]}})).expect(200).json;
        assert_eq!(
            (&changed["when"]["keywords"], &changed["when"]["tax_wan_min"]),
            (&json!([]), &json!(null))
        );
        admin.patch_if(&rule_path(of_rule), &json!({"name": "x"}), "\"1\"").refused(412, "stale");
        admin.send("DELETE", &rule_path(of_rule), &[("If-Match", "\"1\"")], None).refused(412, "stale");
        admin.send("DELETE", &rule_path(of_rule), &[("If-Match", "\"3\"")], None).expect(204);
        admin.get(&rule_path(of_rule)).refused(404, "not_found");
        admin.patch(&rule_path(of_rule), &json!({"name": "x"})).refused(404, "not_found");
        admin.delete(&rule_path(of_rule)).refused(404, "not_found");
        assert_eq!(admin.all(RULES).len(), 1, "the fallback");
    }

    fn every_fault_of_a_rule_is_named_at_once(app) {
        let (admin, agent) = (app.admin(), app.add_user(Role::Agent, None));
        let made = rule(admin, "好", json!({}), json!({"strategy": "pool"}));
        let weights = json!({NOBODY: 1, agent.to_string(): 101, "somebody": 0});
        let bad = json!({"when": {"form_ids": ["frm_00000000000000000000000000", "x"],
                "regions": ["32O5", "320500"], "industries": ["c", "C38", "厂"], "keywords": ["厂房", "  "],
                "tax_wan_min": -1,
                "area_sqm_min": 500, "area_sqm_max": 400},
            "then": {"strategy": "round_robin", "user_ids": [NOBODY, agent, "usr_x"],
                "team_id": "team_00000000000000000000000000", "weights": weights}});
        let mut named = bad.clone();
        named["name"] = json!("坏");
        let wanted = [
            "/when/form_ids/0",
            "/when/form_ids/1",
            "/when/regions/0",
            "/when/industries/2",
            "/when/keywords/1",
            "/when/tax_wan_min",
            "/when/area_sqm_max",
            "/then/user_ids/0",
            "/then/user_ids/2",
            "/then/team_id",
            "/then/weights",
        ];
        for answer in [admin.post(RULES, &named), admin.patch(&rule_path(&made), &bad)] {
            let found = answer.refused(422, "invalid");
            for pointer in wanted {
                assert!(
                    found.pointers().contains(&pointer.to_owned()),
                    "{pointer} in {:?}",
                    found.pointers()
                );
            }
        }
        admin
            .post(RULES, &json!({"name": " ", "active": null,
                "then": {"strategy": "lottery", "otherwise": "x", "y": 1},
                "when": {"colour": "red", "need_kinds": ["castle"], "keywords": "厂房", "area_sqm_min": "1"}}))
            .finds_fault_with(&[
                "/name", "/active", "/then/strategy", "/then/otherwise", "/then/y", "/when/colour",
                "/when/need_kinds/0", "/when/keywords", "/when/area_sqm_min",
            ]);
        admin.post(RULES, &json!({})).finds_fault_with(&["/name", "/then"]);
        for (then, pointers) in [
            (json!({"strategy": "user"}), &["/then/user_ids"][..]),
            (json!({"strategy": "user", "user_ids": []}), &["/then/user_ids"]),
            (json!({"strategy": "user", "user_ids": [agent, admin.id()]}), &["/then/user_ids"]),
            (json!({"strategy": "least_busy", "user_ids": []}), &["/then/user_ids"]),
            (
                json!({"strategy": "pool", "user_ids": [agent], "team_id": null,
                    "weights": {agent.to_string(): 2}}),
                &["/then/user_ids", "/then/weights"],
            ),
            (
                json!({"strategy": "round_robin", "weights": {agent.to_string(): 0}}),
                &[&format!("/then/weights/{agent}")],
            ),
        ] {
            let body = json!({"name": "坏", "then": then});
            let found = admin.post(RULES, &body).refused(422, "invalid");
            assert_eq!(found.pointers(), pointers, "{body}");
        }
        admin
            .patch(&rule_path(&made), &json!({"name": null, "when": null}))
            .finds_fault_with(&["/name", "/when"]);
        assert_eq!(admin.all(RULES).len(), 2);
        assert_eq!(admin.get(&rule_path(&made)).expect(200).json["version"], 1);
    }

    fn the_fallback_stays(app) {
        let (admin, agent) = (app.admin(), app.add_user(Role::Agent, None));
        let last = fallback(admin);
        assert_eq!(
            (&last["fallback"], &last["active"], &last["position"]),
            (&json!(true), &json!(true), &json!(0))
        );
        assert_eq!(last["then"]["strategy"], "round_robin");
        let at = rule_path(&last);
        admin.delete(&at).refused(409, "fallback_required");
        for change in [
            json!({"active": false}),
            json!({"when": {"keywords": ["x"]}}),
            json!({"when": {"tax_wan_min": 0}}),
            json!({"active": false, "then": {"strategy": "pool"}}),
        ] {
            admin.patch(&at, &change).refused(409, "fallback_required");
        }
        admin.patch(&at, &json!({"when": {"tax_wan_min": -1}})).finds_fault_with(&["/when/tax_wan_min"]);
        assert_eq!(fallback(admin), last);
        // What is as it was before is no change of it.
        assert_eq!(admin.patch(&at, &json!({"active": true, "when": {}})).expect(200).json["version"], 1);
        let changed =
            admin.patch(&at, &json!({"then": {"strategy": "user", "user_ids": [agent]}})).expect(200);
        assert_eq!(changed.header("etag"), Some("\"2\""));
        let first = rule(admin, "先", json!({"keywords": ["甲"]}), json!({"strategy": "pool"}));
        order(admin, &[&last, &first]).finds_fault_with(&["/ids/0"]);
        order(admin, &[&first]).expect(200);
        let rows = admin.all(&format!("{RULES}?limit=1"));
        assert_eq!(ids(&rows), [id(&first), id(&last)]);
        assert_eq!((&rows[0]["position"], &rows[1]["position"]), (&json!(0), &json!(1)));
        assert_eq!(admin.get(&format!("{RULES}?count=true&limit=1")).expect(200).json["total"], 2);
    }

    fn whoever_makes_a_rule_that_nobody_wants_is_warned(app) {
        let (admin, agent) = (app.admin(), app.add_user(Role::Agent, None));
        let all = rule(admin, "全部", json!({}), json!({"strategy": "pool"}));
        let last = fallback(admin);
        let nobody = ("nobody_receives", &json!(null));
        assert_eq!(warned(&all), [nobody, ("never_reached", &last["id"])]);
        let behind = rule(admin, "后", json!({"keywords": ["甲"]}), json!({"strategy": "pool"}));
        let behind_it = [("never_reached", &behind["id"]), ("never_reached", &last["id"])];
        assert_eq!(warned(&behind), [nobody, behind_it[0], behind_it[1]]);
        let ordered = order(admin, &[&behind, &all]).expect(200).json;
        assert_eq!(warned(&ordered), [nobody, ("never_reached", &last["id"])]);
        let next = json!({"then": {"strategy": "user", "user_ids": [agent], "otherwise": "next"}});
        assert!(warned(&admin.patch(&rule_path(&all), &next).expect(200).json).is_empty());
        admin.delete(&rule_path(&all)).expect(204);
        admin.delete(&rule_path(&behind)).expect(204);
        let paused = app.add_user(Role::Agent, None);
        available(admin, paused, json!({"paused": true}));
        let theirs = rule(admin, "停", json!({"keywords": ["甲"]}), json!({"strategy": "user", "user_ids": [paused]}));
        assert_eq!(warned(&theirs), [("rule_has_nobody", &theirs["id"])]);
        available(admin, paused, json!({}));
        assert!(warned(&admin.patch(&rule_path(&theirs), &json!({"name": "在"})).expect(200).json).is_empty());
        admin.delete(&rule_path(&theirs)).expect(204);
        let nobodys = fall_back_to(admin, json!({"strategy": "pool"}));
        assert_eq!(warned(&nobodys), [("nobody_receives", &json!(null))]);
        assert!(fallback(admin).get("warnings").is_none(), "said after a change only");
    }

    fn rules_are_ordered_all_at_once(app) {
        let admin = app.admin();
        let make = |name: &str| rule(admin, name, json!({"keywords": [name]}), json!({"strategy": "pool"}));
        let [a, b, c] = [make("甲"), make("乙"), make("丙")];
        assert_eq!([&a["position"], &b["position"], &c["position"]], [&json!(0), &json!(1), &json!(2)]);
        let answer = order(admin, &[&c, &a, &b]).expect(200).json;
        let rows = answer["data"].as_array().unwrap();
        assert_eq!(ids(&rows[..3]), [id(&c), id(&a), id(&b)]);
        assert_eq!(rows, &admin.all(RULES));
        order(admin, &[&a, &b]).finds_fault_with(&["/ids"]);
        order(admin, &[&a, &b, &a, &c]).finds_fault_with(&["/ids/2"]);
        let unknown = json!({"ids": [id(&a), "rule_00000000000000000000000000", "x", id(&a), id(&c)]});
        admin.put(ORDER, &unknown).finds_fault_with(&["/ids", "/ids/1", "/ids/2", "/ids/3"]);
        admin.put(ORDER, &json!({"ids": [1], "more": 1})).finds_fault_with(&["/ids/0", "/more"]);
        admin.put(ORDER, &json!({})).finds_fault_with(&["/ids"]);
        assert_eq!(ids(&admin.all(RULES)[..3]), [id(&c), id(&a), id(&b)]);
        // The same order again: nothing is written.
        let before = admin.all(RULES);
        order(admin, &[&c, &a, &b]).expect(200);
        assert_eq!(admin.all(RULES), before);
        admin.delete(&rule_path(&a)).expect(204);
        let d = make("丁");
        assert_eq!(ids(&admin.all(RULES)[..3]), [id(&c), id(&b), id(&d)]);
        assert_eq!(admin.get(&rule_path(&d)).expect(200).json["position"], 2);
    }

    fn of_many_orders_at_once_one_is_the_last(app) {
        let admin = app.admin();
        let rules: Vec<Value> = (0..4)
            .map(|n| rule(admin, &format!("第{n}"), json!({"keywords": ["甲"]}), json!({"strategy": "pool"})))
            .collect();
        let turned = |by: usize| (0..4).map(|n| &rules[(n + by) % 4]).collect::<Vec<_>>();
        let made = at_once(12, |n| match n {
            5 | 9 => {
                let name = format!("新{n}");
                Some(rule(admin, &name, json!({"keywords": ["乙"]}), json!({"strategy": "pool"})))
            }
            _ => {
                // One that came meanwhile has to be named as well.
                let answer = order(admin, &turned(n));
                assert!(answer.status == 200 || answer.pointers() == ["/ids"], "{}", answer.text);
                None
            }
        });
        let rows = admin.all(RULES);
        assert_eq!(rows.len(), 7);
        let positions: Vec<&Value> = rows.iter().map(|row| &row["position"]).collect();
        assert_eq!(json!(positions), json!([0, 1, 2, 3, 4, 5, 6]));
        assert!(
            (0..4).any(|by| ids(&rows[..4]) == turned(by).iter().map(|rule| id(rule)).collect::<Vec<_>>())
        );
        assert!(made.iter().flatten().all(|rule| ids(&rows[4..6]).contains(&id(rule))));
        assert_eq!(rows[6]["fallback"], true);
    }

    fn managers_read_and_try_rules_and_agents_do_neither(app) {
        let admin = app.admin();
        let (manager, agent) = (app.login(Role::Manager), app.login(Role::Agent));
        let made = rule(admin, "甲", json!({"keywords": ["甲"]}), json!({"strategy": "pool"}));
        let body = json!({"name": "乙", "then": {"strategy": "pool"}});
        assert_eq!(manager.all(RULES), admin.all(RULES));
        manager.get(&rule_path(&made)).expect(200);
        manager.post(SIMULATE, &json!({"rules": []})).expect(200);
        agent.get(RULES).refused(403, "forbidden");
        agent.get(&rule_path(&made)).refused(403, "forbidden");
        agent.post(SIMULATE, &json!({"rules": []})).refused(403, "forbidden");
        for client in [&manager, &agent] {
            client.post(RULES, &body).refused(403, "forbidden");
            client.patch(&rule_path(&made), &json!({"active": false})).refused(403, "forbidden");
            client.delete(&rule_path(&made)).refused(403, "forbidden");
            order(client, &[&made]).refused(403, "forbidden");
        }
        app.nobody().get(RULES).refused(401, "unauthenticated");
        assert_eq!(admin.get(&rule_path(&made)).expect(200).json["version"], 1);
    }

    fn a_list_goes_on_where_its_last_rule_was_deleted(app) {
        let admin = app.admin();
        let made: Vec<Value> =
            (0..3).map(|_| rule(admin, "池", json!({"keywords": ["甲"]}), json!({"strategy": "pool"}))).collect();
        let first = admin.get(&format!("{RULES}?limit=2")).expect(200).json;
        admin.delete(&rule_path(&made[1])).expect(204);
        let cursor = first["next_cursor"].as_str().unwrap();
        let next = admin.get(&format!("{RULES}?limit=2&cursor={cursor}")).expect(200).json;
        assert_eq!(ids(next["data"].as_array().unwrap()), [id(&made[2]), id(&fallback(admin))]);
        assert_eq!(made[0]["then"]["otherwise"], "pool", "what is absent has its default");
    }

    fn a_rule_can_be_switched_off_when_what_it_names_is_gone(app) {
        let admin = app.admin();
        let form = admin.post("/api/v1/forms", &json!({"name": "表", "key": "gone"})).expect(201).json;
        let team = admin.post("/api/v1/teams", &json!({"name": "东区"})).expect(201).json;
        let by_form = rule(admin, "表单", json!({"form_ids": [form["id"]]}), json!({"strategy": "pool"}));
        let to_team = rule(
            admin,
            "团队",
            json!({"keywords": ["甲"]}),
            json!({"strategy": "round_robin", "team_id": team["id"]}),
        );
        for (kept, gone) in [
            (&by_form, format!("/api/v1/forms/{}", id(&form))),
            (&to_team, format!("/api/v1/teams/{}", id(&team))),
        ] {
            admin.delete(&gone).expect(204);
            create(admin, json!({"assign": "auto", "usage": "甲地"}));
            let off = admin.patch(&rule_path(kept), &json!({"active": false})).expect(200).json;
            assert_eq!(off["active"], false);
        }
    }
}
