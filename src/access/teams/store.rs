//! All SQL on teams.
//! Their rules are in `model.rs`.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};

use super::model::Team;
use super::schema::teams;
use crate::access::policy::{Reach, Scope};
use crate::kernel::error::Result;
use crate::kernel::id::TeamId;
use crate::kernel::page::Direction::Ascending;
use crate::kernel::page::{Page, PageRequest};
use crate::platform::db::keyset::after_id;
use crate::platform::db::{
    DbConnection, MultiBackend, Tx, compare_and_set, is_reference_violation, retry_on_conflict,
};

type TeamQuery = teams::BoxedQuery<'static, MultiBackend>;

/// The base of every read of teams on a caller's behalf: one's own, or all.
fn visible(scope: &Scope) -> TeamQuery {
    let query = teams::table.into_boxed();
    match (scope.reach, scope.team) {
        (Reach::Everything, _) => query,
        (Reach::Own | Reach::Team, Some(team)) => query.filter(teams::id.eq(team)),
        _ => query.filter(teams::id.is_null()),
    }
}

/// In the order of their ids.
pub fn list(conn: &mut DbConnection, scope: &Scope, page: &PageRequest) -> Result<Page<Team>> {
    let query = after_id(visible(scope), teams::id, page.after::<TeamId>()?, Ascending);
    let rows = query.limit(page.rows()).select(Team::as_select()).load(conn)?;
    Page::cut(rows, page, |team: &Team| team.id)?
        .counted(page, || Ok(visible(scope).count().get_result(conn)?))
}

pub fn find(conn: &mut DbConnection, scope: &Scope, id: TeamId) -> Result<Option<Team>> {
    Ok(visible(scope).filter(teams::id.eq(id)).select(Team::as_select()).first(conn).optional()?)
}

/// Names of teams, to show beside records.
pub fn names(conn: &mut DbConnection, ids: &[TeamId]) -> Result<Vec<(TeamId, String)>> {
    Ok(teams::table.filter(teams::id.eq_any(ids.to_vec())).select((teams::id, teams::name)).load(conn)?)
}

pub fn by_name(conn: &mut DbConnection, name_key: &str) -> Result<Option<Team>> {
    Ok(teams::table.filter(teams::name_key.eq(name_key)).select(Team::as_select()).first(conn).optional()?)
}

pub fn exists(conn: &mut DbConnection, id: TeamId) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(teams::table.find(id))).get_result(conn)?)
}

pub fn insert(tx: &mut Tx<'_>, team: &Team) -> Result<()> {
    retry_on_conflict(diesel::insert_into(teams::table).values(team).execute(tx.conn)).map(drop)
}

/// Updates a team by compare-and-set on the version it was read at.
pub fn update(tx: &mut Tx<'_>, team: &Team, read_at: i64) -> Result<()> {
    let target = teams::table.filter(teams::id.eq(team.id)).filter(teams::version.eq(read_at));
    compare_and_set(diesel::update(target).set(team).execute(tx.conn))
}

/// Deletes a team; false if a foreign key still refers to it.
pub fn delete(tx: &mut Tx<'_>, id: TeamId) -> Result<bool> {
    match diesel::delete(teams::table.filter(teams::id.eq(id))).execute(tx.conn) {
        Ok(_) => Ok(true),
        Err(error) if is_reference_violation(&error) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
