//! Who connects, how often and how slowly: rate limits, addresses behind proxies, stalled readers, made-up
//! methods. What a request is answered is in `floor.rs`.

use serde_json::{Value, json};

use crate::support::desk::{INQUIRIES, six};
use crate::support::{Database, TestApp};

// Limits and proxies know no database: one is enough.

#[test]
fn too_many_submissions_are_refused_for_a_while() {
    let app =
        TestApp::start_with(Database::Sqlite, |settings| settings.limits.intake_per_minute = 2).unwrap();
    let nobody = app.nobody();
    for left in [1, 0] {
        let answer = nobody.post("/f/default", &six(&format!("甲{left}"))).expect(202);
        assert_eq!(answer.header("ratelimit-policy"), Some("\"intake\";q=2;w=60"));
        assert!(
            answer.header("ratelimit").unwrap().starts_with(&format!("\"intake\";r={left};")),
            "{:?}",
            answer.headers
        );
    }
    let refused = nobody.post("/f/default", &six("甲")).refused(429, "too_many_requests");
    let wait: u64 = refused.header("retry-after").expect("Retry-After").parse().unwrap();
    assert!((1..=60).contains(&wait));
    assert!(refused.header("ratelimit").unwrap().starts_with("\"intake\";r=0;"));
    // The limit is the form's: the rest of the desk goes on.
    app.admin().get(INQUIRIES).expect(200);
    assert_eq!(app.admin().all(INQUIRIES).len(), 2);
}

#[test]
fn too_many_logins_are_refused_for_a_while() {
    let app = TestApp::start_with(Database::Sqlite, |settings| settings.limits.login_per_minute = 3).unwrap();
    let admin = app.admin();
    let guess = json!({"email": "who@example.com", "password": "a-guess-of-a-password"});
    for _ in 0..2 {
        let answer = app.nobody().post("/api/v1/auth/login", &guess).refused(401, "wrong_login");
        assert_eq!(answer.header("ratelimit-policy"), Some("\"login\";q=3;w=60"));
    }
    let refused = app.nobody().post("/api/v1/auth/login", &guess).refused(429, "too_many_requests");
    assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
    // A session that is valid is not touched.
    admin.get("/api/v1/me").expect(200);
}

#[test]
fn a_login_that_cannot_be_read_counts_as_well() {
    let unreadable: [(&str, &str, &[u8], u16); 4] = [
        ("/api/v1/auth/login", "application/json", b"{", 400),
        ("/api/v1/auth/password-reset", "text/csv", b"x", 415),
        ("/api/v1/auth/password-reset/confirm", "application/json", b"{}", 422),
        ("/a/password", "application/x-www-form-urlencoded", b"token=x", 400),
    ];
    for (to, kind, body, status) in unreadable {
        let app =
            TestApp::start_with(Database::Sqlite, |settings| settings.limits.login_per_minute = 2).unwrap();
        let send = || app.nobody().send("POST", to, &[("Content-Type", kind)], Some(body.to_vec()));
        assert_eq!([send().status, send().status, send().status], [status, status, 429], "{to}");
    }
}

/// Sends requests as bytes, and reads what comes until the connection ends.
fn raw(app: &TestApp, requests: &str) -> String {
    use std::io::{Read, Write};
    let mut connection = std::net::TcpStream::connect(app.address.trim_start_matches("http://")).unwrap();
    connection.write_all(requests.as_bytes()).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_method_that_somebody_made_up_makes_no_figure_of_its_own() {
    let app = TestApp::start(Database::Sqlite).unwrap();
    let made_up =
        |n: usize| raw(&app, &format!("MADEUP{n} /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
    let series = || {
        let figures = app.nobody().get("/metrics").expect(200).text;
        assert!(!figures.contains("MADEUP"), "{figures}");
        // Those of other tests and of jobs may come at any time.
        let of_such = |line: &&str| line.starts_with("leaddock_http_") && line.contains("method=\"other\"");
        let count = figures.lines().filter(of_such).count();
        assert!(count > 0, "{figures}");
        count
    };
    assert!(made_up(0).starts_with("HTTP/1.1 405"));
    series();
    let before = series();
    for n in 1..300 {
        made_up(n);
    }
    assert_eq!(series(), before);
}

#[test]
fn a_reader_that_does_not_read_is_cut_off() {
    use std::io::{ErrorKind, Write};
    use std::time::{Duration, Instant};
    let app =
        TestApp::start_with(Database::Sqlite, |settings| settings.server.send_timeout_seconds = 1).unwrap();
    let mut connection = std::net::TcpStream::connect(app.address.trim_start_matches("http://")).unwrap();
    connection.set_write_timeout(Some(Duration::from_millis(100))).unwrap();
    let until = Instant::now() + Duration::from_secs(20);
    let ended = loop {
        assert!(Instant::now() < until, "the connection is still there");
        match connection.write(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n") {
            Ok(_) => {}
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
                ) => {}
            Err(error) => break error.kind(),
        }
    };
    assert!(
        matches!(ended, ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted),
        "{ended:?}"
    );
    app.nobody().get("/healthz").expect(200);
}

#[test]
fn requests_that_are_sent_ahead_are_answered_in_their_order() {
    let app = TestApp::start(Database::Sqlite).unwrap();
    let (ahead, body) = (500, json!({"need": "求租厂房\r\n\r\n3000平"}).to_string());
    let get = "\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n".repeat(ahead);
    let known = format!(
        "POST /f/default HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: \
        {}\r\n\r\n{body}",
        body.len()
    );
    let chunk = |text: &str| format!("{:x}\r\n{text}\r\n", text.len());
    let chunks = chunk("{\"need\": \"") + &chunk(&"仓".repeat(3000)) + &chunk("\"}") + "0\r\n\r\n";
    let chunked = format!(
        "POST /f/default HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: \
        chunked\r\n\r\n{chunks}"
    );
    // What follows chunks may have a body, and whoever does not read their body, too.
    let follows = format!("{chunked}{known}");
    let passed_over =
        "GET /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    let unread = format!("POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let last = "HEAD /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let answers = raw(&app, &format!("{get}{known}{get}{follows}{passed_over}{get}{unread}{last}"));
    let statuses: Vec<&str> =
        answers.lines().filter_map(|line| line.split("HTTP/1.1 ").nth(1)?.get(..3)).collect();
    let gets = ["200"].repeat(ahead);
    assert!(
        statuses == [&gets[..], &["202"], &gets, &["202", "202", "200"], &gets, &["404", "200"]].concat(),
        "{}: {}",
        statuses.len(),
        statuses.join(" ")
    );
    assert_eq!(app.admin().all(INQUIRIES).len(), 2);
}

#[test]
fn a_reader_that_takes_a_byte_now_and_then_is_cut_off() {
    use std::io::{ErrorKind, Read, Write};
    use std::time::{Duration, Instant};
    let app =
        TestApp::start_with(Database::Sqlite, |settings| settings.server.send_timeout_seconds = 1).unwrap();
    let mut connection = std::net::TcpStream::connect(app.address.trim_start_matches("http://")).unwrap();
    connection.set_nonblocking(true).unwrap();
    let until = Instant::now() + Duration::from_secs(30);
    let ended = loop {
        assert!(Instant::now() < until, "the connection is still there");
        let written = connection.write(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n");
        let read = connection.read(&mut [0]);
        match written.and(read) {
            Ok(0) => break ErrorKind::ConnectionReset,
            Err(error) if error.kind() != ErrorKind::WouldBlock => break error.kind(),
            Ok(_) | Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    assert!(
        matches!(ended, ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted),
        "{ended:?}"
    );
    // The figure is that of all servers in this process.
    let figures = app.nobody().get("/metrics").expect(200).text;
    let count =
        figures.lines().find_map(|line| line.strip_prefix("leaddock_http_connections_cut_off_total "));
    assert!(count.is_some_and(|count| count.parse::<u32>().unwrap() >= 1), "{figures}");
}

#[test]
fn only_a_trusted_proxy_speaks_for_others() {
    let behind = |trusted: &[&str]| {
        let trusted: Vec<_> = trusted.iter().map(|net| net.parse().unwrap()).collect();
        TestApp::start_with(Database::Sqlite, |settings| {
            settings.server.trusted_proxies = trusted;
            settings.limits.intake_per_minute = 1;
        })
        .unwrap()
    };
    let from = |app: &TestApp, address: &str, to: &str| {
        app.nobody().send("GET", to, &[("X-Forwarded-For", address)], None)
    };
    let submit = |app: &TestApp, address: &str| {
        app.nobody().post_with("/f/default", &six("甲"), &[("X-Forwarded-For", address)]).status
    };

    let open = behind(&[]);
    from(&open, "203.0.113.9", "/metrics").expect(200);
    assert_eq!(
        [submit(&open, "203.0.113.1"), submit(&open, "203.0.113.2")],
        [202, 429],
        "the peer counts, whatever it says"
    );

    let proxied = behind(&["127.0.0.0/8"]);
    from(&proxied, "203.0.113.9", "/metrics").refused(404, "not_found");
    from(&proxied, "127.0.0.1", "/metrics").expect(200);
    assert_eq!(
        [submit(&proxied, "203.0.113.1"), submit(&proxied, "203.0.113.2"), submit(&proxied, "203.0.113.1")],
        [202, 202, 429]
    );

    // All lines are one list; what is no address is nobody, who is never this machine, and all of them are
    // counted as one.
    let lines = |app: &TestApp, lines: &[&str]| {
        let headers: Vec<_> = lines.iter().map(|line| ("X-Forwarded-For", *line)).collect();
        (
            app.nobody().send("GET", "/metrics", &headers, None).status,
            app.nobody().post_with("/f/default", &six("甲"), &headers).status,
        )
    };
    assert_eq!(lines(&proxied, &["127.0.0.1", "203.0.113.20"]), (404, 202));
    assert_eq!(
        lines(&proxied, &["198.51.100.1", "203.0.113.20:4711"]),
        (404, 429),
        "whatever the client writes before"
    );
    for nobody in ["unknown", "127.0.0.1:", "[127.0.0.1]"] {
        assert_eq!(
            lines(&proxied, &[nobody]),
            (404, if nobody == "unknown" { 202 } else { 429 }),
            "{nobody}"
        );
    }
    assert_eq!(lines(&proxied, &["[2001:db8::1]:99"]), (404, 202));
    assert_eq!(lines(&proxied, &["2001:db8::ffff:1"]), (404, 429), "a subscriber has a /64");
    assert_eq!(proxied.admin().get("/api/v1/receipts").expect(200).rows()[1]["remote_ip"], Value::Null);

    let public = TestApp::start_with(Database::Sqlite, |settings| {
        settings.server.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
        settings.server.metrics_public = true;
    })
    .unwrap();
    from(&public, "203.0.113.9", "/metrics").expect(200);
}

#[test]
fn a_chunked_body_that_goes_on_after_its_answer_ends_the_connection() {
    use std::io::{Read, Write};
    use std::time::{Duration, Instant};
    let app = TestApp::start(Database::Sqlite).unwrap();
    let address = app.address.trim_start_matches("http://");
    for head in ["GET /healthz", "POST /nothing", "POST /api/v1/inquiries"] {
        let mut connection = std::net::TcpStream::connect(address).unwrap();
        connection.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        write!(
            connection,
            "{head} HTTP/1.1\r\nHost: x\r\nContent-Type: \
            application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        .unwrap();
        let until = Instant::now() + Duration::from_secs(20);
        let (mut answer, mut part) = (Vec::new(), [0; 4096]);
        loop {
            assert!(Instant::now() < until, "{head}: it is read on: {}", String::from_utf8_lossy(&answer));
            match connection.read(&mut part) {
                Ok(0) => break,
                Ok(count) => answer.extend_from_slice(&part[..count]),
                Err(error)
                    if matches!(
                        error.kind(),
                        std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                    ) => {}
                Err(_) => break,
            }
            if connection.write_all(b"1\r\nx\r\n").is_err() {
                break;
            }
        }
        // A body whose end comes in time leaves the connection as it was.
        let mut kept = std::net::TcpStream::connect(address).unwrap();
        let whole = "GET /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET \
            /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        kept.write_all(whole.as_bytes()).unwrap();
        let mut answers = String::new();
        kept.read_to_string(&mut answers).unwrap();
        assert_eq!(answers.matches("HTTP/1.1 200").count(), 2, "{answers}");
    }
}
