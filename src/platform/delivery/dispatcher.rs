//! The dispatcher of a node: leases what waits in the queue, has it rendered and handed over, and notes what
//! came of it. Whatever happens to one message or one target stops no other.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};

use super::breaker::CallOutcome;
use super::model::{Delivery, SourceId, Status};
use super::target::{Leased, Target, Targets};
use super::{Attempt, Channel, Rendered, Source, store};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Class, Error, Result};
use crate::kernel::id::random_bytes;
use crate::platform::db::{Context, Db, Read};
use crate::platform::jobs::Next;

/// Whoever dies with a lease holds its messages up for this long. Nobody works past it: what has not been
/// begun in time is given back, and a handing over ends in time.
const LEASE: chrono::Duration = chrono::Duration::seconds(75);
const BEGUN_WITHIN: Duration = Duration::from_secs(25);
const HANDED_OVER_WITHIN: Duration = Duration::from_secs(40);
/// How long one look waits for what it has begun; what takes longer goes on beside the next look.
const LOOK: Duration = Duration::from_millis(200);
/// Outcomes that are noted together, and how long the first of them may wait for that.
const NOTED_TOGETHER: usize = 50;
const NOTED_WITHIN: Duration = Duration::from_millis(50);
/// Tries of a message that cannot even be put together.
const BROKEN_TRIES: i32 = 5;

/// A channel, and who renders what leaves by it.
#[derive(Clone)]
pub struct Route {
    pub channel: Arc<dyn Channel>,
    pub source: Arc<dyn Source>,
}

/// Delivers what waits. Cloning gives another handle.
#[derive(Clone)]
pub struct Dispatcher(Arc<Inner>);

struct Inner {
    db: Db,
    routes: Vec<Route>,
    targets: Targets,
    in_flight: Mutex<JoinSet<Ended>>,
    stopping: AtomicBool,
}

/// What has become of a leased message.
enum Ended {
    /// Tried: the row as it is to be noted.
    Tried(Box<Delivery>),
    /// Not tried; its lease is given back.
    Untried(SourceId, Option<Timestamp>),
}

/// The messages of one target that a look found.
type Found = (Route, Arc<Target>, Vec<SourceId>, bool);

impl Dispatcher {
    pub fn new(db: Db, routes: Vec<Route>) -> Self {
        Self(Arc::new(Inner {
            db,
            routes,
            targets: Targets::default(),
            in_flight: Mutex::default(),
            stopping: AtomicBool::new(false),
        }))
    }

    /// One look: begins what is due and may be begun, and notes what has ended. What hangs goes on beside the
    /// next look.
    pub async fn work(&self) -> Result<Next> {
        let mut in_flight = self.0.in_flight.lock().await;
        let looked = self.look(&mut in_flight).await;
        self.gather(&mut in_flight, Some(Instant::now() + LOOK)).await;
        self.0.targets.measure();
        let more = looked?.iter().any(|target| target.leasable() > 0) || !in_flight.is_empty();
        Ok(if more { Next::Immediately } else { Next::Wait })
    }

    /// Ends what is on its way; what has not been begun is given back.
    pub async fn finish(&self) {
        self.0.stopping.store(true, Ordering::SeqCst);
        let mut in_flight = self.0.in_flight.lock().await;
        self.gather(&mut in_flight, None).await;
    }

    /// Leases what is due and begins it. Returns the targets for which more may wait.
    async fn look(&self, in_flight: &mut JoinSet<Ended>) -> Result<Vec<Arc<Target>>> {
        let inner = Arc::clone(&self.0);
        let found = self.0.db.read(move |read| inner.due(read)).await?;
        let ids: Vec<SourceId> = found.iter().flat_map(|(_, _, ids, _)| ids.iter().copied()).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let leased =
            self.0.db.write_in_background(Context::system(), move |tx| store::lease(tx, &ids, LEASE)).await?;
        let begin_by = Instant::now() + BEGUN_WITHIN;
        let of = |delivery: &Delivery| {
            let (route, target, ..) = found.iter().find(|(_, _, ids, _)| ids.contains(&delivery.id))?;
            Some((route.clone(), Arc::clone(target)))
        };
        for delivery in leased {
            let Some((route, target)) = of(&delivery) else { continue };
            let counted = target.leased();
            let inner = Arc::clone(&self.0);
            in_flight.spawn(async move { inner.process(&route, &target, delivery, begin_by, counted).await });
        }
        Ok(found.into_iter().filter(|(.., full)| *full).map(|(_, target, ..)| target).collect())
    }

    /// Notes what ends until nothing is on its way or this moment has come: fifty in one commit, or what
    /// there is after 50 milliseconds.
    async fn gather(&self, in_flight: &mut JoinSet<Ended>, until: Option<Instant>) {
        loop {
            let next = in_flight.join_next();
            let first = match until {
                Some(until) => timeout_at(until, next).await.ok().flatten(),
                None => next.await,
            };
            let Some(first) = first else { return };
            let mut ended: Vec<Ended> = first.ok().into_iter().collect();
            let note_by = Instant::now() + NOTED_WITHIN;
            while ended.len() < NOTED_TOGETHER
                && let Ok(Some(next)) = timeout_at(note_by, in_flight.join_next()).await
            {
                ended.extend(next.ok());
            }
            self.note(ended).await;
        }
    }

    /// Notes outcomes in one commit, for one each would cost more than the mails.
    async fn note(&self, ended: Vec<Ended>) {
        let count = ended.len();
        let (mut tried, mut untried) = (Vec::new(), Vec::new());
        for each in ended {
            match each {
                Ended::Tried(delivery) => tried.push(*delivery),
                Ended::Untried(id, lease) => untried.push((id, lease)),
            }
        }
        let noted = self
            .0
            .db
            .write_in_background(Context::system(), move |tx| {
                tried.iter().try_for_each(|delivery| store::note(tx, delivery))?;
                store::release(tx, &untried)
            })
            .await;
        if let Err(error) = noted {
            // The leases run out, and the messages are tried again under the same ids.
            tracing::warn!(count, error = %error.chain(), "the outcomes of deliveries could not be noted");
        }
    }
}

impl Inner {
    /// What is due, target by target, as far as each may be given more. A target that bears nothing now costs
    /// no look at its messages, however many wait.
    fn due(&self, read: &mut Read<'_>) -> Result<Vec<Found>> {
        let mut found = Vec::new();
        for route in &self.routes {
            let channel = route.channel.name();
            let mut after = String::new();
            while let Some(name) = store::next_target(read.conn, channel, &after)? {
                let target = self.targets.of(route.channel.as_ref(), &name);
                let most = target.leasable();
                if most > 0 {
                    let limit = i64::try_from(most).unwrap_or(i64::MAX);
                    let ids = store::due(read.conn, channel, &name, read.now, limit)?;
                    let full = ids.len() >= most;
                    found.push((route.clone(), target, ids, full));
                }
                after = name;
            }
        }
        Ok(found)
    }

    async fn process(
        &self,
        route: &Route,
        target: &Target,
        delivery: Delivery,
        begin_by: Instant,
        _counted: Leased,
    ) -> Ended {
        let untried = Ended::Untried(delivery.id, delivery.leased_until);
        let Some(admission) = target.admission(begin_by).await else { return untried };
        if self.stopping.load(Ordering::SeqCst) {
            return untried;
        }
        let attempt = AssertUnwindSafe(attempt(route, &delivery)).catch_unwind().await;
        let attempt = attempt.unwrap_or_else(|_| {
            metrics::counter!("leaddock_panics_total", "where" => "delivery").increment(1);
            Err(Error::internal("a delivery panicked"))
        });
        match attempt {
            Ok(attempt) => {
                let (end, words) = end_of(&attempt);
                admission.ended(end, words);
                self.tried(route, delivery, attempt)
            }
            // The database did not answer, which is nothing about the message.
            Err(error) if error.class() == Class::Unavailable => untried,
            Err(error) => {
                tracing::warn!(delivery = %delivery.id.uuid(), error = %error.chain(),
                    "a message could not be put together");
                let given_up = delivery.attempts_since() + 1 >= BROKEN_TRIES;
                let words = "the message could not be put together".to_owned();
                let attempt = if given_up { Attempt::Unsendable(words) } else { Attempt::Deferred(words) };
                self.tried(route, delivery, attempt)
            }
        }
    }

    /// The row after a try.
    fn tried(&self, route: &Route, before: Delivery, attempt: Attempt) -> Ended {
        let now = self.db.parts().clock.now();
        let message_id = route.channel.message_id(&route.source.name(before.id));
        // Who was not even reached has used nothing up: the waits begin with the first answer.
        let unreachable = matches!(attempt, Attempt::Unreachable(_));
        let (attempts, wait) = if unreachable {
            (before.attempts.max(before.attempts_before + 1), 1)
        } else {
            (before.attempts + 1, before.attempts_since() + 1)
        };
        let row = Delivery { attempts, message_id, next_attempt_at: None, delivered_at: None, ..before };
        let row = match attempt {
            Attempt::Delivered => {
                Delivery { status: Status::Delivered, last_error: None, delivered_at: Some(now), ..row }
            }
            Attempt::Refused(words) | Attempt::Unsendable(words) => {
                Delivery { status: Status::Dead, last_error: Some(words), ..row }
            }
            Attempt::Deferred(words) | Attempt::Lost(words) | Attempt::Unreachable(words) => {
                let [chance] = random_bytes::<1>().unwrap_or([128]);
                let next_attempt_at = row.next_attempt(wait, now, chance);
                let status = if next_attempt_at.is_some() { Status::Failed } else { Status::Dead };
                Delivery { status, next_attempt_at, last_error: Some(words), ..row }
            }
        };
        let outcome = if unreachable { "unreachable" } else { row.status.word() };
        metrics::counter!("leaddock_deliveries_total",
            "channel" => route.channel.name(), "outcome" => outcome)
        .increment(1);
        route.source.tried(row.status);
        Ended::Tried(Box::new(row))
    }
}

/// Has a message rendered, and hands it over.
async fn attempt(route: &Route, delivery: &Delivery) -> Result<Attempt> {
    let message = match route.source.message(delivery.id).await? {
        Rendered::Ready(message) => message,
        Rendered::Over(reason) => return Ok(Attempt::Unsendable(reason.to_owned())),
    };
    let handed_over = timeout(HANDED_OVER_WITHIN, route.channel.deliver(&delivery.target, message)).await;
    Ok(handed_over.unwrap_or_else(|_| Attempt::Lost("it took too long".to_owned())))
}

/// What a try says of its target.
fn end_of(attempt: &Attempt) -> (CallOutcome, &str) {
    match attempt {
        Attempt::Delivered => (CallOutcome::Answered, ""),
        Attempt::Refused(words) | Attempt::Deferred(words) => (CallOutcome::Answered, words),
        Attempt::Unsendable(words) => (CallOutcome::NotCalled, words),
        Attempt::Lost(words) => (CallOutcome::Lost, words),
        Attempt::Unreachable(words) => (CallOutcome::Unreachable, words),
    }
}
