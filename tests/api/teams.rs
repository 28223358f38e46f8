//! Teams: made, renamed, taken away, and who reads which.
//! Whose inquiries a team's manager reaches is tested with the inquiries, in access.rs.

use chrono::Duration;
use leaddock::access::Role;
use serde_json::{Value, json};

use crate::support::desk::{INQUIRIES, USERS, create, id, ids, own};
use crate::support::{Answer, Client, TestApp, at_once, each_database};

const TEAMS: &str = "/api/v1/teams";

#[track_caller]
fn team(admin: &Client, name: &str) -> Value {
    admin.post(TEAMS, &json!({"name": name})).expect(201).json
}

fn place(team: &Value) -> String {
    format!("{TEAMS}/{}", id(team))
}

fn delete_if(client: &Client, to: &str, tag: &str) -> Answer {
    client.send("DELETE", to, &[("If-Match", tag)], None)
}

/// Puts somebody into a team, or out of all.
#[track_caller]
fn move_into(app: &TestApp, who: &Client, team: &Value) {
    app.admin().patch(&format!("{USERS}/{}", who.id()), &json!({"team_id": team})).expect(200);
}

each_database! {
    fn an_admin_makes_and_renames_teams(app) {
        let admin = app.admin();
        let made = admin.post(TEAMS, &json!({"name": " 东区 "})).expect(201);
        assert_eq!(
            (made.header("location"), made.header("etag")),
            (Some(place(&made.json).as_str()), Some("\"1\""))
        );
        let now = app.clock.now().to_string();
        assert_eq!(
            made.json,
            json!({"id": made.id(), "name": "东区", "created_at": now, "updated_at": now, "version": 1})
        );
        assert!(made.id().starts_with("team_"));
        let read = admin.get(&place(&made.json)).expect(200);
        assert_eq!((&read.json, read.header("etag")), (&made.json, Some("\"1\"")));

        app.advance(Duration::minutes(1));
        let renamed = admin.patch(&place(&made.json), &json!({"name": "East"})).expect(200);
        let later = app.clock.now().to_string();
        assert_eq!(
            renamed.json,
            json!({"id": made.id(), "name": "East", "created_at": now, "updated_at": later, "version": 2})
        );
        assert_eq!(renamed.header("etag"), Some("\"2\""));
        // Only its letters grow; nothing at all: nothing is written.
        assert_eq!(admin.patch(&place(&made.json), &json!({"name": "EAST"})).expect(200).json["version"], 3);
        for same in [json!({"name": "EAST"}), json!({"name": " EAST "}), json!({})] {
            assert_eq!(admin.patch(&place(&made.json), &same).expect(200).json["version"], 3);
        }
    }

    fn every_fault_of_a_team_is_told(app) {
        let admin = app.admin();
        let made = team(admin, "东区");
        admin.post(TEAMS, &json!({})).finds_fault_with(&["/name"]);
        for bad in [
            json!(""),
            json!("   "),
            json!(1),
            json!(null),
            json!("a\nb"),
            json!("a\u{7}"),
            json!("x".repeat(201)),
        ] {
            admin.post(TEAMS, &json!({"name": bad, "x": 1})).finds_fault_with(&["/name", "/x"]);
            admin.post(TEAMS, &json!({"name": bad})).finds_fault_with(&["/name"]);
            admin.patch(&place(&made), &json!({"name": bad})).finds_fault_with(&["/name"]);
        }
        team(admin, &"东".repeat(200));
        for absent in ["team_00000000000000000000000000", "team_x", "x", &admin.id().to_string()] {
            let to = format!("{TEAMS}/{absent}");
            admin.get(&to).refused(404, "not_found");
            admin.patch(&to, &json!({"name": "x"})).refused(404, "not_found");
            admin.delete(&to).refused(404, "not_found");
        }
        admin.get(&format!("{TEAMS}?name=x")).refused(400, "bad_query");
        assert_eq!(admin.get(&place(&made)).expect(200).json, made);
    }

    fn a_name_is_one_team_s_however_it_is_written(app) {
        let admin = app.admin();
        let (east, west) = (team(admin, "East Park"), team(admin, "西区"));
        for taken in ["East Park", "east park", "EAST PARK", " East Park "] {
            admin.post(TEAMS, &json!({"name": taken})).refused(409, "name_taken");
            admin.patch(&place(&west), &json!({"name": taken})).refused(409, "name_taken");
        }
        admin.patch(&place(&east), &json!({"name": "east park"})).expect(200);
        let mut statuses: Vec<u16> = at_once(8, |n| {
            admin.post(TEAMS, &json!({"name": if n % 2 == 0 { "南区 a" } else { "南区 A" }})).status
        });
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
        let third = team(admin, "北区");
        let mut statuses: Vec<u16> =
            at_once(2, |n| admin.patch(&place([&west, &third][n]), &json!({"name": "同名"})).status);
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409]);
        // A name that has gone is free again.
        admin.delete(&place(&east)).expect(204);
        team(admin, "EAST PARK");
    }

    fn a_team_is_taken_away_when_nothing_belongs_to_it(app) {
        let (admin, agent) = (app.admin(), app.login_in(Role::Agent, Some("东区")));
        let east = admin.all(TEAMS)[0].clone();
        let empty = team(admin, "西区");
        admin.delete(&place(&east)).refused(409, "team_in_use");
        let inquiry = own(&agent, json!({}));
        assert_eq!(inquiry["team_id"], east["id"]);
        // The agent goes; his inquiry stays the team's.
        move_into(&app, &agent, &Value::Null);
        admin.delete(&place(&east)).refused(409, "team_in_use");
        assert_eq!(admin.get(&place(&east)).expect(200).json, east);
        assert_eq!(admin.delete(&place(&empty)).expect(204).text, "");
        admin.get(&place(&empty)).refused(404, "not_found");
        admin.delete(&place(&empty)).refused(404, "not_found");
        assert_eq!(ids(&admin.all(TEAMS)), [id(&east)]);
        // Nobody can be put into what has gone.
        admin
            .patch(&format!("{USERS}/{}", agent.id()), &json!({"team_id": empty["id"]}))
            .finds_fault_with(&["/team_id"]);
    }

    fn nobody_gets_lost_in_a_team_that_goes(app) {
        let admin = app.admin();
        for n in 0..6 {
            let (agent, going) = (app.add_user(Role::Agent, None), team(admin, &format!("第{n}")));
            let statuses = at_once(2, |n| match n {
                0 => admin.delete(&place(&going)).status,
                _ => admin.patch(&format!("{USERS}/{agent}"), &json!({"team_id": going["id"]})).status,
            });
            let user = admin.get(&format!("{USERS}/{agent}")).expect(200).json;
            match statuses[..] {
                [204, 422] => assert!(user["team_id"].is_null()),
                [409, 200] => drop(admin.get(&place(&going)).expect(200)),
                _ => panic!("{statuses:?}"),
            }
        }
    }

    fn a_team_is_changed_as_it_was_seen(app) {
        let admin = app.admin();
        let to = place(&team(admin, "东区"));
        admin.patch_if(&to, &json!({"name": "甲"}), "\"1\"").expect(200);
        admin.patch_if(&to, &json!({"name": "乙"}), "\"1\"").refused(412, "stale");
        admin.patch_if(&to, &json!({"name": "乙"}), "2").refused(400, "bad_if_match");
        admin.patch_if(&to, &json!({"name": "乙"}), "*").expect(200);
        let mut statuses: Vec<u16> =
            at_once(6, |n| admin.patch_if(&to, &json!({"name": format!("第{n}")}), "\"3\"").status);
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412, 412, 412, 412, 412]);
        delete_if(admin, &to, "\"3\"").refused(412, "stale");
        delete_if(admin, &to, "4").refused(400, "bad_if_match");
        delete_if(admin, &to, "\"4\"").expect(204);
        delete_if(admin, &to, "*").refused(404, "not_found");
    }

    fn each_reads_his_own_team_and_admins_all(app) {
        let (agent, manager) =
            (app.login_in(Role::Agent, Some("东区")), app.login_in(Role::Manager, Some("东区")));
        let (other, none, admin) =
            (app.login_in(Role::Agent, Some("西区")), app.login(Role::Manager), app.admin());
        let all = admin.all(TEAMS);
        assert_eq!(
            all.iter().map(|team| team["name"].as_str().unwrap()).collect::<Vec<_>>(),
            ["东区", "西区"]
        );
        assert_eq!(admin.all(&format!("{TEAMS}?limit=1")), all);
        let (east, west) = (&all[0], &all[1]);
        for (client, seen, unseen) in [
            (&agent, vec![east], vec![west]),
            (&manager, vec![east], vec![west]),
            (&other, vec![west], vec![east]),
            (&none, vec![], vec![east, west]),
        ] {
            let list = client.get(&format!("{TEAMS}?count=true")).expect(200);
            assert_eq!(
                (list.rows().iter().collect::<Vec<_>>(), &list.json["total"]),
                (seen.clone(), &json!(seen.len()))
            );
            for team in seen {
                assert_eq!(client.get(&place(team)).expect(200).json, *team);
                client.patch(&place(team), &json!({"name": "改名"})).refused(403, "forbidden");
                client.delete(&place(team)).refused(403, "forbidden");
            }
            for team in unseen {
                client.get(&place(team)).refused(404, "not_found");
            }
            client.post(TEAMS, &json!({"name": "新区"})).refused(403, "forbidden");
        }
        assert_eq!(admin.all(TEAMS), all);
        // Who changes teams reads the other from now on.
        move_into(&app, &agent, &west["id"]);
        assert_eq!(ids(&agent.all(TEAMS)), [id(west)]);
        app.nobody().get(TEAMS).refused(401, "unauthenticated");
    }

    fn who_has_no_team_reaches_what_has_none(app) {
        let none = app.login(Role::Manager);
        let easts = own(&app.login_in(Role::Agent, Some("东区")), json!({}));
        let pool = create(app.admin(), json!({}));
        assert_eq!(ids(&none.all(INQUIRIES)), [id(&pool)]);
        move_into(&app, &none, &easts["team_id"]);
        assert_eq!(ids(&none.all(INQUIRIES)), [id(&pool), id(&easts)]);
    }
}
