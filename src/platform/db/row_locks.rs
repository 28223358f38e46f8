//! Row locks of selects: `FOR SHARE` keeps rows as they are, with `FOR UPDATE` and `FOR NO KEY UPDATE` others
//! wait who want them, and with `SKIP LOCKED` they go on with other rows. On SQLite, where one transaction
//! writes at a time, all are the plain select. Other SQL that differs between the databases: `dialect.rs`.

use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sqlite::Sqlite;
use diesel::{QueryResult, RunQueryDsl};

use super::connection::{DbConnection, MultiBackend};

/// A select whose rows nobody else locks until the transaction ends. To be run with [`crate::prepared!`].
pub struct ForUpdate<Q>(pub Q);

impl<Q: Query> Query for ForUpdate<Q> {
    type SqlType = Q::SqlType;
}

impl<Q: QueryFragment<Sqlite>> QueryFragment<Sqlite> for ForUpdate<Q> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }
}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for ForUpdate<Q> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(pass.reborrow())?;
        pass.push_sql(" FOR UPDATE");
        Ok(())
    }
}

/// What is done about a row that another transaction has locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfLocked {
    Wait,
    Skip,
}

/// A select whose rows nobody else changes until the transaction ends, locked in its order. What refers to
/// them may be inserted all the same: whoever does that would else wait, and be waited for.
pub struct ForNoKeyUpdate<Q>(pub Q, pub IfLocked);

impl<Q: Query> Query for ForNoKeyUpdate<Q> {
    type SqlType = Q::SqlType;
}

impl<Q> RunQueryDsl<DbConnection> for ForNoKeyUpdate<Q> {}

impl<Q> QueryId for ForNoKeyUpdate<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: QueryFragment<MultiBackend>> QueryFragment<MultiBackend> for ForNoKeyUpdate<Q> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        self.0.walk_ast(pass.reborrow())?;
        if let MultiBackend::Postgres(_) = pass.backend() {
            pass.push_sql(match self.1 {
                IfLocked::Wait => " FOR NO KEY UPDATE",
                IfLocked::Skip => " FOR NO KEY UPDATE SKIP LOCKED",
            });
        }
        Ok(())
    }
}

/// A select whose rows nobody changes until the transaction ends. To be run with [`crate::prepared!`].
pub struct ForShare<Q>(pub Q);

impl<Q: Query> Query for ForShare<Q> {
    type SqlType = Q::SqlType;
}

impl<Q: QueryFragment<Sqlite>> QueryFragment<Sqlite> for ForShare<Q> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }
}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for ForShare<Q> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(pass.reborrow())?;
        pass.push_sql(" FOR SHARE");
        Ok(())
    }
}
