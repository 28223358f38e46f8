//! Who is notified of what by mail, what a mail says, and what becomes of one that cannot be delivered.
//! How a message is put into Internet form is tested beside `platform/mail`.

use chrono::Duration;
use leaddock::access::Role;
use leaddock::platform::mail::Failure;
use serde_json::{Value, json};

use crate::support::desk::{SIX, USERS, create, give, id, move_to, own, path, plan};
use crate::support::{Client, PUBLIC_URL, TestApp, at_once, each_database};

pub const NOTIFICATIONS: &str = "/api/v1/notifications";

pub fn for_now(words: &str) -> Failure {
    Failure::ForNow(words.to_owned())
}

/// All that an admin sees, the oldest first.
pub fn notifications(admin: &Client) -> Vec<Value> {
    let mut all = admin.all(NOTIFICATIONS);
    all.reverse();
    all
}

/// The one notification that there is.
pub fn only(admin: &Client) -> Value {
    let all = notifications(admin);
    assert_eq!(all.len(), 1, "{all:?}");
    all[0].clone()
}

pub fn retry(client: &Client, notification: &Value) -> crate::support::Answer {
    client.act(&format!("{NOTIFICATIONS}/{}/retry", id(notification)))
}

/// The dead one there is says why; that mail never left.
#[track_caller]
fn is_over(app: &TestApp, admin: &Client, why: &str) {
    app.work();
    let dead = admin.all(&format!("{NOTIFICATIONS}?status=dead"));
    assert_eq!(dead.len(), 1);
    assert!(dead[0]["last_error"].as_str().unwrap().contains(why), "{}", dead[0]);
    assert_eq!((&dead[0]["sent_at"], &dead[0]["next_attempt_at"]), (&json!(null), &json!(null)));
}

each_database! {
    fn the_new_owner_is_notified_of_everything_at_once(app) {
        let agent = app.login(Role::Agent);
        let inquiry = give(
            app.admin(),
            agent.id(),
            json!({"email": "zhou@example.com", "wechat": "zhou_qilan", "message": "希望月底前看房"}),
        );
        let waiting = only(app.admin());
        assert_eq!(
            (&waiting["status"], &waiting["attempts"], &waiting["next_attempt_at"]),
            (&json!("pending"), &json!(0), &json!(app.clock.now()))
        );

        let [mail] = &app.mails()[..] else { panic!("one mail") };
        assert_eq!(
            (mail.to.as_str(), mail.to_name.as_str(), mail.reply_to.as_deref()),
            (app.email(agent.id()).as_str(), "agent-0", Some("zhou@example.com"))
        );
        let link = format!("{PUBLIC_URL}/i/{}", id(&inquiry));
        for item in SIX.into_iter().chain(["email", "wechat", "message"]) {
            let words = inquiry[item].as_str().unwrap();
            assert!(mail.text.contains(words) && mail.html.contains(words), "{item} in {}", mail.text);
        }
        assert!(mail.text.contains(&link) && mail.html.contains(&format!("href=\"{link}\"")));
        assert!(mail.text.contains("2026-11-23 10:00"), "the time as the organisation counts it");
        // A subject is seen by bystanders: no name, no number.
        assert!(
            !mail.subject.is_empty()
                && ["周启澜", "13800138000", "138", "精密"]
                    .into_iter()
                    .all(|word| !mail.subject.contains(word)),
            "{}",
            mail.subject
        );
        assert_eq!(mail.thread.as_deref(), Some(id(&inquiry)));

        let sent = only(app.admin());
        assert_eq!(
            (&sent["status"], &sent["attempts"], &sent["sent_at"]),
            (&json!("sent"), &json!(1), &json!(app.clock.now()))
        );
        assert_eq!(
            (&sent["next_attempt_at"], &sent["last_error"], &sent["channel"], &sent["event"]),
            (&json!(null), &json!(null), &json!("mail"), &json!("inquiry.assigned"))
        );
        assert_eq!(
            (&sent["user_id"], &sent["inquiry_id"], &sent["to"]),
            (&json!(agent.id()), &inquiry["id"], &json!(mail.to))
        );
        assert_eq!(
            (sent["id"].as_str(), &sent["message_id"]),
            (Some(mail.id.as_str()), &json!(format!("<{}@example.com>", mail.id)))
        );
        assert!(app.mails().is_empty(), "once");
    }

    fn nobody_is_notified_of_their_own_doing(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        own(&agent, json!({}));
        let inquiry = own(admin, json!({}));
        admin.post(&format!("{}/assign", path(&inquiry)), &json!({"assignee_id": agent.id()})).expect(200);
        assert_eq!(app.mails().len(), 1);
        admin.post(&format!("{}/assign", path(&inquiry)), &json!({"assignee_id": admin.id()})).expect(200);
        create(admin, json!({}));
        for change in [json!({"company": "x"}), json!({"tags": ["急"]})] {
            admin.patch(&path(&inquiry), &change).expect(200);
        }
        move_to(admin, &inquiry, "contacted").expect(200);
        // Whoever had it before hears that it has moved on.
        let to: Vec<String> = app.mails().into_iter().map(|mail| mail.to).collect();
        assert_eq!(to, [app.email(agent.id())]);
        assert_eq!(notifications(admin).len(), 2);
    }

    fn each_owner_is_notified_when_it_becomes_theirs(app) {
        let (admin, one, other) = (app.admin(), app.login(Role::Agent), app.login(Role::Agent));
        let inquiry = give(admin, one.id(), json!({}));
        let assign = |to: &Client| {
            admin.post(&format!("{}/assign", path(&inquiry)), &json!({"assignee_id": to.id()})).expect(200)
        };
        let is_theirs = |subject: &str| !subject.starts_with("【已转出】");
        let addressees = || {
            let mails = app.mails().into_iter().filter(|mail| is_theirs(&mail.subject));
            mails.map(|mail| mail.to).collect::<Vec<_>>()
        };
        assert_eq!(addressees(), [app.email(one.id())]);
        assign(&other);
        assert_eq!(addressees(), [app.email(other.id())]);
        assign(&other);
        assert!(addressees().is_empty());
        assign(&one);
        assert_eq!(addressees(), [app.email(one.id())]);
        // Given on before it left: only the one whose it is now hears of it.
        assign(&other);
        assign(&one);
        assign(&other);
        let notified = addressees();
        assert!(
            !notified.is_empty() && notified.iter().all(|to| *to == app.email(other.id())),
            "{notified:?}"
        );
        assert_eq!(admin.all(&format!("{NOTIFICATIONS}?status=dead&user={}", one.id())).len(), 1);
    }

    fn a_reminder_comes_when_it_is_due_and_once(app) {
        let agent = app.login(Role::Agent);
        let inquiry = own(&agent, json!({}));
        let due_at = app.clock.now().plus(Duration::hours(2));
        agent
            .post(
                &format!("{}/follow-ups", path(&inquiry)),
                &json!({"kind": "viewing", "due_at": due_at, "note": "看一号厂房 <b>北门</b>"}),
            )
            .expect(201);
        app.advance(Duration::hours(2) - Duration::milliseconds(1));
        assert!(app.mails().is_empty());
        app.advance(Duration::milliseconds(1));
        let [mail] = &app.mails()[..] else { panic!("one mail") };
        assert_eq!(mail.to, app.email(agent.id()));
        for words in [
            "看房",
            "看一号厂房 <b>北门</b>",
            "2026-11-23 12:00",
            inquiry["company"].as_str().unwrap(),
            "138 0013 8000",
            &format!("{PUBLIC_URL}/i/{}", id(&inquiry)),
        ] {
            assert!(mail.text.contains(words), "{words} in {}", mail.text);
        }
        assert!(!mail.html.contains("<b>") && mail.html.contains("北门"));
        app.advance(Duration::days(1));
        assert!(app.mails().is_empty());
        let agent = app.login_as(agent.id());
        assert_eq!(only(&app.login_as(app.admin().id()))["event"], "follow_up.due");
        // The reminder is no change of the inquiry's.
        assert_eq!(agent.get(&path(&inquiry)).expect(200).json["version"], 2);
    }

    fn what_was_due_already_is_notified_at_once(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        let inquiry = own(&agent, json!({}));
        for n in 0..3 {
            plan(&app, &agent, &inquiry, -Duration::hours(n));
        }
        assert_eq!(app.mails().len(), 3);
        // In the pool nobody is to be reminded; whoever gets it is.
        let pool = create(admin, json!({}));
        plan(&app, admin, &pool, -Duration::hours(1));
        assert!(app.mails().is_empty());
        admin.post(&format!("{}/assign", path(&pool)), &json!({"assignee_id": agent.id()})).expect(200);
        assert_eq!(app.mails().len(), 2);
    }

    fn what_became_due_in_the_bin_is_reminded_of_once_it_is_back(app) {
        let (admin, one, other) = (app.admin(), app.login(Role::Agent), app.login(Role::Agent));
        let inquiry = own(&one, json!({}));
        plan(&app, &one, &inquiry, Duration::minutes(5));
        admin.delete(&path(&inquiry)).expect(204);
        app.advance(Duration::minutes(10));
        assert!(app.mails().is_empty());
        admin.act(&format!("{}/restore", path(&inquiry))).expect(200);
        let reminded = |app: &TestApp| app.mails().into_iter().map(|mail| mail.to).collect::<Vec<_>>();
        assert_eq!(reminded(&app), [app.email(one.id())]);
        // Once: neither another owner nor another way out of the bin announces it anew.
        admin.post(&format!("{}/assign", path(&inquiry)), &json!({"assignee_id": other.id()})).expect(200);
        admin.delete(&path(&inquiry)).expect(204);
        admin.act(&format!("{}/restore", path(&inquiry))).expect(200);
        reminded(&app);
        let due = admin.all(&format!("{NOTIFICATIONS}?event=follow_up.due"));
        assert_eq!(due.len(), 1, "{due:?}");
    }

    fn what_is_done_in_time_is_not_reminded_of(app) {
        let agent = app.login(Role::Agent);
        let inquiry = own(&agent, json!({}));
        let planned = plan(&app, &agent, &inquiry, Duration::minutes(10));
        agent
            .post(&format!("/api/v1/follow-ups/{}/complete", id(&planned)), &json!({"outcome": "reached"}))
            .expect(200);
        app.advance(Duration::minutes(14));
        assert!(app.mails().is_empty());
        // Done after it was announced, before the mail left.
        let late = plan(&app, &agent, &inquiry, Duration::zero());
        app.basket.fail_next(for_now("busy"));
        app.work();
        agent
            .post(&format!("/api/v1/follow-ups/{}/complete", id(&late)), &json!({"outcome": "reached"}))
            .expect(200);
        app.advance(Duration::minutes(1));
        app.work();
        let admin = app.login_as(app.admin().id());
        is_over(&app, &admin, "over");
        assert!(app.mails().is_empty());
    }

    fn a_mail_about_what_has_moved_on_is_not_sent(app) {
        let (admin, one, other) = (app.admin(), app.login(Role::Agent), app.login(Role::Agent));
        let inquiry = give(admin, one.id(), json!({}));
        admin.post(&format!("{}/assign", path(&inquiry)), &json!({"assignee_id": other.id()})).expect(200);
        is_over(&app, admin, "over");
        assert_eq!(app.mails().len(), 1);
    }

    fn a_mail_about_what_lies_in_the_bin_is_not_sent(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        let inquiry = give(admin, agent.id(), json!({}));
        admin.delete(&path(&inquiry)).expect(204);
        is_over(&app, admin, "over");
        // Brought back, an admin can have it sent after all.
        admin.act(&format!("{}/restore", path(&inquiry))).expect(200);
        assert!(app.mails().is_empty());
        retry(admin, &only(admin)).expect(200);
        assert_eq!(app.mails().len(), 1);
    }

    fn a_mail_to_who_has_left_is_not_sent(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        give(admin, agent.id(), json!({}));
        admin.patch(&format!("{USERS}/{}", agent.id()), &json!({"active": false})).expect(200);
        is_over(&app, admin, "inactive");
        assert!(app.mails().is_empty());
    }

    fn a_new_address_is_used_at_once(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        give(admin, agent.id(), json!({"company": "旧名"}));
        admin
            .patch(
                &format!("{USERS}/{}", agent.id()),
                &json!({"email": "moved@example.com", "name": "<i>周</i>"}),
            )
            .expect(200);
        let mail = &app.mails()[0];
        assert_eq!((mail.to.as_str(), mail.to_name.as_str()), ("moved@example.com", "<i>周</i>"));
        assert!(!mail.html.contains("<i>") && mail.text.contains("<i>周</i>"));
    }

    fn each_sees_their_own_notifications(app) {
        let (admin, one, other, manager) =
            (app.admin(), app.login(Role::Agent), app.login(Role::Agent), app.login(Role::Manager));
        let first = give(admin, one.id(), json!({}));
        give(admin, other.id(), json!({}));
        plan(&app, admin, &first, Duration::zero());
        assert_eq!(app.mails().len(), 3);
        give(admin, one.id(), json!({}));
        let count = |client: &Client, query: &str| {
            let rows = client.all(&format!("{NOTIFICATIONS}?limit=1&{query}"));
            assert!(rows.windows(2).all(|pair| id(&pair[0]) > id(&pair[1])), "the newest first");
            assert_eq!(
                client.get(&format!("{NOTIFICATIONS}?count=true&{query}")).expect(200).json["total"],
                rows.len()
            );
            rows.len()
        };
        for (client, query, wanted) in [
            (admin, String::new(), 4),
            (&one, String::new(), 3),
            (&other, String::new(), 1),
            (&manager, String::new(), 0),
            (admin, "status=pending".to_owned(), 1),
            (admin, "status=sent".to_owned(), 3),
            (admin, "status=failed,dead".to_owned(), 0),
            (&one, "status=pending,sent".to_owned(), 3),
            (admin, format!("user={}", one.id()), 3),
            (&one, format!("user={}", other.id()), 0),
            (admin, format!("inquiry={}", id(&first)), 2),
            (&other, format!("inquiry={}", id(&first)), 0),
            (admin, "event=follow_up.due".to_owned(), 1),
            (admin, "event=inquiry.assigned,follow_up.due".to_owned(), 4),
        ] {
            assert_eq!(count(client, &query), wanted, "{query}");
        }
        for bad in ["status=lost", "user=x", "inquiry=usr_x", "event=user.created"] {
            admin.get(&format!("{NOTIFICATIONS}?{bad}")).refused(400, "bad_query");
        }
        assert_eq!(app.mails().len(), 1);
    }

    fn of_many_at_once_each_is_notified_once(app) {
        let agents: Vec<Client> = (0..3).map(|_| app.login(Role::Agent)).collect();
        at_once(30, |n| app.nobody().post("/f/default", &json!({"company": format!("第{n}")})).expect(202));
        // More than one round of the deliverer, and some that fail on the way.
        for _ in 0..4 {
            app.basket.fail_next(for_now("busy"));
        }
        let mut ids: Vec<String> = app.mails().into_iter().map(|mail| mail.id).collect();
        assert_eq!(ids.len(), 26);
        app.advance(Duration::seconds(6));
        ids.extend(app.mails().into_iter().map(|mail| mail.id));
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 30);
        assert!(agents.iter().all(|agent| {
            agent.get(&format!("{NOTIFICATIONS}?count=true&status=sent")).expect(200).json["total"] == 10
        }));
    }
}
