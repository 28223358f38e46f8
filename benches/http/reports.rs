//! The measurements of reports: the time on a CPU that one takes, over a year of inquiries and their history,
//! and the memory of the image that they are computed from.
//! The thresholds are in `report.rs`.

use std::time::Duration;

use chrono::{Days, NaiveDate};
use leaddock::kernel::clock::Clock;
use serde_json::Value;

use crate::load::{self, Request};
use crate::measures::{Bench, HUGE, SMALL, login};
use crate::server::Server;

/// Connections that ask for reports: as many as a server computes at once on two processors.
const REPORTERS: u32 = 2;

/// Those that are read most, each over a year.
const OVER_A_YEAR: [(&str, &str); 4] = [
    ("overview, year", "overview"),
    ("funnel, year", "funnel"),
    ("response-times, year", "response-times"),
    ("sources, year", "sources"),
];

pub fn reports(bench: &mut Bench<'_>) {
    for (rows, of_none, bytes) in [
        (HUGE, "report of none, huge", "image bytes, huge"),
        (SMALL, "report of none, small", "image bytes, small"),
    ] {
        let server = bench.lived_in(rows).serve(&[]);
        let token = login(&server);
        let names = when_ready(&server, &token);
        bench.note(bytes, bytes_an_inquiry(&server));
        // Nothing was received then.
        let none = format!("/api/v1/reports/overview?group_by=none&from={0}&to={0}", days_ago(700));
        bench.measure(of_none, &server, Request::get(&none, &token), REPORTERS);
        if rows == HUGE {
            over_a_year(bench, &server, &token);
            all_of_them(bench, &server, &token, &names);
        }
        server.stop();
    }
}

/// The names of all reports, as soon as the image that they are computed from is complete.
fn when_ready(server: &Server, token: &str) -> Vec<String> {
    let first = Request::get("/api/v1/reports/agents", token);
    while load::once(server.address, &first).expect("an answer").status != 200 {
        std::thread::sleep(Duration::from_millis(500));
    }
    let list = load::once(server.address, &Request::get("/api/v1/reports", token)).expect("the reports");
    let list: Value = serde_json::from_slice(&list.body).expect("JSON");
    let all = list.pointer("/data").and_then(Value::as_array).expect("reports");
    all.iter().filter_map(|report| report.get("report")?.as_str().map(str::to_owned)).collect()
}

fn days_ago(days: u64) -> NaiveDate {
    Clock::System.now().date(chrono_tz::Tz::UTC).checked_sub_days(Days::new(days)).expect("a date")
}

fn over_a_year(bench: &mut Bench<'_>, server: &Server, token: &str) {
    for (name, report) in OVER_A_YEAR {
        let path = format!("/api/v1/reports/{report}?from={}", days_ago(364));
        bench.measure(name, server, Request::get(&path, token), REPORTERS);
    }
}

/// Each report: over the last 30 days, over a year, and as of half a year ago. The slowest is kept.
fn all_of_them(bench: &mut Bench<'_>, server: &Server, token: &str, names: &[String]) {
    let (year, then) = (days_ago(364), days_ago(182));
    for (name, query) in [
        ("slowest, 30 days", String::new()),
        ("slowest, year", format!("?from={year}")),
        ("slowest, past", format!("?from={year}&to={then}&as_of={then}T00:00:00Z")),
    ] {
        let cpu = |report: &String| {
            let request = Request::get(&format!("/api/v1/reports/{report}{query}"), token);
            let micros = bench.cpu_of(server, request, REPORTERS);
            eprintln!("  {report}, {name}: {micros:.0} µs");
            micros
        };
        let slowest = names.iter().map(cpu).max_by(f64::total_cmp).expect("a report");
        bench.note(name, slowest / 1e3);
    }
}

/// By the metrics of the server.
fn bytes_an_inquiry(server: &Server) -> f64 {
    let metrics = load::once(server.address, &Request::get("/metrics", "")).expect("metrics");
    let metrics = String::from_utf8_lossy(&metrics.body).into_owned();
    let figure = |name: &str| -> f64 {
        let value = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok());
        value.expect("a metric of the image")
    };
    figure("leaddock_report_image_bytes") / figure("leaddock_report_image_inquiries")
}
