//! A receiver of webhooks on loopback that does what a test wants: answers, redirects, hangs, hangs up; and
//! keeps what it was posted. It speaks as much HTTP as that takes.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

/// What the receiver does with a call.
#[derive(Clone)]
pub enum Reaction {
    /// Answers with this status.
    Answer(u16),
    /// Answers that it is somewhere else.
    Redirect(String),
    /// Ends the connection.
    HangUp,
    /// Says nothing until it is let go.
    Hang,
    /// Waits until another one hangs, lets it go, and takes the call.
    LetGo(Receiver),
}

/// What was posted.
#[derive(Debug, Clone)]
pub struct Call {
    pub path: String,
    /// By their names in small letters.
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Call {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name}"))
    }

    /// The name of the event.
    pub fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }

    /// How many of its signatures there are, and how many are by this secret.
    pub fn signatures(&self, secret: &str) -> (usize, usize) {
        let key = BASE64.decode(secret.strip_prefix("whsec_").unwrap().as_bytes()).unwrap();
        let signed =
            format!("{}.{}.{}", self.header("webhook-id"), self.header("webhook-timestamp"), self.body);
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(signed.as_bytes());
        let wanted = format!("v1,{}", BASE64.encode(&mac.finalize().into_bytes()));
        let all: Vec<&str> = self.header("webhook-signature").split(' ').collect();
        (all.len(), all.iter().filter(|one| **one == wanted).count())
    }
}

struct State {
    /// For the next calls, one by one; then the usual one.
    script: VecDeque<Reaction>,
    usual: Reaction,
    calls: Vec<Call>,
    /// Connections that are kept open and silent.
    held: Vec<TcpStream>,
}

/// A running receiver.
#[derive(Clone)]
pub struct Receiver {
    port: u16,
    shared: Arc<(Mutex<State>, Condvar)>,
}

impl Receiver {
    /// One that does the same with each call.
    pub fn start(usual: Reaction) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let state = State { script: VecDeque::new(), usual, calls: Vec::new(), held: Vec::new() };
        let port = listener.local_addr().unwrap().port();
        let receiver = Self { port, shared: Arc::new((Mutex::new(state), Condvar::new())) };
        let accepting = receiver.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { continue };
                let receiver = accepting.clone();
                // Whoever goes away in the middle is no fault here.
                std::thread::spawn(move || drop(receiver.talk(stream)));
            }
        });
        receiver
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook?from=leaddock", self.port)
    }

    /// What it does with the next calls, before the usual again.
    pub fn next(&self, reactions: impl IntoIterator<Item = Reaction>) {
        self.shared.0.lock().unwrap().script.extend(reactions);
    }

    pub fn usually(&self, usual: Reaction) {
        self.shared.0.lock().unwrap().usual = usual;
    }

    /// The calls since the last time this was asked, in their order.
    pub fn take(&self) -> Vec<Call> {
        std::mem::take(&mut self.shared.0.lock().unwrap().calls)
    }

    /// The one call since the last time.
    #[track_caller]
    pub fn take_one(&self) -> Call {
        let mut calls = self.take();
        assert_eq!(calls.len(), 1, "{calls:?}");
        calls.remove(0)
    }

    /// Waits until somebody hangs, and ends all connections that do.
    fn let_go(&self) {
        let (state, changed) = &*self.shared;
        let mut state = changed.wait_while(state.lock().unwrap(), |state| state.held.is_empty()).unwrap();
        state.held.clear();
    }

    fn talk(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let call = read_call(&stream)?;
        let reaction = {
            let mut state = self.shared.0.lock().unwrap();
            state.calls.push(call);
            state.script.pop_front().unwrap_or_else(|| state.usual.clone())
        };
        let answer = |status: u16, more: &str| {
            format!("HTTP/1.1 {status} Words\r\nContent-Length: 2\r\nConnection: close\r\n{more}\r\nok")
        };
        match reaction {
            Reaction::Answer(status) => stream.write_all(answer(status, "").as_bytes()),
            Reaction::Redirect(to) => {
                stream.write_all(answer(307, &format!("Location: {to}\r\n")).as_bytes())
            }
            Reaction::HangUp => Ok(()),
            Reaction::Hang => {
                self.shared.0.lock().unwrap().held.push(stream);
                self.shared.1.notify_all();
                Ok(())
            }
            Reaction::LetGo(other) => {
                other.let_go();
                stream.write_all(answer(204, "").as_bytes())
            }
        }
    }
}

fn read_call(stream: &TcpStream) -> std::io::Result<Call> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let mut lines = lines.into_iter();
    let path = lines.next().unwrap_or_default().split(' ').nth(1).unwrap_or_default().to_owned();
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_lowercase(), value.trim().to_owned()))
        })
        .collect();
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Call { path, headers, body: String::from_utf8(body).unwrap() })
}
