//! All SQL on receipts and on the ids that senders give.
//! What becomes of a submission is decided in `../submissions`.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};

use super::model::{NewReceipt, Outcome, Receipt};
use super::schema::{external_ids, receipts};
use crate::access::{Reach, Scope};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::{FormId, InquiryId, ReceiptId};
use crate::kernel::page::Direction::Descending;
use crate::kernel::page::{Page, PageRequest};
use crate::platform::db::keyset::after_id;
use crate::platform::db::{DbConnection, MultiBackend, Tx, retry_on_conflict};
use crate::{prepared, row};

type ReceiptQuery = receipts::BoxedQuery<'static, MultiBackend>;

/// Where every read of receipts on somebody's behalf starts: the raw inbox is seen as a whole, or not at all.
fn visible(scope: &Scope) -> ReceiptQuery {
    match scope.reach {
        Reach::Everything => receipts::table.into_boxed(),
        Reach::Team | Reach::Own | Reach::Pool | Reach::OwnAndPool | Reach::Nothing => {
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
pub fn list(
    conn: &mut DbConnection,
    scope: &Scope,
    filter: &ReceiptFilter,
    page: &PageRequest,
) -> Result<Page<Receipt>> {
    let load = |after, limit| {
        let query = after_id(filter.narrow(visible(scope)), receipts::id, after, Descending);
        let mut few: Vec<Receipt> = query.limit(limit).select(Receipt::as_select()).load(conn)?;
        few.iter_mut().for_each(|receipt| receipt.body = Vec::new());
        Ok(few)
    };
    Page::gather(page, load, Receipt::size, |receipt| receipt.id)?
        .counted(page, || Ok(filter.narrow(visible(scope)).count().get_result(conn)?))
}

pub fn find(conn: &mut DbConnection, scope: &Scope, id: ReceiptId) -> Result<Option<Receipt>> {
    Ok(visible(scope).filter(receipts::id.eq(id)).select(Receipt::as_select()).first(conn).optional()?)
}

row!(receipts, NewReceipt, |row| {
    id: row.draft.id,
    form_id: row.draft.form_id,
    received_at: row.draft.received_at,
    method: &row.draft.method,
    query: &row.draft.query,
    content_type: &row.draft.content_type,
    headers: &row.draft.headers,
    body: &row.draft.body,
    remote_ip: &row.draft.remote_ip,
    hidden: &row.draft.hidden,
    outcome: row.outcome,
    reasons: &row.reasons,
    inquiry_id: row.inquiry_id,
    external_id: &row.draft.external_id,
    consent: &row.draft.consent,
    items: &row.draft.items,
    custom: &row.draft.custom,
    answered: row.draft.answered,
    fingerprint: row.fingerprint(),
    nonce: row.nonce(),
    token: row.token(),
});

pub fn update(tx: &mut Tx<'_>, receipt: &Receipt) -> Result<()> {
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

/// How often a page's token came back, but for one receipt.
pub fn uses_of(conn: &mut DbConnection, token: &[u8], but: Option<ReceiptId>) -> Result<i64> {
    let uses = receipts::table.filter(receipts::token.eq(token));
    Ok(match but {
        Some(but) => prepared!(conn, get_result, uses.filter(receipts::id.ne(but)).count())?,
        None => prepared!(conn, get_result, uses.count())?,
    })
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
    retry_on_conflict(diesel::insert_into(external_ids::table).values(row).execute(tx.conn)).map(drop)
}
