//! What is true now of the things that a message is about, as its recipient sees them.
//! What is written of it is in `letters.rs`.

use chrono::DateTime;
use chrono_tz::Tz;

use super::lists::{LISTED, Receiver, SwitchedOff};
use crate::access::events::{PasswordResetAsked, UserInvited};
use crate::access::passwords::{PasswordLink, Purpose};
use crate::access::{self, Permission, Role, Scope, Seen, User, Viewer};
use crate::assignment::hand_over::events::HandedOver;
use crate::assignment::terms::events::SlaEscalated;
use crate::assignment::terms::{Deadline, EscalationAction};
use crate::follow_ups::FollowUp;
use crate::follow_ups::events::Due;
use crate::inquiries::Inquiry;
use crate::inquiries::events::{Assigned, RecycleWarned, Repeated, Unassigned};
use crate::inquiries::view::RepeatedOf;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Error, Result};
use crate::notifications::catalogue::REASSIGNED_AWAY;
use crate::notifications::digest::{self, DigestContent};
use crate::notifications::events::{ChannelDisabled, DigestDue, DisabledReason, WebhookDisabled};
use crate::notifications::model::Notification;
use crate::notifications::unassigned::still_unassigned;
use crate::notifications::{robots, store, webhooks};
use crate::platform::db::Read;
use crate::platform::events::{self, Fact};
use crate::platform::outbound::shown_address;
use crate::reports::schedules;
use crate::reports::schedules::events::ScheduleDisabled;
use crate::{follow_ups, inquiries};

/// What has become of an inquiry, as the recipient sees it.
pub enum News {
    Assigned,
    Repeated(Seen<Repeated>),
    FollowUpDue(Seen<FollowUp>),
    /// How many lie in the pool by now.
    Unassigned(i64),
    /// When it goes back to the pool.
    RecycleWarned(Timestamp),
    /// What was not done in time, and the name of the owner.
    Escalated(SlaEscalated, String),
    /// The name of whoever has it now; none: nobody has.
    ReassignedAway(Option<String>),
}

/// Why a message need not or cannot be sent.
pub const OVER: &str = "it is over: done, moved on or in the bin";
pub const INACTIVE: &str = "the recipient is inactive";

/// What is true now of what a notification is about.
pub enum Snapshot {
    Inquiry {
        inquiry: Box<Seen<Inquiry>>,
        news: News,
    },
    /// A link by which the user sets a password.
    Link(PasswordLink),
    /// Work of somebody who leaves.
    HandedOver {
        from: String,
        /// How many are theirs by now, and the first of them.
        count: usize,
        inquiries: Vec<Seen<Inquiry>>,
    },
    Digest(DigestContent),
    SwitchedOff(SwitchedOff),
    /// There is nothing to notify of any more, for this reason.
    Over(&'static str),
}

/// A recipient, and the moment at which they are written to, in the organisation's time zone.
pub struct Recipient {
    pub user: User,
    pub now: DateTime<Tz>,
}

impl Recipient {
    pub fn moment(&self) -> Timestamp {
        self.now.to_utc().into()
    }
}

/// Who a notification is for; none if they are inactive.
pub fn recipient(read: &mut Read<'_>, notification: &Notification) -> Result<Option<Recipient>> {
    let user = access::store::by_id(read.conn, notification.user_id)?.filter(|user| user.active);
    let now = read.now.utc().with_timezone(&read.zone()?);
    Ok(user.map(|user| Recipient { user, now }))
}

/// Reads what is true now.
pub fn snapshot(read: &mut Read<'_>, notification: &Notification, user: &User) -> Result<Snapshot> {
    let purpose = match notification.event.as_str() {
        UserInvited::KIND => Some(Purpose::Invitation),
        PasswordResetAsked::KIND => Some(Purpose::Reset),
        _ => None,
    };
    if let Some(purpose) = purpose {
        let living = access::passwords::store::living(read.conn, user.id, purpose, read.now)?;
        return Ok(living.map_or(Snapshot::Over(OVER), Snapshot::Link));
    }
    match notification.event.as_str() {
        HandedOver::KIND => return handed_over(read, notification, user),
        DigestDue::KIND => {
            let content = digest::read(read, user)?;
            let is_empty = content.is_empty();
            return Ok(if is_empty { Snapshot::Over(OVER) } else { Snapshot::Digest(content) });
        }
        ScheduleDisabled::KIND => {
            let off = schedule_off(read, notification)?;
            return Ok(off.map_or(Snapshot::Over(OVER), Snapshot::SwitchedOff));
        }
        WebhookDisabled::KIND | ChannelDisabled::KIND => {
            let off = switched_off(read, notification)?;
            return Ok(off.map_or(Snapshot::Over(OVER), Snapshot::SwitchedOff));
        }
        _ => {}
    }
    let viewer = Viewer::recipient(user);
    let concerns = |inquiry: &Inquiry| concerns(&notification.event, inquiry, user);
    let inquiry = match notification.inquiry_id {
        Some(_) if notification.event == Unassigned::KIND => {
            still_unassigned(read.conn, notification, concerns)?
        }
        Some(id) => inquiries::store::by_id(read.conn, id)?.filter(concerns),
        None => None,
    };
    let Some(inquiry) = inquiry else { return Ok(Snapshot::Over(OVER)) };
    let Some(news) = news(read, notification, &inquiry, user)? else { return Ok(Snapshot::Over(OVER)) };
    Ok(Snapshot::Inquiry { inquiry: Box::new(viewer.sees(inquiry)), news })
}

/// Reads what was switched off; none if it is deleted by now.
fn switched_off(read: &mut Read<'_>, notification: &Notification) -> Result<Option<SwitchedOff>> {
    if notification.event == WebhookDisabled::KIND {
        let Some(fact) = fact::<WebhookDisabled>(read, notification)? else { return Ok(None) };
        let hook = webhooks::store::by_id(read.conn, fact.webhook_id)?;
        return Ok(hook.map(|hook| SwitchedOff {
            what: Receiver::Webhook,
            id: hook.id.to_string(),
            address: Some(shown_address(&hook.url)),
            name: hook.description,
            reason: fact.reason,
            error: None,
        }));
    }
    let Some(fact) = fact::<ChannelDisabled>(read, notification)? else { return Ok(None) };
    let robot = robots::store::by_id(read.conn, fact.channel_id)?;
    Ok(robot.map(|robot| SwitchedOff {
        what: Receiver::Robot,
        id: robot.id.to_string(),
        address: Some(shown_address(&robot.url)),
        name: Some(robot.name),
        reason: fact.reason,
        error: robot.last_error.map(|error| error.0.message),
    }))
}

/// Reads which schedule was switched off; none if it is deleted by now, or on again.
fn schedule_off(read: &mut Read<'_>, notification: &Notification) -> Result<Option<SwitchedOff>> {
    let Some(fact) = fact::<ScheduleDisabled>(read, notification)? else { return Ok(None) };
    let name = schedules::actions::name_if_off(read.conn, fact.schedule_id)?;
    Ok(name.map(|name| SwitchedOff {
        what: Receiver::ReportSchedule,
        id: fact.schedule_id.to_string(),
        address: None,
        name: Some(name),
        reason: DisabledReason::Failing,
        error: None,
    }))
}

/// Whether an inquiry is still the matter of whom a message is for. Owners hear of theirs, managers of what
/// has no owner, and of deadlines that an owner lets pass.
fn concerns(event: &str, inquiry: &Inquiry, user: &User) -> bool {
    let is_owner = inquiry.assignee_id == Some(user.id);
    let leads = user.role != Role::Agent;
    match event {
        REASSIGNED_AWAY => !is_owner,
        Repeated::KIND => is_owner || inquiry.assignee_id.is_none() && leads,
        Unassigned::KIND => inquiry.assignee_id.is_none() && leads,
        SlaEscalated::KIND => is_owner || inquiry.assignee_id.is_some() && leads,
        _ => is_owner,
    }
}

/// Reads the work that somebody got, as far as it is still theirs.
fn handed_over(read: &mut Read<'_>, notification: &Notification, user: &User) -> Result<Snapshot> {
    let Some(fact) = fact::<HandedOver>(read, notification)? else {
        return Err(Error::internal("a hand-over without its fact"));
    };
    let viewer = Viewer::recipient(user);
    let theirs = inquiries::store::owned_among(read.conn, user.id, &fact.inquiry_ids)?;
    let Some(listed) = theirs.get(..theirs.len().min(LISTED)).filter(|listed| !listed.is_empty()) else {
        return Ok(Snapshot::Over(OVER));
    };
    let from = access::store::by_id(read.conn, fact.from_user_id)?.map(|from| from.name);
    let inquiries = inquiries::store::by_ids(read.conn, listed)?;
    let inquiries = inquiries.into_iter().map(|inquiry| viewer.sees(inquiry)).collect();
    Ok(Snapshot::HandedOver { from: from.unwrap_or_default(), count: theirs.len(), inquiries })
}

/// The fact of the event that a notification is about.
fn fact<F: Fact>(read: &mut Read<'_>, notification: &Notification) -> Result<Option<F>> {
    let event = events::by_id(read.conn, notification.event_id)?;
    event.map(|event| event.fact::<F>()).transpose().map(Option::flatten)
}

/// Reads what a notification about an inquiry is about; none if that is over.
fn news(
    read: &mut Read<'_>,
    notification: &Notification,
    inquiry: &Inquiry,
    user: &User,
) -> Result<Option<News>> {
    let viewer = Viewer::recipient(user);
    match notification.event.as_str() {
        Assigned::KIND => Ok(Some(News::Assigned)),
        REASSIGNED_AWAY => {
            let owner = inquiry.assignee_id.map(|owner| access::store::by_id(read.conn, owner));
            let owner = owner.transpose()?.flatten().map(|owner| owner.name);
            Ok(Some(News::ReassignedAway(owner)))
        }
        Unassigned::KIND => {
            let reach = Permission::ReadPool.reach(user.role);
            let scope = Scope { user: user.id, team: user.team_id, reach };
            let waiting = inquiries::store::count_pool(read.conn, &scope)?;
            Ok(Some(News::Unassigned(waiting)))
        }
        RecycleWarned::KIND => {
            // What was done since may have put it off.
            let at = inquiry.deadlines.recycle_at.filter(|_| inquiry.deadlines.recycle_warned_at.is_some());
            Ok(at.map(News::RecycleWarned))
        }
        SlaEscalated::KIND => {
            let Some(step) = fact::<SlaEscalated>(read, notification)? else { return Ok(None) };
            let runs = match step.on {
                Deadline::Accept => inquiry.deadlines.accept_due_at,
                Deadline::FirstContact => inquiry.deadlines.first_contact_due_at,
            };
            // It is over once they have done it, or somebody else has it.
            let is_theirs = inquiry.assignee_id == Some(step.assignee_id) && runs.is_some();
            let is_meant = step.r#do != EscalationAction::RemindOwner || step.assignee_id == user.id;
            let Some(owner) = inquiry.assignee_id.filter(|_| is_theirs && is_meant) else {
                return Ok(None);
            };
            let owner = access::store::by_id(read.conn, owner)?.map(|owner| owner.name);
            Ok(Some(News::Escalated(step, owner.unwrap_or_default())))
        }
        Repeated::KIND => {
            let fact = fact::<Repeated>(read, notification)?;
            let owner = inquiry.assignee_id;
            // It may have come to another team since.
            if owner.is_none() && !store::managers_of_or_all(read.conn, inquiry.team_id)?.contains(&user.id) {
                return Ok(None);
            }
            Ok(fact.map(|fact| News::Repeated(viewer.sees(RepeatedOf { fact, owner }))))
        }
        Due::KIND => {
            let Some(due) = fact::<Due>(read, notification)? else { return Ok(None) };
            // Another moment is reminded of then.
            let is_due = |plan: &FollowUp| plan.done_at.is_none() && plan.due_at == Some(due.due_at);
            let plan = follow_ups::store::by_id(read.conn, due.follow_up_id)?.filter(is_due);
            Ok(plan.map(|plan| News::FollowUpDue(viewer.sees(plan))))
        }
        other => Err(Error::internal(format!("no message for the event {other}"))),
    }
}
