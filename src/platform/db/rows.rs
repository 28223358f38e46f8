//! Batch inserts: rows that a change inserts, one by one or, in a batch of changes, all of them at its end.
//! Which rows there are is the rooms' matter; the statement of PostgreSQL is in `bulk_insert.rs`.

use std::any::{Any, TypeId};
use std::marker::PhantomData;

use diesel::pg::Pg;
use diesel::query_builder::QueryFragment;
use diesel::sqlite::Sqlite;
use diesel::{QueryResult, SqliteConnection};

use super::bulk_insert::{BulkInsert, in_one_statement};
use super::connection::DbConnection;
use super::prepared::Prepared;
use crate::kernel::error::Result;

/// A row of one table, which its store knows how to insert in any number. Mostly made by [`crate::row!`].
pub trait Row: Sized + 'static {
    /// SQLite: one prepared statement, run for each.
    fn insert_each(conn: &mut SqliteConnection, rows: &[Self]) -> QueryResult<()>;

    /// PostgreSQL: one statement for all of them.
    fn bulk(rows: &[Self]) -> BulkInsert<'_>;
}

/// Inserts rows of one table.
pub(super) fn insert_rows<R: Row>(conn: &mut DbConnection, rows: &[R]) -> Result<()> {
    match conn {
        DbConnection::Sqlite(conn) => R::insert_each(conn, rows)?,
        DbConnection::Postgres(conn) => in_one_statement(conn, vec![Box::new(R::bulk(rows))])?,
    }
    Ok(())
}

/// Says how a row is inserted: `row!(receipts, NewReceipt, |row| { id: row.id, … })`, with every column that
/// has no default.
#[macro_export]
macro_rules! row {
    ($table:ident, $type:ty, |$row:ident| { $($column:ident: $value:expr),+ $(,)? }) => {
        impl $crate::platform::db::Row for $type {
            fn insert_each(
                conn: &mut diesel::SqliteConnection,
                rows: &[Self],
            ) -> diesel::QueryResult<()> {
                struct Here;
                for $row in rows {
                    let values = ($(diesel::ExpressionMethods::eq($table::$column, $value),)+);
                    let insert = diesel::insert_into($table::table).values(values);
                    $crate::platform::db::Prepared::<_, Here>::new(insert).run(conn)?;
                }
                Ok(())
            }

            fn bulk(rows: &[Self]) -> $crate::platform::db::BulkInsert<'_> {
                $crate::platform::db::BulkInsert::into(stringify!($table))
                    $(.column::<<$table::$column as diesel::Expression>::SqlType, _>(
                        stringify!($column),
                        rows.iter().map(|$row| $value).collect(),
                    ))+
            }
        }
    };
}

/// Rows of one type, or a change, that wait for the end of a batch.
trait PendingRows: Any {
    fn row_type(&self) -> TypeId;
    fn on_sqlite(&self, conn: &mut SqliteConnection) -> QueryResult<()>;
    fn on_postgres(&self) -> Box<dyn QueryFragment<Pg> + '_>;
    fn rows(&mut self) -> &mut dyn Any;
}

impl<R: Row> PendingRows for Vec<R> {
    fn row_type(&self) -> TypeId {
        TypeId::of::<R>()
    }

    fn on_sqlite(&self, conn: &mut SqliteConnection) -> QueryResult<()> {
        R::insert_each(conn, self)
    }

    fn on_postgres(&self) -> Box<dyn QueryFragment<Pg> + '_> {
        Box::new(R::bulk(self))
    }

    fn rows(&mut self) -> &mut dyn Any {
        self
    }
}

/// A change of rows that are there, which waits for the end of a batch.
struct Update<S, P> {
    statement: S,
    place: PhantomData<fn() -> P>,
}

impl<S: Statement, P: Any> PendingRows for Update<S, P> {
    fn row_type(&self) -> TypeId {
        TypeId::of::<P>()
    }

    fn on_sqlite(&self, conn: &mut SqliteConnection) -> QueryResult<()> {
        Prepared::<_, P>::new(&self.statement).run(conn)
    }

    fn on_postgres(&self) -> Box<dyn QueryFragment<Pg> + '_> {
        Box::new(&self.statement)
    }

    fn rows(&mut self) -> &mut dyn Any {
        self
    }
}

/// A statement of both databases that answers nothing.
pub trait Statement: QueryFragment<Pg> + QueryFragment<Sqlite> + 'static {}

impl<S: QueryFragment<Pg> + QueryFragment<Sqlite> + 'static> Statement for S {}

/// What a batch of changes will write at its end. Rows are inserted table by table in the order of first use:
/// a table that another one refers to comes first.
#[derive(Default)]
pub struct WriteSet(Vec<Box<dyn PendingRows>>);

impl WriteSet {
    /// Does all of it: table by table on SQLite, in one statement on PostgreSQL.
    pub(super) fn write(self, conn: &mut DbConnection) -> Result<()> {
        match conn {
            DbConnection::Sqlite(conn) => self.0.iter().try_for_each(|rows| rows.on_sqlite(conn))?,
            DbConnection::Postgres(conn) => {
                in_one_statement(conn, self.0.iter().map(|rows| rows.on_postgres()).collect())?;
            }
        }
        Ok(())
    }

    pub(super) fn push_update<S: Statement, P: Any>(&mut self, statement: S) {
        self.0.push(Box::new(Update::<S, P> { statement, place: PhantomData }));
    }

    pub(super) fn push<R: Row>(&mut self, row: R) {
        let known = self.0.iter_mut().find(|rows| rows.row_type() == TypeId::of::<R>());
        match known.and_then(|rows| rows.rows().downcast_mut::<Vec<R>>()) {
            Some(rows) => rows.push(row),
            None => self.0.push(Box::new(vec![row])),
        }
    }
}
