//! A delivery as it is kept, and the retry schedule.
//! Who tries it is in `dispatcher.rs`.

use chrono::Duration;
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
    pub leased_until: Option<Timestamp>,
    pub last_error: Option<String>,
    pub message_id: Option<String>,
    pub created_at: Timestamp,
    pub delivered_at: Option<Timestamp>,
    /// When somebody had it tried again after it was dead; none if nobody did.
    pub tried_since: Option<Timestamp>,
    /// Tries before that.
    pub attempts_before: i32,
}

impl Delivery {
    /// Tries of the present round: since it was created, or since somebody had it tried again.
    pub fn attempts_since(&self) -> i32 {
        self.attempts - self.attempts_before
    }

    /// When to try it again after so many tries of the present round; none if it has been tried for long
    /// enough.
    pub fn next_attempt(&self, attempts: i32, now: Timestamp, chance: u8) -> Option<Timestamp> {
        next_attempt(attempts, self.tried_since.unwrap_or(self.created_at), now, chance)
    }
}

/// How long a message is tried in one round before it is given up.
const TRIED_FOR: Duration = Duration::days(4);

/// When to try again after `attempts` tries since `since`; none if that is long enough. `chance` is from 0 to
/// 255.
fn next_attempt(attempts: i32, since: Timestamp, now: Timestamp, chance: u8) -> Option<Timestamp> {
    let wait = match attempts {
        ..=1 => Duration::seconds(5),
        2 => Duration::seconds(30),
        3 => Duration::minutes(2),
        4 => Duration::minutes(10),
        5 => Duration::hours(1),
        _ => Duration::hours(4),
    };
    if now.since(since) > TRIED_FOR {
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
