//! Two forms of subquery that diesel's builder lacks: a row elsewhere that belongs to this one, by a
//! condition of any form; and several lists in one order, each read only as far as needed.

use diesel::QueryResult;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::query_dsl::RunQueryDsl;
use diesel::sql_types::{BigInt, Bool};

use super::connection::{DbConnection, MultiBackend};
use super::types::Uid;

/// That `table` has a row whose `key` is this row's `outer`, and for which the condition holds.
#[derive(Debug, Clone, Copy)]
pub struct Related<T, K, O, C> {
    pub table: T,
    pub key: K,
    pub outer: O,
    pub condition: C,
    pub form: Form,
}

/// How a subquery is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `EXISTS (…)`, for each row by itself.
    Exists,
    /// `IN (…)`: SQLite gathers all that the subquery gives before it looks at the first row.
    In,
}

impl<T, K, O, C> Expression for Related<T, K, O, C> {
    type SqlType = Bool;
}
impl<T, K, O: AppearsOnTable<QS>, C, QS> AppearsOnTable<QS> for Related<T, K, O, C> {}
impl<T, K, O: SelectableExpression<QS>, C, QS> SelectableExpression<QS> for Related<T, K, O, C> {}
impl<T, K, O, C, G> ValidGrouping<G> for Related<T, K, O, C> {
    type IsAggregate = is_aggregate::No;
}
impl<T, K, O, C> QueryId for Related<T, K, O, C> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T, K, O, C> QueryFragment<MultiBackend> for Related<T, K, O, C>
where
    T: QueryFragment<MultiBackend>,
    K: QueryFragment<MultiBackend>,
    O: QueryFragment<MultiBackend>,
    C: QueryFragment<MultiBackend>,
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        match self.form {
            Form::Exists => pass.push_sql("EXISTS (SELECT 1 FROM "),
            Form::In => {
                self.outer.walk_ast(pass.reborrow())?;
                pass.push_sql(" IN (SELECT ");
                self.key.walk_ast(pass.reborrow())?;
                pass.push_sql(" FROM ");
            }
        }
        self.table.walk_ast(pass.reborrow())?;
        pass.push_sql(" WHERE ");
        if self.form == Form::Exists {
            self.key.walk_ast(pass.reborrow())?;
            pass.push_sql(" = ");
            self.outer.walk_ast(pass.reborrow())?;
            pass.push_sql(" AND ");
        }
        pass.push_sql("(");
        self.condition.walk_ast(pass.reborrow())?;
        pass.push_sql("))");
        Ok(())
    }
}

/// The first ids of several lists of ids together, each of which is in the same order and ends after as many.
/// An id that two lists have comes twice.
pub struct MergedIds<Q> {
    lists: Vec<Q>,
    descending: bool,
    limit: i64,
}

impl<Q> MergedIds<Q> {
    pub fn new(lists: Vec<Q>, descending: bool, limit: i64) -> Self {
        Self { lists, descending, limit }
    }
}

impl<Q: QueryFragment<MultiBackend>> QueryFragment<MultiBackend> for MergedIds<Q> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        for (n, list) in self.lists.iter().enumerate() {
            pass.push_sql(if n == 0 { "SELECT * FROM (" } else { " UNION ALL SELECT * FROM (" });
            list.walk_ast(pass.reborrow())?;
            // PostgreSQL wants a name for each.
            pass.push_sql(&format!(") AS list_{n}"));
        }
        pass.push_sql(if self.descending { " ORDER BY 1 DESC LIMIT " } else { " ORDER BY 1 ASC LIMIT " });
        pass.push_bind_param::<BigInt, i64>(&self.limit)
    }
}

impl<Q> QueryId for MergedIds<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q> Query for MergedIds<Q> {
    type SqlType = Uid;
}

impl<Q> RunQueryDsl<DbConnection> for MergedIds<Q> {}
