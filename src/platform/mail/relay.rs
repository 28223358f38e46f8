//! Speaks SMTP (RFC 5321) with the configured mail server, and keeps a few connections for the next mails.
//! What the server's replies mean for a mail is said here; when it is asked again, in `platform/delivery`.

use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use lettre::Message;
use lettre::address::{Address, Envelope};
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::{Response, Severity};
use percent_encoding::percent_decode_str;
use url::Url;

use super::failure::Failure;
use crate::kernel::error::{Error, Result};

/// Each step of the talk: the greeting, the encryption, the login, and each command for one mail.
const STEP_WITHIN: Duration = Duration::from_secs(30);
/// A host may have several addresses, of which the first is silent.
const ADDRESS_WITHIN: Duration = Duration::from_secs(10);
/// Whether an older connection still lives, and how long one is waited for that is ended.
const ALIVE_WITHIN: Duration = Duration::from_secs(2);
/// Connections that are kept, and for how long.
const IDLE_MAX: usize = 4;
const IDLE_FOR: Duration = Duration::from_secs(60);
/// Longest reply of a mail server that is kept.
const REPLY_MAX: usize = 300;

/// The only reply after which the content of a mail may be sent (RFC 5321 §4.2.2).
const GO_AHEAD: u16 = 354;

/// Replies that refuse us and no mail (RFC 4954 §6, RFC 5321 §4.2.3): a wrong password must cost no mail.
const SERVER_REFUSALS: [u16; 6] = [421, 454, 530, 534, 535, 538];

/// When a connection is encrypted.
enum Security {
    None,
    /// From the beginning.
    Tls,
    /// By STARTTLS, or else not at all.
    StartTls {
        required: bool,
    },
}

/// The mail server that the settings name.
pub struct Relay {
    host: String,
    port: u16,
    security: Security,
    credentials: Option<Credentials>,
    idle: Mutex<Vec<(AsyncSmtpConnection, Instant)>>,
}

impl Relay {
    /// `smtp://user:password@host:port`, `smtps://…`, `…?tls=required`, `…?tls=opportunistic`.
    pub fn from_url(url: &str) -> Result<Self> {
        let wrong = |what: &str| Error::internal(format!("mail.url cannot be used: {what}"));
        let url = Url::parse(url).map_err(|_| wrong("it is no URL"))?;
        let tls = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value.into_owned());
        let (security, port) = match (url.scheme(), tls.as_deref()) {
            ("smtps", _) => (Security::Tls, 465),
            ("smtp", None) => (Security::None, 25),
            ("smtp", Some("required")) => (Security::StartTls { required: true }, 587),
            ("smtp", Some("opportunistic")) => (Security::StartTls { required: false }, 587),
            _ => return Err(wrong("smtp, smtps and tls=required are known")),
        };
        let host = url.host_str().ok_or_else(|| wrong("it has no host"))?.to_owned();
        let plain = |text: &str| percent_decode_str(text).decode_utf8().map(|text| text.into_owned());
        let credentials = match url.password().map(|password| (plain(url.username()), plain(password))) {
            Some((Ok(user), Ok(password))) => Some(Credentials::new(user, password)),
            Some(_) => return Err(wrong("user name or password are not UTF-8")),
            None => None,
        };
        let port = url.port().unwrap_or(port);
        Ok(Self { host, port, security, credentials, idle: Mutex::default() })
    }

    /// Host and port of the server.
    pub fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// Hands a mail over. When this returns, the server has answered for it, or fallen silent. Returns the
    /// server's reply.
    pub async fn send(&self, message: &Message) -> std::result::Result<String, Failure> {
        let bytes = message.formatted();
        let kept = self.kept().await;
        let is_kept = kept.is_some();
        let mut connection = match kept {
            Some(connection) => connection,
            None => self.connect().await.map_err(Failure::Unusable)?,
        };
        let mut taken = hand_over(&mut connection, message.envelope(), &bytes).await;
        if is_kept && matches!(taken, Err(Failure::Unusable(_))) {
            // The server may have ended a connection that was kept for long.
            within(ALIVE_WITHIN, connection.abort()).await;
            connection = self.connect().await.map_err(Failure::Unusable)?;
            taken = hand_over(&mut connection, message.envelope(), &bytes).await;
        }
        match &taken {
            Ok(_) => self.keep(connection),
            // A connection whose talk was broken off is never used again.
            Err(_) => drop(within(ALIVE_WITHIN, connection.abort()).await),
        }
        taken
    }

    async fn connect(&self) -> std::result::Result<AsyncSmtpConnection, String> {
        let name = ClientId::Domain("leaddock".to_owned());
        let tls = || TlsParameters::new(self.host.clone()).map_err(|error| words(&error));
        let wrapped = if matches!(self.security, Security::Tls) { Some(tls()?) } else { None };
        let server = (self.host.trim_matches(['[', ']']), self.port);
        let connecting =
            AsyncSmtpConnection::connect_tokio1(server, Some(ADDRESS_WITHIN), &name, wrapped, None);
        let mut connection = in_time(connecting).await?;
        let encrypted = match self.security {
            Security::StartTls { required } => required || connection.can_starttls(),
            Security::None | Security::Tls => false,
        };
        if encrypted {
            in_time(connection.starttls(tls()?, &name)).await?;
        }
        if let Some(credentials) = &self.credentials {
            in_time(connection.auth(DEFAULT_MECHANISMS, credentials)).await?;
        }
        Ok(connection)
    }

    /// A kept connection that still lives. Those that are asked in vain are dropped.
    async fn kept(&self) -> Option<AsyncSmtpConnection> {
        let alive = async {
            loop {
                let (mut connection, since) =
                    self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
                if since.elapsed() < IDLE_FOR && connection.test_connected().await {
                    return Some(connection);
                }
            }
        };
        within(ALIVE_WITHIN, alive).await.flatten()
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_MAX && !connection.has_broken() {
            idle.push((connection, Instant::now()));
        }
    }
}

/// A step until the server has let us in.
async fn in_time<T>(
    step: impl Future<Output = std::result::Result<T, SmtpError>>,
) -> std::result::Result<T, String> {
    match within(STEP_WITHIN, step).await {
        Some(result) => result.map_err(|error| words(&error)),
        None => Err("it did not answer in time".to_owned()),
    }
}

/// Hands over one mail: the sender, the recipients, the content. After its final dot nobody knows whether a
/// server that does not answer has taken it.
async fn hand_over(
    connection: &mut AsyncSmtpConnection,
    envelope: &Envelope,
    bytes: &[u8],
) -> std::result::Result<String, Failure> {
    let mut parameters = Vec::new();
    let lacks =
        |what: &str| Failure::ForGood(format!("the mail needs {what}, which the server does not know"));
    let is_ascii = |address: &Address| AsRef::<str>::as_ref(address).is_ascii();
    if !envelope.from().into_iter().chain(envelope.to()).all(is_ascii) {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err(lacks("SMTPUTF8"));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !bytes.is_ascii() {
        if !connection.server_info().supports_feature(Extension::EightBitMime) {
            return Err(lacks("8BITMIME"));
        }
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let begun = step(connection.command(Mail::new(envelope.from().cloned(), parameters))).await;
    // The sender is the same in every mail: a server that does not answer here has not looked at this one.
    completed(begun.map_err(|failure| match failure {
        Failure::Lost(words) => Failure::Unusable(words),
        other => other,
    })?)?;
    for to in envelope.to() {
        completed(step(connection.command(Rcpt::new(to.clone(), Vec::new()))).await?)?;
    }
    let go_on = step(connection.command(Data)).await?;
    if u16::from(go_on.code()) != GO_AHEAD {
        return Err(unexpected(&go_on));
    }
    let reply = completed(step(connection.message(bytes)).await?)?;
    let lines: Vec<&str> = reply.message().collect();
    Ok(plain(format!("{} {}", reply.code(), lines.join(" "))))
}

/// A reply that ends its command well (2xx).
fn completed(reply: Response) -> std::result::Result<Response, Failure> {
    if reply.code().severity == Severity::PositiveCompletion { Ok(reply) } else { Err(unexpected(&reply)) }
}

fn unexpected(reply: &Response) -> Failure {
    Failure::Lost(plain(format!("it answered {} where that means nothing", reply.code())))
}

/// A step of handing a mail over.
async fn step<T>(
    step: impl Future<Output = std::result::Result<T, SmtpError>>,
) -> std::result::Result<T, Failure> {
    match within(STEP_WITHIN, step).await {
        Some(result) => result.map_err(|error| failure(&error)),
        None => Err(Failure::Lost("it fell silent while it was given a mail".to_owned())),
    }
}

async fn within<T>(time: Duration, work: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(time, work).await.ok()
}

/// What a failure means once the server had let us in.
fn failure(error: &SmtpError) -> Failure {
    let words = words(error);
    match error.status().map(|code| code.to_string().parse().unwrap_or(0)) {
        Some(code) if SERVER_REFUSALS.contains(&code) => Failure::Unusable(words),
        Some(_) if error.is_permanent() => Failure::ForGood(words),
        Some(_) => Failure::ForNow(words),
        None => Failure::Lost(words),
    }
}

fn words(error: &SmtpError) -> String {
    let mut words = error.to_string();
    if let Some(cause) = std::error::Error::source(error) {
        words = format!("{words}: {cause}");
    }
    plain(words)
}

/// On one line of bounded length.
fn plain(mut words: String) -> String {
    words.retain(|c| !c.is_control());
    crate::kernel::text::cut(words, REPLY_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_host_port_and_encryption() {
        let of = |url: &str| {
            let relay = Relay::from_url(url).unwrap();
            (relay.host, relay.port, relay.credentials.is_some())
        };
        assert_eq!(of("smtp://mail.example.com"), ("mail.example.com".to_owned(), 25, false));
        assert_eq!(of("smtps://a%40b:p%2Fq@mail.example.com"), ("mail.example.com".to_owned(), 465, true));
        assert_eq!(of("smtp://h:2525?tls=required"), ("h".to_owned(), 2525, false));
        assert_eq!(of("smtp://h?tls=opportunistic"), ("h".to_owned(), 587, false));
        for bad in ["http://h", "smtp://h?tls=maybe", "h"] {
            assert!(Relay::from_url(bad).is_err(), "{bad}");
        }
    }
    #[tokio::test(start_paused = true)]
    async fn a_server_that_says_nothing_cannot_be_used() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let relay = Relay::from_url(&format!("smtp://{}", listener.local_addr().unwrap())).unwrap();
        let message = Message::builder()
            .from("a@example.com".parse().unwrap())
            .to("b@example.com".parse().unwrap())
            .body(String::new())
            .unwrap();
        let began = tokio::time::Instant::now();
        assert!(matches!(relay.send(&message).await, Err(Failure::Unusable(_))));
        assert!(began.elapsed() <= STEP_WITHIN + Duration::from_secs(1));
    }
}
