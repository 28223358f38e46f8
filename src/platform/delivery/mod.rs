//! The delivery queue: everything that leaves by a channel (mail, webhooks, robots) is a row here.
//! What a message says is known to its source, how it leaves to its channel.

mod breaker;
mod contract;
mod dispatcher;
pub mod model;
mod retries;
pub mod schema;
pub mod store;
mod target;

pub use contract::{Attempt, Channel, Limits, Message, Rendered, Report, Source, Tried};
pub use dispatcher::{Dispatcher, Route};
pub use model::{Delivery, LeaseHolder, SourceId, Status};
pub use retries::RetrySchedule;
