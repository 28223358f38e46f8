//! What the image holds: all inquiries, in segments.
//! How it follows the log is in `follow.rs`, how it is read in `cases.rs`.

use super::codec::encode;
use super::dictionary::Dictionaries;
use super::row::Row;
use super::segment::Segment;
use crate::kernel::error::Result;
use crate::kernel::id::InquiryId;
use crate::reports::history::{Case, Change, History, Raw, Symbols, decode, fold};

/// The image.
#[derive(Debug, Default)]
pub struct ImageState {
    pub symbols: Symbols,
    pub dictionaries: Dictionaries,
    /// The latest moment of all that is in it, in milliseconds since 1970.
    pub latest: i64,
    segments: Vec<Segment>,
}

impl ImageState {
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Takes inquiries in as they are stored now; what was known of them before is replaced.
    pub fn take_in(&mut self, raws: Vec<Raw>) -> Result<()> {
        for raw in raws {
            let history = decode(raw, &mut self.symbols)?;
            self.put(&history)?;
        }
        Ok(())
    }

    fn put(&mut self, history: &History) -> Result<()> {
        let mut case = Case::empty(history.inquiry, history.start);
        let exists = fold(&mut case, history.inquiry, history.start, history.steps.iter().cloned(), i64::MAX);
        let is_received = exists || case.is_binned;
        let happened = history.steps.iter().map(|step| step.at).max().unwrap_or_default();
        self.latest = self.latest.max(happened);
        let moments = history.steps.iter().map(|step| last_moment(step.at, &step.change));
        let latest = moments.max().unwrap_or_default();
        let (row, beside) = Row::of(&case, is_received, latest, &mut self.dictionaries)?;
        let mut steps = Vec::new();
        super::start::encode(&history.start, &mut self.dictionaries, &mut steps);
        encode(&history.steps, &mut steps);
        match self.find(history.inquiry) {
            Some((segment, place)) => segment.replace(place, row, beside, steps),
            None => {
                if self.segments.last().is_none_or(Segment::is_full) {
                    self.segments.push(Segment::default());
                }
                self.segments.last_mut().map_or(Ok(()), |last| last.push(row, beside, &steps))
            }
        }
    }

    fn find(&mut self, id: InquiryId) -> Option<(&mut Segment, usize)> {
        let found = self.segments.iter_mut().rev().map(|segment| (segment.place(id), segment));
        found.into_iter().find_map(|(place, segment)| Some((segment, place?)))
    }

    /// How many inquiries are in it, and how many bytes of memory they take, about.
    pub fn size(&self) -> (usize, usize) {
        let rows = self.segments.iter().map(|segment| segment.rows().len()).sum();
        let segments: usize = self.segments.iter().map(Segment::memory).sum();
        (rows, segments.saturating_add(self.symbols.memory()).saturating_add(self.dictionaries.memory()))
    }
}

/// The last moment that a step plays a part at: a plan does when it is due.
fn last_moment(at: i64, change: &Change) -> i64 {
    match change {
        Change::Planned { due_at, .. } | Change::PlanChanged { due_at: Some(due_at), .. } => at.max(*due_at),
        Change::Done { done_at, .. } => at.max(*done_at),
        _ => at,
    }
}
