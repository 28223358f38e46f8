//! All SQL on API keys.
//! What a key may be used for is decided in `actions.rs` and `policy.rs`.

use chrono::Duration;
use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, OptionalExtension, QueryDsl, RunQueryDsl,
    SelectableHelper,
};

use super::model::ApiKey;
use super::schema::api_keys;
use crate::access::model::Role;
use crate::access::policy::{Reach, Scope};
use crate::access::schema::users;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::{ApiKeyId, TeamId, UserId};
use crate::kernel::page::Direction::Descending;
use crate::kernel::page::{Page, PageRequest};
use crate::platform::db::keyset::after_id;
use crate::platform::db::{DbConnection, MultiBackend, Tx};
use crate::prepared;

type KeyQuery = api_keys::BoxedQuery<'static, MultiBackend>;

/// The base of every read of keys on a caller's behalf: only a reach of everything sees any.
fn visible(scope: &Scope) -> KeyQuery {
    let query = api_keys::table.into_boxed();
    if scope.reach == Reach::Everything { query } else { query.filter(api_keys::id.is_null()) }
}

pub fn list(conn: &mut DbConnection, scope: &Scope, page: &PageRequest) -> Result<Page<ApiKey>> {
    let query = after_id(visible(scope), api_keys::id, page.after::<ApiKeyId>()?, Descending);
    let rows = query.limit(page.rows()).select(ApiKey::as_select()).load(conn)?;
    Page::cut(rows, page, |key: &ApiKey| key.id)?
        .counted(page, || Ok(visible(scope).count().get_result(conn)?))
}

/// Regardless of reach: for the scopes of the key that is calling.
pub fn find(conn: &mut DbConnection, id: ApiKeyId) -> Result<Option<ApiKey>> {
    Ok(api_keys::table.find(id).select(ApiKey::as_select()).first(conn).optional()?)
}

/// A key with its creator's role, team, and whether they are active.
type KeyWithCreator = (ApiKey, Role, Option<TeamId>, bool);

/// The key of this digest, with its creator.
pub fn principal(conn: &mut DbConnection, digest: &[u8]) -> Result<Option<KeyWithCreator>> {
    let found = api_keys::table
        .inner_join(users::table.on(users::id.eq(api_keys::creator_id)))
        .filter(api_keys::secret_hash.eq(digest));
    Ok(prepared!(
        conn,
        get_result,
        found.select((ApiKey::as_select(), users::role, users::team_id, users::active))
    )
    .optional()?)
}

pub fn insert(tx: &mut Tx<'_>, key: &ApiKey) -> Result<()> {
    diesel::insert_into(api_keys::table).values(key).execute(tx.conn)?;
    Ok(())
}

pub fn delete(tx: &mut Tx<'_>, scope: &Scope, id: ApiKeyId) -> Result<bool> {
    if scope.reach != Reach::Everything {
        return Ok(false);
    }
    Ok(diesel::delete(api_keys::table.filter(api_keys::id.eq(id))).execute(tx.conn)? == 1)
}

/// Deletes all keys that a user created.
pub fn delete_by_creator(tx: &mut Tx<'_>, creator: UserId) -> Result<()> {
    diesel::delete(api_keys::table.filter(api_keys::creator_id.eq(creator))).execute(tx.conn)?;
    Ok(())
}

/// Stores a use, unless one was stored within `span` before.
pub fn touch(tx: &mut Tx<'_>, id: ApiKeyId, at: Timestamp, span: Duration) -> Result<()> {
    let stale = api_keys::last_used_at.is_null().or(api_keys::last_used_at.lt(at.minus(span)));
    diesel::update(api_keys::table.filter(api_keys::id.eq(id)).filter(stale))
        .set(api_keys::last_used_at.eq(Some(at)))
        .execute(tx.conn)?;
    Ok(())
}
