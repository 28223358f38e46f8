//! Where an inquiry went, step by step, from its events and what was stored of each decision.
//! Who may read it, and how it is shown, is in `api.rs`.

use std::collections::HashMap;

use serde::Deserialize;

use super::model::Detail;
use super::store;
use crate::access;
use crate::inquiries::events::{Assigned, Claimed, RecycleReason, Recycled, Released, Trigger, Unassigned};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::{EventId, InquiryId, UserId};
use crate::kernel::page::{Page, PageRequest};
use crate::platform::db::types::JsonText;
use crate::platform::db::{Actor, Read};
use crate::platform::events::{self, Event, Fact};

/// The events that say where an inquiry went. That it came, or was declined, is one if a rule left it in the
/// pool without another event: then there is an explanation of it.
const KINDS: [&str; 5] = [Assigned::KIND, Claimed::KIND, Released::KIND, Recycled::KIND, Unassigned::KIND];

/// An inquiry went from somebody, or nobody, to somebody, or nobody.
pub struct OwnershipChange {
    pub id: EventId,
    pub at: Timestamp,
    pub trigger: Trigger,
    pub actor: Actor,
    pub previous_assignee_id: Option<UserId>,
    pub assignee_id: Option<UserId>,
    /// Where a rule decided: why.
    pub detail: Option<Detail>,
}

/// Who owns it, in what an event says.
#[derive(Default, Deserialize)]
struct Owner {
    #[serde(default)]
    assignee_id: Option<UserId>,
}

/// What was stored of the decision, and the event that announced it.
type Step = (Option<JsonText>, Event);

/// The steps of an inquiry, the latest first. The caller has shown that it is within reach.
pub fn page(read: &mut Read<'_>, id: InquiryId, page: &PageRequest) -> Result<Page<OwnershipChange>> {
    let decided = store::of_inquiry(read.conn, id)?;
    let explained: Vec<EventId> = decided.iter().map(|(event, _)| *event).collect();
    let departures: Vec<EventId> = decided.iter().filter_map(|(_, departure)| *departure).collect();
    let steps = events::Choice::about(id, &KINDS).with(&explained).without(&departures);
    let load = |after, limit| {
        let events = steps.newest(read.conn, after, limit)?;
        let ids: Vec<EventId> = events.iter().map(|event| event.id).collect();
        let mut details: HashMap<EventId, JsonText> = store::details(read.conn, &ids)?.into_iter().collect();
        Ok(events.into_iter().map(|event| (details.remove(&event.id), event)).collect())
    };
    let size = |(detail, event): &Step| event.size() + detail.as_ref().map_or(0, JsonText::len);
    let page =
        Page::gather(page, load, size, |(_, event)| event.id)?.counted(page, || steps.count(read.conn))?;
    page.try_map(|(detail, event)| {
        OwnershipChange::of(event, detail.map(|detail| detail.parse()).transpose()?)
    })
}

impl OwnershipChange {
    fn of(event: Event, detail: Option<Detail>) -> Result<Self> {
        let after: Owner = event.data.parse()?;
        let before: Option<Owner> = event.previous.as_ref().map(|previous| previous.parse()).transpose()?;
        let trigger = match &detail {
            Some(detail) => detail.trigger,
            None => trigger_of(&event)?,
        };
        let lost_by = detail.as_ref().and_then(|detail| detail.previous);
        Ok(Self {
            id: event.id,
            at: event.at,
            trigger,
            actor: event.actor,
            previous_assignee_id: lost_by.or(before.and_then(|before| before.assignee_id)),
            assignee_id: after.assignee_id,
            detail,
        })
    }

    /// Whose names are shown.
    pub fn people(&self) -> Vec<UserId> {
        let candidates = self.detail.iter().flat_map(|detail| &detail.candidates);
        let rules = self.detail.iter().flat_map(|detail| &detail.rules);
        let passed_over = rules.flat_map(|rule| &rule.passed_over).map(|(user, _)| *user);
        let candidates = candidates.map(|one| one.candidate().user_id);
        candidates.chain(passed_over).chain(access::user_of(&self.actor)).collect()
    }
}

/// What made somebody an owner, or nobody, where no rule decided.
fn trigger_of(event: &Event) -> Result<Trigger> {
    Ok(match event.kind.as_str() {
        Assigned::KIND => event.fact::<Assigned>()?.map_or(Trigger::Manual, |fact| fact.trigger),
        Released::KIND => event.fact::<Released>()?.map_or(Trigger::Release, |fact| fact.trigger),
        Recycled::KIND => match event.fact::<Recycled>()?.map(|fact| fact.reason) {
            Some(RecycleReason::Escalated) => Trigger::Escalation,
            _ => Trigger::Recycle,
        },
        Claimed::KIND => Trigger::Claim,
        _ => Trigger::Received,
    })
}
