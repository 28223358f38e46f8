//! The event log: facts, written once in the transaction of the change that made them, numbered by a position
//! that is visible in order, and handed to their subscribers. Owns the table events. Which facts there are is
//! said in each room's `events.rs`; sending anything is not done here.

mod log;
mod model;
mod publication;
mod record;
pub mod schema;
mod signals;
mod subscribers;

pub use log::{
    Choice, LogEntry, Published, after, by_id, by_ids, caused_by, entries_after, has_unpublished,
    last_position, latest, latest_of_fact, of_fact_about, of_fact_since, of_kinds, of_kinds_about, timeline,
};
pub use model::{AnySubject, Event, Fact, NO_SUBJECT, Subject, is_kind};
pub use publication::{job, publish, publish_all};
pub use signals::Publication;
pub use subscribers::{Subscribe, Subscribers};
