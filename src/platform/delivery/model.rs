//! A delivery as it is kept.
//! Who tries it is in `dispatcher.rs`, when it is tried again in `retries.rs`.

use diesel::{Insertable, Queryable, Selectable};

use super::schema::deliveries;
use crate::kernel::clock::Timestamp;
use crate::kernel::id::Id;
use crate::platform::db::MultiBackend;
use crate::text_enum;

/// Whatever a room may have a delivery for.
#[derive(Debug)]
pub enum AnySource {}

/// The id of what a delivery is for, which is the id of the delivery, too.
pub type SourceId = Id<AnySource>;

/// One run of a dispatcher.
#[derive(Debug)]
pub enum AnyHolder {}

/// Who holds a lease: another one with each start of each node.
pub type LeaseHolder = Id<AnyHolder>;

text_enum! {
    /// What became of a delivery.
    pub enum Status as "DeliveryStatus" {
        /// Not tried yet.
        Pending => "pending",
        Delivered => "delivered",
        /// Will be tried again.
        Failed => "failed",
        /// Will not be tried again, unless somebody says so.
        Dead => "dead",
    }
}

/// One message to one target of a channel.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = deliveries, check_for_backend(MultiBackend), treat_none_as_default_value = false)]
pub struct Delivery {
    pub id: SourceId,
    pub channel: String,
    /// What has a rate and a circuit breaker of its own.
    pub target: String,
    pub status: Status,
    /// Tries so far. Those that did not reach the target count as one.
    pub attempts: i32,
    /// None once it is delivered or dead.
    pub next_attempt_at: Option<Timestamp>,
    /// By the machine's clock, whatever the app's says.
    pub leased_until: Option<Timestamp>,
    /// Whose lease that is.
    pub leased_by: Option<LeaseHolder>,
    pub last_error: Option<String>,
    pub message_id: Option<String>,
    pub created_at: Timestamp,
    pub delivered_at: Option<Timestamp>,
    /// When somebody had it tried again, whatever had become of it; none if nobody did.
    pub tried_since: Option<Timestamp>,
    /// When the first try of the present round ended; none before.
    pub first_tried_at: Option<Timestamp>,
    /// Tries that the retry schedule does not count: those before that, and those that the target put off.
    pub attempts_before: i32,
}

impl Delivery {
    /// Tries of the present round: since it was created, or since somebody had it tried again.
    pub fn attempts_since(&self) -> i32 {
        self.attempts - self.attempts_before
    }

    /// The same once it is delivered.
    pub fn delivered(self, at: Timestamp, message_id: Option<String>) -> Self {
        let (status, delivered_at) = (Status::Delivered, Some(at));
        Self { status, delivered_at, message_id, last_error: None, next_attempt_at: None, ..self }
    }
}
