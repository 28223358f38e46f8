//! The change feed as a stream: the same events as of the feed in parts, in the same order, while the caller
//! may follow and the server runs. What the feed itself shows is tested in `changes.rs` and `pool.rs`.

use std::time::{Duration, Instant};

use leaddock::access::Role;
use serde_json::{Value, json};

use crate::support::desk::{USERS, create, move_to, own, path};
use crate::support::{Client, Database, TestApp, each_database};

const STREAM: &str = "/api/v1/changes/stream";
/// How long a stream may take that ends by itself, and a seat that is given back.
const SOON: Duration = Duration::from_secs(30);

/// The events of the feed in parts.
fn feed(by: &Client, query: &str) -> Vec<Value> {
    let part = by.get(&format!("/api/v1/changes?{query}")).expect(200).json;
    assert_eq!(part["has_more"], false, "{part}");
    part["data"].as_array().unwrap().clone()
}

/// Where the feed goes on.
fn end(by: &Client) -> i64 {
    by.get("/api/v1/changes?limit=200").expect(200).json["next_after"].as_i64().unwrap()
}

each_database! {
    fn a_stream_has_the_events_of_the_feed_and_those_that_come(app) {
        let admin = app.admin();
        let inquiries: Vec<Value> = (0..3).map(|_| create(admin, json!({}))).collect();
        move_to(admin, &inquiries[1], "contacted").expect(200);
        app.work();
        let mut stream = admin.follow(STREAM, &[]);
        let header = |name: &str| stream.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(header("content-type").as_deref(), Some("text/event-stream"));
        assert_eq!(header("cache-control").as_deref(), Some("no-store"));
        assert_eq!(header("x-accel-buffering").as_deref(), Some("no"));
        assert_eq!(header("content-encoding"), None);
        assert_eq!(stream.events(4), feed(admin, ""));
        // While it is open.
        for inquiry in &inquiries {
            move_to(admin, inquiry, "invalid").expect(200);
            app.work();
            let event = stream.event().unwrap();
            assert_eq!((&event["inquiry_id"], &event["data"]["status"]), (&inquiry["id"], &json!("invalid")));
        }
        assert_eq!(stream.last, feed(admin, "").last().unwrap()["seq"].as_i64());
    }

    fn a_text_of_several_lines_is_one_line_of_data(app) {
        let admin = app.admin();
        let inquiry = create(admin, json!({}));
        let need = "求租厂房\n二楼也行\n\nid: 7";
        admin.patch(&path(&inquiry), &json!({"need": need})).expect(200);
        app.work();
        let mut stream = admin.follow(&format!("{STREAM}?types=inquiry.updated"), &[]);
        assert_eq!(stream.event().unwrap()["data"]["need"], need);
    }

    fn a_stream_goes_on_behind_the_last_id_exactly(app) {
        let admin = app.admin();
        for _ in 0..3 {
            let inquiry = create(admin, json!({}));
            move_to(admin, &inquiry, "contacted").expect(200);
        }
        create(admin, json!({}));
        app.work();
        let all = feed(admin, "");
        assert_eq!(all.len(), 7);
        for (n, event) in all.iter().enumerate().step_by(2).take(3) {
            let (last, rest) = (event["seq"].to_string(), &all[n + 1..]);
            let by_header = [("Last-Event-ID", last.as_str())];
            let by_query = format!("?after={last}");
            for (query, headers) in [("?after=0", &by_header[..]), (&by_query, &[])] {
                let mut stream = admin.follow(&format!("{STREAM}{query}"), headers);
                assert_eq!(stream.events(rest.len()), rest, "{query} {headers:?}");
            }
        }
        let moved = feed(admin, "types=inquiry.status_changed");
        let mut stream = admin.follow(&format!("{STREAM}?types=inquiry.status_changed"), &[]);
        assert_eq!(stream.events(3), moved);
        // What is passed over is behind: there are events of other types.
        stream.reaches(end(admin));
        for malformed in ["x", "-1", "1.5", "9223372036854775808", "1 2"] {
            let headers = [("Last-Event-ID", malformed)];
            admin.send("GET", STREAM, &headers, None).refused(400, "bad_last_event_id");
        }
        admin.send("GET", STREAM, &[("Last-Event-ID", "1"), ("Last-Event-ID", "2")], None)
            .refused(400, "bad_last_event_id");
        assert_eq!(admin.get(&format!("{STREAM}?limit=1")).refused(400, "bad_query").pointers(), ["?limit"]);
    }

    fn a_caller_gets_what_they_may_see_and_moves_on_over_the_rest(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        let others = own(admin, json!({}));
        app.work();
        let mut stream = agent.follow(STREAM, &[]);
        stream.reaches(end(&agent));
        move_to(admin, &others, "contacted").expect(200);
        app.work();
        stream.reaches(end(&agent));
        // Of the pool they see no contact.
        let pooled = create(admin, json!({"need": "求租厂房，电话 13800138000"}));
        admin.patch(&path(&pooled), &json!({"phone": "139 0013 9000", "contact": "陈默"})).expect(200);
        app.work();
        let shown = stream.events(2);
        assert_eq!(shown, feed(&agent, ""));
        assert!(!json!(shown).to_string().contains("13900139000"), "{shown:?}");
        // What they lose is the last of it.
        let theirs = own(&agent, json!({}));
        app.work();
        let gained = stream.events(feed(&agent, "").len() - 2);
        assert!(gained.iter().all(|event| event["inquiry_id"] == theirs["id"]), "{gained:?}");
        admin.post(&format!("{}/assign", path(&theirs)), &json!({"assignee_id": admin.id()})).expect(200);
        move_to(admin, &theirs, "contacted").expect(200);
        app.work();
        let lost = stream.event().unwrap();
        assert_eq!((&lost["type"], &lost["inquiry_id"]), (&json!("inquiry.assigned"), &theirs["id"]));
        stream.reaches(end(&agent));
        app.mails();
    }

    fn a_stream_ends_with_the_rights_of_its_caller(app) {
        let admin = app.admin();
        let made = admin.post("/api/v1/api-keys", &json!({"name": "钥匙", "scopes": ["read"]})).expect(201);
        let by_key = app.nobody().with_token(made.json["secret"].as_str().unwrap());
        let [gone, left, expired] = [(); 3].map(|()| app.login(Role::Admin));
        let callers = [&by_key, &gone, &left];
        let mut streams = callers.map(|client| (client, client.follow(STREAM, &[])));
        for (_, stream) in &mut streams {
            stream.block();
        }
        admin.delete(&format!("/api/v1/api-keys/{}", made.id())).expect(204);
        admin.patch(&format!("{USERS}/{}", gone.id()), &json!({"active": false})).expect(200);
        left.act("/api/v1/auth/logout").expect(204);
        create(admin, json!({}));
        app.work();
        for (client, stream) in streams {
            assert_eq!(stream.rest(), Vec::<Value>::new());
            assert_eq!(client.get(STREAM).status, 401);
        }
        // The time of a token is over in the middle of a stream, too.
        let mut stream = expired.follow(STREAM, &[]);
        assert_eq!(stream.event().unwrap()["type"], "inquiry.received");
        app.advance(chrono::Duration::minutes(16));
        assert_eq!(stream.rest(), Vec::<Value>::new());
    }

    fn a_stream_ends_when_the_server_stops_and_goes_on_at_the_next(app) {
        let admin = app.admin().clone();
        let first = create(&admin, json!({}));
        app.work();
        let mut stream = admin.follow(STREAM, &[]);
        assert_eq!(stream.event().unwrap()["inquiry_id"], first["id"]);
        let (last, began) = (stream.last.unwrap().to_string(), Instant::now());
        app.drain();
        assert!(began.elapsed() < Duration::from_secs(20), "it holds up the stop");
        assert_eq!(stream.rest(), Vec::<Value>::new(), "it ends, and is not broken off");
        let next = app.restarted();
        let again = next.nobody().with_token(admin.token());
        let second = create(&again, json!({}));
        next.work();
        let mut stream = again.follow(STREAM, &[("Last-Event-ID", &last)]);
        assert_eq!(stream.event().unwrap()["inquiry_id"], second["id"]);
    }

    fn a_user_has_ten_streams_at_once(app) {
        let (admin, other) = (app.admin(), app.login(Role::Admin));
        let mut open: Vec<_> = (0..10).map(|_| admin.follow(STREAM, &[])).collect();
        let refused = admin.get(STREAM).refused(429, "too_many_streams");
        assert!(refused.header("retry-after").unwrap().parse::<u32>().unwrap() > 0);
        other.get(STREAM).expect(200);
        let figures = app.nobody().get("/metrics").expect(200).text;
        let count = figures.lines().find_map(|line| line.strip_prefix("leaddock_change_streams_open "));
        assert!(count.is_some_and(|count| count.parse::<f64>().unwrap() >= 10.0), "{figures}");
        // Of one whose client has gone away the seat is given back.
        open.pop();
        let until = Instant::now() + SOON;
        while admin.get(STREAM).status == 429 {
            assert!(Instant::now() < until, "the seat is not given back");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

#[test]
fn a_stream_outlives_the_deadline_of_requests() {
    let change = |settings: &mut leaddock::platform::config::Settings| {
        settings.server.request_timeout_seconds = 1;
    };
    let app = TestApp::start_with(Database::Sqlite, change).unwrap();
    let admin = app.admin();
    let mut stream = admin.follow(STREAM, &[]);
    // A connection whose answer is silent for six seconds is ended then; these take eight.
    let mut comments = 0;
    while comments < 2 {
        comments += usize::from(stream.block().expect("it goes on").is_comment);
    }
    create(admin, json!({}));
    app.work();
    assert_eq!(stream.event().unwrap()["type"], "inquiry.received");
}

#[test]
fn the_head_of_a_stream_is_all_that_is_asked_for_by_head() {
    let app = TestApp::start(Database::Sqlite).unwrap();
    let answer = app.admin().send("HEAD", STREAM, &[], None).expect(200);
    assert_eq!((answer.header("content-type"), answer.text.as_str()), (Some("text/event-stream"), ""));
}
