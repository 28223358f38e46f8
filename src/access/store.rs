//! All SQL on users.
//! Rules about them are in `model.rs` and `actions.rs`.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};

use super::model::{Role, User};
use super::policy::{Reach, Scope};
use super::schema::users;
use crate::kernel::error::Result;
use crate::kernel::id::{TeamId, UserId};
use crate::kernel::page::Direction::Ascending;
use crate::kernel::page::{Page, PageRequest};
use crate::platform::db::keyset::after_id;
use crate::platform::db::{DbConnection, MultiBackend, Tx, compare_and_set, retry_on_conflict};
use crate::prepared;

type UserQuery = users::BoxedQuery<'static, MultiBackend>;

/// The base of every read of users on a caller's behalf.
pub fn visible(scope: &Scope) -> UserQuery {
    let query = users::table.into_boxed();
    match scope.reach {
        Reach::Everything => query,
        Reach::Team => match scope.team {
            Some(team) => query.filter(users::team_id.eq(team)),
            None => query.filter(users::team_id.is_null()),
        },
        Reach::Own => query.filter(users::id.eq(scope.user)),
        Reach::Pool | Reach::OwnAndPool | Reach::Nothing => {
            query.filter(diesel::dsl::sql::<diesel::sql_types::Bool>("1 = 0"))
        }
    }
}

/// Filters of the user list.
#[derive(Debug, Clone, Default)]
pub struct UserFilter {
    pub roles: Vec<Role>,
    pub active: Option<bool>,
    pub team: Option<TeamId>,
}

impl UserFilter {
    fn apply(&self, mut query: UserQuery) -> UserQuery {
        if !self.roles.is_empty() {
            query = query.filter(users::role.eq_any(self.roles.clone()));
        }
        if let Some(active) = self.active {
            query = query.filter(users::active.eq(active));
        }
        if let Some(team) = self.team {
            query = query.filter(users::team_id.eq(team));
        }
        query
    }
}

pub fn list(
    conn: &mut DbConnection,
    scope: &Scope,
    filter: &UserFilter,
    page: &PageRequest,
) -> Result<Page<User>> {
    let query = after_id(filter.apply(visible(scope)), users::id, page.after::<UserId>()?, Ascending);
    let rows = query.limit(page.rows()).select(User::as_select()).load(conn)?;
    Page::cut(rows, page, |user: &User| user.id)?
        .counted(page, || Ok(filter.apply(visible(scope)).count().get_result(conn)?))
}

/// The ids of those that fit, in their order.
pub fn ids(conn: &mut DbConnection, scope: &Scope, filter: &UserFilter) -> Result<Vec<UserId>> {
    Ok(filter.apply(visible(scope)).select(users::id).order(users::id.asc()).load(conn)?)
}

pub fn find(conn: &mut DbConnection, scope: &Scope, id: UserId) -> Result<Option<User>> {
    Ok(visible(scope).filter(users::id.eq(id)).select(User::as_select()).first(conn).optional()?)
}

/// Regardless of reach: for names beside records that are within it, and for recipients of messages.
pub fn by_id(conn: &mut DbConnection, id: UserId) -> Result<Option<User>> {
    Ok(prepared!(conn, get_result, users::table.find(id).select(User::as_select())).optional()?)
}

/// All users in the order of their ids, regardless of reach: for who may be given work.
pub fn all(conn: &mut DbConnection) -> Result<Vec<User>> {
    Ok(users::table.order(users::id.asc()).select(User::as_select()).load(conn)?)
}

/// Names of users, to show beside records.
pub fn names(conn: &mut DbConnection, ids: &[UserId]) -> Result<Vec<(UserId, String)>> {
    Ok(users::table.filter(users::id.eq_any(ids.to_vec())).select((users::id, users::name)).load(conn)?)
}

pub fn by_email(conn: &mut DbConnection, email_key: &str) -> Result<Option<User>> {
    Ok(users::table
        .filter(users::email_key.eq(email_key))
        .select(User::as_select())
        .first(conn)
        .optional()?)
}

pub fn count(conn: &mut DbConnection) -> Result<i64> {
    Ok(users::table.count().get_result(conn)?)
}

/// Inserts a user. The caller has checked that the address is free and the team there; another node that was
/// faster causes a retry, which then refuses.
pub fn insert(tx: &mut Tx<'_>, user: &User) -> Result<()> {
    retry_on_conflict(diesel::insert_into(users::table).values(user).execute(tx.conn)).map(drop)
}

/// Updates a user by compare-and-set on the version it was read at.
pub fn update(tx: &mut Tx<'_>, user: &User, read_at: i64) -> Result<()> {
    let target = users::table.filter(users::id.eq(user.id)).filter(users::version.eq(read_at));
    compare_and_set(diesel::update(target).set(user).execute(tx.conn))
}

/// Locks the administrators who can log in until the transaction ends. Returns how many there are.
pub fn lock_admins(tx: &mut Tx<'_>) -> Result<usize> {
    let admins = users::table
        .filter(users::role.eq(Role::Admin))
        .filter(users::active.eq(true))
        .filter(users::password_hash.is_not_null());
    Ok(diesel::update(admins).set(users::role.eq(Role::Admin)).execute(tx.conn)?)
}
