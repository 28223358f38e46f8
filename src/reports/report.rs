//! The one shape that every report has, and its form as CSV.
//! What a report counts is in its own file.

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
#[schema(example = json!({"report": "overview", "from": "2026-11-01", "to": "2026-11-30", "timezone": "Asia/Shanghai", "filters": {"assignee": "me"}}))]
pub struct Report {
    pub report: &'static str,
    #[schema(value_type = String, format = "date")]
    pub from: NaiveDate,
    #[schema(value_type = String, format = "date")]
    pub to: NaiveDate,
    pub timezone: String,
    /// When the figures were true.
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

impl Report {
    /// The rows as CSV (RFC 4180), with the keys as header.
    pub fn csv(&self) -> Result<Vec<u8>> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(self.columns.iter().map(|column| column.key)).map_err(Error::internal)?;
        for row in &self.rows {
            let cells = self.columns.iter().map(|column| match row.get(column.key) {
                Some(Value::String(text)) => text.clone(),
                None | Some(Value::Null) => String::new(),
                Some(value) => value.to_string(),
            });
            writer.write_record(cells).map_err(Error::internal)?;
        }
        writer.into_inner().map_err(|_| Error::internal("the CSV could not be finished"))
    }
}
