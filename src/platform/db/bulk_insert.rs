//! Bulk inserts of PostgreSQL: any number of rows of any number of tables in one statement, whose text does
//! not depend on how many there are, so it stays prepared. Which rows there are is said in `rows.rs`.

use std::fmt::Debug;

use diesel::internal::derives::as_expression::Bound;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{Array, HasSqlType};
use diesel::{PgConnection, QueryResult, RunQueryDsl};

/// The values of one column, an array.
struct Column<'a> {
    name: &'static str,
    /// What the value of a row is made of its element: before and behind it.
    around: (&'static str, &'static str),
    values: Box<dyn QueryFragment<Pg> + 'a>,
}

/// `INSERT INTO table SELECT … FROM unnest(…)`: an array for each column.
pub struct BulkInsert<'a> {
    table: &'static str,
    columns: Vec<Column<'a>>,
    /// What it does instead where a row is there already.
    on_conflict: &'static str,
}

impl<'a> BulkInsert<'a> {
    pub const fn into(table: &'static str) -> Self {
        Self { table, columns: Vec::new(), on_conflict: "" }
    }

    /// The same with a column of this type.
    pub fn column<ST, V>(self, name: &'static str, values: Vec<V>) -> Self
    where
        ST: Send + 'static,
        V: ToSql<ST, Pg> + Debug + 'a,
        Pg: HasSqlType<ST>,
    {
        self.made_of::<ST, V>(name, ("", ""), values)
    }

    /// The same with a column whose value is made of an element, such as by a function.
    pub(super) fn made_of<ST, V>(
        mut self,
        name: &'static str,
        around: (&'static str, &'static str),
        values: Vec<V>,
    ) -> Self
    where
        ST: Send + 'static,
        V: ToSql<ST, Pg> + Debug + 'a,
        Pg: HasSqlType<ST>,
    {
        let values = Box::new(Bound::<Array<ST>, Vec<V>>::new(values));
        self.columns.push(Column { name, around, values });
        self
    }

    pub(super) fn on_conflict(self, on_conflict: &'static str) -> Self {
        Self { on_conflict, ..self }
    }

    fn names(&self, pass: &mut AstPass<'_, '_, Pg>) -> QueryResult<()> {
        for (place, column) in self.columns.iter().enumerate() {
            pass.push_sql(if place == 0 { " (" } else { ", " });
            pass.push_identifier(column.name)?;
        }
        pass.push_sql(")");
        Ok(())
    }
}

impl QueryFragment<Pg> for BulkInsert<'_> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        pass.push_sql("INSERT INTO ");
        pass.push_identifier(self.table)?;
        self.names(&mut pass)?;
        for (place, column) in self.columns.iter().enumerate() {
            pass.push_sql(if place == 0 { " SELECT " } else { ", " });
            pass.push_sql(column.around.0);
            pass.push_identifier(column.name)?;
            pass.push_sql(column.around.1);
        }
        for (place, column) in self.columns.iter().enumerate() {
            pass.push_sql(if place == 0 { " FROM unnest(" } else { ", " });
            column.values.walk_ast(pass.reborrow())?;
        }
        pass.push_sql(") AS new");
        self.names(&mut pass)?;
        pass.push_sql(self.on_conflict);
        Ok(())
    }
}

/// Several changes at once: each but the last in a common table expression of its own. References among new
/// rows are checked when all are there.
struct InOneStatement<'a>(Vec<Box<dyn QueryFragment<Pg> + 'a>>);

impl QueryFragment<Pg> for InOneStatement<'_> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let Some((last, others)) = self.0.split_last() else { return Ok(()) };
        for (place, change) in others.iter().enumerate() {
            pass.push_sql(if place == 0 { "WITH " } else { ", " });
            pass.push_identifier(&format!("change_{place}"))?;
            pass.push_sql(" AS (");
            change.walk_ast(pass.reborrow())?;
            pass.push_sql(")");
        }
        if !others.is_empty() {
            pass.push_sql(" ");
        }
        last.walk_ast(pass)
    }

    /// Its text depends on the set of its tables alone.
    fn is_safe_to_cache_prepared(&self, _: &Pg) -> QueryResult<bool> {
        Ok(true)
    }
}

/// Known by its text, of which there is one for each set of tables.
impl QueryId for InOneStatement<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl RunQueryDsl<PgConnection> for InOneStatement<'_> {}

/// Does all of these in one statement.
pub(super) fn in_one_statement(
    conn: &mut PgConnection,
    changes: Vec<Box<dyn QueryFragment<Pg> + '_>>,
) -> QueryResult<()> {
    if !changes.is_empty() {
        InOneStatement(changes).execute(conn)?;
    }
    Ok(())
}
