//! Which events somebody may follow, and what they see of each.
//! The wire is in `api.rs`.

use serde_json::{Map, Value};

use crate::access::{Caller, Seen, Viewable, Viewer};
use crate::inquiries::pool_view;
use crate::inquiries::store::stored_among;
use crate::inquiries::view::HistoryEvent;
use crate::kernel::error::Result;
use crate::kernel::id::{InquiryId, UserId};
use crate::platform::db::Read;
use crate::platform::db::types::JsonText;
use crate::platform::events::{self, Event};

/// Events that are looked at together.
const CHUNK: i64 = 500;
/// Chunks that one request looks through: of what others own a caller sees nothing.
const CHUNKS: usize = 8;

/// A part of the feed.
pub struct Changes {
    pub events: Vec<Seen<Event>>,
    /// Where to go on: nothing before or at this position appears any more.
    pub next_after: i64,
    pub has_more: bool,
}

/// The next events that a caller may see after a position, of these kinds if any are named.
pub fn after(
    read: &mut Read<'_>,
    caller: &Caller,
    position: i64,
    kinds: &[String],
    limit: usize,
) -> Result<Changes> {
    // What is published later may come before the end of what is read next.
    let published = events::last_position(read.conn)?;
    let viewer = pool_view::viewer(read.conn, Viewer::of(caller))?;
    let (mut found, mut next_after) = (Vec::new(), position);
    for _ in 0..CHUNKS {
        let chunk = events::about_something_after(read, next_after, kinds, CHUNK)?;
        let is_last = chunk.len() < usize::try_from(CHUNK).unwrap_or(usize::MAX);
        let ids: Vec<InquiryId> =
            chunk.iter().filter_map(|event| event.subject.map(InquiryId::from)).collect();
        // Also what is in the bin: it may come back, and what was passed over would be missing then.
        let reached = stored_among(read.conn, &caller.scope, &ids)?;
        for event in chunk {
            if found.len() >= limit {
                return Ok(Changes { events: found, next_after, has_more: true });
            }
            next_after = event.position.unwrap_or(next_after);
            let inquiry = event.subject.and_then(|subject| reached.get(&InquiryId::from(subject)));
            match inquiry {
                Some(inquiry) => found.push(viewer.sees(HistoryEvent { event, inquiry })),
                _ if was_lost_by(&event, viewer.id)? => found.push(viewer.sees(LostBy(event))),
                _ => {}
            }
        }
        if is_last {
            let next_after = next_after.max(published);
            return Ok(Changes { events: found, next_after, has_more: false });
        }
    }
    Ok(Changes { events: found, next_after, has_more: true })
}

/// Whether somebody lost the inquiry by this event.
fn was_lost_by(event: &Event, user: UserId) -> Result<bool> {
    let Some(previous) = &event.previous else { return Ok(false) };
    let previous: Map<String, Value> = previous.parse()?;
    let before = previous.get("assignee_id").and_then(Value::as_str);
    Ok(before.is_some_and(|before| before == user.to_string()))
}

/// The event by which somebody lost an inquiry.
struct LostBy(Event);

impl Viewable for LostBy {
    type Shown = Event;

    /// Only who is meant: it is not theirs any more.
    fn seen_by(self, _: &Viewer) -> Event {
        let ids = |text: &JsonText| {
            let mut members: Map<String, Value> = text.parse().unwrap_or_default();
            members.retain(|name, _| name.ends_with("_id"));
            JsonText::of(&members).unwrap_or_else(|_| JsonText::of_text("{}".to_owned()))
        };
        let (data, previous) = (ids(&self.0.data), self.0.previous.as_ref().map(ids));
        Event { data, previous, ..self.0 }
    }
}
