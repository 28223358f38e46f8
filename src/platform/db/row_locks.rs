//! Row locks of selects: `FOR SHARE` keeps rows as they are, with `FOR UPDATE` others wait who want them, and
//! with `FOR UPDATE SKIP LOCKED` they go on with other rows. On SQLite, where one transaction writes at a
//! time, all are the plain select. Other SQL that differs between the databases is in `dialect.rs`.

use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sqlite::Sqlite;
use diesel::{QueryResult, RunQueryDsl};

use super::connection::{DbConnection, MultiBackend};

/// A select whose rows are locked until the transaction ends, without those that another one has locked.
pub struct SkipLocked<Q>(pub Q);

impl<Q: Query> Query for SkipLocked<Q> {
    type SqlType = Q::SqlType;
}

impl<Q> RunQueryDsl<DbConnection> for SkipLocked<Q> {}

impl<Q> QueryId for SkipLocked<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: QueryFragment<MultiBackend>> QueryFragment<MultiBackend> for SkipLocked<Q> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        self.0.walk_ast(pass.reborrow())?;
        if let MultiBackend::Postgres(_) = pass.backend() {
            pass.push_sql(" FOR UPDATE SKIP LOCKED");
        }
        Ok(())
    }
}

/// A select whose rows nobody else locks until the transaction ends, in the order of the select.
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

impl<Q> RunQueryDsl<DbConnection> for ForUpdate<Q> {}

impl<Q> QueryId for ForUpdate<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: QueryFragment<MultiBackend>> QueryFragment<MultiBackend> for ForUpdate<Q> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        self.0.walk_ast(pass.reborrow())?;
        if let MultiBackend::Postgres(_) = pass.backend() {
            pass.push_sql(" FOR UPDATE");
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
