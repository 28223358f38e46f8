//! The feed at its secret address, as calendar programs fetch it: no log-in, an `ETag`, 304.
//! What is in it is in `model.rs`.

use std::sync::Arc;

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, ETAG, EntityTag, Header, HeaderValue, IfNoneMatch,
};
use actix_web::{HttpRequest, HttpResponse, get, web};

use super::actions;
use super::model::Frame;
use crate::kernel::error::{Error, Result};
use crate::platform::bulkhead::Bulkhead;
use crate::platform::http::context::HttpContext;
use crate::platform::http::routes::Page;

/// Where the feeds are; they are no operations of the API.
pub const PAGES: [Page; 1] = [("/calendar/{file}", &["GET"])];

/// How the name of a feed ends, by which calendar programs know what it is.
const EXTENSION: &str = ".ics";
/// Caches of the reader alone, and only with a question whether it is still so.
const KEPT: &str = "private, no-cache";
/// Requests that wait until a feed is written; whoever comes beyond is refused (503).
const WAITING: usize = 64;

/// The path of the feed with this token.
pub fn path(token: &str) -> String {
    format!("/calendar/{token}{EXTENSION}")
}

pub fn page_routes(config: &mut web::ServiceConfig) {
    config.service(calendar_feed);
}

/// What feeds are made with. Reading texts for what is hidden in them keeps a processor busy, so not many are
/// written at once.
pub struct Feeds {
    frame: Arc<Frame>,
    bulkhead: Bulkhead,
}

impl Feeds {
    pub fn new(frame: Frame) -> Self {
        Self { frame: Arc::new(frame), bulkhead: Bulkhead::of_half_the_processors("feeds", WAITING) }
    }
}

#[get("/calendar/{file}")]
async fn calendar_feed(
    request: HttpRequest,
    http: web::Data<HttpContext>,
    feeds: web::Data<Feeds>,
    file: web::Path<String>,
) -> Result<HttpResponse> {
    let token = file.strip_suffix(EXTENSION).ok_or_else(Error::not_found)?.to_owned();
    let feed = http.db.read(move |read| actions::read(read, &token)).await?;
    let (frame, reader) = (Arc::clone(&feeds.frame), feed.user.id.uuid());
    let known = IfNoneMatch::parse(&request).ok();
    let written = move || {
        let tag = feed.tag(&frame);
        let text = (!is_known(known.as_ref(), &tag)).then(|| feed.text(&frame));
        (tag, text)
    };
    let (tag, text) = feeds.bulkhead.run(Some(reader), written).await?;
    let mut response = if text.is_some() { HttpResponse::Ok() } else { HttpResponse::NotModified() };
    response
        .insert_header((ETAG, format!("\"{tag}\"")))
        .insert_header((CACHE_CONTROL, HeaderValue::from_static(KEPT)));
    Ok(match text {
        Some(text) => response.insert_header((CONTENT_TYPE, "text/calendar; charset=utf-8")).body(text),
        None => response.finish(),
    })
}

/// Whether the reader has what bears this tag already. Proxies that compress weaken tags.
fn is_known(known: Option<&IfNoneMatch>, tag: &str) -> bool {
    let tag = EntityTag::new_strong(tag.to_owned());
    match known {
        Some(IfNoneMatch::Any) => true,
        Some(IfNoneMatch::Items(tags)) => tags.iter().any(|one| one.weak_eq(&tag)),
        None => false,
    }
}
