//! All SQL on the runs of report schedules, and on whom they were for.
//! Who may see them is asked of the schedule, in `store.rs`.

use std::collections::HashMap;

use diesel::dsl::exists;
use diesel::{
    ExpressionMethods, NullableExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper,
};

use super::model::{Outcome, Receiver, Run, RunKind, SkipReason};
use super::schema::report_run_receivers as receivers;
use super::schema::report_runs as runs;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::{NotificationId, ReportRunId, ReportScheduleId};
use crate::kernel::page::Direction::Descending;
use crate::kernel::page::{Page, PageRequest};
use crate::platform::db::keyset::after_id;
use crate::platform::db::{DbConnection, MultiBackend, Tx, retry_on_conflict};
use crate::platform::delivery::Status as DeliveryStatus;
use crate::platform::delivery::schema::deliveries;

/// Runs that are forgotten in one transaction.
const FORGOTTEN_TOGETHER: i64 = 200;

fn of_schedule(schedule: ReportScheduleId) -> runs::BoxedQuery<'static, MultiBackend> {
    runs::table.filter(runs::schedule_id.eq(schedule)).into_boxed()
}

/// The runs of a schedule, the newest first.
pub fn list(conn: &mut DbConnection, schedule: ReportScheduleId, page: &PageRequest) -> Result<Page<Run>> {
    let query = after_id(of_schedule(schedule), runs::id, page.after::<ReportRunId>()?, Descending);
    let rows = query.limit(page.rows()).select(Run::as_select()).load(conn)?;
    Page::cut(rows, page, |run: &Run| run.id)?
        .counted(page, || Ok(of_schedule(schedule).count().get_result(conn)?))
}

/// These runs.
pub fn by_ids(conn: &mut DbConnection, ids: &[ReportRunId]) -> Result<HashMap<ReportRunId, Run>> {
    let those = runs::table.filter(runs::id.eq_any(ids.to_vec())).select(Run::as_select());
    let those: Vec<Run> = those.load(conn)?;
    Ok(those.into_iter().map(|run| (run.id, run)).collect())
}

/// Whom these runs were for, and what became of each mail, in the order of the users.
pub fn outcomes(conn: &mut DbConnection, ids: &[ReportRunId]) -> Result<Vec<Outcome>> {
    let those = receivers::table
        .left_join(deliveries::table)
        .filter(receivers::run_id.eq_any(ids.to_vec()))
        .order((receivers::run_id.asc(), receivers::user_id.asc()));
    let members = (Receiver::as_select(), deliveries::status.nullable());
    let rows: Vec<(Receiver, Option<DeliveryStatus>)> = those.select(members).load(conn)?;
    Ok(rows)
}

/// The last planned runs of a schedule that began at a moment or later, the newest first.
pub fn latest_planned(
    conn: &mut DbConnection,
    schedule: ReportScheduleId,
    since: Timestamp,
    limit: i64,
) -> Result<Vec<Run>> {
    let planned = of_schedule(schedule)
        .filter(runs::kind.eq(RunKind::Planned))
        .filter(runs::started_at.ge(since))
        .order(runs::id.desc());
    Ok(planned.limit(limit).select(Run::as_select()).load(conn)?)
}

/// Whether a due moment has run.
pub fn has_run(conn: &mut DbConnection, schedule: ReportScheduleId, due_at: Timestamp) -> Result<bool> {
    let run = runs::table
        .filter(runs::schedule_id.eq(schedule))
        .filter(runs::kind.eq(RunKind::Planned))
        .filter(runs::due_at.eq(due_at));
    Ok(diesel::select(exists(run)).get_result(conn)?)
}

/// How many runs somebody has asked for since a moment.
pub fn count_manual_since(
    conn: &mut DbConnection,
    schedule: ReportScheduleId,
    since: Timestamp,
) -> Result<i64> {
    let manual =
        of_schedule(schedule).filter(runs::kind.eq(RunKind::Manual)).filter(runs::started_at.ge(since));
    Ok(manual.count().get_result(conn)?)
}

pub fn insert(tx: &mut Tx<'_>, run: &Run) -> Result<()> {
    retry_on_conflict(diesel::insert_into(runs::table).values(run).execute(tx.conn)).map(drop)
}

pub fn insert_receiver(tx: &mut Tx<'_>, receiver: &Receiver) -> Result<()> {
    retry_on_conflict(diesel::insert_into(receivers::table).values(receiver).execute(tx.conn)).map(drop)
}

/// The run that a notification is about, and for whom; none if it is gone.
pub fn of_notification(conn: &mut DbConnection, id: NotificationId) -> Result<Option<(Run, Receiver)>> {
    let one = receivers::table.inner_join(runs::table).filter(receivers::notification_id.eq(id));
    Ok(one.select((Run::as_select(), Receiver::as_select())).first(conn).optional()?)
}

/// Notes why a receiver gets no mail.
pub fn note_reason(tx: &mut Tx<'_>, id: NotificationId, reason: SkipReason) -> Result<()> {
    let target = receivers::table.filter(receivers::notification_id.eq(id));
    diesel::update(target).set(receivers::reason.eq(Some(reason))).execute(tx.conn)?;
    Ok(())
}

/// Notes why the reports of a run could not be made.
pub fn note_error(tx: &mut Tx<'_>, id: ReportRunId, error: &str) -> Result<()> {
    let target = runs::table.filter(runs::id.eq(id));
    diesel::update(target).set(runs::error.eq(Some(error.to_owned()))).execute(tx.conn)?;
    Ok(())
}

/// Forgets all runs of a schedule.
pub fn forget_of(tx: &mut Tx<'_>, schedule: ReportScheduleId) -> Result<()> {
    let ids: Vec<ReportRunId> = of_schedule(schedule).select(runs::id).load(tx.conn)?;
    forget(tx, &ids)
}

/// Forgets runs that began before a moment; true if there may be more of them.
pub fn forget_before(tx: &mut Tx<'_>, at: Timestamp) -> Result<bool> {
    let old = runs::table.filter(runs::started_at.lt(at)).order(runs::started_at.asc());
    let ids: Vec<ReportRunId> = old.limit(FORGOTTEN_TOGETHER).select(runs::id).load(tx.conn)?;
    forget(tx, &ids)?;
    Ok(i64::try_from(ids.len()).is_ok_and(|count| count >= FORGOTTEN_TOGETHER))
}

fn forget(tx: &mut Tx<'_>, ids: &[ReportRunId]) -> Result<()> {
    for some in ids.chunks(500) {
        diesel::delete(receivers::table.filter(receivers::run_id.eq_any(some.to_vec()))).execute(tx.conn)?;
        diesel::delete(runs::table.filter(runs::id.eq_any(some.to_vec()))).execute(tx.conn)?;
    }
    Ok(())
}
