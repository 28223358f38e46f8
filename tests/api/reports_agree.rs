//! All reports over random histories: from the image and from the log, in totals and in what is behind them,
//! for every grouping and moment they are the same.
//! What single figures mean is tested in `reports.rs` and `report_figures.rs`.

use chrono::Duration;
use leaddock::access::Role;
use leaddock::kernel::clock::Timestamp;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use crate::support::desk::{INQUIRIES, create, path};
use crate::support::{Client, TestApp, each_database};

/// Something that one of three people does with one of the inquiries.
#[derive(Debug, Clone)]
struct Deed {
    what: usize,
    whose: usize,
    which: usize,
    number: usize,
}

const DEEDS: usize = 70;

/// The same for the same seed, so that a failure can be looked at again.
fn deeds(seed: u8) -> Vec<Deed> {
    let deed = (0..16_usize, 0..3_usize, 0..30_usize, 0..1_000_usize)
        .prop_map(|(what, whose, which, number)| Deed { what, whose, which, number });
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    prop::collection::vec(deed, DEEDS).new_tree(&mut runner).unwrap().current()
}

const STATUSES: [&str; 8] =
    ["contacted", "qualified", "viewing", "negotiating", "signed", "landed", "lost", "invalid"];
const OUTCOMES: [&str; 4] = ["reached", "no_answer", "wrong_number", "refused"];
const KINDS: [&str; 4] = ["call", "visit", "wechat", "viewing"];

/// What somebody may do by its number. Not all of it is allowed at any time: what is refused changes nothing.
fn does(app: &TestApp, people: &[Client], inquiries: &[Value], deed: &Deed) {
    let Deed { what, whose, which, number } = *deed;
    let (who, admin) = (&people[whose], &people[0]);
    let Some(inquiry) = inquiries.get(which % inquiries.len().max(1)) else { return };
    let at = |suffix: &str| format!("{}{suffix}", path(inquiry));
    let plans = || {
        let list = format!("/api/v1/follow-ups?inquiry={}&bucket=open", inquiry["id"].as_str().unwrap());
        admin.get(&list).json["data"].as_array().cloned().unwrap_or_default()
    };
    match what {
        0..=2 => {
            let status = STATUSES[number % STATUSES.len()];
            let reason = match status {
                "lost" => Some(["price", "space", "postponed"][number % 3]),
                "invalid" => Some("duplicate"),
                _ => None,
            };
            who.post(&at("/status"), &json!({"status": status, "reason": reason}));
        }
        3 | 4 => {
            let (kind, outcome) = (KINDS[number % 4], OUTCOMES[number % 3]);
            who.post(&at("/follow-ups"), &json!({"kind": kind, "outcome": outcome}));
        }
        5 => {
            let due_at = app.clock.now().plus(Duration::hours(i64::try_from(number % 90).unwrap() - 10));
            who.post(&at("/follow-ups"), &json!({"kind": KINDS[number % 4], "due_at": due_at}));
        }
        6 => {
            for plan in plans().iter().take(1) {
                let path = format!("/api/v1/follow-ups/{}", plan["id"].as_str().unwrap());
                match number % 3 {
                    0 => drop(who.delete(&path)),
                    1 => drop(who.patch(&path, &json!({"due_at": app.clock.now().plus(Duration::days(3))}))),
                    _ => {
                        drop(who.post(&format!("{path}/complete"), &json!({"outcome": OUTCOMES[number % 4]})))
                    }
                }
            }
        }
        7 => drop(admin.post(&at("/assign"), &json!({"assignee_id": people[number % 3].id()}))),
        8 => drop(who.post(&at("/release"), &json!({"reason": "不跟了"}))),
        9 => drop(who.act(&at("/claim"))),
        10 => drop(who.act(&at("/accept"))),
        11 => drop(who.post(&at("/decline"), &json!({"reason": "太远"}))),
        12 => drop(if number % 2 == 0 { admin.delete(&at("")) } else { admin.act(&at("/restore")) }),
        13 => {
            let kind = ["land", "office_rent", "spam"][number % 3];
            let region = ["320583", "310115", "320500"][number % 3];
            let most = if number % 2 == 0 { json!(number * 20) } else { Value::Null };
            let facts = json!({"tax_wan_per_year": number, "need_kind": kind, "region_code": region,
                "area_min_sqm": number * 10, "area_max_sqm": most});
            who.patch(&at(""), &json!({"facts": facts}));
        }
        14 => {
            let phone = if number % 2 == 0 { json!("138 0013 8000") } else { Value::Null };
            who.patch(&at(""), &json!({"phone": phone}));
        }
        _ => app.advance(Duration::minutes(i64::try_from(number).unwrap() * 3)),
    }
}

fn submit(app: &TestApp, number: usize) {
    let utm = ["baidu", "Douyin ", ""][number % 3];
    let body = json!({"need": "求租厂房，3000平方米", "phone": format!("138 0013 {:04}", 8_000 + number),
        "company": format!("第{number}公司"), "utm_source": utm, "utm_campaign": "春季",
        "referrer": "https://WWW.Example.com:8080/x"});
    app.nobody().post("/f/default", &body);
}

/// The groupings of each report, as it names them itself.
fn catalogue(client: &Client) -> Vec<(String, Vec<String>)> {
    let list = client.get("/api/v1/reports").expect(200).json;
    let words = |report: &Value| {
        let groups = report["group_by"].as_array().unwrap().iter();
        groups.map(|word| word.as_str().unwrap().to_owned()).collect()
    };
    let reports = list["data"].as_array().unwrap().iter();
    reports.map(|report| (report["report"].as_str().unwrap().to_owned(), words(report))).collect()
}

fn figures(report: &Value) -> (&Value, &Value, &Value) {
    (&report["rows"], &report["totals"], &report["previous"])
}

/// The cells of a report that can be drilled into, each with the query that does.
fn cells(report: &Value) -> Vec<(String, &Value, bool)> {
    let columns = report["columns"].as_array().unwrap();
    let key = columns[0]["key"].as_str().unwrap();
    let is_total = |row: &Value| std::ptr::eq(row, &report["totals"]);
    let mut found = Vec::new();
    for row in report["rows"].as_array().unwrap().iter().chain([&report["totals"]]) {
        let place = match (&row[key], is_total(row) || report["group_by"] == "none") {
            (_, true) => String::new(),
            (Value::Null, false) => "&row=none".to_owned(),
            (key, false) => format!("&row={}", escaped(key.as_str().unwrap())),
        };
        let stage = row["stage"].as_str().map(|stage| format!("&stage={stage}")).unwrap_or_default();
        for column in columns.iter().filter(|column| !column["of"].is_null()) {
            let cell = column["key"].as_str().unwrap();
            let query = format!("cell={cell}{place}{stage}");
            found.push((query, &row[cell], column["unit"] == "count"));
        }
    }
    found
}

fn escaped(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Each count is as many things as are listed behind it; a percentile is taken of those listed. Noughts of rows
/// are left out, and of other rows than the totals the slow way is.
#[track_caller]
fn is_behind(client: &Client, report: &Value, query: &str) {
    let name = report["report"].as_str().unwrap();
    for (cell, figure, is_count) in cells(report) {
        let is_total = !cell.contains("&row=");
        if !is_total && (figure.is_null() || figure == &json!(0)) {
            continue;
        }
        let drill =
            client.get(&format!("/api/v1/reports/{name}/drill?{query}&limit=200&{cell}")).expect(200).json;
        assert_eq!(&drill["figure"], figure, "{name} {query} {cell}");
        if is_count && !figure.is_null() {
            assert_eq!(&drill["total"], figure, "{name} {query} {cell}");
        }
        if is_total {
            let slow = format!("/api/v1/reports/{name}/drill?{query}&limit=200&{cell}&via=log");
            assert_eq!(drill, client.get(&slow).expect(200).json, "{name} {query} {cell}");
        }
        let mut ids: Vec<&str> =
            drill["data"].as_array().unwrap().iter().map(|thing| thing["id"].as_str().unwrap()).collect();
        // Each is there once, in the order of the ids. A decision has several candidates.
        assert!(ids.is_sorted(), "{name} {cell}");
        ids.dedup();
        assert_eq!(json!(ids.len()), drill["total"], "{name} {query} {cell}");
    }
}

/// What three people do, one of them asking for a report now and then. Returns moments in between.
fn live_through(app: &TestApp, people: &[Client; 3], seed: u8) -> Vec<Timestamp> {
    let mut moments: Vec<Timestamp> = Vec::new();
    for (number, deed) in deeds(seed).iter().enumerate() {
        // As at the present hour.
        let people = people.each_ref().map(|person| app.login_as(person.id()));
        let admin = &people[0];
        if number % 4 == 0 {
            submit(app, number);
        }
        if number % 7 == 0 {
            create(admin, json!({"company": format!("录入{number}"), "assign": people[number % 3].id()}));
        }
        let inquiries = admin.all(&format!("{INQUIRIES}?limit=200"));
        does(app, &people, &inquiries, deed);
        if number % 20 == 0 {
            app.advance(Duration::minutes(17));
            moments.push(app.clock.now());
        }
        if number % 10 == 0 {
            // The image follows step by step, and what it keeps for whoever asks again grows old.
            let admin = app.login_as(admin.id());
            for (name, _) in catalogue(&admin) {
                admin.get(&format!("/api/v1/reports/{name}?{}", dates_of(&name))).expect(200);
            }
        }
    }
    app.advance(Duration::seconds(6));
    moments
}

/// The dates of a report that cover all that happened.
fn dates_of(name: &str) -> &'static str {
    if matches!(name, "ageing" | "forecast") { "" } else { "from=2026-11-20&to=2026-12-10" }
}

fn all_agree(app: &TestApp, seed: u8) {
    let people = [app.login(Role::Admin), app.login_in(Role::Agent, Some("东区")), app.login(Role::Agent)];
    let moments = live_through(app, &people, seed);
    let people = people.map(|person| app.login_as(person.id()));
    let (admin, agent) = (&people[0], &people[1]);
    for (name, groups) in catalogue(admin) {
        for group in &groups {
            for at in [moments[2], app.clock.now()] {
                both_ways(admin, &name, &format!("{}&group_by={group}&as_of={at}", dates_of(&name)));
            }
        }
        // As of now, from what is kept.
        both_ways(admin, &name, dates_of(&name));
        // Of somebody with less reach, compared.
        let query = format!("{}&as_of={}&compare=previous", dates_of(&name), app.clock.now());
        for client in [agent, admin] {
            both_ways(client, &name, &query);
        }
    }
    app.mails();
}

/// The same figures from the image and from the log.
#[track_caller]
fn both_ways(client: &Client, name: &str, query: &str) {
    let of = |more: &str| client.get(&format!("/api/v1/reports/{name}?{query}{more}")).expect(200).json;
    let (fast, slow) = (of(""), of("&via=log"));
    assert_eq!(figures(&fast), figures(&slow), "{name} {query}");
}

each_database! {
    fn the_image_and_the_log_say_the_same(app) {
        all_agree(&app, 1);
    }

    fn they_do_so_of_another_history(app) {
        all_agree(&app, 2);
    }

    fn behind_the_figures_is_what_they_count(app) {
        let people = [app.login(Role::Admin), app.login_in(Role::Agent, Some("东区")), app.login(Role::Agent)];
        let moments = live_through(&app, &people, 3);
        let people = people.map(|person| app.login_as(person.id()));
        let (admin, agent) = (&people[0], &people[1]);
        for (name, _) in catalogue(admin) {
            for (client, at) in [(agent, app.clock.now()), (admin, app.clock.now()), (admin, moments[1])] {
                let query = format!("{}&as_of={at}", dates_of(&name));
                let report = client.get(&format!("/api/v1/reports/{name}?{query}")).expect(200).json;
                is_behind(client, &report, &query);
            }
        }
        app.mails();
    }
}
