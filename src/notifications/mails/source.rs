//! The source of mails in the delivery queue: has the letter of a notification written when it is sent, from
//! what is true then, together with what waits to leave with it. When it is tried is decided in
//! `platform/delivery`, what is written in `letters.rs`.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::letters::{Part, Writer};
use super::report_mail::{ReportMail, ReportMails};
use super::snapshot::{INACTIVE, News, OVER, Recipient, Snapshot, recipient, snapshot};
use crate::access::events::{PasswordResetAsked, UserInvited};
use crate::access::{User, Viewer};
use crate::calendar::actions::working_time;
use crate::follow_ups::events::Due;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Class, Error, Result};
use crate::kernel::id::{FollowUpId, Id, InquiryId, NotificationId, UserId};
use crate::notifications::enqueue::minute_of;
use crate::notifications::model::{Notification, Status};
use crate::notifications::{preferences, store};
use crate::platform::db::{Db, Read, Tx};
use crate::platform::delivery::{self, Delivery, Rendered, Source, SourceId, Tried};
use crate::platform::events::{self, Fact};
use crate::reports::schedules;
use crate::reports::schedules::events::Scheduled;
use crate::{follow_ups, inquiries};

/// Notifications that leave as one message, at most.
const TOGETHER_MAX: i64 = 100;
/// Plans of everybody that are looked at in one minute.
const MINUTE_MAX: i64 = 1_000;
/// How long one waits that is not the first of those that it leaves with.
const BEHIND_FIRST: chrono::Duration = chrono::Duration::seconds(2);
/// How long it is remembered what a message holds whose outcome was never noted.
const REMEMBERED: Duration = Duration::from_secs(600);

/// Has the letters of notifications written.
pub struct MailSource {
    pub db: Db,
    pub writer: Writer,
    pub reports: ReportMails,
    /// What the messages on their way hold beyond the notification that they are named after.
    pub on_their_way: OnTheirWay,
}

/// What messages hold, by the id of their delivery.
#[derive(Default)]
pub struct OnTheirWay(Mutex<HashMap<SourceId, (Instant, Together)>>);

/// What leaves with a message.
#[derive(Debug, Clone)]
struct Together {
    user: UserId,
    notifications: Vec<SourceId>,
    /// Plans that it names before they are due.
    plans: Vec<(FollowUpId, Timestamp)>,
}

impl OnTheirWay {
    fn remember(&self, message: SourceId, what: Together) {
        let mut on_their_way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        on_their_way.retain(|_, (at, _)| at.elapsed() < REMEMBERED);
        on_their_way.insert(message, (Instant::now(), what));
    }

    fn of(&self, message: SourceId) -> Option<Together> {
        let on_their_way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        on_their_way.get(&message).map(|(_, what)| what.clone())
    }
}

/// What leaves as one message.
struct Ready {
    to: Recipient,
    /// The first of them gives the name.
    parts: Vec<Part>,
    is_of_plans: bool,
    /// Plans that are not due yet.
    ahead: Vec<Part>,
}

/// What is to be sent under the name of a notification.
enum Found {
    Ready(Box<Ready>),
    Over(&'static str),
    /// The reports of a schedule.
    Reports(Box<ReportMail>),
    /// Not before this moment: another one is the first, or it is quiet.
    Behind(Timestamp),
    /// A message has named it already.
    Named(String),
}

impl Source for MailSource {
    fn message(&self, id: SourceId) -> BoxFuture<'_, Result<Rendered>> {
        async move {
            let found = self.db.read(move |read| {
                let notification = store::by_id(read.conn, notification_id(id))?;
                let notification =
                    notification.ok_or_else(|| Error::internal("a delivery without its notification"))?;
                find(read, notification)
            });
            match found.await? {
                Found::Over(reason) => Ok(Rendered::Over(reason)),
                Found::Behind(at) => Ok(Rendered::Later(at)),
                Found::Named(message) => Ok(Rendered::LeftWith(Some(message))),
                Found::Reports(mail) => self.reports.render(&self.db, &self.writer, *mail).await,
                Found::Ready(ready) => self.write(id, *ready).await,
            }
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

    fn note(&self, tx: &mut Tx<'_>, delivery: &Delivery, tried: &Tried) -> Result<()> {
        if delivery.status == delivery::Status::Dead {
            // It may have been one of a schedule that only fails.
            return schedules::review_later(tx, notification_id(delivery.id));
        }
        if delivery.status != delivery::Status::Delivered {
            return Ok(());
        }
        let Some(with) = self.on_their_way.of(delivery.id) else { return Ok(()) };
        let message_id = delivery.message_id.as_deref();
        delivery::store::left_with(tx, &with.notifications, tried.at, message_id)?;
        store::note_reminded(tx, with.user, &with.plans, message_id.unwrap_or_default())
    }
}

fn notification_id(id: SourceId) -> NotificationId {
    Id::from_uuid(id.uuid())
}

impl MailSource {
    async fn write(&self, id: SourceId, ready: Ready) -> Result<Rendered> {
        let Ready { to, parts, is_of_plans, ahead } = ready;
        let notifications = parts.iter().skip(1).map(|(one, _)| delivery::store::id_for(one.id)).collect();
        let plans = ahead.iter().filter_map(|(_, snapshot)| plan_of(snapshot)).collect();
        self.on_their_way.remember(id, Together { user: to.user.id, notifications, plans });
        let all: Vec<Part> = parts.into_iter().chain(ahead).collect();
        let writer = self.writer.clone();
        // Reading texts for what a subject must not show keeps a processor busy.
        let writing = tokio::task::spawn_blocking(move || match &all[..] {
            [one] => writer.letter(&to, one),
            _ => writer.together(&to, &all, is_of_plans),
        });
        let letter = writing.await.map_err(Error::internal)??;
        Ok(letter.map_or(Rendered::Over(OVER), |letter| Rendered::Ready(Box::new(letter))))
    }
}

fn plan_of(snapshot: &Snapshot) -> Option<(FollowUpId, Timestamp)> {
    match snapshot {
        Snapshot::Inquiry { news: News::FollowUpDue(plan), .. } => Some((plan.id, plan.due_at?)),
        _ => None,
    }
}

/// Finds what is to be sent under the name of a notification.
fn find(read: &mut Read<'_>, notification: Notification) -> Result<Found> {
    let to = recipient(read, &notification)?;
    if notification.event == Scheduled::KIND {
        return Ok(match (quiet_until(read, &notification)?, &to) {
            (Some(end), Some(_)) => Found::Behind(end),
            _ => Found::Reports(Box::new(ReportMail { notification, to })),
        });
    }
    let Some(to) = to else { return Ok(Found::Over(INACTIVE)) };
    if let Some(message) = named_before(read, &notification)? {
        return Ok(Found::Named(message));
    }
    if let Some(end) = quiet_until(read, &notification)? {
        return Ok(Found::Behind(end));
    }
    let first = snapshot(read, &notification, &to.user)?;
    if let Snapshot::Over(reason) = first {
        return Ok(Found::Over(reason));
    }
    let Some(batch) = notification.batch.clone() else {
        let parts = vec![(notification, first)];
        let ready = Ready { to, parts, is_of_plans: false, ahead: Vec::new() };
        return Ok(Found::Ready(Box::new(ready)));
    };
    let waiting = store::waiting_in_batch(read.conn, to.user.id, &batch, TOGETHER_MAX)?;
    let mut parts = Vec::new();
    let mut own = Some(first);
    for (one, next) in waiting {
        let is_own = one.id == notification.id;
        let snapshot = match own.take_if(|_| is_own) {
            Some(first) => first,
            None => match snapshot(read, &one, &to.user) {
                // It fails when it is tried itself, and holds the others up no longer.
                Err(error) if error.class() != Class::Unavailable => {
                    tracing::warn!(notification = %one.id, error = %error.chain(), "it cannot be read");
                    continue;
                }
                read => read?,
            },
        };
        if matches!(snapshot, Snapshot::Over(_)) {
            continue;
        }
        if parts.is_empty() && !is_own {
            let later = read.now.plus(BEHIND_FIRST);
            return Ok(Found::Behind(next.map_or(later, |next| next.max(later))));
        }
        parts.push((one, snapshot));
    }
    if let (Some(first), true) = (own, parts.is_empty()) {
        // It has left with the first of them while it was on its way here, or more wait before it than leave
        // together.
        let left_with = delivery::store::left_as(read.conn, delivery::store::id_for(notification.id))?;
        if let Some(message) = left_with {
            return Ok(Found::Named(message));
        }
        parts.push((notification, first));
    }
    let minute = minute_of(&batch);
    let ahead = match (minute, parts.first()) {
        (Some(minute), Some((first, _))) => plans_ahead(read, &to.user, minute, first, &parts)?,
        _ => Vec::new(),
    };
    Ok(Found::Ready(Box::new(Ready { to, parts, is_of_plans: minute.is_some(), ahead })))
}

/// When the quiet hours end that its recipient has now; none if they have none, or it obeys none. A message
/// of the day may be tried again at night.
fn quiet_until(read: &mut Read<'_>, notification: &Notification) -> Result<Option<Timestamp>> {
    if matches!(notification.event.as_str(), UserInvited::KIND | PasswordResetAsked::KIND) {
        return Ok(None);
    }
    let Some(quiet) = preferences::store::of(read.conn, notification.user_id)?.quiet_hours else {
        return Ok(None);
    };
    let working = working_time(read.conn, read.zone.default_of())?;
    Ok(quiet.end(read.now, &working))
}

/// The message that has named the plan of a notification before it was due.
fn named_before(read: &mut Read<'_>, notification: &Notification) -> Result<Option<String>> {
    let Some(plan) = notification.follow_up_id else { return Ok(None) };
    let event = events::by_id(read.conn, notification.event_id)?;
    let Some(due) = event.map(|event| event.fact::<Due>()).transpose()?.flatten() else { return Ok(None) };
    store::reminded_with(read.conn, plan, notification.user_id, due.due_at)
}

/// The plans of the same minute that are not announced yet: a message about the first of them names all.
fn plans_ahead(
    read: &mut Read<'_>,
    user: &User,
    minute: (Timestamp, Timestamp),
    first: &Notification,
    parts: &[Part],
) -> Result<Vec<Part>> {
    let named: Vec<FollowUpId> = parts.iter().filter_map(|(one, _)| one.follow_up_id).collect();
    // By the moment first: those of one minute are few, those of one person may be many.
    let mut plans = follow_ups::store::planned_within(read.conn, minute, MINUTE_MAX)?;
    plans.retain(|plan| plan.announced_due_at.is_none() && !named.contains(&plan.id));
    let of: Vec<InquiryId> = plans.iter().map(|plan| plan.inquiry_id).collect();
    let own = inquiries::store::owned_among(read.conn, user.id, &of)?;
    let viewer = Viewer::recipient(user);
    let mut ahead = Vec::new();
    for plan in plans.into_iter().filter(|plan| own.contains(&plan.inquiry_id)) {
        if parts.len() + ahead.len() >= usize::try_from(TOGETHER_MAX).unwrap_or(usize::MAX) {
            break;
        }
        let Some(inquiry) = inquiries::store::by_id(read.conn, plan.inquiry_id)? else { continue };
        let notification = Notification {
            event: Due::KIND.to_owned(),
            inquiry_id: Some(inquiry.id),
            follow_up_id: Some(plan.id),
            ..first.clone()
        };
        let news = News::FollowUpDue(viewer.sees(plan));
        ahead.push((notification, Snapshot::Inquiry { inquiry: Box::new(viewer.sees(inquiry)), news }));
    }
    Ok(ahead)
}
