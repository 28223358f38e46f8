//! The poller: claims the timers that are due and fires them, each in the transaction that deletes it.
//! When it looks is decided by its job (`platform/jobs.rs`).

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::Duration;

use super::handlers::Timers;
use super::model::Row;
use super::store;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Error, Result};
use crate::platform::db::{Context, Db, Tx, is_lost_race};
use crate::platform::jobs::Next;

/// Timers that fire in one transaction.
const BATCH: i64 = 100;
/// Runs of one handler that loses against another transaction, before that counts as a failure.
const RACES: u32 = 3;
/// A timer that has failed this often is dead: it is kept, and not tried again.
const ATTEMPTS: i32 = 10;

/// The longest time that a timer waits after it has failed.
const BACKOFF_MAX: Duration = Duration::hours(1);

/// How long a timer waits after it has failed: 10 seconds, twice as long each time.
fn backoff(attempts: i32) -> Duration {
    Duration::seconds(10_i64.saturating_mul(1 << attempts.clamp(0, 16))).min(BACKOFF_MAX)
}

/// Fires timers; one on each node.
#[derive(Clone)]
pub struct Poller {
    db: Db,
    timers: Arc<Timers>,
    /// The app's clock at the last look, in milliseconds.
    looked_at: Arc<AtomicI64>,
}

/// The outcome of one firing.
struct Firing {
    kind: &'static str,
    failure: Option<Failure>,
}

struct Failure {
    is_dead: bool,
    /// For the log.
    error: String,
}

impl Poller {
    pub fn new(db: Db, timers: Timers) -> Self {
        let looked_at = Arc::new(AtomicI64::new(i64::MAX));
        Self { db, timers: Arc::new(timers), looked_at }
    }

    fn kinds(&self) -> Vec<&'static str> {
        self.timers.handlers.keys().copied().collect()
    }

    /// Fires a batch of what is due. The answer says when to look next.
    pub async fn run(&self) -> Result<Next> {
        self.follow_clock().await?;
        let kinds = self.kinds();
        let (next, dead, now) = self
            .db
            .read(move |read| Ok((store::next(read.conn, &kinds)?, store::dead(read.conn)?, read.now)))
            .await?;
        measure(next.map_or_else(Duration::zero, |next| now.since(next)), dead);
        let Some(next) = next else { return Ok(Next::Wait) };
        if let Ok(ahead) = next.since(now).to_std()
            && next > now
        {
            return Ok(Next::After(ahead));
        }
        let timers = Arc::clone(&self.timers);
        let outcomes = match self
            .db
            .write_in_background(Context::system(), move |tx| timers.fire_batch(tx))
            .await
        {
            Ok(outcomes) => outcomes,
            Err(error) => {
                tracing::warn!(error = %error.chain(), "a batch of timers failed; they are fired one by one");
                self.fire_singly().await?
            }
        };
        outcomes.iter().for_each(Firing::count);
        // Without an outcome another node is at it.
        Ok(if outcomes.is_empty() { Next::Wait } else { Next::Immediately })
    }

    /// After a step back of the clock, and after a start: what failed under a later clock would wait until
    /// then for its next attempt.
    async fn follow_clock(&self) -> Result<()> {
        let now = self.db.parts().clock.now().millis();
        if now < self.looked_at.load(Ordering::Relaxed) {
            let shorten = |tx: &mut Tx<'_>| store::shorten_waits(tx, tx.now.plus(BACKOFF_MAX));
            self.db.write_in_background(Context::system(), shorten).await?;
        }
        self.looked_at.store(now, Ordering::Relaxed);
        Ok(())
    }

    /// Fires what is due in a transaction each: one of them made that of its batch fail.
    async fn fire_singly(&self) -> Result<Vec<Firing>> {
        let kinds = self.kinds();
        let due = self.db.read(move |read| store::due(read.conn, &kinds, read.now, BATCH)).await?;
        let mut outcomes = Vec::new();
        for row in due.into_iter().map(Arc::new) {
            let (timers, timer) = (Arc::clone(&self.timers), Arc::clone(&row));
            let fired =
                self.db.write_in_background(Context::system(), move |tx| timers.fire(tx, &timer)).await;
            outcomes.extend(match fired {
                Ok(outcome) => outcome,
                Err(error) => {
                    let (timers, error) = (Arc::clone(&self.timers), Arc::new(error));
                    self.db
                        .write_in_background(Context::system(), move |tx| timers.fail(tx, &row, &error))
                        .await?
                }
            });
        }
        Ok(outcomes)
    }
}

impl Timers {
    /// Fires a batch of what is due, the earliest first.
    fn fire_batch(&self, tx: &mut Tx<'_>) -> Result<Vec<Firing>> {
        let kinds: Vec<&'static str> = self.handlers.keys().copied().collect();
        let due = store::claim(tx, &kinds, BATCH)?;
        let mut outcomes = Vec::with_capacity(due.len());
        for timer in due {
            outcomes.extend(self.fire(tx, &timer)?);
        }
        Ok(outcomes)
    }

    /// Fires one timer; none if it is not there any more. It is an error if the transaction cannot go on.
    fn fire(&self, tx: &mut Tx<'_>, timer: &Row) -> Result<Option<Firing>> {
        let Some((kind, handler)) = self.handlers.get_key_value(timer.kind.as_str()) else { return Ok(None) };
        let mut attempt = || {
            tx.savepoint(|tx| {
                let is_there = store::take(tx, timer)?;
                if is_there {
                    handler(tx, timer.due_at, &timer.payload.0)?;
                }
                Ok(is_there)
            })
        };
        let mut fired = attempt()?;
        for _ in 1..RACES {
            if fired.as_ref().is_err_and(is_lost_race) {
                fired = attempt()?;
            }
        }
        match fired {
            Ok(true) => Ok(Some(Firing { kind, failure: None })),
            Ok(false) => Ok(None),
            Err(error) => self.fail(tx, timer, &error),
        }
    }

    /// Notes a failure; none if the timer is not there any more.
    fn fail(&self, tx: &mut Tx<'_>, timer: &Row, error: &Error) -> Result<Option<Firing>> {
        let Some((kind, _)) = self.handlers.get_key_value(timer.kind.as_str()) else { return Ok(None) };
        let is_dead = timer.attempts.saturating_add(1) >= ATTEMPTS;
        let next: Option<Timestamp> = (!is_dead).then(|| tx.now.plus(backoff(timer.attempts)));
        let noted = store::note_failure(tx, timer, next, error.refusal().code)?;
        Ok(noted.then(|| Firing { kind, failure: Some(Failure { is_dead, error: error.chain() }) }))
    }
}

impl Firing {
    /// Counts it, once its transaction is committed.
    fn count(&self) {
        let kind = self.kind;
        match &self.failure {
            None => metrics::counter!("leaddock_timers_fired_total", "kind" => kind).increment(1),
            Some(Failure { is_dead, error }) => {
                let status = if *is_dead { "dead" } else { "failed" };
                metrics::counter!("leaddock_timers_failed_total", "kind" => kind, "status" => status)
                    .increment(1);
                tracing::warn!(kind, status, %error, "a timer failed");
            }
        }
    }
}

fn measure(late: Duration, dead: i64) {
    let late = u32::try_from(late.num_seconds().max(0)).unwrap_or(u32::MAX);
    metrics::gauge!("leaddock_timers_late_seconds").set(f64::from(late));
    metrics::gauge!("leaddock_timers_dead").set(f64::from(u32::try_from(dead).unwrap_or(u32::MAX)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_makes_it_wait_longer_up_to_an_hour() {
        let waits: Vec<i64> = (0..ATTEMPTS).map(|attempts| backoff(attempts).num_seconds()).collect();
        assert_eq!(waits, [10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 3_600]);
        assert_eq!(backoff(i32::MAX).num_seconds(), 3_600);
    }
}
