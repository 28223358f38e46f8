//! The reports, in the order in which they are listed.
//! What each counts is in its definition.

use super::definitions::{
    Definition, ageing, agents, demand, fairness, follow_ups, forecast, funnel, lost_reasons, overview, pool,
    response_times, sources, time_in_status,
};

pub static ALL: [&Definition; 13] = [
    &overview::DEFINITION,
    &funnel::DEFINITION,
    &agents::DEFINITION,
    &sources::DEFINITION,
    &response_times::DEFINITION,
    &ageing::DEFINITION,
    &follow_ups::DEFINITION,
    &forecast::DEFINITION,
    &demand::DEFINITION,
    &fairness::DEFINITION,
    &lost_reasons::DEFINITION,
    &pool::DEFINITION,
    &time_in_status::DEFINITION,
];

/// A report by its name.
pub fn by_name(name: &str) -> Option<&'static Definition> {
    ALL.into_iter().find(|report| report.name == name)
}
