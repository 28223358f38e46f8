//! Workbooks read back.
//! Texts, names and dates by themselves are tested in `text.rs`.

use std::io::{Cursor, Read};

use calamine::{Data, DataType, Range, Reader, Xlsx};
use serde_json::Value;

use super::xlsx;
use crate::kernel::clock::Timestamp;
use crate::kernel::language::Language;
use crate::reports::definitions::Unit;
use crate::reports::formats::table;
use crate::reports::formats::tests::sample;
use crate::reports::report::Report;

fn sheet(bytes: &[u8], name: &str) -> Range<Data> {
    let mut workbook: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).unwrap();
    workbook.worksheet_range(name).unwrap()
}

/// The parts of the file, by name.
fn parts(bytes: &[u8]) -> Vec<(String, String)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let names: Vec<_> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    let mut part = |name: String| {
        let mut text = String::new();
        archive.by_name(&name).unwrap().read_to_string(&mut text).unwrap();
        (name, text)
    };
    names.into_iter().map(&mut part).collect()
}

/// Every figure of the report, in its cell, typed.
fn assert_figures(report: &Report, bytes: &[u8], name: &str) {
    let sheet = sheet(bytes, name);
    let fields = table::fields(report);
    let height = u32::try_from(report.rows.len()).unwrap() + 1;
    assert_eq!(sheet.end().unwrap().0, height, "header, rows, totals");
    for (row, line) in (1..).zip(table::lines(report)) {
        for (column, field) in (0..).zip(&fields) {
            let cell = sheet.get_value((row, column)).unwrap_or(&Data::Empty);
            match field.value(&line) {
                None => assert_eq!(cell, &Data::Empty),
                Some(Value::String(text)) if field.column.unit == Unit::Date => {
                    assert!(cell.is_datetime(), "{cell:?}");
                    assert_eq!(&cell.as_date().unwrap().to_string(), text);
                }
                Some(Value::String(text)) => assert_eq!(cell, &Data::String(text.clone())),
                Some(number) => assert_eq!(cell.get_float(), number.as_f64()),
            }
        }
    }
}

#[test]
fn figures_are_typed_in_their_order_with_totals() {
    let report = sample::overview();
    let bytes = xlsx(&report, Language::Zh).unwrap();
    assert_figures(&report, &bytes, "总览");
    let sheet = sheet(&bytes, "总览");
    let header: Vec<_> = sheet.rows().next().unwrap().iter().map(ToString::to_string).collect();
    let labels: Vec<_> = report.columns.iter().map(|column| column.label.clone()).collect();
    assert_eq!(header, labels);
    let empty = Report { rows: Vec::new(), ..report };
    assert_figures(&empty, &xlsx(&empty, Language::En).unwrap(), "总览");
}

#[test]
fn figures_of_the_period_before_have_columns() {
    let report = sample::funnel();
    let bytes = xlsx(&report, Language::En).unwrap();
    assert_figures(&report, &bytes, "漏斗");
    let sheet = sheet(&bytes, "漏斗");
    assert_eq!(sheet.get_value((0, 4)), Some(&Data::String("达到 (previous)".to_owned())));
    assert_eq!(sheet.get_value((3, 4)), Some(&Data::Float(9.0)));
}

#[test]
fn the_second_sheet_tells_the_request_and_defines_every_column() {
    for (report, language, name) in [
        (sample::overview(), Language::Zh, "说明"),
        (sample::funnel(), Language::En, "About"),
        (Report { from: None, to: None, ..sample::overview() }, Language::En, "About"),
    ] {
        let sheet = sheet(&xlsx(&report, language).unwrap(), name);
        let rows: Vec<Vec<String>> =
            sheet.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect();
        let values: Vec<&str> = rows.iter().map(|row| row[1].as_str()).collect();
        let filters = report.filters.values().filter_map(Value::as_str);
        let as_of = report.as_of.to_string();
        let asked = [report.report, &report.title, &as_of, &report.timezone, report.group_by];
        for value in asked.into_iter().chain(filters) {
            assert!(values.contains(&value), "{value}");
        }
        for field in table::fields(&report) {
            let defined = [
                field.key().into_owned(),
                field.heading(&field.column.label, language),
                field.column.unit.word().to_owned(),
                field.column.definition.clone(),
            ];
            assert!(rows.iter().any(|row| row[..4] == defined), "{defined:?}");
        }
        let dates: Vec<_> = sheet.rows().filter_map(|row| row[1].as_date()).collect();
        let previous = report.previous.as_ref();
        let periods = [(report.from, report.to), previous.map(|one| (one.from, one.to)).unwrap_or_default()];
        let expected: Vec<_> = periods.into_iter().flat_map(|(from, to)| [from, to]).flatten().collect();
        assert_eq!(dates, expected);
    }
}

#[test]
fn hostile_texts_stay_texts_and_the_file_opens() {
    let texts = [
        "=HYPERLINK(\"http://x\")",
        "http://example.com/a?b=c",
        "mailto:a@example.com",
        "internal:Sheet1!A1",
        "{=SUM(A1)}",
        "+1",
        "-1",
        "@x",
        "'x",
        "013800138000",
        "<b>&amp;\"]]>",
        "_x0041_ _x005F_",
        " a ",
        "\u{202e}שלום",
        "e\u{301}😀",
        "a\nb\tc",
        "TRUE",
        "#REF!",
        "1e5",
    ];
    for hostile in texts {
        let mut report = sample::overview();
        report.title = hostile.to_owned();
        report.timezone = hostile.to_owned();
        report.filters.insert(hostile.to_owned(), hostile.into());
        for column in &mut report.columns {
            column.label = hostile.to_owned();
            column.definition = hostile.to_owned();
        }
        for row in &mut report.rows {
            row.insert("label".to_owned(), hostile.into());
            row.insert("received".to_owned(), hostile.into());
            row.insert("date".to_owned(), hostile.into());
        }
        let bytes = xlsx(&report, Language::En).unwrap();
        let mut workbook: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(&bytes)).unwrap();
        let names = workbook.sheet_names();
        let first = workbook.worksheet_range(&names[0]).unwrap();
        for at in [(0, 1), (1, 0), (1, 1), (1, 2)] {
            assert_eq!(first.get_value(at), Some(&Data::String(hostile.to_owned())));
        }
        assert!(workbook.worksheet_formula(&names[0]).unwrap().is_empty());
        let about = workbook.worksheet_range("About").unwrap();
        let count = about.cells().filter(|(.., cell)| cell.get_string() == Some(hostile)).count();
        // Title, time zone, filter; a label and a definition for each column.
        assert_eq!(count, 3 + 2 * report.columns.len());
        assert_harmless(&bytes);
    }
}

#[test]
fn what_xml_has_not_is_dropped_and_long_texts_are_cut() {
    let mut report = sample::overview();
    report.title = "a\0\u{b}b\u{fffe}".to_owned();
    report.rows[0].insert("label".to_owned(), "a\0\u{b}\u{1b}b\u{fffe}\u{ffff}".into());
    report.rows[1].insert("label".to_owned(), "长".repeat(40_000).into());
    let bytes = xlsx(&report, Language::En).unwrap();
    let sheet = sheet(&bytes, "ab");
    assert_eq!(sheet.get_value((1, 1)), Some(&Data::String("ab".to_owned())));
    let long = sheet.get_value((2, 1)).unwrap().to_string();
    assert_eq!((long.chars().count(), long.ends_with("长…")), (32_767, true));
    assert_harmless(&bytes);
}

fn assert_harmless(bytes: &[u8]) {
    for (name, text) in parts(bytes) {
        let is_known = ["[Content_Types].xml", "_rels/.rels", "docProps/app.xml", "docProps/core.xml"]
            .contains(&name.as_str())
            || ["workbook.xml", "_rels/workbook.xml.rels", "styles.xml", "sharedStrings.xml"]
                .iter()
                .chain(&["theme/theme1.xml", "worksheets/sheet1.xml", "worksheets/sheet2.xml"])
                .any(|part| name == format!("xl/{part}"));
        assert!(is_known, "{name}");
        for harmful in ["<f>", "<f ", "<hyperlink", "TargetMode", "definedName", "vbaProject", "mso-"] {
            assert!(!text.contains(harmful), "{name}: {harmful}");
        }
    }
}

#[test]
fn shares_are_percentages_the_header_is_frozen_and_nobody_is_named() {
    let bytes = xlsx(&sample::overview(), Language::Zh).unwrap();
    assert_harmless(&bytes);
    let parts = parts(&bytes);
    let part = |name: &str| parts.iter().find(|part| part.0 == name).unwrap().1.as_str();
    for format in ["0.0%", "yyyy\\-mm\\-dd", "#,##0.00####", "#,##0.0"] {
        let plain = format.replace('\\', "");
        assert!(part("xl/styles.xml").contains(&plain), "{format}");
    }
    let sheet = part("xl/worksheets/sheet1.xml");
    assert!(sheet.contains("state=\"frozen\"") && sheet.contains("<cols>") && !sheet.contains("inlineStr"));
    let core = part("docProps/core.xml");
    assert!(core.contains("<dc:creator></dc:creator>") || core.contains("<dc:creator/>"), "{core}");
    assert_eq!(core.matches("2026-11-28T08:00:00Z").count(), 2, "{core}");
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    let reports = [sample::overview(), sample::funnel()];
    let written = || reports.each_ref().map(|report| xlsx(report, Language::Zh).unwrap());
    let first = written();
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    assert!(first == written());
    let later = Report { as_of: Timestamp::from_millis(0), ..sample::overview() };
    assert!(first[0] != xlsx(&later, Language::Zh).unwrap());
}
