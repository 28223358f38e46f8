//! Reports with plausible figures, to look at charts and to test them.
//! No chart is made here, and no product code uses it.

use chrono::{Datelike as _, Days, NaiveDate};
use serde_json::{Map, Value, json};

use crate::kernel::clock::Timestamp;
use crate::kernel::language::Language;
use crate::reports::definitions::{Counted, Unit};
use crate::reports::report::{Column, Previous, Report, Row};

/// All reports with a grouping, and a figure other than the main one.
pub const ALL: &[(&str, &str, Option<&str>)] = &[
    ("overview", "day", None),
    ("overview", "month", Some("expected_tax_wan")),
    ("funnel", "none", None),
    ("agents", "agent", None),
    ("sources", "source", None),
    ("sources", "source", Some("valid_share")),
    ("response-times", "week", None),
    ("response-times", "day", Some("p50_minutes")),
    ("ageing", "band", None),
    ("follow-ups", "day", None),
    ("follow-ups", "kind", None),
    ("forecast", "status", Some("weighted_tax_wan")),
    ("demand", "need_kind", Some("area_sqm")),
    ("fairness", "agent", Some("deviation")),
    ("lost-reasons", "reason", None),
    ("pool", "none", None),
    ("time-in-status", "status", Some("p50_days")),
];

/// Figures by key: Chinese, English, unit.
const FIGURES: &[(&str, &str, &str, Unit)] = &[
    ("received", "收到", "Received", Unit::Count),
    ("reached", "到达", "Reached", Unit::Count),
    ("open", "进行中", "Open", Unit::Count),
    ("assigned", "已分配", "Assigned", Unit::Count),
    ("due", "到期", "Due", Unit::Count),
    ("closed", "已关闭", "Closed", Unit::Count),
    ("entered", "进入公池", "Entered the pool", Unit::Count),
    ("ended", "已结束", "Ended", Unit::Count),
    ("eligible", "候选次数", "Eligible", Unit::Count),
    ("deviation", "与应得之差", "Deviation from expected", Unit::Number),
    ("from_first", "占首步", "Of the first stage", Unit::Share),
    ("from_previous", "占上一步", "Of the stage before", Unit::Share),
    ("valid_share", "有效率", "Valid share", Unit::Share),
    ("p50_minutes", "首次响应中位数", "First response, median", Unit::Minutes),
    ("p90_minutes", "首次响应 90 分位", "First response, 90th percentile", Unit::Minutes),
    ("p50_days", "停留天数中位数", "Days in status, median", Unit::Days),
    ("expected_tax_wan", "预计年税收", "Expected tax a year", Unit::Wan),
    ("weighted_tax_wan", "加权年税收", "Weighted tax a year", Unit::Wan),
    ("area_sqm", "需求面积", "Area wanted", Unit::Sqm),
];

const TITLES: &[(&str, &str, &str, &[&str])] = &[
    ("overview", "总览", "Overview", &["received", "expected_tax_wan"]),
    ("funnel", "转化漏斗", "Funnel", &["reached", "from_previous", "from_first"]),
    ("agents", "招商员", "Agents", &["assigned", "p50_minutes"]),
    ("sources", "来源", "Sources", &["received", "valid_share"]),
    ("response-times", "响应时间", "Response times", &["received", "p50_minutes", "p90_minutes"]),
    ("ageing", "线索账龄", "Ageing", &["open"]),
    ("follow-ups", "跟进", "Follow-ups", &["due"]),
    ("forecast", "预测", "Forecast", &["open", "weighted_tax_wan"]),
    ("demand", "需求", "Demand", &["received", "area_sqm"]),
    ("fairness", "分配公平", "Fairness", &["eligible", "deviation"]),
    ("lost-reasons", "流失原因", "Lost reasons", &["closed"]),
    ("pool", "公池", "Pool", &["entered"]),
    ("time-in-status", "各状态停留", "Time in status", &["ended", "p50_days"]),
];

const STAGES: &[(&str, &str, &str, u32)] = &[
    ("new", "新线索", "New", 1284),
    ("contacted", "已联系", "Contacted", 1011),
    ("qualified", "有意向", "Qualified", 540),
    ("viewing", "看房中", "Viewing", 312),
    ("negotiating", "洽谈中", "Negotiating", 97),
    ("signed", "已签约", "Signed", 41),
    ("landed", "已落地", "Landed", 9),
];

const NAMES: &[&str] = &[
    "陈思远",
    "王晓岚",
    "Alexander Montgomery-Featherstonehaugh",
    "李雨桐",
    "赵国栋",
    "<script>alert(1)</script>",
    "=HYPERLINK(\"http://x\")",
    "欧阳娜娜",
    "周明",
    "苏州工业园区招商服务中心驻上海联络处负责人（代理）",
    "Müller, Jürgen",
    "محمد بن سلمان",
    "🏭 工厂组 👩‍💻",
    "吴彦",
    "孙悦",
    "郑和",
    "Li Wei",
    "冯程",
    "褚健",
    "卫青",
    "蒋琴",
    "沈括",
    "韩梅梅",
    "杨洋",
];

const SOURCES: &[&str] = &[
    "baidu",
    "官网",
    "wechat",
    "58.com",
    "抖音",
    "园区推介会",
    "anjuke.com",
    "老客户介绍",
    "linkedin",
    "电话",
    "小红书",
    "google",
    "douyin.com",
    "bing.com",
    "政府推荐",
    "展会",
    "中介",
    "qq.com",
    "xiaohongshu",
    "招商网",
    "邮件",
    "短信",
    "toutiao.com",
    "zhihu.com",
    "户外广告",
    "sogou.com",
    "spring-campaign-2026-suzhou-industrial-park-newsletter",
];

const REASONS: &[&str] = &["价格", "面积不合适", "选址外地", "政策", "重复", "联系不上", "广告", "推迟"];
const KINDS: &[&str] = &["电话", "微信", "上门", "看房", "邮件", "其他"];
const NEEDS: &[&str] = &["标准厂房", "写字楼", "土地", "仓库", "研发楼", "人才公寓"];
const BANDS: &[&str] = &["0", "1–3", "4–7", "8–14", "15–30", "31–60", "61–90", "91+"];

fn number(index: usize) -> f64 {
    f64::from(u32::try_from(index % 100_000).unwrap())
}

/// Always the same numbers for the same seed, 0 to 1.
fn noise(seed: usize) -> f64 {
    (((number(seed) + 1.0) * 12.9898).sin() * 43758.5453).rem_euclid(1.0)
}

fn value(key: &str, seed: usize, scale: f64) -> Value {
    let noise = noise(seed * 7 + key.len() * 13);
    match key {
        "deviation" => json!(((noise - 0.5) * 14.0 * 10_000.0).round() / 10_000.0),
        "valid_share" => json!((noise * 10_000.0).round() / 10_000.0),
        "p50_minutes" | "p90_minutes" if noise < 0.06 => Value::Null,
        "p50_minutes" => json!((120.0 + noise * 300.0).round() / 10.0),
        "p90_minutes" => json!((900.0 + noise * 2400.0).round() / 10.0),
        "p50_days" => json!((noise * 300.0).round() / 10.0),
        "expected_tax_wan" | "weighted_tax_wan" => json!((noise * 1_800_000.0).round() / 100.0),
        "area_sqm" => json!((noise * 90_000.0).round()),
        "entered" => json!(148),
        _ => json!((noise * noise * scale).round()),
    }
}

pub fn column(key: &'static str, label: &str, unit: Unit) -> Column {
    let of = (unit == Unit::Count).then_some(Counted::Inquiry);
    Column { key, label: label.to_owned(), unit, of, definition: String::new() }
}

fn columns(figures: &[&'static str], key: &'static str, language: Language) -> Vec<Column> {
    let figure = |name: &&'static str| {
        let (key, zh, en, unit) = FIGURES.iter().find(|(key, ..)| key == name).copied().unwrap();
        column(key, language.pick(zh, en), unit)
    };
    let names = [column(key, key, Unit::Id), column("label", "名称", Unit::Text)];
    names.into_iter().chain(figures.iter().map(figure)).collect()
}

/// The labels of so many times.
pub fn times(group_by: &str, count: usize) -> Vec<String> {
    let first = NaiveDate::from_ymd_opt(2026, 11, 1).unwrap_or_default();
    let day = |n: usize| first.checked_add_days(Days::new(u64::try_from(n).unwrap_or(0))).unwrap_or_default();
    let label = |n: usize| match group_by {
        "week" => {
            let week = day(n * 7).iso_week();
            format!("{}-W{:02}", week.year(), week.week())
        }
        "month" => format!("{}-{:02}", 2025 + n / 12, n % 12 + 1),
        _ => day(n).to_string(),
    };
    (0..count).map(label).collect()
}

fn labels(group_by: &str, language: Language) -> Vec<String> {
    let own = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    match group_by {
        "day" => times("day", 28),
        "week" => times("week", 12),
        "month" => times("month", 14),
        "agent" => own(NAMES),
        "source" => own(SOURCES),
        "reason" => own(REASONS),
        "kind" => own(KINDS),
        "need_kind" => own(NEEDS),
        "band" => own(BANDS),
        "status" => STAGES.iter().map(|(_, zh, en, _)| language.pick(zh, en).to_owned()).collect(),
        _ => vec![String::new()],
    }
}

fn rows(figures: &[&'static str], labels: &[String], seed: usize, scale: f64) -> Vec<Row> {
    let row = |(index, label): (usize, &String)| {
        let mut row = Map::new();
        row.insert("label".to_owned(), if label.is_empty() { Value::Null } else { json!(label) });
        for key in figures {
            // Long periods are calmer, with weekends.
            let calm = labels.len() > 31 && *key == "received";
            let wave = 30.0 + 12.0 * (number(index) / 40.0).sin() + 9.0 * noise(index + seed);
            let wave = (wave * if index % 7 == 0 || index % 7 == 6 { 0.3 } else { 1.0 }).round();
            let value = if calm { json!(wave) } else { value(key, index + seed, scale) };
            row.insert((*key).to_owned(), value);
        }
        row
    };
    labels.iter().enumerate().map(row).collect()
}

fn funnel_rows(language: Language) -> Vec<Row> {
    let mut before = None;
    let row = |(key, zh, en, reached): &(&str, &str, &str, u32)| {
        let mut row = Map::new();
        row.insert("stage".to_owned(), json!(key));
        row.insert("label".to_owned(), json!(language.pick(zh, en)));
        row.insert("reached".to_owned(), json!(reached));
        row.insert("from_first".to_owned(), json!(f64::from(*reached) / 1284.0));
        row.insert("from_previous".to_owned(), json!(before.map(|before| f64::from(*reached) / before)));
        before = Some(f64::from(*reached));
        row
    };
    STAGES.iter().map(row).collect()
}

fn totals(rows: &[Row], columns: &[Column]) -> Row {
    let counts = columns.iter().filter(|column| matches!(column.unit, Unit::Count | Unit::Wan | Unit::Sqm));
    let sum = |column: &Column| {
        let values = rows.iter().filter_map(|row| row.get(column.key).and_then(Value::as_f64));
        (column.key.to_owned(), json!(values.sum::<f64>()))
    };
    counts.map(sum).collect()
}

/// A report of this name with these labels.
pub fn report_of(name: &str, group_by: &'static str, labels: &[String], language: Language) -> Report {
    let known = TITLES.iter().find(|(report, ..)| *report == name);
    let (report, zh, en, figures) = known.copied().unwrap();
    let columns = columns(figures, group_by, language);
    let rows = if report == "funnel" { funnel_rows(language) } else { rows(figures, labels, 3, 60.0) };
    let (from, to) = (NaiveDate::from_ymd_opt(2026, 11, 1), NaiveDate::from_ymd_opt(2026, 11, 28));
    let is_stock = matches!(report, "ageing" | "forecast");
    let previous = matches!(report, "overview" | "sources" | "response-times" | "follow-ups").then(|| {
        let rows = self::rows(figures, labels, 40, 50.0);
        let (from, to) = (NaiveDate::from_ymd_opt(2026, 10, 4), NaiveDate::from_ymd_opt(2026, 10, 31));
        Previous { from, to, as_of: Timestamp::from_millis(0), totals: totals(&rows, &columns), rows }
    });
    Report {
        title: language.pick(zh, en).to_owned(),
        from: from.filter(|_| !is_stock),
        to: to.filter(|_| !is_stock),
        group_by,
        totals: totals(&rows, &columns),
        columns,
        rows,
        previous,
        ..Report::empty(report)
    }
}

pub fn report(name: &str, group_by: &'static str, language: Language) -> Report {
    report_of(name, group_by, &labels(group_by, language), language)
}
