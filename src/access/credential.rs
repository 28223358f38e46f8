//! The credential that a request presents, and whose it is. The one file that knows where a request carries
//! credentials. What its holder may do is asked in `authorization.rs`.

use actix_web::HttpRequest;
use actix_web::http::header::{AUTHORIZATION, HeaderValue};

use super::caller::Principal;
use super::tokens::{Claims, Keys, UNAUTHENTICATED, digest};
use super::{keys, sessions};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Error, Result};
use crate::platform::db::DbConnection;

/// A credential that a request presents, as far as it is checked without the database.
#[derive(Debug, Clone)]
pub enum Credential {
    /// The claims of an access token: its signature and time are good.
    Token(Claims),
    /// The digest of an API key's secret.
    Key(Vec<u8>),
}

impl Credential {
    /// The credential of a request; unauthenticated without one.
    pub fn of(request: &HttpRequest, keys: &Keys, now: Timestamp) -> Result<Self> {
        let presented = Presented::of(request).ok_or_else(|| Error::refuse(&UNAUTHENTICATED))?;
        match presented {
            Presented::Token(token) => keys.check(token, now).map(Self::Token),
            Presented::Key(secret) => Ok(Self::Key(digest(secret))),
        }
    }

    /// The API key of a request, where nothing is refused for want of one.
    pub fn api_key(request: &HttpRequest) -> Option<Self> {
        match Presented::of(request)? {
            Presented::Key(secret) => Some(Self::Key(digest(secret))),
            Presented::Token(_) => None,
        }
    }

    /// Whose it is, as the database has it now; none if it is not valid any more.
    pub fn principal(&self, conn: &mut DbConnection, now: Timestamp) -> Result<Option<Principal>> {
        match self {
            // What began in time may go on for long.
            Self::Token(claims) if claims.have_expired(now) => Ok(None),
            Self::Token(claims) => sessions::principal(conn, now, claims),
            Self::Key(digest) => keys::principal(conn, now, digest),
        }
    }
}

/// What a request presents.
#[derive(Debug, PartialEq, Eq)]
enum Presented<'r> {
    Token(&'r str),
    Key(&'r str),
}

impl<'r> Presented<'r> {
    /// A token or API key as bearer, or an API key in `X-API-Key`. More than one, also the same header twice,
    /// counts as none: an intermediary may have added one.
    fn of(request: &'r HttpRequest) -> Option<Self> {
        let headers = request.headers();
        let bearers = headers.get_all(AUTHORIZATION).map(Self::bearer);
        let mut all = bearers.chain(headers.get_all("x-api-key").map(Self::key));
        match (all.next(), all.next()) {
            (Some(only), None) => only,
            _ => None,
        }
    }

    fn bearer(header: &'r HeaderValue) -> Option<Self> {
        let (scheme, credential) = header.to_str().ok()?.split_once(' ')?;
        let credential = credential.trim();
        let is_bearer = scheme.eq_ignore_ascii_case("bearer") && !credential.is_empty();
        is_bearer.then(|| Self::secret(credential).unwrap_or(Self::Token(credential)))
    }

    fn key(header: &'r HeaderValue) -> Option<Self> {
        Self::secret(header.to_str().ok()?.trim())
    }

    fn secret(text: &'r str) -> Option<Self> {
        text.starts_with(keys::PREFIX).then_some(Self::Key(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn exactly_one_credential_is_presented_or_none() {
        let key = format!("{}secret", keys::PREFIX);
        let bearer = |credential: &str| ("Authorization", format!("bearer {credential}"));
        let of = |headers: &[(&str, String)]| {
            let mut request = TestRequest::default();
            for (name, value) in headers {
                request = request.append_header((*name, value.as_str()));
            }
            let request = request.to_http_request();
            Presented::of(&request).map(|presented| match presented {
                Presented::Token(token) => format!("token {token}"),
                Presented::Key(secret) => format!("key {secret}"),
            })
        };
        let in_own_header = || ("X-API-Key", format!(" {key} "));
        assert_eq!(of(&[bearer("a.b.c")]).unwrap(), "token a.b.c");
        assert_eq!(of(&[bearer(&key)]).unwrap(), format!("key {key}"));
        assert_eq!(of(&[in_own_header()]).unwrap(), format!("key {key}"));
        for none in [
            &[][..],
            &[bearer("")],
            &[("Authorization", format!("Basic {key}"))],
            &[("X-API-Key", "a.b.c".to_owned())],
            &[bearer("a.b.c"), in_own_header()],
            &[bearer("a.b.c"), ("X-API-Key", String::new())],
            &[bearer("a.b.c"), bearer("a.b.c")],
            &[in_own_header(), in_own_header()],
        ] {
            assert_eq!(of(none), None, "{none:?}");
        }
    }
}
