//! The way of an inquiry through its statuses: legal moves, reasons, and that they are data.
//! What else can be done with an inquiry is in `inquiries.rs`.

use chrono::Duration;
use leaddock::access::Role;
use serde_json::{Value, json};

use crate::support::desk::{create, move_to, path};
use crate::support::each_database;

const OPEN: [&str; 5] = ["new", "contacted", "qualified", "viewing", "negotiating"];
const STATUSES: [&str; 9] =
    ["new", "contacted", "qualified", "viewing", "negotiating", "signed", "landed", "lost", "invalid"];

/// The moves of the trade, as the outside knows them.
fn legal(from: &str) -> Vec<&'static str> {
    let fits = |to: &&str| match from {
        "signed" => matches!(*to, "landed" | "lost"),
        "landed" => false,
        "lost" | "invalid" => *to == "contacted",
        _ => !matches!(*to, "new" | "landed") && *to != from,
    };
    STATUSES.into_iter().filter(fits).collect()
}

fn category(status: &str) -> &str {
    match status {
        "signed" | "landed" => "won",
        "lost" | "invalid" => status,
        _ => "open",
    }
}

each_database! {
    fn every_legal_move_is_made_and_no_other(app) {
        let admin = app.admin();
        for from in STATUSES {
            let start = || {
                let inquiry = create(admin, json!({}));
                if from == "landed" {
                    move_to(admin, &inquiry, "signed").expect(200);
                }
                if from != "new" {
                    move_to(admin, &inquiry, from).expect(200);
                }
                admin.get(&path(&inquiry)).expect(200).json
            };
            for to in STATUSES.into_iter().filter(|to| *to != from) {
                let inquiry = start();
                let before = app.clock.now();
                app.advance(Duration::seconds(1));
                let answer = move_to(admin, &inquiry, to);
                if !legal(from).contains(&to) {
                    let refused = answer.refused(422, "illegal_move");
                    assert_eq!(refused.json["legal"], json!(legal(from)), "{from} → {to}");
                    assert_eq!(admin.get(&path(&inquiry)).expect(200).json, inquiry);
                    continue;
                }
                let after = answer.expect(200).json;
                assert_eq!((&after["status"], &after["category"]), (&json!(to), &json!(category(to))));
                assert_eq!(
                    after["reason"],
                    if matches!(to, "lost" | "invalid") { json!("other") } else { json!(null) }
                );
                assert_eq!(after["version"], inquiry["version"].as_i64().unwrap() + 1);
                let closed_at = match category(to) {
                    "open" => json!(null),
                    now if now == category(from) => json!(before),
                    _ => json!(app.clock.now()),
                };
                assert_eq!(after["closed_at"], closed_at, "{from} → {to}");
            }
        }
    }

    fn staying_is_no_move(app) {
        let admin = app.admin();
        for status in STATUSES.into_iter().filter(|status| *status != "landed") {
            let inquiry = create(admin, json!({}));
            move_to(admin, &inquiry, status).expect(200);
            let before = admin.get(&path(&inquiry)).expect(200).json;
            app.advance(Duration::minutes(1));
            let again = admin
                .post(&format!("{}/status", path(&inquiry)), &json!({"status": status, "note": "再说一次"}))
                .expect(200);
            assert_eq!(again.json, before);
            assert_eq!(
                admin.all(&format!("{}/timeline", path(&inquiry))).len(),
                if status == "new" { 1 } else { 2 }
            );
        }
    }

    fn an_end_wants_a_reason_of_its_own(app) {
        let admin = app.admin();
        let statuses = admin.get("/api/v1/statuses").expect(200).json;
        let reasons = |status: &str| -> Vec<String> {
            let status =
                statuses["data"].as_array().unwrap().iter().find(|row| row["key"] == status).unwrap();
            status["reasons"]
                .as_array()
                .unwrap()
                .iter()
                .map(|reason| reason["key"].as_str().unwrap().to_owned())
                .collect()
        };
        for (status, foreign) in [("lost", "advertising"), ("invalid", "price")] {
            let inquiry = create(admin, json!({}));
            let to = format!("{}/status", path(&inquiry));
            for reason in [
                json!(null),
                json!(""),
                json!("  "),
                json!(foreign),
                json!("Other"),
                json!("none of these"),
                json!("x".repeat(51)),
                json!(5),
            ] {
                admin.post(&to, &json!({"status": status, "reason": reason})).finds_fault_with(&["/reason"]);
            }
            admin.post(&to, &json!({"status": status})).finds_fault_with(&["/reason"]);
            assert!(reasons(status).contains(&"other".to_owned()));
            for reason in reasons(status) {
                assert_eq!(
                    admin.post(&to, &json!({"status": status, "reason": reason})).expect(200).json["reason"],
                    reason
                );
                assert_eq!(move_to(admin, &inquiry, "contacted").expect(200).json["reason"], json!(null));
            }
            admin.post(&to, &json!({"status": "viewing", "reason": "other"})).finds_fault_with(&["/reason"]);
        }
        let to = format!("{}/status", path(&create(admin, json!({}))));
        for status in [json!("won"), json!("New"), json!(""), json!(null), json!(1)] {
            admin.post(&to, &json!({"status": status})).finds_fault_with(&["/status"]);
        }
        admin
            .post(&to, &json!({"status": "x", "note": 1, "why": ""}))
            .finds_fault_with(&["/note", "/status", "/why"]);
        admin.post(&to, &json!({})).finds_fault_with(&["/status"]);
    }

    fn statuses_are_data(app) {
        let statuses = app.login(Role::Agent).get("/api/v1/statuses").expect(200).json;
        let rows = statuses["data"].as_array().unwrap();
        assert_eq!(rows.iter().map(|row| row["key"].as_str().unwrap()).collect::<Vec<_>>(), STATUSES);
        for row in rows {
            let key = row["key"].as_str().unwrap();
            assert_eq!((&row["category"], &row["next"]), (&json!(category(key)), &json!(legal(key))));
            let named = |thing: &Value| {
                thing["names"]["zh"].as_str().unwrap().chars().any(|c| c > '\u{4e00}')
                    && thing["names"]["en"].as_str().unwrap().is_ascii()
            };
            assert!(named(row) && row["reasons"].as_array().unwrap().iter().all(named), "{row}");
            assert_eq!(
                row["reasons"].as_array().unwrap().is_empty(),
                category(key) == "open" || category(key) == "won"
            );
        }
        assert_eq!(rows.iter().filter(|row| row["category"] == "open").count(), OPEN.len());
    }
}
