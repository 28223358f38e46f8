//! The wire of this room: who was notified of what, and trying a dead one again.
//! Nothing is sent from here: that is the matter of `platform/delivery`.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, get, post, web};
use lettre::message::Mailbox;
use serde::Serialize;
use utoipa::ToSchema;

use super::actions;
use super::model::{Channel, Notification, Status};
use super::recipients::EVENTS;
use super::store::{self, Addressed, NotificationFilter};
use crate::access::{Authorized, may};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::{EventId, InquiryId, NotificationId, UserId, kind};
use crate::kernel::page::{Page, PageRequest};
use crate::platform::delivery::Delivery;
use crate::platform::http::query::{Parameters, QueryReader};
use crate::platform::http::{Operations, PathId, Query, Reply};
use crate::platform::mail::message_id;

pub fn routes(operations: &mut Operations<'_>) {
    operations.service(list_notifications).service(retry);
}

/// A notification on the wire.
#[derive(Debug, Serialize, ToSchema)]
#[schema(
    as = Notification,
    example = json!({"event": "inquiry.assigned", "inquiry_id": "inq_06a9e1t7qdw0x3f8m2c5kz4rpg",
        "to": "jingqiu@park.example", "status": "sent", "attempts": 1,
        "message_id": "<ntf_06a9e1t7qdw0x3f8m2c5kz4rpg@park.example>", "sent_at": "2026-11-23T08:30:02.000Z"})
)]
struct NotificationView {
    id: NotificationId,
    event_id: EventId,
    event: String,
    inquiry_id: Option<InquiryId>,
    user_id: UserId,
    channel: Channel,
    to: String,
    status: Status,
    attempts: i32,
    /// Null once it is sent or dead.
    next_attempt_at: Option<Timestamp>,
    /// The mail server's words, if it refused.
    last_error: Option<String>,
    message_id: Option<String>,
    created_at: Timestamp,
    sent_at: Option<Timestamp>,
}

/// The address that mails come from: their ids are made with it.
pub struct Sender(pub Mailbox);

impl Sender {
    /// The id that the message of a notification has or will have; none of one that may leave with others, as
    /// long as it has not.
    fn message_id(&self, row: &Notification, delivery: &Delivery) -> Option<String> {
        let own = || row.batch.is_none().then(|| message_id(&row.id.to_string(), &self.0));
        delivery.message_id.clone().or_else(own)
    }

    fn view(&self, (row, delivery, to): Addressed) -> NotificationView {
        let message_id = self.message_id(&row, &delivery);
        NotificationView {
            id: row.id,
            event_id: row.event_id,
            event: row.event,
            inquiry_id: row.inquiry_id,
            user_id: row.user_id,
            channel: row.channel,
            to,
            status: Status::of(delivery.status),
            attempts: delivery.attempts,
            next_attempt_at: delivery.next_attempt_at,
            last_error: delivery.last_error,
            message_id,
            created_at: row.created_at,
            sent_at: delivery.delivered_at,
        }
    }
}

struct NotificationList {
    filter: NotificationFilter,
    page: PageRequest,
}

impl Parameters for NotificationList {
    fn from_query(from: &mut QueryReader) -> Self {
        let filter = NotificationFilter {
            statuses: from
                .about("`pending` (not tried yet), `sent`, `failed` (will be tried again) or `dead`.")
                .words("status", &Status::all_words(), Status::from_word),
            users: from.about("Who was notified.").ids("user", ("用户编号", "a user's id")),
            inquiries: from.about("Any of these inquiries.").ids("inquiry", ("线索编号", "an inquiry's id")),
            events: from
                .about("What it was about.")
                .words("event", &EVENTS.join(", "), |text| EVENTS.contains(&text).then(|| text.to_owned())),
        };
        Self { filter, page: from.page() }
    }
}

/// Who was notified of what: one's own, admins see all. The newest first.
#[utoipa::path(params(Authorized<may::ReadNotifications, Query<NotificationList>>),
    responses((status = 200, body = Page<NotificationView>)))]
#[get("/api/v1/notifications")]
async fn list_notifications(
    caller: Authorized<may::ReadNotifications, Query<NotificationList>>,
    sender: web::Data<Sender>,
) -> Result<HttpResponse> {
    let page = caller
        .read(|read, caller, Query(list)| store::list(read.conn, &caller.scope, &list.filter, &list.page))
        .await?;
    Ok(HttpResponse::Ok().json(page.map(|row| sender.view(row))))
}

/// Try a dead one again.
#[utoipa::path(params(Authorized<may::RetryNotification, PathId<kind::Notification>>),
    responses((status = 200, body = NotificationView), (status = 409)))]
#[post("/api/v1/notifications/{id}/retry")]
async fn retry(
    caller: Authorized<may::RetryNotification, PathId<kind::Notification>>,
    sender: web::Data<Sender>,
) -> Result<HttpResponse> {
    caller
        .write(move |tx, caller, PathId(id)| {
            let view = sender.view(actions::retry(tx, caller, *id)?);
            Reply::json(StatusCode::OK, &view)
        })
        .await
}
