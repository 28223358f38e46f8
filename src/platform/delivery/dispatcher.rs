//! The dispatcher of a node: leases what waits in the queue, has it rendered and handed over, and notes what
//! came of it. Whatever happens to one message or one target stops no other.

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::ops::Range;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join;
use tokio::sync::{Mutex, Notify};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::breaker::CallOutcome;
use super::model::LeaseHolder;
use super::model::{Delivery, SourceId, Status};
use super::store::{Clocks, Lease};
use super::target::{Leased, Target, Targets};
use super::{Attempt, Channel, Rendered, Report, Source, Tried, store};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Class, Error, Result};
use crate::kernel::id::random_bytes;
use crate::platform::db::{Context, Db, Read, Tx};
use crate::platform::jobs::Next;

/// Whoever dies with a lease holds its messages up for this long. Who lives renews it while a message is on
/// its way.
const LEASE: chrono::Duration = chrono::Duration::seconds(20);
const RENEWED_EVERY: Duration = Duration::from_secs(5);
const BEGUN_WITHIN: Duration = Duration::from_secs(15);
const RENDERED_WITHIN: Duration = Duration::from_secs(5);
/// A mail server may take half a minute for each step of the talk.
const HANDED_OVER_WITHIN: Duration = Duration::from_secs(300);
/// How long a node that stops waits for what is on its way.
const FINISHED_WITHIN: Duration = Duration::from_secs(25);
/// How long outcomes wait behind the background's other work; then they go with people's changes, which wait
/// for a bounded time.
const NOTED_IN_BACKGROUND_WITHIN: Duration = Duration::from_secs(1);
/// Messages that one look leases. The next look goes on behind the last target that had its turn.
const LEASED_A_LOOK: usize = 500;
/// How long one look waits for what it has begun; what takes longer goes on beside the next look.
const LOOK: Duration = Duration::from_millis(200);
/// Outcomes that are enough to be noted together, and how long the first of them may wait for that.
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

/// How long a message waits whose handling panicked.
const AFTER_PANIC: chrono::Duration = chrono::Duration::minutes(1);

/// Delivers what waits. Cloning gives another handle.
#[derive(Clone)]
pub struct Dispatcher(Arc<Inner>);

struct Inner {
    db: Db,
    routes: Vec<Route>,
    targets: Targets,
    holder: LeaseHolder,
    in_flight: Mutex<InFlight>,
    /// Where the next look goes on, if the last one was full.
    resume: std::sync::Mutex<Option<Place>>,
    stopping: AtomicBool,
}

/// What is on its way, and under a lease.
#[derive(Default)]
struct InFlight {
    tasks: JoinSet<Ended>,
    leased: HashSet<SourceId>,
    renewed: Option<Instant>,
}

/// What has become of a leased message.
enum Ended {
    /// Tried: the row as it is to be noted, by whom else, and the try itself if the target was asked.
    Tried(Box<Delivery>, Arc<dyn Source>, Option<Tried>),
    /// Not tried; its lease is given back, and it waits until a moment, if there is one.
    Untried(SourceId, Option<LeaseHolder>, Option<Timestamp>),
}

impl Ended {
    fn id(&self) -> SourceId {
        match self {
            Self::Tried(delivery, ..) => delivery.id,
            Self::Untried(id, ..) => *id,
        }
    }

    fn target(&self) -> &str {
        match self {
            Self::Tried(delivery, ..) => &delivery.target,
            Self::Untried(..) => "",
        }
    }
}

/// A place in the order of targets: behind this one, of the route of this number.
type Place = (usize, String);

/// The messages of one target that a look found.
struct OfTarget {
    route: Route,
    target: Arc<Target>,
    ids: Vec<SourceId>,
    /// There may be more.
    full: bool,
}

/// What a look found and leased.
#[derive(Default)]
struct Look {
    found: Vec<OfTarget>,
    leased: Vec<Delivery>,
    /// When what has not begun is given back.
    begin_by: Option<Instant>,
    /// There are targets that had no turn.
    partial: bool,
}

impl Look {
    fn has_more(&self) -> bool {
        self.partial || self.found.iter().any(|of_target| of_target.full && of_target.target.leasable() > 0)
    }
}

impl Dispatcher {
    pub fn new(db: Db, routes: Vec<Route>) -> Self {
        Self(Arc::new(Inner {
            db,
            routes,
            targets: Targets::default(),
            holder: LeaseHolder::from_uuid(uuid::Uuid::from_bytes(random_bytes::<16>().unwrap_or_default())),
            in_flight: Mutex::default(),
            resume: std::sync::Mutex::default(),
            stopping: AtomicBool::new(false),
        }))
    }

    /// One look: begins what is due and may be begun, and notes what has ended, also while the look waits for
    /// the database. What hangs goes on beside the next look.
    pub async fn work(&self) -> Result<Next> {
        let mut in_flight = self.0.in_flight.lock().await;
        let looked = Notify::new();
        let look = self.look().inspect(|_| looked.notify_one());
        let (look, ()) = join(look, self.gather(&mut in_flight, looked.notified())).await;
        let begun = look.map(|look| self.begin(&mut in_flight, look));
        self.gather(&mut in_flight, sleep(LOOK)).await;
        self.0.targets.tidy();
        self.renew(&mut in_flight).await;
        let more = begun?.has_more() || !in_flight.tasks.is_empty();
        Ok(if more { Next::Immediately } else { Next::Wait })
    }

    /// Ends what is on its way; what has not been begun is given back.
    pub async fn finish(&self) {
        self.0.stopping.store(true, Ordering::SeqCst);
        let mut in_flight = self.0.in_flight.lock().await;
        let end = Instant::now() + FINISHED_WITHIN;
        while !in_flight.tasks.is_empty() && Instant::now() < end {
            self.gather(&mut in_flight, sleep(LOOK)).await;
            self.renew(&mut in_flight).await;
        }
    }

    /// Makes the leases on what is on its way last longer.
    async fn renew(&self, in_flight: &mut InFlight) {
        if in_flight.renewed.is_some_and(|at| at.elapsed() < RENEWED_EVERY) {
            return;
        }
        in_flight.renewed = Some(Instant::now());
        if in_flight.leased.is_empty() {
            return;
        }
        let ids: Vec<SourceId> = in_flight.leased.iter().copied().collect();
        let lease = self.lease();
        let renewal = self.0.db.write(Context::system(), move |tx| store::renew(tx, &ids, lease));
        if let Err(error) = renewal.await {
            tracing::warn!(error = %error.chain(), "the leases of deliveries could not be renewed");
        }
    }

    /// A lease of this node from now on.
    fn lease(&self) -> Lease {
        Lease { holder: self.0.holder, from: self.0.db.parts().clock.machine(), span: LEASE }
    }

    /// Leases what is due, as far as it may be begun.
    async fn look(&self) -> Result<Look> {
        let from = self.0.resume().take();
        let (inner, start) = (Arc::clone(&self.0), from.clone());
        let (found, next) = self.0.db.read(move |read| inner.due(read, start.as_ref())).await?;
        let partial = from.is_some() || next.is_some();
        *self.0.resume() = next;
        let ids: Vec<SourceId> = found.iter().flat_map(|of_target| of_target.ids.iter().copied()).collect();
        if ids.is_empty() {
            return Ok(Look { partial, ..Look::default() });
        }
        let lease = self.lease();
        let places: HashMap<SourceId, usize> = ids.iter().copied().zip(0..).collect();
        let leasing =
            self.0.db.write_in_background(Context::system(), move |tx| store::lease(tx, &ids, lease));
        let mut leased = leasing.await?;
        // They begin in the order in which they were found.
        leased.sort_by_key(|delivery| places.get(&delivery.id).copied());
        Ok(Look { found, leased, begin_by: Some(Instant::now() + BEGUN_WITHIN), partial })
    }

    /// Begins what was leased.
    fn begin(&self, in_flight: &mut InFlight, look: Look) -> Look {
        let begin_by = look.begin_by.unwrap_or_else(Instant::now);
        let Look { found, leased, .. } = &look;
        for delivery in leased {
            // One whose lease ran out while it was on its way here.
            if !in_flight.leased.insert(delivery.id) {
                continue;
            }
            let Some(of) = found.iter().find(|of_target| of_target.ids.contains(&delivery.id)) else {
                continue;
            };
            let (route, target) = (of.route.clone(), Arc::clone(&of.target));
            let (counted, delivery) = (target.leased(), delivery.clone());
            let inner = Arc::clone(&self.0);
            let (id, holder) = (delivery.id, delivery.leased_by);
            in_flight.tasks.spawn(async move {
                let processing = inner.process(&route, &target, delivery, begin_by, counted);
                let ended = AssertUnwindSafe(processing).catch_unwind().await;
                // Whatever went wrong here is nothing about the message.
                ended.unwrap_or_else(|_| {
                    Ended::Untried(id, holder, Some(inner.db.parts().clock.now().plus(AFTER_PANIC)))
                })
            });
        }
        look
    }

    /// Notes what ends until nothing is on its way or `until` comes: when fifty have ended, or what has after
    /// 50 milliseconds, in one commit.
    async fn gather(&self, in_flight: &mut InFlight, until: impl Future<Output = ()>) {
        let mut until = pin!(until);
        while !in_flight.tasks.is_empty() {
            self.renew(in_flight).await;
            let tasks = &mut in_flight.tasks;
            let first = tokio::select! {
                biased;
                ended = tasks.join_next() => ended,
                () = &mut until => return,
                () = sleep(RENEWED_EVERY) => continue,
            };
            let mut ended: Vec<Ended> = first.and_then(|first| first.ok()).into_iter().collect();
            let note_by = Instant::now() + NOTED_WITHIN;
            while ended.len() < NOTED_TOGETHER
                && let Ok(Some(next)) = timeout_at(note_by, tasks.join_next()).await
            {
                ended.extend(next.ok());
            }
            // What ended while others were noted does not wait for a third commit.
            ended.extend(std::iter::from_fn(|| tasks.try_join_next()).filter_map(Result::ok));
            for ended in &ended {
                in_flight.leased.remove(&ended.id());
            }
            // One order for everybody who holds what is behind the targets.
            ended.sort_by(|one, other| one.target().cmp(other.target()));
            self.note(ended).await;
        }
    }

    /// Notes outcomes in one commit, for one each would cost more than the mails.
    async fn note(&self, ended: Vec<Ended>) {
        let ended: Arc<[Ended]> = ended.into();
        let Err(error) = self.write_outcomes(&ended, 0..ended.len()).await else { return };
        tracing::warn!(count = ended.len(), error = %error.chain(),
            "the outcomes of deliveries could not be noted together");
        // One of them may be at fault. Of those that cannot be noted the leases run out, and the messages are
        // tried again under the same ids.
        for place in 0..ended.len() {
            if let Err(error) = self.write_outcomes(&ended, place..place + 1).await {
                tracing::warn!(error = %error.chain(), "the outcome of a delivery could not be noted");
                if error.class() == Class::Unavailable {
                    return;
                }
            }
        }
    }

    async fn write_outcomes(&self, ended: &Arc<[Ended]>, which: Range<usize>) -> Result<()> {
        let writing = || {
            let (ended, which) = (Arc::clone(ended), which.clone());
            move |tx: &mut Tx<'_>| {
                ended.get(which.clone()).into_iter().flatten().try_for_each(|ended| ended.write(tx))
            }
        };
        let db = &self.0.db;
        let in_background = db.write_in_background(Context::system(), writing());
        match timeout(NOTED_IN_BACKGROUND_WITHIN, in_background).await {
            Ok(noted) => noted,
            // What still waits there finds the leases ended, and does nothing.
            Err(_) => db.write(Context::system(), writing()).await,
        }
    }
}

impl Ended {
    fn write(&self, tx: &mut Tx<'_>) -> Result<()> {
        match self {
            Self::Untried(id, holder, not_before) => store::release(tx, *id, *holder, *not_before),
            Self::Tried(delivery, source, tried) => {
                let is_ours = store::note(tx, delivery)?;
                match tried {
                    Some(tried) if is_ours => source.note(tx, delivery, tried),
                    _ => Ok(()),
                }
            }
        }
    }
}

impl Inner {
    fn resume(&self) -> MutexGuard<'_, Option<Place>> {
        self.resume.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is due, target by target from this place on, as far as each may be given more. A target that
    /// bears nothing now costs no look at its messages, however many wait. Besides: where the next look goes
    /// on, if this one may lease no more.
    fn due(&self, read: &mut Read<'_>, from: Option<&Place>) -> Result<(Vec<OfTarget>, Option<Place>)> {
        let (mut found, mut left) = (Vec::new(), LEASED_A_LOOK);
        let (first, mut after) = from.cloned().unwrap_or_default();
        for (number, route) in self.routes.iter().enumerate().skip(first) {
            let channel = route.channel.name();
            while let Some(name) = store::next_target(read.conn, channel, &after)? {
                if left == 0 {
                    return Ok((found, Some((number, after))));
                }
                let target = self.targets.of(route.channel.as_ref(), &name);
                let most = target.leasable().min(left);
                if most > 0 {
                    let limit = i64::try_from(most).unwrap_or(i64::MAX);
                    let now = Clocks { app: read.now, machine: self.db.parts().clock.machine() };
                    let ids = store::due(read.conn, channel, &name, now, limit)?;
                    left -= ids.len();
                    let full = ids.len() >= most;
                    found.push(OfTarget { route: route.clone(), target, ids, full });
                }
                after = name;
            }
            after.clear();
        }
        Ok((found, None))
    }

    async fn process(
        &self,
        route: &Route,
        target: &Target,
        delivery: Delivery,
        begin_by: Instant,
        _counted: Leased,
    ) -> Ended {
        let untried = |until| Ended::Untried(delivery.id, delivery.leased_by, until);
        let Some(admission) = target.admission(begin_by).await else { return untried(None) };
        if self.stopping.load(Ordering::SeqCst) {
            return untried(None);
        }
        let began = Instant::now();
        let attempt = AssertUnwindSafe(attempt(route, &delivery)).catch_unwind().await;
        let attempt = attempt.unwrap_or_else(|_| {
            metrics::counter!("leaddock_panics_total", "where" => "delivery").increment(1);
            Err(Error::internal("a delivery panicked"))
        });
        match attempt {
            Ok(Handing::Later(at)) => untried(Some(at)),
            Ok(Handing::LeftWith(message_id)) => {
                let delivery = delivery.delivered(self.db.parts().clock.now(), message_id);
                Ended::Tried(Box::new(delivery), Arc::clone(&route.source), None)
            }
            Ok(Handing::Over(report)) => {
                let (end, words) = end_of(&report.attempt);
                admission.ended(end, words);
                let was_asked = !matches!(report.attempt, Attempt::Unsendable(_));
                self.tried(route, delivery, report, was_asked.then(|| began.elapsed()))
            }
            // The database did not answer, which is nothing about the message.
            Err(error) if error.class() == Class::Unavailable => untried(None),
            Err(error) => {
                tracing::warn!(delivery = %delivery.id.uuid(), error = %error.chain(),
                    "a message could not be put together");
                let given_up = delivery.attempts_since() + 1 >= BROKEN_TRIES;
                let words = "the message could not be put together".to_owned();
                let attempt = if given_up { Attempt::Unsendable(words) } else { Attempt::Deferred(words) };
                self.tried(route, delivery, attempt.into(), None)
            }
        }
    }

    /// The row after a try, which took so long; none: the target was not asked.
    fn tried(&self, route: &Route, before: Delivery, report: Report, took: Option<Duration>) -> Ended {
        let now = self.db.parts().clock.now();
        let Report { attempt, code } = report;
        let error = attempt.error().map(str::to_owned);
        let tried = took.map(|duration| Tried { at: now, duration, code, error });
        let message_id = route.channel.message_id(&route.source.name(before.id));
        // Who was not even reached has used nothing up: the waits begin with the first answer.
        let unreachable = matches!(attempt, Attempt::Unreachable(_));
        let (attempts, wait) = if unreachable {
            (before.attempts.max(before.attempts_before + 1), 1)
        } else {
            (before.attempts + 1, before.attempts_since() + 1)
        };
        let first_tried_at = before.first_tried_at.unwrap_or(now);
        let row = Delivery {
            attempts,
            message_id,
            next_attempt_at: None,
            delivered_at: None,
            first_tried_at: Some(first_tried_at),
            ..before
        };
        let row = match attempt {
            Attempt::Delivered => {
                let message_id = row.message_id.clone();
                row.delivered(now, message_id)
            }
            Attempt::Refused(words) | Attempt::Unsendable(words) => {
                Delivery { status: Status::Dead, last_error: Some(words), ..row }
            }
            Attempt::Throttled(span, words) => {
                let span = chrono::Duration::from_std(span).unwrap_or_default();
                let next_attempt_at = Some(now.plus(span));
                // It uses nothing of the schedule up.
                let attempts_before = row.attempts_before + 1;
                let (status, last_error) = (Status::Failed, Some(words));
                Delivery { status, next_attempt_at, last_error, attempts_before, ..row }
            }
            Attempt::Deferred(words) | Attempt::Lost(words) | Attempt::Unreachable(words) => {
                let [chance] = random_bytes::<1>().unwrap_or([128]);
                let retries = route.channel.retries();
                let next_attempt_at = retries.next(wait, first_tried_at, now, chance);
                let status = if next_attempt_at.is_some() { Status::Failed } else { Status::Dead };
                Delivery { status, next_attempt_at, last_error: Some(words), ..row }
            }
        };
        let outcome = if unreachable { "unreachable" } else { row.status.word() };
        metrics::counter!("leaddock_deliveries_total",
            "channel" => route.channel.name(), "outcome" => outcome)
        .increment(1);
        route.source.tried(row.status);
        Ended::Tried(Box::new(row), Arc::clone(&route.source), tried)
    }
}

/// What came of a message that was to be handed over.
enum Handing {
    Over(Report),
    /// Not before this moment.
    Later(Timestamp),
    LeftWith(Option<String>),
}

/// Has a message rendered, and hands it over.
async fn attempt(route: &Route, delivery: &Delivery) -> Result<Handing> {
    let rendering = timeout(RENDERED_WITHIN, route.source.message(delivery.id)).await;
    let message = match rendering.map_err(Error::unavailable)?? {
        Rendered::Ready(message) => message,
        Rendered::Over(reason) => {
            return Ok(Handing::Over(Attempt::Unsendable(reason.to_owned()).into()));
        }
        Rendered::Later(at) => return Ok(Handing::Later(at)),
        Rendered::LeftWith(message_id) => return Ok(Handing::LeftWith(message_id)),
    };
    let handed_over = timeout(HANDED_OVER_WITHIN, route.channel.deliver(&delivery.target, message)).await;
    let report = handed_over.unwrap_or_else(|_| Attempt::Lost("it took too long".to_owned()).into());
    Ok(Handing::Over(report))
}

/// What a try says of its target.
fn end_of(attempt: &Attempt) -> (CallOutcome, &str) {
    match attempt {
        Attempt::Delivered => (CallOutcome::Answered, ""),
        Attempt::Refused(words) | Attempt::Deferred(words) | Attempt::Throttled(_, words) => {
            (CallOutcome::Answered, words)
        }
        Attempt::Unsendable(words) => (CallOutcome::NotCalled, words),
        Attempt::Lost(words) => (CallOutcome::Lost, words),
        Attempt::Unreachable(words) => (CallOutcome::Unreachable, words),
    }
}
