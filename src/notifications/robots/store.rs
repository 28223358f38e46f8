//! All SQL on group robots and on what they are still to say. Only a reach of everything sees any robot.
//! What follows from an event is in `fan_out.rs`, from a message that was sent or not in `source.rs`.

use std::collections::HashMap;

use diesel::dsl::exists;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};

use super::model::{FactId, NewFact, Robot};
use super::schema::{robot_facts, robots};
use crate::access::{Reach, Scope};
use crate::inquiries::store::inquiries;
use crate::kernel::error::Result;
use crate::kernel::id::{InquiryId, RobotId, TeamId};
use crate::kernel::page::Direction::Ascending;
use crate::kernel::page::{Page, PageRequest};
use crate::platform::db::keyset::after_id;
use crate::platform::db::transactions::advisory_locks;
use crate::platform::db::{
    DbConnection, ForNoKeyUpdate, IfLocked, MultiBackend, Tx, compare_and_set, retry_on_conflict,
};
use crate::platform::delivery::SourceId;
use crate::platform::events::Subject;
use crate::platform::events::schema::events;
use crate::row;

type RobotQuery = robots::BoxedQuery<'static, MultiBackend>;

/// A fact that a robot is to say: the kind of its event, and what that is about.
pub type Waiting = (FactId, String, Option<Subject>);

/// The base of every read of robots on a caller's behalf.
fn visible(scope: &Scope) -> RobotQuery {
    let query = robots::table.into_boxed();
    if scope.reach == Reach::Everything { query } else { query.filter(robots::id.is_null()) }
}

/// In the order of their ids.
pub fn list(conn: &mut DbConnection, scope: &Scope, page: &PageRequest) -> Result<Page<Robot>> {
    let query = after_id(visible(scope), robots::id, page.after::<RobotId>()?, Ascending);
    let rows = query.limit(page.rows()).select(Robot::as_select()).load(conn)?;
    Page::cut(rows, page, |robot: &Robot| robot.id)?
        .counted(page, || Ok(visible(scope).count().get_result(conn)?))
}

pub fn find(conn: &mut DbConnection, scope: &Scope, id: RobotId) -> Result<Option<Robot>> {
    Ok(visible(scope).filter(robots::id.eq(id)).select(Robot::as_select()).first(conn).optional()?)
}

/// How many there are; nobody makes another one until the transaction ends.
pub fn count(tx: &mut Tx<'_>) -> Result<i64> {
    advisory_locks(tx, std::iter::once("robots".to_owned()))?;
    Ok(robots::table.count().get_result(tx.conn)?)
}

/// Those that are active, without regard to reach: for the jobs.
pub fn active(conn: &mut DbConnection) -> Result<Vec<Robot>> {
    let active = robots::table.filter(robots::active.eq(true)).order(robots::id.asc());
    Ok(active.select(Robot::as_select()).load(conn)?)
}

/// The same, held until the transaction ends.
pub fn lock_active(tx: &mut Tx<'_>) -> Result<Vec<Robot>> {
    let active = robots::table.filter(robots::active.eq(true)).order(robots::id.asc()).into_boxed();
    hold(tx, active)
}

/// One robot, without regard to reach.
pub fn by_id(conn: &mut DbConnection, id: RobotId) -> Result<Option<Robot>> {
    let one = robots::table.filter(robots::id.eq(id));
    Ok(one.select(Robot::as_select()).first(conn).optional()?)
}

/// One robot, held until the transaction ends, without regard to reach.
pub fn lock(tx: &mut Tx<'_>, id: RobotId) -> Result<Option<Robot>> {
    Ok(hold(tx, robots::table.filter(robots::id.eq(id)).into_boxed())?.pop())
}

fn hold(tx: &mut Tx<'_>, those: RobotQuery) -> Result<Vec<Robot>> {
    Ok(ForNoKeyUpdate(those.select(Robot::as_select()), IfLocked::Wait).load(tx.conn)?)
}

/// The robot whose next message this is, without regard to reach.
pub fn by_batch(conn: &mut DbConnection, batch: SourceId) -> Result<Option<Robot>> {
    let one = robots::table.filter(robots::batch_id.eq(batch));
    Ok(one.select(Robot::as_select()).first(conn).optional()?)
}

pub fn insert(tx: &mut Tx<'_>, robot: &Robot) -> Result<()> {
    retry_on_conflict(diesel::insert_into(robots::table).values(robot).execute(tx.conn)).map(drop)
}

/// Updates what people set, by compare-and-set on the version it was read at.
pub fn update(tx: &mut Tx<'_>, robot: &Robot, read_at: i64) -> Result<()> {
    let target = robots::table.filter(robots::id.eq(robot.id)).filter(robots::version.eq(read_at));
    let change = (
        robots::name.eq(&robot.name),
        robots::url.eq(&robot.url),
        robots::secret.eq(&robot.secret),
        robots::events.eq(&robot.events),
        robots::team_id.eq(robot.team_id),
        robots::version.eq(robot.version),
        robots::updated_at.eq(robot.updated_at),
    );
    compare_and_set(diesel::update(target).set(change).execute(tx.conn))
}

/// Notes how it is going. The robot is held by this transaction.
pub fn note(tx: &mut Tx<'_>, robot: &Robot) -> Result<()> {
    let target = robots::table.filter(robots::id.eq(robot.id));
    let change = (
        robots::active.eq(robot.active),
        robots::last_error.eq(&robot.last_error),
        robots::failures.eq(robot.failures),
        robots::position.eq(robot.position),
        robots::batch_id.eq(robot.batch_id),
        robots::requests.eq(&robot.requests),
        robots::version.eq(robot.version),
        robots::updated_at.eq(robot.updated_at),
    );
    diesel::update(target).set(change).execute(tx.conn)?;
    Ok(())
}

/// Deletes a robot that has nothing more to say.
pub fn delete(tx: &mut Tx<'_>, id: RobotId) -> Result<()> {
    diesel::delete(robots::table.filter(robots::id.eq(id))).execute(tx.conn)?;
    Ok(())
}

row!(robot_facts, NewFact, |row| {
    id: row.id,
    robot_id: row.robot_id,
    event_id: row.event_id,
});

/// The next facts behind one, of those that are in a message, or of those that are in none.
pub fn facts_after(
    conn: &mut DbConnection,
    robot: RobotId,
    batch: Option<SourceId>,
    after: Option<FactId>,
    limit: i64,
) -> Result<Vec<Waiting>> {
    let of_robot = robot_facts::table.inner_join(events::table).into_boxed::<MultiBackend>();
    let mut those = of_robot.filter(robot_facts::robot_id.eq(robot));
    those = match batch {
        Some(batch) => those.filter(robot_facts::batch_id.eq(batch)),
        None => those.filter(robot_facts::batch_id.is_null()),
    };
    if let Some(after) = after {
        those = those.filter(robot_facts::id.gt(after));
    }
    let members = (robot_facts::id, events::kind, events::subject_id);
    Ok(those.order(robot_facts::id.asc()).limit(limit).select(members).load(conn)?)
}

/// Whether facts wait for a message.
pub fn has_waiting(conn: &mut DbConnection, robot: RobotId) -> Result<bool> {
    let waiting =
        robot_facts::table.filter(robot_facts::robot_id.eq(robot)).filter(robot_facts::batch_id.is_null());
    Ok(diesel::select(exists(waiting)).get_result(conn)?)
}

/// Puts these facts into a message, and those that were in it before out of it.
pub fn fill(tx: &mut Tx<'_>, robot: RobotId, batch: SourceId, facts: &[FactId]) -> Result<()> {
    let before =
        robot_facts::table.filter(robot_facts::robot_id.eq(robot)).filter(robot_facts::batch_id.eq(batch));
    diesel::update(before).set(robot_facts::batch_id.eq(None::<SourceId>)).execute(tx.conn)?;
    let those = robot_facts::table
        .filter(robot_facts::robot_id.eq(robot))
        .filter(robot_facts::id.eq_any(facts.to_vec()));
    diesel::update(those).set(robot_facts::batch_id.eq(Some(batch))).execute(tx.conn)?;
    Ok(())
}

/// Forgets these facts.
pub fn forget(tx: &mut Tx<'_>, robot: RobotId, facts: &[FactId]) -> Result<()> {
    if facts.is_empty() {
        return Ok(());
    }
    let those = robot_facts::table
        .filter(robot_facts::robot_id.eq(robot))
        .filter(robot_facts::id.eq_any(facts.to_vec()));
    diesel::delete(those).execute(tx.conn)?;
    Ok(())
}

/// Forgets the facts of a message.
pub fn forget_batch(tx: &mut Tx<'_>, robot: RobotId, batch: SourceId) -> Result<()> {
    let those =
        robot_facts::table.filter(robot_facts::robot_id.eq(robot)).filter(robot_facts::batch_id.eq(batch));
    diesel::delete(those).execute(tx.conn)?;
    Ok(())
}

/// Forgets all that a robot is still to say.
pub fn forget_all(tx: &mut Tx<'_>, robot: RobotId) -> Result<()> {
    diesel::delete(robot_facts::table.filter(robot_facts::robot_id.eq(robot))).execute(tx.conn)?;
    Ok(())
}

/// The teams of these inquiries as of now.
pub fn teams_of(conn: &mut DbConnection, ids: &[InquiryId]) -> Result<HashMap<InquiryId, Option<TeamId>>> {
    let those = inquiries::table.filter(inquiries::id.eq_any(ids.to_vec()));
    let rows: Vec<(InquiryId, Option<TeamId>)> =
        those.select((inquiries::id, inquiries::team_id)).load(conn)?;
    Ok(rows.into_iter().collect())
}
