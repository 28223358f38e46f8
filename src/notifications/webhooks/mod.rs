//! Webhooks: what happens is posted to addresses of other systems, signed, in order of the log. Owns the
//! tables webhooks, webhook_deliveries, webhook_attempts, webhook_replays. When a message is tried again is
//! decided in `platform/delivery`, where it may be posted to in `platform/outbound`.

pub mod actions;
pub mod api;
pub mod channel;
pub mod fan_out;
pub mod model;
pub mod schema;
pub mod signing;
pub mod source;
pub mod store;

pub use fan_out::{fan_out, job};
pub use model::Targets;
pub use source::route;
