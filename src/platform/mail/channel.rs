//! Mail as a channel of the delivery queue: a letter goes to the one mail server of the installation.
//! How it gets there is in `mailer.rs` and `relay.rs`.

use std::num::NonZeroU32;

use chrono::Duration;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::{Failure, Letter, Mailer, message_id};
use crate::platform::delivery::{Attempt, Channel, Limits, Message, Report, RetrySchedule};

/// The word for mail in the queue.
pub const CHANNEL: &str = "mail";
/// The one target: the mail server that the settings name, whichever that is by now.
pub const TARGET: &str = "server";

/// Some two hundred and fifty a second leave each node, and intake stays quick.
const PER_SECOND: Option<NonZeroU32> = NonZeroU32::new(250);
const CONCURRENCY: usize = 4;
const BATCH: usize = 50;

/// Delivers letters.
pub struct MailChannel(pub Mailer);

impl Channel for MailChannel {
    fn name(&self) -> &'static str {
        CHANNEL
    }

    fn limits(&self) -> Limits {
        Limits { concurrency: CONCURRENCY, batch: BATCH, per_second: PER_SECOND }
    }

    fn retries(&self) -> RetrySchedule {
        RetrySchedule {
            waits: &[5, 30, 2 * 60, 10 * 60, 3_600, 4 * 3_600],
            jitter: 20,
            repeated_for: Some(Duration::days(4)),
        }
    }

    fn message_id(&self, name: &str) -> Option<String> {
        Some(message_id(name, self.0.from()))
    }

    fn deliver<'a>(&'a self, _target: &'a str, message: Message) -> BoxFuture<'a, Report> {
        async move {
            let Ok(letter) = message.downcast::<Letter>() else {
                return Attempt::Unsendable("it is no letter".to_owned()).into();
            };
            let attempt = match self.0.send(&letter).await {
                Ok(_) => Attempt::Delivered,
                Err(Failure::ForGood(words)) => Attempt::Refused(words),
                Err(Failure::Unsendable(words)) => Attempt::Unsendable(words),
                Err(Failure::ForNow(words)) => Attempt::Deferred(words),
                Err(Failure::Lost(words)) => Attempt::Lost(words),
                Err(Failure::Unusable(words)) => Attempt::Unreachable(words),
            };
            match attempt {
                Attempt::Unreachable(_) => metrics::gauge!("leaddock_mail_server_up").set(0.0),
                // It was there, and that may be the message's fault.
                Attempt::Unsendable(_) | Attempt::Lost(_) => {}
                Attempt::Delivered | Attempt::Refused(_) | Attempt::Deferred(_) | Attempt::Throttled(..) => {
                    metrics::gauge!("leaddock_mail_server_up").set(1.0);
                }
            }
            attempt.into()
        }
        .boxed()
    }
}
