//! Delivers what waits: leases it, puts the mail together, hands it over, and notes what came of it.
//! Whatever happens to one message stops no other.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use chrono::Duration;
use futures_util::FutureExt;
use futures_util::stream::{self, StreamExt};

use super::messages::{Message, Setting};
use super::model::{Notification, Status, next_attempt};
use super::store::{self, Tried};
use crate::access;
use crate::follow_ups::events::Due;
use crate::inquiries::events::Assigned;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::random_bytes;
use crate::platform::db::{Context, Db, Read};
use crate::platform::jobs::Next;
use crate::platform::mail::{Failure, Letter, Mailer, message_id};
use crate::platform::outbox::Fact;
use crate::{follow_ups, inquiries};

/// Messages that one look takes.
const BATCH: i64 = 50;
/// Messages that are handed over at the same time.
const AT_ONCE: usize = 4;
/// Whoever dies with a lease holds its messages up for this long.
const LEASE: Duration = Duration::minutes(3);
/// Tries of a message that cannot even be put together.
const BROKEN_TRIES: i32 = 5;

/// What delivering needs.
#[derive(Clone)]
pub struct Delivery {
    pub db: Db,
    pub mailer: Mailer,
    pub setting: Arc<Setting>,
}

/// Why a message need not or cannot be sent.
const OVER: &str = "it is over: done, moved on or in the bin";
const INACTIVE: &str = "the recipient is inactive";

enum Prepared {
    Letter(Box<Letter>),
    /// Not to be sent any more, for this reason.
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
        stream::iter(leased).for_each_concurrent(AT_ONCE, |notification| self.deliver_one(notification)).await;
        Ok(if more { Next::Again } else { Next::Wait })
    }

    async fn deliver_one(&self, notification: Notification) {
        let id = notification.id;
        let attempt = AssertUnwindSafe(self.attempt(&notification)).catch_unwind().await;
        let outcome = attempt.unwrap_or_else(|_| {
            metrics::counter!("leaddock_panics_total", "where" => "delivery").increment(1);
            Err(Error::internal("a delivery panicked"))
        });
        let result = match outcome {
            Ok(sent) => sent,
            Err(error) => {
                tracing::warn!(notification = %id, error = %error.chain(), "a message could not be put together");
                let given_up = notification.attempts + 1 >= BROKEN_TRIES;
                let words = "the message could not be put together".to_owned();
                Err(if given_up { Failure::ForGood(words) } else { Failure::ForNow(words) })
            }
        };
        let tried = self.judged(&notification, result);
        metrics::counter!("leaddock_notifications_total", "status" => tried.status.word()).increment(1);
        if let Err(error) = self.db.write_crowded(Context::system(), move |tx| store::note(tx, id, &tried)).await {
            // The lease runs out, and the message is tried again under the same Message-ID.
            tracing::warn!(notification = %id, error = %error.chain(), "the outcome of a delivery could not be noted");
        }
    }

    async fn attempt(&self, notification: &Notification) -> Result<std::result::Result<(), Failure>> {
        let setting = Arc::clone(&self.setting);
        let wanted = notification.clone();
        match self.db.read(move |read| prepare(read, &setting, &wanted)).await? {
            Prepared::Over(reason) => Ok(Err(Failure::ForGood(reason.to_owned()))),
            Prepared::Letter(letter) => Ok(self.mailer.send(&letter).await),
        }
    }

    fn judged(&self, notification: &Notification, result: std::result::Result<(), Failure>) -> Tried {
        let now = self.db.parts().clock.now();
        let message_id = Some(message_id(&notification.id.to_string(), self.mailer.from()));
        let base = Tried { status: Status::Sent, next_attempt_at: None, last_error: None, message_id, sent_at: Some(now) };
        match result {
            Ok(()) => base,
            Err(Failure::ForGood(words)) => Tried { status: Status::Dead, last_error: Some(words), sent_at: None, ..base },
            Err(Failure::ForNow(words)) => {
                let [chance] = random_bytes::<1>().unwrap_or([128]);
                match next_attempt(notification.attempts + 1, notification.created_at, now, chance) {
                    Some(at) => Tried { status: Status::Failed, next_attempt_at: Some(at), last_error: Some(words), sent_at: None, ..base },
                    None => Tried { status: Status::Dead, last_error: Some(words), sent_at: None, ..base },
                }
            }
        }
    }
}

/// Puts the mail together from what is true now.
fn prepare(read: &mut Read<'_>, setting: &Setting, notification: &Notification) -> Result<Prepared> {
    let Some(user) = access::store::by_id(read.conn, notification.user_id)?.filter(|user| user.active) else {
        return Ok(Prepared::Over(INACTIVE));
    };
    let inquiry = match notification.inquiry_id {
        Some(id) => inquiries::store::by_id(read.conn, id)?.filter(|inquiry| inquiry.assignee_id == Some(user.id)),
        None => None,
    };
    let Some(inquiry) = inquiry else { return Ok(Prepared::Over(OVER)) };
    let Message { subject, text, html } = match notification.event.as_str() {
        Assigned::KIND => setting.assigned(&user, &inquiry)?,
        Due::KIND => {
            let follow_up = match notification.follow_up_id {
                Some(id) => follow_ups::store::by_id(read.conn, id)?.filter(|follow_up| follow_up.done_at.is_none()),
                None => None,
            };
            match follow_up {
                Some(follow_up) => setting.follow_up_due(&user, &inquiry, &follow_up)?,
                None => return Ok(Prepared::Over(OVER)),
            }
        }
        other => return Err(Error::internal(format!("no message for the event {other}"))),
    };
    Ok(Prepared::Letter(Box::new(Letter {
        id: notification.id.to_string(),
        thread: Some(inquiry.id.to_string()),
        to_name: user.name,
        to: user.email,
        reply_to: inquiry.email.filter(|address| crate::kernel::email::is_address(address)),
        subject,
        text,
        html,
        date: read.now.utc(),
    })))
}
