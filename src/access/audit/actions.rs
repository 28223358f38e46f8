//! Appends to the audit log.
//! What an entry says is in `model.rs`.

use super::model::AuditEntry;
use super::store;
use crate::kernel::error::Result;
use crate::platform::db::Tx;

/// Appends an entry, in the transaction of the action it records.
pub fn record(tx: &mut Tx<'_>, entry: &AuditEntry) -> Result<()> {
    let row = entry.clone().into_row(tx.id(), tx.now);
    store::insert(tx, &row)
}
