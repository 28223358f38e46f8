//! Reads the event log on for listeners that each have a place in it: what comes next, and for whom.
//! What is done with it is in `webhooks/fan_out.rs` and `robots/fan_out.rs`.

use super::catalogue::names_of_all;
use crate::kernel::error::Result;
use crate::platform::db::Read;
use crate::platform::events::{self, LogEntry};

/// Entries of one part, at most.
const ENTRIES_MAX: usize = 500;

/// Who gets events from the log.
pub trait Listener {
    /// The place up to which it has them.
    fn position(&self) -> i64;

    /// What it is to have, as names of events and patterns.
    fn patterns(&self) -> &[String];
}

/// The next part of the log that some listener does not have.
pub struct LogPart {
    /// Behind this place, which is that of the listener furthest back.
    from: i64,
    /// Up to this one.
    pub until: i64,
    pub entries: Vec<LogEntry>,
    /// There may be more behind it.
    pub is_full: bool,
}

impl LogPart {
    /// Reads so much that no more than `rows_max` rows follow from it; none if everybody has everything.
    pub fn next(read: &mut Read<'_>, listeners: &[impl Listener], rows_max: usize) -> Result<Option<Self>> {
        let Some(from) = listeners.iter().map(Listener::position).min() else { return Ok(None) };
        let most = rows_max.checked_div(listeners.len()).unwrap_or(1).clamp(1, ENTRIES_MAX);
        let entries = events::entries_after(read, from, i64::try_from(most).unwrap_or(1))?;
        let until = entries.last().and_then(|entry| entry.position);
        Ok(until.map(|until| Self { from, until, is_full: entries.len() >= most, entries }))
    }

    /// Whether a listener is to be moved on over this part. Another node may have done so meanwhile.
    pub fn is_next_for(&self, listener: &impl Listener) -> bool {
        (self.from..self.until).contains(&listener.position())
    }

    /// What a listener gets of it.
    pub fn entries_for(&self, listener: &impl Listener) -> impl Iterator<Item = &LogEntry> {
        let (names, position) = (names_of_all(listener.patterns()), listener.position());
        let entries = self.entries.iter().filter(move |entry| entry.position > Some(position));
        entries.filter(move |entry| names.contains(&entry.kind.as_str()))
    }
}
