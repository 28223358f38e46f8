//! What is behind a figure as it is shown: inquiries, follow-ups and events as they are now.
//! Which ones they are is found in `drill.rs`.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::drill::Found;
use crate::access::{Caller, Seen, Viewer};
use crate::follow_ups::api::FollowUpView;
use crate::follow_ups::store::{self as follow_ups, FollowUpWithOwner};
use crate::inquiries::event_view::EventView;
use crate::inquiries::history::{HistoryEvent, HistoryOf};
use crate::inquiries::pool_view::VisibleInquiry;
use crate::inquiries::store as inquiries;
use crate::inquiries::stored::StoredInquiry;
use crate::inquiries::view::InquiryView;
use crate::kernel::error::Result;
use crate::kernel::id::{EventId, FollowUpId, InquiryId, UserId};
use crate::platform::db::DbConnection;
use crate::platform::events::{self, Event};

/// One of the things behind a figure.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = DrilledThing)]
pub enum ThingView {
    Inquiry(Box<InquiryView>),
    FollowUp(FollowUpView),
    Event(EventView),
    /// It is not there any more.
    Gone(Gone),
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GoneThing)]
pub struct Gone {
    #[schema(example = "fup_06a9e1t7qdw0x3f8m2c5kz4rpg")]
    id: String,
    inquiry_id: InquiryId,
    #[schema(example = true)]
    deleted: bool,
}

/// Things with what is read of them, for one viewer.
pub struct Things {
    found: Vec<Found>,
    inquiries: HashMap<InquiryId, Seen<VisibleInquiry>>,
    follow_ups: HashMap<FollowUpId, Seen<FollowUpWithOwner>>,
    events: HashMap<EventId, Seen<Event>>,
    names: Vec<(UserId, String)>,
}

/// Reads things on a caller's behalf.
pub fn read(conn: &mut DbConnection, caller: &Caller, found: Vec<Found>) -> Result<Things> {
    let viewer = Viewer::of(caller);
    let ids = |found: &Found| match found {
        Found::Inquiry(id) | Found::FollowUp(_, id) | Found::Event(_, id) => *id,
    };
    let all: Vec<InquiryId> = found.iter().map(ids).collect();
    let stored: HashMap<InquiryId, StoredInquiry> = inquiries::shown_among(conn, &caller.scope, &all)?;
    let planned: Vec<FollowUpId> = found.iter().filter_map(follow_up).collect();
    let follow_ups = follow_ups::among(conn, &caller.scope, &planned)?;
    let follow_ups = follow_ups.into_iter().map(|one| (one.0.id, viewer.sees(one))).collect();
    let happened: Vec<EventId> = found.iter().filter_map(event).collect();
    let events: Vec<Event> = events::by_ids(conn, &happened)?;
    let names = EventView::names(conn, &events)?;
    let events = events.into_iter().filter_map(|event| {
        let of = stored.get(&InquiryId::from(event.subject?))?;
        let of = HistoryOf::from(of.clone());
        Some((event.id, viewer.sees(HistoryEvent { event, of: &of })))
    });
    let events = events.collect();
    let inquiries = stored.into_iter().map(|(id, inquiry)| (id, viewer.sees(inquiry))).collect();
    Ok(Things { found, inquiries, follow_ups, events, names })
}

fn follow_up(found: &Found) -> Option<FollowUpId> {
    match found {
        Found::FollowUp(id, _) => Some(*id),
        _ => None,
    }
}

fn event(found: &Found) -> Option<EventId> {
    match found {
        Found::Event(id, _) => Some(*id),
        _ => None,
    }
}

impl Things {
    /// In the order in which they were found.
    pub fn views(mut self) -> Result<Vec<ThingView>> {
        let found = std::mem::take(&mut self.found);
        found.iter().map(|found| self.view(found)).collect()
    }

    fn view(&mut self, found: &Found) -> Result<ThingView> {
        let gone = |id: String, inquiry_id| ThingView::Gone(Gone { id, inquiry_id, deleted: true });
        Ok(match found {
            Found::Inquiry(id) => match self.inquiries.remove(id) {
                Some(inquiry) => ThingView::Inquiry(Box::new(inquiry.into())),
                None => gone(id.to_string(), *id),
            },
            Found::FollowUp(id, inquiry) => match self.follow_ups.remove(id) {
                Some(follow_up) => ThingView::FollowUp(follow_up.into()),
                None => gone(id.to_string(), *inquiry),
            },
            Found::Event(id, inquiry) => match self.events.remove(id) {
                Some(event) => ThingView::Event(EventView::new(event, &self.names)?),
                None => gone(id.to_string(), *inquiry),
            },
        })
    }
}
