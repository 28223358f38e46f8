//! Writes of a change: now, or together with those of other changes of a batch.
//! How rows are inserted is in `rows.rs`.

use std::any::Any;

use super::rows::{Row, Statement, WriteSet, insert_rows};
use super::tx::Tx;
use crate::kernel::error::Result;

impl Tx<'_> {
    /// Inserts a row: now, or together with those of other changes of the batch.
    pub fn insert<R: Row>(&mut self, row: R) -> Result<()> {
        match &mut self.write_set {
            Some(set) => {
                set.push(row);
                Ok(())
            }
            None => insert_rows(self.conn, &[row]),
        }
    }

    /// The same for several rows.
    pub fn insert_all<R: Row>(&mut self, rows: Vec<R>) -> Result<()> {
        match &mut self.write_set {
            Some(set) => {
                rows.into_iter().for_each(|row| set.push(row));
                Ok(())
            }
            None => insert_rows(self.conn, &rows),
        }
    }

    /// The same for a change of rows that are there and that nothing else of the batch changes. Its text, by
    /// its place `P`, must not depend on values.
    pub fn defer<S: Statement, P: Any>(&mut self, statement: S) -> Result<()> {
        let mut alone = WriteSet::default();
        let set = self.write_set.as_mut();
        let is_alone = set.is_none();
        set.unwrap_or(&mut alone).push_update::<S, P>(statement);
        if is_alone { alone.write(self.conn) } else { Ok(()) }
    }

    /// Runs `f` with the inserts of all that it does put off to its end, where they are done together. What
    /// it writes is not there to be read before.
    pub fn with_write_set<T>(&mut self, f: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.write_set = Some(WriteSet::default());
        let result = f(self);
        let set = self.write_set.take().unwrap_or_default();
        let value = result?;
        set.write(self.conn)?;
        Ok(value)
    }
}
