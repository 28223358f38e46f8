//! The measurements: each part puts the product and its baseline under the same load, one after the other.
//! The thresholds are in `report.rs`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, sql_query};
use serde_json::{Value, json};

use crate::load::{self, Load, Request};
use crate::report::{Figures, Sample};
use crate::server::{ADMIN, Home, PASSWORD, Server};
use crate::{Plan, probe, seed};

/// Connections that ask at the same time, where nothing else is said.
const MANY: u32 = 64;
/// Connections that ask for lists: the time on a CPU is measured, not a rate.
const FEW: u32 = 16;
const WARM_UP: Duration = Duration::from_secs(1);

pub const SMALL: u32 = 10_000;
const LARGE: u32 = 200_000;
pub const HUGE: u32 = 500_000;

const ONE_BY_ONE: &[(&str, &str)] = &[("LEADDOCK__DATABASE__GROUP_COMMIT", "false")];

/// A part of a round: its name, as `--only` takes it, and what it does.
type Part = (&'static str, fn(&mut Bench<'_>));

pub const PARTS: &[Part] = &[
    ("create", create),
    ("rules", rules),
    ("read", read),
    ("list", list),
    ("search", search),
    ("reports", crate::reports::reports),
    ("memory", memory),
    ("start", start),
    ("postgres", postgres),
];

/// How many inquiries there are in the databases that the parts read.
const READ: &[(&str, u32)] = &[
    ("read", SMALL),
    ("list", SMALL),
    ("list", HUGE),
    ("search", SMALL),
    ("search", LARGE),
    ("memory", SMALL),
    ("memory", LARGE),
    ("start", LARGE),
];

/// A submission with six items. Its company and phone number hold the request's number.
fn submission() -> Request {
    let items = json!({
        "need": "求租两千平方米车间，苏州工业园区附近，一楼，层高八米以上",
        "usage": "精密机械加工与装配，无污染，夜间不生产",
        "tax": "预计年税收三百万元",
        "company": "苏州########精密机械有限公司",
        "contact": "王先生",
        "phone": "138########",
    });
    Request::post("/f/default", &items.to_string())
}

/// A run: where its files are, how long it measures, and what it has found.
pub struct Bench<'p> {
    plan: &'p Plan,
    root: PathBuf,
    homes: u32,
    pub figures: Figures,
}

impl<'p> Bench<'p> {
    pub fn new(plan: &'p Plan, root: &Path) -> Self {
        Self { plan, root: root.to_owned(), homes: 0, figures: Figures::default() }
    }

    /// Fills the databases that the wanted parts read.
    pub fn seed(&self) {
        let mut sizes = vec![0];
        sizes.extend(READ.iter().filter(|(part, _)| self.plan.wants(part)).map(|(_, size)| *size));
        sizes.sort_unstable();
        sizes.dedup();
        for size in sizes {
            eprintln!("a database with {size} inquiries");
            seed::seeded(&self.root, size, self.plan.keep);
        }
        if self.plan.wants("reports") {
            for size in [SMALL, HUGE] {
                eprintln!("a database with a year of {size} inquiries");
                seed::lived_in(&self.root, size, self.plan.keep);
            }
        }
    }

    fn seeded(&self, rows: u32) -> Home {
        seed::seeded(&self.root, rows, true)
    }

    /// The same with all that happened in a year.
    pub fn lived_in(&self, rows: u32) -> Home {
        seed::lived_in(&self.root, rows, true)
    }

    /// A folder that nothing has used in this run.
    fn fresh_dir(&mut self) -> PathBuf {
        self.homes += 1;
        self.root.join("run").join(self.homes.to_string())
    }

    fn copy(&mut self, rows: u32) -> Home {
        let dir = self.fresh_dir();
        self.seeded(rows).copied_to(dir)
    }

    fn load(&self, request: Request, connections: u32) -> Load {
        Load { request, connections, warm_up: WARM_UP, window: self.plan.window }
    }

    pub fn measure(&mut self, name: &'static str, server: &Server, request: Request, connections: u32) {
        let rate = load::measure(server, &self.load(request, connections));
        eprintln!(
            "  {name}: {:.0}/s, {:.0} µs on a CPU each, generator at {:.0} %",
            rate.per_second,
            rate.cpu_micros,
            rate.generator * 100.0
        );
        self.figures.add(name, Sample { figure: rate.per_second, cpu_micros: Some(rate.cpu_micros) });
        self.figures.generator_used(name, rate.generator);
    }

    /// Time on a CPU that the server spends for a request, in microseconds.
    pub fn cpu_of(&self, server: &Server, request: Request, connections: u32) -> f64 {
        load::measure(server, &self.load(request, connections)).cpu_micros
    }

    pub fn note(&mut self, name: &'static str, figure: f64) {
        eprintln!("  {name}: {figure:.1}");
        self.figures.add(name, Sample { figure, cpu_micros: None });
    }
}

/// Logs the administrator in.
pub fn login(server: &Server) -> String {
    let request =
        Request::post("/api/v1/auth/login", &json!({"email": ADMIN, "password": PASSWORD}).to_string());
    let answer = load::once(server.address, &request).expect("an answer to the login");
    let answer: Value = serde_json::from_slice(&answer.body).expect("JSON");
    answer.get("access_token").and_then(Value::as_str).expect("a token").to_owned()
}

/// The request for the newest inquiry.
fn newest(server: &Server, token: &str) -> Request {
    let answer =
        load::once(server.address, &Request::get("/api/v1/inquiries?limit=1", token)).expect("a list");
    let list: Value = serde_json::from_slice(&answer.body).expect("JSON");
    let id = list.pointer("/data/0/id").and_then(Value::as_str).expect("an inquiry");
    Request::get(&format!("/api/v1/inquiries/{id}"), token)
}

fn list_request(token: &str) -> Request {
    Request::get("/api/v1/inquiries?limit=50", token)
}

fn search_request(token: &str) -> Request {
    let word: String = url::form_urlencoded::byte_serialize(seed::WORD.as_bytes()).collect();
    Request::get(&format!("/api/v1/inquiries?limit=50&q={word}"), token)
}

/// Durable creates: shared commits, single commits, and the bare probe; then one client alone, and the disk
/// alone.
fn create(bench: &mut Bench<'_>) {
    for (name, settings, connections) in [("create", &[][..], MANY), ("create one by one", ONE_BY_ONE, MANY)]
    {
        let home = bench.copy(0);
        let server = home.serve(settings);
        bench.measure(name, &server, submission(), connections);
        server.stop();
    }
    let home = Home::sqlite(bench.fresh_dir());
    let server = probe::start_create(&home);
    bench.measure("create, probe", &server, submission(), MANY);
    server.stop();

    let home = bench.copy(0);
    let server = home.serve(&[]);
    bench.measure("create alone", &server, submission(), 1);
    server.stop();
    let commits = probe::commits_per_second(&bench.fresh_dir(), bench.plan.window);
    bench.note("commits", commits);
}

/// Creates where many rules are tried among many agents, against the fallback among three agents.
fn rules(bench: &mut Bench<'_>) {
    for (name, agents, count) in [("create, rules", 50, 20), ("create, no rules", 3, 0)] {
        let home = bench.copy(0);
        for number in 4..=agents {
            home.add_person(&format!("agent-{number}@example.com"), "agent");
        }
        let server = home.serve(&[]);
        let token = login(&server);
        for number in 1..=count {
            let rule = json!({
                "name": format!("rule {number}"),
                "when": {"regions": ["3205"], "tax_wan_min": 100, "keywords": [format!("冷库{number}")]},
                "then": {"strategy": "round_robin"},
            });
            let made = Request::post_as("/api/v1/assignment-rules", &rule.to_string(), &token);
            let made = load::once(server.address, &made).expect("an answer to a rule");
            assert!(made.head.starts_with("HTTP/1.1 201"), "{}", made.head);
        }
        bench.measure(name, &server, submission(), MANY);
        server.stop();
    }
}

/// One inquiry, against a handler that has its bytes at hand.
fn read(bench: &mut Bench<'_>) {
    let home = bench.seeded(SMALL);
    let server = home.serve(&[]);
    let token = login(&server);
    let request = newest(&server, &token);
    let file = bench.fresh_dir().with_extension("http");
    read_against_probe(bench, ("read", "read, probe"), server, request, &file);
}

fn read_against_probe(
    bench: &mut Bench<'_>,
    (name, probe_name): (&'static str, &'static str),
    server: Server,
    request: Request,
    file: &Path,
) {
    let answer = load::once(server.address, &request).expect("an inquiry");
    bench.measure(name, &server, request.clone(), MANY);
    server.stop();

    std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder below target");
    std::fs::write(file, [answer.head.as_bytes(), &answer.body].concat()).expect("the answer in a file");
    let probe = probe::start_answer(file);
    let again = load::once(probe.address, &request).expect("the same answer");
    let length = |head: &str, body: &[u8]| head.len() + body.len();
    assert!(
        again.body == answer.body && length(&again.head, &again.body) == length(&answer.head, &answer.body),
        "the probe answers otherwise"
    );
    bench.measure(probe_name, &probe, request, MANY);
    probe.stop();
}

/// The first page of a small and of a huge table.
fn list(bench: &mut Bench<'_>) {
    for (name, rows) in [("list, huge", HUGE), ("list, small", SMALL)] {
        let server = bench.seeded(rows).serve(&[]);
        let token = login(&server);
        bench.measure(name, &server, list_request(&token), FEW);
        server.stop();
    }
}

/// A search in a small and in a large table.
fn search(bench: &mut Bench<'_>) {
    for (name, rows) in [("search, large", LARGE), ("search, small", SMALL)] {
        let server = bench.seeded(rows).serve(&[]);
        let token = login(&server);
        bench.measure(name, &server, search_request(&token), FEW);
        server.stop();
    }
}

/// The most memory that was ever resident, under all the loads above.
fn memory(bench: &mut Bench<'_>) {
    for (name, own, rows) in
        [("memory, small", "memory, small, own", SMALL), ("memory, large", "memory, large, own", LARGE)]
    {
        let home = bench.copy(rows);
        let server = home.serve(&[]);
        let token = login(&server);
        for request in [newest(&server, &token), list_request(&token), search_request(&token), submission()] {
            load::measure(&server, &bench.load(request, MANY));
        }
        bench.note(name, server.memory("VmHWM"));
        bench.note(own, server.memory("RssAnon"));
        server.stop();
    }
}

/// From the start of the process to its first answer, on a database with something in it.
fn start(bench: &mut Bench<'_>) {
    let server = bench.seeded(LARGE).serve(&[]);
    bench.note("start", server.started_in.as_secs_f64() * 1e3);
    server.stop();
}

// ---- PostgreSQL

#[derive(QueryableByName)]
struct Tables {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    count: i64,
}

/// Refuses a database that holds anything: this run empties it again and again.
pub fn check_empty(url: &str) {
    let mut conn = PgConnection::establish(url).expect("the database of BENCH_POSTGRES_URL");
    let tables: Tables = sql_query(
        "SELECT count(*) AS count FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', \
         'information_schema')",
    )
    .get_result(&mut conn)
    .expect("the number of its tables");
    assert!(
        tables.count == 0,
        "BENCH_POSTGRES_URL must name an empty database; this one has {} tables",
        tables.count
    );
}

fn emptied(bench: &mut Bench<'_>, url: &str) -> Home {
    let mut conn = PgConnection::establish(url).expect("the database of BENCH_POSTGRES_URL");
    conn.batch_execute(
        "SET client_min_messages = warning; DROP SCHEMA public CASCADE; CREATE SCHEMA public;",
    )
    .expect("an empty database");
    Home::new(bench.fresh_dir(), url.to_owned())
}

/// The first two parts on PostgreSQL.
fn postgres(bench: &mut Bench<'_>) {
    let Some(url) = bench.plan.postgres.clone() else { return };
    for (name, settings) in [("create, PostgreSQL", &[][..]), ("create one by one, PostgreSQL", ONE_BY_ONE)] {
        let home = emptied(bench, &url);
        home.add_people();
        let server = home.serve(settings);
        bench.measure(name, &server, submission(), MANY);
        server.stop();
    }
    let home = emptied(bench, &url);
    let server = probe::start_create(&home);
    bench.measure("create, probe, PostgreSQL", &server, submission(), MANY);
    server.stop();

    let home = emptied(bench, &url);
    home.add_people();
    let server = home.serve(&[]);
    load::once(server.address, &submission()).expect("one inquiry");
    let token = login(&server);
    let request = newest(&server, &token);
    read_against_probe(
        bench,
        ("read, PostgreSQL", "read, probe, PostgreSQL"),
        server,
        request,
        &home.dir.join("answer.http"),
    );
    emptied(bench, &url);
}
