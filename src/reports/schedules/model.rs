//! A schedule and its runs as they are kept. What is valid in a schedule is in `check.rs`.
//! When it is due is in `plan.rs`.

use chrono::NaiveDate;
use diesel::{Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::plan::{DayOfMonth, Every, MailedPeriod, OnHoliday, Plan};
use super::schema::{report_run_receivers, report_runs, report_schedules};
use crate::calendar::WallTime;
use crate::kernel::clock::Timestamp;
use crate::kernel::id::{NotificationId, ReportRunId, ReportScheduleId, UserId};
use crate::platform::db::MultiBackend;
use crate::platform::db::types::Json;
use crate::platform::delivery::Status as DeliveryStatus;
use crate::{text_enum, word_enum};

/// Schedules of one owner.
pub const SCHEDULES_MAX: i64 = 50;

word_enum! {
    /// A file that comes with the mail.
    pub enum FileFormat as "ReportFileFormat" {
        Csv => "csv",
        Xlsx => "xlsx",
    }
}

text_enum! {
    /// Why a schedule was switched off, not by somebody.
    pub enum DisabledReason as "ReportScheduleDisabledReason" {
        OwnerInactive => "owner_inactive",
        /// Three planned runs in a row came to nothing.
        Failing => "failing",
    }
}

text_enum! {
    /// Why there was a run.
    pub enum RunKind as "ReportRunKind" {
        /// It was due.
        Planned => "planned",
        /// Somebody asked for it.
        Manual => "manual",
    }
}

text_enum! {
    /// Why a receiver got no mail.
    pub enum SkipReason as "ReportSkipReason" {
        /// They want no such mails.
        Muted => "muted",
        Inactive => "inactive",
        NoPassword => "no_password",
        /// The owner could not choose them any more.
        OutOfReach => "out_of_reach",
        /// They had left the schedule before it was sent.
        Removed => "removed",
        /// Every count was 0.
        Empty => "empty",
    }
}

word_enum! {
    /// What became of a receiver's mail.
    pub enum ReceiverStatus as "ReportReceiverStatus" {
        Pending => "pending",
        Sent => "sent",
        /// Will be tried again.
        Failed => "failed",
        Dead => "dead",
        /// There is none, for a reason.
        Skipped => "skipped",
    }
}

/// A report of a mail, and what is asked of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"report": "overview", "query": {"group_by": "team"}}))]
pub struct ScheduledReport {
    /// The name of a report.
    #[schema(max_length = 50)]
    pub report: String,
    /// Parameters of the report as texts, numbers or booleans, without its period, moment and form.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub query: Map<String, Value>,
}

/// Which reports, of which dates, when, to whom.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Content {
    pub reports: Vec<ScheduledReport>,
    pub period: MailedPeriod,
    pub compare: bool,
    pub every: Every,
    pub weekday: Option<u8>,
    pub day_of_month: Option<DayOfMonth>,
    pub at: WallTime,
    pub on_holiday: OnHoliday,
    pub receivers: Vec<UserId>,
    pub formats: Vec<FileFormat>,
    pub skip_empty: bool,
}

impl Content {
    pub fn plan(&self) -> Plan {
        let Self { every, weekday, day_of_month, at, on_holiday, .. } = self;
        Plan {
            every: *every,
            weekday: *weekday,
            day_of_month: *day_of_month,
            at: *at,
            on_holiday: *on_holiday,
        }
    }
}

/// A schedule.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = report_schedules, check_for_backend(MultiBackend), treat_none_as_default_value = false)]
pub struct Schedule {
    pub id: ReportScheduleId,
    pub owner_id: UserId,
    pub name: String,
    #[diesel(column_name = document)]
    pub content: Json<Content>,
    pub active: bool,
    pub disabled_reason: Option<DisabledReason>,
    /// Failures before this moment are not counted.
    pub active_since: Timestamp,
    /// Moments up to this one are done with.
    pub planned_from: Timestamp,
    /// None while it is switched off, or no date is in sight.
    pub next_run_at: Option<Timestamp>,
    pub last_run_id: Option<ReportRunId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub version: i64,
}

/// One time that it was due, or asked for.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = report_runs, check_for_backend(MultiBackend), treat_none_as_default_value = false)]
pub struct Run {
    pub id: ReportRunId,
    pub schedule_id: ReportScheduleId,
    pub kind: RunKind,
    /// Who asked for it.
    pub asked_by: Option<UserId>,
    pub due_at: Timestamp,
    /// The moment of the figures.
    pub as_of: Timestamp,
    pub first_date: String,
    pub last_date: String,
    pub started_at: Timestamp,
    /// Why its reports could not be made: a stable code.
    pub error: Option<String>,
}

impl Run {
    /// Its dates, both inside.
    pub fn span(&self) -> Option<(NaiveDate, NaiveDate)> {
        Some((self.first_date.parse().ok()?, self.last_date.parse().ok()?))
    }
}

/// Somebody whom a run was for.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = report_run_receivers, check_for_backend(MultiBackend),
    treat_none_as_default_value = false)]
pub struct Receiver {
    pub run_id: ReportRunId,
    pub user_id: UserId,
    /// None if it was clear at the start that there is no mail.
    pub notification_id: Option<NotificationId>,
    pub reason: Option<SkipReason>,
}

/// A receiver, and what became of their mail; none if nothing was ever to be delivered.
pub type Outcome = (Receiver, Option<DeliveryStatus>);

/// What became of a receiver's mail, and why there is none.
pub fn status_of((receiver, delivery): &Outcome) -> (ReceiverStatus, Option<SkipReason>) {
    match (receiver.reason, delivery) {
        // One that was given up for this reason; somebody may have had it tried once more since.
        (Some(reason), None | Some(DeliveryStatus::Dead)) => (ReceiverStatus::Skipped, Some(reason)),
        (None, None) => (ReceiverStatus::Skipped, Some(SkipReason::Muted)),
        (_, Some(DeliveryStatus::Pending)) => (ReceiverStatus::Pending, None),
        (_, Some(DeliveryStatus::Delivered)) => (ReceiverStatus::Sent, None),
        (_, Some(DeliveryStatus::Failed)) => (ReceiverStatus::Failed, None),
        (_, Some(DeliveryStatus::Dead)) => (ReceiverStatus::Dead, None),
    }
}
