//! Server processes under load: their data folder, start and stop, and their figures from /proc.
//! Requests are sent by `load.rs`.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::load::{self, Request};

pub const ADMIN: &str = "admin@example.com";
pub const PASSWORD: &str = "only for the benchmark";

/// The files of a database. A copy is these, as far as they are there.
const FILES: [&str; 2] = ["leaddock.db", "leaddock.db-wal"];
/// Ticks in a second of /proc/PID/stat (USER_HZ): 100 on every Linux that Rust's std runs on, but for alpha.
const TICK: Duration = Duration::from_millis(10);
/// How long a graceful shutdown may take: a stopping server finishes its requests.
const STOP: Duration = Duration::from_secs(40);

/// A folder with everything that one installation has.
pub struct Home {
    pub dir: PathBuf,
    pub database: String,
}

impl Home {
    /// An installation on SQLite in this folder.
    pub fn sqlite(dir: PathBuf) -> Self {
        let database = format!("sqlite://{}", dir.join("leaddock.db").display());
        Self::new(dir, database)
    }

    pub fn new(dir: PathBuf, database: String) -> Self {
        std::fs::create_dir_all(&dir).expect("a folder below target");
        Self { dir, database }
    }

    /// The same installation in another folder. No server may run on this one.
    pub fn copied_to(&self, dir: PathBuf) -> Self {
        let copy = Self::sqlite(dir);
        for name in FILES {
            let from = self.dir.join(name);
            if from.exists() {
                std::fs::copy(from, copy.dir.join(name)).expect("a copy of the database");
            }
        }
        copy
    }

    /// A command of the program, with nothing of this machine's settings.
    fn leaddock(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_leaddock"));
        command.args(arguments).current_dir(&self.dir).env_clear().envs([
            ("LEADDOCK__SERVER__BIND", "127.0.0.1:0"),
            ("LEADDOCK__DATABASE__URL", &self.database),
            ("LEADDOCK__AUTH__SECRET", "a secret that is as long as it needs to be, for the benchmark only"),
            ("LEADDOCK__MAIL__FOLDER", "mail"),
            ("LEADDOCK__LIMITS__INTAKE_PER_MINUTE", "0"),
            ("LEADDOCK__LIMITS__LOGIN_PER_MINUTE", "0"),
            ("LEADDOCK__LOG__LEVEL", "warn"),
        ]);
        command
    }

    /// Makes three agents and an administrator.
    pub fn add_people(&self) {
        for number in 1..=3 {
            self.add_person(&format!("agent-{number}@example.com"), "agent");
        }
        self.add_person(ADMIN, "admin");
    }

    /// Makes a user, as an operator would.
    pub fn add_person(&self, email: &str, role: &str) {
        let arguments =
            ["user", "add", "--email", email, "--name", email, "--role", role, "--password-stdin"];
        let mut command = self.leaddock(&arguments);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("leaddock user add");
        let mut stdin = child.stdin.take().expect("its standard input");
        writeln!(stdin, "{PASSWORD}").expect("a password written");
        drop(stdin);
        assert!(child.wait().expect("its end").success(), "leaddock user add failed");
    }

    /// Runs a command to its end; what it prints on standard error is seen.
    pub fn run(&self, arguments: &[&str]) {
        let status = self.leaddock(arguments).stdin(Stdio::null()).stdout(Stdio::null()).status();
        assert!(status.expect("a command").success(), "leaddock {arguments:?} failed");
    }

    /// Starts the server, with these settings over the usual ones.
    pub fn serve(&self, settings: &[(&str, &str)]) -> Server {
        let mut command = self.leaddock(&["serve"]);
        command.envs(settings.iter().copied());
        Server::start(command)
    }
}

/// A server that this benchmark has started, and that ends with it.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    /// From the start of the process to the first 200.
    pub started_in: Duration,
}

impl Server {
    /// Starts a process that says `listening on http://ADDRESS` on standard error and answers /healthz.
    pub fn start(mut command: Command) -> Self {
        // What was written before must not be paid for by this one.
        assert!(Command::new("sync").status().expect("sync").success());
        let began = Instant::now();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a server");
        let mut lines =
            BufReader::new(child.stderr.take().expect("its standard error")).lines().map_while(Result::ok);
        let mut stderr_lines = StderrLines::default();
        let address = lines
            .by_ref()
            .inspect(|line| stderr_lines.print(line))
            .find_map(|line| line.strip_prefix("listening on http://")?.parse().ok())
            .expect("a server that listens");
        let health = Request::get("/healthz", "");
        while !load::once(address, &health).is_ok_and(|answer| answer.status == 200) {
            assert!(began.elapsed() < STOP, "the server does not answer");
            std::thread::sleep(Duration::from_micros(200));
        }
        let started_in = began.elapsed();
        // The pipe must never be full.
        std::thread::spawn(move || lines.for_each(|line| stderr_lines.print(&line)));
        Self { child, address, started_in }
    }

    /// Time on a CPU since the process began.
    pub fn cpu(&self) -> Duration {
        cpu_of(&self.child.id().to_string())
    }

    /// A figure of /proc/PID/status, in MiB: VmHWM is the most memory that was ever resident.
    pub fn memory(&self, name: &str) -> f64 {
        let status =
            std::fs::read_to_string(Path::new("/proc").join(self.child.id().to_string()).join("status"))
                .expect("/proc/PID/status");
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
            .expect("a known figure");
        let kib: u32 = line.trim().trim_end_matches(" kB").parse().expect("a number of kB");
        f64::from(kib) / 1024.0
    }

    /// Stops it with SIGTERM, and waits until it has ended.
    pub fn stop(mut self) {
        let began = Instant::now();
        let signalled = Command::new("sh").arg("-c").arg(format!("kill -TERM {}", self.child.id())).status();
        assert!(signalled.expect("a shell").success(), "the server had gone already");
        while self.child.try_wait().expect("its state").is_none() {
            assert!(began.elapsed() < STOP, "the server does not stop");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // No effect after a stop; after a panic no process may be left behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Prints the first warnings and errors of a server.
#[derive(Default)]
struct StderrLines(u32);

impl StderrLines {
    const LINES_MAX: u32 = 3;

    fn print(&mut self, line: &str) {
        if ["WARN", "ERROR", "panicked", "leaddock:"].iter().any(|word| line.contains(word)) {
            self.0 += 1;
            if self.0 <= Self::LINES_MAX {
                eprintln!("  server: {line}");
            }
        }
    }
}

impl Drop for StderrLines {
    fn drop(&mut self) {
        if self.0 > Self::LINES_MAX {
            eprintln!("  server: {} complaints in all", self.0);
        }
    }
}

/// Time on a CPU of a process, in user and system mode together.
pub fn cpu_of(process: &str) -> Duration {
    let stat =
        std::fs::read_to_string(Path::new("/proc").join(process).join("stat")).expect("/proc/PID/stat");
    // The name in parentheses may hold anything; utime and stime are the 14th and 15th field.
    let (_, fields) = stat.rsplit_once(')').expect("a name in parentheses");
    let ticks: u32 =
        fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u32>().ok()).sum();
    TICK * ticks
}
