//! Group robots as a channel of the delivery queue: each robot is a target.
//! What it is sent is in `wire.rs`; what a message says, and when one may be sent, in `source.rs`.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::wire::{RobotMessage, report};
use crate::kernel::clock::Clock;
use crate::platform::db::Db;
use crate::platform::delivery::{Attempt, Channel, Limits, Message, Report, RetrySchedule};
use crate::platform::outbound::{AddressPolicy, Outbound, PostFailure};

/// The word for robots in the queue.
pub const CHANNEL: &str = "robot";

/// Sends messages to robots.
pub struct RobotChannel {
    outbound: Outbound,
    clock: Clock,
}

impl RobotChannel {
    pub fn new(db: &Db, outbound: &Outbound) -> Self {
        Self { outbound: outbound.clone(), clock: db.parts().clock.clone() }
    }

    /// Where robots may be.
    pub fn policy(&self) -> AddressPolicy {
        self.outbound.policy()
    }

    /// Sends one message. Ends within ten seconds.
    pub async fn send(&self, message: &RobotMessage) -> Report {
        let Ok(post) = message.post(self.clock.now()) else {
            return Attempt::Unsendable("its address cannot be read".to_owned()).into();
        };
        match self.outbound.post(post).await {
            Ok(answer) => report(message.kind, &answer),
            Err(PostFailure::Private) => Attempt::Refused(PostFailure::Private.words()).into(),
            // Whether it arrived or not: the schedule is one.
            Err(failure) => Attempt::Lost(failure.words()).into(),
        }
    }
}

impl Channel for RobotChannel {
    fn name(&self) -> &'static str {
        CHANNEL
    }

    fn limits(&self) -> Limits {
        Limits { concurrency: 1, batch: 1, per_second: None }
    }

    fn retries(&self) -> RetrySchedule {
        RetrySchedule::OF_POSTS
    }

    fn message_id(&self, _: &str) -> Option<String> {
        None
    }

    fn deliver<'a>(&'a self, _: &'a str, message: Message) -> BoxFuture<'a, Report> {
        async move {
            match message.downcast::<RobotMessage>() {
                Ok(message) => self.send(&message).await,
                Err(_) => Attempt::Unsendable("it is no message to a robot".to_owned()).into(),
            }
        }
        .boxed()
    }
}
