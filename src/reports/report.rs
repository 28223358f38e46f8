//! The common shape of all reports, and its form as CSV.
//! The figures of a report are in its own file.

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Error, Result};

/// A column of a report.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Column {
    #[schema(example = "received")]
    pub key: &'static str,
    /// In the caller's language.
    #[schema(example = "收到")]
    pub label: String,
    /// `date`, `count`, `minutes`, `wan` (10,000 yuan).
    #[schema(example = "count")]
    pub unit: &'static str,
}

/// A report.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"report": "overview", "from": "2026-11-01", "to": "2026-11-30",
    "timezone": "Asia/Shanghai", "filters": {"assignee": "me"}}))]
pub struct Report {
    pub report: &'static str,
    #[schema(value_type = String, format = "date")]
    pub from: NaiveDate,
    #[schema(value_type = String, format = "date")]
    pub to: NaiveDate,
    pub timezone: String,
    /// The time of the figures.
    pub as_of: Timestamp,
    /// The filters in force.
    #[schema(value_type = Object)]
    pub filters: Map<String, Value>,
    pub columns: Vec<Column>,
    #[schema(value_type = Vec<Object>)]
    pub rows: Vec<Map<String, Value>>,
    #[schema(value_type = Object)]
    pub totals: Map<String, Value>,
}

/// The byte order mark, by which spreadsheets recognise UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Prevents CSV injection: a text that no spreadsheet takes for a formula, nor rounds as a long number.
fn plain_cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r', '\n', '\'']);
    let is_number =
        text.bytes().all(|byte| byte.is_ascii_digit()) && (text.len() > 11 || text.starts_with('0'));
    if is_formula || is_number { format!("'{text}") } else { text.to_owned() }
}

impl Report {
    /// The rows and then the totals as CSV (RFC 4180), with the keys as header. Spreadsheets know UTF-8 by
    /// the mark in front.
    pub fn csv(&self) -> Result<Vec<u8>> {
        let mut writer =
            csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(BYTE_ORDER_MARK.to_vec());
        writer.write_record(self.columns.iter().map(|column| column.key)).map_err(Error::internal)?;
        for row in self.rows.iter().chain([&self.totals]) {
            let cells = self.columns.iter().map(|column| match row.get(column.key) {
                Some(Value::String(text)) => plain_cell(text),
                None | Some(Value::Null) => String::new(),
                Some(value) => value.to_string(),
            });
            writer.write_record(cells).map_err(Error::internal)?;
        }
        writer.into_inner().map_err(|_| Error::internal("the CSV could not be finished"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_a_formula_or_a_number() {
        for text in
            ["=1+1", "+8613800138000", "-1", "@SUM(A1)", "＝1", "\tx", "'x", "013800138000", "138001380001"]
        {
            assert_eq!(plain_cell(text), format!("'{text}"));
        }
        for text in ["2026-11-23", "启澜精密", "13800138000", "1-2", ""] {
            assert_eq!(plain_cell(text), text);
        }
    }
}
