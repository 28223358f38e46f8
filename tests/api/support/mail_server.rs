//! A mail server on loopback that does what a test wants: takes mails, refuses them, hangs up.
//! It speaks as much SMTP as the product asks for.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use secrecy::SecretString;

/// What the server does with those who come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    Take,
    /// Ends each connection at once.
    HangUp,
    /// Greets with 421: not now.
    NotNow,
    /// Greets with 554: no mail here.
    NoService,
    /// Answers TLS with something else.
    Garbage,
    /// Refuses recipients whose address begins so.
    Refuse(&'static str),
    /// Takes the mail, and ends the connection in place of an answer.
    HangUpAfterMail,
    /// Ends the connection in place of the go-ahead for mails to addresses that begin so.
    HangUpFor(&'static str),
    /// Says this in place of the go-ahead (354), and takes nothing.
    InsteadOfGoAhead(&'static str),
    /// Says this in place of an answer to the mail (250), and drops it.
    InsteadOfTaken(&'static str),
}

/// A running server.
#[derive(Clone)]
pub struct MailServer {
    port: u16,
    state: Arc<Mutex<State>>,
}

struct State {
    behaviour: Behaviour,
    connections: usize,
    mails: Vec<String>,
}

impl MailServer {
    pub fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let state = Arc::new(Mutex::new(State { behaviour, connections: 0, mails: Vec::new() }));
        let server = Self { port: listener.local_addr().unwrap().port(), state };
        let accepting = server.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { continue };
                let server = accepting.clone();
                server.state.lock().unwrap().connections += 1;
                // Whoever goes away in the middle is no fault here.
                std::thread::spawn(move || drop(server.talk(stream)));
            }
        });
        server
    }

    pub fn url(&self, scheme: &str) -> SecretString {
        format!("{scheme}://127.0.0.1:{}", self.port).into()
    }

    pub fn behave(&self, behaviour: Behaviour) {
        self.state.lock().unwrap().behaviour = behaviour;
    }

    /// Connections so far.
    pub fn connections(&self) -> usize {
        self.state.lock().unwrap().connections
    }

    /// The Message-IDs of the mails that have come, in their order.
    pub fn message_ids(&self) -> Vec<String> {
        let id = |mail: &String| {
            mail.lines().find_map(|line| line.strip_prefix("Message-ID: ")).expect("a Message-ID").to_owned()
        };
        self.state.lock().unwrap().mails.iter().map(id).collect()
    }

    fn talk(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let behaviour = || self.state.lock().unwrap().behaviour;
        match behaviour() {
            Behaviour::HangUp => return Ok(()),
            Behaviour::NotNow => return stream.write_all(b"421 later\r\n"),
            Behaviour::NoService => return stream.write_all(b"554 no service\r\n"),
            Behaviour::Garbage => return stream.write_all(b"this is no TLS\r\n"),
            _ => stream.write_all(b"220 test ESMTP\r\n")?,
        }
        let mut lines = BufReader::new(stream.try_clone()?).lines();
        let mut is_cut = false;
        while let Some(line) = lines.next().transpose()? {
            let reply = match line.split([' ', ':']).next().unwrap() {
                "EHLO" => "250-test\r\n250 8BITMIME\r\n",
                "RCPT" => match behaviour() {
                    Behaviour::HangUpFor(front) if line.contains(&format!("<{front}")) => {
                        is_cut = true;
                        "250 ok\r\n"
                    }
                    Behaviour::Refuse(front) if line.contains(&format!("<{front}")) => "550 no such user\r\n",
                    _ => "250 ok\r\n",
                },
                "DATA" if is_cut => return Ok(()),
                "DATA" => {
                    if let Behaviour::InsteadOfGoAhead(reply) = behaviour() {
                        stream.write_all(reply.as_bytes())?;
                        continue;
                    }
                    stream.write_all(b"354 go on\r\n")?;
                    let mut mail = String::new();
                    while let Some(line) = lines.next().transpose()?
                        && line != "."
                    {
                        mail.push_str(&line);
                        mail.push('\n');
                    }
                    if let Behaviour::InsteadOfTaken(reply) = behaviour() {
                        stream.write_all(reply.as_bytes())?;
                        continue;
                    }
                    self.state.lock().unwrap().mails.push(mail);
                    if behaviour() == Behaviour::HangUpAfterMail {
                        return Ok(());
                    }
                    "250 taken\r\n"
                }
                "QUIT" => return stream.write_all(b"221 bye\r\n"),
                _ => "250 ok\r\n",
            };
            stream.write_all(reply.as_bytes())?;
        }
        Ok(())
    }
}
