//! Small reports for the tests of this crate.
//! The forms under test are in their own files.

use serde_json::{Value, json};

use crate::kernel::clock::Timestamp;
use crate::reports::definitions::Unit;
use crate::reports::report::{Column, Previous, Report, Row};

pub fn row(value: Value) -> Row {
    match value {
        Value::Object(row) => row,
        _ => Row::new(),
    }
}

fn columns(columns: &[(&'static str, &str, Unit)]) -> Vec<Column> {
    let column = |&(key, label, unit): &(&'static str, &str, Unit)| Column {
        key,
        label: label.to_owned(),
        unit,
        of: None,
        definition: format!("{label}：定义。"),
    };
    columns.iter().map(column).collect()
}

/// Days; the second has a name that looks like a formula.
pub fn overview() -> Report {
    let totals = json!({"date": null, "label": null, "received": 12, "tax_wan": 1234.500001,
        "valid_share": 0.3333, "p50_minutes": 1234.5, "area_sqm": 800.25});
    let mut first = row(totals.clone());
    first.insert("date".to_owned(), "2026-11-23".into());
    first.insert("label".to_owned(), "2026-11-23".into());
    let second = json!({"date": "2026-11-24", "label": "=HYPERLINK(\"http://x\")", "received": 0,
        "tax_wan": 0, "valid_share": null, "p50_minutes": null, "area_sqm": -1.5});
    Report {
        title: "总览".to_owned(),
        from: "2026-11-23".parse().ok(),
        to: "2026-11-24".parse().ok(),
        filters: row(json!({"form": "frm_1", "channel": "=cmd|' /C calc'!A0"})),
        columns: columns(&[
            ("date", "日期", Unit::Date),
            ("label", "名称", Unit::Text),
            ("received", "收到", Unit::Count),
            ("tax_wan", "税收（万元）", Unit::Wan),
            ("valid_share", "有效率", Unit::Share),
            ("p50_minutes", "响应中位数（分钟）", Unit::Minutes),
            ("area_sqm", "面积（㎡）", Unit::Sqm),
        ]),
        rows: vec![first, row(second)],
        totals: row(totals),
        ..Report::empty("overview")
    }
}

/// Agents and stages, with the period before.
pub fn funnel() -> Report {
    let first =
        json!({"agent": "usr_1", "label": "陈思远;新", "stage": "new", "reached": 12, "from_first": 1});
    let no_one =
        json!({"agent": null, "label": "未分配", "stage": "new", "reached": 1, "from_first": 0.0833});
    let totals = json!({"agent": null, "label": null, "stage": null, "reached": 13, "from_first": null});
    let before = json!({"agent": "usr_1", "label": "陈思远", "stage": "new", "reached": 9, "from_first": 1});
    Report {
        report: "funnel",
        title: "漏斗".to_owned(),
        group_by: "agent",
        columns: columns(&[
            ("agent", "招商员", Unit::Id),
            ("label", "名称", Unit::Text),
            ("stage", "阶段", Unit::Id),
            ("reached", "达到", Unit::Count),
            ("from_first", "占首阶段", Unit::Share),
        ]),
        rows: vec![row(first), row(no_one)],
        totals: row(totals),
        previous: Some(Previous {
            from: "2026-10-01".parse().ok(),
            to: "2026-10-31".parse().ok(),
            as_of: Timestamp::from_millis(1_793_174_400_000),
            rows: vec![row(before)],
            totals: row(json!({"agent": null, "label": null, "stage": null, "reached": 9})),
        }),
        ..overview()
    }
}
