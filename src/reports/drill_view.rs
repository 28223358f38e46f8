//! What is behind a figure as it is shown: inquiries, follow-ups and events as they are now.
//! They are read in `things.rs`.

use serde::Serialize;
use utoipa::ToSchema;

use super::drill::Found;
use super::things::{self, Things};
use crate::access::Caller;
use crate::follow_ups::api::FollowUpView;
use crate::inquiries::event_view::EventView;
use crate::inquiries::view::InquiryView;
use crate::kernel::error::Result;
use crate::kernel::id::{InquiryId, UserId};
use crate::platform::db::DbConnection;

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

/// Reads things on a caller's behalf, in the order in which they were found.
pub fn views(conn: &mut DbConnection, caller: &Caller, found: &[Found]) -> Result<Vec<ThingView>> {
    let mut things = things::read(conn, caller, found)?;
    let names = EventView::names(conn, things.events.values().map(|event| &**event))?;
    found.iter().map(|found| view(&mut things, &names, found)).collect()
}

fn view(things: &mut Things, names: &[(UserId, String)], found: &Found) -> Result<ThingView> {
    let inquiry_id = found.inquiry();
    let gone = |id: String| ThingView::Gone(Gone { id, inquiry_id, deleted: true });
    Ok(match found {
        Found::Inquiry(id) => match things.inquiries.remove(id) {
            Some(inquiry) => ThingView::Inquiry(Box::new(inquiry.into())),
            None => gone(id.to_string()),
        },
        Found::FollowUp(id, _) => match things.follow_ups.remove(id) {
            Some(follow_up) => ThingView::FollowUp(follow_up.into()),
            None => gone(id.to_string()),
        },
        Found::Event(id, _) => match things.events.remove(id) {
            Some(event) => ThingView::Event(EventView::new(event, names)?),
            None => gone(id.to_string()),
        },
    })
}
