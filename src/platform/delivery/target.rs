//! What one node knows of each target: its circuit breaker, its rate, and how many messages are on their way.
//! What is in the queue for it is in the database.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep, timeout_at};

use super::breaker::{Breaker, CallOutcome, FAILURES_PER_MINUTE, Transition};
use super::{Channel, Limits};

/// One target of a channel.
pub struct Target {
    channel: &'static str,
    name: String,
    limits: Limits,
    breaker: Mutex<Breaker>,
    permits: Semaphore,
    rate: Option<DefaultDirectRateLimiter>,
    /// Messages on their way: leased here and not ended.
    leased: AtomicUsize,
}

/// Counts a message that is on its way.
pub struct Leased(Arc<Target>);

impl Drop for Leased {
    fn drop(&mut self) {
        self.0.leased.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Target {
    fn new(channel: &dyn Channel, name: &str) -> Self {
        let limits = channel.limits();
        let limits = Limits { concurrency: limits.concurrency.clamp(1, FAILURES_PER_MINUTE), ..limits };
        Self {
            channel: channel.name(),
            name: name.to_owned(),
            limits,
            breaker: Mutex::default(),
            permits: Semaphore::new(limits.concurrency),
            rate: limits.per_second.map(|count| RateLimiter::direct(Quota::per_second(count))),
            leased: AtomicUsize::new(0),
        }
    }

    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many messages may be leased for it now.
    pub fn leasable(&self) -> usize {
        self.breaker().leasable(Instant::now(), self.limits.batch, self.leased.load(Ordering::SeqCst))
    }

    pub fn leased(self: &Arc<Self>) -> Leased {
        self.leased.fetch_add(1, Ordering::SeqCst);
        Leased(Arc::clone(self))
    }

    /// Waits for a place and for the rate, and asks the breaker; none if that cannot be before `begin_by`, or
    /// the breaker is open.
    pub async fn admission(&self, begin_by: Instant) -> Option<Admission<'_>> {
        let permit = timeout_at(begin_by, self.permits.acquire()).await.ok()?.ok()?;
        if let Some(rate) = &self.rate {
            while let Err(early) = rate.check() {
                let wait = early.wait_time_from(DefaultClock::default().now());
                if Instant::now() + wait > begin_by {
                    return None;
                }
                sleep(wait).await;
            }
        }
        let admitted = self.breaker().admit(Instant::now(), self.limits.concurrency);
        admitted.then_some(Admission {
            target: self,
            end: CallOutcome::NotCalled,
            words: String::new(),
            _permit: permit,
        })
    }

    fn log(&self, news: Transition, error: &str) {
        let (channel, target) = (self.channel, self.name.as_str());
        match news {
            Transition::Opened => tracing::warn!(
                channel,
                target,
                error,
                "a target cannot be reached; its messages wait, and are tried again"
            ),
            Transition::StillOpen { minutes, failed } => tracing::warn!(
                channel,
                target,
                error,
                minutes,
                failed,
                "a target still cannot be reached; its messages wait, and are tried again"
            ),
            Transition::Closed { minutes } => {
                tracing::info!(channel, target, minutes, "a target can be reached again")
            }
            Transition::None => {}
        }
    }
}

/// A place of a target, held while a message is handed over.
pub struct Admission<'a> {
    target: &'a Target,
    end: CallOutcome,
    words: String,
    _permit: SemaphorePermit<'a>,
}

impl Admission<'_> {
    /// How the connection ended. Without this nobody was asked.
    pub fn ended(mut self, end: CallOutcome, words: &str) {
        self.end = end;
        words.clone_into(&mut self.words);
    }
}

impl Drop for Admission<'_> {
    fn drop(&mut self) {
        let news = self.target.breaker().ended(Instant::now(), self.end);
        self.target.log(news, &self.words);
    }
}

/// A target for which nothing has waited for so long is forgotten. Its breaker counts the failures of a
/// minute, its rate the messages of a second.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(600);

/// A target that a node has met, and when that was last.
struct Met {
    target: Arc<Target>,
    at: Instant,
}

/// The targets that a node has met lately, by channel and name.
#[derive(Default)]
pub struct Targets(Mutex<HashMap<(&'static str, String), Met>>);

impl Targets {
    pub fn of(&self, channel: &dyn Channel, name: &str) -> Arc<Target> {
        let mut targets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let met = targets
            .entry((channel.name(), name.to_owned()))
            .or_insert_with(|| Met { target: Arc::new(Target::new(channel, name)), at: now });
        met.at = now;
        Arc::clone(&met.target)
    }

    /// Forgets those that nothing has waited for lately, and sets how many of the others of each channel
    /// cannot be reached.
    pub fn tidy(&self) {
        let mut targets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut open: HashMap<&'static str, u32> = HashMap::new();
        targets.retain(|(channel, _), Met { target, at }| {
            let open = open.entry(channel).or_default();
            let kept = Arc::strong_count(target) > 1 || at.elapsed() < FORGOTTEN_AFTER;
            *open += u32::from(kept && target.breaker().is_open());
            kept
        });
        for (channel, count) in open {
            metrics::gauge!("leaddock_delivery_breakers_open", "channel" => channel).set(f64::from(count));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::delivery::{Message, Report, RetrySchedule};
    use futures_util::future::BoxFuture;

    struct Silent;

    impl Channel for Silent {
        fn name(&self) -> &'static str {
            "silent"
        }

        fn limits(&self) -> Limits {
            Limits { concurrency: 1, batch: 1, per_second: None }
        }

        fn retries(&self) -> RetrySchedule {
            RetrySchedule { waits: &[], jitter: 0, repeated_for: None }
        }

        fn message_id(&self, _: &str) -> Option<String> {
            None
        }

        fn deliver<'a>(&'a self, _: &'a str, _: Message) -> BoxFuture<'a, Report> {
            Box::pin(std::future::pending())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_target_that_nothing_waits_for_is_forgotten_in_time() {
        let targets = Targets::default();
        let known = || {
            let mut known: Vec<String> = targets.0.lock().unwrap().keys().map(|key| key.1.clone()).collect();
            known.sort();
            known
        };
        for number in 0..1_000 {
            targets.of(&Silent, &number.to_string());
        }
        let on_its_way = targets.of(&Silent, "hangs").leased();
        targets.of(&Silent, "busy");
        tokio::time::advance(FORGOTTEN_AFTER - Duration::from_secs(1)).await;
        targets.tidy();
        assert_eq!(known().len(), 1_002);
        targets.of(&Silent, "busy");
        tokio::time::advance(Duration::from_secs(1)).await;
        targets.tidy();
        assert_eq!(known(), ["busy", "hangs"]);
        drop(on_its_way);
        tokio::time::advance(FORGOTTEN_AFTER).await;
        targets.tidy();
        assert!(known().is_empty());
    }
}
