//! Runs of schedules: planned ones, once for each due moment, and those that somebody asks for. Each receiver
//! gets an event of their own. What they are mailed is made at sending time, in `mailing.rs`.

use chrono::Duration;

use super::events::Scheduled;
use super::model::{Receiver, Run, RunKind, Schedule};
use super::{failures, planning, receivers, run_store};
use crate::access::{self, User};
use crate::calendar::WorkingTime;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Class, Error, Refusal, Result};
use crate::kernel::id::{ReportRunId, ReportScheduleId, UserId};
use crate::platform::db::Tx;
use crate::platform::events::NO_SUBJECT;

/// Runs of one schedule that somebody may ask for within an hour.
const MANUAL_MAX: i64 = 30;

static TOO_OFTEN: Refusal = Refusal::new(
    Class::TooMany,
    "too_many_requests",
    "一小时内最多手动发送 30 次，请稍后再试。",
    "It can be run by hand 30 times an hour. Try again later.",
);

/// What a run is begun for.
#[derive(Debug, Clone, Copy)]
struct Begun {
    kind: RunKind,
    asked_by: Option<UserId>,
    due_at: Timestamp,
}

/// A schedule is due.
pub fn fire(tx: &mut Tx<'_>, id: ReportScheduleId) -> Result<()> {
    let Some(mut schedule) = planning::hold(tx, id)? else { return Ok(()) };
    failures::end_if_over(tx, &mut schedule)?;
    if schedule.active {
        let working = planning::current_working_time(tx)?;
        run_newest(tx, &mut schedule, &working)?;
        planning::plan(&mut schedule, &working);
    }
    planning::settle(tx, &schedule)
}

/// Runs the newest moment that has come since the last one; older ones are left out.
pub fn run_newest(tx: &mut Tx<'_>, schedule: &mut Schedule, working: &WorkingTime) -> Result<()> {
    let plan = schedule.content.0.plan();
    let Some(due_at) = plan.newest(schedule.planned_from, tx.now, working) else { return Ok(()) };
    schedule.planned_from = due_at;
    // After a change of the plan under a clock that had gone back.
    if run_store::has_run(tx.conn, schedule.id, due_at)? {
        return Ok(());
    }
    let receivers = schedule.content.0.receivers.clone();
    begin(tx, schedule, Begun { kind: RunKind::Planned, asked_by: None, due_at }, &receivers).map(drop)
}

/// Runs it now because somebody asks for it, for all receivers or for them alone. It moves nothing in the
/// plan.
pub fn run_now(
    tx: &mut Tx<'_>,
    schedule: &mut Schedule,
    asked_by: UserId,
    only_them: bool,
) -> Result<ReportRunId> {
    let since = tx.now.minus(Duration::hours(1));
    if run_store::count_manual_since(tx.conn, schedule.id, since)? >= MANUAL_MAX {
        return Err(Error::refuse(&TOO_OFTEN).retry_after(60));
    }
    let receivers = if only_them { vec![asked_by] } else { schedule.content.0.receivers.clone() };
    let begun = Begun { kind: RunKind::Manual, asked_by: Some(asked_by), due_at: tx.now };
    begin(tx, schedule, begun, &receivers)
}

fn begin(
    tx: &mut Tx<'_>,
    schedule: &mut Schedule,
    begun: Begun,
    receivers: &[UserId],
) -> Result<ReportRunId> {
    let Begun { kind, asked_by, due_at } = begun;
    let zone = tx.zone()?;
    let (first, last) = schedule.content.0.period.span(due_at.date(zone));
    let run = Run {
        id: tx.id(),
        schedule_id: schedule.id,
        kind,
        asked_by,
        due_at,
        as_of: due_at,
        first_date: first.to_string(),
        last_date: last.to_string(),
        started_at: tx.now,
        error: None,
    };
    run_store::insert(tx, &run)?;
    schedule.last_run_id = Some(run.id);
    let owner = access::store::by_id(tx.conn, schedule.owner_id)?;
    for user in receivers {
        begin_for(tx, &run, owner.as_ref(), *user)?;
    }
    Ok(run.id)
}

/// Notes whom a run is for, and announces that they are to get it, unless it is clear that they do not.
fn begin_for(tx: &mut Tx<'_>, run: &Run, owner: Option<&User>, user_id: UserId) -> Result<()> {
    let Some(user) = access::store::by_id(tx.conn, user_id)? else { return Ok(()) };
    let reason = receivers::refusal(owner, &user, run.asked_by);
    let notification_id = reason.is_none().then(|| tx.id());
    run_store::insert_receiver(tx, &Receiver { run_id: run.id, user_id, notification_id, reason })?;
    let Some(notification_id) = notification_id else { return Ok(()) };
    let scheduled = Scheduled { run_id: run.id, schedule_id: run.schedule_id, user_id, notification_id };
    tx.record(NO_SUBJECT, &scheduled).map(drop)
}
