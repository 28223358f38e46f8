//! HTTP API of calendar feeds: begin and end one's own.
//! The feed itself is no operation: it is in `pages.rs`.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, delete, post, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::{actions, pages};
use crate::access::{Authorized, may};
use crate::kernel::error::Result;
use crate::platform::http::context::HttpContext;
use crate::platform::http::{Operations, Reply};

pub fn routes(operations: &mut Operations<'_>) {
    operations.service(begin_calendar_feed).service(end_calendar_feed);
}

/// Where a calendar reads the feed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CalendarFeed)]
struct FeedView {
    /// Whoever knows it reads the feed. It is shown only here.
    #[schema(
        format = "uri",
        example = "https://leads.example.com/calendar/q8Zr0b1mV7wq2m9xdJc5kz4rpgTn3s6uYhLwEoAiB1c.ics"
    )]
    url: String,
}

/// Begin a feed of your planned follow-ups for your calendar. The one before ends.
///
/// The answer is never stored for an `Idempotency-Key`: it holds the secret.
#[utoipa::path(
    params(Authorized<may::WriteSelf>),
    responses((status = 201, body = FeedView)),
    extensions(("x-not-kept" = json!(true))),
)]
#[post("/api/v1/me/calendar-feed")]
async fn begin_calendar_feed(
    http: web::Data<HttpContext>,
    caller: Authorized<may::WriteSelf>,
) -> Result<HttpResponse> {
    caller
        .write_without_idempotency(move |tx, caller, ()| {
            let token = actions::begin(tx, caller.id)?;
            let url = http.site.public_url.absolute(&pages::path(&token));
            Reply::json(StatusCode::CREATED, &FeedView { url })
        })
        .await
}

/// End the feed of your calendar.
#[utoipa::path(params(Authorized<may::WriteSelf>), responses((status = 204)))]
#[delete("/api/v1/me/calendar-feed")]
async fn end_calendar_feed(caller: Authorized<may::WriteSelf>) -> Result<HttpResponse> {
    caller.write(|tx, caller, ()| actions::end(tx, caller.id).map(|()| Reply::nothing())).await
}
