//! Replies to changes, in a form that can be stored for idempotency, and `If-Match` preconditions.
//! Errors are not replies; see `problem.rs`.

use std::borrow::Cow;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_TYPE, ETAG, IF_MATCH, LOCATION};
use actix_web::http::{StatusCode, header::HeaderMap};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use serde::Serialize;

use crate::kernel::error::{Class, Error, Refusal, Result};
use crate::kernel::precondition::Precondition;

static BAD_IF_MATCH: Refusal = Refusal::new(
    Class::Malformed,
    "bad_if_match",
    "If-Match 无法识别，请原样使用 ETag。",
    "If-Match cannot be read. Send the ETag exactly as you received it, or *.",
);

/// The response to a change, complete enough to be repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub version: Option<i64>,
    pub location: Option<String>,
    pub content_type: Cow<'static, str>,
    pub body: Vec<u8>,
    /// It is repeated, under the same Idempotency-Key.
    pub replayed: bool,
}

const JSON: Cow<'static, str> = Cow::Borrowed("application/json");

impl Reply {
    pub fn json<T: Serialize>(status: StatusCode, body: &T) -> Result<Self> {
        let body = serde_json::to_vec(body).map_err(Error::internal)?;
        Ok(Self {
            status: status.as_u16(),
            version: None,
            location: None,
            content_type: JSON,
            body,
            replayed: false,
        })
    }

    /// 200 with one resource.
    pub fn resource<T: Serialize>(body: &T, version: i64) -> Result<Self> {
        Ok(Self { version: Some(version), ..Self::json(StatusCode::OK, body)? })
    }

    /// 201 with one resource and where it is.
    pub fn created<T: Serialize>(body: &T, version: i64, location: String) -> Result<Self> {
        Ok(Self {
            version: Some(version),
            location: Some(location),
            ..Self::json(StatusCode::CREATED, body)?
        })
    }

    /// 204.
    pub fn nothing() -> Self {
        Self {
            status: 204,
            version: None,
            location: None,
            content_type: JSON,
            body: Vec::new(),
            replayed: false,
        }
    }
}

impl From<Reply> for HttpResponse {
    fn from(reply: Reply) -> Self {
        let mut response = Self::build(StatusCode::from_u16(reply.status).unwrap_or(StatusCode::OK));
        if let Some(version) = reply.version {
            response.insert_header((ETAG, etag(version)));
        }
        if let Some(location) = reply.location {
            response.insert_header((LOCATION, location));
        }
        if reply.replayed {
            response.insert_header(("Idempotency-Replayed", "true"));
        }
        if reply.body.is_empty() {
            return response.finish();
        }
        response.insert_header((CONTENT_TYPE, reply.content_type.as_ref())).body(reply.body)
    }
}

/// The entity tag of a version.
pub fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

/// `If-Match`: the versions a change may be made to.
fn precondition(headers: &HeaderMap) -> Result<Precondition> {
    let mut versions = Vec::new();
    for header in headers.get_all(IF_MATCH) {
        let text = header.to_str().map_err(|_| Error::refuse(&BAD_IF_MATCH))?;
        for tag in text.split(',').map(str::trim) {
            if tag == "*" {
                return Ok(Precondition::Any);
            }
            // Proxies that compress weaken tags: a weak one fits as the strong one that it was. One that
            // is not ours never fits.
            let opaque = tag.strip_prefix("W/").unwrap_or(tag);
            let inner = opaque
                .strip_prefix('"')
                .and_then(|rest| rest.strip_suffix('"'))
                .filter(|inner| !inner.contains('"'));
            let inner = inner.ok_or_else(|| Error::refuse(&BAD_IF_MATCH))?;
            versions.push(inner.parse().unwrap_or(-1));
        }
    }
    Ok(if headers.contains_key(IF_MATCH) { Precondition::OneOf(versions) } else { Precondition::Any })
}

impl FromRequest for Precondition {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(precondition(request.headers()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn of(text: &str) -> Result<Precondition> {
        let mut headers = HeaderMap::new();
        headers.insert(IF_MATCH, HeaderValue::from_str(text).unwrap());
        precondition(&headers)
    }

    #[test]
    fn if_match_as_the_rfc_has_it() {
        assert_eq!(of("*").unwrap(), Precondition::Any);
        assert!(of("\"3\"").unwrap().check(3).is_ok());
        assert_eq!(of("\"3\"").unwrap().check(4).unwrap_err().refusal().code, "stale");
        assert!(of("\"1\", \"4\"").unwrap().check(4).is_ok());
        assert!(of("W/\"4\"").unwrap().check(4).is_ok(), "a proxy may have weakened it");
        assert!(of("\"1\", W/\"4\"").unwrap().check(4).is_ok() && of("W/\"3\"").unwrap().check(4).is_err());
        assert_eq!(of("\"3\", *").unwrap(), Precondition::Any);
        assert!(of("\"another-server\"").unwrap().check(4).is_err());
        for unreadable in ["not-a-tag", "4", "", "W/4", "\"4", "w/\"4\"", "\"1\" \"4\"", "\"4\","] {
            assert_eq!(of(unreadable).unwrap_err().refusal().code, "bad_if_match", "{unreadable}");
        }
        assert_eq!(precondition(&HeaderMap::new()).unwrap(), Precondition::Any);
    }
}
