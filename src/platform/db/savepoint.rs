//! Savepoints: a part of a change that may fail without the rest of it.
//! Changes of several callers in one commit are kept apart in `worker.rs`.

use diesel::Connection;
use diesel::connection::TransactionManager;

use super::connection::DbConnection;
use super::task::catch_panics;
use super::tx::Tx;
use crate::kernel::error::{Error, Result};

type Transactions = <DbConnection as Connection>::TransactionManager;

impl Tx<'_> {
    /// Runs `f` in a savepoint. The inner result is that of `f`: if it failed or panicked, nothing of what it
    /// did stays. An outer error says that the whole transaction cannot be committed.
    pub fn savepoint<T>(&mut self, f: impl FnOnce(&mut Self) -> Result<T>) -> Result<Result<T>> {
        if self.write_set.is_some() {
            return Err(Error::internal("what a savepoint puts off would stay after it"));
        }
        Transactions::begin_transaction(self.conn)?;
        let result = catch_panics(|| f(self));
        match result {
            Ok(_) => Transactions::commit_transaction(self.conn)?,
            Err(_) => Transactions::rollback_transaction(self.conn)?,
        }
        Ok(result)
    }
}
