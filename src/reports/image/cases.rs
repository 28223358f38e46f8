//! Reading the image: hands on the inquiries of a reach as cases, from what is kept in memory where that is
//! enough, otherwise from their steps.
//! What is counted of them is in the definitions.

use super::codec;
use super::row::Row;
use super::segment::Segment;
use super::start;
use super::state::ImageState;
use crate::access::Scope;
use crate::follow_ups::model::Kind;
use crate::inquiries::Category;
use crate::kernel::error::Result;
use crate::kernel::id::InquiryId;
use crate::reports::compute::{Cases, Reading};
use crate::reports::definitions::{Among, Depth};
use crate::reports::history::{Case, Origin, Plan, Repeat, Start, Symbols, Wanted, fold};

/// The inquiries of the image within a reach.
pub struct ImageCases<'a> {
    image: &'a ImageState,
    /// By holder: whether what is theirs is within reach.
    reached: Vec<bool>,
}

impl<'a> ImageCases<'a> {
    pub fn new(image: &'a ImageState, scope: &Scope) -> Self {
        let symbols = &image.symbols;
        let covers = |(owner, team): &(Option<u32>, Option<u32>)| {
            let owner = owner.and_then(|owner| symbols.users.value(owner)).copied();
            let team = team.and_then(|team| symbols.teams.value(team)).copied();
            scope.covers(owner, team)
        };
        Self { image, reached: image.dictionaries.holders.values().iter().map(covers).collect() }
    }

    /// The latest moment of all that is in the image, in milliseconds since 1970.
    pub fn latest(&self) -> i64 {
        self.image.latest
    }

    fn is_reached(&self, row: &Row) -> bool {
        usize::try_from(row.holder).ok().and_then(|holder| self.reached.get(holder)).copied().unwrap_or(false)
    }

    /// Those that may hold something to be counted.
    fn segments(&self, reading: &Reading) -> impl Iterator<Item = &Segment> {
        let receipt = reading.receipt();
        let may_count = move |segment: &&Segment| receipt.is_none_or(|period| segment.may_have(period));
        self.image.segments().iter().filter(may_count)
    }

    /// From what is kept in memory of each as it is now.
    fn each_row(&self, reading: &Reading, visit: &mut dyn FnMut(&Case, &Symbols)) {
        let mut case = blank();
        for segment in self.segments(reading) {
            let mut stages = segment.stages();
            for (place, row) in segment.rows().iter().enumerate() {
                let (own, rest) = stages.split_at_checked(row.rank()).unwrap_or((stages, &[]));
                stages = rest;
                let received_at = segment.received_at(place, row);
                if !row.exists() || !self.is_reached(row) || !may_count(reading, row, received_at) {
                    continue;
                }
                row.fill(&mut case, received_at, &self.image.dictionaries);
                for (at, seconds) in case.rank_at.iter_mut().zip([0].iter().chain(own)) {
                    *at = Some(received_at.saturating_add(i64::from(*seconds).saturating_mul(1_000)));
                }
                beside(&mut case, segment, place);
                visit(&case, &self.image.symbols);
            }
        }
    }

    /// From the steps of each.
    fn each_history(&self, reading: &Reading, visit: &mut dyn FnMut(&Case, &Symbols)) -> Result<()> {
        let (mut case, mut buffer) = (blank(), Vec::new());
        let is_present = reading.as_of >= self.image.latest;
        for segment in self.segments(reading) {
            let is_wanted = |place: usize, row: &Row| {
                let received_at = segment.received_at(place, row);
                self.is_reached(row)
                    && received_at <= reading.as_of
                    && if is_present {
                        row.exists() && may_count(reading, row, received_at)
                    } else {
                        reading.may_be_received(received_at)
                    }
            };
            if !segment.rows().iter().enumerate().any(|(place, row)| is_wanted(place, row)) {
                continue;
            }
            segment.each_steps(&mut buffer, is_wanted, |_, row, bytes| {
                let Some((start, steps)) = start::decode(bytes, &self.image.dictionaries) else { return };
                let steps = codec::decode(steps, reading.with_decisions);
                if fold(&mut case, row.id, start, steps, reading.as_of) {
                    visit(&case, &self.image.symbols);
                }
            })?;
        }
        Ok(())
    }
}

impl Cases for ImageCases<'_> {
    fn symbols(&self) -> &Symbols {
        &self.image.symbols
    }

    fn each(&mut self, reading: &Reading, visit: &mut dyn FnMut(&Case, &Symbols)) -> Result<()> {
        if reading.depth == Depth::Summary && reading.as_of >= self.image.latest {
            self.each_row(reading, visit);
            return Ok(());
        }
        self.each_history(reading, visit)
    }
}

/// Whether something may be counted of an inquiry as it is now.
fn may_count(reading: &Reading, row: &Row, received_at: i64) -> bool {
    match reading.among {
        Among::All => true,
        Among::Received => reading.may_be_received(received_at),
        Among::Open => row.status().category() == Category::Open && reading.may_be_received(received_at),
        Among::Touched => {
            let begin = reading.period.map_or(i64::MIN, |period| period.begin);
            row.is_current() || row.latest(received_at) >= begin
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
