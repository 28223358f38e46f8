//! Whether a submission comes from the sender that the form is for: a secret, a signature, a nonce, an
//! address. The answer never shows whether a proof was wrong or missing.

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};
use hmac::{Hmac, KeyInit, Mac};
use ipnet::IpNet;
use md5::Md5;
use serde_json::Value;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use subtle::ConstantTimeEq;

use super::raw::{Place, digest};
use super::selector::{EvalContext, Selector};
use super::values::text_of;
use crate::intake::forms::settings::{Algorithm, Encoding, Proof as Settings, ProofKind};
use crate::kernel::error::{BAD_FORMAT, Fault, Faults, REQUIRED, TOO_MANY_ITEMS};

/// Visible ASCII characters of a challenge that are sent back at most.
const ECHO_MAX: usize = 256;
/// Pieces of a message that is signed, and those of them that hold the whole body.
const PIECES_MAX: usize = 40;
const WHOLE_MAX: usize = 2;
/// Above this a time is meant in milliseconds: in seconds it would be in the year 5138.
const SECONDS_MAX: i64 = 100_000_000_000;

/// How a form's submissions are proven.
#[derive(Debug, Clone)]
pub struct Proof {
    kind: ProofKind,
    place: Option<Selector>,
    secrets: Vec<String>,
    algorithm: Algorithm,
    encoding: Encoding,
    prefix: String,
    message: Vec<Piece>,
    nonce: Option<Selector>,
    timestamp: Option<Selector>,
    max_age_seconds: Option<i64>,
    allowed: Vec<IpNet>,
    challenge: Option<Challenge>,
}

/// A piece of the message that is signed.
#[derive(Debug, Clone)]
enum Piece {
    Plain(String),
    Body,
    Secret,
    /// The members at the top but the signature's, `k=v` sorted by name, joined with `&`.
    Sorted,
    Selected(Box<Selector>),
}

#[derive(Debug, Clone)]
struct Challenge {
    when: Selector,
    equals: String,
    echo: Option<Selector>,
    body: String,
    content_type: String,
}

impl Challenge {
    fn parse(settings: &Settings, pointer: &str, faults: &mut Faults) -> Option<Self> {
        let settings = settings.challenge.as_ref()?;
        let mut part = |name: &str, value: &Option<Value>| {
            let value = value.as_ref().filter(|value| !value.is_null())?;
            Selector::parse(value, &format!("{pointer}/{name}"), faults)
        };
        let (when, echo) = (part("when", &settings.when), part("echo", &settings.echo));
        if when.is_none() && settings.when.is_none() {
            faults.add(Fault::new(format!("{pointer}/when"), &REQUIRED));
        }
        let when = when?;
        let content_type =
            settings.content_type.clone().unwrap_or_else(|| "text/plain; charset=utf-8".to_owned());
        super::answer::check_content_type(&content_type, &format!("{pointer}/content_type"), faults);
        Some(Self {
            when,
            equals: settings.equals.clone().unwrap_or_default(),
            echo,
            body: settings.body.clone().unwrap_or_else(|| "{echo}".to_owned()),
            content_type,
        })
    }
}

/// The addresses that a form takes submissions from.
fn allowed_networks(settings: &Settings, pointer: &str, faults: &mut Faults) -> Vec<IpNet> {
    let mut allowed = Vec::new();
    for (n, text) in settings.allowed_ips.iter().flatten().enumerate() {
        let net = text.parse::<IpNet>().or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from));
        allowed.extend(faults.keep(net.map_err(|_| {
            Fault::with(
                format!("{pointer}/allowed_ips/{n}"),
                &BAD_FORMAT,
                ("地址或网段，例如 203.0.113.0/24", "an address or a network such as 203.0.113.0/24"),
            )
        })));
    }
    allowed
}

/// What a question by which a sender sees that the address is ours gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Challenged {
    Echo { body: String, content_type: String },
    Refused,
}

/// How a proof turned out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proven {
    /// None was asked for.
    None,
    Yes,
    No,
}

impl Proof {
    pub fn parse(settings: &Settings, pointer: &str, faults: &mut Faults) -> Self {
        let kind = settings.kind.unwrap_or(ProofKind::None);
        let mut selector = |name: &str, value: &Option<Value>| {
            let value = value.as_ref().filter(|value| !value.is_null())?;
            Selector::parse(value, &format!("{pointer}/{name}"), faults)
        };
        let (place, nonce, timestamp) = (
            selector("in", &settings.place),
            selector("nonce", &settings.nonce),
            selector("timestamp", &settings.timestamp),
        );
        if kind != ProofKind::None && settings.place.as_ref().is_none_or(Value::is_null) {
            faults.add(Fault::new(format!("{pointer}/in"), &REQUIRED));
        }
        let secrets: Vec<String> = [&settings.secret, &settings.previous_secret]
            .into_iter()
            .flatten()
            .filter(|secret| !secret.is_empty())
            .cloned()
            .collect();
        if kind != ProofKind::None && settings.secret.as_deref().is_none_or(str::is_empty) {
            faults.add(Fault::new(format!("{pointer}/secret"), &REQUIRED));
        }
        let allowed = allowed_networks(settings, pointer, faults);
        let challenge = Challenge::parse(settings, &format!("{pointer}/challenge"), faults);
        Self {
            kind,
            place,
            secrets,
            algorithm: settings.algorithm.unwrap_or(Algorithm::Sha256),
            encoding: settings.encoding.unwrap_or(Encoding::Hex),
            prefix: settings.prefix.clone().unwrap_or_default(),
            message: pieces(
                settings.message.as_deref().unwrap_or("{body}"),
                &format!("{pointer}/message"),
                faults,
            ),
            nonce,
            timestamp,
            max_age_seconds: settings.max_age_seconds,
            allowed,
            challenge,
        }
    }

    /// Bytes that are compiled for its expressions.
    pub fn compiled_bytes(&self) -> usize {
        [&self.place, &self.nonce, &self.timestamp]
            .into_iter()
            .flatten()
            .fold(0, |sum, selector| sum.saturating_add(selector.compiled_bytes()))
    }

    /// Where the secret itself may be sent, outside the body: it is not kept.
    pub fn secret_places(&self) -> Vec<&Place> {
        self.place.iter().filter(|_| self.kind == ProofKind::Secret).flat_map(Selector::outside).collect()
    }

    /// The secrets that a sender shows as they are.
    pub fn shown_secrets(&self) -> &[String] {
        if self.kind == ProofKind::Secret { &self.secrets } else { &[] }
    }

    /// The answer to a question by which a sender sees that the address is ours; none if it is a submission.
    pub fn challenged(&self, context: &EvalContext<'_>) -> Option<Challenged> {
        let challenge = self.challenge.as_ref()?;
        let shown = challenge.when.text(context)?;
        let echo = challenge.echo.as_ref().and_then(|echo| echo.text(context)).unwrap_or_default();
        let is_plain =
            echo.len() <= ECHO_MAX && echo.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
        if !same(shown.as_bytes(), challenge.equals.as_bytes()) || !is_plain {
            return Some(Challenged::Refused);
        }
        Some(Challenged::Echo {
            body: challenge.body.replace("{echo}", &echo),
            content_type: challenge.content_type.clone(),
        })
    }

    /// The word that is used once, if the proof has such.
    pub fn nonce(&self, context: &EvalContext<'_>) -> Option<String> {
        self.nonce.as_ref()?.text(context)
    }

    /// Checks a submission. The context is the document as it came, without pairs.
    pub fn check(&self, context: &EvalContext<'_>) -> Proven {
        let by_address = self.allowed.is_empty()
            || context
                .raw
                .address
                .is_some_and(|address| self.allowed.iter().any(|net| net.contains(&address)));
        if !by_address || !self.is_recent(context) {
            return Proven::No;
        }
        let proven = match self.kind {
            ProofKind::None => {
                return if self.allowed.is_empty() && self.max_age_seconds.is_none() {
                    Proven::None
                } else {
                    Proven::Yes
                };
            }
            ProofKind::Secret => self.is_secret_shown(context),
            ProofKind::Hmac | ProofKind::Hash => self.is_signed(context),
        };
        if proven { Proven::Yes } else { Proven::No }
    }

    fn is_recent(&self, context: &EvalContext<'_>) -> bool {
        let Some(max) = self.max_age_seconds else { return true };
        let sent = self
            .timestamp
            .as_ref()
            .and_then(|timestamp| timestamp.text(context))
            .and_then(|text| text.trim().parse::<i64>().ok());
        let Some(sent) = sent else { return false };
        let seconds = if sent.abs() > SECONDS_MAX { sent / 1000 } else { sent };
        (context.raw.at.millis() / 1000).saturating_sub(seconds).abs() <= max
    }

    fn is_secret_shown(&self, context: &EvalContext<'_>) -> bool {
        let Some(place) = &self.place else { return false };
        let outside = place.first_place(context);
        // Of what was kept before, only a digest is left.
        if let Some((salt, hidden)) = outside.and_then(|outside| context.raw.hidden_at(outside)) {
            let digests = self
                .secrets
                .iter()
                .filter_map(|secret| digest(salt, &format!("{}{secret}", self.prefix)).ok());
            return digests
                .fold(false, |found, expected| same(expected.as_bytes(), hidden.as_bytes()) | found);
        }
        // A secret that is shown twice, and not alike, is none: whoever is in between may have added one.
        if outside.is_some_and(|outside| context.raw.is_ambiguous(outside)) {
            return false;
        }
        let Some(shown) = place.text(context) else { return false };
        let Some(shown) = shown.strip_prefix(&self.prefix) else { return false };
        self.secrets.iter().fold(false, |found, secret| same(shown.as_bytes(), secret.as_bytes()) | found)
    }

    fn is_signed(&self, context: &EvalContext<'_>) -> bool {
        let Some(place) = &self.place else { return false };
        let Some(shown) = place.text(context) else { return false };
        let Some(shown) =
            shown.trim().strip_prefix(&self.prefix).and_then(|shown| decoded(self.encoding, shown))
        else {
            return false;
        };
        self.secrets.iter().fold(false, |found, secret| {
            let message = self.message(context, place, secret);
            let expected = match self.kind {
                ProofKind::Hmac => signature(self.algorithm, secret.as_bytes(), &message),
                _ => Some(hashed(self.algorithm, &message)),
            };
            expected.is_some_and(|expected| same(&expected, &shown)) | found
        })
    }

    fn message(&self, context: &EvalContext<'_>, place: &Selector, secret: &str) -> Vec<u8> {
        let mut message = Vec::new();
        for piece in &self.message {
            match piece {
                Piece::Plain(text) => message.extend_from_slice(text.as_bytes()),
                Piece::Body => message.extend_from_slice(&context.raw.body),
                Piece::Secret => message.extend_from_slice(secret.as_bytes()),
                Piece::Sorted => message
                    .extend_from_slice(sorted(context.document, place.top_member().as_deref()).as_bytes()),
                Piece::Selected(selector) => {
                    message.extend_from_slice(selector.text(context).unwrap_or_default().as_bytes())
                }
            }
        }
        message
    }
}

fn pieces(template: &str, pointer: &str, faults: &mut Faults) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some((plain, after)) = rest.split_once('{') {
        let Some((name, next)) = after.split_once('}') else {
            faults.add(Fault::with(pointer, &BAD_FORMAT, ("成对的花括号", "braces in pairs")));
            break;
        };
        if !plain.is_empty() {
            pieces.push(Piece::Plain(plain.to_owned()));
        }
        match name {
            "body" => pieces.push(Piece::Body),
            "secret" => pieces.push(Piece::Secret),
            "sorted" => pieces.push(Piece::Sorted),
            selector => pieces.extend(
                Selector::parse(&Value::String(selector.to_owned()), pointer, faults)
                    .map(|selector| Piece::Selected(Box::new(selector))),
            ),
        }
        rest = next;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Plain(rest.to_owned()));
    }
    let whole = pieces.iter().filter(|piece| matches!(piece, Piece::Body | Piece::Sorted)).count();
    if pieces.len() > PIECES_MAX || whole > WHOLE_MAX {
        faults.add(Fault::with(
            pointer,
            &TOO_MANY_ITEMS,
            if whole > WHOLE_MAX { WHOLE_MAX } else { PIECES_MAX },
        ));
    }
    pieces
}

fn sorted(document: Option<&Value>, but: Option<&str>) -> String {
    let members = document.and_then(Value::as_object).into_iter().flatten();
    let mut parts: Vec<(&String, String)> = members
        .filter(|(name, _)| Some(name.as_str()) != but)
        .map(|(name, value)| (name, text_of(value)))
        .collect();
    parts.retain(|(_, text)| !text.is_empty());
    parts.sort_unstable();
    parts.iter().map(|(name, text)| format!("{name}={text}")).collect::<Vec<_>>().join("&")
}

/// Whether two secrets are the same, in a time that does not tell where they differ.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

fn decoded(encoding: Encoding, text: &str) -> Option<Vec<u8>> {
    let bytes = text.as_bytes();
    let decoded = match encoding {
        Encoding::Hex => HEXLOWER_PERMISSIVE.decode(bytes),
        Encoding::Base64 => BASE64.decode(bytes).or_else(|_| BASE64_NOPAD.decode(bytes)),
        Encoding::Base64Url => BASE64URL.decode(bytes).or_else(|_| BASE64URL_NOPAD.decode(bytes)),
    };
    decoded.ok()
}

fn hashed(algorithm: Algorithm, message: &[u8]) -> Vec<u8> {
    match algorithm {
        Algorithm::Md5 => Md5::digest(message).to_vec(),
        Algorithm::Sha1 => Sha1::digest(message).to_vec(),
        Algorithm::Sha256 => Sha256::digest(message).to_vec(),
        Algorithm::Sha512 => Sha512::digest(message).to_vec(),
    }
}

fn signature(algorithm: Algorithm, key: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    fn seal<M: Mac + KeyInit>(key: &[u8], message: &[u8]) -> Option<Vec<u8>> {
        let mut seal = <M as KeyInit>::new_from_slice(key).ok()?;
        seal.update(message);
        Some(seal.finalize().into_bytes().to_vec())
    }
    match algorithm {
        Algorithm::Md5 => seal::<Hmac<Md5>>(key, message),
        Algorithm::Sha1 => seal::<Hmac<Sha1>>(key, message),
        Algorithm::Sha256 => seal::<Hmac<Sha256>>(key, message),
        Algorithm::Sha512 => seal::<Hmac<Sha512>>(key, message),
    }
}

#[cfg(test)]
mod tests;
