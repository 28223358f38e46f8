//! The notification as it is kept, and its statuses on the wire.
//! When it is sent is decided in `platform/delivery`, what is written in `mails/letters.rs`.

use diesel::{Insertable, Queryable, Selectable};

use super::schema::notifications;
use crate::kernel::clock::Timestamp;
use crate::kernel::id::{EventId, FollowUpId, InquiryId, NotificationId, UserId};
use crate::platform::db::MultiBackend;
use crate::platform::delivery;
use crate::text_enum;

text_enum! {
    /// By which way somebody is notified.
    pub enum Channel as "NotificationChannel" {
        Mail => "mail",
    }
}

text_enum! {
    /// What became of it.
    pub enum Status as "NotificationStatus" {
        /// Not tried yet.
        Pending => "pending",
        Sent => "sent",
        /// Will be tried again.
        Failed => "failed",
        /// Will not be tried again, unless an admin says so.
        Dead => "dead",
    }
}

impl Status {
    /// The status of a notification whose delivery has this one.
    pub const fn of(delivery: delivery::Status) -> Self {
        match delivery {
            delivery::Status::Pending => Self::Pending,
            delivery::Status::Delivered => Self::Sent,
            delivery::Status::Failed => Self::Failed,
            delivery::Status::Dead => Self::Dead,
        }
    }

    /// The status of its delivery.
    pub const fn of_delivery(self) -> delivery::Status {
        match self {
            Self::Pending => delivery::Status::Pending,
            Self::Sent => delivery::Status::Delivered,
            Self::Failed => delivery::Status::Failed,
            Self::Dead => delivery::Status::Dead,
        }
    }
}

/// One fact for one person by one channel: written once. Its delivery has the same id.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = notifications, check_for_backend(MultiBackend), treat_none_as_default_value = false)]
pub struct Notification {
    pub id: NotificationId,
    pub event_id: EventId,
    pub event: String,
    pub inquiry_id: Option<InquiryId>,
    pub follow_up_id: Option<FollowUpId>,
    pub user_id: UserId,
    pub channel: Channel,
    pub created_at: Timestamp,
    /// What leaves as one message, if it waits together: of one person, under this word.
    pub batch: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_has_its_delivery_s() {
        assert!(Status::ALL.iter().all(|status| Status::of(status.of_delivery()) == *status));
    }
}
