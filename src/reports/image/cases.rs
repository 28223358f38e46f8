//! Reading the image: hands on the inquiries of a reach as cases, from what is kept in memory where that is
//! enough, otherwise from their steps.
//! What is counted of them is in the definitions.

use std::sync::{Arc, Weak};

use super::codec;
use super::rollups::{Rollup, RollupKey, Rollups};
use super::row::Row;
use super::segment::Segment;
use super::start;
use super::state::ImageState;
use crate::access::Scope;
use crate::follow_ups::model::Kind;
use crate::inquiries::Category;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::InquiryId;
use crate::reports::compute::{Cases, Computation, Part, Reading};
use crate::reports::definitions::{Among, Depth};
use crate::reports::history::{Case, Origin, Plan, Repeat, Start, Symbols, Wanted, fold};
use crate::reports::tally::Tally;

/// The inquiries of the image within a reach.
pub struct ImageCases<'a> {
    image: &'a ImageState,
    rollups: &'a Rollups,
    scope: Scope,
    /// By holder: whether what is theirs is within reach.
    reached: Vec<bool>,
    /// Gone when nobody waits for it any more.
    asker: Weak<()>,
}

/// What is used again for each inquiry.
struct Scratch {
    case: Case,
    buffer: Vec<u8>,
}

impl Scratch {
    fn new() -> Self {
        Self { case: blank(), buffer: Vec::new() }
    }
}

impl<'a> ImageCases<'a> {
    /// It ends early when `asker` is gone.
    pub fn new(image: &'a ImageState, rollups: &'a Rollups, scope: &Scope, asker: Weak<()>) -> Self {
        let symbols = &image.symbols;
        let covers = |(owner, team): &(Option<u32>, Option<u32>)| {
            let owner = owner.and_then(|owner| symbols.users.value(owner)).copied();
            let team = team.and_then(|team| symbols.teams.value(team)).copied();
            scope.covers(owner, team)
        };
        let reached = image.dictionaries.holders.values().iter().map(covers).collect();
        Self { image, rollups, scope: *scope, reached, asker }
    }

    fn is_reached(&self, row: &Row) -> bool {
        usize::try_from(row.holder())
            .ok()
            .and_then(|holder| self.reached.get(holder))
            .copied()
            .unwrap_or(false)
    }

    /// Whether nothing has happened after a moment.
    fn is_present(&self, at: i64) -> bool {
        at >= self.image.latest
    }

    /// Those that may hold something to be counted, with their places.
    fn segments(&self, reading: &Reading) -> impl Iterator<Item = (usize, &'a Segment)> + use<'a> {
        let receipt = reading.receipt();
        let may_count = move |segment: &Segment| receipt.is_none_or(|period| segment.may_have(period));
        self.image.segments().iter().enumerate().filter(move |(_, segment)| may_count(segment))
    }

    fn each_of(
        &self,
        segment: &Segment,
        reading: &Reading,
        scratch: &mut Scratch,
        visit: &mut dyn FnMut(&Case, &Symbols),
    ) -> Result<()> {
        if self.asker.strong_count() == 0 {
            return Err(Error::unavailable("nobody waits for the report any more"));
        }
        if reading.depth == Depth::Summary && self.is_present(reading.as_of) {
            self.each_row(segment, reading, &mut scratch.case, visit);
            return Ok(());
        }
        self.each_history(segment, reading, scratch, visit)
    }

    /// From what is kept in memory of each as it is now.
    fn each_row(
        &self,
        segment: &Segment,
        reading: &Reading,
        case: &mut Case,
        visit: &mut dyn FnMut(&Case, &Symbols),
    ) {
        let mut stages = segment.stages();
        for (place, row) in segment.rows().iter().enumerate() {
            let (own, rest) = stages.split_at_checked(row.rank()).unwrap_or((stages, &[]));
            stages = rest;
            let received_at = segment.received_at(place, row);
            if !row.exists()
                || !self.is_reached(row)
                || !may_count(reading, segment, (place, row), received_at)
            {
                continue;
            }
            row.fill(case, received_at, &self.image.dictionaries);
            case.rank_at.fill(None);
            for (at, seconds) in case.rank_at.iter_mut().zip([0].iter().chain(own)) {
                *at = Some(received_at.saturating_add(i64::from(*seconds).saturating_mul(1_000)));
            }
            beside(case, segment, place);
            visit(case, &self.image.symbols);
        }
    }

    /// From the steps of each.
    fn each_history(
        &self,
        segment: &Segment,
        reading: &Reading,
        Scratch { case, buffer }: &mut Scratch,
        visit: &mut dyn FnMut(&Case, &Symbols),
    ) -> Result<()> {
        let is_present = self.is_present(reading.as_of);
        let is_wanted = |place: usize, row: &Row| {
            let received_at = segment.received_at(place, row);
            self.is_reached(row)
                && received_at <= reading.as_of
                && if is_present {
                    row.exists() && may_count(reading, segment, (place, row), received_at)
                } else {
                    reading.may_be_received(received_at)
                }
        };
        if !segment.rows().iter().enumerate().any(|(place, row)| is_wanted(place, row)) {
            return Ok(());
        }
        segment.each_steps(buffer, is_wanted, |_, row, bytes| {
            let Some((start, steps)) = start::decode(bytes, &self.image.dictionaries) else { return };
            let steps = codec::decode(steps, reading.with_decisions);
            if fold(case, row.id, start, steps, reading.as_of) {
                visit(case, &self.image.symbols);
            }
        })
    }

    /// What a segment adds up to.
    fn roll_up(
        &self,
        segment: &Segment,
        (computation, part): (&Computation<'_>, Part),
        reading: &Reading,
        scratch: &mut Scratch,
    ) -> Result<Rollup> {
        let mut tally = Tally::default();
        let count = &mut |case: &Case, symbols: &Symbols| computation.count(part, case, symbols, &mut tally);
        self.each_of(segment, reading, scratch, count)?;
        tally.compress();
        // Time changes what is overdue, and how many days have gone by.
        let (as_of, dates) = (reading.as_of, computation.ask.dates);
        let tomorrow = dates.start(dates.day(as_of).saturating_add(1));
        let until = segment.next_due(as_of).unwrap_or(i64::MAX).min(tomorrow);
        Ok(Rollup { tally, version: segment.version(), moments: (as_of, until) })
    }
}

impl Cases for ImageCases<'_> {
    fn symbols(&self) -> &Symbols {
        &self.image.symbols
    }

    fn each(&mut self, reading: &Reading, visit: &mut dyn FnMut(&Case, &Symbols)) -> Result<()> {
        let mut scratch = Scratch::new();
        for (_, segment) in self.segments(reading) {
            self.each_of(segment, reading, &mut scratch, visit)?;
        }
        Ok(())
    }

    fn add_up(&mut self, computation: &Computation<'_>, part: Part, tally: &mut Tally) -> Result<()> {
        let reading = computation.reading(part);
        let key = RollupKey::of(computation, part, self.scope).filter(|_| self.is_present(reading.as_of));
        let Some(key) = key else {
            return self.each(&reading, &mut |case, symbols| computation.count(part, case, symbols, tally));
        };
        let (inside, within) = (key.clone(), key.within(reading.period));
        let (mut new_inside, mut new_within) = (Vec::new(), Vec::new());
        let mut scratch = Scratch::new();
        for (place, segment) in self.segments(&reading) {
            let is_inside = reading.receipt().is_some_and(|period| segment.lies_in(period));
            let (key, new) = if is_inside { (&inside, &mut new_inside) } else { (&within, &mut new_within) };
            let known = self.rollups.get(key, place, segment.version(), reading.as_of);
            let rollup = match known {
                Some(rollup) => rollup,
                None => {
                    let made = self.roll_up(segment, (computation, part), &reading, &mut scratch)?;
                    let made = Arc::new(made);
                    new.push((place, Arc::clone(&made)));
                    made
                }
            };
            tally.add_all(&rollup.tally);
        }
        let size = self.image.size();
        self.rollups.keep(within, new_within, size);
        self.rollups.keep(inside, new_inside, size);
        Ok(())
    }
}

/// Whether something may be counted of an inquiry as it is now.
fn may_count(reading: &Reading, segment: &Segment, (place, row): (usize, &Row), received_at: i64) -> bool {
    match reading.among {
        Among::All => true,
        Among::Received => reading.may_be_received(received_at),
        Among::Open => row.status().category() == Category::Open && reading.may_be_received(received_at),
        Among::Touched => {
            let begin = reading.period.map_or(i64::MIN, |period| period.begin);
            row.is_current() || row.latest(received_at) >= begin || !segment.due(place).is_empty()
        }
    }
}

/// Puts in what has no place in the row. Only when plans are due and how many repeats there were is known.
fn beside(case: &mut Case, segment: &Segment, place: usize) {
    case.plans.clear();
    let plan = |due_at: &i64| Plan {
        follow_up: 0,
        planned_at: 0,
        kind: Kind::Other,
        due_at: *due_at,
        done_at: None,
        owner: None,
        team: None,
    };
    case.plans.extend(segment.due(place).iter().map(plan));
    case.repeats.clear();
    case.repeats.extend((0..segment.repeats(place)).map(|_| Repeat { step: 0, at: 0 }));
}

/// A case to be filled.
fn blank() -> Case {
    let origin =
        Origin { form: None, channel: 0, source: 0, utm_source: None, utm_medium: None, utm_campaign: None };
    let start = Start { origin, wanted: Wanted::default(), unreachable: false };
    Case::empty(InquiryId::from_uuid(uuid::Uuid::nil()), start)
}
