//! The notification as it is kept, and when a failed one is tried again.
//! Sending is in `delivery.rs`, the words of a message in `messages.rs`.

use chrono::Duration;
use diesel::{Insertable, Queryable, Selectable};

use super::store::notifications;
use crate::kernel::clock::Timestamp;
use crate::kernel::id::{EventId, FollowUpId, InquiryId, NotificationId, UserId};
use crate::platform::db::MultiBackend;
use crate::text_enum;

text_enum! {
    /// By which way somebody is told.
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

/// One fact for one person by one channel.
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
    pub status: Status,
    /// Tries so far.
    pub attempts: i32,
    /// None once it is sent or dead.
    pub next_attempt_at: Option<Timestamp>,
    pub leased_until: Option<Timestamp>,
    pub last_error: Option<String>,
    pub message_id: Option<String>,
    pub created_at: Timestamp,
    pub sent_at: Option<Timestamp>,
}

/// How long a message is tried before it is given up.
const TRIED_FOR: Duration = Duration::days(4);

/// When to try again after `attempts` tries; none if it has been tried for long enough. `chance` is from 0 to
/// 255.
pub fn next_attempt(attempts: i32, created_at: Timestamp, now: Timestamp, chance: u8) -> Option<Timestamp> {
    let wait = match attempts {
        ..=1 => Duration::seconds(5),
        2 => Duration::seconds(30),
        3 => Duration::minutes(2),
        4 => Duration::minutes(10),
        5 => Duration::hours(1),
        _ => Duration::hours(4),
    };
    if now.since(created_at) > TRIED_FOR {
        return None;
    }
    // ± 20 %, so that what failed together does not come again together.
    let percent = 80 + i64::from(chance) * 40 / 255;
    Some(now.plus(Duration::milliseconds(wait.num_milliseconds() * percent / 100)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_grows_with_jitter_and_ends() {
        let start = Timestamp::from_millis(0);
        let wait = |attempts, chance| next_attempt(attempts, start, start, chance).map(|at| at.millis());
        assert_eq!(wait(1, 0), Some(4_000));
        assert_eq!(wait(1, 255), Some(6_000));
        assert_eq!(wait(2, 128), Some(30_000));
        assert_eq!(wait(6, 0), wait(60, 0));
        assert!((1..7).all(|n| wait(n, 0) <= wait(n + 1, 0)));
        assert_eq!(next_attempt(30, start, start.plus(Duration::days(5)), 0), None);
    }
}
