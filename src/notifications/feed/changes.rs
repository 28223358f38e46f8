//! Which events somebody may follow, and what they see of each.
//! The wire is in `api.rs`.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::access::{Caller, Reach, Scope, Seen, Viewer};
use crate::inquiries::events::{Assigned, Claimed, Declined, Recycled, Released};
use crate::inquiries::history::{HistoryEvent, HistoryOf, LostBy};
use crate::inquiries::pool_view;
use crate::inquiries::store::{owners_among, stored_among};
use crate::kernel::error::Result;
use crate::kernel::id::{EventId, InquiryId, UserId};
use crate::notifications::catalogue::is_about_no_inquiry;
use crate::platform::db::{DbConnection, Read};
use crate::platform::events::{self, Event, Fact, LogEntry};

/// Places of the log that are looked at together, and how often one request does that: of what others own a
/// caller sees nothing.
const CHUNK: i64 = 1_000;
const CHUNKS: usize = 8;
/// Events that are read together.
const PORTION: usize = 50;

/// The events by which somebody loses an inquiry.
const LOSSES: [&str; 5] = [Assigned::KIND, Claimed::KIND, Declined::KIND, Recycled::KIND, Released::KIND];

/// How much a part of the feed has at most: it ends with what goes beyond `bytes`.
#[derive(Debug, Clone, Copy)]
pub struct Most {
    pub events: usize,
    pub bytes: usize,
}

/// A part of the feed, for one viewer.
pub struct Changes {
    viewer: Viewer,
    /// Those that they may see, and those by which they lost an inquiry.
    events: Vec<Event>,
    histories: HashMap<InquiryId, HistoryOf>,
    /// Where to go on: nothing before or at this position appears any more.
    pub next_after: i64,
    pub has_more: bool,
    /// Behind its end there are events that are not published yet.
    pub is_behind: bool,
}

impl Changes {
    /// Whether it takes a while to show them.
    pub fn is_masked(&self) -> bool {
        self.histories.values().any(|history| history.is_masked_for(&self.viewer))
    }

    pub fn viewer(&self) -> &Viewer {
        &self.viewer
    }

    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The events as their viewer sees them.
    pub fn seen(self) -> Vec<Seen<Event>> {
        let Self { viewer, events, histories, .. } = self;
        let seen = |event: Event| {
            let Some(subject) = event.subject else {
                let of = &HistoryOf::owned_by(None);
                return viewer.sees(HistoryEvent { event, of });
            };
            match histories.get(&InquiryId::from(subject)) {
                Some(of) => viewer.sees(HistoryEvent { event, of }),
                None => viewer.sees(LostBy(event)),
            }
        };
        events.into_iter().map(seen).collect()
    }
}

/// The next events that a caller may see after a position, of these kinds if any are named.
pub fn after(
    read: &mut Read<'_>,
    caller: &Caller,
    position: i64,
    kinds: &[String],
    most: Most,
) -> Result<Changes> {
    // What is about no inquiry is for whoever reaches everything.
    let sees_all = caller.scope.reach == Reach::Everything;
    // What is published later may come before the end of what is read next.
    let published = events::last_position(read.conn)?;
    let viewer = pool_view::viewer(read.conn, Viewer::of(caller))?;
    let mut part = Part {
        changes: Changes {
            viewer,
            events: Vec::new(),
            histories: HashMap::new(),
            next_after: position,
            has_more: true,
            is_behind: false,
        },
        scope: &caller.scope,
        most,
        bytes: 0,
        sizes: HashMap::new(),
    };
    for _ in 0..CHUNKS {
        let chunk = events::entries_after(read, part.changes.next_after, CHUNK)?;
        let is_last = chunk.len() < usize::try_from(CHUNK).unwrap_or(usize::MAX);
        let end = chunk.last().and_then(|entry| entry.position);
        let is_wanted = |entry: &LogEntry| {
            let is_shown = entry.subject.is_some() || sees_all && is_about_no_inquiry(&entry.kind);
            is_shown && (kinds.is_empty() || kinds.contains(&entry.kind))
        };
        let wanted: Vec<LogEntry> = chunk.into_iter().filter(is_wanted).collect();
        // Also what is in the bin: it may come back, and what was passed over would be missing then.
        let owners = owners_among(read.conn, &caller.scope, &inquiries(&wanted))?;
        let may_be_shown =
            |entry: &LogEntry| is_about(entry, &owners) || LOSSES.contains(&entry.kind.as_str());
        let readable: Vec<LogEntry> = wanted.into_iter().filter(may_be_shown).collect();
        for portion in readable.chunks(PORTION) {
            if part.add(read.conn, portion, &owners)? {
                return Ok(part.changes);
            }
        }
        let so_far = end.unwrap_or(part.changes.next_after);
        part.changes.next_after = if is_last { so_far.max(published) } else { so_far };
        if is_last {
            part.changes.has_more = false;
            part.changes.is_behind = events::has_unpublished(read.conn)?;
            break;
        }
    }
    Ok(part.changes)
}

/// A part of the feed while it is gathered.
struct Part<'a> {
    changes: Changes,
    scope: &'a Scope,
    most: Most,
    /// Of what is shown by now.
    bytes: usize,
    /// Of what the events of an inquiry are shown by, as long as none is.
    sizes: HashMap<InquiryId, usize>,
}

impl Part<'_> {
    /// Adds what may be seen of these. Returns whether no more fit.
    fn add(
        &mut self,
        conn: &mut DbConnection,
        entries: &[LogEntry],
        owners: &HashMap<InquiryId, Option<UserId>>,
    ) -> Result<bool> {
        // No more than fit are read.
        let room = self.most.events.saturating_sub(self.changes.events.len());
        let reached = entries.iter().enumerate().filter(|(_, entry)| is_about(entry, owners));
        let full = entries.len();
        let end = reached.map(|(at, _)| at).nth(room).unwrap_or(full);
        let entries = entries.get(..end).unwrap_or(entries);
        let ids: Vec<EventId> = entries.iter().map(|entry| entry.id).collect();
        let mut events = events::by_ids(conn, &ids)?.into_iter().peekable();
        self.look_up(conn, &inquiries(entries), owners)?;
        for entry in entries {
            if self.changes.events.len() >= self.most.events || self.bytes > self.most.bytes {
                return Ok(true);
            }
            if let Some(event) = events.next_if(|event| event.id == entry.id)
                && (is_about(entry, owners) || was_lost_by(&event, self.changes.viewer.id)?)
            {
                let shown_by = inquiry_of(entry).and_then(|id| self.sizes.remove(&id)).unwrap_or_default();
                self.bytes = self.bytes.saturating_add(event.size()).saturating_add(shown_by);
                self.changes.events.push(event);
            }
            self.changes.next_after = entry.position.unwrap_or(self.changes.next_after);
        }
        Ok(end < full)
    }

    /// Looks up what the events of these inquiries are shown by.
    fn look_up(
        &mut self,
        conn: &mut DbConnection,
        ids: &[InquiryId],
        owners: &HashMap<InquiryId, Option<UserId>>,
    ) -> Result<()> {
        let Changes { viewer, histories, .. } = &mut self.changes;
        let mut masked = Vec::new();
        for id in ids {
            let Some(owner) = owners.get(id).filter(|_| !histories.contains_key(id)) else { continue };
            let history = HistoryOf::owned_by(*owner);
            if history.is_masked_for(viewer) {
                masked.push(*id);
            } else {
                histories.insert(*id, history);
            }
        }
        if !masked.is_empty() {
            let stored = stored_among(conn, self.scope, &masked)?;
            for (id, inquiry) in stored {
                self.sizes.insert(id, inquiry.size());
                histories.insert(id, inquiry.into());
            }
        }
        Ok(())
    }
}

fn inquiry_of(entry: &LogEntry) -> Option<InquiryId> {
    entry.subject.map(InquiryId::from)
}

fn inquiries(entries: &[LogEntry]) -> Vec<InquiryId> {
    entries.iter().filter_map(inquiry_of).collect()
}

/// Whether an entry is about one of these inquiries, or about none: those were kept for whom they concern.
fn is_about(entry: &LogEntry, owners: &HashMap<InquiryId, Option<UserId>>) -> bool {
    inquiry_of(entry).is_none_or(|id| owners.contains_key(&id))
}

/// Whether somebody lost the inquiry by this event.
fn was_lost_by(event: &Event, user: UserId) -> Result<bool> {
    let Some(previous) = &event.previous else { return Ok(false) };
    let previous: Map<String, Value> = previous.parse()?;
    let before = previous.get("assignee_id").and_then(Value::as_str);
    Ok(before.is_some_and(|before| before == user.to_string()))
}
