//! Renders the message of a notification when it is sent, from what is true then: the source of its delivery.
//! When it is tried and handed over is decided in `platform/delivery`, what a mail says in `messages.rs`.

use std::sync::Arc;

use chrono::DateTime;
use chrono_tz::Tz;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::messages::Message;
use super::model::{Notification, Status};
use super::notices;
use super::setting::Setting;
use super::store;
use super::unassigned::still_unassigned;
use crate::access::events::{PasswordResetAsked, UserInvited};
use crate::access::passwords::{PasswordLink, Purpose};
use crate::access::tokens::Keys;
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
use crate::kernel::email::is_address;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::{Id, NotificationId};
use crate::platform::db::{Db, Read};
use crate::platform::delivery::{self, Rendered, Source, SourceId};
use crate::platform::events::{self, Fact};
use crate::platform::mail::Letter;
use crate::{follow_ups, inquiries};

/// What has become of an inquiry, as the recipient sees it.
enum News {
    Assigned,
    Repeated(Seen<Repeated>),
    FollowUpDue(Seen<FollowUp>),
    /// How many lie in the pool by now.
    Unassigned(i64),
    /// When it goes back to the pool.
    RecycleWarned(Timestamp),
    /// What was not done in time, and the name of the owner.
    Escalated(SlaEscalated, String),
}

/// Why a message need not or cannot be sent.
const OVER: &str = "it is over: done, moved on or in the bin";
const INACTIVE: &str = "the recipient is inactive";

/// Renders notifications as letters.
pub struct Letters {
    pub db: Db,
    pub setting: Arc<Setting>,
    /// Make the links by which passwords are set.
    pub keys: Arc<Keys>,
}

/// What is true now, in the organisation's time zone, of the things that a message is about.
enum Snapshot {
    Inquiry {
        user: User,
        inquiry: Box<Seen<Inquiry>>,
        news: News,
        now: DateTime<Tz>,
    },
    /// A link by which the user sets a password.
    Link {
        user: User,
        link: PasswordLink,
        now: DateTime<Tz>,
    },
    /// Work of somebody who leaves.
    HandedOver {
        user: User,
        from: String,
        /// How many are theirs by now, and the first of them.
        count: usize,
        inquiries: Vec<Seen<Inquiry>>,
        now: DateTime<Tz>,
    },
    /// There is nothing to notify of any more, for this reason.
    Over(&'static str),
}

impl Source for Letters {
    fn message(&self, id: SourceId) -> BoxFuture<'_, Result<Rendered>> {
        async move {
            let looked_up = self.db.read(move |read| {
                let Some(notification) = store::by_id(read.conn, notification_id(id))? else {
                    return Ok(None);
                };
                let snapshot = snapshot(read, &notification)?;
                Ok(Some((notification, snapshot)))
            });
            let Some((notification, snapshot)) = looked_up.await? else {
                return Err(Error::internal("a delivery without its notification"));
            };
            self.render(&notification, snapshot)
        }
        .boxed()
    }

    fn name(&self, id: SourceId) -> String {
        notification_id(id).to_string()
    }

    fn tried(&self, status: delivery::Status) {
        let status = Status::of(status).word();
        metrics::counter!("leaddock_notifications_total", "status" => status).increment(1);
    }
}

fn notification_id(id: SourceId) -> NotificationId {
    Id::from_uuid(id.uuid())
}

impl Letters {
    fn render(&self, notification: &Notification, snapshot: Snapshot) -> Result<Rendered> {
        let letter = match snapshot {
            Snapshot::Over(reason) => return Ok(Rendered::Over(reason)),
            Snapshot::Inquiry { user, inquiry, news, now } => {
                about_inquiry(&self.setting, notification, user, &inquiry, &news, now)?
            }
            Snapshot::HandedOver { user, from, count, inquiries, now } => {
                let message = self.setting.handed_over(&user, &from, count, &inquiries)?;
                letter(notification, user, message, now)
            }
            Snapshot::Link { user, link, now } => {
                with_link(&self.setting, notification, user, &link, &self.keys.link_token(link.id)?, now)?
            }
        };
        Ok(Rendered::Ready(Box::new(letter)))
    }
}

/// Reads what a message is about.
fn snapshot(read: &mut Read<'_>, notification: &Notification) -> Result<Snapshot> {
    let Some(user) = access::store::by_id(read.conn, notification.user_id)?.filter(|user| user.active) else {
        return Ok(Snapshot::Over(INACTIVE));
    };
    let now = read.now.utc().with_timezone(&read.zone()?);
    let purpose = match notification.event.as_str() {
        UserInvited::KIND => Some(Purpose::Invitation),
        PasswordResetAsked::KIND => Some(Purpose::Reset),
        _ => None,
    };
    if let Some(purpose) = purpose {
        let living = access::passwords::store::living(read.conn, user.id, purpose, read.now)?;
        return Ok(living.map_or(Snapshot::Over(OVER), |link| Snapshot::Link { user, link, now }));
    }
    if notification.event == HandedOver::KIND {
        return handed_over(read, notification, user, now);
    }
    let viewer = Viewer::recipient(&user);
    let concerns = |inquiry: &Inquiry| concerns(&notification.event, inquiry, &user);
    let inquiry = match notification.inquiry_id {
        Some(_) if notification.event == Unassigned::KIND => {
            still_unassigned(read.conn, notification, concerns)?
        }
        Some(id) => inquiries::store::by_id(read.conn, id)?.filter(concerns),
        None => None,
    };
    let Some(inquiry) = inquiry else { return Ok(Snapshot::Over(OVER)) };
    let Some(news) = news(read, notification, &inquiry, &user)? else { return Ok(Snapshot::Over(OVER)) };
    Ok(Snapshot::Inquiry { user, inquiry: Box::new(viewer.sees(inquiry)), news, now })
}

/// Whether an inquiry is still the matter of whom a message is for. Owners hear of theirs, managers of what
/// has no owner, as far as it is their team's or no team's, and of deadlines that an owner lets pass.
fn concerns(event: &str, inquiry: &Inquiry, user: &User) -> bool {
    let is_owner = inquiry.assignee_id == Some(user.id);
    let leads = match user.role {
        Role::Agent => false,
        Role::Manager => inquiry.team_id.is_none() || inquiry.team_id == user.team_id,
        Role::Admin => true,
    };
    match event {
        Repeated::KIND => is_owner || inquiry.assignee_id.is_none() && leads,
        Unassigned::KIND => inquiry.assignee_id.is_none() && user.role != Role::Agent,
        SlaEscalated::KIND => is_owner || inquiry.assignee_id.is_some() && user.role != Role::Agent,
        _ => is_owner,
    }
}

/// Reads the work that somebody got, as far as it is still theirs.
fn handed_over(
    read: &mut Read<'_>,
    notification: &Notification,
    user: User,
    now: DateTime<Tz>,
) -> Result<Snapshot> {
    let event = events::by_id(read.conn, notification.event_id)?;
    let Some(fact) = event.map(|event| event.fact::<HandedOver>()).transpose()?.flatten() else {
        return Err(Error::internal("a hand-over without its fact"));
    };
    let viewer = Viewer::recipient(&user);
    let theirs = inquiries::store::owned_among(read.conn, user.id, &fact.inquiry_ids)?;
    let Some(listed) = theirs.get(..theirs.len().min(notices::LISTED)).filter(|listed| !listed.is_empty())
    else {
        return Ok(Snapshot::Over(OVER));
    };
    let from = access::store::by_id(read.conn, fact.from_user_id)?.map(|from| from.name);
    let inquiries = inquiries::store::by_ids(read.conn, listed)?;
    let inquiries = inquiries.into_iter().map(|inquiry| viewer.sees(inquiry)).collect();
    Ok(Snapshot::HandedOver { user, from: from.unwrap_or_default(), count: theirs.len(), inquiries, now })
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
            Ok(fact.map(|fact| News::Repeated(viewer.sees(RepeatedOf { fact, owner }))))
        }
        Due::KIND => {
            let Some(id) = notification.follow_up_id else { return Ok(None) };
            let planned = follow_ups::store::by_id(read.conn, id)?.filter(|plan| plan.done_at.is_none());
            Ok(planned.map(|plan| News::FollowUpDue(viewer.sees(plan))))
        }
        other => Err(Error::internal(format!("no message for the event {other}"))),
    }
}

/// Puts the mail with a link together. It answers to no thread, and to nobody.
fn with_link(
    setting: &Setting,
    notification: &Notification,
    user: User,
    link: &PasswordLink,
    token: &str,
    now: DateTime<Tz>,
) -> Result<Letter> {
    let message = setting.password_link(&user, link, token, now.timezone())?;
    Ok(letter(notification, user, message, now))
}

/// A mail that answers to no thread, and to nobody.
fn letter(notification: &Notification, user: User, message: Message, now: DateTime<Tz>) -> Letter {
    let Message { subject, text, html } = message;
    Letter {
        id: notification.id.to_string(),
        thread: None,
        to_name: user.name,
        to: user.email,
        reply_to: None,
        subject,
        text,
        html,
        date: now.to_utc(),
    }
}

/// Puts the mail about an inquiry together.
fn about_inquiry(
    setting: &Setting,
    notification: &Notification,
    user: User,
    inquiry: &Seen<Inquiry>,
    news: &News,
    now: DateTime<Tz>,
) -> Result<Letter> {
    let zone = now.timezone();
    let message = match news {
        News::Unassigned(waiting) => setting.unassigned(&user, inquiry, *waiting, zone)?,
        News::RecycleWarned(at) => setting.recycle_warned(&user, inquiry, *at, zone)?,
        News::Escalated(step, owner) => setting.escalated(&user, inquiry, step, owner, zone)?,
        News::Assigned => setting.assigned(&user, inquiry, zone)?,
        News::Repeated(repeated) => setting.repeated(&user, inquiry, repeated, zone)?,
        News::FollowUpDue(follow_up) => setting.follow_up_due(&user, inquiry, follow_up, zone)?,
    };
    let is_owner = inquiry.assignee_id == Some(user.id);
    let address = inquiry.content.items.email.as_ref();
    let reply_to = address.filter(|address| is_owner && is_address(address)).cloned();
    let thread = Some(inquiry.id.to_string());
    Ok(Letter { thread, reply_to, ..letter(notification, user, message, now) })
}
