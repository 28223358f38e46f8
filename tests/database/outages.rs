//! A database that is locked, cuts its connections, or is gone: an answer in time, and work again when it is
//! back. A server that is killed is the matter of tests/chaos.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Integer, Text};
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use leaddock::kernel::error::{Class, Result};
use leaddock::platform::db::{Context, DatabaseUrl, Options};

use crate::setup::{Database, Home, connect, in_batch, mark, seen};

/// No call may take longer, whatever the database does.
const IN_TIME: Duration = Duration::from_secs(6);

fn timed<T>(call: impl FnOnce() -> Result<T>) -> Result<T> {
    let begun = Instant::now();
    let answer = call();
    assert!(begun.elapsed() < IN_TIME, "it took {:?}", begun.elapsed());
    answer
}

#[test]
fn sqlite_locked_from_outside_is_told_in_time_and_nothing_comes_after() {
    let home = Home::with_marks(Database::Sqlite).unwrap();
    let mut other = home.outside();
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    let waiting: Vec<_> = (1..=5).map(|n| home.submit(move |tx| mark(tx, n))).collect();
    home.read(|read| seen(read.conn)).expect("reading goes on");
    let begun = Instant::now();
    for answer in home.answers(waiting) {
        assert_eq!(answer.unwrap_err().class(), Class::Unavailable);
    }
    assert!(begun.elapsed() < IN_TIME, "it took {:?}", begun.elapsed());
    other.batch_execute("COMMIT").unwrap();
    timed(|| home.write(|tx| mark(tx, 6))).unwrap();
    assert_eq!(home.marks(), [6], "what was refused is not done after all");
}

#[test]
fn sqlite_locked_for_a_moment_is_waited_for() {
    let home = Home::with_marks(Database::Sqlite).unwrap();
    let mut other = home.outside();
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    let waiting: Vec<_> = (1..=3).map(|n| home.submit(move |tx| mark(tx, n))).collect();
    let holder = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        other.batch_execute("COMMIT").unwrap();
    });
    assert!(home.answers(waiting).iter().all(Result::is_ok));
    holder.join().unwrap();
    assert_eq!(home.marks(), [1, 2, 3]);
}

#[test]
fn sqlite_on_a_full_disk_tells_the_truth_about_every_neighbour() {
    let home = Home::with_marks(Database::Sqlite).unwrap();
    home.outside().batch_execute("CREATE TABLE heap (stuff BLOB)").unwrap();
    let (held, gate) = home.gate();
    let before: Vec<_> = (1..=3).map(|n| home.submit(move |tx| mark(tx, n))).collect();
    // SQLite takes the whole transaction back by itself when there is no room.
    let greedy = home.submit(|tx| {
        tx.conn.batch_execute("PRAGMA max_page_count = 1")?;
        let full = tx.conn.batch_execute("INSERT INTO heap VALUES (zeroblob(10000000))");
        tx.conn.batch_execute("PRAGMA max_page_count = 1000000")?;
        Ok(full?)
    });
    let after: Vec<_> = (4..=6).map(|n| home.submit(move |tx| mark(tx, n))).collect();
    gate.open();
    let _ = home.answers(vec![held]);
    let answers: Vec<_> = home.answers(before);
    assert_eq!(home.answers(vec![greedy]).remove(0).unwrap_err().class(), Class::Unavailable);
    let answers = answers.into_iter().chain(home.answers(after));
    let acknowledged: Vec<i64> =
        (1..).zip(answers).filter(|(_, answer)| answer.is_ok()).map(|(n, _)| n).collect();
    assert_eq!(home.marks(), acknowledged, "acknowledged is there, and nothing else");
    home.write(|tx| mark(tx, 7)).unwrap();
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Cuts every other connection to the database, and waits until they are gone.
fn cut_connections(options: &Options) {
    let mut conn = connect(&options.url);
    let others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let cut: Count = sql_query(format!("SELECT count(pg_terminate_backend(pid)) AS count {others}"))
        .get_result(&mut conn)
        .unwrap();
    assert!(cut.count > 0, "nobody was connected");
    let until = Instant::now() + Duration::from_secs(5);
    loop {
        let left: Count =
            sql_query(format!("SELECT count(*) AS count {others}")).get_result(&mut conn).unwrap();
        if left.count == 0 {
            return;
        }
        assert!(Instant::now() < until, "connections that do not end");
        std::thread::yield_now();
    }
}

/// One call at each of the three doors.
fn at_each_door(home: &Home, n: i64) -> [Result<()>; 3] {
    let read = timed(|| home.read(|read| seen(read.conn).map(drop)));
    [read, timed(|| home.write(move |tx| mark(tx, n))), timed(|| home.crowd(move |tx| mark(tx, n + 1)))]
}

#[test]
fn postgres_connections_that_were_cut_are_made_anew_unseen() {
    let Some(home) = Home::with_marks(Database::Postgres) else { return };
    for round in 0..3 {
        assert!(at_each_door(&home, round * 10).iter().all(Result::is_ok));
        cut_connections(&home.options);
        for (door, answer) in at_each_door(&home, round * 10 + 2).into_iter().enumerate() {
            answer.unwrap_or_else(|error| panic!("door {door}: {error:?}"));
        }
    }
    assert_eq!(home.marks().len(), 12);
}

#[test]
fn postgres_cut_in_the_middle_of_a_group_keeps_nothing_of_it() {
    let Some(home) = Home::with_marks(Database::Postgres) else { return };
    home.crowd(|tx| mark(tx, 1)).unwrap();
    let (held, gate) = home.gate();
    let group: Vec<_> = (2..=6).map(|n| home.submit(move |tx| mark(tx, n))).collect();
    cut_connections(&home.options);
    gate.open();
    assert!(home.answers(vec![held]).remove(0).is_err());
    let kept = home.answers(group).iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(home.marks().len(), 1 + kept, "acknowledged is there, and nothing else");
    home.crowd(|tx| mark(tx, 7)).unwrap();
}

/// `pg_ctl` of the cluster that this database is in, as the user it runs as.
struct Control {
    program: PathBuf,
    data: String,
}

impl Control {
    fn of(home: &Home) -> Self {
        #[derive(QueryableByName)]
        struct Folder {
            #[diesel(sql_type = Text)]
            folder: String,
            #[diesel(sql_type = Text)]
            version: String,
        }
        let sql = "SELECT current_setting('data_directory') AS folder, \
            split_part(current_setting('server_version'), '.', 1) AS version";
        let found: Folder = sql_query(sql).get_result(&mut home.outside()).unwrap();
        let places = [
            format!("/usr/lib/postgresql/{}/bin/pg_ctl", found.version),
            "/usr/bin/pg_ctl".to_owned(),
            "/usr/local/bin/pg_ctl".to_owned(),
        ];
        let program =
            places.iter().map(PathBuf::from).find(|program| program.exists()).expect("pg_ctl beside initdb");
        Self { program, data: found.folder }
    }

    fn run(&self, arguments: &[&str]) {
        let as_root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.starts_with(b"0\n"));
        let mut command = Command::new(if as_root { "runuser".into() } else { self.program.clone() });
        if as_root {
            command.args(["-u", "postgres", "--"]).arg(&self.program);
        }
        command
            .args(["-D", &self.data, "-w", "-m", "immediate", "-l", &format!("{}/restarted.log", self.data)])
            .args(arguments);
        let status = command
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success(), "{command:?}");
    }
}

/// A server of its own: the same file once more has its own cluster.
#[path = "../support/postgres.rs"]
mod own_postgres;

/// One of the tests that hurt that server at a time.
static TURN: Mutex<()> = Mutex::new(());

#[expect(clippy::disallowed_methods, reason = "a server that is not the test's own is not hurt")]
fn own_home() -> Option<Home> {
    if std::env::var("DATABASE_URL").is_ok_and(|url| url.starts_with("postgres")) {
        eprintln!("SKIPPED: DATABASE_URL names a server, which a test does not stop");
        return None;
    }
    let url = own_postgres::fresh_database()?;
    let home = Home::with(Database::Sqlite, |options| options.url = DatabaseUrl::Postgres(url), &[]).unwrap();
    home.outside().batch_execute("CREATE TABLE marks (n BIGINT NOT NULL PRIMARY KEY)").unwrap();
    Some(home)
}

#[test]
fn a_stopped_postgres_is_told_in_time_and_worked_with_when_it_is_back() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(home) = own_home() else { return };
    let control = Control::of(&home);
    assert!(at_each_door(&home, 10).iter().all(Result::is_ok));
    control.run(&["stop"]);
    for answer in at_each_door(&home, 20).into_iter().chain(at_each_door(&home, 30)) {
        assert_eq!(answer.unwrap_err().class(), Class::Unavailable);
    }
    // With the options it was started with.
    control.run(&["restart"]);
    for answer in at_each_door(&home, 40) {
        answer.unwrap();
    }
    assert_eq!(home.marks(), [10, 11, 40, 41]);
}

/// The processes that serve the connections of this database.
fn backends(home: &Home) -> Vec<i32> {
    #[derive(QueryableByName)]
    struct Backend {
        #[diesel(sql_type = Integer)]
        pid: i32,
    }
    let sql =
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let all: Vec<Backend> = sql_query(sql).load(&mut home.outside()).unwrap();
    all.into_iter().map(|backend| backend.pid).collect()
}

fn signal(name: &str, pids: &[i32]) {
    assert!(Command::new("kill").arg(name).args(pids.iter().map(i32::to_string)).status().unwrap().success());
}

#[test]
fn a_postgres_that_hangs_is_told_in_time_and_nothing_comes_after() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(home) = own_home() else { return };
    assert!(at_each_door(&home, 10).iter().all(Result::is_ok));
    let pids = backends(&home);
    signal("-STOP", &pids);
    let begun = Instant::now();
    let (read, write, crowd) = home.runtime.block_on(async {
        let write = home.db.write(Context::system(), |tx| mark(tx, 20));
        let crowd = in_batch(&home.db, &home.batcher, |tx| mark(tx, 21));
        tokio::join!(home.db.read(|read| seen(read.conn)), write, crowd)
    });
    let took = begun.elapsed();
    signal("-CONT", &pids);
    assert!(took < IN_TIME, "it took {took:?}");
    for answer in [read.map(drop), write, crowd] {
        assert_eq!(answer.unwrap_err().class(), Class::Unavailable);
    }
    for answer in at_each_door(&home, 30) {
        answer.unwrap();
    }
    assert_eq!(home.marks(), [10, 11, 30, 31], "what was refused is not done after all");
}
