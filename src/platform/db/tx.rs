//! What a closure gets behind the two doors: a connection, the frozen now, and who acts.
//! It cannot reach mail or HTTP; what should happen outside is recorded as an event (platform/events).

use std::any::Any;
use std::sync::Arc;

use chrono::Duration;
use chrono_tz::Tz;
use tokio::sync::Notify;

use super::actor::Actor;
use super::cached::{Cached, Revision};
use super::connection::DbConnection;
use super::rows::WriteSet;
use super::zone::Zone;
use crate::kernel::clock::{Clock, Timestamp};
use crate::kernel::error::Result;
use crate::kernel::id::{Id, Ids, RequestId};
use crate::platform::events::{Event, Fact, Publication};

/// On whose behalf a change is made.
#[derive(Clone, Debug)]
pub struct Context {
    pub actor: Actor,
    pub request: Option<RequestId>,
}

impl Context {
    pub const fn system() -> Self {
        Self { actor: Actor::SYSTEM, request: None }
    }

    pub const fn by(actor: Actor, request: Option<RequestId>) -> Self {
        Self { actor, request }
    }
}

/// Who is notified of each event, inside the transaction that records it.
pub trait Notified: Send + Sync {
    /// Runs the subscribers of a fact. If one of them fails, so does the change.
    fn notify(&self, tx: &mut Tx<'_>, event: &Event, fact: &dyn Any) -> Result<()>;
}

/// The parts a change is made with; a test swaps the clock.
#[derive(Clone)]
pub struct Parts {
    pub clock: Clock,
    pub zone: Zone,
    pub ids: Arc<Ids>,
    /// Handle events inside the transaction that records them.
    pub subscribers: Arc<dyn Notified>,
    /// The signals of the event log.
    pub publication: Arc<Publication>,
    /// Notified after each commit that left work for the jobs.
    pub work: Arc<Notify>,
    /// Notified after each commit that scheduled a timer for about now.
    pub timers: Arc<Notify>,
    /// What is kept in memory of what is stored.
    pub cached: Arc<Cached>,
}

/// A read: a connection and its now.
pub struct Read<'c> {
    pub conn: &'c mut DbConnection,
    pub now: Timestamp,
    pub zone: Zone,
}

impl<'c> Read<'c> {
    pub(super) fn begin(conn: &'c mut DbConnection, parts: &Parts) -> Self {
        Self { conn, now: parts.clock.now(), zone: parts.zone }
    }

    /// The organisation's time zone, as of now: asked for where it is needed, and not kept.
    pub fn zone(&mut self) -> Result<Tz> {
        self.zone.of(self.conn)
    }
}

/// Whom a change wakes once it is committed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Wakes {
    /// The jobs.
    jobs: bool,
    /// The publication of events.
    publication: bool,
    /// The poller of the timers.
    timers: bool,
}

impl Wakes {
    pub(super) fn wake(self, parts: &Parts) {
        if self.jobs {
            parts.work.notify_one();
        }
        if self.publication {
            parts.publication.recorded.notify_one();
        }
        if self.timers {
            parts.timers.notify_one();
        }
    }
}

/// A change: all of it is committed, or nothing.
pub struct Tx<'c> {
    pub conn: &'c mut DbConnection,
    /// Frozen when the change began; moved only behind the change that it follows.
    pub now: Timestamp,
    pub context: Context,
    pub(super) parts: &'c Parts,
    pub(super) wakes: Wakes,
    /// In a group of changes: the rows that are inserted at its end.
    pub(super) write_set: Option<WriteSet>,
}

impl<'c> Tx<'c> {
    pub(super) fn begin(conn: &'c mut DbConnection, parts: &'c Parts, context: Context) -> Self {
        let now = parts.clock.now();
        Self { conn, now, context, parts, wakes: Wakes::default(), write_set: None }
    }
}

impl Tx<'_> {
    /// Moves this change behind another one that it follows, whose moment may be later: another node's clock,
    /// or one that began later and ended earlier.
    pub fn not_before(&mut self, at: Timestamp) {
        if self.now < at {
            self.now = at.plus(Duration::milliseconds(1));
        }
    }

    /// A new id of this change's moment.
    pub fn id<K>(&self) -> Id<K> {
        self.parts.ids.make(self.now)
    }

    /// The organisation's time zone, as of now: asked for where it is needed, and not kept.
    pub fn zone(&mut self) -> Result<Tz> {
        self.parts.zone.of(self.conn)
    }

    /// The time zone of the configuration, which counts unless people have chosen another one.
    pub fn configured_zone(&self) -> Tz {
        self.parts.zone.default_of()
    }

    /// Whom the change wakes once it is committed.
    pub(super) fn wakes(&self) -> Wakes {
        self.wakes
    }

    /// Wakes the jobs once this is committed.
    pub fn leave_work(&mut self) {
        self.wakes.jobs = true;
    }

    /// Wakes the poller of the timers once this is committed.
    pub fn wake_timers(&mut self) {
        self.wakes.timers = true;
    }

    /// Hands an event to its subscribers, inside this transaction, and has it published after the commit.
    pub fn dispatch<F: Fact>(&mut self, event: &Event, fact: &F) -> Result<()> {
        self.wakes.publication = true;
        let parts = self.parts;
        parts.subscribers.notify(self, event, fact)
    }

    /// Runs a part of the change on behalf of another actor, if there is one.
    pub fn acting_as<T>(
        &mut self,
        actor: Option<Actor>,
        part: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let Some(actor) = actor else { return part(self) };
        let before = std::mem::replace(&mut self.context.actor, actor);
        let result = part(self);
        self.context.actor = before;
        result
    }

    /// The same change at another moment, on another one's behalf: for filling in the past. Wakes no job.
    pub fn at(&mut self, now: Timestamp, context: &Context) -> Tx<'_> {
        Tx {
            conn: self.conn,
            now,
            context: context.clone(),
            parts: self.parts,
            wakes: Wakes::default(),
            write_set: None,
        }
    }
}

impl Tx<'_> {
    /// The value of this type that was made from a revision, or makes it now.
    pub fn cached<T: Send + Sync + 'static>(
        &mut self,
        revision: Revision,
        make: impl FnOnce(&mut DbConnection) -> Result<T>,
    ) -> Result<Arc<T>> {
        let cached = Arc::clone(&self.parts.cached);
        if let Some(value) = cached.get(revision) {
            return Ok(value);
        }
        let value = Arc::new(make(self.conn)?);
        cached.keep(revision, &value);
        Ok(value)
    }
}
