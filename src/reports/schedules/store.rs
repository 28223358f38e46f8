//! All SQL on report schedules. Every read on somebody's behalf starts at `visible`.
//! Their runs are in `run_store.rs`.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};

use super::model::Schedule;
use super::schema::report_schedules as schedules;
use crate::access::{Reach, Scope};
use crate::kernel::error::Result;
use crate::kernel::id::{ReportScheduleId, UserId};
use crate::kernel::page::Direction::Ascending;
use crate::kernel::page::{Page, PageRequest};
use crate::platform::db::keyset::after_id;
use crate::platform::db::transactions::advisory_locks;
use crate::platform::db::{DbConnection, ForNoKeyUpdate, IfLocked, MultiBackend, Tx, retry_on_conflict};

type ScheduleQuery = schedules::BoxedQuery<'static, MultiBackend>;

/// The base of every read of schedules on a caller's behalf: one's own, or all.
fn visible(scope: &Scope) -> ScheduleQuery {
    let query = schedules::table.into_boxed();
    match scope.reach {
        Reach::Everything => query,
        Reach::Own => query.filter(schedules::owner_id.eq(scope.user)),
        Reach::Team | Reach::Pool | Reach::OwnAndPool | Reach::Nothing => {
            query.filter(schedules::id.is_null())
        }
    }
}

/// In the order of their ids.
pub fn list(conn: &mut DbConnection, scope: &Scope, page: &PageRequest) -> Result<Page<Schedule>> {
    let query = after_id(visible(scope), schedules::id, page.after::<ReportScheduleId>()?, Ascending);
    let rows = query.limit(page.rows()).select(Schedule::as_select()).load(conn)?;
    Page::cut(rows, page, |schedule: &Schedule| schedule.id)?
        .counted(page, || Ok(visible(scope).count().get_result(conn)?))
}

pub fn find(conn: &mut DbConnection, scope: &Scope, id: ReportScheduleId) -> Result<Option<Schedule>> {
    let one = visible(scope).filter(schedules::id.eq(id));
    Ok(one.select(Schedule::as_select()).first(conn).optional()?)
}

/// One schedule, without regard to reach.
pub fn by_id(conn: &mut DbConnection, id: ReportScheduleId) -> Result<Option<Schedule>> {
    let one = schedules::table.filter(schedules::id.eq(id));
    Ok(one.select(Schedule::as_select()).first(conn).optional()?)
}

/// The same, held until the transaction ends.
pub fn lock(tx: &mut Tx<'_>, id: ReportScheduleId) -> Result<Option<Schedule>> {
    let one = schedules::table.filter(schedules::id.eq(id)).select(Schedule::as_select()).into_boxed();
    Ok(ForNoKeyUpdate(one, IfLocked::Wait).load(tx.conn)?.pop())
}

/// How many an owner has; nobody makes another one for them until the transaction ends.
pub fn count_of(tx: &mut Tx<'_>, owner: UserId) -> Result<i64> {
    advisory_locks(tx, std::iter::once(format!("report_schedules of {owner}")))?;
    Ok(schedules::table.filter(schedules::owner_id.eq(owner)).count().get_result(tx.conn)?)
}

/// The active ones of an owner.
pub fn active_of(conn: &mut DbConnection, owner: UserId) -> Result<Vec<ReportScheduleId>> {
    let theirs = schedules::table.filter(schedules::owner_id.eq(owner)).filter(schedules::active.eq(true));
    Ok(theirs.order(schedules::id.asc()).select(schedules::id).load(conn)?)
}

/// The next active ones behind one, in the order of their ids.
pub fn active_after(
    conn: &mut DbConnection,
    after: Option<ReportScheduleId>,
    limit: i64,
) -> Result<Vec<ReportScheduleId>> {
    let active = schedules::table.filter(schedules::active.eq(true)).into_boxed::<MultiBackend>();
    let next = after_id(active, schedules::id, after, Ascending).limit(limit);
    Ok(next.select(schedules::id).load(conn)?)
}

pub fn insert(tx: &mut Tx<'_>, schedule: &Schedule) -> Result<()> {
    retry_on_conflict(diesel::insert_into(schedules::table).values(schedule).execute(tx.conn)).map(drop)
}

/// Writes a schedule as it is now. It is held by this transaction.
pub fn save(tx: &mut Tx<'_>, schedule: &Schedule) -> Result<()> {
    let target = schedules::table.filter(schedules::id.eq(schedule.id));
    let change = (
        schedules::name.eq(&schedule.name),
        schedules::document.eq(&schedule.content),
        schedules::active.eq(schedule.active),
        schedules::disabled_reason.eq(schedule.disabled_reason),
        schedules::active_since.eq(schedule.active_since),
        schedules::planned_from.eq(schedule.planned_from),
        schedules::next_run_at.eq(schedule.next_run_at),
        schedules::last_run_id.eq(schedule.last_run_id),
        schedules::updated_at.eq(schedule.updated_at),
        schedules::version.eq(schedule.version),
    );
    diesel::update(target).set(change).execute(tx.conn)?;
    Ok(())
}

/// Deletes a schedule that has no runs any more.
pub fn delete(tx: &mut Tx<'_>, id: ReportScheduleId) -> Result<()> {
    diesel::delete(schedules::table.filter(schedules::id.eq(id))).execute(tx.conn)?;
    Ok(())
}
