//! Who sends a request: its id, the client's address, the language of the response, and who it is for.
//! Authentication is in `access`.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{AcceptLanguage, Header};
use actix_web::{FromRequest, HttpMessage, HttpRequest};

use super::audience::Audience;
use super::client::ClientAddress;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::RequestId;
use crate::kernel::language::Language;

/// Extractor: request id, client address, the language of the response, and who it is for.
#[derive(Clone, Copy, Debug)]
pub struct Requester {
    pub id: RequestId,
    pub address: ClientAddress,
    pub language: Language,
    pub audience: Audience,
}

impl FromRequest for Requester {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

impl Requester {
    /// Whether an error is answered with a page.
    pub fn wants_page(&self) -> bool {
        self.audience == Audience::Person
    }

    /// As stored on the request by the middleware.
    pub fn of(request: &HttpRequest) -> Result<Self> {
        request
            .extensions()
            .get::<Self>()
            .copied()
            .ok_or_else(|| Error::internal("a request that did not pass the middleware"))
    }
}

/// The language negotiated from `Accept-Language`; English unless Chinese is preferred.
pub fn language(request: &impl HttpMessage) -> Language {
    wanted_language(request).unwrap_or(Language::En)
}

/// The same; none if it accepts neither.
pub fn wanted_language(request: &impl HttpMessage) -> Option<Language> {
    let accepted = AcceptLanguage::parse(request).ok()?;
    accepted.ranked().iter().find_map(|wanted| match wanted.item()?.primary_language() {
        "zh" => Some(Language::Zh),
        "en" => Some(Language::En),
        _ => None,
    })
}
