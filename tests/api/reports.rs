//! Figures: the overview agrees with the lists that its reader sees, day by day and in all.
//! The lists themselves are tested in `lists.rs`.

use chrono::Duration;
use leaddock::access::Role;
use leaddock::kernel::clock::Timestamp;
use serde_json::{Value, json};

use crate::support::desk::{INQUIRIES, create, follow_up, move_to, own, path, plan};
use crate::support::{Client, TestApp, each_database};

const OVERVIEW: &str = "/api/v1/reports/overview";
const COLUMNS: [&str; 21] = [
    "date",
    "label",
    "received",
    "valid",
    "assigned",
    "new",
    "contacted",
    "qualified",
    "viewing",
    "negotiating",
    "signed",
    "landed",
    "lost",
    "invalid",
    "open",
    "overdue_follow_ups",
    "response_p50_minutes",
    "response_p90_minutes",
    "response_p50_work_minutes",
    "response_p90_work_minutes",
    "expected_tax_wan",
];

fn overview(client: &Client, query: &str) -> Value {
    client.get(&format!("{OVERVIEW}?{query}")).expect(200).json
}

/// Each count of a row is what the list says under the same filters.
#[track_caller]
fn agrees(client: &Client, row: &Value, filters: &str) {
    let inquiries = client.all(&format!("{INQUIRIES}?limit=200&{filters}"));
    let count =
        |fits: &dyn Fn(&Value) -> bool| json!(inquiries.iter().filter(|inquiry| fits(inquiry)).count());
    for status in ["contacted", "qualified", "viewing", "negotiating", "signed", "landed", "lost", "invalid"]
    {
        assert_eq!(row[status], count(&|inquiry| inquiry["status"] == status), "{status} under {filters}");
    }
    assert_eq!(row["received"], count(&|_| true), "{filters}");
    assert_eq!(row["open"], count(&|inquiry| inquiry["category"] == "open"));
    assert_eq!(row["valid"], count(&|inquiry| inquiry["category"] != "invalid"));
    assert_eq!(row["assigned"], count(&|inquiry| inquiry["assignee_id"].is_string()));
}

/// Whoever it is, logged in anew at the present hour.
fn anew(app: &TestApp, clients: &[&Client]) -> Vec<Client> {
    clients.iter().map(|client| app.login_as(client.id())).collect()
}

each_database! {
    fn every_figure_agrees_with_the_lists_of_its_reader(app) {
        let (admin, east, west) =
            (app.admin(), app.login_in(Role::Agent, Some("东区")), app.login_in(Role::Agent, Some("西区")));
        let manager = app.login_in(Role::Manager, Some("东区"));
        let mut readers = anew(&app, &[admin, &east, &west, &manager]);
        // Two of each status over three days, in the teams and in the pool; the days turn at midnight in
        // Shanghai.
        for (day, moment) in
            ["2026-11-23T15:59:59.999Z", "2026-11-23T16:00:00.000Z", "2026-11-25T15:00:00.000Z"]
                .into_iter()
                .enumerate()
        {
            app.clock.set(Timestamp::parse(moment).unwrap());
            readers = anew(&app, &readers.iter().collect::<Vec<_>>());
            let (admin, east, west) = (&readers[0], &readers[1], &readers[2]);
            for (n, status) in
                ["new", "contacted", "qualified", "viewing", "negotiating", "signed", "lost", "invalid"]
                    .into_iter()
                    .enumerate()
            {
                let inquiry = match (n + day) % 3 {
                    0 => own(east, json!({"facts": {"tax_wan_per_year": n}})),
                    1 => own(west, json!({})),
                    _ => create(admin, json!({"facts": {"tax_wan_per_year": 0.1}})),
                };
                move_to(admin, &inquiry, status).expect(200);
                plan(&app, admin, &inquiry, Duration::minutes(i64::try_from(n).unwrap() - 4));
            }
        }
        let (admin, manager) = (&readers[0], &readers[3]);
        app.nobody().post("/f/default", &json!({"need": "从表单来"})).expect(202);
        let binned = create(admin, json!({}));
        admin.delete(&path(&binned)).expect(204);
        let signed = &admin.all(&format!("{INQUIRIES}?status=signed"))[0];
        move_to(admin, signed, "landed").expect(200);

        let form = admin
            .all(INQUIRIES)
            .iter()
            .find_map(|inquiry| inquiry["form_id"].as_str().map(str::to_owned))
            .unwrap();
        let team = manager.get("/api/v1/me").expect(200).json["team_id"].as_str().unwrap().to_owned();
        for client in [admin, &readers[1], &readers[2], manager] {
            let report = overview(client, "from=2026-11-22&to=2026-11-26");
            assert_eq!(
                (&report["report"], &report["timezone"], &report["as_of"], &report["filters"]),
                (&json!("overview"), &json!("Asia/Shanghai"), &json!(app.clock.now()), &json!({}))
            );
            assert_eq!((&report["from"], &report["to"]), (&json!("2026-11-22"), &json!("2026-11-26")));
            agrees(client, &report["totals"], "received_from=2026-11-22&received_to=2026-11-27");
            let rows = report["rows"].as_array().unwrap();
            let days: Vec<&str> = rows.iter().map(|row| row["date"].as_str().unwrap()).collect();
            assert_eq!(
                days,
                ["2026-11-22", "2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26"],
                "days without anything are there too"
            );
            for (row, next) in
                rows.iter().zip(["2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27"])
            {
                agrees(
                    client,
                    row,
                    &format!("received_from={}&received_to={next}", row["date"].as_str().unwrap()),
                );
            }
            // The days add up.
            for key in COLUMNS.into_iter().filter(|key| !matches!(*key, "date" | "label") && !key.starts_with("response")) {
                let sum: f64 = rows.iter().map(|row| row[key].as_f64().unwrap()).sum();
                assert!((sum - report["totals"][key].as_f64().unwrap()).abs() < 1e-9, "{key}");
            }
            let overdue =
                client.get("/api/v1/follow-ups?bucket=overdue&count=true").expect(200).json["total"].clone();
            assert_eq!(report["totals"]["overdue_follow_ups"], overdue);
            // Under any filter too; a foreign owner or team gives noughts.
            for filter in [
                format!("assignee={}", readers[1].id()),
                format!("assignee={}", readers[2].id()),
                "assignee=none".to_owned(),
                "assignee=me".to_owned(),
                format!("team={team}"),
                format!("form={form}"),
            ] {
                let report = overview(client, &format!("from=2026-11-23&to=2026-11-25&{filter}"));
                agrees(
                    client,
                    &report["totals"],
                    &format!("received_from=2026-11-23&received_to=2026-11-26&{filter}"),
                );
                let (name, value) = filter.split_once('=').unwrap();
                assert_eq!(report["filters"], json!({name: value}));
            }
        }
        assert_eq!(
            overview(&readers[1],
                &format!("from=2026-11-22&to=2026-11-26&assignee={}", readers[2].id()))["totals"]
                ["received"],
            0
        );
        assert_eq!(overview(admin, "from=2026-11-22&to=2026-11-26")["totals"]["received"], 25);
        app.mails();
    }

    fn what_is_not_there_is_nought(app) {
        let report = overview(app.admin(), "from=2001-01-01&to=2001-01-03");
        let keys = |row: &Value| row.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        let mut columns = COLUMNS.map(str::to_owned).to_vec();
        columns.sort_unstable();
        for row in report["rows"].as_array().unwrap().iter().chain([&report["totals"]]) {
            let mut found = keys(row);
            found.sort_unstable();
            assert_eq!(found, columns, "every key is there");
            for (key, value) in row.as_object().unwrap() {
                match key.as_str() {
                    "date" | "label" => {}
                    key if key.starts_with("response") => assert!(value.is_null()),
                    _ => assert_eq!(value.as_f64(), Some(0.0), "{key}"),
                }
            }
        }
        assert_eq!(report["rows"].as_array().unwrap().len(), 3);
        assert_eq!(report["totals"]["date"], json!(null));
    }

    fn columns_are_worded_for_the_reader(app) {
        for (accept, label) in [("en", "Received"), ("zh-CN", "收到")] {
            let report =
                app.admin().send("GET", OVERVIEW, &[("Accept-Language", accept)], None).expect(200).json;
            let columns = report["columns"].as_array().unwrap();
            assert_eq!(
                columns.iter().map(|column| column["key"].as_str().unwrap()).collect::<Vec<_>>(),
                COLUMNS
            );
            assert_eq!(
                (&columns[2]["label"], &columns[2]["unit"], &columns[16]["unit"], &columns[20]["unit"]),
                (&json!(label), &json!("count"), &json!("minutes"), &json!("wan"))
            );
        }
    }

    fn response_times_are_told_by_their_percentiles(app) {
        let agent = app.login(Role::Agent);
        let inquiries: Vec<Value> = (0..11).map(|_| own(&agent, json!({}))).collect();
        // Called back after 1, 2, … 10 minutes; the last one not at all.
        for inquiry in &inquiries[..10] {
            app.advance(Duration::minutes(1));
            follow_up(&agent, inquiry, json!({"kind": "call", "outcome": "reached"}));
        }
        follow_up(&agent, &inquiries[10], json!({"kind": "call", "outcome": "no_answer"}));
        let totals = &overview(&agent, "from=2026-11-23&to=2026-11-23")["totals"];
        assert_eq!(
            (&totals["response_p50_minutes"], &totals["response_p90_minutes"]),
            (&json!(5.0), &json!(9.0))
        );
        // A second talk changes no response.
        follow_up(&agent, &inquiries[0], json!({"kind": "call", "outcome": "reached"}));
        assert_eq!(overview(&agent, "from=2026-11-23&to=2026-11-23")["totals"]["response_p90_minutes"], 9.0);
    }

    fn expected_tax_is_that_of_the_open_ones(app) {
        let admin = app.admin();
        for (status, tax) in [
            ("new", json!(0.1)),
            ("viewing", json!(0.2)),
            ("negotiating", json!(300)),
            ("signed", json!(1000)),
            ("lost", json!(1000)),
            ("new", json!(null)),
        ] {
            let inquiry = create(admin, json!({"facts": {"tax_wan_per_year": tax}}));
            move_to(admin, &inquiry, status).expect(200);
        }
        assert_eq!(overview(admin, "from=2026-11-23&to=2026-11-23")["totals"]["expected_tax_wan"], 300.3);
    }

    fn the_same_as_csv(app) {
        let admin = app.admin();
        own(admin, json!({"facts": {"tax_wan_per_year": 12.5}}));
        let report = overview(admin, "from=2026-11-22&to=2026-11-23");
        let csv = admin.get(&format!("{OVERVIEW}?from=2026-11-22&to=2026-11-23&format=csv")).expect(200);
        assert!(
            csv.header("content-type").unwrap().starts_with("text/csv")
                && csv.header("content-disposition").unwrap().contains("overview-2026-11-22-2026-11-23.csv")
        );
        // As RFC 4180 has it, and known as UTF-8 by spreadsheets; the totals come last.
        let text = csv.text.strip_prefix('\u{feff}').expect("a byte-order mark");
        assert_eq!(
            (text.matches("\r\n").count(), text.matches('\n').count(), text.ends_with("\r\n")),
            (4, 4, true)
        );
        let lines: Vec<Vec<&str>> =
            text.split_terminator("\r\n").map(|line| line.split(',').collect()).collect();
        assert_eq!((lines.len(), lines[0].as_slice()), (4, &COLUMNS[..]));
        assert_eq!(&lines[3][..3], ["", "", "1"]);
        for (line, row) in
            lines[1..].iter().zip(report["rows"].as_array().unwrap().iter().chain([&report["totals"]]))
        {
            for (cell, key) in line.iter().zip(COLUMNS) {
                let told = match &row[key] {
                    Value::Null => String::new(),
                    Value::String(text) => text.clone(),
                    number => number.to_string(),
                };
                assert_eq!(*cell, told, "{key}");
            }
        }
        let grouped = overview(admin, "from=2026-11-22&to=2026-11-23&group_by=none");
        assert_eq!(grouped["rows"], json!([report["totals"]]));
    }

    fn new_ones_are_those_that_nobody_has_moved(app) {
        let admin = app.admin();
        for status in ["new", "new", "contacted", "viewing"] {
            move_to(admin, &create(admin, json!({})), status).expect(200);
        }
        let totals = &overview(admin, "from=2026-11-23&to=2026-11-23")["totals"];
        assert_eq!(
            (&totals["new"], &totals["contacted"], &totals["open"]),
            (&json!(2), &json!(1), &json!(4))
        );
        assert_eq!(
            totals["new"],
            admin.get(&format!("{INQUIRIES}?status=new&count=true&limit=1")).expect(200).json["total"]
        );
    }

    fn a_period_is_named(app) {
        // Today is Monday, 23 November 2026.
        let admin = app.admin();
        for (period, from, to) in [
            ("today", "2026-11-23", "2026-11-23"),
            ("yesterday", "2026-11-22", "2026-11-22"),
            ("this_week", "2026-11-23", "2026-11-29"),
            ("last_week", "2026-11-16", "2026-11-22"),
            ("this_month", "2026-11-01", "2026-11-30"),
            ("last_month", "2026-10-01", "2026-10-31"),
            ("this_quarter", "2026-10-01", "2026-12-31"),
            ("last_quarter", "2026-07-01", "2026-09-30"),
            ("this_year", "2026-01-01", "2026-12-31"),
            ("last_year", "2025-01-01", "2025-12-31"),
            ("last_7_days", "2026-11-17", "2026-11-23"),
            ("last_30_days", "2026-10-25", "2026-11-23"),
            ("last_90_days", "2026-08-26", "2026-11-23"),
        ] {
            let report = overview(admin, &format!("period={period}"));
            assert_eq!((&report["from"], &report["to"]), (&json!(from), &json!(to)), "{period}");
            assert_eq!(report["rows"], overview(admin, &format!("from={from}&to={to}"))["rows"], "{period}");
        }
        for query in [
            "period=last_5_days",
            "period=today&from=2026-11-01",
            "period=today&to=2026-11-30",
            "period=today,yesterday",
        ] {
            assert_eq!(
                admin.get(&format!("{OVERVIEW}?{query}")).refused(400, "bad_query").pointers(),
                ["?period"],
                "{query}"
            );
        }
    }

    fn a_report_has_its_bounds(app) {
        let admin = app.admin();
        for query in [
            "from=2026-11-24&to=2026-11-23",
            "from=yesterday",
            "to=2026-02-30",
            "from=2026-11-23T00:00:00Z",
            "from=2020-01-01&to=2026-01-01",
            "assignee=somebody",
            "team=x",
            "form=x",
            "format=pdf",
            "group_by=band",
            "group_by=colour",
            "limit=0",
            "limit=1001",
            "as_of=2999-01-01T00:00:00Z",
            "compare=next",
            "via=cache",
            "width=319",
            "chart=colour",
            "need_kind=castle",
            "nonsense=1",
            "from=2026-11-23&from=2026-11-23",
            "from=+262000-01-01",
        ] {
            admin.get(&format!("{OVERVIEW}?{query}")).refused(400, "bad_query");
        }
        for client in [admin, &app.login(Role::Agent)] {
            client.get("/api/v1/reports/no-such-report").refused(404, "not_found");
        }
        // The last thirty days unless asked for others, today among them.
        let report = overview(admin, "");
        assert_eq!(
            (&report["from"], &report["to"], report["rows"].as_array().unwrap().len()),
            (&json!("2026-10-25"), &json!("2026-11-23"), 30)
        );
        let single = overview(admin, "from=2026-11-23&to=2026-11-23");
        assert_eq!(single["rows"].as_array().unwrap().len(), 1);
        assert_eq!(overview(admin, "from=2026-11-20")["to"], "2026-11-23");
        assert_eq!(overview(admin, "to=2026-11-20")["from"], "2026-10-22");
        for edge in ["from=9999-12-31&to=9999-12-31", "from=0001-01-01&to=0001-01-01"] {
            overview(admin, edge);
        }
    }
}
