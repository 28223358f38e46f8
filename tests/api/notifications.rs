//! Who is notified of what by mail, what a mail says, and what becomes of one that cannot be delivered.
//! How a message is put into Internet form is tested beside `platform/mail`.

use chrono::Duration;
use leaddock::access::Role;
use leaddock::kernel::clock::Timestamp;
use leaddock::kernel::id::NotificationId;
use leaddock::platform::delivery::store;
use leaddock::platform::mail::Failure;
use serde_json::{Value, json};

use crate::support::desk::{INQUIRIES, SIX, USERS, create, give, id, move_to, own, path, plan, with};
use crate::support::{Client, PUBLIC_URL, TestApp, at_once, each_database};

const NOTIFICATIONS: &str = "/api/v1/notifications";

fn for_now(words: &str) -> Failure {
    Failure::ForNow(words.to_owned())
}

fn for_good(words: &str) -> Failure {
    Failure::ForGood(words.to_owned())
}

/// All that an admin sees, the oldest first.
fn notifications(admin: &Client) -> Vec<Value> {
    let mut all = admin.all(NOTIFICATIONS);
    all.reverse();
    all
}

/// The one notification that there is.
fn only(admin: &Client) -> Value {
    let all = notifications(admin);
    assert_eq!(all.len(), 1, "{all:?}");
    all[0].clone()
}

fn moment(value: &Value) -> Timestamp {
    Timestamp::parse(value.as_str().expect("a moment")).unwrap()
}

fn retry(client: &Client, notification: &Value) -> crate::support::Answer {
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

    fn a_mail_speaks_its_reader_s_language(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        for (locale, word, other) in
            [(json!(null), "需求", "Need"), (json!("en"), "Need", "需求:"), (json!("zh-CN"), "需求", "Need")]
        {
            admin.patch(&format!("{USERS}/{}", agent.id()), &json!({"locale": locale})).expect(200);
            let inquiry = give(admin, agent.id(), json!({}));
            plan(&app, admin, &inquiry, Duration::zero());
            let mails = app.mails();
            assert_eq!(mails.len(), 2);
            for mail in mails {
                assert!(
                    mail.text.contains(word) && mail.html.contains(word) && !mail.text.contains(other),
                    "{}",
                    mail.text
                );
            }
        }
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
        assert!(app.mails().is_empty());
        assert_eq!(notifications(admin).len(), 1);
    }

    fn each_owner_is_notified_when_it_becomes_theirs(app) {
        let (admin, one, other) = (app.admin(), app.login(Role::Agent), app.login(Role::Agent));
        let inquiry = give(admin, one.id(), json!({}));
        let assign = |to: &Client| {
            admin.post(&format!("{}/assign", path(&inquiry)), &json!({"assignee_id": to.id()})).expect(200)
        };
        let addressees = || app.mails().into_iter().map(|mail| mail.to).collect::<Vec<_>>();
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

    fn a_failed_one_is_tried_again_until_it_is_taken(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        give(admin, agent.id(), json!({}));
        app.basket.fail_next(for_now("451 greylisted"));
        app.basket.fail_next(for_now("452 too many"));
        let mut first_id = None;
        for (attempt, words, least, most) in [(1, "451 greylisted", 4, 6), (2, "452 too many", 24, 36)] {
            app.work();
            let failed = only(admin);
            assert_eq!(
                (&failed["status"], &failed["attempts"], &failed["last_error"], &failed["sent_at"]),
                (&json!("failed"), &json!(attempt), &json!(words), &json!(null))
            );
            let wait = moment(&failed["next_attempt_at"]).since(app.clock.now());
            assert!((Duration::seconds(least)..=Duration::seconds(most)).contains(&wait), "{wait}");
            assert_eq!(
                first_id.get_or_insert(failed["message_id"].clone()),
                &failed["message_id"],
                "the same mail in every try"
            );
            // Not before its time.
            app.advance(wait - Duration::milliseconds(1));
            app.work();
            assert_eq!(only(admin), failed);
            app.advance(Duration::milliseconds(1));
        }
        assert_eq!(app.mails().len(), 1);
        let sent = only(admin);
        assert_eq!(
            (&sent["status"], &sent["attempts"], &sent["last_error"]),
            (&json!("sent"), &json!(3), &json!(null))
        );
        assert_eq!(Some(sent["message_id"].clone()), first_id);
    }

    fn one_that_is_refused_for_good_is_dead_until_an_admin_says_otherwise(app) {
        let (admin, agent, manager) = (app.admin(), app.login(Role::Agent), app.login(Role::Manager));
        give(admin, agent.id(), json!({}));
        app.basket.fail_next(for_good("550 no such user"));
        app.work();
        let dead = only(admin);
        assert_eq!(
            (&dead["status"], &dead["attempts"], &dead["last_error"], &dead["next_attempt_at"]),
            (&json!("dead"), &json!(1), &json!("550 no such user"), &json!(null))
        );
        app.advance(Duration::minutes(14));
        assert!(app.mails().is_empty());
        for client in [&agent, &manager] {
            retry(client, &dead).refused(403, "forbidden");
        }
        assert_eq!(retry(admin, &dead).expect(200).json["status"], "pending");
        retry(admin, &dead).refused(409, "not_dead");
        assert_eq!(app.mails().len(), 1);
        let sent = only(admin);
        assert_eq!(
            (&sent["status"], &sent["attempts"], &sent["message_id"]),
            (&json!("sent"), &json!(2), &dead["message_id"])
        );
        retry(admin, &dead).refused(409, "not_dead");
        for absent in ["ntf_00000000000000000000000000", "ntf_x", "x"] {
            retry(admin, &json!({"id": absent})).refused(404, "not_found");
        }
    }

    fn who_cannot_be_reached_for_days_is_given_up(app) {
        let agent = app.login(Role::Agent);
        give(app.admin(), agent.id(), json!({}));
        for hours in [0, 40, 40, 40] {
            app.advance(Duration::hours(hours));
            app.basket.fail_next(for_now("connection refused"));
            app.work();
        }
        let admin = app.login_as(app.admin().id());
        let given_up = only(&admin);
        assert_eq!(
            (&given_up["status"], &given_up["attempts"], &given_up["last_error"]),
            (&json!("dead"), &json!(4), &json!("connection refused"))
        );
        app.advance(Duration::days(10));
        assert!(app.mails().is_empty());
        retry(&app.login_as(admin.id()), &given_up).expect(200);
        assert_eq!(app.mails().len(), 1);
    }

    fn a_panic_in_one_delivery_stops_no_other(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        for n in 0..5 {
            give(admin, agent.id(), json!({"company": format!("第{n}")}));
        }
        app.basket.panic_next();
        app.basket.fail_next(for_good("550"));
        assert_eq!(app.mails().len(), 3);
        let of_status = |status: &str| admin.all(&format!("{NOTIFICATIONS}?status={status}"));
        assert_eq!(
            [
                of_status("sent").len(),
                of_status("failed").len(),
                of_status("dead").len(),
                of_status("pending").len()
            ],
            [3, 1, 1, 0]
        );
        assert_eq!(of_status("failed")[0]["last_error"], "the message could not be put together");
        app.advance(Duration::seconds(10));
        assert_eq!(app.mails().len(), 1);
        assert_eq!(of_status("sent").len(), 4);
    }

    fn one_that_always_panics_is_given_up_after_a_while(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        give(admin, agent.id(), json!({}));
        for _ in 0..5 {
            app.basket.panic_next();
            app.work();
            app.advance(Duration::minutes(90));
        }
        app.work();
        let admin = app.login_as(admin.id());
        assert_eq!((&only(&admin)["status"], &only(&admin)["attempts"]), (&json!("dead"), &json!(5)));
        assert!(app.mails().is_empty());
    }

    fn who_dies_while_sending_holds_it_up_for_minutes_only(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        give(admin, agent.id(), json!({}));
        let notification: NotificationId = id(&only(admin)).parse().unwrap();
        let waiting = vec![store::id_for(notification)];
        let leased = app.write(move |tx| store::lease(tx, &waiting, Duration::minutes(3))).unwrap();
        assert_eq!(leased.len(), 1);
        app.advance(Duration::minutes(3));
        assert!(app.mails().is_empty());
        app.advance(Duration::milliseconds(1));
        assert_eq!(app.mails().len(), 1);
        assert!(app.mails().is_empty());
    }

    fn a_poisonous_text_stays_text(app) {
        let agent = app.login(Role::Agent);
        let sent = json!({"need": "厂房\r\nBcc: a@evil.example\r\n\r\n<svg onload=alert(1)> \u{0}\u{7}",
            "company": "甲\r\nX-Evil: 1",
            "contact": "<img src=x onerror=y> & \"周\"", "phone": "138 0013 8000\r\nTo: b@evil.example",
            "email": "x@example.com\r\nBcc: c@evil.example", "wechat": "{{ 7*7 }}{% raw %}"});
        app.nobody().post("/f/default", &sent).expect(202);
        let [mail] = &app.mails()[..] else { panic!("one mail") };
        let heads = [&mail.subject, &mail.to, &mail.to_name, &mail.id];
        assert!(heads.iter().all(|text| !text.chars().any(char::is_control)), "{heads:?}");
        assert_eq!((mail.to.as_str(), &mail.reply_to), (app.email(agent.id()).as_str(), &None));
        assert!(
            !mail.html.contains("<svg")
                && !mail.html.contains("<img")
                && mail.html.contains("alert(1)")
                && mail.html.contains("{{ 7*7 }}")
        );
        assert!(
            mail.text.contains("<svg onload=alert(1)>")
                && mail.text.contains("甲 X-Evil: 1")
                && !mail.text.contains(['\u{0}', '\u{7}', '\r'])
        );
        // Over the API such a name does not even come in.
        for member in ["company", "contact", "phone", "wechat", "email"] {
            agent
                .post(INQUIRIES, &json!({"need": "x", member: "甲\r\nBcc: a@evil.example"}))
                .finds_fault_with(&[&format!("/{member}")]);
            agent
                .post(INQUIRIES, &json!({"need": "x", member: "甲\u{0}"}))
                .finds_fault_with(&[&format!("/{member}")]);
        }
        app.admin()
            .patch(&format!("{USERS}/{}", agent.id()), &json!({"name": "周\r\nBcc: a@evil.example"}))
            .finds_fault_with(&["/name"]);
    }

    fn a_subject_says_what_is_wanted_and_hides_numbers_of_phones_only(app) {
        let agent = app.login(Role::Agent);
        for (said, wanted) in [
            (
                json!({"need": "需要2000-3000平米厂房，层高9米，承重2吨，预算25-30元/平/月"}),
                "【新线索】需要2000-3000平米厂房，层高9米，承重2吨，预算25-30元/平/月",
            ),
            (
                json!({"need": "求租仓库，请致电13900139001或 138 0013 8000，10000平"}),
                "【新线索】求租仓库，请致电…或 …，10000平",
            ),
            (
                json!({"need": "邮箱zhou@example.com，求购土地50亩，投资20000000元"}),
                "【新线索】邮箱…，求购土地50亩，投资20000000元",
            ),
            (
                json!({"need": "启澜精密的周启澜\n求租 3000平", "company": "启澜精密", "contact": "周启澜"}),
                "【新线索】…的… 求租 3000平",
            ),
            (json!({"need": "13800138000", "usage": "仓储"}), "【新线索】仓储"),
            (json!({"company": "只有公司"}), "【新线索】有人来咨询"),
        ] {
            app.admin().post(INQUIRIES, &with(said, json!({"assign": agent.id()}))).expect(201);
            assert_eq!(app.mails()[0].subject, wanted);
        }
        let long = give(app.admin(), agent.id(), json!({"need": "厂".repeat(500)}));
        let subject = app.mails().remove(0).subject;
        assert!(subject.ends_with('…') && subject.chars().count() <= 80, "{subject}");
        plan(&app, app.admin(), &long, Duration::zero());
        assert!(app.mails()[0].subject.starts_with("【待跟进】厂厂厂"));
    }

    fn line_ends_are_kept_in_both_forms_of_a_mail(app) {
        let agent = app.login(Role::Agent);
        give(app.admin(), agent.id(), json!({"message": "第一行\n第二行 <b>\n\n第四行"}));
        let mail = app.mails().remove(0);
        // Not every program for mail knows white-space in styles.
        assert!(
            mail.html.contains("第一行<br>\n第二行 &lt;b&gt;<br>\n<br>\n第四行")
                && !mail.html.contains("white-space"),
            "{}",
            mail.html
        );
        assert!(mail.text.contains("第一行\n第二行 <b>\n\n第四行"), "{}", mail.text);
        assert!(mail.html.contains("max-width:560px") && mail.html.contains("table-layout:fixed"));
    }

    fn even_the_longest_inquiry_makes_a_mail(app) {
        let agent = app.login(Role::Agent);
        let long = |sign: &str| sign.repeat(10_000);
        give(
            app.admin(),
            agent.id(),
            json!({"need": long("<"), "usage": long("用"), "tax": long("&"), "message": long("\n"),
                "company": "公".repeat(200)}),
        );
        let mail = &app.mails()[0];
        assert!(
            mail.subject.chars().count() <= 120
                && mail.html.len() < 256 << 10
                && mail.text.contains(&"公".repeat(200))
        );
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
