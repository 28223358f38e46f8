//! Renders what is posted to a webhook when it is posted, from what is true then, and notes each try: the
//! source of its delivery. What is hidden of an event is decided in `inquiries`, how it is posted in
//! `channel.rs`.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::Serialize;
use url::Url;

use super::channel::{Call, WebhookChannel};
use super::model::{OFF, Webhook, WebhookAttempt};
use super::{actions, store};
use crate::access::{Reach, Scope, Viewer};
use crate::inquiries::event_view::EventView;
use crate::inquiries::history::{HistoryEvent, HistoryOf};
use crate::inquiries::pool_view;
use crate::inquiries::store::stored_among;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::{Id, InquiryId, UserId, WebhookDeliveryId, WebhookId};
use crate::platform::bulkhead::Bulkhead;
use crate::platform::db::{Db, Read, Tx};
use crate::platform::delivery::{Delivery, Rendered, Route, Source, SourceId, Tried};
use crate::platform::events::{self, Event};
use crate::platform::outbound::Outbound;

/// Messages that wait until something is hidden in them: a few of each webhook.
const WAITING: usize = 256;

/// Renders calls.
pub struct Calls {
    db: Db,
    masking: Bulkhead,
}

impl Calls {
    pub fn new(db: Db) -> Self {
        Self { db, masking: Bulkhead::of_half_the_processors("webhooks", WAITING) }
    }
}

/// The route of webhooks in the delivery queue.
pub fn route(db: &Db, outbound: &Outbound) -> Route {
    let channel = WebhookChannel { outbound: outbound.clone(), clock: db.parts().clock.clone() };
    Route { channel: Arc::new(channel), source: Arc::new(Calls::new(db.clone())) }
}

/// What is true now of what is posted.
struct Snapshot {
    url: Url,
    secrets: Vec<Vec<u8>>,
    news: News,
}

/// An event, with what it is shown by.
struct News {
    event: Event,
    of: HistoryOf,
    viewer: Viewer,
    /// Of those who caused it.
    names: Vec<(UserId, String)>,
}

/// The body of a post.
#[derive(Serialize)]
struct Body {
    r#type: String,
    timestamp: Timestamp,
    data: EventView,
}

impl News {
    /// Takes a while where something is hidden.
    fn body(self) -> Result<Vec<u8>> {
        let Self { event, of, viewer, names } = self;
        let (r#type, timestamp) = (event.kind.clone(), event.at);
        let data = EventView::new(viewer.sees(HistoryEvent { event, of: &of }), &names)?;
        serde_json::to_vec(&Body { r#type, timestamp, data }).map_err(Error::internal)
    }
}

impl Source for Calls {
    fn message(&self, id: SourceId) -> BoxFuture<'_, Result<Rendered>> {
        async move {
            let Some(snapshot) = self.db.read(move |read| snapshot(read, delivery_id(id))).await? else {
                return Ok(Rendered::Over(OFF));
            };
            let Snapshot { url, secrets, news } = snapshot;
            let id = news.event.id.to_string();
            let is_masked = news.of.is_masked_for(&news.viewer);
            let body =
                if is_masked { self.masking.run(None, move || news.body()).await? } else { news.body() };
            Ok(Rendered::Ready(Box::new(Call { url, id, body: body?, secrets })))
        }
        .boxed()
    }

    fn name(&self, id: SourceId) -> String {
        delivery_id(id).to_string()
    }

    fn note(&self, tx: &mut Tx<'_>, delivery: &Delivery, tried: &Tried) -> Result<()> {
        let attempt = WebhookAttempt {
            delivery_id: delivery_id(delivery.id),
            number: delivery.attempts,
            at: tried.at,
            status_code: tried.code,
            error: tried.error.clone(),
            duration_ms: i64::try_from(tried.duration.as_millis()).unwrap_or(i64::MAX),
        };
        store::note_attempt(tx, &attempt)?;
        match delivery.target.parse::<WebhookId>() {
            Ok(hook) => actions::note_try(tx, hook, tried),
            Err(_) => Ok(()),
        }
    }
}

fn delivery_id(id: SourceId) -> WebhookDeliveryId {
    Id::from_uuid(id.uuid())
}

/// Reads what is to be posted; none if the webhook is off.
fn snapshot(read: &mut Read<'_>, id: WebhookDeliveryId) -> Result<Option<Snapshot>> {
    let Some(delivery) = store::delivery_by_id(read.conn, id)? else { return Ok(None) };
    let Some(hook) = store::by_id(read.conn, delivery.webhook_id)?.filter(|hook| hook.active) else {
        return Ok(None);
    };
    let Some(event) = events::by_id(read.conn, delivery.event_id)? else {
        return Err(Error::internal("a delivery without its event"));
    };
    let url = Url::parse(&hook.url).map_err(Error::internal)?;
    let secrets = hook.secrets(read.now);
    Ok(Some(Snapshot { url, secrets, news: news(read, &hook, event)? }))
}

/// An event as this webhook is shown it.
fn news(read: &mut Read<'_>, hook: &Webhook, event: Event) -> Result<News> {
    let names = EventView::names(read.conn, [&event])?;
    let Some(inquiry) = event.subject.map(InquiryId::from).filter(|_| !hook.include_personal) else {
        // Nobody is named in what is about no inquiry.
        let (of, viewer) = (HistoryOf::owned_by(None), Viewer::outsider(true));
        return Ok(News { event, of, viewer, names });
    };
    let viewer = pool_view::viewer(read.conn, Viewer::outsider(false))?;
    let scope = Scope { user: viewer.id, team: None, reach: Reach::Everything };
    let found = stored_among(read.conn, &scope, &[inquiry])?.remove(&inquiry);
    let of = found.map_or_else(|| HistoryOf::owned_by(None), HistoryOf::from);
    Ok(News { event, of, viewer, names })
}
