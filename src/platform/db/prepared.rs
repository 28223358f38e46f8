//! Statements whose text is fixed by their place in the source: compiled for each database, prepared once a
//! connection. For what every submission and every read of one thing does; anything else is said on the
//! common connection type.

use std::any::Any;
use std::marker::PhantomData;

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::connection::LoadConnection;
use diesel::expression::QueryMetadata;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::query_dsl::RunQueryDsl;
use diesel::sql_types::Bool;

/// Runs a statement on whichever database it is: `prepared!(conn, get_result, users::table.find(id))`, or
/// `run` for one that answers nothing. Its text must not depend on values (no boxed query, no list of any
/// length), for it is built only once.
#[macro_export]
macro_rules! prepared {
    ($conn:expr, run, $statement:expr) => {
        $crate::prepared!($conn, $crate::platform::db::Prepared::run, of $statement)
    };
    ($conn:expr, $run:ident, $statement:expr) => {
        $crate::prepared!($conn, diesel::RunQueryDsl::$run, of $statement)
    };
    ($conn:expr, $run:path, of $statement:expr) => {{
        struct Here;
        match $conn {
            $crate::platform::db::DbConnection::Sqlite(conn) => $run($crate::platform::db::Prepared::<_,
                Here>::new($statement), conn),
            $crate::platform::db::DbConnection::Postgres(conn) => $run($crate::platform::db::Prepared::<_,
                Here>::new($statement), conn),
        }
    }};
}

/// A statement, and the place `P` that its text is known by.
pub struct Prepared<T, P> {
    statement: T,
    place: PhantomData<fn() -> P>,
}

impl<T, P> Prepared<T, P> {
    pub const fn new(statement: T) -> Self {
        Self { statement, place: PhantomData }
    }
}

impl<T, P: Any> Prepared<T, P> {
    /// Runs a statement that answers nothing. Not by `execute`, which takes it by reference: diesel would not
    /// hear then that it may be kept, look through it each time, and prepare an update anew.
    pub fn run<'conn, Conn>(self, conn: &'conn mut Conn) -> QueryResult<()>
    where
        Conn: LoadConnection,
        T: QueryFragment<Conn::Backend> + 'conn,
        P: 'conn,
        Conn::Backend: QueryMetadata<Bool>,
    {
        conn.load(Silent(self))?.try_for_each(|row| row.map(drop))
    }
}

/// A statement that answers nothing, as diesel takes those that do.
struct Silent<T, P>(Prepared<T, P>);

impl<DB: Backend, T: QueryFragment<DB>, P> QueryFragment<DB> for Silent<T, P> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<T, P: Any> QueryId for Silent<T, P> {
    type QueryId = P;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<T, P> Query for Silent<T, P> {
    /// Of rows that never come.
    type SqlType = Bool;
}

impl<DB: Backend, T: QueryFragment<DB>, P> QueryFragment<DB> for Prepared<T, P> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.statement.walk_ast(pass)
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<T, P: Any> QueryId for Prepared<T, P> {
    type QueryId = P;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<T: Query, P> Query for Prepared<T, P> {
    type SqlType = T::SqlType;
}

impl<T, P, Conn> RunQueryDsl<Conn> for Prepared<T, P> {}
