//! The timers of schedules, and how one is held and let go: whoever changes a schedule takes its timer first,
//! as whoever fires it has it first. What a timer does is in `runs.rs`, `failures.rs` and `wiring.rs`.

use serde::{Deserialize, Serialize};

use super::model::Schedule;
use super::store;
use crate::calendar::WorkingTime;
use crate::calendar::actions::working_time;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::ReportScheduleId;
use crate::platform::db::Tx;
use crate::platform::timers::{self, Timer};

/// Fires when a schedule is due.
#[derive(Debug, Serialize, Deserialize)]
pub struct ScheduleDue {
    pub schedule_id: ReportScheduleId,
}

impl Timer for ScheduleDue {
    const KIND: &'static str = "reports.schedule";
}

/// Working time as of now.
pub fn current_working_time(tx: &mut Tx<'_>) -> Result<WorkingTime> {
    let configured = tx.configured_zone();
    working_time(tx.conn, configured)
}

/// Holds a schedule until the transaction ends. What is done with it ends with `settle`.
pub fn hold(tx: &mut Tx<'_>, id: ReportScheduleId) -> Result<Option<Schedule>> {
    timers::cancel::<ScheduleDue>(tx, id)?;
    store::lock(tx, id)
}

/// Plans the next moment, or none for one that is switched off.
pub fn plan(schedule: &mut Schedule, working: &WorkingTime) {
    let plan = schedule.content.0.plan();
    let next = || plan.next_after(schedule.planned_from, working);
    schedule.next_run_at = if schedule.active { next() } else { None };
}

/// Plans it from a moment on: those before it are done with.
pub fn plan_from(schedule: &mut Schedule, from: Timestamp, working: &WorkingTime) {
    schedule.planned_from = from;
    plan(schedule, working);
}

/// Writes a schedule as it is now, and has its timer fire at its next moment.
pub fn settle(tx: &mut Tx<'_>, schedule: &Schedule) -> Result<()> {
    store::save(tx, schedule)?;
    let timer = ScheduleDue { schedule_id: schedule.id };
    match schedule.next_run_at {
        Some(at) => timers::schedule(tx, at, schedule.id, &timer),
        None => timers::cancel::<ScheduleDue>(tx, schedule.id).map(drop),
    }
}
