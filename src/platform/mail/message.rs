//! A mail and its form as an Internet message (RFC 5322): text and HTML with the same content.
//! How it is sent is in `mailer.rs` and `relay.rs`.

use chrono::{DateTime, Utc};
use lettre::message::header::{ContentDisposition, ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};
use url::Host;

use super::failure::Failure;

/// One mail to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Identifies the mail; the same in every attempt.
    pub id: String,
    /// Groups the mails about one thing into a thread.
    pub thread: Option<String>,
    pub to_name: String,
    pub to: String,
    pub reply_to: Option<String>,
    /// Where one click ends mails of this kind (RFC 8058).
    pub unsubscribe: Option<String>,
    pub subject: String,
    pub text: String,
    pub html: String,
    pub files: Vec<AttachedFile>,
    pub date: DateTime<Utc>,
}

/// A file that comes with a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachedFile {
    pub name: String,
    pub content_type: &'static str,
    pub body: Vec<u8>,
}

/// The Message-ID that a mail from this address gets.
pub fn message_id(id: &str, from: &Mailbox) -> String {
    format!("<{id}@{}>", from.email.domain())
}

impl Letter {
    pub(super) fn message(&self, from: &Mailbox) -> Result<Message, Failure> {
        let address: Address =
            self.to.parse().map_err(|_| Failure::Unsendable("the recipient's address is none".to_owned()))?;
        let address = for_every_server(address);
        let mut message = Message::builder()
            .from(from.clone())
            .to(Mailbox::new(Some(one_line(&self.to_name)).filter(|name| !name.is_empty()), address))
            .subject(one_line(&self.subject))
            .message_id(Some(message_id(&self.id, from)))
            .date(self.date.into())
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ));
        if let Some(thread) = &self.thread {
            message = message.references(message_id(thread, from));
        }
        if let Some(link) = &self.unsubscribe {
            let header = |name, value| HeaderValue::new(HeaderName::new_from_ascii_str(name), value);
            message = message
                .raw_header(header("List-Unsubscribe", format!("<{link}>")))
                .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
        }
        // A reply address that needs SMTPUTF8 would make the whole mail need it: better no reply address.
        let reply_to =
            self.reply_to.as_ref().and_then(|address| address.parse::<Address>().ok()).map(for_every_server);
        if let Some(reply_to) = reply_to.filter(|address| AsRef::<str>::as_ref(address).is_ascii()) {
            message = message.reply_to(Mailbox::new(None, reply_to));
        }
        message
            .multipart(self.body()?)
            .map_err(|_| Failure::Unsendable("the mail cannot be put together".to_owned()))
    }

    /// The text in both forms, and the files behind it.
    fn body(&self) -> Result<MultiPart, Failure> {
        let text = MultiPart::alternative_plain_html(self.text.clone(), self.html.clone());
        if self.files.is_empty() {
            return Ok(text);
        }
        let mut all = MultiPart::mixed().multipart(text);
        for AttachedFile { name, content_type, body } in &self.files {
            let kind = ContentType::parse(content_type)
                .map_err(|_| Failure::Unsendable("a file of the mail is of no known type".to_owned()))?;
            let part = SinglePart::builder().header(Disposition::attached(name)).header(kind);
            all = all.singlepart(part.body(body.clone()));
        }
        Ok(all)
    }
}

/// What names an attached file. A plain name is one parameter on a line of its own: where it does not fit
/// behind the header's name, the crate would cut it into numbered parts (RFC 2231), which some mail clients
/// cannot read.
#[derive(Clone)]
struct Disposition(HeaderValue);

impl Disposition {
    const NAME_MAX: usize = 64;

    fn attached(name: &str) -> Self {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if name.len() > Self::NAME_MAX || !name.chars().all(is_plain) {
            return Self(ContentDisposition::attachment(&one_line(name)).display());
        }
        let value = |space: &str| format!("attachment;{space}filename=\"{name}\"");
        Self(HeaderValue::dangerous_new_pre_encoded(Self::name(), value(" "), value("\r\n ")))
    }
}

impl Header for Disposition {
    fn name() -> HeaderName {
        ContentDisposition::name()
    }

    fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        ContentDisposition::parse(text).map(|known| Self(known.display()))
    }

    fn display(&self) -> HeaderValue {
        self.0.clone()
    }
}

/// An address with its domain in ASCII (punycode, RFC 3492), as servers without SMTPUTF8 (RFC 6531) take it.
/// The local part has no such form.
pub(super) fn for_every_server(address: Address) -> Address {
    let ascii = match Host::parse(address.domain()) {
        Ok(Host::Domain(domain)) if !address.domain().is_ascii() => domain,
        _ => return address,
    };
    Address::new(address.user(), ascii).unwrap_or(address)
}

/// Prevents header injection by text that a person wrote.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter() -> Letter {
        Letter {
            id: "ntf_1".to_owned(),
            thread: Some("inq_1".to_owned()),
            to_name: "周\r\nBcc: x@y.z".to_owned(),
            to: "zhou@example.com".to_owned(),
            reply_to: None,
            unsubscribe: None,
            subject: "【新线索】\u{0}厂房\r\nX-Evil: 1".to_owned(),
            text: "一".to_owned(),
            html: "<p>一</p>".to_owned(),
            files: Vec::new(),
            date: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_poisonous_name_breaks_no_header() {
        let from: Mailbox = "Leaddock <leaddock@example.com>".parse().unwrap();
        let bytes = String::from_utf8(letter().message(&from).unwrap().formatted()).unwrap();
        let headers = bytes.split("\r\n\r\n").next().unwrap();
        assert!(!headers.contains("\r\nBcc:") && !headers.contains("\r\nX-Evil:"), "{headers}");
        assert!(headers.contains("Message-ID: <ntf_1@example.com>"));
        assert!(headers.contains("References: <inq_1@example.com>"));
        assert!(headers.contains("Auto-Submitted: auto-generated"));
    }

    #[test]
    fn files_come_behind_the_text() {
        let from: Mailbox = "leaddock@example.com".parse().unwrap();
        let file = |name: &str| AttachedFile {
            name: name.to_owned(),
            content_type: "text/csv; charset=utf-8",
            body: b"\xef\xbb\xbfdate\r\n".to_vec(),
        };
        let files = vec![file("overview-2026-11-16-2026-11-22.csv"), file("a\"\r\nX-Evil: 1.csv")];
        let bytes = Letter { files, ..letter() }.message(&from).unwrap().formatted();
        let text = String::from_utf8(bytes).unwrap();
        let text_at = text.find("multipart/alternative").unwrap();
        let file_at = text.find("filename=\"overview-2026-11-16-2026-11-22.csv\"").unwrap();
        assert!(text.find("multipart/mixed").unwrap() < text_at && text_at < file_at, "{text}");
        assert!(text.contains("Content-Disposition: attachment;\r\n filename=\"overview-"), "{text}");
        assert!(!text.contains("\r\nX-Evil"), "{text}");
    }

    #[test]
    fn addresses_are_written_for_servers_that_know_ascii_only() {
        let from: Mailbox = "Leaddock <leads@例子.公司>".parse().unwrap();
        let from = Mailbox::new(from.name, for_every_server(from.email));
        let headers = |letter: &Letter| {
            let bytes = String::from_utf8(letter.message(&from).unwrap().formatted()).unwrap();
            bytes.split("\r\n\r\n").next().unwrap().to_owned()
        };
        let of = |to: &str, reply_to: &str| {
            headers(&Letter { to: to.to_owned(), reply_to: Some(reply_to.to_owned()), ..letter() })
        };
        let all = of("zhou@例子.公司", "chen@bücher.example");
        assert!(all.is_ascii(), "{all}");
        assert!(
            all.contains("Reply-To: chen@xn--bcher-kva.example\r\n")
                && all.contains("<zhou@xn--fsqu00a.xn--55qx5d>"),
            "{all}"
        );
        assert!(
            all.contains("From: Leaddock <leads@xn--fsqu00a.xn--55qx5d>")
                && all.contains("Message-ID: <ntf_1@xn--fsqu00a.xn--55qx5d>"),
            "{all}"
        );
        let all = of("zhou@example.com", "周@例子.公司");
        assert!(all.is_ascii() && !all.contains("Reply-To"), "{all}");
        assert!(
            of("zhou@example.com", "o'brien+a@example.com").contains("Reply-To: o'brien+a@example.com\r\n")
        );
    }

    #[test]
    fn no_address_is_a_failure_for_good() {
        let from: Mailbox = "leaddock@localhost".parse().unwrap();
        let bad = Letter { to: "nobody".to_owned(), ..letter() };
        assert!(matches!(bad.message(&from), Err(Failure::Unsendable(_))));
    }
}
