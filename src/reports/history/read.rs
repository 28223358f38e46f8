//! Reading what histories are made of: the inquiries, their events, and what rules decided about them.
//! What is made of it is in `decode.rs`.

use std::collections::HashMap;

use super::decode::{KINDS, decode};
use super::raw::Raw;
use super::{History, Symbols};
use crate::assignment::decision::model::Detail;
use crate::assignment::decision::store as decisions;
use crate::inquiries::asked;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::{EventId, InquiryId};
use crate::platform::db::DbConnection;
use crate::platform::events::{self, Event, Subject};

/// What is stored of these inquiries. The content is read first: going back through the events that come
/// later changes nothing of it.
pub fn raw(conn: &mut DbConnection, ids: &[InquiryId]) -> Result<Vec<Raw>> {
    let asked = asked::among(conn, ids)?;
    let subjects: Vec<Subject> = ids.iter().map(|id| Subject::from(*id)).collect();
    let mut events: HashMap<InquiryId, Vec<Event>> = HashMap::new();
    for event in events::of_kinds_about(conn, &subjects, &KINDS)? {
        if let Some(subject) = event.subject {
            events.entry(InquiryId::from(subject)).or_default().push(event);
        }
    }
    let mut details: HashMap<InquiryId, HashMap<EventId, Detail>> = HashMap::new();
    for (inquiry, event, detail) in decisions::about(conn, ids)? {
        match detail.parse() {
            Ok(detail) => drop(details.entry(inquiry).or_default().insert(event, detail)),
            Err(_) => tracing::warn!(%event, "a decision that cannot be read is left out of reports"),
        }
    }
    let raw = asked.into_iter().map(|asked| {
        let events = events.remove(&asked.id).unwrap_or_default();
        let decisions = details.remove(&asked.id).unwrap_or_default();
        Raw { asked, events, decisions }
    });
    Ok(raw.collect())
}

/// The latest moment of all events, in milliseconds since 1970.
pub fn latest(conn: &mut DbConnection) -> Result<i64> {
    Ok(events::latest(conn)?.map_or(0, Timestamp::millis))
}

/// Whether events of a kind are part of a history.
pub fn is_counted(kind: &str) -> bool {
    KINDS.contains(&kind)
}

/// The histories of these inquiries.
pub fn histories(conn: &mut DbConnection, ids: &[InquiryId], symbols: &mut Symbols) -> Result<Vec<History>> {
    raw(conn, ids)?.into_iter().map(|raw| decode(raw, symbols)).collect()
}
