//! Login throttling per account: from the sixth wrong password or code in a row on, the next attempt is
//! refused for a growing time. Each process counts for itself, in memory. The limit per address is in
//! `platform/http/limits.rs`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::Duration;

use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Class, Error, Refusal, Result};

/// Failed attempts without a wait.
const FREE_ATTEMPTS: u32 = 5;
/// The first wait; it doubles with each further failure.
const FIRST_WAIT: Duration = Duration::seconds(1);
const LONGEST_WAIT: Duration = Duration::minutes(15);
/// After this long without an attempt the failures are forgotten.
const FORGET_AFTER: Duration = Duration::hours(1);
/// Accounts held in memory; beyond it those that are no longer tried are dropped early.
const ACCOUNTS_MAX: usize = 50_000;

static WAIT: Refusal = Refusal::new(
    Class::TooMany,
    "too_many_attempts",
    "该账号的错误尝试过多，请稍后再试。",
    "Too many wrong attempts for this account. Wait, then try again.",
);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FailedAttempts {
    times: u32,
    last: Timestamp,
    until: Timestamp,
}

type Accounts = HashMap<String, FailedAttempts>;

/// Failed attempts by account.
#[derive(Debug, Default)]
pub struct Attempts(Arc<Mutex<Accounts>>);

/// An attempt whose outcome is open. It counts as failed until the outcome is known; dropped without one (the
/// database was unavailable, the request was cancelled) it is undone: only a wrong password or code is a
/// failure.
#[derive(Debug)]
#[must_use]
pub struct Attempt {
    account: String,
    before: Option<FailedAttempts>,
    counted: FailedAttempts,
    is_decided: bool,
    all: Arc<Mutex<Accounts>>,
}

impl Attempts {
    /// Counts an attempt in advance, so that concurrent attempts are limited like sequential ones. `account`
    /// is the address in its canonical form, whether there is such an account or not.
    pub fn begin(&self, account: &str, now: Timestamp) -> Result<Attempt> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= ACCOUNTS_MAX {
            all.retain(|_, tried| tried.until > now);
        }
        let before = all.get(account).copied();
        let mut tried = before.unwrap_or(FailedAttempts { times: 0, last: now, until: now });
        if tried.until > now {
            let wait = tried.until.since(now).num_milliseconds();
            metrics::counter!("leaddock_rate_limited_total", "limit" => "account").increment(1);
            return Err(Error::refuse(&WAIT).retry_after(u64::try_from(wait).unwrap_or(0).div_ceil(1000)));
        }
        if now.since(tried.last) > FORGET_AFTER {
            tried.times = 0;
        }
        tried.times = tried.times.saturating_add(1);
        tried.last = now;
        tried.until = now.plus(wait_after(tried.times));
        all.insert(account.to_owned(), tried);
        Ok(Attempt {
            account: account.to_owned(),
            before,
            counted: tried,
            is_decided: false,
            all: Arc::clone(&self.0),
        })
    }
}

impl Attempt {
    /// Password and code were right: earlier failures are forgotten.
    pub fn succeeded(mut self) {
        self.is_decided = true;
        self.all.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.account);
    }

    /// The password or the code was wrong.
    pub fn failed(mut self) {
        self.is_decided = true;
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if self.is_decided {
            return;
        }
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        match (all.get_mut(&self.account), self.before) {
            // No attempt in between: restore the previous state.
            (Some(tried), Some(before)) if *tried == self.counted => *tried = before,
            (Some(tried), None) if *tried == self.counted => drop(all.remove(&self.account)),
            // The others' attempts stay counted.
            (Some(tried), _) => {
                tried.times = tried.times.saturating_sub(1);
                tried.until = tried.last.plus(wait_after(tried.times));
            }
            (None, _) => {}
        }
    }
}

fn wait_after(times: u32) -> Duration {
    match times.checked_sub(FREE_ATTEMPTS + 1) {
        None => Duration::zero(),
        Some(doubled) => (FIRST_WAIT * 2_i32.saturating_pow(doubled.min(20))).min(LONGEST_WAIT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_795_000_000_000).plus(Duration::seconds(seconds))
    }

    /// A wrong password. Returns the seconds to wait if the attempt was refused.
    fn refused(attempts: &Attempts, account: &str, now: Timestamp) -> Option<u64> {
        match attempts.begin(account, now) {
            Ok(attempt) => {
                attempt.failed();
                None
            }
            Err(error) => error.retry_seconds(),
        }
    }

    #[test]
    fn from_the_sixth_failure_on_the_wait_grows() {
        let attempts = Attempts::default();
        for _ in 0..6 {
            assert_eq!(refused(&attempts, "a@example.com", at(0)), None);
        }
        assert_eq!(refused(&attempts, "a@example.com", at(0)), Some(1), "whatever the password");
        assert_eq!(refused(&attempts, "b@example.com", at(0)), None, "another account is not slowed down");
        assert_eq!(refused(&attempts, "a@example.com", at(1)), None);
        assert_eq!(refused(&attempts, "a@example.com", at(1)), Some(2));
        assert_eq!(refused(&attempts, "a@example.com", at(3)), None);
        assert_eq!(refused(&attempts, "a@example.com", at(4)), Some(3));
        assert_eq!(wait_after(100), LONGEST_WAIT);
    }

    #[test]
    fn an_hour_to_the_second_is_not_yet_over() {
        let attempts = Attempts::default();
        for second in [0, 3600] {
            for _ in 0..3 {
                assert_eq!(refused(&attempts, "a@example.com", at(second)), None);
            }
        }
        assert_eq!(refused(&attempts, "a@example.com", at(3600)), Some(1));
    }

    #[test]
    fn of_very_many_accounts_those_that_wait_are_kept() {
        let attempts = Attempts::default();
        for _ in 0..6 {
            refused(&attempts, "waits@example.com", at(0));
        }
        for n in 1..ACCOUNTS_MAX {
            refused(&attempts, &format!("{n}@example.com"), at(0));
        }
        assert_eq!(refused(&attempts, "new@example.com", at(0)), None);
        assert_eq!(attempts.0.lock().unwrap().len(), 2, "the others are forgotten");
        assert_eq!(refused(&attempts, "waits@example.com", at(0)), Some(1));
    }

    #[test]
    fn a_success_or_an_hour_makes_it_new() {
        let attempts = Attempts::default();
        for second in 0..5 {
            refused(&attempts, "a@example.com", at(second));
        }
        attempts.begin("a@example.com", at(5)).unwrap().succeeded();
        for _ in 0..6 {
            assert_eq!(refused(&attempts, "a@example.com", at(6)), None);
        }
        assert!(refused(&attempts, "a@example.com", at(6)).is_some());
        for _ in 0..6 {
            assert_eq!(refused(&attempts, "a@example.com", at(2 * 3600)), None);
        }
    }

    #[test]
    fn what_had_no_outcome_was_no_failure() {
        let attempts = Attempts::default();
        for _ in 0..100 {
            drop(attempts.begin("a@example.com", at(0)).unwrap());
        }
        assert!(attempts.0.lock().unwrap().is_empty(), "nor is it remembered");
        for _ in 0..5 {
            refused(&attempts, "a@example.com", at(0));
        }
        for _ in 0..100 {
            drop(attempts.begin("a@example.com", at(1)).unwrap());
        }
        assert_eq!(refused(&attempts, "a@example.com", at(1)), None, "the sixth failure");
        assert_eq!(refused(&attempts, "a@example.com", at(1)), Some(1));
    }

    #[test]
    fn of_two_at_once_the_one_that_failed_is_counted() {
        let attempts = Attempts::default();
        for _ in 0..4 {
            refused(&attempts, "a@example.com", at(0));
        }
        let (open, wrong) = (
            attempts.begin("a@example.com", at(0)).unwrap(),
            attempts.begin("a@example.com", at(0)).unwrap(),
        );
        assert!(attempts.begin("a@example.com", at(0)).is_err(), "both count until they are decided");
        wrong.failed();
        drop(open);
        assert_eq!(attempts.0.lock().unwrap()["a@example.com"].times, 5);
        assert_eq!(refused(&attempts, "a@example.com", at(0)), None);
        assert_eq!(refused(&attempts, "a@example.com", at(0)), Some(1));
    }
}
