//! What the answers of group robots mean: too often, in trouble, refused, and what a test of a robot says.
//! How robots are set up and what they are sent is in `robots.rs`.

use chrono::Duration;
use leaddock::access::Role;
use leaddock::platform::events;
use serde_json::{Value, json};

use crate::support::group_robots::{at, given, link, links, now, open, robot, with_robots};
use crate::support::robot_receiver::{Reaction, RobotReceiver};
use crate::support::{Database, TestApp};

/// What a robot says to somebody who wrote too often, by kinds.
const TOO_OFTEN: [(&str, &str); 4] = [
    ("dingtalk", r#"{"errcode":130101,"errmsg":"send too fast"}"#),
    ("feishu", r#"{"code":11232,"msg":"frequency limited"}"#),
    ("feishu", r#"{"code":9499,"msg":"too many request"}"#),
    ("wecom", r#"{"errcode":45009,"errmsg":"api freq out of limit"}"#),
];

fn answer(body: &str) -> Reaction {
    Reaction::Answer(200, body.to_owned())
}

with_robots! {
    fn a_test_says_what_the_robot_says(app) {
        let admin = app.admin();
        let receiver = RobotReceiver::start();
        let made = robot(admin, "dingtalk", &receiver, json!({"active": false}));
        let test = || admin.act(&format!("{}/test", at(&made))).expect(200).json;
        receiver.then([
            answer(r#"{"errcode":310000,"errmsg":"keywords not in content, see https://a.example/?t=1"}"#),
            answer(r#"{"errcode":130101,"errmsg":"send too fast"}"#),
            Reaction::Answer(502, "<html>".to_owned()),
            Reaction::HangUp,
        ]);
        assert_eq!(
            test(),
            json!({"ok": false, "code": 310000, "message": "keywords not in content, see …"})
        );
        assert_eq!(test(), json!({"ok": false, "code": 130101, "message": "send too fast"}));
        assert_eq!(test(), json!({"ok": false, "code": 502, "message": "HTTP 502"}));
        let cut = test();
        assert_eq!((&cut["ok"], &cut["code"]), (&json!(false), &json!(null)));
        assert!(!cut.to_string().contains("geheim"), "{cut}");
        assert_eq!(test()["ok"], true);
        assert_eq!(now(admin, &made), made, "nothing is noted of tests");
        assert!(receiver.take()[0].text().contains("[测试]"));
    }

    fn a_robot_that_says_too_often_is_asked_again_after_a_minute(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        for (kind, refusal) in TOO_OFTEN {
            let receiver = RobotReceiver::start();
            let made = robot(admin, kind, &receiver, json!({}));
            receiver.then([answer(refusal)]);
            let mut wanted: Vec<String> = given(&agent, 1).iter().map(link).collect();
            app.work();
            assert_eq!(links(&receiver.take()), wanted);
            let error = &now(admin, &made)["last_error"];
            assert_eq!(error["at"], json!(app.clock.now()));
            assert!(refusal.contains(&error["code"].to_string()), "{error}");
            wanted.extend(given(&agent, 2).iter().map(link));
            app.advance(Duration::seconds(59));
            app.work();
            assert!(receiver.take().is_empty(), "{kind}");
            app.advance(Duration::seconds(1));
            app.work();
            let received = receiver.take();
            assert_eq!((received.len(), links(&received)), (1, wanted), "{kind}");
            assert_eq!(now(admin, &made)["last_error"], json!(null));
            admin.delete(&at(&made)).expect(204);
        }
    }

    fn a_server_in_trouble_and_a_line_that_is_cut_are_tried_again(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        let receiver = RobotReceiver::start();
        let made = robot(admin, "wecom", &receiver, json!({}));
        given(&agent, 1);
        app.work();
        receiver.take();
        receiver.then([Reaction::Answer(503, String::new()), Reaction::HangUp]);
        let wanted: Vec<String> = given(&agent, 1).iter().map(link).collect();
        app.work();
        assert_eq!(receiver.take().len(), 1);
        assert_eq!(now(admin, &made)["last_error"]["code"], 503);
        app.work();
        assert!(receiver.take().is_empty(), "not before five seconds have gone by");
        app.advance(Duration::seconds(6));
        app.work();
        assert_eq!(receiver.take().len(), 1);
        let error = now(admin, &made)["last_error"].clone();
        assert!(error["code"].is_null() && !error["message"].as_str().unwrap().contains("geheim"), "{error}");
        app.advance(Duration::minutes(6));
        app.work();
        assert_eq!(links(&receiver.take()), wanted);
        assert_eq!(now(admin, &made)["last_error"], json!(null));
        assert_eq!(now(admin, &made)["active"], true);
    }

    fn after_three_refusals_in_a_row_a_robot_is_off_until_it_is_switched_on_again(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        let receiver = RobotReceiver::start();
        let made = robot(admin, "dingtalk", &receiver, json!({}));
        let refusal = || answer(r#"{"errcode":310000,"errmsg":"sign not match"}"#);
        // One that is taken in between begins the count anew.
        for refused in [true, true, false, true, true] {
            if refused {
                receiver.then([refusal()]);
            }
            given(&agent, 1);
            app.work();
        }
        assert_eq!(receiver.take().len(), 5, "none of them is tried again");
        assert_eq!(now(admin, &made)["active"], true);
        receiver.then([refusal()]);
        given(&agent, 1);
        app.work();
        receiver.take();
        let off = now(admin, &made);
        assert_eq!((&off["active"], &off["version"]), (&json!(false), &json!(2)));
        let error = json!({"code": 310000, "message": "sign not match", "at": app.clock.now()});
        assert_eq!(off["last_error"], error);
        app.work();
        let known = app.read(|read| events::after(read, 0, 10_000));
        let disabled: Vec<_> = known.iter().filter(|event| event.kind == "channel.disabled").collect();
        assert_eq!(disabled.len(), 1);
        let fact: Value = disabled[0].data.parse().unwrap();
        assert_eq!(fact, json!({"channel_id": made["id"], "reason": "failing"}));

        given(&agent, 3);
        app.work();
        assert!(receiver.take().is_empty());
        admin.patch(&at(&made), &json!({"active": true})).expect(200);
        let wanted: Vec<String> = given(&agent, 1).iter().map(link).collect();
        receiver.then([refusal(), refusal()]);
        app.work();
        given(&agent, 1);
        app.work();
        assert_eq!(links(&receiver.take())[..1], wanted, "only what happens from then on");
        assert_eq!(now(admin, &made)["active"], true, "the count began anew");
        // Admins are notified of it.
        app.mails();
    }
}
