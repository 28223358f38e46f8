//! A submission exactly as it arrived, and what of it may be kept: secrets are not.
//! What it means is read in the other files of this folder.

use std::net::IpAddr;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value};
use sha2::Sha256;

use super::secrets::{MASK, Secrets};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Error, Result};
use crate::platform::http::audience::is_navigation;

/// Headers whose values are never kept.
const SECRET_HEADERS: [&str; 4] = ["authorization", "cookie", "x-api-key", "proxy-authorization"];
/// Headers that hold the address of a page, or of the request itself.
const URL_HEADERS: [&str; 8] = [
    "referer",
    "x-original-url",
    "x-original-uri",
    "x-rewrite-url",
    "x-forwarded-uri",
    "x-forwarded-url",
    "x-request-uri",
    "x-envoy-original-path",
];

/// One submission.
#[derive(Debug, Clone, PartialEq)]
pub struct RawSubmission {
    pub method: String,
    /// The query string as it came, without the question mark.
    pub query: String,
    /// Names in lower case, in the order of raw.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub address: Option<IpAddr>,
    pub at: Timestamp,
    /// Of a submission that was kept before: its secrets, as digests under a salt.
    pub hidden: Option<Hidden>,
}

/// A place in a request outside its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Header(String),
    Query(String),
}

impl Place {
    /// As a selector writes it.
    fn text(&self) -> String {
        match self {
            Self::Header(name) => format!("header:{name}"),
            Self::Query(name) => format!("query:{name}"),
        }
    }
}

/// Digests of the secrets that were masked, so that a replay can still compare them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hidden {
    pub salt: Vec<u8>,
    pub digests: Map<String, Value>,
}

/// What may be kept of a submission beside its body: no secrets.
#[derive(Debug)]
pub struct Keepable {
    pub headers: Map<String, Value>,
    pub query: String,
    /// Digests of the secrets that were taken out.
    pub hidden: Map<String, Value>,
}

impl RawSubmission {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The first parameter of this name in the query.
    pub fn parameter(&self, name: &str) -> Option<String> {
        url::form_urlencoded::parse(self.query.as_bytes())
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.into_owned())
    }

    pub fn at_place(&self, place: &Place) -> Option<String> {
        match place {
            Place::Header(name) => self.header(name).map(str::to_owned),
            Place::Query(name) => self.parameter(name),
        }
    }

    pub fn content_type(&self) -> Option<&str> {
        self.header("content-type")
    }

    /// Whether it was sent from a frame in another site's page.
    pub fn is_framed(&self) -> bool {
        self.parameter("embed").as_deref() == Some("1")
    }

    /// Whether a browser is to be answered with a page.
    pub fn wants_html(&self) -> bool {
        is_navigation(|name| self.header(name))
    }

    /// All values at a place.
    fn all_at(&self, place: &Place) -> Vec<String> {
        match place {
            Place::Header(name) => self
                .headers
                .iter()
                .filter(|(known, _)| known == name)
                .map(|(_, value)| value.clone())
                .collect(),
            Place::Query(name) => url::form_urlencoded::parse(self.query.as_bytes())
                .filter(|(known, _)| known == name)
                .map(|(_, value)| value.into_owned())
                .collect(),
        }
    }

    /// Whether a place has several values that are not alike.
    pub fn is_ambiguous(&self, place: &Place) -> bool {
        let all = self.all_at(place);
        all.iter().any(|value| Some(value) != all.first())
    }

    /// What of this submission is secret: what is at these places, and these words.
    pub fn secrets(&self, places: &[&Place], words: &[String]) -> Secrets {
        let shown = places.iter().flat_map(|place| self.all_at(place)).filter(|value| value != MASK);
        let parameters = places
            .iter()
            .filter_map(|place| if let Place::Query(name) = place { Some(name.clone()) } else { None });
        Secrets::new(parameters.collect(), shown.chain(words.iter().cloned()))
    }

    /// The headers and the query without secrets, and the digests of those that were taken out.
    pub fn without_secrets(&self, places: &[&Place], secrets: &Secrets, salt: &[u8]) -> Result<Keepable> {
        let mut digests = Map::new();
        for place in places {
            // Of several that are not alike none counts: their digest is that of no secret.
            let mut all = self.all_at(place);
            all.dedup();
            if !all.is_empty() {
                digests.insert(place.text(), Value::String(digest(salt, &all.join("\0"))?));
            }
        }
        let mut headers = Map::new();
        for (name, value) in &self.headers {
            let is_secret = SECRET_HEADERS.contains(&name.as_str())
                || places.iter().any(|place| matches!(place, Place::Header(place) if place == name));
            let kept = if is_secret {
                MASK.into()
            } else if URL_HEADERS.contains(&name.as_str()) {
                secrets.masked_url(value)
            } else {
                secrets.masked(value)
            };
            // A name that comes twice is one field (RFC 9110 §5.3).
            match headers.get_mut(name) {
                Some(Value::String(first)) if kept != MASK => {
                    first.push_str(", ");
                    first.push_str(&kept);
                }
                _ => {
                    headers.insert(name.clone(), Value::String(kept.into_owned()));
                }
            }
        }
        let named = |part: &str| {
            url::form_urlencoded::parse(part.as_bytes()).next().map(|(name, _)| name.into_owned())
        };
        let is_secret =
            |name: &String| places.iter().any(|place| matches!(place, Place::Query(place) if place == name));
        let parts = self.query.split('&').map(|part| match named(part).filter(|name| is_secret(name)) {
            Some(name) => format!("{name}={MASK}"),
            None => secrets.masked(part).into_owned(),
        });
        let query = parts.collect::<Vec<String>>().join("&");
        Ok(Keepable { headers, query, hidden: digests })
    }

    /// The digest of what stood at a place, if this one was kept before and the place was masked.
    pub fn hidden_at(&self, place: &Place) -> Option<(&[u8], &str)> {
        let hidden = self.hidden.as_ref()?;
        Some((hidden.salt.as_slice(), hidden.digests.get(&place.text())?.as_str()?))
    }
}

/// The digest of a secret under a salt, in base64url.
pub fn digest(salt: &[u8], secret: &str) -> Result<String> {
    let mut seal = Hmac::<Sha256>::new_from_slice(salt).map_err(|e| Error::internal(e.to_string()))?;
    seal.update(secret.as_bytes());
    Ok(data_encoding::BASE64URL_NOPAD.encode(&seal.finalize().into_bytes()))
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A POST of this body.
    pub fn raw(content_type: &str, body: &[u8]) -> RawSubmission {
        RawSubmission {
            method: "POST".to_owned(),
            query: String::new(),
            headers: vec![("content-type".to_owned(), content_type.to_owned())],
            body: body.to_vec(),
            address: None,
            at: Timestamp::from_millis(1_000_000),
            hidden: None,
        }
    }

    #[test]
    fn secrets_are_not_kept() {
        let mut raw = raw("application/json", b"{}");
        raw.query = "x=1&token=geheim&token=b".to_owned();
        raw.headers.push(("cookie".to_owned(), "sid=1".to_owned()));
        raw.headers.push(("x-extra".to_owned(), "a".to_owned()));
        raw.headers.push(("x-extra".to_owned(), "b".to_owned()));
        raw.headers.push(("referer".to_owned(), "https://e.example/a?x=1&TOKEN=abc&api_key=k#t".to_owned()));
        raw.headers.push(("x-original-uri".to_owned(), "/f/k?token=geheim&x=1".to_owned()));
        raw.headers.push(("x-note".to_owned(), "seen geheim-geheim".to_owned()));
        let (query, header) = (Place::Query("token".to_owned()), Place::Header("x-token".to_owned()));
        let places = [&query, &header];
        let secrets = raw.secrets(&places, &["geheim-geheim".to_owned()]);
        let Keepable { headers, query, hidden: digests } =
            raw.without_secrets(&places, &secrets, b"salt").unwrap();
        assert_eq!(query, "x=1&token=***&token=***");
        assert_eq!((headers["cookie"].as_str(), headers["x-extra"].as_str()), (Some(MASK), Some("a, b")));
        assert_eq!(headers["referer"], "https://e.example/a?x=1&TOKEN=***&api_key=***#t");
        assert_eq!(
            (&headers["x-original-uri"], &headers["x-note"]),
            (&Value::from("/f/k?token=***&x=1"), &Value::from("seen ***"))
        );
        assert_eq!(
            digests["query:token"],
            Value::String(digest(b"salt", "geheim\0b").unwrap()),
            "of two that differ none counts"
        );
        assert!(!digests.contains_key("header:x-token"));
        raw.query = "token=geheim".to_owned();
        let Keepable { hidden, .. } = raw.without_secrets(&places, &secrets, b"salt").unwrap();
        assert_eq!(hidden["query:token"], Value::String(digest(b"salt", "geheim").unwrap()));
    }
}
