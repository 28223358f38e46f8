//! The things behind a figure as they are now: inquiries, follow-ups and events, read for whoever asks.
//! Which ones they are is found in `drill.rs`; how they are shown is in `drill_view.rs` and `dashboard/`.

use std::collections::HashMap;

use super::drill::Found;
use crate::access::{Caller, Seen, Viewer};
use crate::follow_ups::store::{self as follow_ups, FollowUpWithOwner};
use crate::inquiries::history::{HistoryEvent, HistoryOf};
use crate::inquiries::pool_view::VisibleInquiry;
use crate::inquiries::store as inquiries;
use crate::inquiries::stored::StoredInquiry;
use crate::kernel::error::Result;
use crate::kernel::id::{EventId, FollowUpId, InquiryId};
use crate::platform::db::DbConnection;
use crate::platform::events::{self, Event};

/// Things with what is read of them, for one viewer.
pub struct Things {
    pub inquiries: HashMap<InquiryId, Seen<VisibleInquiry>>,
    pub follow_ups: HashMap<FollowUpId, Seen<FollowUpWithOwner>>,
    pub events: HashMap<EventId, Seen<Event>>,
}

/// Reads things on a caller's behalf.
pub fn read(conn: &mut DbConnection, caller: &Caller, found: &[Found]) -> Result<Things> {
    let viewer = Viewer::of(caller);
    let (mut all, mut planned, mut happened) = (Vec::new(), Vec::new(), Vec::new());
    for one in found {
        all.push(one.inquiry());
        match one {
            Found::Inquiry(_) => {}
            Found::FollowUp(id, _) => planned.push(*id),
            Found::Event(id, _) => happened.push(*id),
        }
    }
    let stored: HashMap<InquiryId, StoredInquiry> = inquiries::shown_among(conn, &caller.scope, &all)?;
    let follow_ups = follow_ups::among(conn, &caller.scope, &planned)?;
    let follow_ups = follow_ups.into_iter().map(|one| (one.0.id, viewer.sees(one))).collect();
    let events = events::by_ids(conn, &happened)?.into_iter().filter_map(|event| {
        let of = stored.get(&InquiryId::from(event.subject?))?;
        let of = HistoryOf::from(of.clone());
        Some((event.id, viewer.sees(HistoryEvent { event, of: &of })))
    });
    let events = events.collect();
    let inquiries = stored.into_iter().map(|(id, inquiry)| (id, viewer.sees(inquiry))).collect();
    Ok(Things { inquiries, follow_ups, events })
}
