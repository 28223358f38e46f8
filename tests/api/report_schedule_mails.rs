//! What report schedules send: once for each due moment, to each receiver the figures within their own reach;
//! who gets none, and why. What a schedule is, is in `report_schedules.rs`.

use std::sync::LazyLock;

use chrono::Duration;
use leaddock::access::Role;
use leaddock::platform::mail::{Failure, Letter};
use regex::Regex;
use serde_json::{Value, json};

use crate::report_schedules::{SCHEDULES, at, daily, runs, schedule, to, weekly};
use crate::support::desk::{USERS, own, with};
use crate::support::{Client, Database, PUBLIC_URL, TestApp, at_once, each_database};

static LINK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(&format!("^{PUBLIC_URL}(/a/unsubscribe\\.[A-Za-z0-9_.-]+)$")).unwrap());

/// The path by which the receiver of a mail leaves its schedule.
fn leaving(mail: &Letter) -> String {
    let link = mail.unsubscribe.as_deref().expect("a link");
    LINK.captures(link).unwrap_or_else(|| panic!("{link}"))[1].to_owned()
}

fn names(mail: &Letter) -> Vec<&str> {
    mail.files.iter().map(|file| file.name.as_str()).collect()
}

/// A figure of the totals in the CSV file of a mail.
fn figure(mail: &Letter, key: &str) -> String {
    let text = std::str::from_utf8(&mail.files[0].body).unwrap().trim_start_matches('\u{feff}');
    let head: Vec<&str> = text.lines().next().unwrap().split(',').collect();
    let totals: Vec<&str> = text.lines().last().unwrap().split(',').collect();
    totals[head.iter().position(|name| *name == key).unwrap()].to_owned()
}

/// What became of the mails of a run, in the order of the users' ids.
fn statuses(run: &Value) -> Vec<(&str, Option<&str>)> {
    let receivers = run["receivers"].as_array().unwrap();
    receivers.iter().map(|one| (one["status"].as_str().unwrap(), one["reason"].as_str())).collect()
}

fn of<'a>(mails: &'a [Letter], app: &TestApp, who: &Client) -> &'a Letter {
    let address = app.email(who.id());
    let theirs: Vec<&Letter> = mails.iter().filter(|mail| mail.to == address).collect();
    assert_eq!(theirs.len(), 1, "one mail to {address}");
    theirs[0]
}

each_database! {
    fn each_receiver_gets_their_own_figures_once(app) {
        let (admin, one, two) = (app.admin().clone(), app.login(Role::Agent), app.login(Role::Agent));
        to(&app, "2026-11-25T02:00:00Z");
        let (admin, one, two) =
            (app.login_as(admin.id()), app.login_as(one.id()), app.login_as(two.id()));
        for n in 0..5 {
            let owner = if n < 3 { &one } else { &two };
            own(owner, json!({"company": "密云精密", "contact": "欧阳致远", "phone": format!("1371234000{n}")}));
        }
        let csv = json!({"compare": true, "formats": ["csv", "xlsx"]});
        let made = schedule(&admin, &with(weekly(&[one.id(), two.id(), admin.id()]), csv));
        assert_eq!(made["next_run_at"], "2026-11-30T00:30:00.000Z");
        to(&app, "2026-11-30T00:29:59Z");
        assert!(app.mails().is_empty());
        to(&app, "2026-11-30T00:30:05Z");
        let mails = app.mails();
        assert_eq!(mails.len(), 3);
        for (who, received) in [(&one, "3"), (&two, "2"), (&admin, "5")] {
            let mail = of(&mails, &app, who);
            assert_eq!(mail.subject, "【报表】周一晨会 · 2026-11-23 – 2026-11-29");
            assert_eq!(names(mail), [
                "overview-2026-11-23-2026-11-29.csv",
                "overview-2026-11-23-2026-11-29.xlsx",
                "funnel-2026-11-23-2026-11-29.csv",
                "funnel-2026-11-23-2026-11-29.xlsx"
            ]);
            assert_eq!(figure(mail, "received"), received);
            assert!(mail.files[1].body.starts_with(b"PK\x03\x04"), "a workbook");
            for part in [&mail.text, &mail.html] {
                assert!(part.contains("总览") && part.contains("上期") && part.contains(received), "{part}");
                assert!(!["1371234", "欧阳致远", "密云精密"].iter().any(|word| part.contains(word)), "{part}");
                let as_of = "as_of=2026-11-30T00:30:00.000Z";
                assert!(part.contains(&format!("{PUBLIC_URL}/dashboard/overview?")) && part.contains(as_of));
            }
            assert!(!mail.html.contains("<svg") && !mail.html.contains("<script") && !mail.html.contains("src="));
            assert!(mail.html.contains("background-color:#0b6b57"), "a bar");
        }
        for step in [-1, 3] {
            app.advance(Duration::hours(step));
            assert!(app.mails().is_empty());
        }
        let admin = app.login_as(admin.id());
        let all = runs(&admin, &made);
        let run = &all[0];
        assert_eq!((all.len(), &run["kind"], &run["error"]), (1, &json!("planned"), &json!(null)));
        assert!(run["id"].as_str().unwrap().starts_with("run_"));
        assert_eq!((&run["as_of"], &run["due_at"]), (&json!("2026-11-30T00:30:00.000Z"), &run["as_of"]));
        assert_eq!((&run["from"], &run["to"]), (&json!("2026-11-23"), &json!("2026-11-29")));
        assert_eq!(statuses(run), [("sent", None); 3]);
        let shown = admin.get(&at(&made)).expect(200).json;
        assert_eq!(shown["next_run_at"], "2026-12-07T00:30:00.000Z");
        assert_eq!((&shown["last_run"]["id"], &shown["version"]), (&run["id"], &json!(1)));
        let audited = admin.all("/api/v1/audit?action=reports.read");
        let mut readers: Vec<&Value> = audited.iter().map(|entry| &entry["actor"]["user_id"]).collect();
        readers.sort_by_key(|id| id.to_string());
        let mut receivers = [one.id(), two.id(), admin.id()].map(|id| json!(id));
        receivers.sort_by_key(ToString::to_string);
        assert!(readers.into_iter().eq(&receivers) && audited.iter().all(|entry| entry["target"] == made["id"]));
        let told = admin.all("/api/v1/notifications?event=report.scheduled");
        assert_eq!(told.len(), 3);
        let named = |one: &Value| told.iter().any(|note| note["id"] == one["notification_id"]);
        assert!(run["receivers"].as_array().unwrap().iter().all(named));
        assert!(told.iter().all(|note| note["inquiry_id"].is_null()));
    }

    fn a_late_mail_shows_what_a_punctual_one_would_have_shown(app) {
        let admin = app.admin().clone();
        let made = schedule(&admin, &with(daily(&[admin.id()]), json!({"formats": ["csv"]})));
        own(&admin, json!({}));
        app.basket.fail_next(Failure::ForNow("451".to_owned()));
        to(&app, "2026-11-24T02:00:00Z");
        assert!(app.mails().is_empty());
        let admin = app.login_as(admin.id());
        assert_eq!(statuses(&runs(&admin, &made)[0]), [("failed", None)]);
        app.advance(Duration::seconds(1));
        let inquiry = admin.all("/api/v1/inquiries")[0].clone();
        admin.delete(&format!("/api/v1/inquiries/{}", inquiry["id"].as_str().unwrap())).expect(204);
        app.advance(Duration::minutes(1));
        let [mail] = &app.mails()[..] else { panic!("one mail") };
        assert_eq!(figure(mail, "received"), "1", "it was in the bin only later");
        assert!(mail.subject.ends_with("2026-11-23 – 2026-11-23"), "{}", mail.subject);
    }

    fn of_what_was_missed_the_newest_runs(app) {
        let admin = app.admin().clone();
        let made = schedule(&admin, &daily(&[admin.id()]));
        to(&app, "2026-11-27T03:00:00Z");
        let [mail] = &app.mails()[..] else { panic!("one mail") };
        assert_eq!(mail.subject, "【报表】每日 · 2026-11-26 – 2026-11-26");
        assert!(mail.files.is_empty());
        let admin = app.login_as(admin.id());
        assert_eq!(runs(&admin, &made).len(), 1);
        assert_eq!(admin.get(&at(&made)).expect(200).json["next_run_at"], "2026-11-28T02:00:00.000Z");
    }

    fn a_run_by_hand_moves_nothing_in_the_plan(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        let made = schedule(admin, &daily(&[agent.id()]));
        let run = format!("{}/run", at(&made));
        let begun = admin.post(&run, &json!({"to": "me"})).expect(202).json;
        let mails = app.mails();
        assert_eq!(mails.len(), 1);
        of(&mails, &app, admin);
        let begun_for_all = admin.act(&run).expect(202).json;
        let mails = app.mails();
        assert_eq!(mails.len(), 1);
        of(&mails, &app, &agent);
        admin.post(&run, &json!({"to": "boss"})).finds_fault_with(&["/to"]);
        let all = runs(admin, &made);
        assert_eq!((&all[0]["id"], &all[1]["id"]), (&begun_for_all["run_id"], &begun["run_id"]));
        assert!(all.iter().all(|run| run["kind"] == "manual" && run["from"] == "2026-11-22"));
        assert_eq!(admin.get(&at(&made)).expect(200).json["next_run_at"], made["next_run_at"]);
        let headers = [("Idempotency-Key", "once")];
        let first = admin.post_with(&run, &json!({"to": "me"}), &headers).expect(202).json;
        assert_eq!(admin.post_with(&run, &json!({"to": "me"}), &headers).expect(202).json, first);
        assert_eq!(app.mails().len(), 1);
        for _ in 0..27 {
            admin.post(&run, &json!({"to": "me"})).expect(202);
        }
        admin.post(&run, &json!({"to": "me"})).refused(429, "too_many_requests");
        assert_eq!(app.mails().len(), 27);
    }

    fn rights_count_when_it_is_due(app) {
        let (admin, boss) = (app.admin().clone(), app.login_in(Role::Manager, Some("东区")));
        let (moved, invited) = (app.login_in(Role::Agent, Some("东区")), app.add_passwordless(Role::Agent));
        let other = app.login(Role::Agent);
        assert_eq!(app.mails().len(), 1, "the invitation");
        own(&moved, json!({}));
        own(&other, json!({}));
        let csv = json!({"formats": ["csv"]});
        let theirs = schedule(&boss, &with(daily(&[boss.id(), moved.id()]), csv.clone()));
        let all = schedule(&admin, &with(daily(&[other.id(), invited]), csv));
        admin.patch(&format!("{USERS}/{}", moved.id()), &json!({"team_id": null})).expect(200);
        admin.patch(&format!("{USERS}/{}", other.id()), &json!({"role": "admin"})).expect(200);
        to(&app, "2026-11-24T02:00:05Z");
        let mails = app.mails();
        assert_eq!(mails.len(), 2);
        of(&mails, &app, &boss);
        assert_eq!(figure(of(&mails, &app, &other), "received"), "2", "an admin by now");
        let admin = app.login_as(admin.id());
        assert_eq!(statuses(&runs(&admin, &theirs)[0]), [("sent", None), ("skipped", Some("out_of_reach"))]);
        let run = runs(&admin, &all).remove(0);
        let mut of_all = statuses(&run);
        of_all.sort_unstable();
        assert_eq!(of_all, [("sent", None), ("skipped", Some("no_password"))]);
    }

    fn rights_count_once_more_when_it_is_sent(app) {
        let (admin, agent) = (app.admin().clone(), app.login(Role::Agent));
        let made = schedule(&admin, &daily(&[agent.id()]));
        app.basket.fail_next(Failure::ForNow("451".to_owned()));
        to(&app, "2026-11-24T02:00:00Z");
        assert!(app.mails().is_empty());
        let admin = app.login_as(admin.id());
        admin.patch(&format!("{USERS}/{}", agent.id()), &json!({"active": false})).expect(200);
        app.advance(Duration::minutes(1));
        assert!(app.mails().is_empty());
        assert_eq!(statuses(&runs(&admin, &made)[0]), [("skipped", Some("inactive"))]);
    }

    fn who_wants_none_gets_none_and_quiet_hours_hold_it(app) {
        let (admin, muted, quiet) = (app.admin().clone(), app.login(Role::Agent), app.login(Role::Agent));
        let preferences = "/api/v1/me/notification-preferences";
        muted.put(preferences, &json!({"events": {"report.scheduled": {"mail": false}}})).expect(200);
        quiet.put(preferences, &json!({"quiet_hours": {"from": "09:00", "to": "12:00"}})).expect(200);
        let made = schedule(&admin, &daily(&[muted.id(), quiet.id()]));
        let second = schedule(&admin, &with(daily(&[quiet.id()]), json!({"name": "另一份"})));
        to(&app, "2026-11-24T02:00:05Z");
        assert!(app.mails().is_empty());
        let admin = app.login_as(admin.id());
        assert_eq!(statuses(&runs(&admin, &made)[0]), [("skipped", Some("muted")), ("pending", None)]);
        to(&app, "2026-11-24T04:00:00Z");
        let mails = app.mails();
        assert_eq!(mails.len(), 2, "each as itself");
        assert!(mails.iter().all(|mail| mail.subject.ends_with("2026-11-23 – 2026-11-23")), "of when it was due");
        let admin = app.login_as(admin.id());
        assert_eq!(statuses(&runs(&admin, &second)[0]), [("sent", None)]);
    }

    fn nothing_to_say_can_be_left_out(app) {
        let (admin, one, two) = (app.admin().clone(), app.login(Role::Agent), app.login(Role::Agent));
        own(&one, json!({}));
        let made = schedule(&admin, &with(daily(&[one.id(), two.id()]), json!({"skip_empty": true})));
        to(&app, "2026-11-24T02:00:05Z");
        let mails = app.mails();
        assert_eq!(mails.len(), 1);
        of(&mails, &app, &one);
        let admin = app.login_as(admin.id());
        assert_eq!(statuses(&runs(&admin, &made)[0]), [("sent", None), ("skipped", Some("empty"))]);
        for _ in 0..4 {
            app.advance(Duration::days(1));
            assert!(app.mails().is_empty(), "one has nothing of yesterday any more");
        }
        let admin = app.login_as(admin.id());
        assert_eq!(admin.get(&at(&made)).expect(200).json["active"], true, "that is no failure");
    }

    fn leaving_needs_a_post(app) {
        let (admin, agent) = (app.admin().clone(), app.login(Role::Agent));
        let made = schedule(&admin, &daily(&[agent.id(), admin.id()]));
        to(&app, "2026-11-24T02:00:05Z");
        let mails = app.mails();
        let link = leaving(of(&mails, &app, &agent));
        let admin = app.login_as(admin.id());
        let receivers = || admin.get(&at(&made)).expect(200).json["receivers"].clone();
        for _ in 0..3 {
            let page = app.nobody().get(&link).expect(200);
            assert!(page.text.contains("每日") && page.text.contains("退订这份报表"), "{}", page.text);
            app.nobody().send("HEAD", &link, &[], None).expect(200);
        }
        assert_eq!(receivers(), json!([agent.id(), admin.id()]));
        let one_click = [("List-Unsubscribe", "One-Click")];
        assert_eq!(app.nobody().form(&link, &one_click, "application/json").expect(200).json["outcome"], "done");
        assert_eq!(receivers(), json!([admin.id()]));
        let again = app.nobody().form(&link, &one_click, "application/json").expect(200).json;
        assert_eq!(again["outcome"], "already_done");
        to(&app, "2026-11-25T02:00:05Z");
        assert_eq!(app.mails().len(), 1);
        app.advance(Duration::days(60));
        app.mails();
        app.nobody().get(&link).expect(410);
    }

    fn whoever_leaves_before_it_is_sent_gets_none(app) {
        let (admin, agent) = (app.admin().clone(), app.login(Role::Agent));
        let made = schedule(&admin, &daily(&[agent.id()]));
        to(&app, "2026-11-24T02:00:05Z");
        let link = leaving(of(&app.mails(), &app, &agent));
        app.basket.fail_next(Failure::ForNow("451".to_owned()));
        to(&app, "2026-11-25T02:00:05Z");
        assert!(app.mails().is_empty());
        app.nobody().form(&link, &[], "application/json").expect(200);
        app.advance(Duration::minutes(1));
        assert!(app.mails().is_empty());
        let admin = app.login_as(admin.id());
        assert_eq!(statuses(&runs(&admin, &made)[0]), [("skipped", Some("removed"))]);
    }

    fn a_deleted_schedule_sends_nothing_that_waits(app) {
        let admin = app.admin().clone();
        let made = schedule(&admin, &daily(&[admin.id()]));
        app.basket.fail_next(Failure::ForNow("451".to_owned()));
        to(&app, "2026-11-24T02:00:05Z");
        assert!(app.mails().is_empty());
        let admin = app.login_as(admin.id());
        admin.delete(&at(&made)).expect(204);
        app.advance(Duration::minutes(1));
        assert!(app.mails().is_empty());
        let told = admin.all("/api/v1/notifications?event=report.scheduled");
        assert_eq!((told.len(), &told[0]["status"]), (1, &json!("dead")));
        assert!(admin.all(SCHEDULES).is_empty());
    }

    fn one_that_only_fails_is_switched_off_and_its_owner_hears_of_it(app) {
        let (admin, agent) = (app.admin().clone(), app.login(Role::Agent));
        let made = schedule(&admin, &with(daily(&[agent.id()]), json!({"name": "坏的"})));
        for day in 24..27 {
            let shown = app.login_as(admin.id()).get(&at(&made)).expect(200).json;
            assert_eq!(shown["active"], true, "before the {day}th");
            app.basket.fail_next(Failure::ForGood("550 no such user".to_owned()));
            to(&app, &format!("2026-11-{day}T02:00:05Z"));
            app.work();
        }
        let [mail] = &app.mails()[..] else { panic!("one mail") };
        assert!(mail.subject.starts_with("【已停用】") && mail.subject.contains("坏的"), "{}", mail.subject);
        assert_eq!(mail.to, app.email(admin.id()));
        let admin = app.login_as(admin.id());
        let off = admin.get(&at(&made)).expect(200).json;
        assert_eq!(
            (&off["active"], &off["disabled_reason"], &off["next_run_at"]),
            (&json!(false), &json!("failing"), &json!(null))
        );
        assert!(runs(&admin, &made).iter().all(|run| statuses(run) == [("dead", None)]));
        let on = admin.patch(&at(&made), &json!({"active": true})).expect(200).json;
        assert_eq!((&on["next_run_at"], &on["disabled_reason"]), (&json!("2026-11-27T02:00:00.000Z"), &json!(null)));
        app.basket.fail_next(Failure::ForGood("550 no such user".to_owned()));
        to(&app, "2026-11-27T02:00:05Z");
        app.work();
        let admin = app.login_as(admin.id());
        assert_eq!(admin.get(&at(&made)).expect(200).json["active"], true, "former failures are not counted");
    }

    fn names_are_escaped_and_the_language_is_the_reader_s(app) {
        let admin = app.admin();
        admin.patch("/api/v1/me", &json!({"locale": "en", "name": "Zhou <b>& Co</b>"})).expect(200);
        let inquiry = own(admin, json!({}));
        assert!(inquiry["id"].is_string());
        let by_agent = json!([{"report": "overview", "query": {"group_by": "agent"}}, {"report": "ageing"}]);
        let named = json!({"name": "Week <1>", "reports": by_agent, "period": "last_7_days"});
        let made = schedule(admin, &with(daily(&[admin.id()]), named));
        admin.act(&format!("{}/run", at(&made))).expect(202);
        let [mail] = &app.mails()[..] else { panic!("one mail") };
        assert_eq!(mail.subject, "[Report] Week <1> · 2026-11-17 – 2026-11-23");
        assert!(mail.html.contains("Week &lt;1&gt;") && mail.html.contains("Zhou &lt;b&gt;&amp; Co&lt;/b&gt;"));
        assert!(!mail.html.contains("<b>") && mail.text.contains("Zhou <b>& Co</b>"));
        assert!(mail.text.contains("As of 2026-11-23 10:00"), "what is open at a moment is of all dates");
    }
}

#[test]
fn two_servers_run_each_moment_once() {
    let Some(app) = TestApp::start(Database::Postgres) else { return };
    let other = app.second();
    let admin = app.admin().clone();
    let made: Vec<Value> = (0..5).map(|_| schedule(&admin, &daily(&[admin.id()]))).collect();
    for day in 24..27 {
        to(&app, &format!("2026-11-{day}T02:00:05Z"));
        at_once(2, |n| [&app, &other][n].work());
        let mails = app.basket.take().len() + other.basket.take().len();
        assert_eq!(mails, made.len(), "on the {day}th");
    }
    let admin = app.login_as(admin.id());
    for one in &made {
        let all = runs(&admin, one);
        assert_eq!(all.len(), 3);
        assert!(all.iter().all(|run| statuses(run) == [("sent", None)]), "{all:?}");
    }
}
