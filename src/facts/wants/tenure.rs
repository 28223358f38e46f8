//! For how long a place is to be had, and how much of a property is let or comes back in a year.
//! Prices are read in `money.rs`.

use crate::facts::measures::quantity::Quantity;
use crate::facts::model::fact::Number;
use crate::facts::model::findings::Findings;
use crate::facts::wants::beside::Beside;
use crate::facts::words::lists::List;

/// Before the years of a lease.
static LEASE: List = List::named("before years of a lease");
/// Behind the years of a lease.
static LEASE_BEHIND: List = List::named("behind years of a lease");
/// Before the share of a property that is let.
static OCCUPANCY: List = List::named("before shares let");
/// Before the share that a property yields.
static YIELD: List = List::named("before shares yielded");

/// Longer leases are mistakes.
const YEARS_MAX: f64 = 30.0;

/// Writes the years of a lease.
pub fn years(beside: &Beside<'_>, quantity: &Quantity, found: &mut Findings) {
    let is_lease =
        beside.is_led_by(&LEASE) || beside.before.ends_with('租') || beside.is_followed_by(&LEASE_BEHIND);
    if let Some(value) = Number::of(quantity.low).filter(|_| is_lease && quantity.low <= YEARS_MAX) {
        found.extra("lease_years", value);
    }
}

/// Writes the share of a property that is let, or that it yields.
pub fn share(beside: &Beside<'_>, quantity: &Quantity, found: &mut Findings) {
    let Some(share) = Number::of(quantity.low / 100.0) else { return };
    if beside.is_led_by(&OCCUPANCY) {
        found.extra("occupancy_min", share);
    } else if beside.is_led_by(&YIELD) {
        found.extra("cap_rate_min", share);
    }
}
