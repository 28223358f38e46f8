//! A question: which report, of which moment and period, about what. It is made of what was asked and of what
//! is known of the organisation, and every fault is found here.

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;

use super::compute::{Cases, Computation};
use super::dates::{Dates, day_of};
use super::definitions::{Ask, Definition, Period as Bounds, ReportKind};
use super::groups::{GroupBy, Key};
use super::history::Symbols;
use super::lines::LineMaker;
use super::period::{self, Span};
use super::prepare::Prepared;
use super::query::Asked;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{
    BAD_QUERY, Class, Error, Fault, FaultKind, NOT_ONE_OF, OUT_OF_RANGE, Refusal, Result,
};
use crate::kernel::id::UserId;
use crate::kernel::language::Bilingual;

/// Days that a report may span.
const SPAN_MAX: u64 = 1_100;
/// Days that a report spans unless asked for others.
const SPAN: u64 = 30;
/// Rows times columns that a report may have.
const CELLS_MAX: usize = 100_000;

static REVERSED: FaultKind =
    FaultKind::new("reversed", "起始日期晚于结束日期。", "The first date is after the last date.");
static IN_THE_FUTURE: FaultKind =
    FaultKind::new("in_the_future", "时间不能晚于现在。", "The moment cannot be in the future.");
static TOO_MANY_CELLS: Refusal = Refusal::new(
    Class::Invalid,
    "too_large",
    "报表过大，请缩短期间或换一种分组。",
    "The report is too large: ask for a shorter period or another grouping.",
);

/// Which report, of which moment and period.
#[derive(Debug, Clone)]
pub struct Question {
    pub definition: &'static Definition,
    pub group: GroupBy,
    pub as_of: Timestamp,
    pub span: Option<Span>,
}

fn refused(name: &str, kind: &'static FaultKind) -> Error {
    Error::refuse(&BAD_QUERY).fault(Fault::new(format!("?{name}"), kind))
}

impl Question {
    /// `latest` is the latest moment of all events, in milliseconds: after a step of the clock it lies ahead.
    pub fn of(
        definition: &'static Definition,
        asked: &Asked,
        prepared: &Prepared,
        latest: i64,
    ) -> Result<Self> {
        let group = group_of(definition, asked.group_by)?;
        let now = prepared.now.max(Timestamp::from_millis(latest));
        if asked.as_of.is_some_and(|at| at > now) {
            return Err(refused("as_of", &IN_THE_FUTURE));
        }
        let as_of = asked.as_of.unwrap_or(now);
        let span = span(definition, asked, as_of.date(prepared.zone()))?;
        Ok(Self { definition, group, as_of, span })
    }

    /// The same of the period before, as of when it was equally old.
    pub fn previous(&self, zone: Tz) -> Self {
        let (span, as_of) = period::previous(self.span, self.as_of, zone);
        Self { as_of, span, ..self.clone() }
    }

    /// What makes the lines of its report.
    pub fn line_maker<'a>(&self, symbols: &'a Symbols) -> LineMaker<'a> {
        let Self { definition, group, as_of, .. } = *self;
        LineMaker { definition, group, as_of: as_of.millis(), symbols }
    }

    /// Refuses a report of too many rows.
    pub fn check_size(&self, rows: usize) -> Result<()> {
        let columns = self.definition.figures.len().saturating_add(3);
        if rows.saturating_mul(columns) > CELLS_MAX { Err(Error::refuse(&TOO_MANY_CELLS)) } else { Ok(()) }
    }

    /// The moments that the period begins and ends with.
    pub fn bounds(&self, dates: &Dates) -> Option<Bounds> {
        let (from, to) = self.span?;
        let (first, last) = (day_of(from), day_of(to));
        let end = dates.start(last.saturating_add(1));
        Some(Bounds { first, last, begin: dates.start(first), end })
    }
}

fn group_of(definition: &Definition, asked: Option<GroupBy>) -> Result<GroupBy> {
    let first = definition.groups.first().copied().unwrap_or(GroupBy::None);
    let Some(group) = asked else { return Ok(first) };
    if definition.groups.contains(&group) {
        return Ok(group);
    }
    let words: Vec<&str> = definition.groups.iter().map(|group| group.word()).collect();
    let fault = Fault::with("?group_by", &NOT_ONE_OF, Bilingual::words(&words.join(", ")));
    Err(Error::refuse(&BAD_QUERY).fault(fault))
}

/// The first and the last day, both inside.
fn span(definition: &Definition, asked: &Asked, today: NaiveDate) -> Result<Option<Span>> {
    if let Some(period) = asked.period {
        return Ok(Some(period.span(today)));
    }
    if definition.kind == ReportKind::Stock && asked.from.is_none() && asked.to.is_none() {
        return Ok(None);
    }
    let to = asked.to.unwrap_or_else(|| asked.from.map_or(today, |from| from.max(today)));
    let from = asked.from.unwrap_or_else(|| to.checked_sub_days(Days::new(SPAN - 1)).unwrap_or(to));
    if from > to {
        return Err(refused("from", &REVERSED));
    }
    if from.checked_add_days(Days::new(SPAN_MAX)).is_some_and(|end| to >= end) {
        let most = Bilingual::new(format!("最多 {SPAN_MAX} 天"), format!("{SPAN_MAX} days at most"));
        return Err(Error::refuse(&BAD_QUERY).fault(Fault::with("?from", &OUT_OF_RANGE, most)));
    }
    Ok(Some((from, to)))
}

/// What computing needs besides the question.
pub struct Setting<'a> {
    pub asked: &'a Asked,
    pub prepared: &'a Prepared,
    pub me: UserId,
}

impl Setting<'_> {
    /// Computes something of a question over these cases.
    pub fn with<T>(
        &self,
        question: &Question,
        cases: &mut dyn Cases,
        then: impl FnOnce(&Computation<'_>, &mut dyn Cases) -> Result<T>,
    ) -> Result<T> {
        let zone = self.prepared.zone();
        let dates = Dates::until(zone, question.as_of.max(self.prepared.now));
        let work = self.prepared.elapsed_work(question.as_of.max(self.prepared.now));
        let narrowing =
            self.asked.narrowing_for(self.me).resolve(cases.symbols(), self.prepared.inquiries.clone());
        let computation = Computation {
            definition: question.definition,
            group: question.group,
            ask: Ask {
                as_of: question.as_of.millis(),
                period: question.bounds(&dates),
                dates: &dates,
                work: &work,
            },
            narrowing: &narrowing,
            calendar_version: self.prepared.calendar_version,
        };
        then(&computation, cases)
    }

    /// The keys of people who have a row also with noughts.
    pub fn people(&self, question: &Question, cases: &dyn Cases) -> Vec<Key> {
        let names_all = matches!(question.definition.name, "agents" | "fairness");
        if !names_all || question.group != GroupBy::Agent {
            return Vec::new();
        }
        let symbols = cases.symbols();
        let symbol = |user: &UserId| symbols.users.get(user).map(i64::from);
        self.prepared.people.iter().map(symbol).filter(Option::is_some).collect()
    }
}
