//! A circuit breaker: how many connections one target may be asked for now. No target that cannot be reached
//! is asked more than six times a minute, whatever waits. Runs by the monotonic clock; asks nobody itself.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// Connections that may fail within a minute.
pub const FAILURES_PER_MINUTE: usize = 6;
const MINUTE: Duration = Duration::from_secs(60);
/// Between two probes of a target that cannot be reached.
const PROBE_EVERY: Duration = Duration::from_secs(10);
/// Messages that are lost one after another, with no answer to any between them, before it is the target's
/// fault rather than theirs.
const LOST_MAX: usize = 10;
/// Between two warnings of one outage.
const WARN_EVERY: Duration = Duration::from_secs(600);

/// How a connection that was admitted ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallOutcome {
    /// The target answered for the message.
    Answered,
    /// It was there, and then ended or fell silent.
    Lost,
    Unreachable,
    /// It was not asked after all.
    NotCalled,
}

/// What became of the breaker, for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    Opened,
    StillOpen { minutes: u64, failed: u64 },
    Closed { minutes: u64 },
    None,
}

/// An outage that has not ended.
#[derive(Debug, Clone, Copy)]
struct Outage {
    since: Instant,
    warned: Instant,
    /// Tries that failed since the last warning.
    failed: u64,
}

/// The breaker of one target. It begins half-open: one connection, and more once the target has answered.
#[derive(Debug, Default)]
pub struct Breaker {
    closed: bool,
    in_flight: usize,
    /// When the next probe may begin, while it is open.
    next_probe: Option<Instant>,
    /// Connections that failed within the last minute and since the last answer.
    failures: VecDeque<Instant>,
    /// Messages that were lost since the last answer.
    lost: usize,
    outage: Option<Outage>,
}

impl Breaker {
    pub const fn is_open(&self) -> bool {
        self.outage.is_some()
    }

    /// How many connections may be begun now, of `concurrency` at the same time.
    fn room(&mut self, now: Instant, concurrency: usize) -> usize {
        while self.failures.front().is_some_and(|at| now.duration_since(*at) >= MINUTE) {
            self.failures.pop_front();
        }
        let left = FAILURES_PER_MINUTE.saturating_sub(self.failures.len());
        let most = if self.closed {
            concurrency.min(left)
        } else {
            left.min(usize::from(self.next_probe.is_none_or(|at| at <= now)))
        };
        most.saturating_sub(self.in_flight)
    }

    /// How many messages may be leased now, with `leased` on their way.
    pub fn leasable(&mut self, now: Instant, batch: usize, leased: usize) -> usize {
        let room = self.room(now, FAILURES_PER_MINUTE);
        match self.closed {
            true if self.failures.len() < FAILURES_PER_MINUTE => batch.saturating_sub(leased),
            false if leased == 0 => room,
            _ => 0,
        }
    }

    /// Admits a connection, or not. One that is admitted must end.
    pub fn admit(&mut self, now: Instant, concurrency: usize) -> bool {
        let admitted = self.room(now, concurrency) > 0;
        self.in_flight += usize::from(admitted);
        admitted
    }

    /// Takes note of how an admitted connection ended.
    pub fn ended(&mut self, now: Instant, end: CallOutcome) -> Transition {
        self.in_flight = self.in_flight.saturating_sub(1);
        match end {
            CallOutcome::NotCalled => Transition::None,
            CallOutcome::Answered => {
                self.closed = true;
                self.next_probe = None;
                self.failures.clear();
                self.lost = 0;
                match self.outage.take() {
                    Some(outage) => Transition::Closed { minutes: minutes(now, outage.since) },
                    None => Transition::None,
                }
            }
            // The target was there: that says little about it, and much about the message.
            CallOutcome::Lost => {
                self.lost += 1;
                if self.outage.is_none() && self.lost < LOST_MAX {
                    self.closed = true;
                    return Transition::None;
                }
                self.failures.push_back(now);
                self.open(now)
            }
            CallOutcome::Unreachable => {
                self.failures.push_back(now);
                self.open(now)
            }
        }
    }

    fn open(&mut self, now: Instant) -> Transition {
        self.closed = false;
        self.next_probe = Some(now + PROBE_EVERY);
        let Some(outage) = self.outage.as_mut() else {
            self.outage = Some(Outage { since: now, warned: now, failed: 0 });
            return Transition::Opened;
        };
        outage.failed += 1;
        if now.duration_since(outage.warned) < WARN_EVERY {
            return Transition::None;
        }
        outage.warned = now;
        Transition::StillOpen {
            minutes: minutes(now, outage.since),
            failed: std::mem::take(&mut outage.failed),
        }
    }
}

fn minutes(now: Instant, since: Instant) -> u64 {
    now.duration_since(since).as_secs() / 60
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONCURRENCY: usize = 4;

    /// Begins what is admitted, each second of `seconds`, and ends it at once. Returns the seconds at which a
    /// connection began.
    async fn begun(breaker: &mut Breaker, seconds: u64, end: impl Fn(u64) -> CallOutcome) -> Vec<u64> {
        let mut begun = Vec::new();
        for second in 0..seconds {
            let mut admitted = 0;
            while breaker.admit(Instant::now(), CONCURRENCY) {
                admitted += 1;
                begun.push(second);
            }
            for _ in 0..admitted {
                breaker.ended(Instant::now(), end(second));
            }
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        begun
    }

    /// The most of these that lie within any minute.
    fn most_a_minute(begun: &[u64]) -> usize {
        begun
            .iter()
            .map(|first| begun.iter().filter(|at| (*first..first + 60).contains(*at)).count())
            .max()
            .unwrap_or(0)
    }

    #[tokio::test(start_paused = true)]
    async fn a_target_that_cannot_be_reached_is_asked_six_times_a_minute_at_most() {
        // One that never was there, and one that was: its last four connections fail together.
        for was_there in [false, true] {
            let mut breaker = Breaker::default();
            if was_there {
                assert!(breaker.admit(Instant::now(), CONCURRENCY));
                breaker.ended(Instant::now(), CallOutcome::Answered);
            }
            let begun = begun(&mut breaker, 600, |_| CallOutcome::Unreachable).await;
            let first = begun.iter().filter(|at| **at == 0).count();
            assert_eq!(first, if was_there { CONCURRENCY } else { 1 });
            assert!(most_a_minute(&begun) <= FAILURES_PER_MINUTE, "{begun:?}");
            assert!(begun.len() >= 30, "it is asked again and again: {begun:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn it_closes_at_the_first_success() {
        let mut breaker = Breaker::default();
        let begun =
            begun(
                &mut breaker,
                30,
                |at| if at < 10 { CallOutcome::Unreachable } else { CallOutcome::Answered },
            )
            .await;
        assert_eq!(begun.iter().filter(|at| **at < 10).count(), 1, "{begun:?}");
        assert_eq!(begun.iter().filter(|at| **at == 10).count(), 1, "one probe: {begun:?}");
        assert_eq!(begun.iter().filter(|at| **at == 11).count(), CONCURRENCY, "{begun:?}");
        assert!(!breaker.is_open());
    }

    #[tokio::test(start_paused = true)]
    async fn one_probe_at_a_time_however_long_it_lasts() {
        let mut breaker = Breaker::default();
        assert!(breaker.admit(Instant::now(), CONCURRENCY));
        tokio::time::advance(Duration::from_secs(100)).await;
        assert!(!breaker.admit(Instant::now(), CONCURRENCY));
        assert_eq!(breaker.leasable(Instant::now(), 50, 1), 0);
        breaker.ended(Instant::now(), CallOutcome::NotCalled);
        assert_eq!(breaker.leasable(Instant::now(), 50, 0), 1);
        assert!(breaker.admit(Instant::now(), CONCURRENCY));
        breaker.ended(Instant::now(), CallOutcome::Answered);
        assert_eq!(breaker.leasable(Instant::now(), 50, 20), 30);
    }

    #[tokio::test(start_paused = true)]
    async fn a_lost_message_is_its_own_fault_and_many_are_the_target_s() {
        let mut breaker = Breaker::default();
        let mut end = |end| {
            assert!(breaker.admit(Instant::now(), CONCURRENCY));
            breaker.ended(Instant::now(), end)
        };
        end(CallOutcome::Answered);
        for _ in 0..20 {
            assert!((1..LOST_MAX).all(|_| end(CallOutcome::Lost) == Transition::None));
            assert_eq!(end(CallOutcome::Answered), Transition::None);
        }
        assert!((1..LOST_MAX).all(|_| end(CallOutcome::Lost) == Transition::None));
        assert_eq!(end(CallOutcome::Lost), Transition::Opened);
        assert!(!breaker.admit(Instant::now(), CONCURRENCY));
        let begun = begun(&mut breaker, 300, |_| CallOutcome::Lost).await;
        assert!(most_a_minute(&begun) <= FAILURES_PER_MINUTE, "{begun:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_message_of_all_may_be_lost() {
        let mut breaker = Breaker::default();
        assert!(breaker.admit(Instant::now(), CONCURRENCY));
        breaker.ended(Instant::now(), CallOutcome::Lost);
        assert!(!breaker.is_open() && breaker.admit(Instant::now(), CONCURRENCY));
    }

    #[tokio::test(start_paused = true)]
    async fn an_outage_is_warned_of_once_and_then_every_ten_minutes() {
        let mut breaker = Breaker::default();
        let mut heard = Vec::new();
        let mut after = async |minutes: u64, end| {
            tokio::time::advance(Duration::from_secs(minutes * 60)).await;
            assert!(breaker.admit(Instant::now(), CONCURRENCY));
            heard.push(breaker.ended(Instant::now(), end));
        };
        for (minutes, end) in [
            (0, CallOutcome::Answered),
            (1, CallOutcome::Unreachable),
            (1, CallOutcome::Unreachable),
            (7, CallOutcome::Unreachable),
            (2, CallOutcome::Unreachable),
            (1, CallOutcome::Unreachable),
            (1, CallOutcome::Answered),
            (1, CallOutcome::Answered),
            (1, CallOutcome::Unreachable),
        ] {
            after(minutes, end).await;
        }
        assert_eq!(
            heard,
            [
                Transition::None,
                Transition::Opened,
                Transition::None,
                Transition::None,
                Transition::StillOpen { minutes: 10, failed: 3 },
                Transition::None,
                Transition::Closed { minutes: 12 },
                Transition::None,
                Transition::Opened,
            ]
        );
    }
}
