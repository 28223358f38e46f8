//! Group robots of DingTalk, Feishu and WeCom: what happens to inquiries is said in a chat, merged to as few
//! messages as the robot bears. Owns the tables robots, robot_facts. When a message is tried again is decided
//! in `platform/delivery`.

pub mod actions;
pub mod api;
mod batches;
mod channel;
mod fan_out;
pub mod kind;
pub mod model;
mod rate;
pub mod schema;
mod signing;
mod source;
pub mod store;
mod wire;
mod wording;

pub use api::Robots;
pub use fan_out::{fan_out, job};
pub use source::route;
