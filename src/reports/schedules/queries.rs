//! What a schedule asks of a report: read by the code that reads the parameters of the report itself.
//! Which dates and which moment it is of is said by the run.

use chrono_tz::Tz;
use serde_json::{Map, Value};
use url::form_urlencoded::Serializer;

use super::model::ScheduledReport;
use crate::kernel::error::{
    Error, Fault, Faults, NOT_ONE_OF, Result, TOO_LONG, TOO_MANY_ITEMS, UNKNOWN_MEMBER, WRONG_TYPE,
};
use crate::kernel::language::Bilingual;
use crate::platform::http::query::kept;
use crate::platform::http::schema::escaped;
use crate::reports::catalogue;
use crate::reports::definitions::Definition;
use crate::reports::query::ReportQuery;

/// Parameters that the schedule and its run decide.
const DECIDED: [&str; 7] = ["from", "to", "period", "as_of", "format", "compare", "via"];
/// Those that say how pictures look, of which a mail has none.
const OF_PICTURES: [&str; 3] = ["chart", "theme", "width"];
/// What may be written in it is about a person: it comes into no link.
const PERSONAL: [&str; 1] = ["q"];
/// Those of files and of rows alone: a page needs none of them.
const OF_FILES: [&str; 5] = ["limit", "charset", "bom", "delimiter", "header"];
/// Code points of a parameter.
const VALUE_MAX: usize = 2_000;
/// Parameters of one report.
const PARAMETERS_MAX: usize = 40;

/// The parameters as the text of a query string, but for these.
fn text(query: &Map<String, Value>, without: &[&str]) -> String {
    let mut text = Serializer::new(String::new());
    for (name, value) in query.iter().filter(|(name, _)| !without.contains(&name.as_str())) {
        if let Some(value) = written(value) {
            text.append_pair(name, &value);
        }
    }
    text.finish()
}

/// A value as it is in a query string; none of a kind that has no such form.
fn written(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The report and its parameters; dates in them are of this zone.
pub fn read(report: &ScheduledReport, zone: Tz) -> Result<(&'static Definition, ReportQuery)> {
    let definition = catalogue::by_name(&report.report).ok_or_else(Error::not_found)?;
    Ok((definition, kept(&text(&report.query, &[]), zone)?))
}

/// The parameters that a page of the report is asked for with.
pub fn for_page(report: &ScheduledReport) -> String {
    text(&report.query, &[&OF_FILES[..], &PERSONAL].concat())
}

/// Finds everything that is wrong with what is asked of the reports.
pub fn check(reports: &[ScheduledReport], faults: &mut Faults) {
    for (n, report) in reports.iter().enumerate() {
        check_one(&format!("/reports/{n}"), report, faults);
    }
}

fn check_one(at: &str, report: &ScheduledReport, faults: &mut Faults) {
    let definition = catalogue::by_name(&report.report);
    if definition.is_none() {
        let names: Vec<&str> = catalogue::ALL.iter().map(|report| report.name).collect();
        let names = Bilingual::words(&names.join(", "));
        faults.add(Fault::with(format!("{at}/report"), &NOT_ONE_OF, names));
    }
    if report.query.len() > PARAMETERS_MAX {
        faults.add(Fault::with(format!("{at}/query"), &TOO_MANY_ITEMS, PARAMETERS_MAX));
        return;
    }
    let member = |name: &str| format!("{at}/query/{}", escaped(name));
    for (name, value) in &report.query {
        let not_here = DECIDED.contains(&name.as_str()) || OF_PICTURES.contains(&name.as_str());
        match written(value) {
            _ if not_here => faults.add(Fault::new(member(name), &UNKNOWN_MEMBER)),
            None => {
                let types = Bilingual::types(["string", "number", "boolean"]);
                faults.add(Fault::with(member(name), &WRONG_TYPE, types));
            }
            Some(text) if text.chars().count() > VALUE_MAX => {
                faults.add(Fault::with(member(name), &TOO_LONG, VALUE_MAX));
            }
            Some(_) => {}
        }
    }
    // No fault depends on the zone.
    let not_here = [&DECIDED[..], &OF_PICTURES].concat();
    match kept::<ReportQuery>(&text(&report.query, &not_here), Tz::UTC) {
        Ok(query) => {
            let group = query.asked.group_by;
            if let (Some(definition), Some(group)) = (definition, group)
                && !definition.groups.contains(&group)
            {
                let words: Vec<&str> = definition.groups.iter().map(|group| group.word()).collect();
                let words = Bilingual::words(&words.join(", "));
                faults.add(Fault::with(member("group_by"), &NOT_ONE_OF, words));
            }
        }
        Err(error) => {
            for fault in error.field_faults() {
                let name = fault.pointer.trim_start_matches('?');
                faults.add(Fault { pointer: member(name), ..fault.clone() });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn report(name: &str, query: Value) -> ScheduledReport {
        let query = query.as_object().cloned().unwrap();
        ScheduledReport { report: name.to_owned(), query }
    }

    fn faults(report: ScheduledReport) -> Vec<String> {
        let mut faults = Faults::default();
        check(&[report], &mut faults);
        let found = faults.none_or(&crate::kernel::error::INVALID).err();
        found.iter().flat_map(Error::field_faults).map(|fault| fault.pointer.clone()).collect()
    }

    #[test]
    fn parameters_are_those_of_the_report() {
        assert!(
            faults(report("overview", json!({"group_by": "team", "limit": 20, "tax_min": 1.5}))).is_empty()
        );
        assert!(faults(report("funnel", json!({}))).is_empty());
        for (name, query, at) in [
            ("secrets", json!({}), "/reports/0/report"),
            ("overview", json!({"group_by": "band"}), "/reports/0/query/group_by"),
            ("overview", json!({"group_by": "colour"}), "/reports/0/query/group_by"),
            ("overview", json!({"as_of": "2026-01-01T00:00:00Z"}), "/reports/0/query/as_of"),
            ("overview", json!({"period": "today"}), "/reports/0/query/period"),
            ("overview", json!({"format": "csv"}), "/reports/0/query/format"),
            ("overview", json!({"colour": 1}), "/reports/0/query/colour"),
            ("overview", json!({"limit": 0}), "/reports/0/query/limit"),
            ("overview", json!({"team": ["a"]}), "/reports/0/query/team"),
            ("overview", json!({"team": null}), "/reports/0/query/team"),
        ] {
            assert_eq!(faults(report(name, query.clone())), [at], "{query}");
        }
        assert_eq!(faults(report("x", json!({"via": "log", "limit": 0}))).len(), 3, "all at once");
    }

    #[test]
    fn no_link_has_what_was_searched_for() {
        let asked = report("overview", json!({"q": "启澜", "group_by": "team", "limit": 20}));
        assert_eq!(for_page(&asked), "group_by=team");
        assert!(read(&asked, Tz::UTC).is_ok());
    }
}
