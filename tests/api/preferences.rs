//! What people want to hear of and when: choices, quiet hours, what leaves together, digests, early reminders.
//! What one message says is in `notifications.rs`, its links are in `links.rs`.

use chrono::Duration;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use leaddock::access::Role;
use leaddock::kernel::clock::Timestamp;
use leaddock::kernel::id::NotificationId;
use leaddock::notifications::schema::notifications;
use leaddock::platform::mail::Failure;
use serde_json::{Value, json};

use crate::notifications::NOTIFICATIONS;
use crate::support::desk::{create, follow_up, give, id, own, path};
use crate::support::{Client, TestApp, each_database};

const PREFERENCES: &str = "/api/v1/me/notification-preferences";

/// Changes some of the caller's preferences.
fn prefer(client: &Client, change: Value) -> Value {
    client.put(PREFERENCES, &change).expect(200).json
}

/// Moves the clock to a moment in Shanghai, and everybody logs in anew.
fn to(app: &TestApp, at: &str) {
    let at = Timestamp::parse(&format!("{at}+08:00")).unwrap();
    app.advance(at.since(app.clock.now()));
}

fn of_inquiry(client: &Client, inquiry: &Value) -> Vec<Value> {
    client.all(&format!("{NOTIFICATIONS}?inquiry={}", id(inquiry)))
}

each_database! {
    fn preferences_have_a_shape_and_a_version(app) {
        let agent = app.login(Role::Agent);
        let shown = agent.get(PREFERENCES).expect(200);
        assert_eq!(shown.header("etag"), Some("\"1\""));
        assert_eq!((&shown.json["quiet_hours"], &shown.json["digest"]), (&json!(null), &json!({"daily": null})));
        let events = shown.json["events"].as_object().unwrap();
        assert_eq!(events.len(), 8);
        assert!(events.values().all(|ways| *ways == json!({"mail": true})), "{events:?}");
        for (bad, pointer) in [
            (json!({"events": {"inquiry.exploded": {"mail": true}}}), "/events/inquiry.exploded"),
            (json!({"events": {"inquiry.assigned": {"pigeon": true}}}), "/events/inquiry.assigned/pigeon"),
            (json!({"quiet_hours": {"from": "24:30", "to": "08:00"}}), "/quiet_hours/from"),
            (json!({"quiet_hours": {"from": "24:00", "to": "08:00"}}), "/quiet_hours/from"),
            (json!({"quiet_hours": {"from": "08:00", "to": "08:00"}}), "/quiet_hours/to"),
            (json!({"digest": {"daily": "6pm"}}), "/digest/daily"),
            (json!({"minutes_before_due": 2881}), "/minutes_before_due"),
            (json!({"colour": 1}), "/colour"),
        ] {
            agent.put(PREFERENCES, &bad).expect(422).finds_fault_with(&[pointer]);
        }
        let set = agent.put_if(PREFERENCES, &json!({"minutes_before_due": 10}), "\"1\"").expect(200);
        assert_eq!((set.header("etag"), &set.json["minutes_before_due"]), (Some("\"2\""), &json!(10)));
        agent.put_if(PREFERENCES, &json!({}), "\"1\"").refused(412, "stale");
        assert_eq!(prefer(&agent, json!({}))["minutes_before_due"], 0, "what is absent is the default");
    }

    fn what_somebody_does_not_want_is_not_written(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        prefer(&agent, json!({"events": {"inquiry.assigned": {"mail": false}}}));
        let muted = give(admin, agent.id(), json!({}));
        assert!(app.mails().is_empty() && of_inquiry(admin, &muted).is_empty());
        prefer(&agent, json!({}));
        give(admin, agent.id(), json!({}));
        assert_eq!(app.mails().len(), 1);
    }

    fn quiet_hours_end_in_one_mail_without_what_is_over(app) {
        let (admin, agent, other) = (app.admin().clone(), app.login(Role::Agent), app.login(Role::Agent));
        to(&app, "2026-11-23T23:00:00");
        let (admin, agent) = (app.login_as(admin.id()), app.login_as(agent.id()));
        prefer(&agent, json!({"quiet_hours": {"from": "21:30", "to": "08:00"}}));
        let companies = ["夜一", "夜二", "转走"];
        let made: Vec<Value> =
            companies.iter().map(|name| give(&admin, agent.id(), json!({"company": name}))).collect();
        let moved = json!({"assignee_id": other.id()});
        admin.post(&format!("{}/assign", path(&made[2])), &moved).expect(200);
        let mails = app.mails();
        assert_eq!(mails.len(), 1, "the other one has no quiet hours: {mails:?}");
        let held = of_inquiry(&admin, &made[0]);
        assert_eq!(
            (&held[0]["status"], &held[0]["next_attempt_at"]),
            (&json!("pending"), &json!("2026-11-24T00:00:00.000Z"))
        );
        to(&app, "2026-11-24T07:59:59");
        assert!(app.mails().is_empty());
        to(&app, "2026-11-24T08:00:00");
        app.work();
        app.advance(Duration::seconds(3));
        let [mail] = &app.mails()[..] else { panic!("one mail") };
        assert!(mail.text.contains("夜一") && mail.text.contains("夜二") && !mail.text.contains("转走"));
        assert!(mail.html.contains("夜一") && mail.html.contains("夜二"));
        let admin = app.login_as(admin.id());
        let sent: Vec<Value> = made[..2].iter().flat_map(|one| of_inquiry(&admin, one)).collect();
        assert!(sent.iter().all(|one| one["status"] == "sent" && one["message_id"] == sent[0]["message_id"]));
        app.advance(Duration::minutes(5));
        assert!(app.mails().is_empty());
        give(&admin, agent.id(), json!({}));
        assert_eq!(app.mails().len(), 1, "by day at once");
    }

    fn many_that_were_held_leave_once_each_whatever_else_leaves(app) {
        let (admin, agents) = (app.admin().clone(), [app.login(Role::Agent), app.login(Role::Agent)]);
        to(&app, "2026-11-23T23:00:00");
        let admin = app.login_as(admin.id());
        for agent in &agents {
            prefer(&app.login_as(agent.id()), json!({"quiet_hours": {"from": "21:30", "to": "08:00"}}));
        }
        for n in 0..40 {
            give(&admin, agents[n % 2].id(), json!({"company": format!("第{n}家公司")}));
        }
        to(&app, "2026-11-24T08:00:00");
        app.work();
        app.advance(Duration::seconds(3));
        let mails = app.mails();
        assert_eq!(mails.len(), 2);
        for n in 0..40 {
            let named = mails.iter().filter(|mail| mail.text.contains(&format!("第{n}家公司"))).count();
            assert_eq!(named, 1, "{n}");
        }
        assert!(mails.iter().all(|mail| mail.html.len() < 190_000));
    }

    fn what_is_tried_again_at_night_waits_for_the_morning(app) {
        let (admin, agent) = (app.admin().clone(), app.login(Role::Agent));
        to(&app, "2026-11-23T21:20:00");
        let (admin, agent) = (app.login_as(admin.id()), app.login_as(agent.id()));
        prefer(&agent, json!({"quiet_hours": {"from": "21:30", "to": "08:00"}}));
        for _ in 0..4 {
            app.basket.fail_next(Failure::ForNow("451".to_owned()));
        }
        give(&admin, agent.id(), json!({}));
        for _ in 0..4 {
            app.work();
            app.advance(Duration::minutes(3));
        }
        to(&app, "2026-11-23T23:00:00");
        assert!(app.mails().is_empty());
        to(&app, "2026-11-24T08:00:00");
        assert_eq!(app.mails().len(), 1);
    }

    fn one_that_was_held_alone_comes_as_itself(app) {
        let (admin, agent) = (app.admin().clone(), app.login(Role::Agent));
        to(&app, "2026-11-23T23:00:00");
        let (admin, agent) = (app.login_as(admin.id()), app.login_as(agent.id()));
        prefer(&agent, json!({"quiet_hours": {"from": "21:30", "to": "08:00"}}));
        give(&admin, agent.id(), json!({"company": "独一家"}));
        to(&app, "2026-11-24T08:00:00");
        let [mail] = &app.mails()[..] else { panic!("one mail") };
        assert!(mail.subject.starts_with("【新线索】") && mail.text.contains("独一家"));
    }

    fn plans_of_one_minute_share_a_mail_also_those_that_are_not_due_yet(app) {
        let agent = app.login(Role::Agent);
        to(&app, "2026-11-24T10:00:00");
        let agent = app.login_as(agent.id());
        let at = |second: i64| {
            Timestamp::parse("2026-11-24T10:05:00+08:00").unwrap().plus(Duration::seconds(second))
        };
        for (name, second) in [("甲企", 0), ("乙企", 5), ("丙企", 50), ("丁企", 60)] {
            let inquiry = own(&agent, json!({"company": name}));
            follow_up(&agent, &inquiry, json!({"kind": "call", "due_at": at(second)}));
        }
        app.advance(Duration::minutes(5));
        let [mail] = &app.mails()[..] else { panic!("one mail") };
        for (name, is_named) in [("甲企", true), ("乙企", true), ("丙企", true), ("丁企", false)] {
            assert_eq!(mail.text.contains(name), is_named, "{name} in {}", mail.text);
        }
        // Those that are due now have been named.
        app.advance(Duration::seconds(55));
        assert!(app.mails().is_empty());
        // One that was planned after that has not.
        let late = own(&agent, json!({"company": "戊企"}));
        follow_up(&agent, &late, json!({"kind": "call", "due_at": app.clock.now()}));
        let [mail] = &app.mails()[..] else { panic!("one mail") };
        assert!(mail.text.contains("戊企") && !mail.text.contains("甲企"));
        app.advance(Duration::seconds(5));
        let [mail] = &app.mails()[..] else { panic!("one mail") };
        assert!(mail.text.contains("丁企"));
        let sent = agent.all(&format!("{NOTIFICATIONS}?event=follow_up.due"));
        assert_eq!(sent.len(), 5);
        assert!(sent.iter().all(|one| one["status"] == "sent"), "{sent:?}");
    }

    fn somebody_may_be_reminded_earlier(app) {
        let agent = app.login(Role::Agent);
        let inquiry = own(&agent, json!({}));
        let due = app.clock.now().plus(Duration::minutes(12));
        follow_up(&agent, &inquiry, json!({"kind": "call", "due_at": due}));
        prefer(&agent, json!({"minutes_before_due": 10}));
        app.advance(Duration::minutes(1));
        assert!(app.mails().is_empty());
        app.advance(Duration::minutes(1));
        assert_eq!(app.mails().len(), 1);
        app.advance(Duration::minutes(10));
        assert!(app.mails().is_empty(), "once");
        follow_up(
            &agent,
            &inquiry,
            json!({"kind": "call", "due_at": app.clock.now().plus(Duration::minutes(11))}),
        );
        app.advance(Duration::minutes(1));
        assert_eq!(app.mails().len(), 1);
    }

    fn the_digest_comes_once_on_working_days_and_not_for_nothing(app) {
        let (agent, idle) = (app.login(Role::Agent), app.login(Role::Agent));
        // A Thursday.
        to(&app, "2026-11-26T16:00:00");
        let (agent, idle) = (app.login_as(agent.id()), app.login_as(idle.id()));
        let inquiry = own(&agent, json!({"company": "摘要企业"}));
        follow_up(&agent, &inquiry, json!({"kind": "call", "due_at": "2026-11-27T10:00:00+08:00"}));
        let far = own(&agent, json!({"company": "下周企业"}));
        follow_up(&agent, &far, json!({"kind": "call", "due_at": "2026-12-01T10:00:00+08:00"}));
        prefer(&agent, json!({"digest": {"daily": "18:00"}}));
        prefer(&idle, json!({"digest": {"daily": "18:00"}}));
        to(&app, "2026-11-26T17:59:59");
        assert!(app.mails().is_empty());
        to(&app, "2026-11-26T18:00:00");
        let [mail] = &app.mails()[..] else { panic!("one mail") };
        assert!(mail.subject.starts_with("【每日汇总】"));
        assert!(mail.text.contains("摘要企业") && !mail.text.contains("下周企业"), "{}", mail.text);
        assert!(mail.unsubscribe.as_ref().unwrap().contains("/a/unsubscribe."));
        // Another wish on the same day is no second digest.
        let agent = app.login_as(agent.id());
        prefer(&agent, json!({"digest": {"daily": "19:00"}}));
        to(&app, "2026-11-26T19:00:00");
        assert!(app.mails().is_empty());
        to(&app, "2026-11-27T19:00:00");
        let digests = |mails: Vec<leaddock::platform::mail::Letter>| {
            mails.iter().filter(|mail| mail.subject.starts_with("【每日汇总】")).count()
        };
        assert_eq!(digests(app.mails()), 1);
        to(&app, "2026-11-28T19:00:00");
        assert_eq!(digests(app.mails()), 0, "Saturday is no working day");
        to(&app, "2026-11-30T19:00:00");
        assert_eq!(digests(app.mails()), 1);
    }

    fn a_digest_comes_late_after_the_clock_has_leapt(app) {
        let agent = app.login(Role::Agent);
        to(&app, "2026-11-26T16:00:00");
        let agent = app.login_as(agent.id());
        let inquiry = own(&agent, json!({}));
        follow_up(&agent, &inquiry, json!({"kind": "call", "due_at": "2026-11-26T17:00:00+08:00"}));
        prefer(&agent, json!({"digest": {"daily": "18:00"}}));
        let digests = || {
            let mails = app.mails();
            mails.iter().filter(|mail| mail.subject.starts_with("【每日汇总】")).count()
        };
        // From Thursday to the evening of the next Monday, and to an early morning.
        to(&app, "2026-11-30T20:00:00");
        assert_eq!(digests(), 1);
        to(&app, "2026-12-02T03:00:00");
        assert_eq!(digests(), 0, "that of this date is still to come");
        to(&app, "2026-12-02T18:00:00");
        assert_eq!(digests(), 1);
    }

    fn one_that_cannot_be_read_holds_up_no_other(app) {
        let (admin, agent) = (app.admin().clone(), app.login(Role::Agent));
        to(&app, "2026-11-23T23:00:00");
        let (admin, agent) = (app.login_as(admin.id()), app.login_as(agent.id()));
        prefer(&agent, json!({"quiet_hours": {"from": "21:30", "to": "08:00"}}));
        let made = ["坏的", "好一", "好二"].map(|name| give(&admin, agent.id(), json!({"company": name})));
        // As of a newer version of the program.
        let broken: NotificationId = id(&of_inquiry(&admin, &made[0])[0]).parse().unwrap();
        app.write(move |tx| {
            let one = notifications::table.find(broken);
            Ok(diesel::update(one).set(notifications::event.eq("inquiry.teleported")).execute(tx.conn)?)
        })
        .unwrap();
        to(&app, "2026-11-24T08:00:00");
        for _ in 0..5 {
            app.advance(Duration::seconds(3));
        }
        let mails = app.mails();
        let [mail] = &mails[..] else { panic!("one mail: {mails:?}") };
        assert!(mail.text.contains("好一") && mail.text.contains("好二") && !mail.text.contains("坏的"));
        let admin = app.login_as(admin.id());
        assert_eq!(of_inquiry(&admin, &made[1])[0]["status"], "sent");
        assert_ne!(of_inquiry(&admin, &made[0])[0]["status"], "sent");
    }

    fn a_digest_that_cannot_list_all_says_so(app) {
        let agent = app.login(Role::Agent);
        to(&app, "2026-11-26T16:00:00");
        let agent = app.login_as(agent.id());
        let inquiry = own(&agent, json!({"company": "摘要企业"}));
        for minute in 0..51 {
            let due_at = format!("2026-11-27T10:{minute:02}:00+08:00");
            follow_up(&agent, &inquiry, json!({"kind": "call", "due_at": due_at}));
        }
        prefer(&agent, json!({"digest": {"daily": "18:00"}}));
        to(&app, "2026-11-26T18:00:00");
        let [mail] = &app.mails()[..] else { panic!("one mail") };
        assert_eq!(mail.subject, "【每日汇总】50+ 项待办");
        assert!(mail.text.contains("先列出") && mail.text.contains("10:49") && !mail.text.contains("10:50"));
    }

    fn whoever_loses_an_inquiry_hears_of_it_if_they_knew_it(app) {
        let (admin, agent, other) = (app.admin(), app.login(Role::Agent), app.login(Role::Agent));
        let assign = |inquiry: &Value, to: &Client| {
            let body = json!({"assignee_id": to.id()});
            admin.post(&format!("{}/assign", path(inquiry)), &body).expect(200);
        };
        // Moved on before the mail went: nobody but the present owner hears of it.
        let quick = give(admin, agent.id(), json!({}));
        assign(&quick, &other);
        let mails = app.mails();
        assert_eq!(mails.iter().map(|mail| mail.to.clone()).collect::<Vec<_>>(), [app.email(other.id())]);
        let known = give(admin, agent.id(), json!({"email": "zhou@example.com"}));
        app.mails();
        assign(&known, &other);
        let mails = app.mails();
        let away = mails.iter().find(|mail| mail.to == app.email(agent.id())).unwrap();
        assert!(away.subject.starts_with("【已转出】"), "{}", away.subject);
        for hidden in ["13800138000", "138 0013 8000", "周启澜", "zhou@example.com", "tel:"] {
            assert!(!away.text.contains(hidden) && !away.html.contains(hidden), "{hidden}");
        }
        assert_eq!((away.reply_to.as_deref(), mails.len()), (None, 2));
        // Their own doing is no news.
        let given_back = create(admin, json!({"assign": other.id()}));
        app.mails();
        let release = json!({"reason": "不熟悉"});
        other.post(&format!("{}/release", path(&given_back)), &release).expect(204);
        assert!(app.mails().iter().all(|mail| !mail.subject.starts_with("【已转出】")));
    }
}
