//! A group robot on loopback that answers as a test wants: takes messages, refuses them, breaks off.
//! It speaks as much HTTP as the product needs, one request for each connection.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

/// What the robot does with one request.
#[derive(Debug, Clone)]
pub enum Reaction {
    /// Answers with this status and body.
    Answer(u16, String),
    /// Ends the connection in place of an answer.
    HangUp,
}

/// A request that came.
#[derive(Debug, Clone)]
pub struct Received {
    /// Path and query.
    pub target: String,
    pub content_type: String,
    pub body: Value,
}

impl Received {
    /// A parameter of its query, decoded.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let (_, query) = self.target.split_once('?')?;
        let pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs.filter(|(known, _)| known == name).map(|(_, value)| value.into_owned()).next()
    }

    /// What it says, whichever robot it is for.
    pub fn text(&self) -> &str {
        let places = ["/markdown/text", "/content/text", "/text/content"];
        places.iter().find_map(|place| self.body.pointer(place)?.as_str()).expect("a text")
    }

    /// The same line by line.
    pub fn lines(&self) -> Vec<&str> {
        self.text().lines().map(str::trim_end).collect()
    }
}

/// A running robot.
#[derive(Clone)]
pub struct RobotReceiver {
    port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    next: VecDeque<Reaction>,
    received: Vec<Received>,
}

impl RobotReceiver {
    /// One that takes everything.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let robot = Self { port: listener.local_addr().unwrap().port(), state: Arc::default() };
        let accepting = robot.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { continue };
                let robot = accepting.clone();
                // Whoever goes away in the middle is no fault here.
                std::thread::spawn(move || drop(robot.talk(stream)));
            }
        });
        robot
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/robot/send?access_token=geheim", self.port)
    }

    /// Has the next requests answered so, in this order; those after them are taken.
    pub fn then(&self, reactions: impl IntoIterator<Item = Reaction>) {
        self.state.lock().unwrap().next.extend(reactions);
    }

    /// The requests since the last look.
    pub fn take(&self) -> Vec<Received> {
        std::mem::take(&mut self.state.lock().unwrap().received)
    }

    fn talk(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut first = String::new();
        reader.read_line(&mut first)?;
        let target = first.split(' ').nth(1).unwrap_or_default().to_owned();
        let (mut length, mut content_type) = (0, String::new());
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().unwrap(),
                "content-type" => value.trim().clone_into(&mut content_type),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let body = serde_json::from_slice(&body).unwrap();
        let reaction = {
            let mut state = self.state.lock().unwrap();
            state.received.push(Received { target, content_type, body });
            state.next.pop_front()
        };
        let good = || Reaction::Answer(200, json!({"errcode": 0, "errmsg": "ok", "code": 0}).to_string());
        match reaction.unwrap_or_else(good) {
            Reaction::HangUp => Ok(()),
            Reaction::Answer(status, body) => write!(
                stream,
                "HTTP/1.1 {status} x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
                 Connection: close\r\n\r\n{body}",
                body.len()
            ),
        }
    }
}
