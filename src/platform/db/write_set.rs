//! Inserts of a change: now, or together with those of other changes of a group.
//! How rows are inserted is in `rows.rs`.

use super::rows::{Row, WriteSet};
use super::tx::Tx;
use crate::kernel::error::Result;

impl Tx<'_> {
    /// Inserts a row: now, or together with those of other changes of the group.
    pub fn insert<R: Row>(&mut self, row: R) -> Result<()> {
        match &mut self.write_set {
            Some(set) => {
                set.push(row);
                Ok(())
            }
            None => R::insert_all(self.conn, &[row]),
        }
    }

    /// Runs `f` with the inserts of all that it does put off to its end, where they are done table by table.
    /// What it inserts is not there to be read before.
    pub fn with_write_set<T>(&mut self, f: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.write_set = Some(WriteSet::default());
        let result = f(self);
        let set = self.write_set.take().unwrap_or_default();
        let value = result?;
        set.insert(self.conn)?;
        Ok(value)
    }
}
