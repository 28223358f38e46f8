//! Outages of the mail server, for operators: a warning when it becomes unusable and every ten minutes while
//! that lasts, a log line when it recovers, and a gauge. Retries are not here.

use std::sync::{Mutex, PoisonError};

use chrono::Duration;

use crate::kernel::clock::Timestamp;

/// Between two warnings of one outage.
const WARN_EVERY: Duration = Duration::minutes(10);

/// The last known state of the mail server.
#[derive(Debug, Default)]
pub struct Outage(Mutex<Option<Ongoing>>);

/// An outage that has not ended.
#[derive(Debug, Clone, Copy)]
struct Ongoing {
    since: Timestamp,
    warned: Timestamp,
    /// Failed attempts since the last warning.
    failed: u64,
}

/// What is to be logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OutageChange {
    Began,
    GoesOn { failed: u64 },
    Ended,
    None,
}

impl Outage {
    /// The server has accepted or rejected a mail.
    pub fn answered(&self, now: Timestamp) {
        let since = self.since(now);
        if self.next(now, true) == OutageChange::Ended {
            tracing::info!(minutes = now.since(since).num_minutes(), "the mail server can be used again");
        }
        metrics::gauge!("leaddock_mail_server_up").set(1.0);
    }

    /// It could not be reached, or rejected the login.
    pub fn failed(&self, now: Timestamp, error: &str) {
        match self.next(now, false) {
            OutageChange::Began => {
                tracing::warn!(error, "the mail server cannot be used; mails wait, and are tried again")
            }
            OutageChange::GoesOn { failed } => {
                let minutes = now.since(self.since(now)).num_minutes();
                tracing::warn!(
                    error,
                    minutes,
                    failed,
                    "the mail server still cannot be used; mails wait, and are tried again"
                );
            }
            OutageChange::Ended | OutageChange::None => {}
        }
        metrics::gauge!("leaddock_mail_server_up").set(0.0);
    }

    fn since(&self, now: Timestamp) -> Timestamp {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).map_or(now, |ongoing| ongoing.since)
    }

    fn next(&self, now: Timestamp, is_up: bool) -> OutageChange {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match (state.as_mut(), is_up) {
            (None, true) => OutageChange::None,
            (Some(_), true) => {
                *state = None;
                OutageChange::Ended
            }
            (None, false) => {
                *state = Some(Ongoing { since: now, warned: now, failed: 0 });
                OutageChange::Began
            }
            (Some(ongoing), false) => {
                ongoing.failed += 1;
                if now.since(ongoing.warned) < WARN_EVERY {
                    return OutageChange::None;
                }
                ongoing.warned = now;
                OutageChange::GoesOn { failed: std::mem::take(&mut ongoing.failed) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_warned_of_once_and_then_every_ten_minutes() {
        let outage = Outage::default();
        let at = |minutes| Timestamp::from_millis(1_795_000_000_000).plus(Duration::minutes(minutes));
        assert_eq!(outage.next(at(0), true), OutageChange::None);
        let heard: Vec<OutageChange> =
            [1, 2, 9, 10, 11, 12, 21].map(|minutes| outage.next(at(minutes), false)).into();
        assert_eq!(
            heard,
            [
                OutageChange::Began,
                OutageChange::None,
                OutageChange::None,
                OutageChange::None,
                OutageChange::GoesOn { failed: 4 },
                OutageChange::None,
                OutageChange::GoesOn { failed: 2 }
            ]
        );
        assert_eq!(
            [outage.next(at(22), true), outage.next(at(23), true), outage.next(at(24), false)],
            [OutageChange::Ended, OutageChange::None, OutageChange::Began]
        );
    }
}
