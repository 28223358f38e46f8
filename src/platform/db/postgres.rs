//! PostgreSQL: threads with a connection each, for reading, for changes and for batches of them.
//! No query of a room is here.

use std::sync::{Arc, Mutex};

use crossbeam_channel::bounded;
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, sql_query};
use url::Url;

use super::batch::MEMBERS_MAX;
use super::connection::DbConnection;
use super::doors::{Db, Options, Queues};
use super::migrate::{self, Migrated};
use super::queue::{Inbox, QUEUE, background};
use super::stream::{STALLED, STREAMS};
use super::tx::Parts;
use super::url::without_passwords;
use super::worker::{Purpose, Worker};
use crate::kernel::error::{Error, Result};

/// The oldest version that is tested.
const OLDEST: i32 = 150_000;

const SESSION: &str = "SET client_min_messages = warning; SET TIME ZONE 'UTC'; SET statement_timeout = '4s'; \
    SET lock_timeout = '3s'; SET idle_in_transaction_session_timeout = '15s';";

pub fn open(url: &str, options: &Options, parts: Parts) -> Result<(Db, Migrated)> {
    let url = with_timeouts(url)?;
    let mut first = connect(&url)?;
    check_server(&mut first)?;
    let migrated = migrate::postgres(&mut first)?;
    drop(first);

    let (read, reads) = bounded(QUEUE);
    let (write, writes) = bounded(QUEUE);
    let (batched, batches) = bounded(QUEUE);
    let (background, in_background) = background();
    let (stream, streams) = bounded(QUEUE);
    let connections = options.connections.max(2);
    let mut threads = Vec::new();
    for n in 0..connections {
        let (name, inbox, purpose) = if n % 2 == 0 {
            ("db-read", Inbox::new(reads.clone()), Purpose::Read { snapshot: false })
        } else {
            let inbox = Inbox::new(writes.clone());
            // One of them takes background closures besides: the others are left to people.
            let inbox = if n == 1 { inbox.with_background(&in_background) } else { inbox };
            ("db-write", inbox, Purpose::Write { group: 1 })
        };
        threads.push(spawn(name, Worker { inbox, purpose, open: opener(&url), connection: None })?);
    }
    for _ in 0..connections / 2 {
        let (inbox, open) = (Inbox::new(batches.clone()), batch_opener(&url));
        let worker = Worker { inbox, purpose: Purpose::Write { group: 1 }, open, connection: None };
        threads.push(spawn("db-batch", worker)?);
    }
    let batch_size = if options.group_commit { MEMBERS_MAX } else { 1 };
    for _ in 0..STREAMS {
        let (inbox, open) = (Inbox::new(streams.clone()), stream_opener(&url));
        let worker = Worker { inbox, purpose: Purpose::Stream, open, connection: None };
        threads.push(spawn("db-stream", worker)?);
    }
    let threads = Mutex::new(threads);
    let queues = Queues { read, write, batched, batch_size, background, stream, _lock: None, threads };
    Ok((Db { queues: Arc::new(queues), parts }, migrated))
}

fn spawn(name: &str, worker: Worker) -> Result<std::thread::JoinHandle<()>> {
    std::thread::Builder::new().name(name.to_owned()).spawn(move || worker.run()).map_err(Error::internal)
}

fn opener(url: &str) -> Box<dyn Fn() -> Result<DbConnection> + Send> {
    let url = url.to_owned();
    Box::new(move || connect(&url).map(DbConnection::Postgres))
}

/// What a batch asks for is always a few rows by an index. Its statements keep the plans that were made when
/// they ran first: on a new installation, when every table was small enough to be read whole.
fn batch_opener(url: &str) -> Box<dyn Fn() -> Result<DbConnection> + Send> {
    let open = opener(url);
    Box::new(move || {
        let mut conn = open()?;
        conn.batch_execute("SET enable_seqscan = off")?;
        Ok(conn)
    })
}

/// A stream is idle in its transaction while its consumer is slow; whoever is slower is ended by the stream.
fn stream_opener(url: &str) -> Box<dyn Fn() -> Result<DbConnection> + Send> {
    let (open, seconds) = (opener(url), STALLED.as_secs() + 15);
    Box::new(move || {
        let mut conn = open()?;
        conn.batch_execute(&format!("SET idle_in_transaction_session_timeout = '{seconds}s'"))?;
        Ok(conn)
    })
}

fn connect(url: &str) -> Result<PgConnection> {
    let mut conn = PgConnection::establish(url)
        .map_err(|error| Error::unavailable(without_passwords(&error.to_string(), url)))?;
    conn.batch_execute(SESSION)?;
    Ok(conn)
}

/// A server that is away is noticed quickly; and a connection over a network is not silently in clear text.
fn with_timeouts(url: &str) -> Result<String> {
    let mut parsed = Url::parse(url).map_err(|_| Error::internal("database.url is no URL"))?;
    let has = |name: &str| parsed.query_pairs().any(|(key, _)| key == name);
    let local = matches!(parsed.host_str(), None | Some("" | "localhost" | "127.0.0.1" | "[::1]"));
    if !local && !has("sslmode") {
        tracing::warn!("database.url names another host but no sslmode: the connection may be in clear text");
    }
    // Seconds, but for tcp_user_timeout. Without these a network that fell silent holds a connection for up
    // to two hours.
    let defaults = [
        ("connect_timeout", "3"),
        ("keepalives_idle", "5"),
        ("keepalives_interval", "3"),
        ("keepalives_count", "3"),
        ("tcp_user_timeout", "10000"),
    ];
    let missing: Vec<_> = defaults.into_iter().filter(|(name, _)| !has(name)).collect();
    parsed.query_pairs_mut().extend_pairs(missing);
    Ok(parsed.into())
}

#[derive(QueryableByName)]
struct Server {
    #[diesel(sql_type = diesel::sql_types::Integer)]
    version: i32,
    #[diesel(sql_type = diesel::sql_types::Text)]
    fsync: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    synchronous_commit: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    encoding: String,
}

fn check_server(conn: &mut PgConnection) -> Result<()> {
    let server: Server = sql_query(
        "SELECT current_setting('server_version_num')::int AS version, current_setting('fsync') AS fsync, \
         current_setting('synchronous_commit') AS synchronous_commit, \
         current_setting('server_encoding') AS encoding",
    )
    .get_result(conn)?;
    if server.version < OLDEST {
        return Err(Error::internal("PostgreSQL 15 or newer is needed"));
    }
    if server.encoding != "UTF8" {
        return Err(Error::internal("the PostgreSQL database must have the encoding UTF8"));
    }
    if server.fsync != "on" || server.synchronous_commit == "off" {
        tracing::warn!(
            "PostgreSQL runs with fsync or synchronous_commit off: an acknowledged inquiry can be lost at \
            power loss"
        );
    }
    Ok(())
}
