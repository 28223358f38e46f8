//! Terms of owners: recycling with its warning, deadlines and their ladder, by the clock that the test moves.
//! How a term is worked out is tested beside `src/assignment/terms`.

use chrono::Duration;
use leaddock::access::Role;
use leaddock::kernel::clock::Timestamp;
use leaddock::platform::mail::Letter;
use serde_json::{Value, json};

use crate::support::assignment::{
    CALENDAR, POOL_SETTINGS, SLA, accept, assign, claim, decisions, document, events, events_of,
    fall_back_to, kinds, nothing_is_dealt_out, now, reason_of, set,
};
use crate::support::desk::{create, follow_up, give, move_to, own, path};
use crate::support::{Client, TestApp, each_database};

/// An admin logged in at the present hour.
fn admin(app: &TestApp) -> Client {
    app.login_as(app.admin().id())
}

fn moment(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// Does what is due now, and takes the mails that lie unread.
fn due_mails(app: &TestApp) -> Vec<Letter> {
    app.work_on_terms();
    app.basket.take()
}

/// Moves the clock, and does what is due then.
fn at(app: &TestApp, text: &str) -> Vec<Letter> {
    app.clock.set(moment(text));
    due_mails(app)
}

fn later(app: &TestApp, minutes: i64) -> Vec<Letter> {
    app.advance(Duration::minutes(minutes));
    due_mails(app)
}

/// The beginnings of the subjects of mails, each with whom it is to.
fn subjects(app: &TestApp, mails: &[Letter], people: &[&Client]) -> Vec<String> {
    let of = |mail: &Letter| {
        let at = people.iter().position(|one| app.email(one.id()) == mail.to).expect("somebody known");
        format!("{at}{}", mail.subject.split('】').next().unwrap())
    };
    let mut all: Vec<String> = mails.iter().map(of).collect();
    all.sort();
    all
}

/// What became of deadlines: `breach ON` and `ON MINUTES DO`, the oldest first.
fn steps(by: &Client, inquiry: &Value) -> Vec<String> {
    let mut all = Vec::new();
    for event in events(by, inquiry) {
        let word = |member: &str| event["data"][member].as_str().unwrap().to_owned();
        match event["type"].as_str().unwrap() {
            "sla.breached" => all.push(format!("breach {}", word("deadline"))),
            "sla.escalated" => {
                all.push(format!("{} {} {}", word("on"), event["data"]["minutes"], word("do")))
            }
            _ => {}
        }
    }
    all
}

fn recycle(members: Value) -> Value {
    let mut all = json!({"unit": "day", "no_contact_days": null, "no_status_change_days": null,
        "hard_days": null, "warn_days": 0});
    for (name, value) in members.as_object().unwrap() {
        all[name] = value.clone();
    }
    json!({"recycle": all})
}

fn warnings(by: &Client, inquiry: &Value) -> usize {
    events_of(by, inquiry, "inquiry.recycle_warned").len()
}

/// Only this ladder.
fn ladder(steps: Value) -> Value {
    json!({"accept_minutes": 5, "first_contact_minutes": 60, "working_time": false, "ladder": steps})
}

each_database! {
    fn deadlines_have_their_defaults_and_their_faults(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        let defaults = json!({"accept_minutes": null, "first_contact_minutes": 30, "working_time": true,
            "ladder": [{"on": "first_contact", "minutes": 20, "do": "remind_owner"},
                {"on": "first_contact", "minutes": 30, "do": "tell_manager"}]});
        let first = admin.get(SLA).expect(200);
        assert_eq!((document(first.json.clone()), first.header("etag")), (defaults.clone(), Some("\"1\"")));
        assert_eq!(agent.get(SLA).expect(200).json, first.json);
        let twice = json!({"on": "accept", "minutes": 5, "do": "pool"});
        admin.put(SLA, &json!({"ladder": [twice, twice]})).finds_fault_with(&["/ladder/1"]);
        admin
            .put(
                SLA,
                &json!({"accept_minutes": 0, "first_contact_minutes": 43_201, "working_time": null,
                "ladder": [{"on": "sale", "minutes": 0, "do": "shout", "x": 1}, {}, 7], "y": 1}),
            )
            .finds_fault_with(&[
                "/accept_minutes",
                "/first_contact_minutes",
                "/working_time",
                "/ladder/0/on",
                "/ladder/0/minutes",
                "/ladder/0/do",
                "/ladder/0/x",
                "/ladder/1/on",
                "/ladder/1/minutes",
                "/ladder/1/do",
                "/ladder/2",
                "/y",
            ]);
        let many: Vec<Value> =
            (1..22).map(|n| json!({"on": "accept", "minutes": n, "do": "remind_owner"})).collect();
        admin.put(SLA, &json!({"ladder": many})).finds_fault_with(&["/ladder"]);
        for client in [&agent, &app.login(Role::Manager)] {
            client.put(SLA, &defaults).refused(403, "forbidden");
        }
        let changed = admin.put_if(SLA, &json!({"ladder": []}), "\"1\"").expect(200);
        assert_eq!((&changed.json["ladder"], changed.header("etag")), (&json!([]), Some("\"2\"")));
        admin.put_if(SLA, &defaults, "\"1\"").refused(412, "stale");
        assert_eq!(document(admin.put(SLA, &json!({})).expect(200).json), defaults);
    }

    fn an_inquiry_shows_its_deadlines_while_they_run(app) {
        let agent = app.login(Role::Agent);
        nothing_is_dealt_out(app.admin());
        set(app.admin(), SLA, json!({"accept_minutes": 10}));
        let due = |inquiry: &Value| {
            let row = now(&agent, inquiry);
            [row["accept_due_at"].clone(), row["first_contact_due_at"].clone()]
        };
        let in_minutes = |minutes| json!(app.clock.now().plus(Duration::minutes(minutes)));
        let inquiry = own(&agent, json!({}));
        assert_eq!(due(&inquiry), [in_minutes(10), in_minutes(30)]);
        let at_once = [inquiry["accept_due_at"].clone(), inquiry["first_contact_due_at"].clone()];
        assert_eq!(at_once, due(&inquiry), "in the very answer");
        let accepted = accept(&agent, &inquiry).expect(200).json;
        assert_eq!(
            [&accepted["accept_due_at"], &accepted["first_contact_due_at"]],
            [&json!(null), &in_minutes(30)]
        );
        follow_up(&agent, &inquiry, json!({"kind": "call", "outcome": "no_answer"}));
        assert_eq!(due(&inquiry)[1], in_minutes(30));
        follow_up(&agent, &inquiry, json!({"kind": "call", "outcome": "reached"}));
        assert_eq!(due(&inquiry), [json!(null), json!(null)]);
        let second = own(&agent, json!({}));
        move_to(&agent, &second, "lost").expect(200);
        assert_eq!(due(&second), [json!(null), json!(null)]);
        move_to(&agent, &second, "contacted").expect(200);
        assert_eq!(due(&second), [in_minutes(10), in_minutes(30)]);
        let third = create(app.admin(), json!({}));
        assert_eq!([&third["accept_due_at"], &third["first_contact_due_at"]], [&json!(null), &json!(null)]);
        let claimed = claim(&agent, &third).expect(200).json;
        assert_eq!(
            [&claimed["accept_due_at"], &claimed["first_contact_due_at"]],
            [&json!(null), &in_minutes(30)]
        );
        let other = app.login(Role::Agent);
        app.advance(Duration::minutes(1));
        let given = assign(app.admin(), &inquiry, json!({"assignee_id": other.id()})).expect(200).json;
        assert_eq!(
            [&given["accept_due_at"], &given["first_contact_due_at"]],
            [&in_minutes(10), &in_minutes(30)],
            "the former owner's contact is none of the new one's"
        );
        due_mails(&app);
    }

    fn the_ladder_is_climbed_step_by_step_and_each_step_is_taken_once(app) {
        let (agent, other) =
            (app.login_in(Role::Agent, Some("东区")), app.login_in(Role::Agent, Some("东区")));
        let (manager, stranger) =
            (app.login_in(Role::Manager, Some("东区")), app.login_in(Role::Manager, Some("西区")));
        set(
            app.admin(),
            SLA,
            ladder(json!([
            {"on": "accept", "minutes": 3, "do": "remind_owner"},
            {"on": "accept", "minutes": 5, "do": "tell_manager"},
            {"on": "first_contact", "minutes": 60, "do": "reassign"},
            {"on": "first_contact", "minutes": 10, "do": "pool"}])),
        );
        set(
            app.admin(),
            SLA,
            ladder(json!([
            {"on": "accept", "minutes": 3, "do": "remind_owner"},
            {"on": "accept", "minutes": 5, "do": "tell_manager"},
            {"on": "first_contact", "minutes": 60, "do": "reassign"}])),
        );
        fall_back_to(app.admin(), json!({"strategy": "round_robin", "user_ids": [agent.id(), other.id()]}));
        let inquiry = give(app.admin(), agent.id(), json!({}));
        let people = [&agent, &other, &manager, &stranger];
        assert_eq!(subjects(&app, &due_mails(&app), &people), ["0【新线索"]);
        assert!(later(&app, 2).is_empty());
        assert_eq!(subjects(&app, &later(&app, 1), &people), ["0【超时"]);
        assert!(due_mails(&app).is_empty(), "once");
        let mails = later(&app, 2);
        assert_eq!(subjects(&app, &mails, &people), ["2【超时"]);
        assert!(!mails[0].text.contains("13800138000") && !mails[0].text.contains("周启澜"));
        assert!(!mails[0].html.contains("138 0013 8000") && mails[0].text.contains("138****8000"));
        assert_eq!(
            steps(&admin(&app), &inquiry),
            ["accept 3 remind_owner", "breach accept", "accept 5 tell_manager"]
        );
        let breach = events_of(&admin(&app), &inquiry, "sla.breached").remove(0);
        assert_eq!(
            (&breach["data"]["deadline"], &breach["data"]["due_at"]),
            (&json!("accept"), &json!("2026-11-23T02:05:00.000Z"))
        );
        assert_eq!(breach["actor"]["type"], "system");
        accept(&agent, &inquiry).expect(200);
        // An owner who reaches nobody in time loses it to the next one, who has the whole time.
        let mails = later(&app, 55);
        assert_eq!(subjects(&app, &mails, &people), ["0【已转出", "1【新线索"]);
        let boss = admin(&app);
        let row = now(&boss, &inquiry);
        assert_eq!((&row["assignee_id"], &row["accepted_at"]), (&json!(other.id()), &json!(null)));
        assert_eq!(row["accept_due_at"], json!(app.clock.now().plus(Duration::minutes(5))));
        assert_eq!(steps(&boss, &inquiry)[3..], ["breach first_contact", "first_contact 60 reassign"]);
        let latest = decisions(&boss, &inquiry).remove(0);
        assert_eq!((&latest["trigger"], &latest["by"]["type"]), (&json!("escalation"), &json!("rule")));
        assert_eq!(latest["previous_assignee_id"], json!(agent.id()));
        assert_eq!(reason_of(&boss, &inquiry, agent.id()), "cool_down");
        // Nobody is left: it lies in the pool, and no clock runs.
        accept(&app.login_as(other.id()), &inquiry).expect(200);
        later(&app, 60);
        let boss = admin(&app);
        let row = now(&boss, &inquiry);
        assert_eq!((&row["assignee_id"], &row["first_contact_due_at"]), (&json!(null), &json!(null)));
        claim(&app.login_as(other.id()), &inquiry).refused(409, "cool_down");
        later(&app, 10_000);
        assert_eq!(steps(&admin(&app), &inquiry).len(), 7);
        due_mails(&app);
    }

    fn after_a_leap_everything_comes_once_and_after_a_step_back_nothing_again(app) {
        let agent = app.login(Role::Agent);
        let manager = app.login(Role::Manager);
        set(
            app.admin(),
            SLA,
            ladder(json!([
            {"on": "accept", "minutes": 3, "do": "remind_owner"},
            {"on": "first_contact", "minutes": 30, "do": "remind_owner"},
            {"on": "first_contact", "minutes": 60, "do": "tell_manager"}])),
        );
        let inquiry = own(&agent, json!({}));
        let kept = give(app.admin(), agent.id(), json!({}));
        follow_up(&agent, &kept, json!({"kind": "call", "outcome": "reached"}));
        assert_eq!(due_mails(&app).len(), 1);
        let mails = at(&app, "2027-05-01T00:00:00Z");
        let all = [
            "accept 3 remind_owner",
            "breach accept",
            "first_contact 30 remind_owner",
            "breach first_contact",
            "first_contact 60 tell_manager",
        ];
        assert_eq!(steps(&admin(&app), &inquiry), all);
        assert!(steps(&admin(&app), &kept).is_empty());
        assert_eq!(mails.iter().filter(|mail| mail.to == app.email(manager.id())).count(), 1);
        assert!(at(&app, "2026-11-23T02:00:00Z").is_empty(), "nothing is repeated");
        assert!(at(&app, "2026-11-23T04:00:00Z").is_empty());
        assert!(at(&app, "2027-05-02T00:00:00Z").is_empty());
        assert_eq!(steps(&admin(&app), &inquiry), all);
        // Nor after a restart.
        let app = app.restarted();
        assert!(later(&app, 5).is_empty());
        assert_eq!(steps(&admin(&app), &inquiry), all);
    }

    fn however_an_owner_loses_it_what_they_let_pass_is_recorded(app) {
        let (agent, other) = (app.login(Role::Agent), app.login(Role::Agent));
        fall_back_to(app.admin(), json!({"strategy": "user", "user_ids": [other.id()]}));
        let all: Vec<Value> = (0..2).map(|_| give(app.admin(), agent.id(), json!({}))).collect();
        app.advance(Duration::minutes(45));
        let boss = admin(&app);
        assign(&boss, &all[0], json!({"auto": true})).expect(200);
        assign(&boss, &all[1], json!({"assignee_id": other.id()})).expect(200);
        for inquiry in &all {
            assert_eq!(steps(&boss, inquiry), ["breach first_contact"]);
        }
        app.basket.take();
        due_mails(&app);
    }

    fn new_deadlines_count_for_clocks_that_run(app) {
        let agent = app.login(Role::Agent);
        let inquiry = own(&agent, json!({}));
        assert_eq!(inquiry["first_contact_due_at"], "2026-11-23T02:30:00.000Z");
        app.advance(Duration::minutes(10));
        let due = |app: &TestApp| now(&app.login_as(agent.id()), &inquiry)["first_contact_due_at"].clone();
        set(&admin(&app), SLA, json!({"first_contact_minutes": 15, "ladder": []}));
        app.work_on_terms();
        assert_eq!(due(&app), "2026-11-23T02:15:00.000Z");
        set(&admin(&app), CALENDAR, json!({"week": {"1": [["09:00", "10:10"]], "2": [["09:00", "18:00"]]}}));
        app.work_on_terms();
        assert_eq!(due(&app), "2026-11-24T01:05:00.000Z");
        set(&admin(&app), SLA, json!({"working_time": false}));
        app.work_on_terms();
        assert_eq!(due(&app), "2026-11-23T02:15:00.000Z");
        set(&admin(&app), SLA, json!({"first_contact_minutes": null}));
        app.work_on_terms();
        assert_eq!(due(&app), json!(null));
        later(&app, 60);
        assert!(steps(&admin(&app), &inquiry).is_empty());
        // Earlier than now: it has passed, and is found out at once.
        set(&admin(&app), SLA, json!({"first_contact_minutes": 5}));
        app.work_on_terms();
        assert_eq!(steps(&admin(&app), &inquiry), ["breach first_contact"]);
        // Later again: one breach is enough.
        set(&admin(&app), SLA, json!({"first_contact_minutes": 500}));
        assert!(later(&app, 1000).is_empty());
        assert_eq!(steps(&admin(&app), &inquiry), ["breach first_contact"]);
        assert_eq!(now(&admin(&app), &inquiry)["version"], 1, "background work leaves the version alone");
    }

    fn who_reaches_nobody_is_warned_and_loses_it(app) {
        let (agent, other) =
            (app.login_in(Role::Agent, Some("东区")), app.login_in(Role::Agent, Some("东区")));
        set(app.admin(), SLA, json!({"ladder": [], "first_contact_minutes": null}));
        set(app.admin(), POOL_SETTINGS, recycle(json!({"no_contact_days": 5, "warn_days": 2})));
        let inquiry = own(&agent, json!({}));
        assert_eq!(inquiry["recycle_at"], "2026-11-28T02:00:00.000Z");
        assert!(at(&app, "2026-11-26T01:59:59Z").is_empty());
        let mails = at(&app, "2026-11-26T02:00:00Z");
        assert_eq!(subjects(&app, &mails, &[&agent]), ["0【即将回收"]);
        let warned = events_of(&admin(&app), &inquiry, "inquiry.recycle_warned");
        assert_eq!(warned.len(), 1);
        assert_eq!(warned[0]["data"], json!({"recycle_at": "2026-11-28T02:00:00.000Z"}));
        let soon = app.login_as(agent.id()).get("/api/v1/me/worklist?bucket=recycle_soon").expect(200).json;
        assert_eq!(soon["data"][0]["due_at"], "2026-11-28T02:00:00.000Z");
        assert!(at(&app, "2026-11-28T01:59:59Z").is_empty());
        at(&app, "2026-11-28T02:00:00Z");
        let boss = admin(&app);
        let row = now(&boss, &inquiry);
        assert_eq!(
            [&row["assignee_id"], &row["assigned_at"], &row["recycle_at"]],
            [&json!(null), &json!(null), &json!(null)]
        );
        assert_eq!(row["team_id"], inquiry["team_id"], "it lies in the pool of the team");
        let [event] = &events_of(&boss, &inquiry, "inquiry.recycled")[..] else { panic!("one event") };
        assert_eq!(event["data"], json!({"assignee_id": null, "reason": "no_contact"}));
        assert_eq!(
            (&event["previous"], &event["actor"]["type"]),
            (&json!({"assignee_id": agent.id()}), &json!("system"))
        );
        let latest = decisions(&boss, &inquiry).remove(0);
        assert_eq!(
            (&latest["trigger"], &latest["result"], &latest["by"]["type"]),
            (&json!("recycle"), &json!("pool"), &json!("system"))
        );
        claim(&app.login_as(agent.id()), &inquiry).refused(409, "cool_down");
        let claimed = claim(&app.login_as(other.id()), &inquiry).expect(200).json;
        assert_eq!(claimed["recycle_at"], "2026-12-03T02:00:00.000Z");
    }

    fn only_a_real_contact_puts_it_off_and_nothing_the_hard_end(app) {
        let agent = app.login(Role::Agent);
        set(app.admin(), SLA, json!({"ladder": []}));
        set(
            app.admin(),
            POOL_SETTINGS,
            recycle(json!({"no_contact_days": 3, "no_status_change_days": 6, "hard_days": 8})),
        );
        let inquiry = own(&agent, json!({}));
        let ends = |app: &TestApp| now(&app.login_as(agent.id()), &inquiry)["recycle_at"].clone();
        let call = |app: &TestApp, outcome: &str| {
            let call = json!({"kind": "call", "outcome": outcome});
            follow_up(&app.login_as(agent.id()), &inquiry, call);
        };
        assert_eq!(ends(&app), "2026-11-26T02:00:00.000Z");
        at(&app, "2026-11-25T02:00:00Z");
        call(&app, "no_answer");
        app.login_as(agent.id()).patch(&path(&inquiry), &json!({"message": "打过"})).expect(200);
        assert_eq!(ends(&app), "2026-11-26T02:00:00.000Z");
        call(&app, "reached");
        assert_eq!(ends(&app), "2026-11-28T02:00:00.000Z");
        at(&app, "2026-11-27T02:00:00Z");
        call(&app, "refused");
        assert_eq!(ends(&app), "2026-11-29T02:00:00.000Z", "six days without another status");
        move_to(&app.login_as(agent.id()), &inquiry, "contacted").expect(200);
        assert_eq!(ends(&app), "2026-11-30T02:00:00.000Z");
        at(&app, "2026-11-29T02:00:00Z");
        call(&app, "reached");
        assert_eq!(ends(&app), "2026-12-01T02:00:00.000Z", "nothing extends the third");
        at(&app, "2026-12-01T02:00:00Z");
        let event = events_of(&admin(&app), &inquiry, "inquiry.recycled").remove(0);
        assert_eq!(event["data"]["reason"], "hard");
    }

    fn new_terms_count_for_all_and_nobody_loses_one_unwarned(app) {
        let agent = app.login(Role::Agent);
        set(app.admin(), SLA, json!({"ladder": []}));
        let old = own(&agent, json!({}));
        let won = own(&agent, json!({}));
        move_to(&agent, &won, "signed").expect(200);
        assert_eq!(old["recycle_at"], json!(null));
        at(&app, "2026-12-23T02:00:00Z");
        set(&admin(&app), POOL_SETTINGS, recycle(json!({"hard_days": 5, "warn_days": 2})));
        assert_eq!(subjects(&app, &due_mails(&app), &[&agent]), ["0【即将回收"]);
        let boss = admin(&app);
        assert_eq!(now(&boss, &old)["recycle_at"], "2026-12-25T02:00:00.000Z");
        assert_eq!(now(&boss, &won)["recycle_at"], json!(null));
        assert!(at(&app, "2026-12-25T01:59:59Z").is_empty());
        assert_eq!(now(&admin(&app), &old)["assignee_id"], json!(agent.id()));
        // Stricter still, but warned is warned.
        set(&admin(&app), POOL_SETTINGS, recycle(json!({"hard_days": 4, "warn_days": 2})));
        due_mails(&app);
        assert_eq!(now(&admin(&app), &old)["assignee_id"], json!(agent.id()));
        at(&app, "2026-12-25T02:00:00Z");
        assert_eq!(now(&admin(&app), &old)["assignee_id"], json!(null));
        assert_eq!(warnings(&admin(&app), &old), 1);
        set(&admin(&app), POOL_SETTINGS, recycle(json!({})));
        due_mails(&app);
        assert_eq!(now(&admin(&app), &won)["assignee_id"], json!(agent.id()));
    }

    fn too_few_days_for_a_warning_are_none(app) {
        let agent = app.login(Role::Agent);
        set(app.admin(), SLA, json!({"ladder": [], "first_contact_minutes": null}));
        set(app.admin(), POOL_SETTINGS, recycle(json!({"hard_days": 2, "warn_days": 2})));
        let inquiry = own(&agent, json!({}));
        assert!(at(&app, "2026-11-25T01:59:00Z").is_empty());
        assert!(at(&app, "2026-11-25T02:00:00Z").is_empty());
        assert_eq!(kinds(&admin(&app), &inquiry), ["received", "assigned", "recycled"]);
    }

    fn a_step_back_warns_and_recycles_nobody_again(app) {
        let agent = app.login(Role::Agent);
        set(app.admin(), SLA, json!({"ladder": []}));
        set(app.admin(), POOL_SETTINGS, recycle(json!({"hard_days": 5, "warn_days": 2})));
        let inquiry = own(&agent, json!({}));
        assert_eq!(at(&app, "2026-11-26T02:00:00Z").len(), 1);
        assert!(at(&app, "2026-11-23T02:00:00Z").is_empty());
        assert!(at(&app, "2026-11-26T02:30:00Z").is_empty());
        assert_eq!(warnings(&admin(&app), &inquiry), 1);
        at(&app, "2026-11-28T02:00:00Z");
        assert!(at(&app, "2026-11-23T02:00:00Z").is_empty());
        at(&app, "2026-11-29T02:00:00Z");
        assert_eq!(events_of(&admin(&app), &inquiry, "inquiry.recycled").len(), 1);
    }

    fn in_the_bin_nothing_is_done_and_out_of_it_clocks_run_on(app) {
        let agent = app.login(Role::Agent);
        set(app.admin(), SLA, ladder(json!([{"on": "accept", "minutes": 3, "do": "remind_owner"}])));
        set(app.admin(), POOL_SETTINGS, recycle(json!({"hard_days": 5, "warn_days": 2})));
        let inquiry = own(&agent, json!({}));
        admin(&app).delete(&path(&inquiry)).expect(204);
        assert!(at(&app, "2026-11-30T02:00:00Z").is_empty());
        let boss = admin(&app);
        let restored = boss.act(&format!("{}/restore", path(&inquiry))).expect(200).json;
        assert_eq!(restored["first_contact_due_at"], "2026-11-23T03:00:00.000Z");
        let letters = due_mails(&app);
        assert!(letters.iter().all(|mail| mail.to == app.email(agent.id())) && !letters.is_empty());
        assert_eq!(warnings(&boss, &inquiry), 1);
        assert_eq!(
            steps(&boss, &inquiry),
            ["breach accept", "breach first_contact", "accept 3 remind_owner"]
        );
        assert_eq!(now(&boss, &inquiry)["assignee_id"], json!(agent.id()), "the warning comes first");
        at(&app, "2026-12-02T02:00:00Z");
        assert_eq!(now(&admin(&app), &inquiry)["assignee_id"], json!(null));
    }

    fn a_warning_survives_the_bin_and_a_closed_status(app) {
        let agent = app.login(Role::Agent);
        set(app.admin(), SLA, json!({"ladder": []}));
        set(app.admin(), POOL_SETTINGS, recycle(json!({"hard_days": 5, "warn_days": 2})));
        let [binned, reopened, accepted] = [(); 3].map(|()| own(&agent, json!({})));
        assert_eq!(at(&app, "2026-11-26T02:00:00Z").len(), 3);
        let boss = admin(&app);
        boss.delete(&path(&binned)).expect(204);
        boss.act(&format!("{}/restore", path(&binned))).expect(200);
        move_to(&boss, &reopened, "lost").expect(200);
        move_to(&boss, &reopened, "contacted").expect(200);
        move_to(&boss, &accepted, "lost").expect(200);
        accept(&app.login_as(agent.id()), &accepted).expect(200);
        move_to(&boss, &accepted, "contacted").expect(200);
        assert!(at(&app, "2026-11-26T04:00:00Z").is_empty(), "they were warned of this end");
        let boss = admin(&app);
        for inquiry in [&binned, &reopened, &accepted] {
            assert_eq!(now(&boss, inquiry)["recycle_at"], "2026-11-28T02:00:00.000Z");
            assert_eq!(warnings(&boss, inquiry), 1);
        }
        at(&app, "2026-11-28T02:00:00Z");
        for inquiry in [&binned, &reopened, &accepted] {
            assert_eq!(now(&admin(&app), inquiry)["assignee_id"], json!(null));
        }
    }
}
