//! Subscribers: the typed handlers that rooms list for facts, run inside the transaction that records them.
//! Which rooms have some is said in `app.rs`.

use std::any::{Any, TypeId};
use std::sync::Arc;

use super::model::{Event, Fact};
use crate::kernel::clock::Clock;
use crate::kernel::error::{Error, Result};
use crate::platform::db::{Notified, Parts, Tx, Zone};

/// What a room exposes: a function that lists its subscribers.
pub type Subscribe = fn(&mut Subscribers);

type Handler = Box<dyn Fn(&mut Tx<'_>, &Event, &dyn Any) -> Result<()> + Send + Sync>;

struct Subscriber {
    fact: TypeId,
    kind: &'static str,
    handler: Handler,
}

/// The subscribers of the house, in the order in which they are run.
#[derive(Default)]
pub struct Subscribers(Vec<Subscriber>);

impl Subscribers {
    /// The subscribers that these rooms list.
    pub fn of(rooms: &[Subscribe]) -> Self {
        let mut all = Self::default();
        rooms.iter().for_each(|subscribe| subscribe(&mut all));
        all
    }

    /// Subscribes a handler to one kind of fact. It gets the event's metadata and the fact as the value it
    /// was recorded from, inside the transaction that records it: if the handler fails, so does the change.
    pub fn on<F: Fact>(
        &mut self,
        handler: impl Fn(&mut Tx<'_>, &Event, &F) -> Result<()> + Send + Sync + 'static,
    ) -> &mut Self {
        let handler: Handler = Box::new(move |tx, event, fact| {
            let fact = fact.downcast_ref::<F>().ok_or_else(|| Error::internal("a fact of another type"))?;
            handler(tx, event, fact)
        });
        self.0.push(Subscriber { fact: TypeId::of::<F>(), kind: F::KIND, handler });
        self
    }

    /// The kinds of events that somebody subscribes to, each once, in the order of subscription.
    pub fn kinds(&self) -> Vec<&'static str> {
        let mut kinds = Vec::new();
        for Subscriber { kind, .. } in &self.0 {
            if !kinds.contains(kind) {
                kinds.push(*kind);
            }
        }
        kinds
    }
}

impl Notified for Subscribers {
    fn notify(&self, tx: &mut Tx<'_>, event: &Event, fact: &dyn Any) -> Result<()> {
        let of_its_type = self.0.iter().filter(|subscriber| subscriber.fact == fact.type_id());
        of_its_type.into_iter().try_for_each(|subscriber| (subscriber.handler)(tx, event, fact))
    }
}

impl Parts {
    /// With the subscribers that these rooms list, in UTC.
    pub fn new(clock: Clock, rooms: &[Subscribe]) -> Self {
        Self {
            clock,
            zone: Zone::default(),
            ids: Arc::default(),
            subscribers: Arc::new(Subscribers::of(rooms)),
            publication: Arc::default(),
            work: Arc::default(),
            timers: Arc::default(),
            cached: Arc::default(),
        }
    }

    pub fn in_zone(self, zone: Zone) -> Self {
        Self { zone, ..self }
    }
}
