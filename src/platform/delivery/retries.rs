//! Retry schedules: when a message that was not taken is tried again, and when it is given up.
//! Each channel has one; what a try came to is noted in `dispatcher.rs`.

use chrono::Duration;

use crate::kernel::clock::Timestamp;

/// The waits after each try that failed.
#[derive(Debug, Clone, Copy)]
pub struct RetrySchedule {
    /// Seconds after the first, the second … failure.
    pub waits: &'static [u32],
    /// Percent by which each wait is shorter or longer, so that what failed together does not come again
    /// together.
    pub jitter: i64,
    /// How long the last wait is repeated, counted from the first try; none: a message is dead once all waits
    /// are used up.
    pub repeated_for: Option<Duration>,
}

impl RetrySchedule {
    /// For what is posted to other systems: eight tries in a day and three hours.
    pub const OF_POSTS: Self = Self {
        waits: &[5, 5 * 60, 30 * 60, 2 * 3_600, 5 * 3_600, 10 * 3_600, 10 * 3_600],
        jitter: 10,
        repeated_for: None,
    };

    /// When to try again after `attempts` tries of a message whose first try ended at a moment; none if it
    /// has been tried for long enough. `chance` is from 0 to 255.
    pub fn next(&self, attempts: i32, since: Timestamp, now: Timestamp, chance: u8) -> Option<Timestamp> {
        let failed = usize::try_from(attempts.max(1)).unwrap_or(usize::MAX) - 1;
        let wait = match self.repeated_for {
            Some(span) if now.since(since) > span => None,
            Some(_) => self.waits.get(failed).or(self.waits.last()),
            None => self.waits.get(failed),
        };
        let percent = 100 - self.jitter + i64::from(chance) * 2 * self.jitter / 255;
        wait.map(|seconds| now.plus(Duration::milliseconds(i64::from(*seconds) * 10 * percent)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_millis(0);

    #[test]
    fn the_last_wait_is_repeated_for_its_time() {
        let mail = RetrySchedule { waits: &[5, 30, 120], jitter: 20, repeated_for: Some(Duration::days(4)) };
        let wait = |attempts, chance| mail.next(attempts, START, START, chance).map(|at| at.millis());
        assert_eq!(wait(1, 0), Some(4_000));
        assert_eq!(wait(1, 255), Some(6_000));
        assert_eq!(wait(2, 128), Some(30_000));
        assert_eq!(wait(3, 0), wait(60, 0));
        assert!((0..7).all(|n| wait(n, 0) <= wait(n + 1, 0)));
        assert_eq!(mail.next(30, START, START.plus(Duration::days(5)), 0), None);
    }

    #[test]
    fn a_post_is_tried_eight_times_within_28_hours() {
        let (mut now, mut tries) = (START, 1);
        while let Some(next) = RetrySchedule::OF_POSTS.next(tries, START, now, 128) {
            now = next;
            tries += 1;
        }
        assert_eq!((tries, now.since(START).num_hours()), (8, 27));
    }

    #[test]
    fn without_that_the_waits_are_all_there_is() {
        let hook = RetrySchedule { waits: &[5, 300], jitter: 10, repeated_for: None };
        let late = START.plus(Duration::days(900));
        assert_eq!(hook.next(1, START, late, 255), Some(late.plus(Duration::milliseconds(5_500))));
        assert_eq!(hook.next(2, START, START, 0), Some(Timestamp::from_millis(270_000)));
        assert_eq!(hook.next(3, START, START, 0), None);
    }
}
