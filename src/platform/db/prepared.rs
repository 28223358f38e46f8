//! Keeps the prepared form of statements that diesel prepares anew each time: updates, whose text could differ from run to run.
//! The cache is asked by the text, so a differing one is prepared for itself.

use diesel::QueryResult;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::query_dsl::RunQueryDsl;

use super::connection::{DbConnection, MultiBackend};

/// A statement whose prepared form is kept. For texts that do not vary much: a cache is not emptied.
pub fn prepared<T>(statement: T) -> Prepared<T> {
    Prepared(statement)
}

/// See [`prepared`].
#[derive(Debug, Clone, Copy)]
pub struct Prepared<T>(T);

impl<T: QueryFragment<MultiBackend>> QueryFragment<MultiBackend> for Prepared<T> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }

    fn is_safe_to_cache_prepared(&self, _: &MultiBackend) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<T> QueryId for Prepared<T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T: Query> Query for Prepared<T> {
    type SqlType = T::SqlType;
}

impl<T> RunQueryDsl<DbConnection> for Prepared<T> {}
