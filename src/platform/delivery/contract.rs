//! What a channel and a source have to do for the delivery queue.
//! Who calls them is `dispatcher.rs`.

use std::any::Any;
use std::num::NonZeroU32;
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::model::{Delivery, SourceId, Status};
use super::retries::RetrySchedule;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::platform::db::Tx;

/// A rendered message on its way from a source to a channel, which knows its type.
pub type Message = Box<dyn Any + Send>;

/// A way by which messages leave: hands one message to one target. Registered in the composition root.
pub trait Channel: Send + Sync {
    /// The word in the rows of the queue and in the labels of the figures.
    fn name(&self) -> &'static str;

    /// What one target bears.
    fn limits(&self) -> Limits;

    /// When a message that was not taken is tried again, and for how long.
    fn retries(&self) -> RetrySchedule;

    /// The id that the receiver sees for a message of this name; the same in every try.
    fn message_id(&self, name: &str) -> Option<String>;

    /// Hands a message over. Ends within a time of its own; the dispatcher gives up after five minutes.
    fn deliver<'a>(&'a self, target: &'a str, message: Message) -> BoxFuture<'a, Report>;
}

/// What a delivery is for: renders its message at sending time, from what is true then.
pub trait Source: Send + Sync {
    /// The message of this id as of now.
    fn message(&self, id: SourceId) -> BoxFuture<'_, Result<Rendered>>;

    /// What the message is called outside, in every try the same.
    fn name(&self, id: SourceId) -> String;

    /// Counts a try by what became of it.
    fn tried(&self, _status: Status) {}

    /// Notes a try that came to an end, in the transaction that notes it on the delivery, which is given as
    /// it is then.
    fn note(&self, _tx: &mut Tx<'_>, _delivery: &Delivery, _tried: &Tried) -> Result<()> {
        Ok(())
    }
}

/// A try that came to an end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    pub at: Timestamp,
    pub duration: Duration,
    /// The number that the target answered with, in the protocol of its channel.
    pub code: Option<i32>,
    /// Why it was not delivered.
    pub error: Option<String>,
}

/// What a source makes of an id.
pub enum Rendered {
    Ready(Message),
    /// There is nothing to send any more, for this reason.
    Over(&'static str),
    /// It is not to be sent before this moment.
    Later(Timestamp),
    /// It has left as a part of the message with this id.
    LeftWith(Option<String>),
}

/// What one target of a channel bears.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Messages that are handed over at the same time; at most six.
    pub concurrency: usize,
    /// Messages that one node leases before others have ended.
    pub batch: usize,
    /// Messages a second from one node; none = no limit.
    pub per_second: Option<NonZeroU32>,
}

/// How a try ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    Delivered,
    /// The target has refused it for good.
    Refused(String),
    /// It is no message for this channel, so that no target was asked.
    Unsendable(String),
    /// The target asks for another try.
    Deferred(String),
    /// The target asks for another try after this time, whatever the retry schedule says.
    Throttled(Duration, String),
    /// The connection ended or fell silent while the message was handed over: it may have arrived.
    Lost(String),
    /// The target cannot be reached, or does not let us in. Nothing about this message.
    Unreachable(String),
}

impl Attempt {
    /// Why it was not delivered.
    pub fn error(&self) -> Option<&str> {
        match self {
            Self::Delivered => None,
            Self::Refused(words)
            | Self::Unsendable(words)
            | Self::Deferred(words)
            | Self::Throttled(_, words)
            | Self::Lost(words)
            | Self::Unreachable(words) => Some(words),
        }
    }
}

/// How a try ended, and the number that the target answered with, if any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub attempt: Attempt,
    pub code: Option<i32>,
}

impl From<Attempt> for Report {
    fn from(attempt: Attempt) -> Self {
        Self { attempt, code: None }
    }
}
