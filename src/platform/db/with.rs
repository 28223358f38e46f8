//! `WITH name AS MATERIALIZED (…) …` of PostgreSQL: what one statement reads first, and the other refers to.
//! The name may be that of the table that is read first: in the query it names what was read.

use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::{QueryResult, RunQueryDsl};

/// A query that refers to another one by a name.
pub struct With<C, Q> {
    name: &'static str,
    first: C,
    query: Q,
}

impl<C, Q> With<C, Q> {
    pub const fn new(name: &'static str, first: C, query: Q) -> Self {
        Self { name, first, query }
    }
}

impl<C, Q: Query> Query for With<C, Q> {
    type SqlType = Q::SqlType;
}

impl<C, Q, Conn> RunQueryDsl<Conn> for With<C, Q> {}

impl<C, Q> QueryId for With<C, Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C: QueryFragment<Pg>, Q: QueryFragment<Pg>> QueryFragment<Pg> for With<C, Q> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        pass.push_sql("WITH ");
        pass.push_identifier(self.name)?;
        pass.push_sql(" AS MATERIALIZED (");
        self.first.walk_ast(pass.reborrow())?;
        pass.push_sql(") ");
        self.query.walk_ast(pass)
    }
}
