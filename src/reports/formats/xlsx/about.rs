//! The sheet that says what the figures are: the request, and the columns' definitions.
//! The figures are written in `figures.rs`.

use chrono::NaiveDate;
use rust_xlsxwriter::{Format, FormatAlign, Worksheet, XlsxError};

use super::text;
use crate::kernel::language::Language;
use crate::reports::formats::table;
use crate::reports::report::Report;

pub fn write(sheet: &mut Worksheet, report: &Report, language: Language) -> Result<(), XlsxError> {
    for (column, width) in [(0, 26), (1, 30), (2, 10), (3, 90)] {
        sheet.set_column_width(column, width)?;
    }
    let bold = Format::new().set_bold();
    let plain = Format::new().set_num_format("@").set_align(FormatAlign::Top);
    let wrapped = plain.clone().set_text_wrap();
    let date = Format::new().set_num_format("yyyy-mm-dd").set_align(FormatAlign::Left);

    let mut row = 0;
    for (name, value) in request(report, language) {
        sheet.write_string_with_format(row, 0, text::cell(&name), &bold)?;
        match value {
            Entry::Text(text) => sheet.write_string_with_format(row, 1, text::cell(&text), &plain)?,
            Entry::Date(day) => match day.and_then(|day| text::date(&day.to_string())) {
                Some(day) => sheet.write_datetime_with_format(row, 1, day, &date)?,
                None => sheet.write_blank(row, 1, &date)?,
            },
        };
        row += 1;
    }
    row += 1;
    let headings = [("键", "Key"), ("名称", "Label"), ("单位", "Unit"), ("定义", "Definition")];
    for (column, (zh, en)) in (0..).zip(headings) {
        let heading = language.pick(zh, en);
        sheet.write_string_with_format(row, column, heading, &bold)?;
    }
    for field in table::fields(report) {
        row += 1;
        let unit = field.column.unit.word();
        let label = field.heading(&field.column.label, language);
        sheet.write_string_with_format(row, 0, text::cell(&field.key()), &plain)?;
        sheet.write_string_with_format(row, 1, text::cell(&label), &wrapped)?;
        sheet.write_string_with_format(row, 2, unit, &plain)?;
        sheet.write_string_with_format(row, 3, text::cell(&field.column.definition), &wrapped)?;
    }
    Ok(())
}

enum Entry {
    Text(String),
    /// A report without a period has none.
    Date(Option<NaiveDate>),
}

/// What was asked for, a name and its entry for each line.
fn request(report: &Report, language: Language) -> Vec<(String, Entry)> {
    let text =
        |zh: &str, en: &str, text: &str| (language.pick(zh, en).to_owned(), Entry::Text(text.to_owned()));
    let date = |zh: &str, en: &str, date| (language.pick(zh, en).to_owned(), Entry::Date(date));
    let mut lines = vec![
        text("报表", "Report", report.report),
        text("标题", "Title", &report.title),
        date("开始日期", "From", report.from),
        date("结束日期", "To", report.to),
        text("数据截至", "As of", &report.as_of.to_string()),
        text("时区", "Time zone", &report.timezone),
        text("分组", "Grouping", report.group_by),
    ];
    if report.filters.is_empty() {
        lines.push(text("筛选", "Filters", language.pick("无", "none")));
    }
    for (parameter, value) in &report.filters {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        lines.push((format!("{}{parameter}", language.pick("筛选：", "Filter: ")), Entry::Text(value)));
    }
    if let Some(previous) = &report.previous {
        lines.push(date("上期开始日期", "Previous period from", previous.from));
        lines.push(date("上期结束日期", "Previous period to", previous.to));
        lines.push(text("上期数据截至", "Previous period as of", &previous.as_of.to_string()));
    }
    lines
}
