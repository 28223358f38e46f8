//! All SQL on forms.
//! What may be written is decided in `actions.rs`.

use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper,
};

use super::model::Form;
use super::schema::forms;
use crate::access::{Reach, Scope};
use crate::kernel::error::Result;
use crate::kernel::id::FormId;
use crate::kernel::page::Direction::Ascending;
use crate::kernel::page::{Page, PageRequest};
use crate::platform::db::keyset::after_id;
use crate::platform::db::{DbConnection, MultiBackend, Tx, compare_and_set, retry_on_conflict};
use crate::prepared;

// ---- forms

type FormQuery = forms::BoxedQuery<'static, MultiBackend>;

/// Where every read of forms on somebody's behalf starts: they are managed as a whole, or not at all.
fn visible(scope: &Scope) -> FormQuery {
    let there = forms::table.filter(forms::deleted_at.is_null()).into_boxed();
    match scope.reach {
        Reach::Everything => there,
        Reach::Team | Reach::Own | Reach::Pool | Reach::OwnAndPool | Reach::Nothing => {
            there.filter(forms::id.is_null())
        }
    }
}

/// Whether a form takes submissions.
#[diesel::dsl::auto_type(no_type_alias)]
pub fn takes_submissions() -> _ {
    let active: bool = true;
    forms::active.eq(active).and(forms::deleted_at.is_null())
}

/// The form of this key, if it takes submissions.
pub fn active(conn: &mut DbConnection, key: &str) -> Result<Option<Form>> {
    // PostgreSQL does not even look for a text with a NUL in it.
    if key.contains('\0') {
        return Ok(None);
    }
    let form = forms::table.filter(forms::key.eq(key)).filter(takes_submissions());
    Ok(prepared!(conn, get_result, form.select(Form::as_select())).optional()?)
}

/// The version of a form that takes submissions.
pub fn active_version(conn: &mut DbConnection, id: FormId) -> Result<Option<i64>> {
    let form = forms::table.filter(forms::id.eq(id)).filter(takes_submissions());
    Ok(prepared!(conn, get_result, form.select(forms::version)).optional()?)
}

/// The version of a form, whether or not it takes submissions.
pub fn version(conn: &mut DbConnection, id: FormId) -> Result<Option<i64>> {
    Ok(forms::table.find(id).select(forms::version).first(conn).optional()?)
}

/// Whether a key was ever given.
pub fn key_exists(conn: &mut DbConnection, key: &str) -> Result<bool> {
    Ok(forms::table.filter(forms::key.eq(key)).count().get_result::<i64>(conn)? > 0)
}

pub fn list(conn: &mut DbConnection, scope: &Scope, page: &PageRequest) -> Result<Page<Form>> {
    let load = |after, limit| {
        let query = after_id(visible(scope), forms::id, after, Ascending);
        Ok(query.limit(limit).select(Form::as_select()).load(conn)?)
    };
    Page::gather(page, load, Form::size, |form| form.id)?
        .counted(page, || Ok(visible(scope).count().get_result(conn)?))
}

pub fn find(conn: &mut DbConnection, scope: &Scope, id: FormId) -> Result<Option<Form>> {
    Ok(visible(scope).filter(forms::id.eq(id)).select(Form::as_select()).first(conn).optional()?)
}

/// Without regard to reach, deleted or not: for the receipts of a form.
pub fn by_id(conn: &mut DbConnection, id: FormId) -> Result<Option<Form>> {
    Ok(forms::table.find(id).select(Form::as_select()).first(conn).optional()?)
}

/// Names of forms, to show beside records.
pub fn names(conn: &mut DbConnection, ids: &[FormId]) -> Result<Vec<(FormId, String)>> {
    Ok(forms::table.filter(forms::id.eq_any(ids.to_vec())).select((forms::id, forms::name)).load(conn)?)
}

/// The names of the forms that somebody manages, as far as so many.
pub fn visible_names(conn: &mut DbConnection, scope: &Scope, limit: usize) -> Result<Vec<(FormId, String)>> {
    let names = visible(scope).order(forms::id.asc()).select((forms::id, forms::name));
    Ok(names.limit(i64::try_from(limit).unwrap_or(i64::MAX)).load(conn)?)
}

/// Whether there is a form of this id, whether or not it takes submissions.
pub fn exists(conn: &mut DbConnection, id: FormId) -> Result<bool> {
    Ok(version(conn, id)?.is_some())
}

pub fn insert(tx: &mut Tx<'_>, form: &Form) -> Result<()> {
    retry_on_conflict(diesel::insert_into(forms::table).values(form).execute(tx.conn)).map(drop)
}

/// Lays a changed form over the one it was read as. Whoever changed it in between makes this change run
/// again.
pub fn update(tx: &mut Tx<'_>, before: &Form, after: &Form) -> Result<()> {
    let target = forms::table.filter(forms::id.eq(after.id)).filter(forms::version.eq(before.version));
    compare_and_set(diesel::update(target).set(after).execute(tx.conn))
}
