//! A new database of a test's own, its doors, and a connection past them.
//! Where new databases come from is in tests/support.

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::Waker;

use diesel::connection::SimpleConnection;
use diesel::{Connection, ExpressionMethods, PgConnection, QueryDsl, RunQueryDsl, SqliteConnection};
use leaddock::kernel::clock::{Clock, Timestamp};
use leaddock::kernel::error::Result;
use leaddock::platform::db::{
    Batch, Batcher, Context, DatabaseUrl, Db, DbConnection, Migrated, Options, Parts, Read, Tx,
};
use leaddock::platform::events::Subscribe;
use tempfile::TempDir;
use tokio::runtime::Runtime;

pub use crate::databases::Database;

/// Runs each test on both databases: `each_database! { fn name(database) { … } }`.
macro_rules! each_database {
    ($($(#[$meta:meta])* fn $name:ident($database:ident) $body:block)*) => {
        $($(#[$meta])* mod $name {
            use super::*;

            fn body($database: crate::setup::Database) $body

            #[test]
            fn sqlite() {
                body(crate::setup::Database::Sqlite);
            }

            #[test]
            fn postgres() {
                body(crate::setup::Database::Postgres);
            }
        })*
    };
}
pub(crate) use each_database;

diesel::table! {
    /// What tests write: a number each.
    marks (n) {
        n -> BigInt,
    }
}

/// A batch of closures: one after the other, all or nothing.
pub struct Closures;

type Closure = Box<dyn Fn(&mut Tx<'_>) -> Result<Box<dyn Any + Send>> + Send + Sync>;

impl Batch for Closures {
    type Member = Closure;
    type Answer = Box<dyn Any + Send>;

    fn lock(_: &mut Tx<'_>, _: &[Arc<Closure>]) -> Result<()> {
        Ok(())
    }

    fn apply(tx: &mut Tx<'_>, member: &Closure) -> Result<Box<dyn Any + Send>> {
        member(tx)
    }

    fn apply_all(tx: &mut Tx<'_>, members: &[Arc<Closure>]) -> Result<Vec<Result<Box<dyn Any + Send>>>> {
        members.iter().map(|member| member(tx).map(Ok)).collect()
    }
}

/// Makes a change together with others that wait.
pub async fn in_batch<T: Send + 'static>(
    db: &Db,
    batcher: &Batcher<Closures>,
    f: impl Fn(&mut Tx<'_>) -> Result<T> + Send + Sync + 'static,
) -> Result<T> {
    let closure: Closure = Box::new(move |tx| Ok(Box::new(f(tx)?)));
    db.write_batch(batcher, closure).await.map(|answer| *answer.downcast().unwrap())
}

/// A new database that is open.
pub struct Home {
    pub db: Db,
    pub batcher: Batcher<Closures>,
    pub clock: Clock,
    pub options: Options,
    pub migrated: Migrated,
    pub runtime: Runtime,
    pub folder: TempDir,
}

impl Home {
    /// Opens a new database; none if there is no PostgreSQL, which is an error where `CI=true`.
    pub fn new(database: Database) -> Option<Self> {
        Self::with(database, |_| {}, &[])
    }

    pub fn with(database: Database, change: impl FnOnce(&mut Options), rooms: &[Subscribe]) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut options = fresh(database, &folder)?;
        change(&mut options);
        let clock = Clock::manual(Timestamp::parse("2026-11-23T02:00:00.000Z").unwrap());
        let (db, migrated) = Db::open(&options, Parts::new(clock.clone(), rooms)).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Some(Self { db, batcher: Batcher::default(), clock, options, migrated, runtime, folder })
    }

    /// The same with the empty table `marks`.
    pub fn with_marks(database: Database) -> Option<Self> {
        let home = Self::new(database)?;
        home.outside().batch_execute("CREATE TABLE marks (n BIGINT NOT NULL PRIMARY KEY)").unwrap();
        Some(home)
    }

    pub fn read<T: Send + 'static>(
        &self,
        f: impl Fn(&mut Read<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.runtime.block_on(self.db.read(f))
    }

    pub fn write<T: Send + 'static>(
        &self,
        f: impl Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.runtime.block_on(self.db.write(Context::system(), f))
    }

    /// The same in a batch.
    pub fn crowd<T: Send + 'static>(
        &self,
        f: impl Fn(&mut Tx<'_>) -> Result<T> + Send + Sync + 'static,
    ) -> Result<T> {
        self.runtime.block_on(in_batch(&self.db, &self.batcher, f))
    }

    /// A connection past the doors.
    pub fn outside(&self) -> DbConnection {
        connect(&self.options.url)
    }

    /// The numbers in `marks`, as another connection sees them.
    pub fn marks(&self) -> Vec<i64> {
        seen(&mut self.outside()).unwrap()
    }

    /// Hands the change to the crowd's queue without waiting for its answer.
    pub fn submit<T: Send + 'static>(
        &self,
        f: impl Fn(&mut Tx<'_>) -> Result<T> + Send + Sync + 'static,
    ) -> Submitted<T> {
        let (db, batcher) = (self.db.clone(), self.batcher.clone());
        self.begin(async move { in_batch(&db, &batcher, f).await })
    }

    /// The same at the door for changes that share no commit on PostgreSQL.
    pub fn submit_to_write<T: Send + 'static>(
        &self,
        f: impl Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Submitted<T> {
        let db = self.db.clone();
        self.begin(async move { db.write(Context::system(), f).await })
    }

    /// The same for a change that nobody waits for.
    pub fn submit_in_background<T: Send + 'static>(
        &self,
        f: impl Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Submitted<T> {
        let db = self.db.clone();
        self.begin(async move { db.write_in_background(Context::system(), f).await })
    }

    /// Polls a call once, which puts its closure into the queue.
    pub fn begin<T: 'static>(&self, call: impl Future<Output = Result<T>> + 'static) -> Submitted<T> {
        let mut future: Submitted<T> = Box::pin(call);
        let _inside = self.runtime.enter();
        // An answer that is there at once is a refusal of the queue.
        match future.as_mut().poll(&mut std::task::Context::from_waker(Waker::noop())) {
            std::task::Poll::Pending => future,
            std::task::Poll::Ready(answer) => Box::pin(std::future::ready(answer)),
        }
    }

    /// The answers, in the order of submission.
    pub fn answers<T>(&self, submitted: Vec<Submitted<T>>) -> Vec<Result<T>> {
        self.runtime.block_on(async {
            let mut answers = Vec::new();
            for future in submitted {
                answers.push(future.await);
            }
            answers
        })
    }

    /// A change that has begun and stands still until the gate is opened; what is submitted now waits behind
    /// it.
    pub fn gate(&self) -> (Submitted<()>, Gate) {
        let (change, begun, gate) = held_change();
        let held = self.submit(change);
        begun.recv().unwrap();
        (held, gate)
    }

    /// The same at the door for changes that share no commit on PostgreSQL.
    pub fn write_gate(&self) -> (Submitted<()>, Gate) {
        let (change, begun, gate) = held_change();
        let held = self.submit_to_write(change);
        begun.recv().unwrap();
        (held, gate)
    }

    /// The same at the door for the background.
    pub fn background_gate(&self) -> (Submitted<()>, Gate) {
        let (change, begun, gate) = held_change();
        let held = self.submit_in_background(change);
        begun.recv().unwrap();
        (held, gate)
    }
}

fn held_change() -> (impl Fn(&mut Tx<'_>) -> Result<()> + Send + Sync + 'static, Receiver<()>, Gate) {
    let ((began, begun), (open, opened)) = (channel(), channel());
    let opened: Arc<Mutex<Receiver<()>>> = Arc::new(Mutex::new(opened));
    let change = move |_: &mut Tx<'_>| {
        // A change may be run again: then nobody listens any more, and the gate is open.
        let _ = began.send(());
        let _ = opened.lock().unwrap().recv();
        Ok(())
    };
    (change, begun, Gate(open))
}

/// A change on its way.
pub type Submitted<T> = Pin<Box<dyn Future<Output = Result<T>>>>;

/// Holds a change back until it is opened.
pub struct Gate(Sender<()>);

impl Gate {
    pub fn open(self) {
        self.0.send(()).unwrap();
    }
}

/// The options of a new database.
pub fn fresh(database: Database, folder: &TempDir) -> Option<Options> {
    let url = database.fresh(folder.path())?;
    Some(Options { url, connections: 2, group_commit: true, exclusive: true })
}

/// Takes the tables out that a new database of PostgreSQL is copied with.
pub fn empty(options: &mut Options) {
    if let DbConnection::Postgres(conn) = &mut connect(&options.url) {
        conn.batch_execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public").unwrap();
    }
}

pub fn connect(url: &DatabaseUrl) -> DbConnection {
    match url {
        DatabaseUrl::Sqlite(path) => {
            let mut conn = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
            conn.batch_execute("PRAGMA busy_timeout = 5000").unwrap();
            DbConnection::Sqlite(conn)
        }
        DatabaseUrl::Postgres(url) => DbConnection::Postgres(PgConnection::establish(url).unwrap()),
    }
}

/// The numbers in `marks`, in order.
pub fn seen(conn: &mut DbConnection) -> Result<Vec<i64>> {
    Ok(marks::table.select(marks::n).order(marks::n).load(conn)?)
}

/// Lays a number down.
pub fn mark(tx: &mut Tx<'_>, n: i64) -> Result<()> {
    diesel::insert_into(marks::table).values(marks::n.eq(n)).execute(tx.conn)?;
    Ok(())
}

/// The error with everything that caused it.
pub fn told(error: &leaddock::kernel::error::Error) -> String {
    format!("{error:?}")
}
