//! Delivers what waits: leases it, puts the mail together, hands it over, and notes what came of it.
//! Whatever happens to one message stops no other.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

use chrono::Duration;
use futures_util::FutureExt;
use futures_util::stream::{self, StreamExt};
use serde_json::{Map, Value};

use super::messages::{Message, Setting};
use super::model::{Notification, Status, next_attempt};
use super::store::{self, Tried};
use crate::access::events::{PasswordResetAsked, UserInvited};
use crate::access::passwords::{PasswordLink, Purpose};
use crate::access::tokens::Keys;
use crate::access::{self, Role, User};
use crate::follow_ups::FollowUp;
use crate::follow_ups::events::Due;
use crate::inquiries::Inquiry;
use crate::inquiries::events::{Assigned, Repeated};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::{NotificationId, random_bytes};
use crate::platform::db::{Context, Db, Read};
use crate::platform::events::{self, Fact};
use crate::platform::jobs::Next;
use crate::platform::mail::{Failure, Letter, Mailer, Outage, message_id};
use crate::{follow_ups, inquiries};

/// Messages that one look takes.
const BATCH: i64 = 50;
/// Messages that are looked up at a time, so that what they say is not long known when they leave.
const SNAPSHOT_AT_ONCE: usize = 10;
/// Outcomes that are noted together, and how long the first of them may wait for that.
const NOTED_TOGETHER: usize = 50;
const NOTED_WITHIN: std::time::Duration = std::time::Duration::from_millis(50);
/// Messages that are handed over at the same time.
const AT_ONCE: usize = 4;
/// Whoever dies with a lease holds its messages up for this long. Nobody works past it: what has not been
/// begun in time is left to the next look, and a handing over ends in time.
const LEASE: Duration = Duration::seconds(75);
const BEGUN_WITHIN: std::time::Duration = std::time::Duration::from_secs(25);
const HANDED_OVER_WITHIN: std::time::Duration = std::time::Duration::from_secs(40);
/// Tries of a message that cannot even be put together.
const BROKEN_TRIES: i32 = 5;

/// What delivering needs.
#[derive(Clone)]
pub struct Delivery {
    pub db: Db,
    pub mailer: Mailer,
    pub setting: Arc<Setting>,
    /// Make the links by which passwords are set.
    pub keys: Arc<Keys>,
    pub outage: Arc<Outage>,
}

/// Why a message need not or cannot be sent.
const OVER: &str = "it is over: done, moved on or in the bin";
const INACTIVE: &str = "the recipient is inactive";

/// What is true now of the things that a message is about.
enum Snapshot {
    Inquiry {
        user: User,
        inquiry: Box<Inquiry>,
        follow_up: Option<FollowUp>,
        /// What the inquirer said, if they asked again.
        words: Option<Map<String, Value>>,
        now: Timestamp,
    },
    /// A link by which the user sets a password.
    Link { user: User, link: PasswordLink, now: Timestamp },
    /// Not to be told any more, for this reason.
    Over(&'static str),
}

impl Delivery {
    /// Delivers one batch of what waits.
    pub async fn deliver(&self) -> Result<Next> {
        let ids = self.db.read(|read| store::waiting(read.conn, read.now, BATCH)).await?;
        if ids.is_empty() {
            return Ok(Next::Wait);
        }
        let more = i64::try_from(ids.len()).unwrap_or(BATCH) >= BATCH;
        let leased = self.db.write(Context::system(), move |tx| store::lease(tx, &ids, LEASE)).await?;
        let portions: Vec<Vec<Notification>> = leased.chunks(SNAPSHOT_AT_ONCE).map(<[_]>::to_vec).collect();
        let began = Instant::now();
        let in_time =
            stream::iter(portions).take_while(|_| std::future::ready(began.elapsed() < BEGUN_WITHIN));
        let ready = in_time.then(|portion| self.snapshot(portion)).flat_map(stream::iter);
        let tried = ready
            .map(|(notification, snapshot)| self.deliver_one(notification, snapshot))
            .buffer_unordered(AT_ONCE);
        // A commit for each outcome would cost more than the mails.
        let mut outcomes = pin!(tokio_stream::StreamExt::chunks_timeout(tried, NOTED_TOGETHER, NOTED_WITHIN));
        while let Some(outcomes) = outcomes.next().await {
            self.note(outcomes).await;
        }
        Ok(if more { Next::Again } else { Next::Wait })
    }

    async fn snapshot(&self, portion: Vec<Notification>) -> Vec<(Notification, Result<Snapshot>)> {
        let asked = portion.clone();
        let snapshot = self
            .db
            .read(move |read| {
                Ok(asked.iter().map(|notification| snapshot(read, notification)).collect::<Vec<_>>())
            })
            .await;
        match snapshot {
            Ok(snapshot) => portion.into_iter().zip(snapshot).collect(),
            Err(error) => portion
                .into_iter()
                .map(|notification| (notification, Err(Error::unavailable(error.chain()))))
                .collect(),
        }
    }

    async fn note(&self, outcomes: Vec<(NotificationId, Tried)>) {
        let count = outcomes.len();
        let noted = self
            .db
            .write_batched(Context::system(), move |tx| {
                outcomes.iter().try_for_each(|(id, tried)| store::note(tx, *id, tried))
            })
            .await;
        if let Err(error) = noted {
            // The leases run out, and the messages are tried again under the same Message-IDs.
            tracing::warn!(count, error = %error.chain(), "the outcomes of deliveries could not be noted");
        }
    }

    async fn deliver_one(
        &self,
        notification: Notification,
        snapshot: Result<Snapshot>,
    ) -> (NotificationId, Tried) {
        let id = notification.id;
        let attempt = AssertUnwindSafe(self.attempt(&notification, snapshot)).catch_unwind().await;
        let outcome = attempt.unwrap_or_else(|_| {
            metrics::counter!("leaddock_panics_total", "where" => "delivery").increment(1);
            Err(Error::internal("a delivery panicked"))
        });
        let result = match outcome {
            Ok(sent) => sent,
            Err(error) => {
                tracing::warn!(notification = %id, error = %error.chain(),
                    "a message could not be put together");
                let given_up = notification.attempts + 1 >= BROKEN_TRIES;
                let words = "the message could not be put together".to_owned();
                Err(if given_up { Failure::ForGood(words) } else { Failure::ForNow(words) })
            }
        };
        let tried = self.judged(&notification, result);
        metrics::counter!("leaddock_notifications_total", "status" => tried.status.word()).increment(1);
        (id, tried)
    }

    async fn attempt(
        &self,
        notification: &Notification,
        snapshot: Result<Snapshot>,
    ) -> Result<std::result::Result<(), Failure>> {
        let letter = match snapshot? {
            Snapshot::Over(reason) => return Ok(Err(Failure::ForGood(reason.to_owned()))),
            Snapshot::Inquiry { user, inquiry, follow_up, words, now } => about_inquiry(
                &self.setting,
                notification,
                user,
                *inquiry,
                follow_up,
                words.unwrap_or_default(),
                now,
            )?,
            Snapshot::Link { user, link, now } => {
                with_link(&self.setting, notification, user, &link, &self.keys.link_token(link.id)?, now)?
            }
        };
        let handed_over = tokio::time::timeout(HANDED_OVER_WITHIN, self.mailer.send(&letter)).await;
        let result = handed_over
            .unwrap_or_else(|_| Err(Failure::Unusable("the mail server took too long".to_owned())));
        let now = self.db.parts().clock.now();
        match &result {
            Err(Failure::Unusable(words)) => self.outage.failed(now, words),
            Err(Failure::Unsendable(_)) => {}
            Ok(()) | Err(Failure::ForGood(_) | Failure::ForNow(_)) => self.outage.answered(now),
        }
        Ok(result)
    }

    fn judged(&self, notification: &Notification, result: std::result::Result<(), Failure>) -> Tried {
        let now = self.db.parts().clock.now();
        let message_id = Some(message_id(&notification.id.to_string(), self.mailer.from()));
        let base = Tried {
            status: Status::Sent,
            next_attempt_at: None,
            last_error: None,
            message_id,
            sent_at: Some(now),
        };
        match result {
            Ok(()) => base,
            Err(Failure::ForGood(words) | Failure::Unsendable(words)) => {
                Tried { status: Status::Dead, last_error: Some(words), sent_at: None, ..base }
            }
            Err(Failure::ForNow(words) | Failure::Unusable(words)) => {
                let [chance] = random_bytes::<1>().unwrap_or([128]);
                match next_attempt(notification.attempts + 1, notification.created_at, now, chance) {
                    Some(at) => Tried {
                        status: Status::Failed,
                        next_attempt_at: Some(at),
                        last_error: Some(words),
                        sent_at: None,
                        ..base
                    },
                    None => Tried { status: Status::Dead, last_error: Some(words), sent_at: None, ..base },
                }
            }
        }
    }
}

/// Reads what a message is about.
fn snapshot(read: &mut Read<'_>, notification: &Notification) -> Result<Snapshot> {
    let Some(user) = access::store::by_id(read.conn, notification.user_id)?.filter(|user| user.active) else {
        return Ok(Snapshot::Over(INACTIVE));
    };
    let purpose = match notification.event.as_str() {
        UserInvited::KIND => Some(Purpose::Invitation),
        PasswordResetAsked::KIND => Some(Purpose::Reset),
        _ => None,
    };
    if let Some(purpose) = purpose {
        let living = access::passwords::store::living(read.conn, user.id, purpose, read.now)?;
        return Ok(living.map_or(Snapshot::Over(OVER), |link| Snapshot::Link { user, link, now: read.now }));
    }
    let words = match notification.event.as_str() {
        Repeated::KIND => events::by_id(read.conn, notification.event_id)?
            .and_then(|event| event.fact::<Repeated>().ok().flatten())
            .map(|fact| fact.words),
        _ => None,
    };
    let inquiry = match notification.inquiry_id {
        // Managers hear of what has no owner.
        Some(id) => inquiries::store::by_id(read.conn, id)?.filter(|inquiry| {
            inquiry.assignee_id.map_or(user.role == Role::Manager, |owner| owner == user.id)
        }),
        None => None,
    };
    let Some(inquiry) = inquiry else { return Ok(Snapshot::Over(OVER)) };
    let follow_up = match notification.follow_up_id {
        Some(id) => {
            match follow_ups::store::by_id(read.conn, id)?.filter(|follow_up| follow_up.done_at.is_none()) {
                None => return Ok(Snapshot::Over(OVER)),
                planned => planned,
            }
        }
        None => None,
    };
    Ok(Snapshot::Inquiry { user, inquiry: Box::new(inquiry), follow_up, words, now: read.now })
}

/// Puts the mail with a link together. It answers to no thread, and to nobody.
fn with_link(
    setting: &Setting,
    notification: &Notification,
    user: User,
    link: &PasswordLink,
    token: &str,
    now: Timestamp,
) -> Result<Letter> {
    let Message { subject, text, html } = setting.password_link(&user, link, token)?;
    Ok(Letter {
        id: notification.id.to_string(),
        thread: None,
        to_name: user.name,
        to: user.email,
        reply_to: None,
        subject,
        text,
        html,
        date: now.utc(),
    })
}

/// Puts the mail about an inquiry together.
fn about_inquiry(
    setting: &Setting,
    notification: &Notification,
    user: User,
    inquiry: Inquiry,
    follow_up: Option<FollowUp>,
    words: Map<String, Value>,
    now: Timestamp,
) -> Result<Letter> {
    let Message { subject, text, html } = match (notification.event.as_str(), &follow_up) {
        (Assigned::KIND, _) => setting.assigned(&user, &inquiry)?,
        (Repeated::KIND, _) => setting.repeated(&user, &inquiry, &words)?,
        (Due::KIND, Some(follow_up)) => setting.follow_up_due(&user, &inquiry, follow_up)?,
        (other, _) => return Err(Error::internal(format!("no message for the event {other}"))),
    };
    Ok(Letter {
        id: notification.id.to_string(),
        thread: Some(inquiry.id.to_string()),
        to_name: user.name,
        to: user.email,
        reply_to: inquiry.email.filter(|address| crate::kernel::email::is_address(address)),
        subject,
        text,
        html,
        date: now.utc(),
    })
}
