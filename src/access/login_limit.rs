//! The rate limit of requests without authentication, and what is recorded of them.
//! The growing delay after wrong passwords is in `passwords/attempts.rs`.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};

use super::audit::RequestInfo;
use crate::kernel::error::{Error, Result};
use crate::platform::http::Requester;
use crate::platform::http::client::ClientKey;
use crate::platform::http::limits::Limiter;

/// Bytes in the body of a request of `auth/*`, which needs no authentication.
pub const AUTH_BODY_MAX: usize = 16 << 10;

/// The rate limit per client of requests that present a password, a code or a link, or ask for a link.
pub struct LoginLimit(pub Limiter<ClientKey>);

/// Extractor that counts the request against `LoginLimit`. As a handler's first extractor it runs before the
/// body is read, so malformed requests count as well.
pub struct RateLimited;

impl FromRequest for RateLimited {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let count = || {
            let limit = request
                .app_data::<web::Data<LoginLimit>>()
                .ok_or_else(|| Error::internal("the app has no login limit"))?;
            limit.0.check(request, &Requester::of(request)?.address.key()).map(|()| Self)
        };
        ready(count())
    }
}

/// What the audit log records of a request without authentication.
pub fn request_info(request: &HttpRequest, requester: &Requester) -> RequestInfo {
    RequestInfo {
        method: request.method().to_string(),
        route: request.match_pattern().unwrap_or_default(),
        target: None,
        address: requester.address,
    }
}
