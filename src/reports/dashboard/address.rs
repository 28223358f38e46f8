//! Addresses of the pages of reports: a report again, as a file, and what is behind one of its figures.
//! Each carries the moment of the figures, so that what it leads to agrees with the number that was seen.

use chrono::NaiveDate;
use serde_json::{Map, Value};
use url::form_urlencoded::Serializer;

use crate::kernel::clock::Timestamp;
use crate::platform::http::page::Layout;
use crate::reports::report::{Report, Row};

/// Where the dashboard is.
pub const DASHBOARD: &str = "/dashboard";

/// Characters of a key that an address can carry.
const KEY_MAX: usize = 200;
/// What `row` says for the row without a key.
const NO_KEY: &str = "none";

/// Where a report of a moment and a period is.
#[derive(Debug, Clone)]
pub struct Address {
    path: String,
    query: String,
}

/// What an address is made of.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'a> {
    pub report: &'a str,
    pub group_by: Option<&'a str>,
    pub filters: &'a Map<String, Value>,
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
    pub as_of: Timestamp,
}

/// Where in a report a figure is.
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    Totals,
    Row {
        key: Option<&'a str>,
        /// Of the funnel.
        stage: Option<&'a str>,
    },
}

impl<'a> Place<'a> {
    /// The place of a row.
    pub fn of(report: &Report, row: &'a Row) -> Self {
        let key = report.columns.first().and_then(|column| row.get(column.key)).and_then(Value::as_str);
        Self::Row { key, stage: row.get("stage").and_then(Value::as_str) }
    }

    /// The key as an address names it; none if it cannot.
    fn named(key: Option<&'a str>) -> Option<&'a str> {
        let fits = |key: &&str| {
            let is_plain = !key.chars().any(|c| c.is_control() || c == char::REPLACEMENT_CHARACTER);
            !key.is_empty() && *key != NO_KEY && is_plain && key.chars().count() <= KEY_MAX
        };
        match key {
            None => Some(NO_KEY),
            Some(key) => Some(key).filter(fits),
        }
    }
}

impl Address {
    pub fn new(layout: &Layout<'_>, parts: &Parts<'_>) -> Self {
        let mut query = Serializer::new(String::new());
        for (name, value) in parts.filters {
            if let Value::String(value) = value {
                query.append_pair(name, value);
            }
        }
        for (name, date) in [("from", parts.from), ("to", parts.to)] {
            if let Some(date) = date {
                query.append_pair(name, &date.to_string());
            }
        }
        if let Some(group) = parts.group_by {
            query.append_pair("group_by", group);
        }
        query.append_pair("as_of", &parts.as_of.to_string());
        Self { path: layout.at(&format!("{DASHBOARD}/{}", parts.report)), query: query.finish() }
    }

    /// Of the figures of a report.
    pub fn of(layout: &Layout<'_>, report: &Report) -> Self {
        Self::new(layout, &parts(report))
    }

    /// Of those of the period before.
    pub fn before(layout: &Layout<'_>, report: &Report) -> Option<Self> {
        let previous = report.previous.as_ref()?;
        let (from, to, as_of) = (previous.from, previous.to, previous.as_of);
        Some(Self::new(layout, &Parts { from, to, as_of, ..parts(report) }))
    }

    pub fn report(&self) -> String {
        format!("{}?{}", self.path, self.query)
    }

    /// The report in another form.
    pub fn download(&self, format: &str) -> String {
        format!("{}&format={format}", self.report())
    }

    /// The list behind a figure; none where no address can name its row.
    pub fn drill(&self, cell: &str, place: Place<'_>) -> Option<String> {
        let mut query = Serializer::new(String::new());
        query.append_pair("cell", cell);
        if let Place::Row { key, stage } = place {
            query.append_pair("row", Place::named(key)?);
            if let Some(stage) = stage {
                query.append_pair("stage", stage);
            }
        }
        Some(format!("{}/drill?{}&{}", self.path, self.query, query.finish()))
    }
}

fn parts(report: &Report) -> Parts<'_> {
    Parts {
        report: report.report,
        group_by: Some(report.group_by),
        filters: &report.filters,
        from: report.from,
        to: report.to,
        as_of: report.as_of,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::language::Language;
    use crate::platform::config::PublicUrl;
    use crate::platform::http::page::Site;

    #[test]
    fn an_address_names_the_moment_the_filters_and_the_row() {
        let public_url = PublicUrl::parse("https://park.example/crm").unwrap();
        let site = Site { organisation: "园区".to_owned(), public_url };
        let Value::Object(filters) = serde_json::json!({"assignee": "none", "q": "a&b=ü"}) else { panic!() };
        let parts = Parts {
            report: "sources",
            group_by: Some("source"),
            filters: &filters,
            from: "2026-11-01".parse().ok(),
            to: None,
            as_of: Timestamp::parse("2026-11-28T08:00:00Z").unwrap(),
        };
        let address = Address::new(&Layout::own(&site, Language::En), &parts);
        let begin = "/crm/dashboard/sources?assignee=none&q=a%26b%3D%C3%BC&from=2026-11-01&group_by=source\
            &as_of=2026-11-28T08%3A00%3A00.000Z";
        assert_eq!(address.report(), begin);
        assert_eq!(address.download("csv"), format!("{begin}&format=csv"));
        let drill = |key| address.drill("received", Place::Row { key, stage: None });
        let ends = |key, end: &str| drill(key).is_some_and(|address| address.ends_with(end));
        assert!(ends(None, "&cell=received&row=none") && ends(Some("a b&c"), "&row=a+b%26c"));
        assert!(address.drill("received", Place::Totals).unwrap().ends_with("000Z&cell=received"));
        for nameless in ["", "none", "a\u{1}b", &"x".repeat(201)] {
            assert_eq!(drill(Some(nameless)), None, "{nameless}");
        }
    }
}
