//! Computing a report: goes through the inquiries of a source and hands on what its definition counts.
//! The sources are the image and the log; adding up is in `tally.rs`.

use super::definitions::{Among, Ask, Definition, Depth, Item, Period};
use super::groups::{GroupBy, Key};
use super::history::{Case, Symbols};
use super::narrowing::Resolved;
use super::tally::Tally;
use crate::kernel::error::Result;

/// Inquiries as of a moment, of one caller.
pub trait Cases {
    /// The numbers of ids and words, as far as the cases were gone through.
    fn symbols(&self) -> &Symbols;

    /// Hands on those that exist as of a moment and that the caller reaches now; those of which nothing is
    /// counted may be left out.
    fn each(&mut self, reading: &Reading, visit: &mut dyn FnMut(&Case, &Symbols)) -> Result<()>;

    /// Adds up a part of a report.
    fn add_up(&mut self, computation: &Computation<'_>, part: Part, tally: &mut Tally) -> Result<()> {
        let reading = computation.reading(part);
        self.each(&reading, &mut |case, symbols| computation.count(part, case, symbols, tally))
    }
}

/// What of a report is added up: its items, or what it looks at besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Items,
    Background,
}

/// What is read of which inquiries.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    /// Milliseconds since 1970.
    pub as_of: i64,
    pub depth: Depth,
    pub among: Among,
    pub period: Option<Period>,
    /// Whether the decisions about them are looked at.
    pub with_decisions: bool,
}

impl Reading {
    /// Whether something may be counted of one that was received then.
    pub fn may_be_received(&self, at: i64) -> bool {
        self.receipt().is_none_or(|period| period.has(at))
    }

    /// The period that those were received in of which something is counted, if there is such a one.
    pub fn receipt(&self) -> Option<Period> {
        self.period.filter(|_| matches!(self.among, Among::Received | Among::Open))
    }
}

/// What is computed.
pub struct Computation<'a> {
    pub definition: &'static Definition,
    pub group: GroupBy,
    pub ask: Ask<'a>,
    pub narrowing: &'a Resolved,
    /// The version of the calendar that working time is reckoned by.
    pub calendar_version: i64,
}

impl Computation<'_> {
    /// What is read for a part.
    pub fn reading(&self, part: Part) -> Reading {
        let Definition { among, name, depth, .. } = *self.definition;
        let Ask { as_of, period, .. } = self.ask;
        match part {
            Part::Items => Reading { as_of, depth, among, period, with_decisions: name == "fairness" },
            Part::Background => Reading {
                as_of,
                depth: Depth::Summary,
                among: Among::All,
                period: None,
                with_decisions: false,
            },
        }
    }

    /// Goes through the items of the report, each with the key of its row, read as deep as said: a summary
    /// knows how many follow-ups and events there are, but not which.
    pub fn items(
        &self,
        depth: Depth,
        cases: &mut dyn Cases,
        visit: &mut dyn FnMut(&Case, Key, &Item),
    ) -> Result<()> {
        let reading = Reading { depth, ..self.reading(Part::Items) };
        cases.each(&reading, &mut |case, symbols| self.items_of(case, symbols, visit))
    }

    /// The items of one case, each with the key of its row.
    fn items_of(&self, case: &Case, symbols: &Symbols, visit: &mut dyn FnMut(&Case, Key, &Item)) {
        if self.narrowing.fits(case, symbols) {
            (self.definition.items)(case, &self.ask, &mut |item| {
                visit(case, self.group.key(case, &item, self.ask.dates), &item);
            });
        }
    }

    /// Goes through what the report looks at besides.
    pub fn background(&self, cases: &mut dyn Cases, visit: &mut dyn FnMut(&Case, &Item)) -> Result<()> {
        let Some(background) = self.definition.background else { return Ok(()) };
        cases.each(&self.reading(Part::Background), &mut |case, _| {
            background(case, &self.ask, &mut |item| visit(case, &item));
        })
    }

    /// Adds up a part of one case.
    pub fn count(&self, part: Part, case: &Case, symbols: &Symbols, tally: &mut Tally) {
        match (part, self.definition.background) {
            (Part::Items, _) => self.items_of(case, symbols, &mut |_, key, item| tally.add(key, item)),
            (Part::Background, Some(background)) => {
                background(case, &self.ask, &mut |item| tally.add_background(&item));
            }
            (Part::Background, None) => {}
        }
    }

    /// The parts that the report has.
    pub fn parts(&self) -> impl Iterator<Item = Part> {
        let background = self.definition.background.map(|_| Part::Background);
        [Part::Items].into_iter().chain(background)
    }

    pub fn tally(&self, cases: &mut dyn Cases) -> Result<Tally> {
        let mut tally = Tally::default();
        for part in self.parts() {
            cases.add_up(self, part, &mut tally)?;
        }
        Ok(tally)
    }
}
