//! Who gets an inquiry: availability, rules, their decisions, what people and time do about owners, the pool.
//! Owns the tables assignment_state, availabilities, assignment_rules, rotations, decisions, former_owners,
//! and the settings documents `pool` and `sla`. Agents are notified by `notifications`.

pub mod availability;
pub mod decision;
pub mod events;
pub mod hand_over;
mod ledger;
pub mod ownership;
pub mod pool;
pub mod rules;
pub mod schema;
pub mod terms;
pub mod warnings;

use utoipa_actix_web::service_config::ServiceConfig;

use crate::platform::events::Subscribers;
use crate::platform::timers::Timers;

/// The operations of this room.
pub fn routes(config: &mut ServiceConfig<'_>) {
    ownership::api::routes(config);
    decision::api::routes(config);
    pool::api::routes(config);
    rules::api::routes(config);
    availability::api::routes(config);
    hand_over::api::routes(config);
    terms::api::routes(config);
}

/// The subscribers of this room. What decisions look at is renewed before deadlines are worked out by it.
pub fn subscribe(to: &mut Subscribers) {
    decision::roster::subscribe(to);
    ledger::subscribe(to);
    terms::subscribe(to);
}

/// The timers of this room.
pub fn timers(to: &mut Timers) {
    terms::timers(to);
}
