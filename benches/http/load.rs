//! The load generator: keep-alive connections in HTTP/1.1 that send one request after the other, as fast as
//! answers come. The requests are defined in `measures.rs`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

use crate::server::Server;

/// Placeholder for the request's number: eight digits, so that its length never changes.
const SLOT: &str = "########";

/// The bytes of a request, made once.
#[derive(Clone)]
pub struct Request {
    bytes: Vec<u8>,
    /// Where the request's number is written.
    slots: Vec<usize>,
}

impl Request {
    pub fn get(path: &str, token: &str) -> Self {
        let head = authorization(token);
        Self::new(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{head}\r\n"))
    }

    pub fn post(path: &str, json: &str) -> Self {
        Self::post_as(path, json, "")
    }

    /// The same with a token, unless that is empty.
    pub fn post_as(path: &str, json: &str, token: &str) -> Self {
        let (length, head) = (json.len(), authorization(token));
        Self::new(&format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{head}\
            Content-Length: {length}\r\n\r\n{json}"
        ))
    }

    fn new(text: &str) -> Self {
        Self { bytes: text.as_bytes().to_vec(), slots: text.match_indices(SLOT).map(|(at, _)| at).collect() }
    }

    fn numbered(&mut self, number: u64) -> &[u8] {
        if !self.slots.is_empty() {
            let digits = format!("{:08}", number % 100_000_000);
            for at in &self.slots {
                let slot = self.bytes.iter_mut().skip(*at);
                slot.zip(digits.bytes()).for_each(|(byte, digit)| *byte = digit);
            }
        }
        &self.bytes
    }
}

/// Status and lengths of a response; its bytes stay in the connection's buffer.
struct ResponseHead {
    status: u16,
    head: usize,
    length: usize,
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(128 << 10) })
    }

    /// Sends a request and reads its answer to the end.
    async fn ask(&mut self, request: &[u8]) -> std::io::Result<ResponseHead> {
        self.buffer.clear();
        self.stream.write_all(request).await?;
        let (status, head, length) = loop {
            self.more().await?;
            if let Some(found) = head_of(&self.buffer) {
                break found;
            }
        };
        while self.buffer.len() < head + length {
            self.more().await?;
        }
        Ok(ResponseHead { status, head, length })
    }

    async fn more(&mut self) -> std::io::Result<()> {
        self.buffer.reserve(16 << 10);
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(std::io::Error::other("the server closed the connection")),
            _ => Ok(()),
        }
    }
}

/// Status, length of the head, length of the body; `None` while the head is not complete.
fn head_of(bytes: &[u8]) -> Option<(u16, usize, usize)> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(bytes.get(..end)?).expect("a head in ASCII");
    let status = head.get(9..12).and_then(|digits| digits.parse().ok()).expect("a status line");
    let mut lengths = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length = lengths.find_map(|(_, digits)| digits.parse().ok()).expect("an answer with Content-Length");
    Some((status, end + 4, length))
}

/// One answer, whole.
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

/// Sends one request on a connection of its own.
pub fn once(address: SocketAddr, request: &Request) -> std::io::Result<Answer> {
    runtime().block_on(async {
        let mut connection = Connection::open(address).await?;
        let response = connection.ask(&request.bytes).await?;
        let (head, body) = connection.buffer.split_at(response.head);
        let body = body.iter().take(response.length).copied().collect();
        Ok(Answer { status: response.status, head: String::from_utf8_lossy(head).into_owned(), body })
    })
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// What is sent, by how many, for how long.
pub struct Load {
    pub request: Request,
    pub connections: u32,
    pub warm_up: Duration,
    pub window: Duration,
}

/// The result of a load.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    pub per_second: f64,
    /// Time on a CPU that the server spent for a request.
    pub cpu_micros: f64,
    /// Share of one CPU that the generator itself used: near 1, it is what was measured.
    pub generator: f64,
}

#[derive(Default)]
struct Shared {
    sent: AtomicU64,
    answered: AtomicU64,
    over: AtomicBool,
}

/// Puts a server under load, and counts in the window after the warm-up.
pub fn measure(server: &Server, load: &Load) -> Rate {
    runtime().block_on(async {
        let shared = Arc::new(Shared::default());
        let ask = |_| tokio::spawn(request_loop(server.address, load.request.clone(), Arc::clone(&shared)));
        let askers: Vec<_> = (0..load.connections).map(ask).collect();
        tokio::time::sleep(load.warm_up).await;
        let before = Counters::take(server, &shared);
        tokio::time::sleep(load.window).await;
        let after = Counters::take(server, &shared);
        shared.over.store(true, Ordering::Relaxed);
        for asker in askers {
            asker.await.expect("a connection's task").expect("an answer to every request");
        }
        after.since(&before)
    })
}

async fn request_loop(address: SocketAddr, mut request: Request, shared: Arc<Shared>) -> Result<(), String> {
    let mut connection = Connection::open(address).await.map_err(|error| error.to_string())?;
    while !shared.over.load(Ordering::Relaxed) {
        let number = shared.sent.fetch_add(1, Ordering::Relaxed);
        let response = connection.ask(request.numbered(number)).await.map_err(|error| error.to_string())?;
        if !(200..300).contains(&response.status) {
            return Err(String::from_utf8_lossy(&connection.buffer).into_owned());
        }
        shared.answered.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

/// The counters at a moment.
struct Counters {
    at: Instant,
    answered: u64,
    server: Duration,
    generator: Duration,
}

impl Counters {
    fn take(server: &Server, shared: &Shared) -> Self {
        Self {
            answered: shared.answered.load(Ordering::Relaxed),
            server: server.cpu(),
            generator: crate::server::cpu_of("self"),
            at: Instant::now(),
        }
    }

    fn since(&self, before: &Self) -> Rate {
        let answered = u32::try_from(self.answered - before.answered).expect("fewer than 2³² answers");
        assert!(answered > 0, "not one answer in the window");
        let (answered, seconds) = (f64::from(answered), (self.at - before.at).as_secs_f64());
        Rate {
            per_second: answered / seconds,
            cpu_micros: self.server.saturating_sub(before.server).as_secs_f64() * 1e6 / answered,
            generator: self.generator.saturating_sub(before.generator).as_secs_f64() / seconds,
        }
    }
}

/// The header of a token; none for an empty one.
fn authorization(token: &str) -> String {
    if token.is_empty() { String::new() } else { format!("Authorization: Bearer {token}\r\n") }
}
