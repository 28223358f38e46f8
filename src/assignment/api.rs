//! HTTP API of this room: the operations of all its parts.
//! What they do is in the parts.

use super::{availability, decision, hand_over, ownership, pool, rules, terms};
use crate::platform::http::Operations;

pub fn routes(operations: &mut Operations<'_>) {
    ownership::api::routes(operations);
    decision::api::routes(operations);
    pool::api::routes(operations);
    rules::api::routes(operations);
    availability::api::routes(operations);
    hand_over::api::routes(operations);
    terms::api::routes(operations);
}
