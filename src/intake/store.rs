//! All SQL on forms, receipts and the ids that senders give.
//! What becomes of a submission is decided in `actions.rs`.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};

use super::model::{Form, Outcome, Receipt};
use crate::access::{Reach, Scope};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::{FormId, InquiryId, ReceiptId};
use crate::kernel::page::{Page, PageRequest};
use crate::platform::db::{DbConnection, MultiBackend, Tx, is_unique_violation, lost_race};
use crate::prepared;

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    forms (id) {
        id -> Uid,
        key -> Text,
        name -> Text,
        active -> Bool,
        allowed_origins -> Document,
        redirect_url -> Nullable<Text>,
        fields -> Document,
        locale -> Text,
        consent -> Document,
        profile -> Document,
        answer -> Document,
        proof -> Document,
        page -> Document,
        created_at -> Moment,
        updated_at -> Moment,
        deleted_at -> Nullable<Moment>,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    receipts (id) {
        id -> Uid,
        form_id -> Uid,
        received_at -> Moment,
        method -> Text,
        query -> Text,
        content_type -> Nullable<Text>,
        headers -> Document,
        body -> Binary,
        remote_ip -> Nullable<Text>,
        hidden -> Document,
        outcome -> Text,
        reasons -> Document,
        inquiry_id -> Nullable<Uid>,
        external_id -> Nullable<Text>,
        consent -> Document,
        items -> Document,
        custom -> Document,
        answered -> Integer,
        replayed_at -> Nullable<Moment>,
        fingerprint -> Nullable<Binary>,
        nonce -> Nullable<Text>,
        token -> Nullable<Binary>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    external_ids (form_id, external_id) {
        form_id -> Uid,
        external_id -> Text,
        inquiry_id -> Uid,
    }
}

// ---- forms

type FormQuery = forms::BoxedQuery<'static, MultiBackend>;

/// Where every read of forms on somebody's behalf starts: they are managed as a whole, or not at all.
fn visible_forms(scope: &Scope) -> FormQuery {
    let there = forms::table.filter(forms::deleted_at.is_null()).into_boxed();
    match scope.reach {
        Reach::Everything => there,
        Reach::Team | Reach::Own | Reach::Nothing => there.filter(forms::id.is_null()),
    }
}

/// The form of this key, if it takes submissions.
pub fn active_form(conn: &mut DbConnection, key: &str) -> Result<Option<Form>> {
    // PostgreSQL does not even look for a text with a NUL in it.
    if key.contains('\0') {
        return Ok(None);
    }
    let form = forms::table
        .filter(forms::key.eq(key))
        .filter(forms::active.eq(true))
        .filter(forms::deleted_at.is_null());
    Ok(prepared!(conn, get_result, form.select(Form::as_select())).optional()?)
}

/// The version of a form that takes submissions.
pub fn standing_version(conn: &mut DbConnection, id: FormId) -> Result<Option<i64>> {
    let form = forms::table
        .filter(forms::id.eq(id))
        .filter(forms::active.eq(true))
        .filter(forms::deleted_at.is_null());
    Ok(prepared!(conn, get_result, form.select(forms::version)).optional()?)
}

/// The version of a form, whether or not it takes submissions.
pub fn version_of(conn: &mut DbConnection, id: FormId) -> Result<Option<i64>> {
    Ok(forms::table.find(id).select(forms::version).first(conn).optional()?)
}

/// Whether a key was ever given.
pub fn key_exists(conn: &mut DbConnection, key: &str) -> Result<bool> {
    Ok(forms::table.filter(forms::key.eq(key)).count().get_result::<i64>(conn)? > 0)
}

pub fn list_forms(conn: &mut DbConnection, scope: &Scope, page: &PageRequest) -> Result<Page<Form>> {
    let load = |after: Option<FormId>, limit: i64| {
        let mut query = visible_forms(scope);
        if let Some(after) = after {
            query = query.filter(forms::id.gt(after));
        }
        Ok(query.order(forms::id.asc()).limit(limit).select(Form::as_select()).load(conn)?)
    };
    let mut list = Page::gather(page, load, Form::size, |form| form.id)?;
    if page.count {
        list.total = Some(visible_forms(scope).count().get_result(conn)?);
    }
    Ok(list)
}

pub fn find_form(conn: &mut DbConnection, scope: &Scope, id: FormId) -> Result<Option<Form>> {
    Ok(visible_forms(scope).filter(forms::id.eq(id)).select(Form::as_select()).first(conn).optional()?)
}

/// Without regard to reach, deleted or not: for the receipts of a form.
pub fn form_by_id(conn: &mut DbConnection, id: FormId) -> Result<Option<Form>> {
    Ok(forms::table.find(id).select(Form::as_select()).first(conn).optional()?)
}

pub fn insert_form(tx: &mut Tx<'_>, form: &Form) -> Result<()> {
    match diesel::insert_into(forms::table).values(form).execute(tx.conn) {
        Ok(_) => Ok(()),
        Err(error) if is_unique_violation(&error) => Err(lost_race(error)),
        Err(error) => Err(error.into()),
    }
}

/// Lays a changed form over the one it was read as. Whoever changed it in between makes this change run
/// again.
pub fn update_form(tx: &mut Tx<'_>, before: &Form, after: &Form) -> Result<()> {
    let target = forms::table.filter(forms::id.eq(after.id)).filter(forms::version.eq(before.version));
    if diesel::update(target).set(after).execute(tx.conn)? != 1 {
        return Err(lost_race(diesel::result::Error::NotFound));
    }
    Ok(())
}

// ---- receipts

type ReceiptQuery = receipts::BoxedQuery<'static, MultiBackend>;

/// Where every read of receipts on somebody's behalf starts: the raw inbox is seen as a whole, or not at all.
fn visible_receipts(scope: &Scope) -> ReceiptQuery {
    match scope.reach {
        Reach::Everything => receipts::table.into_boxed(),
        Reach::Team | Reach::Own | Reach::Nothing => {
            receipts::table.filter(receipts::id.is_null()).into_boxed()
        }
    }
}

/// Narrows a list of receipts.
#[derive(Debug, Clone, Default)]
pub struct ReceiptFilter {
    pub form: Option<FormId>,
    pub outcomes: Vec<Outcome>,
    pub inquiry: Option<InquiryId>,
    pub external_id: Option<String>,
    pub received_from: Option<Timestamp>,
    pub received_to: Option<Timestamp>,
}

impl ReceiptFilter {
    fn narrow(&self, mut query: ReceiptQuery) -> ReceiptQuery {
        if let Some(form) = self.form {
            query = query.filter(receipts::form_id.eq(form));
        }
        if !self.outcomes.is_empty() {
            query = query.filter(receipts::outcome.eq_any(self.outcomes.clone()));
        }
        if let Some(inquiry) = self.inquiry {
            query = query.filter(receipts::inquiry_id.eq(inquiry));
        }
        if let Some(external_id) = &self.external_id {
            query = query.filter(receipts::external_id.eq(external_id.clone()));
        }
        // The id begins with the time of receipt.
        if let Some(from) = self.received_from {
            query = query.filter(receipts::id.ge(ReceiptId::floor(from)));
        }
        if let Some(to) = self.received_to {
            query = query.filter(receipts::id.lt(ReceiptId::floor(to)));
        }
        query
    }
}

/// Newest first, without what came.
pub fn list_receipts(
    conn: &mut DbConnection,
    scope: &Scope,
    filter: &ReceiptFilter,
    page: &PageRequest,
) -> Result<Page<Receipt>> {
    let load = |after: Option<ReceiptId>, limit: i64| {
        let mut query = filter.narrow(visible_receipts(scope));
        if let Some(after) = after {
            query = query.filter(receipts::id.lt(after));
        }
        let mut few: Vec<Receipt> =
            query.order(receipts::id.desc()).limit(limit).select(Receipt::as_select()).load(conn)?;
        few.iter_mut().for_each(|receipt| receipt.body = Vec::new());
        Ok(few)
    };
    let mut list = Page::gather(page, load, Receipt::size, |receipt| receipt.id)?;
    if page.count {
        list.total = Some(filter.narrow(visible_receipts(scope)).count().get_result(conn)?);
    }
    Ok(list)
}

pub fn find_receipt(conn: &mut DbConnection, scope: &Scope, id: ReceiptId) -> Result<Option<Receipt>> {
    Ok(visible_receipts(scope)
        .filter(receipts::id.eq(id))
        .select(Receipt::as_select())
        .first(conn)
        .optional()?)
}

pub fn insert_receipt(tx: &mut Tx<'_>, receipt: &Receipt) -> Result<()> {
    prepared!(tx.conn, run, diesel::insert_into(receipts::table).values(receipt))?;
    Ok(())
}

pub fn update_receipt(tx: &mut Tx<'_>, receipt: &Receipt) -> Result<()> {
    diesel::update(receipts::table.find(receipt.id)).set(receipt).execute(tx.conn)?;
    Ok(())
}

/// The inquiry of the first equal submission that was accepted since then.
pub fn equal_since(
    conn: &mut DbConnection,
    fingerprint: &[u8],
    since: Timestamp,
    but: ReceiptId,
) -> Result<Option<InquiryId>> {
    let equal = receipts::table
        .filter(receipts::fingerprint.eq(fingerprint.to_vec()))
        .filter(receipts::received_at.ge(since))
        .filter(receipts::id.ne(but))
        .select((receipts::id, receipts::inquiry_id));
    // Mostly there is none, and hardly ever another: the first is found here, where a sort of nothing costs
    // nothing.
    let found: Vec<(ReceiptId, Option<InquiryId>)> = prepared!(conn, get_results, equal)?;
    Ok(found.into_iter().min_by_key(|(id, _)| *id).and_then(|(_, inquiry)| inquiry))
}

/// What became of the first submission of a form with this nonce since then.
pub fn with_nonce(
    conn: &mut DbConnection,
    form: FormId,
    nonce: &str,
    since: Timestamp,
    but: ReceiptId,
) -> Result<Option<Option<InquiryId>>> {
    let used = receipts::table
        .filter(receipts::nonce.eq(nonce))
        .filter(receipts::form_id.eq(form))
        .filter(receipts::received_at.ge(since))
        .filter(receipts::id.ne(but));
    Ok(used.order(receipts::id.asc()).select(receipts::inquiry_id).first(conn).optional()?)
}

/// How often a page's token came back.
pub fn uses_of(conn: &mut DbConnection, token: &[u8], but: ReceiptId) -> Result<i64> {
    Ok(receipts::table
        .filter(receipts::token.eq(token))
        .filter(receipts::id.ne(but))
        .count()
        .get_result(conn)?)
}

/// Deletes up to `limit` receipts from before a moment. Tells how many.
pub fn delete_receipts_before(tx: &mut Tx<'_>, before: Timestamp, limit: i64) -> Result<usize> {
    let old: Vec<ReceiptId> = receipts::table
        .filter(receipts::id.lt(ReceiptId::floor(before)))
        .order(receipts::id.asc())
        .limit(limit)
        .select(receipts::id)
        .load(tx.conn)?;
    Ok(diesel::delete(receipts::table.filter(receipts::id.eq_any(old))).execute(tx.conn)?)
}

// ---- the ids that senders give

/// The inquiry that a sender's id belongs to.
pub fn of_external_id(conn: &mut DbConnection, form: FormId, external_id: &str) -> Result<Option<InquiryId>> {
    let known = external_ids::table.find((form, external_id)).select(external_ids::inquiry_id);
    Ok(known.first(conn).optional()?)
}

/// Keeps that a sender's id belongs to an inquiry. Another node that was faster makes this run again.
pub fn insert_external_id(
    tx: &mut Tx<'_>,
    form: FormId,
    external_id: &str,
    inquiry: InquiryId,
) -> Result<()> {
    let row = (
        external_ids::form_id.eq(form),
        external_ids::external_id.eq(external_id),
        external_ids::inquiry_id.eq(inquiry),
    );
    match diesel::insert_into(external_ids::table).values(row).execute(tx.conn) {
        Ok(_) => Ok(()),
        Err(error) if is_unique_violation(&error) => Err(lost_race(error)),
        Err(error) => Err(error.into()),
    }
}
