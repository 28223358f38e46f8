//! What rules gave to each user today, and what each claimed: counters by the organisation's date, which are
//! only ever added to. When that date becomes another one, they are counted anew from the events; those of
//! old dates are forgotten.

use std::collections::BTreeMap;

use super::decision::ASSIGNED;
use super::ownership::CLAIMED;
use crate::calendar::events::CalendarChanged;
use crate::inquiries::events::{Assigned, Claimed};
use crate::kernel::clock::{Timestamp, day_number, day_start};
use crate::kernel::error::Result;
use crate::kernel::id::UserId;
use crate::platform::db::Tx;
use crate::platform::db::counters::{self, Counter};
use crate::platform::events::{self, Fact, Subscribers};

/// Another time zone makes another date.
pub fn subscribe(to: &mut Subscribers) {
    to.on::<CalendarChanged>(|tx, _, fact| if fact.timezone_changed { recount(tx) } else { Ok(()) });
}

/// Days whose counters are kept. Those of today alone count, but a clock may be set far ahead and back.
const KEPT: i32 = 400;

/// Forgets the counters of days that are long over.
pub fn forget_old(tx: &mut Tx<'_>) -> Result<()> {
    let first = day_number(tx.now.date(tx.zone()?)).saturating_sub(KEPT);
    counters::forget_before(tx, ASSIGNED, first)?;
    counters::forget_before(tx, CLAIMED, first)
}

fn recount(tx: &mut Tx<'_>) -> Result<()> {
    let zone = tx.zone()?;
    let today = tx.now.date(zone);
    let (since, day) = (day_start(today, zone), day_number(today));
    let by_rules = |fact: &Assigned| fact.rule_id.map(|_| fact.assignee_id);
    let claimed = |fact: &Claimed| Some(fact.assignee_id);
    replace(tx, ASSIGNED, day, since, by_rules)?;
    replace(tx, CLAIMED, day, since, claimed)
}

fn replace<F: Fact>(
    tx: &mut Tx<'_>,
    counter: Counter,
    day: i32,
    since: Timestamp,
    whose: impl Fn(&F) -> Option<UserId>,
) -> Result<()> {
    let mut counts: BTreeMap<UserId, i64> = BTreeMap::new();
    for event in events::of_fact_since::<F>(tx.conn, since)? {
        if let Some(user) = event.fact::<F>()?.as_ref().and_then(&whose) {
            *counts.entry(user).or_default() += 1;
        }
    }
    counters::replace_from(tx, counter, day, counts)
}
