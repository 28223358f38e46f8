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
}

impl Computation<'_> {
    /// Goes through the items of the report, each with the key of its row.
    pub fn items(&self, cases: &mut dyn Cases, visit: &mut dyn FnMut(&Case, Key, &Item)) -> Result<()> {
        self.items_in_depth(self.definition.depth, cases, visit)
    }

    /// The same, read deeper than counting needs: a summary knows how many follow-ups and events there are, but
    /// not which.
    pub fn items_in_depth(
        &self,
        depth: Depth,
        cases: &mut dyn Cases,
        visit: &mut dyn FnMut(&Case, Key, &Item),
    ) -> Result<()> {
        let Definition { among, name, .. } = *self.definition;
        let with_decisions = name == "fairness";
        let Ask { as_of, period, .. } = self.ask;
        let reading = Reading { as_of, depth, among, period, with_decisions };
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

    /// Goes through what the report looks at besides, each with its key.
    pub fn background(&self, cases: &mut dyn Cases, visit: &mut dyn FnMut(&Case, &Item)) -> Result<()> {
        let Some(background) = self.definition.background else { return Ok(()) };
        let reading = Reading {
            as_of: self.ask.as_of,
            depth: Depth::Summary,
            among: Among::All,
            period: None,
            with_decisions: false,
        };
        cases.each(&reading, &mut |case, _| background(case, &self.ask, &mut |item| visit(case, &item)))
    }

    /// Adds up one case.
    pub fn count(&self, case: &Case, symbols: &Symbols, tally: &mut Tally) {
        self.items_of(case, symbols, &mut |_, key, item| tally.add(key, item));
        if let Some(background) = self.definition.background {
            background(case, &self.ask, &mut |item| tally.add_background(&item));
        }
    }

    pub fn tally(&self, cases: &mut dyn Cases) -> Result<Tally> {
        let mut tally = Tally::default();
        self.items(cases, &mut |_, key, item| tally.add(key, item))?;
        self.background(cases, &mut |_, item| tally.add_background(item))?;
        Ok(tally)
    }
}
