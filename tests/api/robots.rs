//! Group robots: how they are set up, what they are sent, how often, and what their answers mean. How a
//! request is signed and how a line is cut is tested beside the code.

use std::collections::BTreeSet;

use chrono::Duration;
use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use leaddock::access::Role;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::desk::{create, move_to, own, path, with};
use crate::support::group_robots::{CHANNELS, at, given, link, links, now, open, robot, with_robots};
use crate::support::robot_receiver::{Reaction, Received, RobotReceiver};
use crate::support::{Database, TestApp, each_database};

fn signature(key: &str, message: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(message.as_bytes());
    BASE64.encode(&mac.finalize().into_bytes())
}

each_database! {
    fn a_robot_is_shown_without_what_opens_the_group(app) {
        let admin = app.admin();
        let new = json!({"type": "feishu", "name": " 招商群 ", "secret": "SECgeheim",
            "url": "https://open.feishu.cn/open-apis/bot/v2/hook/geheim"});
        let made = admin.post(CHANNELS, &new).expect(201);
        assert_eq!(made.header("location"), Some(at(&made.json).as_str()));
        assert_eq!(made.header("etag"), Some("\"1\""));
        let wanted = json!({"id": made.json["id"], "type": "feishu", "name": "招商群",
            "url_masked": "https://open.feishu.cn/…", "has_secret": true,
            "events": ["inquiry.unassigned", "inquiry.assigned", "sla.escalated"], "team_id": null,
            "active": true, "last_error": null, "created_at": app.clock.now(), "updated_at": app.clock.now(),
            "version": 1});
        assert_eq!(made.json, wanted);
        assert_eq!(now(admin, &made.json), wanted);
        assert_eq!(admin.all(CHANNELS), [wanted]);

        let team = admin.post("/api/v1/teams", &json!({"name": "苏州组"})).expect(201).id();
        let patch = json!({"secret": null, "url": "https://open.feishu.cn:8443/x", "events": ["sla.*"],
            "team_id": team, "active": false, "name": "另一个群"});
        let changed = admin.patch_if(&at(&made.json), &patch, "\"1\"").expect(200);
        assert_eq!(changed.header("etag"), Some("\"2\""));
        assert_eq!(
            (&changed.json["has_secret"], &changed.json["url_masked"], &changed.json["events"]),
            (&json!(false), &json!("https://open.feishu.cn:8443/…"), &json!(["sla.*"]))
        );
        assert_eq!(
            (&changed.json["team_id"], &changed.json["active"], &changed.json["name"]),
            (&json!(team), &json!(false), &json!("另一个群"))
        );
        admin.delete(&format!("/api/v1/teams/{team}")).refused(409, "team_in_use");
        admin.patch_if(&at(&made.json), &json!({"name": "x"}), "\"1\"").refused(412, "stale");
        assert_eq!(admin.patch(&at(&made.json), &json!({})).expect(200).json["version"], 2);

        admin.delete(&at(&made.json)).expect(204);
        admin.get(&at(&made.json)).refused(404, "not_found");
        assert!(admin.all(CHANNELS).is_empty());
        for trace in admin.all("/api/v1/audit") {
            assert!(!trace.to_string().contains("geheim"), "{trace}");
        }
    }

    fn what_is_wrong_with_a_robot_is_said_where_it_is(app) {
        let admin = app.admin();
        let good = json!({"type": "wecom", "name": "群", "url": "https://qyapi.weixin.qq.com/x?key=1"});
        let refused = |more: Value, pointers: &[&str]| {
            admin.post(CHANNELS, &with(good.clone(), more)).finds_fault_with(pointers)
        };
        for (url, code) in [
            ("http://127.0.0.1:9/x", "private_host"),
            ("http://localhost/x", "private_host"),
            ("https://192.168.1.1/x", "private_host"),
            ("http://[::1]/x", "private_host"),
            ("ftp://example.com/x", "bad_url"),
            ("https://user:pw@example.com/", "bad_url"),
            ("", "bad_url"),
        ] {
            let answer = refused(json!({"url": url}), &["/url"]);
            assert_eq!(answer.json["errors"][0]["code"], code, "{url}");
        }
        refused(json!({"url": "x", "events": ["inquiry.assigned", "inquiry.exploded", "sla."]}),
            &["/url", "/events/1", "/events/2"]);
        refused(json!({"events": []}), &["/events"]);
        refused(json!({"type": "slack"}), &["/type"]);
        refused(json!({"name": " "}), &["/name"]);
        refused(json!({"secret": ""}), &["/secret"]);
        refused(json!({"team_id": "team_00000000000000000000000000"}), &["/team_id"]);
        refused(json!({"team_id": "x"}), &["/team_id"]);
        refused(json!({"last_error": null, "url_masked": "x"}), &["/last_error", "/url_masked"]);
        admin.post(CHANNELS, &json!({})).finds_fault_with(&["/name", "/type", "/url"]);
        assert!(admin.all(CHANNELS).is_empty());

        let made = admin.post(CHANNELS, &good).expect(201).json;
        for (patch, pointer) in [
            (json!({"url": "http://10.0.0.1/"}), "/url"),
            (json!({"events": ["x"]}), "/events/0"),
            (json!({"team_id": "team_00000000000000000000000000"}), "/team_id"),
            (json!({"type": "feishu"}), "/type"),
            (json!({"active": null}), "/active"),
        ] {
            admin.patch(&at(&made), &patch).finds_fault_with(&[pointer]);
        }
        for _ in 1..50 {
            admin.post(CHANNELS, &good).expect(201);
        }
        admin.post(CHANNELS, &good).refused(409, "too_many_channels");
        assert_eq!(admin.all(CHANNELS).len(), 50);
    }
}

with_robots! {
    fn each_robot_is_sent_its_own_form_with_its_signature(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        let kinds = ["dingtalk", "feishu", "wecom"];
        let receivers = kinds.map(|_| RobotReceiver::start());
        for (kind, receiver) in kinds.iter().zip(&receivers) {
            robot(admin, kind, receiver, json!({"secret": "SEC加密"}));
        }
        let facts = json!({"need_kind": "factory_rent", "area_min_sqm": 3000, "area_max_sqm": 5000,
            "region": "江苏省/苏州市/吴江区", "tax_wan_per_year": 300});
        let inquiry = own(&agent, json!({"facts": facts}));
        app.work();
        let line =
            format!("[新线索] 吴江 求租厂房3000–5000㎡ 税300万 周** 138****8000 → {}", link(&inquiry));
        let millis = app.clock.now().millis();
        let [dingtalk, feishu, wecom] = receivers.map(|receiver| {
            let [received] = &receiver.take()[..] else { panic!("one request") };
            assert!(received.content_type.starts_with("application/json"), "{received:?}");
            assert_eq!(received.parameter("access_token").as_deref(), Some("geheim"));
            assert_eq!(received.text(), line);
            received.clone()
        });
        assert_eq!(dingtalk.parameter("timestamp"), Some(millis.to_string()));
        assert_eq!(dingtalk.parameter("sign"), Some(signature("SEC加密", &format!("{millis}\nSEC加密"))));
        assert_eq!(dingtalk.body["msgtype"], "markdown");
        assert!(!dingtalk.body["markdown"]["title"].as_str().unwrap().is_empty());
        let seconds = millis / 1_000;
        assert_eq!(feishu.body["timestamp"], seconds.to_string());
        assert_eq!(feishu.body["sign"], signature(&format!("{seconds}\nSEC加密"), ""));
        assert_eq!(feishu.body["msg_type"], "text");
        assert_eq!(wecom.body, json!({"msgtype": "text", "text": {"content": line}}));
        assert_eq!(wecom.parameter("sign"), None);
    }

    fn nobody_is_named_to_a_group(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        let receiver = RobotReceiver::start();
        robot(admin, "dingtalk", &receiver, json!({"events": ["*"]}));
        let need = "我叫周启澜，手机13800138000或者一三八零零一三八零零零，微信zhou_qilan，想问问政策";
        let inquiry = own(&agent, json!({"need": need, "wechat": "zhou_qilan", "email": "zhou@example.com"}));
        agent.patch(&path(&inquiry), &json!({"company": "新名字"})).expect(200);
        app.work();
        let said: Vec<Received> = receiver.take();
        assert!(!said.is_empty());
        for word in ["启澜", "13800138000", "0013 8000", "zhou_qilan", "zhou@example.com", "新名字"] {
            assert!(said.iter().all(|one| !one.body.to_string().contains(word)), "{word}: {said:?}");
        }
        assert!(said.iter().all(|one| one.text().contains("周**")), "{said:?}");
    }

    fn what_waits_is_merged_and_each_fact_is_said_once(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        let receiver = RobotReceiver::start();
        robot(admin, "dingtalk", &receiver, json!({}));
        let inquiries = given(&agent, 30);
        app.work();
        let received = receiver.take();
        assert_eq!(received.len(), 1, "one message");
        assert_eq!(links(&received), inquiries.iter().map(link).collect::<Vec<_>>());
        app.advance(Duration::minutes(5));
        app.work();
        assert!(receiver.take().is_empty(), "once");
    }

    fn a_message_is_no_larger_than_its_robot_takes(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        for (kind, most) in [("wecom", 2_048), ("feishu", 20_000)] {
            let receiver = RobotReceiver::start();
            let made = robot(admin, kind, &receiver, json!({}));
            let inquiries = given(&agent, 40);
            app.work();
            let received = receiver.take();
            let wanted: Vec<String> = inquiries.iter().map(link).collect();
            assert_eq!(links(&received), wanted, "{kind}: each once, in their order");
            for one in &received {
                let size = if kind == "wecom" { one.text().len() } else { one.body.to_string().len() };
                assert!(size <= most, "{kind}: {size}");
            }
            assert_eq!(received.len() > 1, kind == "wecom", "{}", received.len());
            admin.delete(&at(&made)).expect(204);
        }
    }

    fn twenty_requests_in_a_minute_and_no_more(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        let receiver = RobotReceiver::start();
        let made = robot(admin, "dingtalk", &receiver, json!({}));
        let test = || admin.act(&format!("{}/test", at(&made)));
        test().expect(200);
        let mut wanted = Vec::new();
        for _ in 0..25 {
            wanted.extend(given(&agent, 1).iter().map(link));
            app.work();
            app.advance(Duration::seconds(1));
        }
        let mut received = receiver.take();
        assert_eq!(received.len(), 20, "the test is one of them");
        let limited = test().refused(429, "too_many_requests");
        assert_eq!(limited.header("retry-after"), Some("35"));
        // The second of them was a minute ago, too: what waited is one message.
        app.advance(Duration::seconds(35));
        app.work();
        received.extend(receiver.take());
        assert_eq!(received.len(), 21);
        assert_eq!(links(&received[1..]), wanted);
        assert_eq!(received[20].lines().len(), 6);
    }

    fn feishu_takes_five_in_a_second(app) {
        let admin = app.admin();
        let receiver = RobotReceiver::start();
        let made = robot(admin, "feishu", &receiver, json!({}));
        let test = || admin.act(&format!("{}/test", at(&made)));
        for _ in 0..5 {
            assert_eq!(test().expect(200).json, json!({"ok": true, "code": 0, "message": "ok"}));
        }
        test().refused(429, "too_many_requests");
        app.advance(Duration::seconds(1));
        test().expect(200);
        assert_eq!(receiver.take().len(), 6);
    }

    fn a_robot_that_is_switched_off_or_deleted_says_nothing_of_what_waited(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        let (one, other) = (RobotReceiver::start(), RobotReceiver::start());
        let off = robot(admin, "wecom", &one, json!({}));
        let gone = robot(admin, "wecom", &other, json!({}));
        let busy = || Reaction::Answer(503, String::new());
        one.then([busy()]);
        other.then([busy()]);
        given(&agent, 1);
        app.work();
        given(&agent, 1);
        admin.patch(&at(&off), &json!({"active": false})).expect(200);
        admin.delete(&at(&gone)).expect(204);
        assert_eq!((one.take().len(), other.take().len()), (1, 1));
        app.advance(Duration::minutes(10));
        app.work();
        admin.patch(&at(&off), &json!({"active": true})).expect(200);
        app.work();
        assert!(one.take().is_empty() && other.take().is_empty());
        let wanted: Vec<String> = given(&agent, 1).iter().map(link).collect();
        app.work();
        assert_eq!(links(&one.take()), wanted);
        assert!(other.take().is_empty());
    }

    fn a_new_robot_says_what_happens_from_then_on(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        given(&agent, 2);
        let receiver = RobotReceiver::start();
        robot(admin, "feishu", &receiver, json!({}));
        let wanted: Vec<String> = given(&agent, 1).iter().map(link).collect();
        app.work();
        assert_eq!(links(&receiver.take()), wanted);
    }

    fn a_robot_of_a_team_hears_of_its_inquiries_and_of_its_events_only(app) {
        let admin = app.admin();
        let (east, west) = (app.login_in(Role::Agent, Some("东区")), app.login_in(Role::Agent, Some("西区")));
        let team = east.get("/api/v1/me").expect(200).json["team_id"].clone();
        let receiver = RobotReceiver::start();
        let events = json!(["inquiry.status_changed", "inquiry.unassigned"]);
        robot(admin, "feishu", &receiver, json!({"team_id": team, "events": events}));
        let (mine, theirs) = (own(&east, json!({})), own(&west, json!({})));
        for (agent, inquiry) in [(&east, &mine), (&west, &theirs)] {
            move_to(agent, inquiry, "contacted").expect(200);
        }
        create(admin, json!({}));
        app.work();
        let received = receiver.take();
        assert_eq!(links(&received), [link(&mine)]);
        assert!(received[0].text().starts_with("[状态变更] "), "{received:?}");
    }

    fn nothing_is_said_of_what_is_in_the_bin(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        let receiver = RobotReceiver::start();
        robot(admin, "feishu", &receiver, json!({}));
        let inquiries = given(&agent, 3);
        admin.delete(&path(&inquiries[1])).expect(204);
        app.work();
        assert_eq!(links(&receiver.take()), [link(&inquiries[0]), link(&inquiries[2])]);
        // Where nothing is left, nobody is asked, and what follows is said.
        let gone = given(&agent, 1);
        admin.delete(&path(&gone[0])).expect(204);
        app.work();
        assert!(receiver.take().is_empty());
        let next = given(&agent, 1);
        app.work();
        assert_eq!(links(&receiver.take()), [link(&next[0])]);
    }

    fn what_nobody_could_be_given_is_said(app) {
        let receiver = RobotReceiver::start();
        robot(app.admin(), "wecom", &receiver, json!({}));
        let submitted = json!({"need": "求租厂房3000平方米", "phone": "138 0013 8000", "contact": "周启澜"});
        app.nobody().post("/f/default", &submitted).expect(202);
        app.work();
        let received = receiver.take();
        assert_eq!(received.len(), 1);
        assert!(received[0].text().starts_with("[待分配] "), "{received:?}");
    }
}

#[test]
fn two_nodes_say_each_fact_once() {
    let Some(app) = open(Database::Postgres) else { return };
    let other = app.second();
    let (admin, agent) = (app.admin(), app.login(Role::Agent));
    let receiver = RobotReceiver::start();
    robot(admin, "dingtalk", &receiver, json!({}));
    let mut wanted = BTreeSet::new();
    for _ in 0..4 {
        wanted.extend(given(&agent, 5).iter().map(link));
        std::thread::scope(|scope| {
            scope.spawn(|| app.work());
            scope.spawn(|| other.work());
        });
    }
    app.work();
    other.work();
    let said = links(&receiver.take());
    assert_eq!(said.len(), wanted.len(), "{said:?}");
    assert_eq!(said.into_iter().collect::<BTreeSet<_>>(), wanted);
}
