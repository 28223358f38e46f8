//! Drilling down: what is behind a figure of a report, and a page of it.
//! How the things are shown is in `drill_view.rs`.

use std::collections::HashMap;

use serde_json::Value;

use super::compute::Cases;
use super::definitions::{Counted, Depth, Figure, How, Mark, Thing, forecast};
use super::groups::{GroupBy, Key};
use super::history::{STAGES, Symbols, read};
use super::keys::key_text;
use super::lines::Wanted;
use super::query::Cell;
use super::question::{Question, Setting};
use crate::inquiries::Status;
use crate::kernel::error::{BAD_QUERY, Error, Fault, FaultKind, NOT_ONE_OF, REQUIRED, Result};
use crate::kernel::id::{EventId, FollowUpId, InquiryId};
use crate::kernel::language::Bilingual;
use crate::kernel::page::{Page, PageRequest};
use crate::platform::db::DbConnection;

static UNKNOWN_ROW: FaultKind =
    FaultKind::new("unknown_row", "报表没有这一行。", "The report has no such row.");

/// What is behind a figure.
#[derive(Debug, Clone)]
pub struct Drilled {
    pub question: Question,
    pub figure: &'static Figure,
    pub counted: Counted,
    /// The figure as the report has it.
    pub value: Value,
    pub hits: Vec<Hit>,
}

/// One of the things that a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    pub inquiry: InquiryId,
    pub thing: Thing,
}

/// A figure that can be drilled into, and where it is.
struct Target {
    figure: &'static Figure,
    counted: Counted,
    /// None: the totals.
    row: Option<Key>,
    stage: Option<usize>,
    mark: Mark,
    /// It is counted besides the report's own items.
    is_background: bool,
}

pub fn drill(
    question: Question,
    setting: &Setting<'_>,
    cases: &mut dyn Cases,
    cell: &Cell,
) -> Result<Drilled> {
    setting
        .with(&question, cases, |computation, cases| {
            let mut tally = computation.tally(cases)?;
            let people = setting.people(&question, cases);
            let wanted = Wanted::of(question.definition, question.group, computation.ask.period, people);
            let maker = question.line_maker(cases.symbols());
            let keys = maker.keys(&tally, &wanted);
            let row = row_of(cell, question.group, &keys, cases.symbols())?;
            let target = Target::of(&question, cell, row)?;
            let value = maker.figure(&mut tally, target.figure, target.row, target.stage);
            let mut hits = Vec::new();
            if target.is_background {
                // Only a status has a probability.
                let row = target.row.filter(|_| question.group == GroupBy::Status);
                computation.background(cases, &mut |case, item| {
                    if row == Some(item.own) && item.has(target.mark) {
                        hits.push(Hit { inquiry: case.inquiry, thing: item.thing });
                    }
                })?;
            } else {
                let depth = match target.counted {
                    Counted::Inquiry => question.definition.depth,
                    Counted::FollowUp | Counted::Event => Depth::History,
                };
                computation.items(depth, cases, &mut |case, key, item| {
                    if target.row.is_none_or(|row| row == key) && item.has(target.mark) {
                        hits.push(Hit { inquiry: case.inquiry, thing: item.thing });
                    }
                })?;
            }
            Ok((target, value, hits))
        })
        .map(|(Target { figure, counted, .. }, value, hits)| Drilled {
            question,
            figure,
            counted,
            value,
            hits,
        })
}

/// The key of the row that a cell names; none for the totals.
fn row_of(cell: &Cell, group: GroupBy, keys: &[Key], symbols: &Symbols) -> Result<Option<Key>> {
    let Some(row) = &cell.row else { return Ok(None) };
    let unknown = || Error::refuse(&BAD_QUERY).fault(Fault::new("?row", &UNKNOWN_ROW));
    if row == "none" {
        return keys
            .iter()
            .find(|key| key.is_none() || group == GroupBy::None)
            .copied()
            .map(Some)
            .ok_or_else(unknown);
    }
    let is_it = |key: &&Key| key.is_some() && key_text(symbols, group, **key) == *row;
    keys.iter().find(is_it).copied().map(Some).ok_or_else(unknown)
}

impl Target {
    fn of(question: &Question, cell: &Cell, row: Option<Key>) -> Result<Self> {
        let definition = question.definition;
        let drillable: Vec<&str> =
            definition.figures.iter().filter(|figure| figure.of.is_some()).map(|figure| figure.key).collect();
        let wrong = || {
            let words = Bilingual::words(&drillable.join(", "));
            Error::refuse(&BAD_QUERY).fault(Fault::with("?cell", &NOT_ONE_OF, words))
        };
        let figure = cell.figure.as_deref().and_then(|key| definition.figure(key)).ok_or_else(wrong)?;
        let counted = figure.of.ok_or_else(wrong)?;
        let stage = stage_of(question, cell)?;
        let is_background = matches!(figure.how, How::Forecast(_));
        let mark = if is_background {
            forecast::BASIS
        } else {
            figure.mark(row.is_none() || question.group == GroupBy::None, stage).ok_or_else(wrong)?
        };
        Ok(Self { figure, counted, row, stage, mark, is_background })
    }
}

fn stage_of(question: &Question, cell: &Cell) -> Result<Option<usize>> {
    let wrong = |kind| Err(Error::refuse(&BAD_QUERY).fault(Fault::new("?stage", kind)));
    match (cell.stage, question.definition.has_stages()) {
        (None, true) if cell.row.is_some() => wrong(&REQUIRED),
        (None, _) => Ok(None),
        (Some(_), false) => wrong(&NO_STAGES),
        (Some(stage), true) => match STAGES.iter().position(|known| *known == stage) {
            Some(stage) => Ok(Some(stage)),
            None => {
                let words: Vec<&str> = STAGES.iter().map(|stage: &Status| stage.word()).collect();
                let words = Bilingual::words(&words.join(", "));
                Err(Error::refuse(&BAD_QUERY).fault(Fault::with("?stage", &NOT_ONE_OF, words)))
            }
        },
    }
}

static NO_STAGES: FaultKind = FaultKind::new("no_stages", "只有漏斗有阶段。", "Only the funnel has stages.");

/// A thing behind a figure, by its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    Inquiry(InquiryId),
    FollowUp(FollowUpId, InquiryId),
    Event(EventId, InquiryId),
}

impl Found {
    /// The inquiry that it is, or belongs to.
    pub fn inquiry(&self) -> InquiryId {
        match self {
            Self::Inquiry(id) | Self::FollowUp(_, id) | Self::Event(_, id) => *id,
        }
    }

    /// Its id as hexadecimal digits, which begin with the moment at which it was made.
    fn order(&self) -> String {
        let uuid = match self {
            Self::Inquiry(id) => id.uuid(),
            Self::FollowUp(id, _) => id.uuid(),
            Self::Event(id, _) => id.uuid(),
        };
        uuid.simple().to_string()
    }
}

/// A page of what was found, in the order of the ids.
pub fn page(conn: &mut DbConnection, hits: &[Hit], page: &PageRequest) -> Result<Page<Found>> {
    let after: Option<String> = page.after()?;
    let since = after.as_deref().and_then(|id| i64::from_str_radix(id.get(..12)?, 16).ok());
    let want = usize::try_from(page.rows()).unwrap_or(0);
    let chosen = candidates(hits, since, want);
    let mut found = resolve(conn, &chosen)?;
    found.sort_by_cached_key(Found::order);
    found.dedup();
    if let Some(after) = after {
        found.retain(|one| one.order() > after);
    }
    found.truncate(want);
    let total = i64::try_from(hits.len()).ok();
    Ok(Page { total, ..Page::cut(found, page, Found::order)? })
}

/// Those hits among which the next ones are: made at a moment or later, as many as are wanted, and all others
/// of the last moment.
fn candidates(hits: &[Hit], since: Option<i64>, want: usize) -> Vec<Hit> {
    let made = |hit: &Hit| match hit.thing {
        Thing::Inquiry => hit.inquiry.millis(),
        Thing::FollowUp { since, .. } => since,
        Thing::Event { at, .. } => at,
    };
    let mut next: Vec<(i64, Hit)> = hits.iter().map(|hit| (made(hit), *hit)).collect();
    next.retain(|(made, _)| since.is_none_or(|since| *made >= since));
    next.sort_by_key(|(made, _)| *made);
    // Of the first moment some may be known already.
    let known = next.iter().take_while(|(made, _)| Some(*made) == since).count();
    let want = want.saturating_add(known);
    let last = want.checked_sub(1).and_then(|at| next.get(at)).map(|(made, _)| *made);
    let more = next.iter().take_while(|(made, _)| last.is_none_or(|last| *made <= last)).count();
    next.truncate(more);
    next.into_iter().map(|(_, hit)| hit).collect()
}

/// The ids of things that are known by their place in the history of their inquiry.
fn resolve(conn: &mut DbConnection, hits: &[Hit]) -> Result<Vec<Found>> {
    let of_others = hits.iter().filter(|hit| hit.thing != Thing::Inquiry).map(|hit| hit.inquiry);
    let mut inquiries: Vec<InquiryId> = of_others.collect();
    inquiries.sort_unstable();
    inquiries.dedup();
    let mut histories = HashMap::new();
    for some in inquiries.chunks(AT_ONCE) {
        let read = read::histories(conn, some, &mut Symbols::default())?;
        histories.extend(read.into_iter().map(|history| (history.inquiry, history)));
    }
    let found = hits.iter().filter_map(|hit| {
        let inquiry = hit.inquiry;
        match hit.thing {
            Thing::Inquiry => Some(Found::Inquiry(inquiry)),
            Thing::FollowUp { number, .. } => {
                let number = usize::try_from(number).ok()?;
                Some(Found::FollowUp(*histories.get(&inquiry)?.follow_ups.get(number)?, inquiry))
            }
            Thing::Event { step, .. } => {
                Some(Found::Event(*histories.get(&inquiry)?.events.get(step)?, inquiry))
            }
        }
    });
    Ok(found.collect())
}

/// Inquiries whose histories are read together.
const AT_ONCE: usize = 200;
