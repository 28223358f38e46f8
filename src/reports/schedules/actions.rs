//! The verbs of report schedules: make, change, delete, run now, leave; and what becomes of a mail.
//! When one is due is in `plan.rs`, what a run does in `runs.rs`.

use chrono::Duration;

use super::failures::{ReviewSchedule, review_later};
use super::model::{Content, FileFormat, SCHEDULES_MAX, Schedule, ScheduledReport, SkipReason};
use super::plan::{DayOfMonth, Every, MailedPeriod, OnHoliday};
use super::{check, planning, queries, receivers, run_store, runs, store};
use crate::access::{self, Caller, User};
use crate::calendar::WallTime;
use crate::kernel::error::{Class, Error, Faults, INVALID, Refusal, Result};
use crate::kernel::id::{NotificationId, ReportRunId, ReportScheduleId, UserId};
use crate::kernel::patch::Patch;
use crate::kernel::precondition::Precondition;
use crate::platform::db::types::Json;
use crate::platform::db::{DbConnection, Tx};
use crate::platform::timers;

/// How long runs are kept.
const KEPT: Duration = Duration::days(180);

static TOO_MANY_SCHEDULES: Refusal = Refusal::new(
    Class::Conflict,
    "too_many_schedules",
    "每人最多 50 个定时报表。",
    "Somebody can have at most 50 report schedules.",
);

static OWNER_INACTIVE: Refusal = Refusal::new(
    Class::Conflict,
    "owner_inactive",
    "该定时报表的负责人已停用。",
    "The owner of the schedule is inactive.",
);

/// What somebody writes of a schedule; what is absent stays, or is as it is by default.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    pub name: Option<String>,
    pub reports: Option<Vec<ScheduledReport>>,
    pub period: Option<MailedPeriod>,
    pub compare: Option<bool>,
    pub every: Option<Every>,
    pub weekday: Patch<u8>,
    pub day_of_month: Patch<DayOfMonth>,
    pub at: Option<WallTime>,
    pub on_holiday: Option<OnHoliday>,
    pub receivers: Option<Vec<String>>,
    pub formats: Option<Vec<FileFormat>>,
    pub skip_empty: Option<bool>,
    pub active: Option<bool>,
}

/// What a schedule is unless somebody says otherwise.
fn blank() -> Content {
    Content {
        reports: Vec::new(),
        period: MailedPeriod::Yesterday,
        compare: false,
        every: Every::Day,
        weekday: None,
        day_of_month: None,
        at: WallTime::END,
        on_holiday: OnHoliday::Send,
        receivers: Vec::new(),
        formats: Vec::new(),
        skip_empty: false,
    }
}

impl Draft {
    /// The content with what was written laid over it; or every fault of what was written.
    fn over(&self, tx: &mut Tx<'_>, owner: &User, before: &Content) -> Result<Content> {
        let mut faults = Faults::default();
        let draft = self.clone();
        let receivers = match &draft.receivers {
            Some(written) => receivers::check(tx.conn, owner, written, &mut faults)?,
            None => before.receivers.clone(),
        };
        queries::check(draft.reports.as_deref().unwrap_or_default(), &mut faults);
        let mut formats = draft.formats.unwrap_or_else(|| before.formats.clone());
        formats.sort_unstable();
        formats.dedup();
        let content = Content {
            reports: draft.reports.unwrap_or_else(|| before.reports.clone()),
            period: draft.period.unwrap_or(before.period),
            compare: draft.compare.unwrap_or(before.compare),
            every: draft.every.unwrap_or(before.every),
            weekday: draft.weekday.unwrap_or(before.weekday),
            day_of_month: draft.day_of_month.unwrap_or(before.day_of_month),
            at: draft.at.unwrap_or(before.at),
            on_holiday: draft.on_holiday.unwrap_or(before.on_holiday),
            receivers,
            formats,
            skip_empty: draft.skip_empty.unwrap_or(before.skip_empty),
        };
        check::plan(&content, &mut faults);
        faults.none_or(&INVALID)?;
        Ok(content)
    }
}

/// Makes a schedule of the caller's.
pub fn create(tx: &mut Tx<'_>, caller: &Caller, draft: &Draft) -> Result<Schedule> {
    let owner = access::store::by_id(tx.conn, caller.id)?.ok_or_else(Error::not_found)?;
    let content = draft.over(tx, &owner, &blank())?;
    if store::count_of(tx, owner.id)? >= SCHEDULES_MAX {
        return Err(Error::refuse(&TOO_MANY_SCHEDULES));
    }
    let mut schedule = Schedule {
        id: tx.id(),
        owner_id: owner.id,
        name: draft.name.as_deref().unwrap_or_default().trim().to_owned(),
        content: Json(content),
        active: draft.active.unwrap_or(true),
        disabled_reason: None,
        active_since: tx.now,
        planned_from: tx.now,
        next_run_at: None,
        last_run_id: None,
        created_at: tx.now,
        updated_at: tx.now,
        version: 1,
    };
    let working = planning::current_working_time(tx)?;
    planning::plan(&mut schedule, &working);
    store::insert(tx, &schedule)?;
    planning::settle(tx, &schedule)?;
    Ok(schedule)
}

/// Holds a schedule within the caller's reach.
fn hold(
    tx: &mut Tx<'_>,
    caller: &Caller,
    id: ReportScheduleId,
    precondition: &Precondition,
) -> Result<Schedule> {
    let found = store::find(tx.conn, &caller.scope, id)?.ok_or_else(Error::not_found)?;
    precondition.check(found.version)?;
    let schedule = planning::hold(tx, id)?.ok_or_else(Error::not_found)?;
    precondition.check(schedule.version)?;
    Ok(schedule)
}

/// Changes a schedule. Where that moves when it is due, what was due before still runs, and it goes on with
/// the next moment.
pub fn update(
    tx: &mut Tx<'_>,
    caller: &Caller,
    id: ReportScheduleId,
    draft: &Draft,
    precondition: &Precondition,
) -> Result<Schedule> {
    let mut schedule = hold(tx, caller, id, precondition)?;
    let owner = access::store::by_id(tx.conn, schedule.owner_id)?.ok_or_else(Error::not_found)?;
    let content = draft.over(tx, &owner, &schedule.content.0)?;
    let name = draft.name.as_ref().map_or_else(|| schedule.name.clone(), |name| name.trim().to_owned());
    let active = draft.active.unwrap_or(schedule.active);
    if content == schedule.content.0 && name == schedule.name && active == schedule.active {
        planning::settle(tx, &schedule)?;
        return Ok(schedule);
    }
    let is_moved = content.plan() != schedule.content.0.plan() || active != schedule.active;
    let working = planning::current_working_time(tx)?;
    if is_moved && schedule.active {
        runs::run_newest(tx, &mut schedule, &working)?;
    }
    if active && !schedule.active {
        if !owner.active {
            return Err(Error::refuse(&OWNER_INACTIVE));
        }
        schedule.active_since = tx.now;
        schedule.disabled_reason = None;
    }
    schedule.name = name;
    schedule.content = Json(content);
    schedule.active = active;
    if is_moved {
        planning::plan_from(&mut schedule, tx.now, &working);
    }
    schedule.updated_at = tx.now;
    schedule.version = schedule.version.saturating_add(1);
    planning::settle(tx, &schedule)?;
    Ok(schedule)
}

/// Deletes a schedule with its runs. Mails of it that wait are not sent.
pub fn delete(
    tx: &mut Tx<'_>,
    caller: &Caller,
    id: ReportScheduleId,
    precondition: &Precondition,
) -> Result<()> {
    hold(tx, caller, id, precondition)?;
    timers::cancel::<ReviewSchedule>(tx, id)?;
    run_store::forget_of(tx, id)?;
    store::delete(tx, id)
}

/// Runs a schedule now, for all receivers or for the caller alone.
pub fn run_now(
    tx: &mut Tx<'_>,
    caller: &Caller,
    id: ReportScheduleId,
    only_caller: bool,
) -> Result<ReportRunId> {
    let mut schedule = hold(tx, caller, id, &Precondition::Any)?;
    let run = runs::run_now(tx, &mut schedule, caller.id, only_caller)?;
    planning::settle(tx, &schedule)?;
    Ok(run)
}

/// Takes a receiver out of a schedule; false if they were none.
pub fn leave(tx: &mut Tx<'_>, id: ReportScheduleId, user: UserId) -> Result<bool> {
    let Some(mut schedule) = planning::hold(tx, id)? else { return Ok(false) };
    let receivers = &mut schedule.content.0.receivers;
    let before = receivers.len();
    receivers.retain(|receiver| *receiver != user);
    let has_left = receivers.len() < before;
    if has_left {
        schedule.updated_at = tx.now;
        schedule.version = schedule.version.saturating_add(1);
    }
    planning::settle(tx, &schedule)?;
    Ok(has_left)
}

/// Notes why a receiver gets no mail, which was to be sent just now.
pub fn note_skipped(tx: &mut Tx<'_>, notification: NotificationId, reason: SkipReason) -> Result<()> {
    run_store::note_reason(tx, notification, reason)
}

/// Notes why the reports of a mail could not be made, and has its schedule looked at.
pub fn note_error(tx: &mut Tx<'_>, notification: NotificationId, code: &str) -> Result<()> {
    let Some((run, _)) = run_store::of_notification(tx.conn, notification)? else { return Ok(()) };
    run_store::note_error(tx, run.id, code)?;
    review_later(tx, notification)
}

/// What a schedule is called; none if it is gone.
pub fn name(conn: &mut DbConnection, id: ReportScheduleId) -> Result<Option<String>> {
    Ok(store::by_id(conn, id)?.map(|schedule| schedule.name))
}

/// The same of one that is switched off.
pub fn name_if_off(conn: &mut DbConnection, id: ReportScheduleId) -> Result<Option<String>> {
    Ok(store::by_id(conn, id)?.filter(|schedule| !schedule.active).map(|schedule| schedule.name))
}

/// Forgets runs that are too old; true if there may be more of them.
pub fn forget_old(tx: &mut Tx<'_>) -> Result<bool> {
    run_store::forget_before(tx, tx.now.minus(KEPT))
}
