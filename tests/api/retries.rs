//! Deliveries of notifications that fail: tried again, given up, and retried by an administrator.
//! Who is notified is in notifications.rs.

use chrono::Duration;
use leaddock::access::Role;
use leaddock::kernel::clock::Timestamp;
use leaddock::kernel::id::NotificationId;
use leaddock::platform::delivery::{LeaseHolder, store};
use leaddock::platform::mail::Failure;
use serde_json::{Value, json};

use crate::notifications::{NOTIFICATIONS, for_now, only, retry};
use crate::support::desk::{give, id};
use crate::support::each_database;

fn for_good(words: &str) -> Failure {
    Failure::ForGood(words.to_owned())
}

fn moment(value: &Value) -> Timestamp {
    Timestamp::parse(value.as_str().expect("a moment")).unwrap()
}

each_database! {
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
        let lease = store::Lease {
            holder: LeaseHolder::floor(app.clock.now()),
            from: app.clock.now(),
            span: Duration::minutes(3),
        };
        let leased = app.write(move |tx| store::lease(tx, &waiting, lease)).unwrap();
        assert_eq!(leased.len(), 1);
        app.advance(Duration::minutes(3));
        assert!(app.mails().is_empty());
        app.advance(Duration::milliseconds(1));
        assert_eq!(app.mails().len(), 1);
        assert!(app.mails().is_empty());
    }
}
