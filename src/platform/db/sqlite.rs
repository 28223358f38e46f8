//! SQLite: one writer whose commits are shared, a few readers, and the lock that keeps a second server out.
//! No query of a room is here.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crossbeam_channel::bounded;
use diesel::connection::SimpleConnection;
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};

use super::batch::MEMBERS_MAX;
use super::connection::DbConnection;
use super::doors::{Db, Options, Queues};
use super::fault::is_locked;
use super::migrate::{self, Migrated};
use super::queue::{Inbox, QUEUE, background};
use super::stream::STREAMS;
use super::tx::Parts;
use super::worker::{Purpose, Worker};
use crate::kernel::error::{Error, Result};
use crate::platform::files::{private_file, private_folder};

/// The oldest SQLite without the WAL fault of 3.7 to 3.51.2 (a checkpoint against a reset could damage the
/// file).
const OLDEST: (u32, u32, u32) = (3, 51, 3);
/// A start waits this long for others that hold the lock of the file.
const START: Duration = Duration::from_secs(30);
/// Changes that may share one commit.
const GROUP: usize = 256;

// busy_timeout comes first: the others may already meet a lock. No mapping of the file: each connection would
// have its own, and what is read often lies in the caches of the connections and of the system anyway.
const EVERY: &str = "PRAGMA busy_timeout = 3000; PRAGMA foreign_keys = ON; PRAGMA cache_size = -4096; PRAGMA \
    mmap_size = 0; PRAGMA temp_store = MEMORY;";
// A commit writes every page that it touches, and a submission touches some twenty trees; but its rows shall
// fit on one page.
const WRITER: &str = "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA \
    secure_delete = ON; PRAGMA wal_autocheckpoint = 8000; PRAGMA journal_size_limit = 67108864;";
const READER: &str = "PRAGMA query_only = ON;";

pub fn open(path: &Path, options: &Options, parts: Parts) -> Result<(Db, Migrated)> {
    make_private(path).map_err(Error::unavailable)?;
    let lock = if options.exclusive { Some(lock(path)?) } else { None };
    let (writer, migrated) = retry_while_locked(|| {
        let mut writer = connect(path, WRITER)?;
        let migrated = migrate::sqlite(&mut writer)?;
        Ok((writer, migrated))
    })?;

    let (read, reads) = bounded(QUEUE);
    let (write, writes) = bounded(QUEUE);
    let (background, in_background) = background();
    let (stream, streams) = bounded(QUEUE);
    let (group, batch_size) = if options.group_commit { (GROUP, MEMBERS_MAX) } else { (1, 1) };
    let mut threads = vec![spawn(
        "db-writer",
        Worker {
            inbox: Inbox::new(writes).with_background(&in_background),
            purpose: Purpose::Write { group },
            open: opener(path, WRITER),
            connection: Some(DbConnection::Sqlite(writer)),
        },
    )?];
    for _ in 0..options.connections.max(1) {
        let worker = Worker {
            inbox: Inbox::new(reads.clone()),
            purpose: Purpose::Read { snapshot: true },
            open: opener(path, READER),
            connection: Some(DbConnection::Sqlite(connect(path, READER)?)),
        };
        threads.push(spawn("db-reader", worker)?);
    }
    for _ in 0..STREAMS {
        let worker = Worker {
            inbox: Inbox::new(streams.clone()),
            purpose: Purpose::Stream,
            open: opener(path, READER),
            connection: None,
        };
        threads.push(spawn("db-stream", worker)?);
    }
    let queues = Queues {
        read,
        batched: write.clone(),
        batch_size,
        write,
        background,
        stream,
        _lock: lock,
        threads: Mutex::new(threads),
    };
    Ok((Db { queues: Arc::new(queues), parts }, migrated))
}

/// Runs it again while others hold the lock: several that start on a new file lay out its tables one after
/// the other, and no busy timeout covers the change to the write-ahead log.
fn retry_while_locked<T>(start: impl Fn() -> Result<T>) -> Result<T> {
    let until = Instant::now() + START;
    loop {
        match start() {
            Err(error) if is_locked(&error) && Instant::now() < until => {
                std::thread::sleep(Duration::from_millis(20))
            }
            done => return done,
        }
    }
}

fn spawn(name: &str, worker: Worker) -> Result<std::thread::JoinHandle<()>> {
    std::thread::Builder::new().name(name.to_owned()).spawn(move || worker.run()).map_err(Error::internal)
}

fn opener(path: &Path, tuning: &'static str) -> Box<dyn Fn() -> Result<DbConnection> + Send> {
    let path = path.to_owned();
    Box::new(move || connect(&path, tuning).map(DbConnection::Sqlite))
}

fn connect(path: &Path, tuning: &str) -> Result<SqliteConnection> {
    let path = path.to_str().ok_or_else(|| Error::internal("the path of the database is not UTF-8"))?;
    let mut conn = SqliteConnection::establish(path)?;
    conn.batch_execute(EVERY)?;
    conn.batch_execute(tuning)?;
    check_version(&mut conn)?;
    Ok(conn)
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = diesel::sql_types::Text)]
    version: String,
}

fn check_version(conn: &mut SqliteConnection) -> Result<()> {
    let found: Version = sql_query("SELECT sqlite_version() AS version").get_result(conn)?;
    let mut parts = found.version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let mut part = || parts.next().unwrap_or(0);
    if (part(), part(), part()) < OLDEST {
        return Err(Error::internal(format!(
            "SQLite {} is too old; {OLDEST:?} or newer is needed",
            found.version
        )));
    }
    Ok(())
}

/// Makes the database's file before SQLite does, which would leave it readable for everybody. Its companions
/// take its mode.
fn make_private(path: &Path) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        private_folder(folder)?;
    }
    // A file that cannot be written is the matter of SQLite, which says more of it.
    let _ = private_file(path);
    for companion in ["-wal", "-shm"].map(|ending| beside(path, ending)) {
        if companion.is_file() {
            let _ = private_file(&companion);
        }
    }
    Ok(())
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Keeps a second server away from the file, by whichever symbolic link it comes, as long as the returned
/// file is open.
fn lock(path: &Path) -> Result<File> {
    let real = path.canonicalize().map_err(Error::unavailable)?;
    let file = private_file(&beside(&real, ".lock")).map_err(Error::unavailable)?;
    file.try_lock().map_err(|_| Error::unavailable("another server uses this database file"))?;
    Ok(file)
}
