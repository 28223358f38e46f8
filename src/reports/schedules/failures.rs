//! Schedules that come to nothing: after three planned runs in a row that failed, and when their owner has
//! become inactive, they are switched off. When a mail is given up is decided in `platform/delivery`.

use serde::{Deserialize, Serialize};

use super::events::ScheduleDisabled;
use super::model::{DisabledReason, Outcome, Run, Schedule};
use super::{planning, run_store, store};
use crate::access;
use crate::kernel::error::Result;
use crate::kernel::id::{NotificationId, ReportRunId, ReportScheduleId, UserId};
use crate::platform::db::{DbConnection, Tx};
use crate::platform::delivery::Status as DeliveryStatus;
use crate::platform::events::NO_SUBJECT;
use crate::platform::timers::{self, Timer};

/// Planned runs in a row that have to fail.
const FAILURES_MAX: i64 = 3;

/// Fires when one of the mails of a schedule was given up.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReviewSchedule {
    pub schedule_id: ReportScheduleId,
}

impl Timer for ReviewSchedule {
    const KIND: &'static str = "reports.review_schedule";
}

/// Has the schedule looked at of which a mail was given up, once that is committed.
pub fn review_later(tx: &mut Tx<'_>, notification: NotificationId) -> Result<()> {
    let Some((run, _)) = run_store::of_notification(tx.conn, notification)? else { return Ok(()) };
    let (now, schedule_id) = (tx.now, run.schedule_id);
    timers::schedule(tx, now, schedule_id, &ReviewSchedule { schedule_id })
}

/// Switches a schedule off that only fails.
pub fn review(tx: &mut Tx<'_>, id: ReportScheduleId) -> Result<()> {
    let Some(mut schedule) = planning::hold(tx, id)? else { return Ok(()) };
    end_if_over(tx, &mut schedule)?;
    planning::settle(tx, &schedule)
}

/// Switches a schedule off whose owner is inactive, or that only fails.
pub fn end_if_over(tx: &mut Tx<'_>, schedule: &mut Schedule) -> Result<()> {
    if !schedule.active {
        return Ok(());
    }
    let owner = access::store::by_id(tx.conn, schedule.owner_id)?;
    if !owner.is_some_and(|owner| owner.active) {
        return disable(tx, schedule, DisabledReason::OwnerInactive);
    }
    if is_failing(tx.conn, schedule)? { disable(tx, schedule, DisabledReason::Failing) } else { Ok(()) }
}

/// Switches the schedules of an owner off who has become inactive.
pub fn end_of_owner(tx: &mut Tx<'_>, owner: UserId) -> Result<()> {
    if access::store::by_id(tx.conn, owner)?.is_some_and(|user| user.active) {
        return Ok(());
    }
    for id in store::active_of(tx.conn, owner)? {
        let Some(mut schedule) = planning::hold(tx, id)? else { continue };
        if schedule.active {
            disable(tx, &mut schedule, DisabledReason::OwnerInactive)?;
        }
        planning::settle(tx, &schedule)?;
    }
    Ok(())
}

/// It still has to be settled.
fn disable(tx: &mut Tx<'_>, schedule: &mut Schedule, reason: DisabledReason) -> Result<()> {
    schedule.active = false;
    schedule.disabled_reason = Some(reason);
    schedule.next_run_at = None;
    schedule.updated_at = tx.now;
    schedule.version = schedule.version.saturating_add(1);
    let (schedule_id, owner_id) = (schedule.id, schedule.owner_id);
    tx.record(NO_SUBJECT, &ScheduleDisabled { schedule_id, owner_id, reason }).map(drop)
}

fn is_failing(conn: &mut DbConnection, schedule: &Schedule) -> Result<bool> {
    let runs = run_store::latest_planned(conn, schedule.id, schedule.active_since, FAILURES_MAX)?;
    if i64::try_from(runs.len()).is_ok_and(|count| count < FAILURES_MAX) {
        return Ok(false);
    }
    let ids: Vec<ReportRunId> = runs.iter().map(|run| run.id).collect();
    let outcomes = run_store::outcomes(conn, &ids)?;
    Ok(runs.iter().all(|run| has_failed(run, &outcomes)))
}

/// Whether a run could not be made, or none of its mails was taken.
fn has_failed(run: &Run, outcomes: &[Outcome]) -> bool {
    let mut mails = outcomes
        .iter()
        .filter(|(receiver, _)| receiver.run_id == run.id && receiver.reason.is_none())
        .filter_map(|(_, delivery)| *delivery)
        .peekable();
    run.error.is_some() || mails.peek().is_some() && mails.all(|status| status == DeliveryStatus::Dead)
}
