//! Schedules and their runs on the wire.
//! What a caller writes is in `api.rs`.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::model::{
    DisabledReason, FileFormat, Outcome, ReceiverStatus, Run, RunKind, Schedule, ScheduledReport, SkipReason,
    status_of,
};
use super::plan::{DayOfMonth, Every, MailedPeriod, OnHoliday};
use super::run_store;
use crate::calendar::WallTime;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::{NotificationId, ReportRunId, ReportScheduleId, UserId};
use crate::platform::db::DbConnection;

/// A report schedule.
#[derive(Debug, Serialize, ToSchema)]
#[schema(
    as = ReportSchedule,
    example = json!({"name": "周一晨会", "reports": [{"report": "overview", "query": {"group_by": "team"}}],
        "period": "last_week", "every": "week", "weekday": 1, "at": "08:30", "formats": ["xlsx"],
        "next_run_at": "2026-11-30T00:30:00.000Z"})
)]
pub struct ScheduleView {
    pub id: ReportScheduleId,
    owner_id: UserId,
    name: String,
    reports: Vec<ScheduledReport>,
    period: MailedPeriod,
    /// Whether the mails have the figures of the period before besides.
    compare: bool,
    every: Every,
    /// Of `week`: 1 (Monday) to 7 (Sunday).
    weekday: Option<u8>,
    /// Of `month`.
    day_of_month: Option<DayOfMonth>,
    /// In the organisation's time zone.
    at: WallTime,
    on_holiday: OnHoliday,
    receivers: Vec<UserId>,
    formats: Vec<FileFormat>,
    /// Whether those get no mail of whose counts each is 0.
    skip_empty: bool,
    active: bool,
    /// Why it was switched off, not by somebody.
    disabled_reason: Option<DisabledReason>,
    /// Null while it is switched off, or if no such date is in sight.
    next_run_at: Option<Timestamp>,
    last_run: Option<RunSummary>,
    created_at: Timestamp,
    updated_at: Timestamp,
    pub version: i64,
}

/// The last run of a schedule, without whom it was for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReportRunSummary)]
struct RunSummary {
    id: ReportRunId,
    kind: RunKind,
    due_at: Timestamp,
    as_of: Timestamp,
    #[schema(format = Date)]
    from: String,
    #[schema(format = Date)]
    to: String,
    started_at: Timestamp,
    error: Option<String>,
}

impl From<&Run> for RunSummary {
    fn from(run: &Run) -> Self {
        Self {
            id: run.id,
            kind: run.kind,
            due_at: run.due_at,
            as_of: run.as_of,
            from: run.first_date.clone(),
            to: run.last_date.clone(),
            started_at: run.started_at,
            error: run.error.clone(),
        }
    }
}

impl ScheduleView {
    fn of(schedule: Schedule, last_run: Option<&Run>) -> Self {
        let content = schedule.content.0;
        Self {
            id: schedule.id,
            owner_id: schedule.owner_id,
            name: schedule.name,
            reports: content.reports,
            period: content.period,
            compare: content.compare,
            every: content.every,
            weekday: content.weekday,
            day_of_month: content.day_of_month,
            at: content.at,
            on_holiday: content.on_holiday,
            receivers: content.receivers,
            formats: content.formats,
            skip_empty: content.skip_empty,
            active: schedule.active,
            disabled_reason: schedule.disabled_reason,
            next_run_at: schedule.next_run_at,
            last_run: last_run.map(RunSummary::from),
            created_at: schedule.created_at,
            updated_at: schedule.updated_at,
            version: schedule.version,
        }
    }
}

/// These schedules with their last runs.
pub fn schedules(conn: &mut DbConnection, schedules: Vec<Schedule>) -> Result<Vec<ScheduleView>> {
    let last: Vec<ReportRunId> = schedules.iter().filter_map(|schedule| schedule.last_run_id).collect();
    let runs = if last.is_empty() { HashMap::new() } else { run_store::by_ids(conn, &last)? };
    let view = |schedule: Schedule| {
        let last = schedule.last_run_id.and_then(|id| runs.get(&id));
        ScheduleView::of(schedule, last)
    };
    Ok(schedules.into_iter().map(view).collect())
}

/// One schedule with its last run.
pub fn schedule(conn: &mut DbConnection, schedule: Schedule) -> Result<ScheduleView> {
    let last = schedule.last_run_id;
    let runs = last.map(|id| run_store::by_ids(conn, &[id])).transpose()?.unwrap_or_default();
    Ok(ScheduleView::of(schedule, last.and_then(|id| runs.get(&id))))
}

/// A run of a schedule.
#[derive(Debug, Serialize, ToSchema)]
#[schema(
    as = ReportRun,
    example = json!({"kind": "planned", "due_at": "2026-11-23T00:30:00.000Z",
        "as_of": "2026-11-23T00:30:00.000Z", "from": "2026-11-16", "to": "2026-11-22",
        "receivers": [{"user_id": "usr_06a9e1t7qdw0x3f8m2c5kz4rpg", "status": "sent", "reason": null,
            "notification_id": "ntf_06a9e1t7qdw0x3f8m2c5kz4rpg"}], "error": null})
)]
pub struct RunView {
    id: ReportRunId,
    kind: RunKind,
    due_at: Timestamp,
    /// The moment of the figures: that at which it was due, however late the mails are.
    as_of: Timestamp,
    /// The dates that the reports are of, both inside.
    #[schema(format = Date)]
    from: String,
    #[schema(format = Date)]
    to: String,
    started_at: Timestamp,
    receivers: Vec<ReceiverView>,
    /// Why its reports could not be made: the code of the refusal.
    error: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReportRunReceiver)]
struct ReceiverView {
    user_id: UserId,
    status: ReceiverStatus,
    /// Why there is no mail; null unless it was skipped.
    reason: Option<SkipReason>,
    /// Null if it was clear at the start that there is no mail.
    notification_id: Option<NotificationId>,
}

/// These runs with whom they were for.
pub fn runs(conn: &mut DbConnection, runs: Vec<Run>) -> Result<Vec<RunView>> {
    let ids: Vec<ReportRunId> = runs.iter().map(|run| run.id).collect();
    let mut receivers: HashMap<ReportRunId, Vec<ReceiverView>> = HashMap::new();
    for outcome in run_store::outcomes(conn, &ids)? {
        receivers.entry(outcome.0.run_id).or_default().push(receiver(&outcome));
    }
    let view = |run: Run| RunView {
        id: run.id,
        kind: run.kind,
        due_at: run.due_at,
        as_of: run.as_of,
        receivers: receivers.remove(&run.id).unwrap_or_default(),
        from: run.first_date,
        to: run.last_date,
        started_at: run.started_at,
        error: run.error,
    };
    Ok(runs.into_iter().map(view).collect())
}

fn receiver(outcome: &Outcome) -> ReceiverView {
    let (status, reason) = status_of(outcome);
    let (receiver, delivery) = outcome;
    // One that they want no mail of has none, though an id was meant for it.
    let notification_id = receiver.notification_id.filter(|_| delivery.is_some());
    ReceiverView { user_id: receiver.user_id, status, reason, notification_id }
}
