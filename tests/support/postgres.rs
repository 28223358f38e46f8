//! PostgreSQL for tests: the server that DATABASE_URL names, or a throw-away cluster on loopback that goes
//! with the test process.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use leaddock::kernel::clock::Clock;
use leaddock::platform::db::{DatabaseUrl, Db, Options, Parts};

/// The URL of a new database with nothing in its tables; none, said aloud, where no server can be had.
pub fn fresh_database() -> Option<String> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let Server { url, template } = SERVER.get_or_init(|| server().map(Server::prepared)).as_ref()?;
    let name = format!("{template}_{}", COUNT.fetch_add(1, Ordering::SeqCst));
    execute(url, &format!("CREATE DATABASE {name} TEMPLATE {template}"));
    Some(with_database(url, &name))
}

/// A server, and its database that the others are copied from: the tables are made once, not for every test.
struct Server {
    url: String,
    template: String,
}

impl Server {
    fn prepared(url: String) -> Self {
        let template = format!("leaddock_test_{}", std::process::id());
        execute(&url, &format!("CREATE DATABASE {template}"));
        let options = Options {
            url: DatabaseUrl::Postgres(with_database(&url, &template)),
            connections: 2,
            group_commit: true,
            exclusive: false,
        };
        Db::open(&options, Parts::new(Clock::System, &[])).expect("the tables can be made").0.close();
        Self { url, template }
    }
}

fn execute(server: &str, sql: &str) {
    let mut maintenance =
        PgConnection::establish(&with_database(server, "postgres")).expect("the PostgreSQL server answers");
    maintenance.batch_execute(sql).expect("the PostgreSQL server lets us make databases");
}

fn with_database(server: &str, name: &str) -> String {
    let mut url = url::Url::parse(server).expect("DATABASE_URL is a URL");
    url.set_path(name);
    url.into()
}

#[expect(clippy::disallowed_methods, reason = "the test asks its environment which PostgreSQL to use")]
fn server() -> Option<String> {
    if let Some(url) = std::env::var("DATABASE_URL").ok().filter(|url| url.starts_with("postgres")) {
        return Some(url);
    }
    let Some(programs) = programs() else {
        assert_ne!(
            std::env::var("CI").as_deref(),
            Ok("true"),
            "no PostgreSQL server programs, and a skip is a failure here"
        );
        eprintln!(
            "SKIPPED on PostgreSQL: no initdb found; install the package postgresql, or set DATABASE_URL"
        );
        return None;
    };
    Some(throw_away_cluster(&programs))
}

/// The folder of `initdb` and `pg_ctl`: Debian keeps them out of the path.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"));
    let mut folders: Vec<PathBuf> = versions
        .chain(["/usr/bin".into(), "/usr/local/bin".into()])
        .filter(|folder| folder.join("initdb").exists())
        .collect();
    folders.sort();
    folders.pop()
}

fn throw_away_cluster(programs: &Path) -> String {
    let folder = tempfile::Builder::new().prefix("leaddock-pg-").tempdir().unwrap().keep();
    let data = folder.join("data");
    let as_root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.starts_with(b"0\n"));
    // PostgreSQL refuses to run as root: there it runs as the user that Debian's package makes.
    let program = |name: &str| {
        let path = programs.join(name);
        if as_root {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(path);
            command
        } else {
            Command::new(path)
        }
    };
    if as_root {
        assert!(Command::new("chown").arg("postgres").arg(&folder).status().unwrap().success());
    }
    let run = |mut command: Command| {
        let output = command.current_dir(&folder).stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    let mut init = program("initdb");
    init.arg("-D").arg(&data).args([
        "-U",
        "leaddock",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
    ]);
    run(init);
    let starts = |port: u16| {
        let options = format!(
            "-p {port} -k {} -h 127.0.0.1 -c fsync=off -c full_page_writes=off -c max_connections=400",
            folder.display()
        );
        let mut start = program("pg_ctl");
        start.arg("-D").arg(&data).arg("-w").arg("-l").arg(folder.join("log"));
        start.args(["-o", &options, "start"]).stdout(Stdio::null()).stderr(Stdio::null());
        start.current_dir(&folder).stdin(Stdio::null()).status().unwrap().success()
    };
    let free_port = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    // Somebody else may take the port before the cluster does.
    let port = (0..3).map(|_| free_port()).find(|port| starts(*port)).expect("the cluster starts");
    end_with_this_process(&program("pg_ctl"), &data, &folder);
    format!("postgres://leaddock@127.0.0.1:{port}/postgres")
}

/// A small shell waits for the end of its input, which is the end of this process, then stops the cluster and
/// clears it away.
fn end_with_this_process(pg_ctl: &Command, data: &Path, folder: &Path) {
    let mut script = String::from("cat >/dev/null; ");
    let words = std::iter::once(pg_ctl.get_program())
        .chain(pg_ctl.get_args())
        .map(|word| format!("'{}'", word.to_string_lossy()));
    script.push_str(&words.collect::<Vec<_>>().join(" "));
    script.push_str(&format!(
        " -D '{}' -m immediate stop >/dev/null 2>&1; rm -rf '{}'",
        data.display(),
        folder.display()
    ));
    let child = Command::new("sh")
        .arg("-c")
        .arg(script)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Kept open as long as the process lives.
    std::mem::forget(child);
}
