//! `FOR UPDATE SKIP LOCKED`: claims rows of which other transactions may claim others at the same time.
//! Other SQL that differs between the databases is in `dialect.rs`.

use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::{QueryResult, RunQueryDsl};

use super::connection::{DbConnection, MultiBackend};

/// A select whose rows are locked until the transaction ends, without those that another one has locked. On
/// SQLite, where one transaction writes at a time, the plain select.
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
