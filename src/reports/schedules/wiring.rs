//! What this part does when a timer fires or something happens elsewhere: schedules are due, are looked at
//! after a failure, are planned anew after a change of the calendar, end with their owner.
//! The timers that schedules have are in `planning.rs`.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::failures::{self, ReviewSchedule};
use super::planning::{self, ScheduleDue};
use super::{runs, store};
use crate::access::events::UserUpdated;
use crate::calendar::events::CalendarChanged;
use crate::kernel::error::Result;
use crate::kernel::id::{Id, ReportScheduleId};
use crate::platform::db::Tx;
use crate::platform::events::Subscribers;
use crate::platform::timers::{self, AnyKey, Key, Timer, Timers};

/// Schedules that are planned anew in one transaction.
const PORTION: i64 = 100;

/// Fires when schedules are to be planned anew, from after this one on.
#[derive(Debug, Serialize, Deserialize)]
struct PlanAnew {
    after: Option<ReportScheduleId>,
}

impl Timer for PlanAnew {
    const KIND: &'static str = "reports.plan_schedules";
}

/// There is one such timer: a later change of the calendar lets it begin from the first.
fn the_only() -> Id<AnyKey> {
    Id::from_uuid(Uuid::nil())
}

/// The timers of this part.
pub fn timers(to: &mut Timers) {
    to.on::<ScheduleDue>(|tx, _, timer| runs::fire(tx, timer.schedule_id))
        .on::<ReviewSchedule>(|tx, _, timer| failures::review(tx, timer.schedule_id))
        .on::<PlanAnew>(|tx, _, timer| plan_portion(tx, timer.after));
}

/// The subscribers of this part.
pub fn subscribe(to: &mut Subscribers) {
    to.on::<UserUpdated>(|tx, _, fact| {
        let is_about_that = fact.changed.iter().any(|member| member == "active");
        if is_about_that { failures::end_of_owner(tx, fact.user_id) } else { Ok(()) }
    })
    .on::<CalendarChanged>(|tx, _, _| plan_anew(tx, None));
}

fn plan_anew(tx: &mut Tx<'_>, after: Option<ReportScheduleId>) -> Result<()> {
    let now = tx.now;
    timers::schedule(tx, now, Key::of(the_only()), &PlanAnew { after })
}

fn plan_portion(tx: &mut Tx<'_>, after: Option<ReportScheduleId>) -> Result<()> {
    let some = store::active_after(tx.conn, after, PORTION)?;
    let Some(last) = some.last().copied() else { return Ok(()) };
    let working = planning::current_working_time(tx)?;
    for id in some {
        let Some(mut schedule) = planning::hold(tx, id)? else { continue };
        // What is due already runs, whatever the calendar says by now.
        if schedule.active && schedule.next_run_at.is_none_or(|next| next > tx.now) {
            // A moment that lies in the past by the new calendar was never announced: it is not caught up
            // with.
            let from = schedule.planned_from.max(tx.now);
            planning::plan_from(&mut schedule, from, &working);
        }
        planning::settle(tx, &schedule)?;
    }
    plan_anew(tx, Some(last))
}
