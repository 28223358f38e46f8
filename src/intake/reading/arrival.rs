//! A submission exactly as it arrived, and what of it may be kept: secrets are not.
//! What it means is read in the other files of this folder.

use std::net::IpAddr;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value};
use sha2::Sha256;

use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Error, Result};

/// What stands in the place of a secret.
pub const MASK: &str = "***";
/// Headers whose values are never kept.
const SECRET_HEADERS: [&str; 4] = ["authorization", "cookie", "x-api-key", "proxy-authorization"];

/// One submission.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrival {
    pub method: String,
    /// The query string as it came, without the question mark.
    pub query: String,
    /// Names in lower case, in the order of arrival.
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

impl Arrival {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The first parameter of this name in the query.
    pub fn parameter(&self, name: &str) -> Option<String> {
        url::form_urlencoded::parse(self.query.as_bytes()).find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
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
        let by_script = self.header("x-requested-with").is_some_and(|by| by.eq_ignore_ascii_case("xmlhttprequest"));
        !by_script && self.header("accept").is_some_and(|accept| accept.contains("text/html"))
    }

    /// The headers and the query without secrets, and the digests of those that were taken out.
    pub fn without_secrets(&self, secret: Option<&Place>, salt: &[u8]) -> Result<Keepable> {
        let mut digests = Map::new();
        let mut headers = Map::new();
        for (name, value) in &self.headers {
            let named = matches!(secret, Some(Place::Header(place)) if place == name);
            if named {
                digests.insert(format!("header:{name}"), Value::String(digest(salt, value)?));
            }
            let kept = if named || SECRET_HEADERS.contains(&name.as_str()) { MASK } else { value };
            // A name that comes twice is one field (RFC 9110 §5.3).
            match headers.get_mut(name) {
                Some(Value::String(first)) if kept != MASK => {
                    first.push_str(", ");
                    first.push_str(kept);
                }
                _ => {
                    headers.insert(name.clone(), Value::String(kept.to_owned()));
                }
            }
        }
        let mut query = self.query.clone();
        if let Some(Place::Query(place)) = secret {
            let mut parts: Vec<String> = Vec::new();
            for part in self.query.split('&') {
                let named = url::form_urlencoded::parse(part.as_bytes()).next().filter(|(name, _)| name == place);
                match named {
                    Some((name, value)) => {
                        digests.entry(format!("query:{name}")).or_insert(Value::String(digest(salt, &value)?));
                        parts.push(format!("{name}={MASK}"));
                    }
                    None => parts.push(part.to_owned()),
                }
            }
            query = parts.join("&");
        }
        Ok(Keepable { headers, query, hidden: digests })
    }

    /// The digest of what stood at a place, if this one was kept before and the place was masked.
    pub fn hidden_at(&self, place: &Place) -> Option<(&[u8], &str)> {
        let hidden = self.hidden.as_ref()?;
        let name = match place {
            Place::Header(name) => format!("header:{name}"),
            Place::Query(name) => format!("query:{name}"),
        };
        Some((hidden.salt.as_slice(), hidden.digests.get(&name)?.as_str()?))
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
    pub fn arrival(content_type: &str, body: &[u8]) -> Arrival {
        Arrival {
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
        let mut arrival = arrival("application/json", b"{}");
        arrival.query = "x=1&token=geheim&token=b".to_owned();
        arrival.headers.push(("cookie".to_owned(), "sid=1".to_owned()));
        arrival.headers.push(("x-extra".to_owned(), "a".to_owned()));
        arrival.headers.push(("x-extra".to_owned(), "b".to_owned()));
        let Keepable { headers, query, hidden: digests } = arrival.without_secrets(Some(&Place::Query("token".to_owned())), b"salt").unwrap();
        assert_eq!(query, "x=1&token=***&token=***");
        assert_eq!((headers["cookie"].as_str(), headers["x-extra"].as_str()), (Some(MASK), Some("a, b")));
        assert_eq!(digests["query:token"], Value::String(digest(b"salt", "geheim").unwrap()));
    }
}
