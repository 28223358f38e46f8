//! All SQL on the deadlines of inquiries: as they were worked out last, and when they are looked at next.
//! What follows from one is decided in `assignment/terms`.

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper};

use super::model::{Deadlines, Inquiry};
use super::schema::inquiries;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::InquiryId;
use crate::platform::db::{DbConnection, MultiBackend, Tx, compare_and_set};
use crate::prepared;

/// The deadlines of an inquiry.
pub fn of(conn: &mut DbConnection, id: InquiryId) -> Result<Deadlines> {
    Ok(prepared!(conn, get_result, inquiries::table.find(id).select(Deadlines::as_select()))?)
}

/// Sets the deadlines of an inquiry as it was read, and nothing else of it: they follow from what it is
/// otherwise. Whoever changed it or them in between makes this run again.
pub fn set(tx: &mut Tx<'_>, before: &Inquiry, deadlines: Deadlines) -> Result<()> {
    use inquiries::{id, next_deadline_at, recycle_warned_at, version};
    let change = diesel::update(inquiries::table).set(deadlines).into_boxed::<MultiBackend>();
    let change = change.filter(id.eq(before.id)).filter(version.eq(before.version));
    let change = match before.deadlines.next_deadline_at {
        Some(at) => change.filter(next_deadline_at.eq(at)),
        None => change.filter(next_deadline_at.is_null()),
    };
    let change = match before.deadlines.recycle_warned_at {
        Some(at) => change.filter(recycle_warned_at.eq(at)),
        None => change.filter(recycle_warned_at.is_null()),
    };
    compare_and_set(change.execute(tx.conn))
}

/// When the deadlines of an inquiry are looked at next; none: not before something changes.
pub fn set_next_check(tx: &mut Tx<'_>, id: InquiryId, at: Option<Timestamp>) -> Result<()> {
    let target = inquiries::table.find(id);
    diesel::update(target).set(inquiries::next_deadline_at.eq(at)).execute(tx.conn)?;
    Ok(())
}

/// Inquiries of which a deadline has passed, the longest ago first.
pub fn past_deadline(conn: &mut DbConnection, now: Timestamp, limit: i64) -> Result<Vec<InquiryId>> {
    use inquiries::next_deadline_at;
    let due = inquiries::table.filter(next_deadline_at.le(now)).order(next_deadline_at.asc());
    Ok(prepared!(conn, load, due.limit(limit).select(inquiries::id))?)
}

/// Has nothing done about deadlines that have passed: for filling in the past.
pub fn forget(tx: &mut Tx<'_>, now: Timestamp) -> Result<()> {
    use inquiries::next_deadline_at;
    let past = inquiries::table.filter(next_deadline_at.le(now));
    diesel::update(past).set(next_deadline_at.eq(None::<Timestamp>)).execute(tx.conn)?;
    Ok(())
}
