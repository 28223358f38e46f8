//! The program as its operator meets it: what it writes and to whom, which files it makes, how it starts and
//! stops. What it serves is tested in tests/api, what survives a kill in tests/chaos.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use diesel::{Connection, SqliteConnection};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use serde_json::Value;
use tempfile::TempDir;

#[path = "program/commands.rs"]
mod commands;
#[path = "support/databases.rs"]
mod databases;

/// A program has this long to start or to stop.
const QUEUE_TIMEOUT: Duration = Duration::from_secs(60);

/// The program in a folder of its own, with nothing in its environment but what the test says.
fn leaddock(folder: &Path, arguments: &[&str], settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_leaddock"));
    command.args(arguments).current_dir(folder).env_clear().env("LEADDOCK__SERVER__BIND", "127.0.0.1:0");
    command.envs(settings.iter().map(|(name, value)| (format!("LEADDOCK__{name}"), *value)));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

/// A running server; killed if the test ends before it was stopped.
struct Server {
    child: Child,
    stderr: Option<BufReader<std::process::ChildStderr>>,
    address: String,
    /// What it wrote until it listened.
    lines: Vec<String>,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start(folder: &Path, settings: &[(&str, &str)]) -> Self {
        Self::from(leaddock(folder, &["serve"], settings))
    }

    fn from(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut lines = Vec::new();
        let address = loop {
            let mut line = String::new();
            assert!(stderr.read_line(&mut line).unwrap() > 0, "it did not start: {lines:?}");
            lines.push(line.trim_end().to_owned());
            if let Some((_, rest)) = line.split_once("listening on http://") {
                break rest.chars().take_while(|c| c.is_ascii_digit() || matches!(c, '.' | ':')).collect();
            }
        };
        Self { child, stderr: Some(stderr), address, lines }
    }

    /// A request that leaves a line in a log of the level debug.
    fn ask(&self) {
        let answer = ureq::get(format!("http://{}/healthz", self.address)).call().unwrap();
        assert_eq!(answer.status(), 200);
    }

    fn signal(&self, name: &str) {
        assert!(Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap().success());
    }

    fn ends(&mut self) -> ExitStatus {
        let until = Instant::now() + QUEUE_TIMEOUT;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < until, "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Stops it, and gives back all that it wrote.
    fn stop(mut self) -> Vec<String> {
        self.signal("-TERM");
        let mut rest = String::new();
        self.stderr.take().unwrap().read_to_string(&mut rest).unwrap();
        assert!(self.ends().success());
        self.lines.iter().cloned().chain(rest.lines().map(str::to_owned)).collect()
    }
}

#[test]
fn nobody_reads_standard_error_and_it_serves_and_stops_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    for format in ["text", "json"] {
        let mut server = Server::start(folder.path(), &[("LOG__LEVEL", "debug"), ("LOG__FORMAT", format)]);
        server.stderr = None;
        for _ in 0..3 {
            server.ask();
        }
        server.signal("-TERM");
        assert!(server.ends().success());
    }
}

#[test]
fn standard_error_that_is_never_read_does_not_hold_up_a_stop() {
    let folder = tempfile::tempdir().unwrap();
    let settings = [("LOG__LEVEL", "trace")];
    let mut server = Server::start(folder.path(), &settings);
    let address = server.address.clone();
    // Requests until the pipe is full, and the log with it, or until there were enough to fill it.
    let asking = std::thread::spawn(move || {
        let agent: ureq::Agent =
            ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(2))).build().into();
        for _ in 0..3_000 {
            if agent.get(format!("http://{address}/healthz")).call().is_err() {
                return;
            }
        }
    });
    asking.join().unwrap();
    server.signal("-TERM");
    // A second one waits for nothing. It may come before the first was seen, and be one with it.
    let until = Instant::now() + QUEUE_TIMEOUT;
    while server.child.try_wait().unwrap().is_none() {
        assert!(Instant::now() < until, "it does not end");
        std::thread::sleep(Duration::from_millis(100));
        server.signal("-TERM");
    }
}

#[test]
fn nobody_reads_what_a_command_prints_and_that_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["print", "openapi"][..],
        &["print", "config"],
        &["print", "permissions"],
        &["check-config"],
        &["migrate"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let done = leaddock(folder.path(), arguments, &[])
            .stdout(writer)
            .spawn()
            .unwrap()
            .wait_with_output()
            .unwrap();
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        assert_eq!(String::from_utf8_lossy(&done.stderr), "", "{arguments:?}");
    }
}

#[test]
fn the_first_line_names_version_and_database_and_a_start_is_a_few_plain_lines() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    let address = server.address.clone();
    let lines = server.stop();
    assert_eq!(lines[0], concat!("leaddock ", env!("CARGO_PKG_VERSION"), " with sqlite://data/leaddock.db"));
    assert!(lines.contains(&format!("listening on http://{address}")), "{lines:?}");
    assert!(lines.iter().any(|line| line.starts_with("first admin: ")), "{lines:?}");
    assert!(lines.iter().all(|line| !line.contains("actix")), "{lines:?}");
}

/// The name of the last migration, taken back on the database in this folder.
fn take_back_the_last_migration(folder: &Path) -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/sqlite");
    let files = FileBasedMigrations::from_path(path).unwrap();
    let database = folder.join("data/leaddock.db");
    let mut conn = SqliteConnection::establish(database.to_str().unwrap()).unwrap();
    let version = conn.revert_last_migration(files).unwrap().to_string();
    let entries = std::fs::read_dir(path).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.into_iter().find(|name| name.replace('-', "").starts_with(&version)).unwrap()
}

#[test]
fn an_upgrade_names_each_migration_as_it_is_run() {
    let folder = tempfile::tempdir().unwrap();
    let migrate = || {
        let done = leaddock(folder.path(), &["migrate"], &[]).output().unwrap();
        assert!(done.status.success());
        String::from_utf8(done.stderr).unwrap()
    };
    assert_eq!(migrate(), "", "nothing to wait for in a new database");
    let name = take_back_the_last_migration(folder.path());
    let said = migrate();
    assert!(
        said.contains("the database is being brought up to date") && said.contains("migrations=1"),
        "{said}"
    );
    assert!(said.contains("a migration was run") && said.contains(&name), "{said}");
    assert_eq!(migrate(), "", "it is up to date");
    take_back_the_last_migration(folder.path());
    let lines = Server::start(folder.path(), &[("LOG__FORMAT", "json")]).stop();
    let run = lines.iter().find(|line| line.contains("a migration was run")).unwrap();
    let run: Value = serde_json::from_str(run).unwrap();
    assert_eq!(run["migration"], Value::String(name), "{run}");
    assert!(run["milliseconds"].is_u64(), "{run}");
}

#[test]
fn a_stranger_who_speaks_no_http_leaves_no_line() {
    use std::io::Write;
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    let before = server.lines.len();
    for noise in [
        &b"\x16\x03\x01\x02\x00\x01\x00"[..],
        b"GET / HTTP/9.9\r\n\r\n",
        b"\0\0\0\0",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: \x01\r\n\r\n",
    ] {
        let mut stream = std::net::TcpStream::connect(&server.address).unwrap();
        stream.write_all(noise).unwrap();
        let mut answer = Vec::new();
        stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
        let _ = stream.read_to_end(&mut answer);
    }
    let lines = server.stop();
    let said: Vec<&String> = lines[before..]
        .iter()
        .filter(|line| !line.starts_with("form page") && !line.starts_with("API docs"))
        .collect();
    assert!(
        said.iter().all(|line| line.starts_with("mails go to")
            || line.starts_with("first admin")
            || line.contains("stopping")),
        "{said:?}"
    );
}

#[test]
fn with_json_every_line_on_standard_error_is_an_object() {
    let folder = tempfile::tempdir().unwrap();
    let settings = [("LOG__FORMAT", "json"), ("LOG__LEVEL", "debug")];
    let server = Server::start(folder.path(), &settings);
    server.ask();
    let second = leaddock(folder.path(), &["serve"], &settings).output().unwrap();
    assert!(!second.status.success());
    let failed = String::from_utf8(second.stderr).unwrap();
    let lines = server.stop();
    assert!(lines.len() > 5, "{lines:?}");
    for line in lines.iter().map(String::as_str).chain(failed.lines()) {
        let object: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
        assert!(
            object["timestamp"].is_string() && object["level"].is_string() && object["message"].is_string(),
            "{line}"
        );
    }
    assert!(failed.contains("another server uses this database file"), "{failed}");
}

#[cfg(unix)]
#[test]
fn a_second_server_is_kept_out_by_whichever_link_it_comes() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    std::os::unix::fs::symlink("leaddock.db", folder.path().join("data/alias.db")).unwrap();
    let second = leaddock(
        folder.path(),
        &["serve"],
        &[("DATABASE__URL", "sqlite://data/alias.db"), ("SERVER__BIND", "127.0.0.1:0")],
    )
    .output()
    .unwrap();
    server.stop();
    let failed = String::from_utf8(second.stderr).unwrap();
    assert!(
        !second.status.success() && failed.contains("another server uses this database file"),
        "{failed}"
    );
}

#[test]
fn an_address_in_use_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let done = leaddock(folder.path(), &["serve"], &[("SERVER__BIND", &address)]).output().unwrap();
    assert!(!done.status.success());
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(said.contains(&format!("cannot listen on {address}")), "{said}");
}

#[test]
fn no_printed_address_has_a_password() {
    let folder = tempfile::tempdir().unwrap();
    let settings = [
        ("DATABASE__URL", "postgres://lead:s3cret@127.0.0.1:1/leads?sslpassword=s3cret"),
        ("MAIL__URL", "smtp://lead:s3cret@127.0.0.1:1"),
        ("AUTH__SECRET", "s3cret-s3cret-s3cret-s3cret-s3cret"),
        ("ADMIN__EMAIL", "boss@example.com"),
        ("ADMIN__PASSWORD", "s3cret-of-the-boss"),
    ];
    for arguments in [&["print", "config"][..], &["check-config"], &["serve"], &["migrate"]] {
        let done = leaddock(folder.path(), arguments, &settings).stdout(Stdio::piped()).output().unwrap();
        let said = [done.stdout, done.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(!said.contains("s3cret") && !said.is_empty(), "{arguments:?}: {said}");
    }
}

/// The mode of every folder and file below one.
fn modes(folder: &Path, found: &mut Vec<(String, u32)>) {
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        found.push((
            entry.display().to_string(),
            std::fs::metadata(&entry).unwrap().permissions().mode() & 0o777,
        ));
        if entry.is_dir() {
            modes(&entry, found);
        }
    }
}

fn closed_to_others(folder: &TempDir) {
    let mut found = Vec::new();
    modes(folder.path(), &mut found);
    assert!(found.len() >= 5, "{found:?}");
    for (path, mode) in &found {
        assert!([0o700, 0o600].contains(mode), "{path}: {mode:o}");
    }
}

#[test]
fn what_holds_data_is_closed_to_others_whatever_the_umask() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", "umask 000; exec \"$0\" serve", env!("CARGO_BIN_EXE_leaddock")]);
    command.current_dir(folder.path()).env_clear().env("LEADDOCK__SERVER__BIND", "127.0.0.1:0");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let server = Server::from(command);
    // An invitation is a mail, and so a file.
    let add = ["user", "add", "--email", "lin@example.com", "--name", "Lin", "--role", "agent"];
    assert!(leaddock(folder.path(), &add, &[]).output().unwrap().status.success());
    let until = Instant::now() + QUEUE_TIMEOUT;
    while !std::fs::read_dir(folder.path().join("data/mail")).is_ok_and(|mut mails| mails.next().is_some()) {
        assert!(Instant::now() < until, "no mail was written");
        std::thread::sleep(Duration::from_millis(50));
    }
    closed_to_others(&folder);
    server.stop();
    closed_to_others(&folder);
}

#[test]
fn every_figure_has_its_help() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    server.ask();
    server.ask();
    let figures = ureq::get(format!("http://{}/metrics", server.address))
        .call()
        .unwrap()
        .body_mut()
        .read_to_string()
        .unwrap();
    let named = |mark: &str| -> Vec<String> {
        figures
            .lines()
            .filter_map(|line| Some(line.strip_prefix(mark)?.split(' ').next()?.to_owned()))
            .collect()
    };
    let (helped, typed) = (named("# HELP "), named("# TYPE "));
    assert!(typed.contains(&"leaddock_http_request_seconds".to_owned()), "{figures}");
    assert!(typed.iter().all(|name| helped.contains(name)), "{figures}");
    server.stop();
}
