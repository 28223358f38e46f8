//! HTTP API of this room: the operations of all its parts.
//! What they do is in the parts.

use utoipa_actix_web::service_config::ServiceConfig;

use super::{availability, decision, hand_over, ownership, pool, rules, terms};

pub fn routes(config: &mut ServiceConfig<'_>) {
    ownership::api::routes(config);
    decision::api::routes(config);
    pool::api::routes(config);
    rules::api::routes(config);
    availability::api::routes(config);
    hand_over::api::routes(config);
    terms::api::routes(config);
}
