//! Indexes older inquiries again after the rules changed by which searchable text is folded. It runs as a
//! job, a portion at a time. The index itself is in platform/db.

use super::model::Inquiry;
use super::store;
use crate::kernel::characters::is_invisible;
use crate::kernel::error::Result;
use crate::kernel::id::InquiryId;
use crate::platform::db::{Context, Db, Tx, dialect, upkeep};
use crate::platform::jobs::Next;

/// Inquiries that are looked at in one transaction.
const AT_ONCE: i64 = 200;

/// Indexes the next portion again, if an older version of the rules indexed it.
pub async fn index_again(db: &Db) -> Result<Next> {
    if !db.read(|read| upkeep::is_due(read.conn)).await? {
        return Ok(Next::Wait);
    }
    let is_more = db.write_in_background(Context::system(), portion).await?;
    Ok(if is_more { Next::Immediately } else { Next::Wait })
}

fn portion(tx: &mut Tx<'_>) -> Result<bool> {
    let Some(after) = upkeep::claim(tx)? else { return Ok(false) };
    let from = upkeep::version(tx.conn)?;
    let inquiries = store::all_after(tx.conn, after, AT_ONCE)?;
    let differing: Vec<InquiryId> =
        inquiries.iter().filter(|inquiry| may_differ(inquiry, from)).map(|inquiry| inquiry.id).collect();
    // As they are now, and held: who changes one meanwhile waits, and indexes the newer text after this.
    for inquiry in store::lock_all(tx, &differing)? {
        dialect::index_text(tx, inquiry.id, &inquiry.content.searchable())?;
    }
    let last = inquiries.last().map(|inquiry| inquiry.id);
    upkeep::note(tx, last)?;
    Ok(last.is_some())
}

/// Whether the present rules may fold a text of it otherwise than those of the version `from`. Known for one
/// step; between others everything may differ.
fn may_differ(inquiry: &Inquiry, from: i32) -> bool {
    if (from, upkeep::VERSION) != (1, 2) {
        return true;
    }
    let items = &inquiry.content.items;
    items.said().any(|(_, text)| text.contains(is_invisible))
        || items.phone.as_ref().is_some_and(|phone| !phone.is_ascii())
}
