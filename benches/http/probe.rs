//! Bare probes as baselines: the same libraries without the product's own code.
//! Each is a child of its own (this program again), but for the single commits, which need no server.

use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use actix_web::http::StatusCode;
use actix_web::{App, HttpResponse, HttpServer, web};
use diesel::connection::SimpleConnection;
use diesel::{Connection, ExpressionMethods, RunQueryDsl, SqliteConnection};
use leaddock::kernel::clock::Clock;
use leaddock::platform::db::{Context, DatabaseUrl, Db, DbConnection, Options, Parts};
use serde::Deserialize;

use crate::server::{Home, Server};

diesel::table! {
    probe_receipts (id) {
        id -> BigInt,
        body -> Binary,
    }
}

diesel::table! {
    probe_inquiries (id) {
        id -> BigInt,
        need -> Text,
        usage -> Text,
        tax -> Text,
        company -> Text,
        contact -> Text,
        phone -> Text,
    }
}

const SQLITE: &str = "CREATE TABLE probe_receipts (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
    CREATE TABLE probe_inquiries (id INTEGER PRIMARY KEY, need TEXT, usage TEXT, tax TEXT, company \
    TEXT, contact TEXT, phone TEXT) STRICT;";
const POSTGRES: &str = "CREATE TABLE probe_receipts (id BIGSERIAL PRIMARY KEY, body BYTEA NOT NULL);
    CREATE TABLE probe_inquiries (id BIGSERIAL PRIMARY KEY, need TEXT, usage TEXT, tax TEXT, company \
    TEXT, contact TEXT, phone TEXT);";

/// The arguments that make this program a probe.
pub const CREATE: &str = "--probe-create";
pub const ANSWER: &str = "--probe-answer";

/// Starts this program again as a server that keeps what it is sent, in a database of its own.
pub fn start_create(home: &Home) -> Server {
    start(CREATE, &home.database)
}

/// Starts this program again as a server that gives always the answer in a file.
pub fn start_answer(file: &Path) -> Server {
    start(ANSWER, file.to_str().expect("a path in UTF-8"))
}

fn start(what: &str, with: &str) -> Server {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args([what, with]);
    Server::start(command)
}

#[derive(Deserialize)]
struct Items {
    need: String,
    usage: String,
    tax: String,
    company: String,
    contact: String,
    phone: String,
}

/// In the child: JSON in, two plain inserts through the doors that the product uses too.
pub fn create(url: &str) {
    let url = DatabaseUrl::parse(url).expect("the URL of a database");
    let options = Options { url, connections: 4, group_commit: true, exclusive: true };
    let (db, _) = Db::open(&options, Parts::new(Clock::System, &[])).expect("a database");
    let made = db.clone();
    let data = web::Data::new(db);
    let keep = move |config: &mut web::ServiceConfig| {
        config.app_data(data.clone()).route("/f/default", web::post().to(keep_both));
    };
    serve(keep, async move {
        made.write(Context::system(), |tx| Ok(make_tables(tx.conn)?)).await.expect("two tables")
    });
}

fn make_tables(conn: &mut DbConnection) -> diesel::QueryResult<()> {
    match conn {
        DbConnection::Sqlite(conn) => conn.batch_execute(SQLITE),
        DbConnection::Postgres(conn) => conn.batch_execute(POSTGRES),
    }
}

async fn keep_both(db: web::Data<Db>, body: web::Bytes) -> HttpResponse {
    let items: Items = serde_json::from_slice(&body).expect("the six items");
    let kept = db.write(Context::system(), move |tx| {
        diesel::insert_into(probe_receipts::table)
            .values(probe_receipts::body.eq(body.as_ref()))
            .execute(tx.conn)?;
        let row = (
            probe_inquiries::need.eq(&items.need),
            probe_inquiries::usage.eq(&items.usage),
            probe_inquiries::tax.eq(&items.tax),
            probe_inquiries::company.eq(&items.company),
            probe_inquiries::contact.eq(&items.contact),
            probe_inquiries::phone.eq(&items.phone),
        );
        diesel::insert_into(probe_inquiries::table).values(row).execute(tx.conn)?;
        Ok(())
    });
    match kept.await {
        Ok(()) => HttpResponse::Accepted()
            .content_type("application/json")
            .body("{\"receipt_id\":\"rcp_00000000000000000000000000\"}"),
        Err(error) => HttpResponse::InternalServerError().body(error.to_string()),
    }
}

/// In the child: the same bytes, whatever is asked.
pub fn answer(file: &str) {
    let text = std::fs::read_to_string(file).expect("the file with the answer");
    let (head, body) = text.split_once("\r\n\r\n").expect("an answer's head and body");
    // These two are written by actix itself.
    let own = |name: &str| ["content-length", "date"].contains(&name.to_ascii_lowercase().as_str());
    let headers: Vec<(String, String)> = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .filter(|(name, _)| !own(name))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let body = web::Bytes::from(body.to_owned());
    let give = move |config: &mut web::ServiceConfig| {
        let (headers, body) = (headers.clone(), body.clone());
        config.route(
            "/api/v1/inquiries/{id}",
            web::get().to(move || {
                let mut answer = HttpResponse::Ok();
                for (name, value) in &headers {
                    answer.insert_header((name.as_str(), value.as_str()));
                }
                std::future::ready(answer.body(body.clone()))
            }),
        );
    };
    serve(give, std::future::ready(()));
}

/// A server with as many threads as the product's, and nothing of it.
fn serve(routes: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static, first: impl Future<Output = ()>) {
    actix_web::rt::System::new().block_on(async move {
        first.await;
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("its address");
        let workers = std::thread::available_parallelism().map_or(2, |count| count.get().min(4));
        let factory = move || {
            App::new()
                .configure(routes.clone())
                .route("/healthz", web::get().to(|| async { HttpResponse::new(StatusCode::OK) }))
        };
        let server =
            HttpServer::new(factory).workers(workers).backlog(4096).listen(listener).expect("a server").run();
        writeln!(std::io::stderr(), "listening on http://{address}").expect("standard error");
        server.await.expect("a server that stops on its signal");
    });
}

/// Single rows that are on disk, one commit each, in a second: what this disk allows one writer.
pub fn commits_per_second(dir: &Path, window: Duration) -> f64 {
    std::fs::create_dir_all(dir).expect("a folder below target");
    let file = dir.join("commits.db");
    let mut conn = SqliteConnection::establish(file.to_str().expect("a path in UTF-8")).expect("a database");
    conn.batch_execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;").expect("its settings");
    conn.batch_execute(SQLITE).expect("a table");
    let began = Instant::now();
    let mut commits = 0_u32;
    while began.elapsed() < window {
        commit_one(&mut conn).expect("a commit");
        commits += 1;
    }
    f64::from(commits) / began.elapsed().as_secs_f64()
}

fn commit_one(conn: &mut SqliteConnection) -> diesel::QueryResult<()> {
    conn.batch_execute("BEGIN IMMEDIATE")?;
    let body: &[u8] = &[b'x'; 100];
    diesel::insert_into(probe_receipts::table).values(probe_receipts::body.eq(body)).execute(conn)?;
    conn.batch_execute("COMMIT")
}
