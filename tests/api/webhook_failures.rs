//! Webhooks that nobody takes: tried again, given up, switched off; and none delays another.
//! What is posted is tested in `webhooks.rs`.

use chrono::Duration;
use leaddock::kernel::clock::Timestamp;
use serde_json::{Value, json};

use crate::support::desk::create;
use crate::support::receiver::{Reaction, Receiver};
use crate::support::{Client, TestApp};
use crate::webhooks::{at, deliveries, each_database_with_hooks, hook, redeliver};

/// An administrator whose token is fresh.
fn fresh(app: &TestApp) -> Client {
    app.login_as(app.admin().id())
}

/// The one delivery of a webhook.
#[track_caller]
fn only(admin: &Client, hook: &Value) -> Value {
    let mut all = deliveries(admin, hook, "");
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

fn next_attempt(delivery: &Value) -> Timestamp {
    Timestamp::parse(delivery["next_attempt_at"].as_str().expect("a moment")).unwrap()
}

fn last(delivery: &Value) -> &Value {
    delivery["attempts"].as_array().unwrap().last().expect("a try")
}

each_database_with_hooks! {
    fn what_is_not_taken_is_tried_seven_times_more_and_then_dead(app) {
        let receiver = Receiver::start(Reaction::Answer(503));
        let made = hook(app.admin(), &receiver, json!({}));
        create(app.admin(), json!({}));
        for seconds in [0, 5, 300, 1_800, 7_200, 18_000, 36_000, 36_000_i64] {
            let admin = fresh(&app);
            if seconds > 0 {
                let failed = only(&admin, &made);
                assert_eq!(failed["status"], "failed");
                let wait = next_attempt(&failed).since(app.clock.now());
                let around = seconds * 899..=seconds * 1_101;
                assert!(around.contains(&wait.num_milliseconds()), "{wait} in place of {seconds} seconds");
                // Not before its time.
                app.advance(wait - Duration::milliseconds(1));
                app.work();
                assert!(receiver.take().is_empty());
                app.advance(Duration::milliseconds(1));
            }
            app.work();
            let call = receiver.take_one();
            let tried = only(&fresh(&app), &made);
            assert_eq!(tried["event_id"], call.header("webhook-id"), "the same in every try");
            let seconds = app.clock.now().millis() / 1000;
            assert_eq!(call.header("webhook-timestamp"), seconds.to_string());
            assert_eq!(
                (&last(&tried)["status_code"], &last(&tried)["error"]),
                (&json!(503), &json!("it answered 503"))
            );
        }
        let admin = fresh(&app);
        let dead = only(&admin, &made);
        assert_eq!(
            (&dead["status"], &dead["next_attempt_at"], dead["attempts"].as_array().unwrap().len()),
            (&json!("dead"), &json!(null), 8)
        );
        app.advance(Duration::days(3));
        app.work();
        assert!(receiver.take().is_empty());
        // Once more, on the whole schedule.
        let admin = fresh(&app);
        redeliver(&admin, &made, &dead).expect(202);
        app.work();
        assert_eq!(receiver.take_one().header("webhook-id"), dead["event_id"]);
        let failed = only(&admin, &made);
        assert_eq!(failed["status"], "failed");
        assert!(next_attempt(&failed).since(app.clock.now()) < Duration::seconds(6));
        receiver.usually(Reaction::Answer(200));
        app.advance(Duration::seconds(6));
        app.work();
        let delivered = only(&admin, &made);
        assert_eq!(
            (&delivered["status"], delivered["attempts"].as_array().unwrap().len()),
            (&json!("delivered"), 10)
        );
    }

    fn whatever_is_no_success_is_a_failure(app) {
        let (admin, elsewhere) = (app.admin(), Receiver::start(Reaction::Answer(200)));
        for (reaction, code) in [
            (Reaction::Redirect(elsewhere.url()), json!(307)),
            (Reaction::Answer(304), json!(304)),
            (Reaction::Answer(400), json!(400)),
            (Reaction::Answer(404), json!(404)),
            (Reaction::HangUp, json!(null)),
        ] {
            let receiver = Receiver::start(reaction);
            let made = hook(admin, &receiver, json!({}));
            create(admin, json!({}));
            app.work();
            let failed = only(admin, &made);
            assert_eq!((&failed["status"], &last(&failed)["status_code"]), (&json!("failed"), &code));
            assert!(last(&failed)["error"].is_string() && receiver.take().len() == 1);
            admin.delete(&at(&made)).expect(204);
        }
        assert!(elsewhere.take().is_empty(), "redirects are never followed");
        // Nobody is there.
        let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let body = json!({"url": format!("http://{nobody}/"), "events": ["*"]});
        let made = admin.post(crate::webhooks::WEBHOOKS, &body).expect(201).json;
        for _ in 0..8 {
            create(admin, json!({}));
        }
        app.work();
        let failed = deliveries(admin, &made, "status=failed");
        assert_eq!(failed.len(), 8, "each has its own schedule");
        assert!(failed.iter().all(|failed| last(failed)["status_code"].is_null()));
    }

    fn one_that_hangs_delays_no_other(app) {
        let (admin, hangs) = (app.admin(), Receiver::start(Reaction::Hang));
        let takes = Receiver::start(Reaction::LetGo(hangs.clone()));
        let (hanging, taking) = (hook(admin, &hangs, json!({})), hook(admin, &takes, json!({})));
        create(admin, json!({}));
        app.work();
        assert_eq!((hangs.take().len(), takes.take().len()), (1, 1));
        assert_eq!(only(admin, &taking)["status"], "delivered");
        let failed = only(admin, &hanging);
        assert_eq!(failed["status"], "failed");
        let words = last(&failed)["error"].as_str().unwrap();
        assert!(words.starts_with("the connection ended"), "the other one was posted meanwhile: {words}");
    }

    fn one_that_is_gone_is_switched_off_at_once(app) {
        let (admin, receiver) = (app.admin(), Receiver::start(Reaction::Answer(200)));
        let (made, watcher) = (hook(admin, &receiver, json!({})), Receiver::start(Reaction::Answer(200)));
        hook(admin, &watcher, json!({"events": ["webhook.disabled"]}));
        receiver.next([Reaction::Answer(500), Reaction::Answer(410)]);
        for _ in 0..2 {
            create(admin, json!({}));
            app.work();
        }
        let off = admin.get(&at(&made)).expect(200).json;
        assert_eq!((&off["active"], &off["disabled_reason"]), (&json!(false), &json!("gone")));
        let [gone, waiting] = <[Value; 2]>::try_from(deliveries(admin, &made, "")).unwrap();
        assert_eq!([&gone["status"], &waiting["status"]], [&json!("dead"), &json!("dead")]);
        assert_eq!(last(&gone)["status_code"], 410);
        redeliver(admin, &made, &gone).refused(409, "webhook_inactive");
        create(admin, json!({}));
        app.advance(Duration::minutes(10));
        app.mails();
        assert_eq!(receiver.take().len(), 2);
        let announced = watcher.take_one().json();
        assert_eq!(
            (&announced["type"], &announced["data"]["data"], &announced["data"]["inquiry_id"]),
            (
                &json!("webhook.disabled"),
                &json!({"webhook_id": made["id"], "reason": "gone"}),
                &json!(null)
            )
        );
        assert_eq!(announced["data"]["actor"]["type"], "system");
        // Switched on, it gets what happens from then on.
        let on = admin.patch(&at(&made), &json!({"active": true})).expect(200).json;
        assert_eq!((&on["active"], &on["disabled_reason"]), (&json!(true), &json!(null)));
        create(admin, json!({}));
        app.mails();
        assert_eq!(receiver.take().len(), 1);
    }

    fn nothing_but_failures_for_five_days_switch_one_off(app) {
        let [receiver, flaky] = [(); 2].map(|()| Receiver::start(Reaction::Answer(500)));
        let admin = app.admin();
        let (failing, other) = (hook(admin, &receiver, json!({})), hook(admin, &flaky, json!({})));
        create(admin, json!({}));
        app.work();
        app.advance(Duration::hours(100));
        flaky.next([Reaction::Answer(200)]);
        app.work();
        let state = |hook: &Value| {
            let hook = fresh(&app).get(&at(hook)).expect(200).json;
            (hook["active"].clone(), hook["disabled_reason"].clone())
        };
        assert_eq!(state(&failing), (json!(true), json!(null)));
        app.advance(Duration::hours(20));
        create(&fresh(&app), json!({}));
        app.mails();
        assert_eq!(state(&failing), (json!(false), json!("failing")));
        assert_eq!(state(&other), (json!(true), json!(null)), "it took something meanwhile");
        let dead = deliveries(&fresh(&app), &failing, "status=dead");
        assert_eq!(dead.len(), 2, "what waits is given up");
        app.mails();
    }

    fn what_waits_for_one_that_is_switched_off_is_given_up(app) {
        let (admin, receiver) = (app.admin(), Receiver::start(Reaction::Answer(500)));
        let made = hook(admin, &receiver, json!({}));
        create(admin, json!({}));
        app.work();
        assert_eq!(receiver.take().len(), 1);
        admin.patch(&at(&made), &json!({"active": false})).expect(200);
        let dead = only(admin, &made);
        assert_eq!((&dead["status"], &dead["next_attempt_at"]), (&json!("dead"), &json!(null)));
        app.advance(Duration::minutes(1));
        app.work();
        assert!(receiver.take().is_empty());
        let off = admin.get(&at(&made)).expect(200).json;
        assert_eq!((&off["active"], &off["disabled_reason"]), (&json!(false), &json!(null)));
    }
}
