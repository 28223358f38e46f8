//! What a closure gets behind the two doors: a connection, the frozen now, and who acts.
//! It cannot reach mail or HTTP; what should happen outside is recorded as an event (platform/outbox).

use std::sync::Arc;

use tokio::sync::Notify;

use super::connection::DbConnection;
use crate::kernel::clock::{Clock, Timestamp};
use crate::kernel::error::Result;
use crate::kernel::id::{FormId, Id, Ids, RequestId, UserId};
use crate::platform::events::{Event, Reactor};

/// Who causes a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    System,
    User(UserId),
    Form(FormId),
}

/// On whose behalf a change is made.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    pub actor: Actor,
    pub request: Option<RequestId>,
}

impl Context {
    pub const fn system() -> Self {
        Self { actor: Actor::System, request: None }
    }

    pub const fn by(actor: Actor, request: Option<RequestId>) -> Self {
        Self { actor, request }
    }
}

/// The parts a change is made with; a test swaps the clock.
#[derive(Clone)]
pub struct Parts {
    pub clock: Clock,
    pub ids: Arc<Ids>,
    /// Answer events inside the transaction that records them.
    pub reactors: Arc<[Reactor]>,
    /// Told after each commit that left work for the jobs.
    pub work: Arc<Notify>,
    /// Told after each commit that scheduled a timer for about now.
    pub timers: Arc<Notify>,
}

impl Parts {
    pub fn new(clock: Clock, reactors: &[Reactor]) -> Self {
        Self {
            clock,
            ids: Arc::default(),
            reactors: reactors.into(),
            work: Arc::default(),
            timers: Arc::default(),
        }
    }
}

/// A read: a connection and its now.
pub struct Read<'c> {
    pub conn: &'c mut DbConnection,
    pub now: Timestamp,
}

/// A change: all of it is committed, or nothing.
pub struct Tx<'c> {
    pub conn: &'c mut DbConnection,
    /// Frozen when the change began.
    pub now: Timestamp,
    pub context: Context,
    pub(super) parts: &'c Parts,
    pub(super) leaves_work: bool,
    pub(super) wakes_timers: bool,
}

impl Tx<'_> {
    /// A new id of this change's moment.
    pub fn id<K>(&self) -> Id<K> {
        self.parts.ids.make(self.now)
    }

    /// Wakes the jobs once this is committed.
    pub fn leave_work(&mut self) {
        self.leaves_work = true;
    }

    /// Wakes the poller of the timers once this is committed.
    pub fn wake_timers(&mut self) {
        self.wakes_timers = true;
    }

    /// Lets the rooms above answer an event, inside this transaction.
    pub fn react(&mut self, event: &Event) -> Result<()> {
        let reactors = Arc::clone(&self.parts.reactors);
        for reactor in reactors.iter() {
            reactor(self, event)?;
        }
        Ok(())
    }

    /// The same change at another moment, on another one's behalf: for filling in the past. Wakes no job.
    pub fn at(&mut self, now: Timestamp, context: &Context) -> Tx<'_> {
        Tx {
            conn: self.conn,
            now,
            context: *context,
            parts: self.parts,
            leaves_work: false,
            wakes_timers: false,
        }
    }
}
