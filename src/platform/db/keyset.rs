//! Keyset pagination in SQL: a query narrowed to the rows after a position, in the order of the list.
//! Pages, positions and cursors are in `kernel/page.rs`.

use diesel::dsl::{AsExprOf, Asc, Desc, Gt, Lt, SqlTypeOf};
use diesel::expression::{
    AppearsOnTable, AsExpression, Expression, SelectableExpression, ValidGrouping, is_aggregate,
};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::query_dsl::methods::{FilterDsl, OrderDsl};
use diesel::sql_types::{Bool, SingleValue, SqlType};
use diesel::{ExpressionMethods, QueryResult};

use super::connection::MultiBackend;
use crate::kernel::id::Id;
use crate::kernel::page::Direction;

/// The rows after an id, in the order of the ids.
pub fn after_id<Q, C, K>(query: Q, column: C, after: Option<Id<K>>, direction: Direction) -> Q
where
    K: 'static,
    C: ExpressionMethods + Copy,
    C::SqlType: SqlType,
    Id<K>: AsExpression<C::SqlType>,
    Q: FilterDsl<Gt<C, Id<K>>, Output = Q>
        + FilterDsl<Lt<C, Id<K>>, Output = Q>
        + OrderDsl<Asc<C>, Output = Q>
        + OrderDsl<Desc<C>, Output = Q>,
{
    let query = match (after, direction) {
        (None, _) => query,
        (Some(after), Direction::Ascending) => query.filter(column.gt(after)),
        (Some(after), Direction::Descending) => query.filter(column.lt(after)),
    };
    match direction {
        Direction::Ascending => query.order(column.asc()),
        Direction::Descending => query.order(column.desc()),
    }
}

/// The rows after a value and an id, in the order of the values, then of the ids. The column may be NULL in
/// some rows: the query has to leave these out, for they are in no order here (see
/// [`nulls_last`](crate::kernel::page::nulls_last)).
pub fn after_value<Q, C, I, V, K>(
    query: Q,
    (column, id): (C, I),
    after: Option<(V, Id<K>)>,
    direction: Direction,
) -> Q
where
    K: 'static,
    C: ExpressionMethods + Copy,
    I: ExpressionMethods + Copy,
    C::SqlType: SqlType,
    I::SqlType: SqlType,
    V: AsExpression<C::SqlType>,
    Id<K>: AsExpression<I::SqlType>,
    Q: FilterDsl<After<C, I, AsExprOf<V, SqlTypeOf<C>>, AsExprOf<Id<K>, SqlTypeOf<I>>>, Output = Q>
        + OrderDsl<(Asc<C>, Asc<I>), Output = Q>
        + OrderDsl<(Desc<C>, Desc<I>), Output = Q>,
{
    let query = match after {
        None => query,
        Some((value, last)) => query.filter(After {
            columns: (column, id),
            values: (value.as_expression(), last.as_expression()),
            direction,
        }),
    };
    match direction {
        Direction::Ascending => query.order((column.asc(), id.asc())),
        Direction::Descending => query.order((column.desc(), id.desc())),
    }
}

/// `(column, id) > (value, last)`, or `<`: a comparison of rows, for which an index on both columns serves.
#[derive(Debug, Clone, Copy)]
pub struct After<C, I, V, L> {
    columns: (C, I),
    values: (V, L),
    direction: Direction,
}

impl<C, I, V, L> Expression for After<C, I, V, L>
where
    C: Expression,
    I: Expression,
    C::SqlType: SingleValue,
{
    type SqlType = Bool;
}
impl<C, I, V, L, QS> AppearsOnTable<QS> for After<C, I, V, L>
where
    Self: Expression,
    C: AppearsOnTable<QS>,
    I: AppearsOnTable<QS>,
{
}
impl<C, I, V, L, QS> SelectableExpression<QS> for After<C, I, V, L>
where
    Self: AppearsOnTable<QS>,
    C: SelectableExpression<QS>,
    I: SelectableExpression<QS>,
{
}
impl<C, I, V, L, G> ValidGrouping<G> for After<C, I, V, L> {
    type IsAggregate = is_aggregate::No;
}
impl<C, I, V, L> QueryId for After<C, I, V, L> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C, I, V, L> QueryFragment<MultiBackend> for After<C, I, V, L>
where
    C: QueryFragment<MultiBackend>,
    I: QueryFragment<MultiBackend>,
    V: QueryFragment<MultiBackend>,
    L: QueryFragment<MultiBackend>,
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        pass.push_sql("(");
        self.columns.0.walk_ast(pass.reborrow())?;
        pass.push_sql(", ");
        self.columns.1.walk_ast(pass.reborrow())?;
        pass.push_sql(match self.direction {
            Direction::Ascending => ") > (",
            Direction::Descending => ") < (",
        });
        self.values.0.walk_ast(pass.reborrow())?;
        pass.push_sql(", ");
        self.values.1.walk_ast(pass.reborrow())?;
        pass.push_sql(")");
        Ok(())
    }
}
