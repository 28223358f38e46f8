//! HTTP API of the change feed, in parts and as a stream.
//! Who sees what of it is decided in `changes.rs`, when a stream sends something in `follow.rs`.

use std::time::Duration;

use actix_web::{HttpResponse, get, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::changes::{self, Changes, Most};
use super::follow::{self, Following};
use super::seats::Seats;
use crate::access::{Authorized, may};
use crate::inquiries::event_view::EventView;
use crate::inquiries::pool_view::MaskingBulkheads;
use crate::kernel::error::{FaultKind, Result};
use crate::kernel::page::PAGE_BYTES;
use crate::notifications::catalogue::PUBLIC_EVENTS;
use crate::platform::http::draining::Draining;
use crate::platform::http::event_stream::{self, LastEventId};
use crate::platform::http::query::{Parameters, QueryReader};
use crate::platform::http::{Operations, Query};

/// Events of one answer.
const LIMIT: u32 = 200;

/// How long what was committed just now is waited for, at the end of the log.
const PUBLISHED_WITHIN: Duration = Duration::from_millis(100);

static NONE: FaultKind = FaultKind::new("out_of_range", "至少为 1。", "It must be at least 1.");

pub fn routes(operations: &mut Operations<'_>) {
    operations.service(list_changes).service(stream_changes);
}

/// After this place in the log.
fn after(from: &mut QueryReader) -> i64 {
    from.about("After this place in the log; 0 (unless given): from the start.").place("after").unwrap_or(0)
}

fn kinds(from: &mut QueryReader) -> Vec<String> {
    let known = |text: &str| PUBLIC_EVENTS.contains(&text).then(|| text.to_owned());
    from.about("Only these events.").words("types", &PUBLIC_EVENTS.join(", "), known)
}

struct ChangesQuery {
    after: i64,
    limit: usize,
    kinds: Vec<String>,
}

impl Parameters for ChangesQuery {
    fn from_query(from: &mut QueryReader) -> Self {
        let after = after(from);
        let limit = from.about("Events of this answer; 200 unless given.").count("limit", LIMIT);
        if limit == Some(0) {
            from.refuse("limit", &NONE);
        }
        let limit = usize::try_from(limit.unwrap_or(LIMIT)).unwrap_or(1);
        Self { after, limit, kinds: kinds(from) }
    }
}

struct StreamQuery {
    after: i64,
    kinds: Vec<String>,
}

impl Parameters for StreamQuery {
    fn from_query(from: &mut QueryReader) -> Self {
        Self { after: after(from), kinds: kinds(from) }
    }
}

/// A part of the feed.
#[derive(Debug, Serialize, ToSchema)]
struct ChangeList {
    /// In the order of `seq`.
    data: Vec<EventView>,
    /// Where to go on: no event at or before it becomes visible any more.
    next_after: i64,
    has_more: bool,
}

/// What happens to inquiries within reach, in order: ask again with `after` = `next_after`.
#[utoipa::path(params(Authorized<may::ReadChanges, Query<ChangesQuery>>),
    responses((status = 200, body = ChangeList)))]
#[get("/api/v1/changes")]
async fn list_changes(
    caller: Authorized<may::ReadChanges, Query<ChangesQuery>>,
    masking: web::Data<MaskingBulkheads>,
) -> Result<HttpResponse> {
    let read = || {
        caller.read(|read, caller, Query(asked)| {
            let most = Most { events: asked.limit, bytes: PAGE_BYTES };
            let found = changes::after(read, caller, asked.after, &asked.kinds, most)?;
            let names = EventView::names(read.conn, found.events())?;
            Ok((found, names))
        })
    };
    let mut published = caller.auth().db.parts().publication.subscribe();
    let (mut found, mut names) = read().await?;
    if found.is_behind {
        // So that whoever has just changed something finds it here.
        drop(tokio::time::timeout(PUBLISHED_WITHIN, published.changed()).await);
        (found, names) = read().await?;
    }
    let show = move |found: Changes| {
        let (next_after, has_more) = (found.next_after, found.has_more);
        let data = found.seen().into_iter().map(|event| EventView::new(event, &names));
        Ok(ChangeList { data: data.collect::<Result<_>>()?, next_after, has_more })
    };
    let (viewer, is_masked) = (found.viewer().clone(), found.is_masked());
    let list = masking.show(&viewer, is_masked, move || show(found)).await?;
    Ok(HttpResponse::Ok().json(list))
}

/// The same as a stream of server-sent events, for as long as the caller may follow and the server runs.
///
/// `id` is the place in the log, `event` the name, `data` the event in one line. A block with nothing but an
/// `id` is no event: it moves on over what the caller does not see. A comment comes every few seconds.
#[utoipa::path(params(Authorized<may::ReadChanges, (Query<StreamQuery>, LastEventId)>),
    responses((status = 200, content_type = "text/event-stream", body = String,
        description = "Server-sent events, until the client closes the connection.",
        example = json!("id: 7\nevent: inquiry.claimed\ndata: {\"seq\":7,\"type\":\"inquiry.claimed\"}\n\n")),
        (status = 429)))]
#[get("/api/v1/changes/stream")]
async fn stream_changes(
    caller: Authorized<may::ReadChanges, (Query<StreamQuery>, LastEventId)>,
    masking: web::Data<MaskingBulkheads>,
    seats: web::Data<Seats>,
    draining: web::Data<Draining>,
) -> Result<HttpResponse> {
    let user = caller.read(|_, caller, _| Ok(caller.id)).await?;
    let seat = seats.take(user)?;
    let (Query(asked), LastEventId(last)) = caller.input();
    let (after, kinds) = (last.unwrap_or(asked.after), asked.kinds.clone());
    let (masking, draining) = (masking.into_inner(), draining.get_ref().clone());
    let following = Following { caller, masking, draining, seat, kinds, after };
    Ok(event_stream::answer(follow::blocks(following)))
}
