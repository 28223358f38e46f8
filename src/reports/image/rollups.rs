//! Roll-ups: what the inquiries of a segment add up to, kept for whoever asks the same again. Each is made
//! anew when its segment has changed, and when time alone may change it; none is needed for anything. How
//! items are added up is in `../tally.rs`, which segments there are in `state.rs`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::access::{Reach, Scope};
use crate::kernel::id::{TeamId, UserId};
use crate::reports::compute::{Computation, Part};
use crate::reports::definitions::Period;
use crate::reports::groups::GroupBy;
use crate::reports::narrowing::Resolved;
use crate::reports::tally::Tally;

/// Bytes of an inquiry that the image and all roll-ups may take together, and what roll-ups may always take:
/// the funnel of a year of 500,000 fits.
const BYTES_EACH: usize = 64;
const BYTES_LEAST: usize = 12 << 20;
/// Bytes of a roll-up besides what it adds up to, about.
const BYTES_BESIDES: usize = 256;
/// Keys that are kept: each is compared with what is asked.
const KEYS_MAX: usize = 200;

/// What is added up: two that are equal come to the same of a segment.
#[derive(Debug, Clone, PartialEq)]
pub struct RollupKey {
    report: &'static str,
    part: Part,
    group: GroupBy,
    reach: (Reach, Option<UserId>, Option<TeamId>),
    narrowing: Resolved,
    /// Of the time zone.
    zone: &'static str,
    calendar_version: i64,
    /// The period that counts; none if all of the segment lies inside.
    period: Option<Period>,
}

impl RollupKey {
    /// None if what fits cannot be compared.
    pub fn of(computation: &Computation<'_>, part: Part, scope: Scope) -> Option<Self> {
        let Computation { definition, group, ask, narrowing, calendar_version } = computation;
        Some(Self {
            report: definition.name,
            part,
            group: *group,
            reach: scope.comparable(),
            narrowing: narrowing.comparable()?,
            zone: ask.dates.zone().name(),
            calendar_version: *calendar_version,
            period: None,
        })
    }

    /// The same where a period counts.
    pub fn within(self, period: Option<Period>) -> Self {
        Self { period, ..self }
    }
}

/// What a segment adds up to.
#[derive(Debug)]
pub struct Rollup {
    pub tally: Tally,
    /// Of the segment.
    pub version: u64,
    /// The moments as of which it is right: from the first until before the second.
    pub moments: (i64, i64),
}

/// The roll-ups of one key, by the place of their segment.
#[derive(Debug)]
struct Entry {
    key: RollupKey,
    segments: HashMap<usize, Arc<Rollup>>,
    bytes: usize,
}

/// All that are kept; those that were used last come last.
#[derive(Debug, Default)]
pub struct Rollups(Mutex<Vec<Entry>>);

impl Rollups {
    fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The roll-up of a segment, if there is one that is right as of a moment.
    pub fn get(&self, key: &RollupKey, place: usize, version: u64, as_of: i64) -> Option<Arc<Rollup>> {
        let entries = self.entries();
        let rollup = entries.iter().rev().find(|entry| entry.key == *key)?.segments.get(&place)?;
        let (first, end) = rollup.moments;
        (rollup.version == version && first <= as_of && as_of < end).then(|| Arc::clone(rollup))
    }

    /// Keeps the roll-ups of a key besides those that it has, as long as there is room. `image` is how many
    /// inquiries there are and the bytes that they take.
    pub fn keep(&self, key: RollupKey, new: Vec<(usize, Arc<Rollup>)>, image: (usize, usize)) {
        let mut entries = self.entries();
        let known = entries.iter().position(|entry| entry.key == key);
        let known = known.map(|place| entries.remove(place));
        if known.is_none() && new.is_empty() {
            return;
        }
        let mut entry = known.unwrap_or_else(|| Entry { key, segments: HashMap::new(), bytes: 0 });
        entry.segments.extend(new);
        entry.bytes =
            entry.segments.values().map(|rollup| rollup.tally.memory().saturating_add(BYTES_BESIDES)).sum();
        entries.push(entry);
        let room = image.0.saturating_mul(BYTES_EACH).saturating_sub(image.1).max(BYTES_LEAST);
        while entries.len() > KEYS_MAX || bytes(&entries) > room {
            entries.remove(0);
        }
    }

    /// Bytes that all of them take, about.
    pub fn memory(&self) -> usize {
        bytes(&self.entries())
    }
}

fn bytes(entries: &[Entry]) -> usize {
    entries.iter().map(|entry| entry.bytes).sum()
}
