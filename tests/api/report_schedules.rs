//! Report schedules: their shape, what is at fault in one, who sees it, and when it is due. The mails are in
//! `report_schedule_mails.rs`; which moments follow from a plan is tested beside `reports/schedules/plan.rs`.

use chrono::Duration;
use leaddock::access::Role;
use leaddock::kernel::clock::Timestamp;
use leaddock::kernel::id::UserId;
use serde_json::{Value, json};

use crate::support::desk::{USERS, id, with};
use crate::support::{Client, TestApp, at_once, each_database};

pub const SCHEDULES: &str = "/api/v1/report-schedules";

/// Every Monday at half past eight, the week before.
pub fn weekly(receivers: &[UserId]) -> Value {
    json!({"name": "周一晨会", "reports": [{"report": "overview", "query": {"group_by": "agent"}},
        {"report": "funnel", "query": {}}], "period": "last_week", "every": "week", "weekday": 1, "at": "08:30",
        "formats": ["xlsx"], "receivers": receivers})
}

/// Every day at ten, the day before, without files.
pub fn daily(receivers: &[UserId]) -> Value {
    let overview = json!([{"report": "overview", "query": {"group_by": "none"}}]);
    json!({"name": "每日", "reports": overview, "period": "yesterday", "every": "day", "at": "10:00",
        "receivers": receivers})
}

#[track_caller]
pub fn schedule(client: &Client, body: &Value) -> Value {
    client.post(SCHEDULES, body).expect(201).json
}

pub fn at(schedule: &Value) -> String {
    format!("{SCHEDULES}/{}", id(schedule))
}

pub fn runs(client: &Client, schedule: &Value) -> Vec<Value> {
    client.all(&format!("{}/runs", at(schedule)))
}

/// Moves the clock to a moment; everybody has to log in anew.
pub fn to(app: &TestApp, moment: &str) {
    app.clock.set(Timestamp::parse(moment).unwrap());
}

each_database! {
    fn a_schedule_has_a_shape(app) {
        let (admin, boss, agent) = (app.admin(), app.login(Role::Manager), app.login(Role::Agent));
        let made = boss.post(SCHEDULES, &weekly(&[boss.id()])).expect(201);
        assert_eq!(made.header("location"), Some(at(&made.json).as_str()));
        assert_eq!(made.header("etag"), Some("\"1\""));
        assert!(made.id().starts_with("rsc_"), "{}", made.text);
        let wanted = json!({"id": made.json["id"], "owner_id": boss.id(), "name": "周一晨会",
            "reports": [{"report": "overview", "query": {"group_by": "agent"}}, {"report": "funnel", "query": {}}],
            "period": "last_week", "compare": false, "every": "week", "weekday": 1, "day_of_month": null,
            "at": "08:30", "on_holiday": "send", "receivers": [boss.id()], "formats": ["xlsx"],
            "skip_empty": false, "active": true, "disabled_reason": null,
            "next_run_at": "2026-11-30T00:30:00.000Z", "last_run": null, "created_at": app.clock.now(),
            "updated_at": app.clock.now(), "version": 1});
        assert_eq!(made.json, wanted);
        assert_eq!(boss.get(&at(&made.json)).expect(200).json, wanted);
        assert_eq!((admin.all(SCHEDULES), boss.all(SCHEDULES)), (vec![wanted.clone()], vec![wanted]));
        assert!(agent.all(SCHEDULES).is_empty());
        agent.get(&at(&made.json)).refused(404, "not_found");
        agent.patch(&at(&made.json), &json!({"name": "我的"})).refused(404, "not_found");
        agent.act(&format!("{}/run", at(&made.json))).refused(404, "not_found");
        agent.get(&format!("{}/runs", at(&made.json))).refused(404, "not_found");

        let changed = boss.patch_if(&at(&made.json), &json!({"at": "07:00"}), "\"1\"").expect(200);
        assert_eq!(changed.json["next_run_at"], "2026-11-29T23:00:00.000Z");
        boss.patch_if(&at(&made.json), &json!({"at": "07:30"}), "\"1\"").refused(412, "stale");
        assert_eq!(boss.patch(&at(&made.json), &json!({})).expect(200).json["version"], 2);
        let changed = admin.patch(&at(&made.json), &json!({"every": "month", "weekday": null,
            "day_of_month": "last", "name": " 月报 "})).expect(200).json;
        assert_eq!(
            (&changed["next_run_at"], &changed["name"], &changed["day_of_month"]),
            (&json!("2026-11-29T23:00:00.000Z"), &json!("月报"), &json!("last"))
        );
        boss.delete(&at(&made.json)).expect(204);
        boss.get(&at(&made.json)).refused(404, "not_found");
    }

    fn every_fault_is_found_where_it_is(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        let good = weekly(&[admin.id()]);
        let reports = |query: Value| json!({"reports": [{"report": "overview", "query": query}]});
        for (bad, pointers) in [
            (json!({"every": "hour"}), vec!["/every"]),
            (json!({"weekday": 8}), vec!["/weekday"]),
            (json!({"weekday": null}), vec!["/weekday"]),
            (json!({"every": "day"}), vec!["/weekday"]),
            (json!({"every": "month"}), vec!["/day_of_month", "/weekday"]),
            (json!({"every": "month", "weekday": null, "day_of_month": 31}), vec!["/day_of_month"]),
            (json!({"at": "25:00"}), vec!["/at"]),
            (json!({"at": "24:00"}), vec!["/at"]),
            (json!({"period": "ever"}), vec!["/period"]),
            (json!({"on_holiday": "maybe"}), vec!["/on_holiday"]),
            (json!({"reports": []}), vec!["/reports"]),
            (json!({"reports": [{"report": "secrets"}]}), vec!["/reports/0/report"]),
            (json!({"reports": vec![json!({"report": "funnel"}); 9]}), vec!["/reports"]),
            (reports(json!({"group_by": "band"})), vec!["/reports/0/query/group_by"]),
            (reports(json!({"as_of": "2026-01-01T00:00:00Z"})), vec!["/reports/0/query/as_of"]),
            (reports(json!({"via": "log", "colour": 1})), vec!["/reports/0/query/colour", "/reports/0/query/via"]),
            (json!({"receivers": []}), vec!["/receivers"]),
            (json!({"receivers": ["usr_00000000000000000000000000", "boss@example.com"]}),
                vec!["/receivers/0", "/receivers/1"]),
            (json!({"formats": ["pdf"]}), vec!["/formats/0"]),
            (json!({"name": ""}), vec!["/name"]),
            (json!({"name": "长".repeat(101)}), vec!["/name"]),
            (json!({"colour": 1}), vec!["/colour"]),
        ] {
            admin.post(SCHEDULES, &with(good.clone(), bad)).finds_fault_with(&pointers);
        }
        agent.post(SCHEDULES, &good).finds_fault_with(&["/receivers/0"]);
        schedule(&agent, &weekly(&[agent.id(), agent.id()]));
        assert_eq!(agent.all(SCHEDULES)[0]["receivers"], json!([agent.id()]), "each once");
    }

    fn managers_choose_their_team_and_admins_everybody(app) {
        let (admin, boss) = (app.admin(), app.login_in(Role::Manager, Some("东区")));
        let (east, west) = (app.login_in(Role::Agent, Some("东区")), app.login_in(Role::Agent, Some("西区")));
        let gone = app.login(Role::Agent);
        admin.patch(&format!("{USERS}/{}", gone.id()), &json!({"active": false})).expect(200);
        schedule(&boss, &weekly(&[boss.id(), east.id()]));
        boss.post(SCHEDULES, &weekly(&[boss.id(), west.id()])).finds_fault_with(&["/receivers/1"]);
        let all = schedule(admin, &weekly(&[admin.id(), boss.id(), east.id(), west.id()]));
        admin.post(SCHEDULES, &weekly(&[gone.id()])).finds_fault_with(&["/receivers/0"]);
        admin.patch(&at(&all), &json!({"receivers": [gone.id()]})).finds_fault_with(&["/receivers/0"]);
        let lone = app.login(Role::Manager);
        lone.post(SCHEDULES, &weekly(&[lone.id(), gone.id()])).finds_fault_with(&["/receivers/1"]);
    }

    fn the_next_moment_follows_from_the_plan_and_the_calendar(app) {
        let admin = app.admin();
        for (change, due) in [
            (json!({"every": "working_day", "weekday": null}), "2026-11-24T00:30:00.000Z"),
            (json!({"every": "month", "weekday": null, "day_of_month": "last", "at": "18:00"}),
                "2026-11-30T10:00:00.000Z"),
            (json!({"every": "day", "weekday": null, "at": "10:30"}), "2026-11-23T02:30:00.000Z"),
            (json!({"every": "month", "weekday": null, "day_of_month": 1}), "2026-12-01T00:30:00.000Z"),
        ] {
            let made = schedule(admin, &with(weekly(&[admin.id()]), change));
            assert_eq!(made["next_run_at"], due);
        }
        let first = json!({"every": "month", "weekday": null, "day_of_month": 1, "on_holiday": "next_working_day"});
        let made = schedule(admin, &with(weekly(&[admin.id()]), first));
        assert_eq!(made["next_run_at"], "2026-12-01T00:30:00.000Z");
        let holidays = json!({"holidays": [{"date": "2026-12-01"}], "timezone": "Asia/Tokyo"});
        admin.put("/api/v1/settings/calendar", &holidays).expect(200);
        app.work();
        let moved = admin.get(&at(&made)).expect(200);
        assert_eq!(moved.json["next_run_at"], "2026-12-01T23:30:00.000Z", "planned anew");
        assert_eq!(moved.json["version"], 1, "nobody has changed it");
        admin.put("/api/v1/settings/calendar", &json!({"week": {}})).expect(200);
        app.work();
        assert_eq!(admin.get(&at(&made)).expect(200).json["next_run_at"], json!(null), "no such date is in sight");
        admin.put("/api/v1/settings/calendar", &json!({})).expect(200);
        app.work();
        assert_eq!(admin.get(&at(&made)).expect(200).json["next_run_at"], "2026-12-01T00:30:00.000Z");
    }

    fn nobody_has_more_than_fifty(app) {
        let agent = app.login(Role::Agent);
        let body = with(daily(&[agent.id()]), json!({"active": false}));
        for _ in 0..49 {
            schedule(&agent, &body);
        }
        let answers = at_once(3, |_| agent.post(SCHEDULES, &body).status);
        assert_eq!(answers.iter().filter(|status| **status == 201).count(), 1, "{answers:?}");
        agent.post(SCHEDULES, &body).refused(409, "too_many_schedules");
        assert_eq!(agent.all(SCHEDULES).len(), 50);
    }

    fn an_owner_who_leaves_ends_their_schedules(app) {
        let (admin, boss) = (app.admin(), app.login(Role::Manager));
        let theirs = schedule(&boss, &daily(&[boss.id()]));
        let own = schedule(admin, &daily(&[boss.id()]));
        admin.patch(&format!("{USERS}/{}", boss.id()), &json!({"active": false})).expect(200);
        let off = admin.get(&at(&theirs)).expect(200).json;
        assert_eq!(
            (&off["active"], &off["disabled_reason"], &off["next_run_at"]),
            (&json!(false), &json!("owner_inactive"), &json!(null))
        );
        admin.patch(&at(&theirs), &json!({"active": true})).refused(409, "owner_inactive");
        assert_eq!(admin.get(&at(&own)).expect(200).json["active"], true);
        to(&app, "2026-11-24T02:00:05Z");
        assert!(app.mails().is_empty());
        let admin = app.login_as(admin.id());
        let run = &runs(&admin, &own)[0];
        assert_eq!(
            (&run["receivers"][0]["status"], &run["receivers"][0]["reason"]),
            (&json!("skipped"), &json!("inactive"))
        );
        assert!(runs(&admin, &theirs).is_empty());
    }

    fn switched_off_nothing_is_due_and_on_it_goes_on_with_the_next(app) {
        let admin = app.admin().clone();
        let made = schedule(&admin, &daily(&[admin.id()]));
        assert_eq!(made["next_run_at"], "2026-11-24T02:00:00.000Z", "that of today has come already");
        let off = admin.patch(&at(&made), &json!({"active": false})).expect(200).json;
        assert_eq!(off["next_run_at"], json!(null));
        to(&app, "2026-11-26T05:00:00Z");
        assert!(app.mails().is_empty());
        let admin = app.login_as(admin.id());
        let on = admin.patch(&at(&made), &json!({"active": true})).expect(200).json;
        assert_eq!(on["next_run_at"], "2026-11-27T02:00:00.000Z");
        assert!(app.mails().is_empty() && runs(&admin, &made).is_empty());
    }

    fn a_changed_time_neither_loses_nor_repeats_a_moment(app) {
        let admin = app.admin().clone();
        let made = schedule(&admin, &daily(&[admin.id()]));
        to(&app, "2026-11-24T02:00:01Z");
        // It is due, and nobody has looked yet.
        let admin = app.login_as(admin.id());
        let moved = admin.patch(&at(&made), &json!({"at": "09:00"})).expect(200).json;
        assert_eq!(moved["next_run_at"], "2026-11-25T01:00:00.000Z");
        assert_eq!(app.mails().len(), 1);
        let moved = admin.patch(&at(&made), &json!({"at": "10:00"})).expect(200).json;
        assert_eq!(moved["next_run_at"], "2026-11-25T02:00:00.000Z");
        app.advance(-Duration::hours(1));
        assert!(app.mails().is_empty());
        let admin = app.login_as(admin.id());
        let again = admin.patch(&at(&made), &json!({"at": "10:00", "name": "改名"})).expect(200).json;
        assert_eq!(again["next_run_at"], "2026-11-25T02:00:00.000Z", "its plan is the same");
        app.advance(Duration::hours(2));
        assert!(app.mails().is_empty());
        let admin = app.login_as(admin.id());
        assert_eq!(runs(&admin, &made).len(), 1);
    }

    fn runs_are_kept_for_half_a_year(app) {
        let admin = app.admin().clone();
        let made = schedule(&admin, &daily(&[admin.id()]));
        admin.act(&format!("{}/run", at(&made))).expect(202);
        assert_eq!(app.mails().len(), 1);
        admin.patch(&at(&made), &json!({"active": false})).expect(200);
        app.advance(Duration::days(181));
        let admin = app.login_as(admin.id());
        assert_eq!(runs(&admin, &made).len(), 1);
        app.write(leaddock::reports::schedules::actions::forget_old).unwrap();
        assert!(runs(&admin, &made).is_empty());
        assert_eq!(admin.get(&at(&made)).expect(200).json["last_run"], json!(null));
    }
}
