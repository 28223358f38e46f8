//! The history of an inquiry as somebody sees it: what is hidden of its events.
//! How an event is written out is in `event_view.rs`. Hiding takes a while, and is done after the reading.

use std::cell::OnceCell;

use serde_json::{Map, Value};

use super::pool_view::{Masking, hidden_from, is_pool_only};
use super::stored::StoredInquiry;
use crate::access::{Viewable, Viewer};
use crate::kernel::id::UserId;
use crate::platform::db::types::JsonText;
use crate::platform::events::Event;

/// What the events of an inquiry are shown by: who owns it, and what is known of it to hide by.
pub struct HistoryOf {
    owner: Option<UserId>,
    inquiry: Option<StoredInquiry>,
    masking: OnceCell<Masking>,
}

impl HistoryOf {
    /// One of which nothing has to be hidden.
    pub fn owned_by(owner: Option<UserId>) -> Self {
        Self { owner, inquiry: None, masking: OnceCell::new() }
    }

    /// Whether it takes a while to show it to somebody.
    pub fn is_masked_for(&self, viewer: &Viewer) -> bool {
        is_pool_only(self.owner, viewer)
    }

    fn masking(&self, viewer: &Viewer) -> Option<&Masking> {
        let inquiry = self.inquiry.as_ref()?;
        Some(self.masking.get_or_init(|| Masking::of(inquiry, &hidden_from(viewer))))
    }
}

impl From<StoredInquiry> for HistoryOf {
    fn from(inquiry: StoredInquiry) -> Self {
        Self { owner: inquiry.assignee_id, inquiry: Some(inquiry), masking: OnceCell::new() }
    }
}

/// An event of the history of an inquiry.
pub struct HistoryEvent<'a> {
    pub event: Event,
    /// For one viewer.
    pub of: &'a HistoryOf,
}

impl Viewable for HistoryEvent<'_> {
    type Shown = Event;

    fn seen_by(self, viewer: &Viewer) -> Event {
        let Self { event, of } = self;
        if !of.is_masked_for(viewer) {
            return event;
        }
        match of.masking(viewer) {
            Some(masking) => with_members(event, |members| masking.event(members)),
            None => only_ids(event),
        }
    }
}

/// The event by which somebody lost an inquiry, to them.
pub struct LostBy(pub Event);

impl Viewable for LostBy {
    type Shown = Event;

    /// Only who is meant: it is not theirs any more.
    fn seen_by(self, _: &Viewer) -> Event {
        only_ids(self.0)
    }
}

fn only_ids(event: Event) -> Event {
    with_members(event, |members| members.retain(|name, _| name.ends_with("_id")))
}

fn with_members(event: Event, change: impl Fn(&mut Map<String, Value>)) -> Event {
    let changed = |text: &JsonText| {
        let mut members: Map<String, Value> = text.parse().unwrap_or_default();
        change(&mut members);
        JsonText::of(&members).unwrap_or_else(|_| JsonText::of_text("{}".to_owned()))
    };
    let (data, previous) = (changed(&event.data), event.previous.as_ref().map(changed));
    Event { data, previous, ..event }
}
