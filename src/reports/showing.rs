//! Showing a computed report: names its rows, and says where it can be asked for again.
//! What a report consists of is in `report.rs`.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::labels::{Labels, Row};
use super::lines::Lines;
use super::outcome::Outcome;
use super::prepare::Prepared;
use super::question::Question;
use super::report::{Previous, Report, columns};
use crate::kernel::language::Language;

/// Where a report can be asked for again, and for what is behind its figures.
#[derive(Debug, Clone)]
pub struct Links {
    /// The query without `as_of`, and the same without what only reports take.
    pub query: String,
    pub drill_query: String,
}

impl Links {
    fn itself(&self, question: &Question) -> String {
        link(&self.query, question, "")
    }

    fn drill(&self, question: &Question) -> String {
        let stage = if question.definition.has_stages() { "&stage={stage}" } else { "" };
        let query = format!("{}{stage}", "&row={row}&cell={cell}");
        format!("{}{query}", link(&self.drill_query, question, "/drill"))
    }
}

fn link(query: &str, question: &Question, to: &str) -> String {
    let separator = if query.is_empty() { "" } else { "&" };
    format!("/api/v1/reports/{}{to}?{query}{separator}as_of={}", question.definition.name, question.as_of)
}

/// What a report is shown with.
pub struct Showing<'a> {
    pub prepared: &'a Prepared,
    pub filters: &'a Map<String, Value>,
    pub names: &'a HashMap<String, String>,
    pub links: &'a Links,
    pub language: Language,
}

impl Showing<'_> {
    pub fn report(&self, outcome: &Outcome) -> Report {
        let Outcome { question, lines, previous } = outcome;
        let (definition, group) = (question.definition, question.group);
        let (rows, totals) = self.rows(question, lines);
        let previous = previous.as_ref().map(|(question, lines)| {
            let (rows, totals) = self.rows(question, lines);
            let (from, to) = question.span.unzip();
            Previous { from, to, as_of: question.as_of, rows, totals }
        });
        let (from, to) = question.span.unzip();
        let (zh, en) = definition.title;
        Report {
            report: definition.name,
            title: self.language.pick(zh, en).to_owned(),
            kind: definition.kind,
            from,
            to,
            timezone: self.prepared.zone().name().to_owned(),
            as_of: question.as_of,
            calendar_version: self.prepared.calendar_version,
            group_by: group.word(),
            filters: self.filters.clone(),
            columns: columns(definition, group, self.language),
            rows,
            totals,
            more: lines.more,
            itself: self.links.itself(question),
            drill: self.links.drill(question),
            previous,
        }
    }

    fn rows(&self, question: &Question, lines: &Lines) -> (Vec<Row>, Row) {
        let labels = Labels { names: self.names, language: self.language };
        let row = |line| labels.row(question.definition, question.group, line);
        (lines.lines.iter().map(row).collect(), row(&lines.totals))
    }
}
