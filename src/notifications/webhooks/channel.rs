//! Webhooks as a channel of the delivery queue: one message is one signed post to one address.
//! What is posted is made in `source.rs`, the connection in `platform/outbound`.

use std::num::NonZeroU32;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use url::Url;

use super::model::{CHANNEL, GONE};
use super::signing::signatures;
use crate::kernel::clock::Clock;
use crate::kernel::error::Result;
use crate::platform::delivery::{Attempt, Channel, Limits, Message, Report, RetrySchedule};
use crate::platform::outbound::{Outbound, Post};

/// What one address bears of one node.
const CONCURRENCY: usize = 4;
const BATCH: usize = 50;
const PER_SECOND: Option<NonZeroU32> = NonZeroU32::new(100);

/// What is to be posted.
pub struct Call {
    pub url: Url,
    /// The id of the event, the same in every try.
    pub id: String,
    pub body: Vec<u8>,
    pub secrets: Vec<Vec<u8>>,
}

/// Posts calls.
pub struct WebhookChannel {
    pub outbound: Outbound,
    pub clock: Clock,
}

impl WebhookChannel {
    /// The post of a try, as of now.
    fn signed(&self, call: Call) -> Result<Post> {
        let Call { url, id, body, secrets } = call;
        let seconds = self.clock.now().millis().div_euclid(1_000);
        let signature = signatures(&secrets, &id, seconds, &body)?;
        let headers = vec![
            ("content-type", "application/json".to_owned()),
            ("webhook-id", id),
            ("webhook-timestamp", seconds.to_string()),
            ("webhook-signature", signature),
        ];
        Ok(Post { url, headers, body })
    }

    async fn post(&self, call: Call) -> Report {
        let Ok(post) = self.signed(call) else {
            return Attempt::Unsendable("it could not be signed".to_owned()).into();
        };
        match self.outbound.post(post).await {
            Ok(answer) => {
                let (code, words) = (i32::from(answer.status), format!("it answered {}", answer.status));
                let attempt = match code {
                    200..=299 => Attempt::Delivered,
                    GONE => Attempt::Refused(words),
                    _ => Attempt::Deferred(words),
                };
                Report { attempt, code: Some(code) }
            }
            // Each message has its own schedule, so that an address that is away costs the others nothing.
            Err(failure) => Attempt::Deferred(failure.words()).into(),
        }
    }
}

impl Channel for WebhookChannel {
    fn name(&self) -> &'static str {
        CHANNEL
    }

    fn limits(&self) -> Limits {
        Limits { concurrency: CONCURRENCY, batch: BATCH, per_second: PER_SECOND }
    }

    fn retries(&self) -> RetrySchedule {
        RetrySchedule::OF_POSTS
    }

    /// That is the id of the event, which is beside the delivery.
    fn message_id(&self, _name: &str) -> Option<String> {
        None
    }

    fn deliver<'a>(&'a self, _target: &'a str, message: Message) -> BoxFuture<'a, Report> {
        async move {
            match message.downcast::<Call>() {
                Ok(call) => self.post(*call).await,
                Err(_) => Attempt::Unsendable("it is no call".to_owned()).into(),
            }
        }
        .boxed()
    }
}
