//! Actions on teams: create, rename, delete.
//! Free of HTTP and SQL.

use super::model::{Team, name_and_key};
use super::store;
use crate::access::caller::Caller;
use crate::access::events::{TeamChanged, TeamDeleted};
use crate::kernel::error::{Class, Error, Refusal, Result};
use crate::kernel::id::TeamId;
use crate::kernel::precondition::Precondition;
use crate::platform::db::Tx;
use crate::platform::events::NO_SUBJECT;

static NAME_TAKEN: Refusal =
    Refusal::new(Class::Conflict, "name_taken", "已有同名团队。", "There is already a team with this name.");
static TEAM_IN_USE: Refusal = Refusal::new(
    Class::Conflict,
    "team_in_use",
    "该团队仍有成员或线索，请先移出。",
    "This team still has members or inquiries. Move them to another one first.",
);

/// Creates a team.
pub fn create(tx: &mut Tx<'_>, name: &str) -> Result<Team> {
    let (name, name_key) = name_and_key("/name", name)?;
    if store::by_name(tx.conn, &name_key)?.is_some() {
        return Err(Error::refuse(&NAME_TAKEN));
    }
    insert_new(tx, name, name_key)
}

fn insert_new(tx: &mut Tx<'_>, name: String, name_key: String) -> Result<Team> {
    let team = Team { id: tx.id(), name, name_key, created_at: tx.now, updated_at: tx.now, version: 1 };
    store::insert(tx, &team)?;
    tx.record(NO_SUBJECT, &TeamChanged { team_id: team.id })?;
    Ok(team)
}

/// The team of this name, created if there is none.
pub fn find_or_create(tx: &mut Tx<'_>, name: &str) -> Result<Team> {
    let (name, name_key) = name_and_key("/team", name)?;
    match store::by_name(tx.conn, &name_key)? {
        Some(team) => Ok(team),
        None => insert_new(tx, name, name_key),
    }
}

/// Renames a team.
pub fn rename(
    tx: &mut Tx<'_>,
    caller: &Caller,
    id: TeamId,
    name: Option<&str>,
    precondition: &Precondition,
) -> Result<Team> {
    let before = store::find(tx.conn, &caller.scope, id)?.ok_or_else(Error::not_found)?;
    precondition.check(before.version)?;
    let (name, name_key) = name_and_key("/name", name.unwrap_or(&before.name))?;
    if name == before.name {
        return Ok(before);
    }
    if store::by_name(tx.conn, &name_key)?.is_some_and(|other| other.id != id) {
        return Err(Error::refuse(&NAME_TAKEN));
    }
    let team =
        Team { name, name_key, updated_at: tx.now, version: before.version.saturating_add(1), ..before };
    store::update(tx, &team, before.version)?;
    tx.record(NO_SUBJECT, &TeamChanged { team_id: id })?;
    Ok(team)
}

/// Deletes a team that has no members and no records.
pub fn delete(tx: &mut Tx<'_>, caller: &Caller, id: TeamId, precondition: &Precondition) -> Result<()> {
    let team = store::find(tx.conn, &caller.scope, id)?.ok_or_else(Error::not_found)?;
    precondition.check(team.version)?;
    if !store::delete(tx, id)? {
        return Err(Error::refuse(&TEAM_IN_USE));
    }
    tx.record(NO_SUBJECT, &TeamDeleted { team_id: id }).map(drop)
}
