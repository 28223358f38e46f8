//! Batch inserts: rows that a change inserts, one by one or, in a group of changes, table by table for all of
//! them. Which rows there are is the rooms' matter.

use std::any::{Any, TypeId};

use super::connection::DbConnection;
use crate::kernel::error::Result;

/// A row of one table, which its store knows how to insert in any number.
pub trait Row: Sized + 'static {
    fn insert_all(conn: &mut DbConnection, rows: &[Self]) -> Result<()>;
}

/// Inserts rows of any number: `insert_rows!(conn, receipts::table, rows, |row| (receipts::id.eq(row.id),
/// …))`. On SQLite one prepared statement is run for each, on PostgreSQL one statement inserts them all.
#[macro_export]
macro_rules! insert_rows {
    ($conn:expr, $table:expr, $rows:expr, |$row:ident| $values:expr) => {
        match $conn {
            $crate::platform::db::DbConnection::Sqlite(conn) => {
                for $row in $rows {
                    struct Here;
                    let statement = diesel::insert_into($table).values($values);
                    $crate::platform::db::Prepared::<_, Here>::new(statement).run(conn)?;
                }
            }
            $crate::platform::db::DbConnection::Postgres(conn) => {
                let all: Vec<_> = $rows.iter().map(|$row| $values).collect();
                diesel::RunQueryDsl::execute(diesel::insert_into($table).values(all), conn)?;
            }
        }
    };
}

/// Rows of one type that wait for the end of a group.
trait Waiting: Any {
    fn row_type(&self) -> TypeId;
    fn insert(&mut self, conn: &mut DbConnection) -> Result<()>;
    fn rows(&mut self) -> &mut dyn Any;
}

impl<R: Row> Waiting for Vec<R> {
    fn row_type(&self) -> TypeId {
        TypeId::of::<R>()
    }

    fn insert(&mut self, conn: &mut DbConnection) -> Result<()> {
        let rows = std::mem::take(self);
        if rows.is_empty() { Ok(()) } else { R::insert_all(conn, &rows) }
    }

    fn rows(&mut self) -> &mut dyn Any {
        self
    }
}

/// The rows that a group of changes will insert, table by table in the order of first use: a table that
/// another one refers to comes first.
#[derive(Default)]
pub struct WriteSet(Vec<Box<dyn Waiting>>);

impl WriteSet {
    /// Inserts all of them, table by table.
    pub(super) fn insert(self, conn: &mut DbConnection) -> Result<()> {
        self.0.into_iter().try_for_each(|mut rows| rows.insert(conn))
    }

    pub(super) fn push<R: Row>(&mut self, row: R) {
        let known = self.0.iter_mut().find(|rows| rows.row_type() == TypeId::of::<R>());
        match known.and_then(|rows| rows.rows().downcast_mut::<Vec<R>>()) {
            Some(rows) => rows.push(row),
            None => self.0.push(Box::new(vec![row])),
        }
    }
}
