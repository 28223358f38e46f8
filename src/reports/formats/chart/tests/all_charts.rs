//! Every sample in all its forms, and the words in a picture, for the tests.
//! The samples are in `samples.rs`.

use serde_json::json;

use super::super::{ChartOptions, Theme, render};
use super::reading::{Element, read};
use super::samples::{ALL, report, report_of};
use crate::kernel::language::Language;
use crate::reports::report::Report;

pub const LANGUAGES: [Language; 2] = [Language::Zh, Language::En];
pub const WIDTHS: [u32; 4] = [320, 400, 720, 1600];

pub const HOSTILE: &[&str] = &[
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'-alert(1)-'",
    "</text></svg><style>*{display:none}</style>",
    "javascript:alert(1)",
    "@import url(https://x.example/a.css)",
    "&lt;b&gt;&amp;&bogus;]]>",
    "=HYPERLINK(\"http://x\")",
    "a\u{0}b\u{8}c\u{1b}d\u{7f}e\u{85}f\u{fffe}g\u{ffff}",
    "\u{202e}txet desrever\u{2066}",
    "مرحبا بالعالم",
    "👩\u{200d}👩\u{200d}👧\u{200d}👦🏭",
    "\n\t ",
    "超长的名字",
];

/// Every sample in both languages, all widths and themes.
pub fn every_chart(mut check: impl FnMut(&Report, &ChartOptions<'_>, &str)) {
    for (name, group_by, chart) in ALL {
        for language in LANGUAGES {
            let report = report(name, group_by, language);
            for width in WIDTHS {
                for theme in Theme::ALL {
                    let options = ChartOptions {
                        chart: *chart,
                        theme: *theme,
                        width,
                        language,
                        ..ChartOptions::default()
                    };
                    check(&report, &options, &render(&report, &options));
                }
            }
        }
    }
}

pub fn texts(svg: &str) -> Vec<Element> {
    read(svg).into_iter().filter(|element| element.name == "text").collect()
}

pub fn words(svg: &str) -> String {
    texts(svg).into_iter().map(|element| element.text + "\n").collect()
}

/// With hostile words wherever there are any.
pub fn hostile(name: &str, group_by: &'static str) -> Report {
    let labels: Vec<String> = HOSTILE.iter().map(|label| label.repeat(200 / label.chars().count())).collect();
    let mut report = report_of(name, group_by, &labels, Language::En);
    report.title = HOSTILE.concat();
    for column in &mut report.columns {
        column.label = HOSTILE.concat();
    }
    for (row, label) in report.rows.iter_mut().zip(HOSTILE) {
        row.insert("label".to_owned(), json!(label.repeat(20)));
    }
    report
}
