//! A segment of the image: some thousand inquiries, with what is known of each as it is now, in memory, and
//! with the steps of all, in a temporary file. Which inquiry is in which segment is known in `state.rs`.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt;

use rustc_hash::FxHashMap;

use super::due::DuePlans;
use super::row::{Beside, Row};
use crate::kernel::error::{Error, Result};
use crate::kernel::id::InquiryId;
use crate::reports::definitions::Period;

/// Inquiries of a segment.
pub const ROWS: usize = 16_384;
/// Bytes of changed steps that are kept beside the file before it is written anew.
const CHANGED_MAX: usize = 128 << 10;

/// Inquiries, in the order in which they came.
#[derive(Debug, Default)]
pub struct Segment {
    rows: Vec<Row>,
    /// The stages of all rows, one row's after the other's: as many as its rank.
    stages: Vec<u32>,
    received_at: FxHashMap<usize, i64>,
    due: DuePlans,
    repeats: BTreeMap<usize, u32>,
    /// Some id is smaller than the one before it.
    is_unordered: bool,
    range: Option<(InquiryId, InquiryId)>,
    /// When the first and the last of them were received.
    received: Option<(i64, i64)>,
    steps: Steps,
    /// The steps of inquiries that changed since the file was written.
    changed: FxHashMap<usize, Vec<u8>>,
    changed_bytes: usize,
    /// How often something in it has changed.
    version: u64,
}

/// The steps of all rows, each row's with its length before it.
#[derive(Debug)]
enum Steps {
    Memory(Vec<u8>),
    /// So many bytes.
    File(File, usize),
}

impl Default for Steps {
    fn default() -> Self {
        Self::Memory(Vec::new())
    }
}

impl Segment {
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    pub fn is_full(&self) -> bool {
        self.rows.len() >= ROWS
    }

    /// The place of an inquiry, if it is here.
    pub fn place(&self, id: InquiryId) -> Option<usize> {
        let (first, last) = self.range?;
        if id < first || id > last {
            return None;
        }
        if self.is_unordered {
            return self.rows.iter().position(|row| row.id == id);
        }
        self.rows.binary_search_by(|row| row.id.cmp(&id)).ok()
    }

    /// Adds an inquiry.
    pub fn push(&mut self, row: Row, beside: Beside, steps: &[u8]) -> Result<()> {
        let place = self.rows.len();
        self.is_unordered |= self.rows.last().is_some_and(|last| last.id > row.id);
        self.range = match self.range {
            None => Some((row.id, row.id)),
            Some((first, last)) => Some((first.min(row.id), last.max(row.id))),
        };
        self.touch(&row, &beside);
        self.rows.push(row);
        self.stages.extend_from_slice(&beside.stages);
        self.put_beside(place, beside);
        match &mut self.steps {
            Steps::Memory(bytes) => append(bytes, steps),
            Steps::File(..) => return Err(Error::internal("a segment that is written takes no rows")),
        }
        if self.is_full() { self.write() } else { Ok(()) }
    }

    /// Replaces an inquiry.
    pub fn replace(&mut self, place: usize, row: Row, beside: Beside, steps: Vec<u8>) -> Result<()> {
        self.touch(&row, &beside);
        let begin: usize = self.rows.iter().take(place).map(Row::rank).sum();
        let Some(known) = self.rows.get_mut(place) else { return Ok(()) };
        let end = begin.saturating_add(known.rank()).min(self.stages.len());
        self.stages.splice(begin..end, beside.stages.iter().copied());
        *known = row;
        self.put_beside(place, beside);
        self.changed_bytes = self.changed_bytes.saturating_add(steps.len());
        self.changed.insert(place, steps);
        if self.changed_bytes > CHANGED_MAX { self.write() } else { Ok(()) }
    }

    /// What changes with each change of an inquiry.
    pub fn version(&self) -> u64 {
        self.version
    }

    fn touch(&mut self, row: &Row, beside: &Beside) {
        self.version = self.version.wrapping_add(1);
        let at = beside.received_at.unwrap_or_else(|| row.id.millis());
        let (first, last) = self.received.unwrap_or((at, at));
        self.received = Some((first.min(at), last.max(at)));
    }

    /// Whether one of them may have been received in a period.
    pub fn may_have(&self, period: Period) -> bool {
        self.received.is_some_and(|(first, last)| first < period.end && period.begin <= last)
    }

    /// Whether all of them were received in a period.
    pub fn lies_in(&self, period: Period) -> bool {
        self.received.is_some_and(|(first, last)| period.has(first) && period.has(last))
    }

    /// The next moment after one at which an open plan is due.
    pub fn next_due(&self, after: i64) -> Option<i64> {
        self.due.next(after)
    }

    fn put_beside(&mut self, place: usize, beside: Beside) {
        let Beside { received_at, due, repeats, .. } = beside;
        match received_at {
            Some(at) => drop(self.received_at.insert(place, at)),
            None => drop(self.received_at.remove(&place)),
        }
        self.due.put(place, &due);
        if repeats == 0 {
            self.repeats.remove(&place);
        } else {
            self.repeats.insert(place, repeats);
        }
    }

    /// When an inquiry was received.
    pub fn received_at(&self, place: usize, row: &Row) -> i64 {
        if self.received_at.is_empty() {
            return row.id.millis();
        }
        self.received_at.get(&place).copied().unwrap_or_else(|| row.id.millis())
    }

    /// Seconds until each stage, of all rows.
    pub fn stages(&self) -> &[u32] {
        &self.stages
    }

    /// When the open plans of an inquiry are due.
    pub fn due(&self, place: usize) -> &[i64] {
        self.due.of(place)
    }

    pub fn repeats(&self, place: usize) -> u32 {
        self.repeats.get(&place).copied().unwrap_or(0)
    }

    /// Hands on the steps of the rows that are wanted, in their order. `buffer` is reused.
    pub fn each_steps(
        &self,
        buffer: &mut Vec<u8>,
        is_wanted: impl Fn(usize, &Row) -> bool,
        mut visit: impl FnMut(usize, &Row, &[u8]),
    ) -> Result<()> {
        let mut bytes: &[u8] = match &self.steps {
            Steps::Memory(bytes) => bytes,
            Steps::File(file, length) => {
                buffer.clear();
                buffer.resize(*length, 0);
                file.read_exact_at(buffer, 0).map_err(Error::unavailable)?;
                buffer
            }
        };
        for (place, row) in self.rows.iter().enumerate() {
            let Some((own, rest)) = next(bytes) else {
                return Err(Error::internal("the steps of a segment end too early"));
            };
            bytes = rest;
            if is_wanted(place, row) {
                visit(place, row, self.changed.get(&place).map_or(own, Vec::as_slice));
            }
        }
        Ok(())
    }

    /// Brings all steps together; those of a full segment in a file of its own, which vanishes with the
    /// program. Without one they stay in memory.
    fn write(&mut self) -> Result<()> {
        let (mut buffer, mut all) = (Vec::new(), Vec::new());
        self.each_steps(&mut buffer, |_, _| true, |_, _, steps| append(&mut all, steps))?;
        self.steps = if self.is_full() { kept(all) } else { Steps::Memory(all) };
        self.changed = FxHashMap::default();
        self.changed_bytes = 0;
        self.rows.shrink_to_fit();
        self.stages.shrink_to_fit();
        self.due.shrink();
        Ok(())
    }

    /// Bytes that it takes in memory, about.
    pub fn memory(&self) -> usize {
        let steps = match &self.steps {
            Steps::Memory(bytes) => bytes.capacity(),
            Steps::File(..) => 0,
        };
        let rows = self.rows.capacity().saturating_mul(size_of::<Row>());
        let stages = self.stages.capacity().saturating_mul(size_of::<u32>());
        let due = self.due.memory();
        let repeats = self.repeats.len().saturating_mul(32);
        let received = self.received_at.capacity().saturating_mul(24);
        [rows, stages, due, repeats, received, self.changed_bytes, steps].into_iter().sum()
    }
}

fn append(bytes: &mut Vec<u8>, steps: &[u8]) {
    bytes.extend_from_slice(&u32::try_from(steps.len()).unwrap_or(u32::MAX).to_le_bytes());
    bytes.extend_from_slice(steps);
}

/// The first row's steps, and what comes behind.
fn next(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)
}

fn kept(bytes: Vec<u8>) -> Steps {
    let written = tempfile::tempfile().and_then(|file| file.write_all_at(&bytes, 0).map(|()| file));
    match written {
        Ok(file) => Steps::File(file, bytes.len()),
        Err(error) => {
            tracing::warn!(%error, "a part of the image of reports stays in memory: no temporary file");
            Steps::Memory(bytes)
        }
    }
}
