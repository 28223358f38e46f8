//! What holds for every chart, whatever the report.
//! What holds for one part of it is tested in that part's file.

mod all_charts;
mod legibility;
pub mod reading;
pub mod samples;

use std::collections::HashSet;

use serde_json::{Value, json};

use self::all_charts::{LANGUAGES, WIDTHS, every_chart, hostile, texts, words};
use self::legibility::assert_legible;
use self::reading::{Element, read};
use self::samples::{ALL, report, report_of};
use super::{ChartOptions, Theme, render};
use crate::kernel::language::Language;
use crate::reports::report::Report;

fn description(svg: &str) -> String {
    read(svg).into_iter().find(|element| element.name == "desc").unwrap().text
}

#[test]
fn a_chart_is_a_plain_picture_that_says_what_it_is() {
    every_chart(|_, options, svg| {
        let elements = read(svg);
        let root = &elements[0];
        assert_eq!(root.name, "svg");
        assert_eq!(root.get("lang"), Some(options.lang_tag()));
        assert_eq!(root.get("role"), Some("img"));
        assert!(root.get("viewBox").unwrap().starts_with(&format!("0 0 {} ", options.width)));
        let named: Vec<&str> = root.get("aria-labelledby").unwrap().split(' ').collect();
        let named: Vec<&Element> =
            named.iter().map(|id| elements.iter().find(|one| one.get("id") == Some(id)).unwrap()).collect();
        assert!(named[0].name == "title" && named[1].name == "desc");
        assert!(named.iter().all(|one| !one.text.is_empty()));
        assert!((500..200_000).contains(&svg.len()), "{}", svg.len());
        assert_eq!(svg.contains("prefers-color-scheme"), options.theme == Theme::Auto);
    });
}

#[test]
fn nothing_in_it_acts_or_refers() {
    const ELEMENTS: &[&str] = &["svg", "title", "desc", "style", "rect", "line", "circle", "path", "text"];
    let check = |svg: &str| {
        for element in read(svg) {
            assert!(ELEMENTS.contains(&element.name.as_str()), "{}", element.name);
            for (name, _) in &element.attributes {
                assert!(!name.starts_with("on") && !name.contains("href") && name != "style", "{name}");
            }
        }
        let bytes = svg.to_lowercase();
        for part in ["url(", "@import", "javascript:", "<script", "<a ", "<use", "<image", "animate"] {
            assert!(!bytes.contains(part), "{part}");
        }
    };
    every_chart(|_, _, svg| check(svg));
    for (name, group_by) in [("agents", "agent"), ("overview", "day"), ("funnel", "none")] {
        check(&render(&hostile(name, group_by), &ChartOptions::default()));
    }
}

#[test]
fn without_data_it_says_so() {
    for (name, group_by, chart) in ALL {
        for language in LANGUAGES {
            let full = report(name, group_by, language);
            let mut empty = full.clone();
            empty.rows.clear();
            let mut noughts = full;
            for row in &mut noughts.rows {
                for (key, value) in row.iter_mut().filter(|(_, value)| value.is_number()) {
                    *value = if key.contains("p50") { Value::Null } else { json!(0) };
                }
            }
            for report in [empty, noughts] {
                let options = ChartOptions { chart: *chart, language, ..ChartOptions::default() };
                let svg = render(&report, &options);
                assert!(words(&svg).contains(language.pick("暂无数据", "No data")), "{name}");
                assert!(words(&svg).contains(&report.title));
                assert!(svg.len() > 500);
                assert_legible(&svg, name);
            }
        }
    }
}

#[test]
fn a_report_without_figures_is_drawn_too() {
    let mut report = report("agents", "agent", Language::En);
    report.columns.clear();
    report.title.clear();
    assert!(words(&render(&report, &ChartOptions::default())).contains("暂无数据"));
}

fn counted(name: &str, group_by: &'static str, key: &str, labels: &[&str], values: &[Value]) -> Report {
    let labels: Vec<String> = labels.iter().map(|label| (*label).to_owned()).collect();
    let mut report = report_of(name, group_by, &labels, Language::Zh);
    for (row, value) in report.rows.iter_mut().zip(values) {
        row.insert(key.to_owned(), value.clone());
    }
    let total: f64 = values.iter().filter_map(Value::as_f64).sum();
    report.totals.insert(key.to_owned(), json!(total));
    report.previous = None;
    report
}

#[test]
fn the_description_tells_the_main_figures() {
    let labels = ["2026-11-22", "2026-11-23", "2026-11-24"];
    let report = counted("overview", "day", "received", &labels, &[json!(9), json!(12), json!(10)]);
    let svg = render(&report, &ChartOptions::default());
    assert_eq!(description(&svg), "收到 31；其中最多的是 2026-11-23（12）");
    let svg = render(&report, &ChartOptions { language: Language::En, ..ChartOptions::default() });
    assert_eq!(description(&svg), "收到 31; most of them 2026-11-23 (12)");
    let svg = render(&self::report("funnel", "none", Language::Zh), &ChartOptions::default());
    assert!(description(&svg).starts_with("新线索 1,284（100.0%）；已联系 1,011（78.7%）"));
    let svg = render(&self::report("response-times", "week", Language::Zh), &ChartOptions::default());
    let named = description(&svg);
    assert!(
        named.contains("首次响应中位数") && named.contains("90 分位") && named.contains("分钟"),
        "{named}"
    );
}

/// The horizontal extent of each bar: its base and its end.
fn bars(svg: &str) -> Vec<(f64, f64)> {
    let of_bar = |element: &Element| {
        let data = element.get("d").filter(|_| element.get("class") == Some("f-main"))?;
        let (start, rest) = data.strip_prefix('M')?.split_once(' ')?;
        let length = rest.split_once('h')?.1.split('q').next()?;
        let start: f64 = start.parse().ok()?;
        Some((start, start + length.parse::<f64>().ok()?))
    };
    read(svg).iter().filter_map(of_bar).collect()
}

#[test]
fn negative_bars_are_left_of_nought() {
    let values = [json!(2.5), json!(-4.0), json!(null), json!(1.5), json!(0)];
    let report = counted("fairness", "agent", "deviation", &["甲", "乙", "丙", "丁", "戊"], &values);
    for width in WIDTHS {
        let options = ChartOptions { chart: Some("deviation"), width, ..ChartOptions::default() };
        let svg = render(&report, &options);
        let bars = bars(&svg);
        assert_eq!(bars.len(), 3, "no bar for null and for nought");
        assert!(bars.iter().all(|(base, _)| (base - bars[0].0).abs() < 0.2), "one line at nought");
        assert!(bars[0].1 > bars[0].0 && bars[1].1 > bars[1].0 && bars[2].1 < bars[2].0);
        let words = words(&svg);
        assert!(words.contains("−4\n") && words.contains("–\n") && words.contains("2.5\n"), "{words}");
        assert_legible(&svg, "deviation");
    }
}

#[test]
fn longest_bars_come_first_but_bands_keep_their_order() {
    let order = |report: &Report| -> Vec<String> {
        let svg = render(report, &ChartOptions::default());
        let labels: Vec<&str> = report.rows.iter().filter_map(|row| row.get("label")?.as_str()).collect();
        texts(&svg).into_iter().map(|text| text.text).filter(|text| labels.contains(&text.as_str())).collect()
    };
    let values = [json!(5), json!(null), json!(7)];
    let report = counted("lost-reasons", "reason", "closed", &["价格", "政策", "重复"], &values);
    assert_eq!(order(&report), ["重复", "价格", "政策"]);
    let report = counted("ageing", "band", "open", &["今天", "一周", "更久"], &values);
    assert_eq!(order(&report), ["今天", "一周", "更久"]);
}

#[test]
fn stages_of_several_groups_are_added_up() {
    let mut report = report("funnel", "none", Language::En);
    let mut more = report.rows.clone();
    for row in report.rows.iter_mut().chain(&mut more) {
        let stage = row.get("stage").and_then(Value::as_str).unwrap().to_owned();
        row.insert("label".to_owned(), json!(format!("Somebody · {stage}")));
    }
    report.rows.append(&mut more);
    let svg = render(&report, &ChartOptions { language: Language::En, ..ChartOptions::default() });
    assert!(
        description(&svg).starts_with("New 2,568 (100.0%); Contacted 2,022 (78.7%)"),
        "{}",
        description(&svg)
    );
    assert!(!words(&svg).contains("Somebody"));
}

#[test]
fn two_series_differ_by_more_than_colour() {
    for (name, group_by) in [("overview", "day"), ("response-times", "week")] {
        let svg = render(&report(name, group_by, Language::En), &ChartOptions::default());
        let elements = read(&svg);
        assert!(elements.iter().any(|one| one.get("stroke-dasharray").is_some()), "{name}: a dashed line");
        assert!(
            elements.iter().any(|one| one.get("class") == Some("f-surface s-second")),
            "{name}: hollow markers"
        );
    }
    let svg = render(&report("sources", "source", Language::Zh), &ChartOptions::default());
    assert!(words(&svg).contains("本期") && words(&svg).contains("上期 2026-10-04 – 2026-10-31"));
}

#[test]
fn charts_on_one_page_do_not_disturb_each_other() {
    let report = report("overview", "day", Language::Zh);
    let mut seen = HashSet::new();
    for id in ["chart-1", "chart-2"] {
        let svg = render(&report, &ChartOptions { id, inline: true, ..ChartOptions::default() });
        for element in read(&svg) {
            if let Some(found) = element.get("id") {
                assert!(found.starts_with(id) && seen.insert(found.to_owned()), "{found}");
            }
            if element.name == "style" {
                assert_eq!(
                    element.text.matches(" .").count(),
                    element.text.matches(&format!("#{id} .")).count()
                );
            }
        }
    }
}

#[test]
fn another_figure_is_drawn_if_asked_for_and_the_width_is_bounded() {
    let report = report("sources", "source", Language::En);
    let title = |chart, width| {
        let options = ChartOptions { chart, width, language: Language::En, ..ChartOptions::default() };
        let elements = read(&render(&report, &options));
        (elements[1].text.clone(), elements[0].number("width"))
    };
    assert_eq!(title(Some("valid_share"), 10), ("Sources · Valid share".to_owned(), 320.0));
    assert_eq!(title(Some("nothing"), 9999), ("Sources · Received".to_owned(), 1600.0));
    assert_eq!(title(None, 720), ("Sources · Received".to_owned(), 720.0));
}
