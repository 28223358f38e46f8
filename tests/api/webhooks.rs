//! Webhooks: who may make which, what is posted where, and posting it again. What happens when nobody takes
//! it is in `webhook_failures.rs`.

use chrono::Duration;
use leaddock::access::Role;
use leaddock::kernel::clock::Timestamp;
use leaddock::notifications::webhooks;
use serde_json::{Value, json};

use crate::support::assignment::POOL_SETTINGS;
use crate::support::desk::{create, move_to, own, path};
use crate::support::receiver::{Call, Reaction, Receiver};
use crate::support::{Answer, Client, Database, PUBLIC_URL, TestApp, assignment, each_database};

pub const WEBHOOKS: &str = "/api/v1/webhooks";
/// An address on the public internet where nothing is posted to.
const ELSEWHERE: &str = "https://hooks.example.com/leaddock";

/// An app whose webhooks may lead to this machine.
pub fn start(database: Database) -> Option<TestApp> {
    TestApp::start_with(database, |settings| settings.webhooks.allow_private_hosts = true)
}

/// Runs each test on both databases, with webhooks to this machine.
macro_rules! each_database_with_hooks {
    ($(fn $name:ident($app:ident) $body:block)*) => {
        $(mod $name {
            #[allow(unused_imports, reason = "not every test uses everything around it")]
            use super::*;

            fn body($app: $crate::support::TestApp) $body

            #[test]
            fn sqlite() {
                body($crate::webhooks::start($crate::support::Database::Sqlite).unwrap());
            }

            #[test]
            fn postgres() {
                if let Some(app) = $crate::webhooks::start($crate::support::Database::Postgres) {
                    body(app);
                }
            }
        })*
    };
}
pub(crate) use each_database_with_hooks;

/// Makes a webhook to a receiver.
#[track_caller]
pub fn hook(admin: &Client, to: &Receiver, more: Value) -> Value {
    let mut body = json!({"url": to.url(), "events": ["*"]});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    admin.post(WEBHOOKS, &body).expect(201).json
}

pub fn at(hook: &Value) -> String {
    format!("{WEBHOOKS}/{}", hook["id"].as_str().unwrap())
}

#[track_caller]
pub fn deliveries(admin: &Client, hook: &Value, query: &str) -> Vec<Value> {
    admin.all(&format!("{}/deliveries?{query}", at(hook)))
}

pub fn redeliver(admin: &Client, hook: &Value, delivery: &Value) -> Answer {
    admin.act(&format!("{}/deliveries/{}/redeliver", at(hook), delivery["id"].as_str().unwrap()))
}

fn replay(admin: &Client, hook: &Value, from: Timestamp, to: Timestamp) -> Answer {
    admin.post(&format!("{}/replay", at(hook)), &json!({"from": from, "to": to}))
}

/// The ids of what was posted, sorted: several are on their way at the same time.
fn ids(calls: &[Call]) -> Vec<&str> {
    let mut ids: Vec<&str> = calls.iter().map(|call| call.header("webhook-id")).collect();
    ids.sort_unstable();
    ids
}

each_database! {
    fn one_is_made_read_changed_and_deleted(app) {
        let admin = app.admin();
        let made = admin.post(WEBHOOKS, &json!({"url": ELSEWHERE, "events": ["inquiry.*"],
            "description": "客户管理系统", "active": false})).expect(201);
        let secret = made.json["secret"].as_str().unwrap().to_owned();
        assert!(secret.starts_with("whsec_") && secret.len() == 6 + 44, "32 bytes");
        assert_eq!(made.header("location"), Some(at(&made.json).as_str()));
        let read = admin.get(&at(&made.json)).expect(200);
        assert_eq!(
            (&read.json["active"], &read.json["include_personal"], &read.json["disabled_reason"]),
            (&json!(false), &json!(false), &json!(null))
        );
        assert!(read.json.get("secret").is_none() && !read.text.contains(&secret));
        let mut shown = made.json.clone();
        shown.as_object_mut().unwrap().remove("secret");
        assert_eq!(read.json, shown);
        assert_eq!(admin.all(WEBHOOKS), std::slice::from_ref(&read.json));
        let tag = read.header("etag").unwrap().to_owned();
        let patch = json!({"events": ["*"], "description": null, "include_personal": true});
        let changed = admin.patch_if(&at(&read.json), &patch, &tag).expect(200).json;
        assert_eq!(
            (&changed["events"], &changed["description"], &changed["version"]),
            (&json!(["*"]), &json!(null), &json!(2))
        );
        admin.patch_if(&at(&read.json), &json!({"active": false}), &tag).refused(412, "stale");
        assert_eq!(admin.patch(&at(&read.json), &json!({"active": false})).expect(200).json, changed);
        admin.delete(&at(&read.json)).expect(204);
        for gone in [admin.get(&at(&read.json)), admin.delete(&at(&read.json))] {
            gone.refused(404, "not_found");
        }
        assert!(admin.all(WEBHOOKS).is_empty());
        app.work();
    }

    fn addresses_and_events_are_looked_at(app) {
        let admin = app.admin();
        let of = |url: &str, events: Value| admin.post(WEBHOOKS, &json!({"url": url, "events": events}));
        for private in [
            "http://127.0.0.1:8080/",
            "http://localhost/",
            "http://[::1]/",
            "https://10.0.0.7/",
            "http://169.254.169.254/latest",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://[::ffff:10.0.0.1]/",
        ] {
            let answer = of(private, json!(["*"])).finds_fault_with(&["/url"]);
            assert_eq!(answer.json["errors"][0]["code"], "private_host", "{private}");
        }
        for bad in
            ["ftp://example.com/", "https://user@example.com/", "https://example.com:25/", "example.com"]
        {
            let answer = of(bad, json!(["*"])).finds_fault_with(&["/url"]);
            assert_eq!(answer.json["errors"][0]["code"], "bad_url", "{bad}");
        }
        // Else each post would cause another one.
        let ours = of(&format!("{PUBLIC_URL}/api/v1/forms/frm_x/submissions"), json!(["*"]));
        assert_eq!(ours.finds_fault_with(&["/url"]).json["errors"][0]["code"], "own_address");
        let unknown = of(ELSEWHERE, json!(["*", "inquiry.exploded", "sla.*", "inquiry"]));
        let unknown = unknown.finds_fault_with(&["/events/1", "/events/3"]);
        assert_eq!(unknown.json["errors"][0]["code"], "unknown_event");
        of(ELSEWHERE, json!([])).finds_fault_with(&["/events"]);
        of(ELSEWHERE, json!(vec!["*"; 51])).finds_fault_with(&["/events"]);
        let with = |more: Value| {
            let mut body = json!({"url": ELSEWHERE, "events": ["*"], "active": false});
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            admin.post(WEBHOOKS, &body)
        };
        with(json!({"secret": "mine"})).finds_fault_with(&["/secret"]);
        with(json!({"description": "字".repeat(501)})).finds_fault_with(&["/description"]);
        let made = with(json!({"description": "字".repeat(500)})).expect(201).json;
        admin.patch(&at(&made), &json!({"url": "http://localhost/"})).finds_fault_with(&["/url"]);
        admin.patch(&at(&made), &json!({"events": ["nothing.*"]})).finds_fault_with(&["/events/0"]);
        let rotate = |hours: i64| json!({"overlap_hours": hours});
        let too_long = admin.post(&format!("{}/rotate-secret", at(&made)), &rotate(169));
        too_long.finds_fault_with(&["/overlap_hours"]);
        for _ in 1..50 {
            with(json!({})).expect(201);
        }
        with(json!({})).refused(409, "too_many_webhooks");
        admin.delete(&at(&made)).expect(204);
        with(json!({})).expect(201);
    }
}

each_database_with_hooks! {
    fn what_happens_is_posted_and_signed(app) {
        let (admin, receiver) = (app.admin(), Receiver::start(Reaction::Answer(204)));
        create(admin, json!({}));
        let made = hook(admin, &receiver, json!({"events": ["inquiry.status_changed"]}));
        let inquiry = create(admin, json!({}));
        move_to(admin, &inquiry, "contacted").expect(200);
        app.work();
        let call = receiver.take_one();
        let event = admin.all(&format!("{}/timeline", path(&inquiry)))[0].clone();
        assert_eq!(call.path, "/hook?from=leaddock");
        assert_eq!(call.header("webhook-id"), event["id"]);
        let seconds = app.clock.now().millis() / 1000;
        assert_eq!(call.header("webhook-timestamp"), seconds.to_string());
        assert_eq!(call.signatures(made["secret"].as_str().unwrap()), (1, 1));
        assert_eq!(call.header("content-type"), "application/json");
        assert!(call.header("user-agent").starts_with("Leaddock/"));
        let body = call.json();
        assert_eq!(
            (&body["type"], &body["timestamp"], &body["data"]["id"], &body["data"]["inquiry_id"]),
            (&json!("inquiry.status_changed"), &event["at"], &event["id"], &inquiry["id"])
        );
        assert_eq!(body["data"]["data"]["status"], "contacted");
        assert_eq!(body["data"]["previous"]["status"], "new");
        let delivered = deliveries(admin, &made, "");
        assert_eq!(delivered.len(), 1);
        let delivered = &delivered[0];
        assert_eq!(
            (&delivered["status"], &delivered["event_id"], &delivered["type"], &delivered["next_attempt_at"]),
            (&json!("delivered"), &event["id"], &json!("inquiry.status_changed"), &json!(null))
        );
        assert_eq!(
            (&delivered["attempts"][0]["status_code"], &delivered["attempts"][0]["error"]),
            (&json!(204), &json!(null))
        );
        app.work();
        assert!(receiver.take().is_empty(), "once is enough");
    }

    fn each_event_gets_to_each_webhook_that_wants_it_once(app) {
        let admin = app.admin();
        let [all, some, none] = [(); 3].map(|()| Receiver::start(Reaction::Answer(200)));
        hook(admin, &all, json!({}));
        hook(admin, &some, json!({"events": ["inquiry.received", "sla.*"]}));
        let off = hook(admin, &none, json!({"active": false}));
        for _ in 0..30 {
            let inquiry = create(admin, json!({}));
            move_to(admin, &inquiry, "contacted").expect(200);
        }
        app.work();
        let calls = all.take();
        let mut different = ids(&calls);
        different.dedup();
        assert_eq!((calls.len(), different.len()), (60, 60));
        let received = some.take();
        assert!(received.len() == 30 && received.iter().all(|call| call.kind() == "inquiry.received"));
        assert!(none.take().is_empty() && deliveries(admin, &off, "").is_empty());
    }

    fn one_that_is_new_or_switched_on_gets_what_happens_from_then_on(app) {
        let (admin, receiver) = (app.admin(), Receiver::start(Reaction::Answer(200)));
        create(admin, json!({}));
        let made = hook(admin, &receiver, json!({}));
        app.work();
        assert!(receiver.take().is_empty());
        admin.patch(&at(&made), &json!({"active": false})).expect(200);
        create(admin, json!({}));
        admin.patch(&at(&made), &json!({"active": true})).expect(200);
        create(admin, json!({}));
        app.work();
        assert_eq!(receiver.take().len(), 1);
    }

    fn ways_to_reach_inquirers_are_masked_unless_they_are_wanted(app) {
        let admin = app.admin();
        let [masked, whole] = [(); 2].map(|()| Receiver::start(Reaction::Answer(200)));
        hook(admin, &masked, json!({}));
        hook(admin, &whole, json!({"include_personal": true}));
        // Whoever owns it.
        let inquiry = own(admin, json!({}));
        let reached = json!({"phone": "139 1234 5678", "email": "zhou@example.com", "wechat": "zhouqilan_88",
            "contact": "周启澜", "message": "请联系周启澜，加微信 zhouqilan_88 或打 13912345678"});
        admin.patch(&path(&inquiry), &reached).expect(200);
        app.work();
        let [masked, whole] = [masked.take(), whole.take()];
        let said = |calls: &[Call]| calls.iter().map(|call| call.body.clone()).collect::<String>();
        let (hidden, shown) = (said(&masked), said(&whole));
        for contact in ["周启澜", "13912345678", "139 1234 5678", "13800138000", "138 0013 8000",
            "zhou@example.com", "zhouqilan_88"]
        {
            assert!(!hidden.contains(contact), "{contact} in {hidden}");
        }
        for contact in ["周启澜", "13912345678", "zhou@example.com", "zhouqilan_88"] {
            assert!(shown.contains(contact), "{contact} is not in {shown}");
        }
        assert_eq!(ids(&masked).len(), ids(&whole).len());
        // What the pool hides besides is hidden, too.
        let fields = json!({"masked_fields": ["phone", "contact", "email", "wechat", "company"]});
        assignment::set(admin, POOL_SETTINGS, fields);
        let [masked, whole] = [(); 2].map(|()| Receiver::start(Reaction::Answer(200)));
        hook(admin, &masked, json!({}));
        hook(admin, &whole, json!({"include_personal": true}));
        admin.patch(&path(&inquiry), &json!({"company": "苏州远航电子有限公司"})).expect(200);
        app.work();
        assert!(!masked.take_one().body.contains("远航") && whole.take_one().body.contains("远航"));
    }

    fn two_secrets_sign_while_one_is_rotated(app) {
        let (admin, receiver) = (app.admin(), Receiver::start(Reaction::Answer(200)));
        let made = hook(admin, &receiver, json!({"events": ["inquiry.received"]}));
        let rotate = |admin: &Client, body: Value| {
            let answer = admin.post(&format!("{}/rotate-secret", at(&made)), &body).expect(200);
            answer.json["secret"].as_str().unwrap().to_owned()
        };
        let first = made["secret"].as_str().unwrap();
        let second = rotate(admin, json!({"overlap_hours": 24}));
        let call = |admin: &Client| {
            create(admin, json!({}));
            app.work();
            receiver.take_one()
        };
        let both = call(admin);
        assert_eq!([both.signatures(first), both.signatures(&second)], [(2, 1), (2, 1)]);
        app.advance(Duration::hours(24));
        let admin = app.login_as(admin.id());
        assert_eq!(call(&admin).signatures(&second), (1, 1));
        let third = rotate(&admin, json!({"overlap_hours": 0}));
        let last = call(&admin);
        assert_eq!([last.signatures(&second), last.signatures(&third)], [(1, 0), (1, 1)]);
        assert!(third != second && !admin.get(&at(&made)).expect(200).text.contains(&third));
    }

    fn what_was_delivered_is_posted_again_under_the_same_id(app) {
        let (admin, receiver) = (app.admin(), Receiver::start(Reaction::Answer(200)));
        let made = hook(admin, &receiver, json!({}));
        create(admin, json!({}));
        app.work();
        let first = receiver.take_one();
        let delivered = deliveries(admin, &made, "status=delivered&event=inquiry.received").remove(0);
        app.advance(Duration::minutes(5));
        assert_eq!(redeliver(admin, &made, &delivered).expect(202).json["status"], "pending");
        app.work();
        let again = receiver.take_one();
        assert_eq!(again.header("webhook-id"), first.header("webhook-id"));
        assert_eq!(again.body, first.body);
        assert_ne!(again.header("webhook-timestamp"), first.header("webhook-timestamp"));
        let after = deliveries(admin, &made, "");
        assert_eq!((after.len(), after[0]["attempts"].as_array().unwrap().len()), (1, 2));
        assert_eq!(after[0]["status"], "delivered");
        admin.patch(&at(&made), &json!({"active": false})).expect(200);
        redeliver(admin, &made, &delivered).refused(409, "webhook_inactive");
        let other = hook(admin, &receiver, json!({}));
        redeliver(admin, &other, &delivered).refused(404, "not_found");
    }

    fn a_span_of_time_is_replayed(app) {
        let (admin, receiver) = (app.admin(), Receiver::start(Reaction::Answer(200)));
        let from = app.clock.now();
        create(admin, json!({}));
        app.advance(Duration::minutes(1));
        let inquiry = create(admin, json!({}));
        move_to(admin, &inquiry, "contacted").expect(200);
        app.advance(Duration::minutes(1));
        let to = app.clock.now();
        create(admin, json!({}));
        let made = hook(admin, &receiver, json!({"events": ["inquiry.received"]}));
        app.work();
        assert!(receiver.take().is_empty());
        assert_eq!(replay(admin, &made, from, to).expect(202).json, json!({"count": 2}));
        replay(admin, &made, from, to).refused(409, "replay_running");
        app.work();
        let first = receiver.take();
        assert_eq!(first.len(), 2);
        assert_eq!(replay(admin, &made, from, to).expect(202).json, json!({"count": 2}));
        app.work();
        assert_eq!(ids(&receiver.take()), ids(&first), "the same events under the same ids");
        assert_eq!(deliveries(admin, &made, "").len(), 4);
        let none = replay(admin, &made, from.minus(Duration::hours(1)), from).expect(202);
        assert_eq!(none.json, json!({"count": 0}));
        replay(admin, &made, to, to).finds_fault_with(&["/to"]);
        admin.patch(&at(&made), &json!({"active": false})).expect(200);
        replay(admin, &made, from, to).refused(409, "webhook_inactive");
    }

    fn what_was_posted_long_ago_is_forgotten(app) {
        let receiver = Receiver::start(Reaction::Answer(204));
        let made = hook(app.admin(), &receiver, json!({"events": ["inquiry.received"]}));
        create(app.admin(), json!({}));
        app.work();
        let old = deliveries(app.admin(), &made, "").remove(0);
        app.advance(Duration::days(29));
        let admin = &app.login(Role::Admin);
        create(admin, json!({}));
        app.work();
        let forget = || app.write(webhooks::actions::forget_old).unwrap();
        assert!(!forget() && deliveries(admin, &made, "").len() == 2, "29 days are not long");
        // It is to be posted once more, and is not forgotten before.
        app.advance(Duration::days(2));
        let admin = &app.login(Role::Admin);
        redeliver(admin, &made, &old).expect(202);
        forget();
        assert_eq!(deliveries(admin, &made, "").len(), 2);
        app.work();
        forget();
        let left = deliveries(admin, &made, "");
        assert!(left.len() == 1 && left[0]["id"] != old["id"], "{left:?}");
        redeliver(admin, &made, &old).refused(404, "not_found");
        assert_eq!(receiver.take().len(), 3);
    }

    fn one_that_is_deleted_takes_everything_with_it(app) {
        let (admin, receiver) = (app.admin(), Receiver::start(Reaction::Answer(500)));
        let made = hook(admin, &receiver, json!({}));
        create(admin, json!({}));
        app.work();
        let failed = deliveries(admin, &made, "").remove(0);
        receiver.take();
        admin.delete(&at(&made)).expect(204);
        redeliver(admin, &made, &failed).refused(404, "not_found");
        app.advance(Duration::minutes(1));
        app.work();
        assert!(receiver.take().is_empty());
        let rows = crate::support::intake::everything(&app);
        for table in ["webhooks", "webhook_deliveries", "webhook_attempts", "deliveries"] {
            assert!(rows[table].is_empty(), "{table}: {}", rows[table]);
        }
    }
}
