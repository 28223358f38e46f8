//! The server is killed again and again while inquiries come in: what was acknowledged is there, once, and
//! whole. A few kills by default; LEADDOCK_CHAOS_KILLS=20 for more. A database that goes away is tested in
//! tests/database.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection, PgConnection, QueryDsl, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use leaddock::inquiries::schema::{inquiries, inquiry_contents};
use leaddock::kernel::id::UserId;
use leaddock::platform::db::{DatabaseUrl, DbConnection};
use tempfile::TempDir;

#[path = "support/postgres.rs"]
mod postgres;

const CLIENTS: usize = 8;
const AGENTS: usize = 2;
/// Inquiries that one client sends at most.
const EACH: usize = 20_000;
/// The first moments of a server and the last ones of a kill come from here.
const SEED: u64 = 0x1ead_d0cc;
/// A server has this long to start or to stop.
const QUEUE_TIMEOUT: Duration = Duration::from_secs(60);

#[expect(clippy::disallowed_methods, reason = "how long the test is to run is asked of its environment")]
fn kills() -> u64 {
    let told = std::env::var("LEADDOCK_CHAOS_KILLS").ok();
    told.map_or(3, |kills| kills.parse().expect("LEADDOCK_CHAOS_KILLS is a number"))
}

#[test]
fn sqlite() {
    let installation =
        Installation::new("sqlite", |folder| Some(DatabaseUrl::Sqlite(folder.join("leaddock.db"))));
    installation.unwrap().survives(kills());
}

#[test]
fn postgres() {
    let url = |_: &Path| postgres::fresh_database().map(DatabaseUrl::Postgres);
    if let Some(installation) = Installation::new("postgres", url) {
        installation.survives(kills());
    }
}

// ---- the server

/// A folder and a database for one server after the other.
struct Installation {
    name: &'static str,
    folder: TempDir,
    url: DatabaseUrl,
}

/// A running server; killed if the test ends before it was stopped.
struct Server {
    child: Child,
    words: Receiver<String>,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Installation {
    fn new(name: &'static str, url: impl FnOnce(&Path) -> Option<DatabaseUrl>) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let url = url(folder.path())?;
        let installation = Self { name, folder, url };
        if let DbConnection::Postgres(conn) = &mut installation.database() {
            // From nothing: a new database of the tests comes with its tables.
            conn.batch_execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public").unwrap();
        }
        Some(installation)
    }

    fn database(&self) -> DbConnection {
        match &self.url {
            DatabaseUrl::Sqlite(path) => {
                DbConnection::Sqlite(SqliteConnection::establish(path.to_str().unwrap()).unwrap())
            }
            DatabaseUrl::Postgres(url) => DbConnection::Postgres(PgConnection::establish(url).unwrap()),
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let url = match &self.url {
            DatabaseUrl::Sqlite(path) => format!("sqlite://{}", path.display()),
            DatabaseUrl::Postgres(url) => url.clone(),
        };
        let mut command = Command::new(env!("CARGO_BIN_EXE_leaddock"));
        command.args(arguments).current_dir(self.folder.path()).env_clear();
        command.env("LEADDOCK__DATABASE__URL", url).env("LEADDOCK__SERVER__BIND", "127.0.0.1:0");
        command.env("LEADDOCK__LIMITS__INTAKE_PER_MINUTE", "0").env("LEADDOCK__LOG__LEVEL", "warn");
        command
    }

    fn add_agent(&self, number: usize) {
        let email = format!("agent{number}@example.com");
        let arguments =
            ["user", "add", "--email", &email, "--name", "Agent", "--role", "agent", "--password-stdin"];
        let mut child = self.command(&arguments).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(b"correct-horse-battery\n").unwrap();
        assert!(child.wait().unwrap().success());
    }

    /// Starts a server, not waiting until it listens.
    fn start(&self) -> Server {
        let mut child = self
            .command(&["serve"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (tell, words) = channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        // Read to its end, so that the server never waits for a reader.
        std::thread::spawn(move || {
            stderr.lines().map_while(Result::ok).for_each(|line| drop(tell.send(line)))
        });
        Server { child, words }
    }
}

impl Server {
    /// Where it listens, once it does.
    fn address(&self) -> String {
        let until = Instant::now() + QUEUE_TIMEOUT;
        let mut heard = Vec::new();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let line = self
                .words
                .recv_timeout(left)
                .unwrap_or_else(|_| panic!("the server did not start:\n{}", heard.join("\n")));
            if let Some(address) = line.strip_prefix("listening on ") {
                return address.to_owned();
            }
            heard.push(line);
        }
    }

    /// `kill -9`.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Tells it to stop, and waits until it has.
    fn stop(mut self) {
        assert!(
            Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap().success()
        );
        let until = Instant::now() + QUEUE_TIMEOUT;
        while Instant::now() < until {
            if let Some(status) = self.child.try_wait().unwrap() {
                assert!(status.success(), "{status}: {:?}", self.words.try_iter().collect::<Vec<_>>());
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("the server did not stop");
    }
}

// ---- the clients

/// What the clients know of the servers.
#[derive(Default)]
struct Scene {
    address: Mutex<String>,
    over: AtomicBool,
}

impl Scene {
    fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }
}

/// The six items of an inquiry, all of them its own.
fn items(marker: &str) -> [(&'static str, String); 6] {
    ["need", "usage", "tax", "company", "contact", "phone"].map(|name| (name, format!("{name} {marker}")))
}

/// Sends one inquiry after the other; tells which of them were acknowledged. Every other client insists: it
/// sends an inquiry again, under its key, until it is acknowledged.
fn client(number: usize, scene: &Scene) -> Vec<String> {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(20)));
    let agent = config.build().new_agent();
    let insists = number.is_multiple_of(2);
    let mut acknowledged = Vec::new();
    for n in 0..EACH {
        let marker = format!("c{number}n{n}");
        while !scene.is_over() {
            if send(&agent, scene, &marker, insists) {
                acknowledged.push(marker);
                break;
            }
            if !insists {
                break;
            }
        }
        if scene.is_over() {
            break;
        }
    }
    acknowledged
}

/// Sends an inquiry once; true if it was acknowledged.
fn send(agent: &ureq::Agent, scene: &Scene, marker: &str, with_key: bool) -> bool {
    let address = scene.address.lock().unwrap().clone();
    let mut request = agent.post(format!("{address}/f/default"));
    if with_key {
        request = request.header("Idempotency-Key", marker);
    }
    let body: BTreeMap<_, _> = items(marker).into_iter().collect();
    match request.send_json(&body).map(|answer| answer.status().as_u16()) {
        Ok(202) => true,
        Ok(status) => {
            assert_eq!(status, 503, "a server that is in trouble says so");
            false
        }
        Err(_) => {
            // It is away: a new one is being started.
            std::thread::sleep(Duration::from_millis(5));
            false
        }
    }
}

// ---- the play

/// SplitMix64: the same numbers in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }

    fn wait(&mut self, least: u64, more: u64) {
        std::thread::sleep(Duration::from_millis(least + self.below(more)));
    }
}

impl Installation {
    fn survives(&self, kills: u64) {
        let mut chance = Chance(SEED);
        // The first one dies over its tables.
        let first = self.start();
        chance.wait(0, 60);
        first.kill();
        (0..AGENTS).for_each(|number| self.add_agent(number));
        let scene = Arc::new(Scene::default());
        let mut server = self.start();
        *scene.address.lock().unwrap() = server.address();
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let scene = Arc::clone(&scene);
                std::thread::spawn(move || client(number, &scene))
            })
            .collect();
        for _ in 0..kills {
            server = self.killed_and_started(server, &scene, &mut chance);
        }
        chance.wait(100, 200);
        scene.over.store(true, Ordering::SeqCst);
        let acknowledged: Vec<String> = clients
            .into_iter()
            .flat_map(|client| client.join().expect("a client saw only 202, 503 and no server"))
            .collect();
        server.stop();
        self.check(kills, &acknowledged);
    }

    /// Kills a server in the middle of its work, and one in five of its followers before it can begin.
    fn killed_and_started(&self, server: Server, scene: &Scene, chance: &mut Chance) -> Server {
        chance.wait(100, 700);
        server.kill();
        if chance.below(5) == 0 {
            let early = self.start();
            chance.wait(0, 150);
            early.kill();
        }
        let server = self.start();
        *scene.address.lock().unwrap() = server.address();
        server
    }
}

// ---- the reckoning

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

/// Inquiries that lack a part of what their transaction lays down.
const NOT_WHOLE: &str = "SELECT COUNT(*) AS count FROM inquiries AS i \
     WHERE i.assignee_id IS NULL OR i.form_id IS NULL \
     OR (SELECT COUNT(*) FROM receipts AS r \
         WHERE r.inquiry_id = i.id AND r.outcome = 'accepted' AND r.form_id = i.form_id) <> 1 \
     OR (SELECT COUNT(*) FROM events AS e WHERE e.subject_id = i.id AND e.kind = 'inquiry.received') <> 1 \
     OR (SELECT COUNT(*) FROM events AS e WHERE e.subject_id = i.id AND e.kind = 'inquiry.assigned') <> 1 \
     OR (SELECT COUNT(*) FROM notifications AS n WHERE n.inquiry_id = i.id) <> 1 \
     OR (SELECT COUNT(*) FROM notifications AS n JOIN deliveries AS d ON d.id = n.id WHERE \
         n.inquiry_id = i.id AND n.user_id = i.assignee_id) <> 1";

/// Parts that lack their inquiry.
const LEFT_OVER: [&str; 3] = [
    "SELECT COUNT(*) AS count FROM receipts AS r WHERE r.inquiry_id IS NULL OR NOT EXISTS (SELECT 1 FROM \
    inquiries AS i WHERE i.id = r.inquiry_id)",
    "SELECT COUNT(*) AS count FROM events AS e WHERE e.kind LIKE 'inquiry.%' AND NOT EXISTS (SELECT 1 FROM \
    inquiries AS i WHERE i.id = e.subject_id)",
    "SELECT COUNT(*) AS count FROM notifications AS n WHERE NOT EXISTS (SELECT 1 FROM inquiries AS i WHERE \
    i.id = n.inquiry_id)",
];

type Row = [Option<String>; 6];

impl Installation {
    fn check(&self, kills: u64, acknowledged: &[String]) {
        let mut conn = self.database();
        let mut rows: BTreeMap<String, Vec<Row>> = BTreeMap::new();
        let mut shares: BTreeMap<Option<UserId>, i64> = BTreeMap::new();
        use inquiry_contents as c;
        let columns = (c::need, c::usage, c::tax, c::company, c::contact, c::phone, inquiries::assignee_id);
        type Loaded = (
            Option<String>,
            Option<String>,
            Option<String>,
            Option<String>,
            Option<String>,
            Option<String>,
            Option<UserId>,
        );
        for (need, usage, tax, company, contact, phone, owner) in
            inquiries::table.inner_join(c::table).select(columns).load::<Loaded>(&mut conn).unwrap()
        {
            let marker = contact
                .as_deref()
                .and_then(|contact| contact.strip_prefix("contact "))
                .unwrap_or_default()
                .to_owned();
            rows.entry(marker).or_default().push([need, usage, tax, company, contact, phone]);
            *shares.entry(owner).or_default() += 1;
        }
        let missing: Vec<&String> =
            acknowledged.iter().filter(|marker| !rows.contains_key(*marker)).collect();
        let twice: Vec<&String> =
            rows.iter().filter(|(_, rows)| rows.len() > 1).map(|(marker, _)| marker).collect();
        let incomplete = rows
            .iter()
            .filter(|(marker, rows)| rows.iter().any(|row| *row != items(marker).map(|(_, text)| Some(text))))
            .count();
        let half = i64::try_from(incomplete).unwrap() + not_whole(&mut conn);
        let stored: usize = rows.values().map(Vec::len).sum();
        let shares: Vec<i64> = shares.into_values().collect();
        println!(
            "chaos {}: {kills} kills, {} acknowledged, {stored} stored, {} missing, {} twice, {half} half, \
            shares {shares:?}",
            self.name,
            acknowledged.len(),
            missing.len(),
            twice.len(),
        );
        assert!(missing.is_empty() && twice.is_empty() && half == 0, "missing {missing:?}, twice {twice:?}");
        assert!(u64::try_from(acknowledged.len()).unwrap() > kills, "nothing was done between the kills");
        assert_eq!(acknowledged.iter().collect::<BTreeSet<_>>().len(), acknowledged.len());
        assert_eq!(shares.len(), AGENTS);
        assert!(
            shares.iter().max().unwrap() - shares.iter().min().unwrap() <= 1,
            "the shares differ by more than one"
        );
        sound(&mut conn);
    }
}

fn count(conn: &mut DbConnection, sql: &str) -> i64 {
    sql_query(sql).get_result::<Count>(conn).unwrap().count
}

/// Inquiries without a part, parts without an inquiry, inquiries that no search can find, and turns that were
/// taken for nothing.
fn not_whole(conn: &mut DbConnection) -> i64 {
    let not_found = match conn {
        DbConnection::Sqlite(_) => {
            "SELECT COUNT(*) AS count FROM inquiries AS i WHERE i.id NOT IN (SELECT id FROM search_new UNION \
            ALL SELECT id FROM search_rows)"
        }
        DbConnection::Postgres(_) => {
            "SELECT COUNT(*) AS count FROM inquiries AS i WHERE i.id NOT IN (SELECT id FROM search_texts)"
        }
    };
    let lost_turns = "SELECT CAST(ABS((SELECT SUM(turns) FROM rotations) - (SELECT COUNT(*) FROM \
        inquiries)) AS BIGINT) AS count";
    let questions = LEFT_OVER.into_iter().chain([NOT_WHOLE, not_found, lost_turns]);
    questions.map(|sql| count(conn, sql)).sum()
}

/// The file itself took no harm.
fn sound(conn: &mut DbConnection) {
    if let DbConnection::Sqlite(conn) = conn {
        let words: Vec<Word> =
            sql_query("SELECT integrity_check AS word FROM pragma_integrity_check").load(conn).unwrap();
        assert_eq!(words.iter().map(|row| row.word.as_str()).collect::<Vec<_>>(), ["ok"]);
        let broken: Count =
            sql_query("SELECT COUNT(*) AS count FROM pragma_foreign_key_check").get_result(conn).unwrap();
        assert_eq!(broken.count, 0);
    }
}
