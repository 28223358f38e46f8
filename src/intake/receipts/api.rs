//! The wire of receipts: the raw inbox, and taking a submission in again.
//! What becomes of one is decided in `../submissions`.

use actix_web::{HttpResponse, get, post, web};
use data_encoding::BASE64;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::actions::{Replay, find_with_form, replay};
use super::model::{Outcome, Receipt};
use super::store::{self, ReceiptFilter};
use crate::access::{Authorized, Seen, Viewer, may};
use crate::intake::context::Intake;
use crate::intake::forms::cache::{FORM_CHANGED, TRIES, is_form_changed};
use crate::intake::reading::consent::ConsentRecord;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::kind::Receipt as ReceiptKind;
use crate::kernel::id::{FormId, InquiryId, ReceiptId};
use crate::kernel::page::{Page, PageRequest};
use crate::platform::http::body::MaybeBody;
use crate::platform::http::query::{Parameters, QueryReader};
use crate::platform::http::{Operations, PathId, Query, Reply};
use crate::seen_whole;

pub fn routes(operations: &mut Operations<'_>) {
    operations.service(list).service(read_one).service(replay_receipt);
}

/// One submission, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(
    as = Receipt,
    example = json!({"outcome": "accepted", "reasons": [], "inquiry_id": "inq_06a9e1t7qdw0x3f8m2c5kz4rpg",
        "remote_ip": "203.0.113.9",
        "values": {"need": "求租厂房3000平方米", "contact": "周启澜", "phone": "13800138000"},
            "answer": {"status": 202}})
)]
struct ReceiptView {
    id: ReceiptId,
    form_id: FormId,
    received_at: Timestamp,
    outcome: Outcome,
    /// Stable words that say why.
    reasons: Vec<String>,
    inquiry_id: Option<InquiryId>,
    external_id: Option<String>,
    consent: ConsentRecord,
    remote_ip: Option<String>,
    replayed_at: Option<Timestamp>,
    /// By their known names.
    #[schema(value_type = Object)]
    values: Map<String, Value>,
    #[schema(value_type = Object)]
    custom: Map<String, Value>,
    answer: AnswerView,
    /// What came. Not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    raw: Option<RawView>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceiptAnswer)]
struct AnswerView {
    /// The status that the sender was answered with.
    status: i32,
}

/// A submission as it came. Secrets in the query and the headers are `***`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(
    as = ReceiptRaw,
    example = json!({"method": "POST", "query": "", "content_type": "application/json",
        "headers": {"content-type": "application/json"}, "body_base64": "eyJuZWVkIjoi5Y6C5oi/In0="})
)]
struct RawView {
    method: String,
    query: String,
    content_type: Option<String>,
    #[schema(value_type = Object)]
    headers: Map<String, Value>,
    /// The very bytes, in base64 (RFC 4648).
    body_base64: String,
}

seen_whole!(Receipt);

impl ReceiptView {
    fn new(seen: Seen<Receipt>, with_raw: bool) -> Self {
        let receipt = seen.into_record();
        let Receipt {
            id,
            form_id,
            received_at,
            method,
            query,
            content_type,
            headers,
            body,
            remote_ip,
            outcome,
            ..
        } = receipt;
        let raw = with_raw.then(|| RawView {
            method,
            query,
            content_type,
            headers: headers.0,
            body_base64: BASE64.encode(&body),
        });
        Self {
            id,
            form_id,
            received_at,
            outcome,
            reasons: receipt.reasons.0,
            inquiry_id: receipt.inquiry_id,
            external_id: receipt.external_id,
            consent: receipt.consent.0,
            remote_ip,
            replayed_at: receipt.replayed_at,
            values: receipt.items.0,
            custom: receipt.custom.0,
            answer: AnswerView { status: receipt.answered },
            raw,
        }
    }
}

struct ReceiptList {
    filter: ReceiptFilter,
    page: PageRequest,
}

impl Parameters for ReceiptList {
    fn from_query(from: &mut QueryReader) -> Self {
        let filter = ReceiptFilter {
            form: from.about("The form that took it.").id("form", ("表单编号", "a form's id")),
            outcomes: from.about("Any of these outcomes.").words(
                "outcome",
                &Outcome::all_words(),
                Outcome::from_word,
            ),
            inquiry: from
                .about("The inquiry that came of it.")
                .id("inquiry", ("线索编号", "an inquiry's id")),
            external_id: from.about("The sender's own id.").short_text("external_id", 1_000),
            received_from: from.about("Received then or later.").moment("received_from"),
            received_to: from.about("Received before.").moment("received_to"),
        };
        Self { filter, page: from.page() }
    }
}

/// Submissions, the newest first, without what came.
#[utoipa::path(params(Authorized<may::ReadReceipts, Query<ReceiptList>>),
    responses((status = 200, body = Page<ReceiptView>)))]
#[get("/api/v1/receipts")]
async fn list(caller: Authorized<may::ReadReceipts, Query<ReceiptList>>) -> Result<HttpResponse> {
    let page = caller
        .read(|read, caller, Query(list)| {
            let page = store::list(read.conn, &caller.scope, &list.filter, &list.page)?;
            let viewer = Viewer::of(caller);
            Ok(page.map(|receipt| ReceiptView::new(viewer.sees(receipt), false)))
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

/// One submission, with what came.
#[utoipa::path(params(Authorized<may::ReadReceipts, PathId<ReceiptKind>>),
    responses((status = 200, body = ReceiptView)))]
#[get("/api/v1/receipts/{id}")]
async fn read_one(caller: Authorized<may::ReadReceipts, PathId<ReceiptKind>>) -> Result<HttpResponse> {
    let receipt = caller
        .read(|read, caller, PathId(id)| {
            let found = store::find(read.conn, &caller.scope, *id)?.ok_or_else(Error::not_found)?;
            Ok(Viewer::of(caller).sees(found))
        })
        .await?;
    Ok(HttpResponse::Ok().json(ReceiptView::new(receipt, true)))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"not_spam": true}))]
struct ReplayRequest {
    /// A person has looked at it: no spam, whatever the verdict.
    #[serde(default)]
    #[schema(nullable = false)]
    not_spam: Option<bool>,
}

/// Take a submission in again, by the form's present settings.
///
/// One that was accepted before is not doubled: its inquiry follows it, but for what users have edited.
#[utoipa::path(
    params(Authorized<may::ReplayReceipt, (PathId<ReceiptKind>, MaybeBody<ReplayRequest>)>),
    request_body(content = Option<ReplayRequest>),
    responses((status = 200, body = ReceiptView), (status = 409)),
)]
#[post("/api/v1/receipts/{id}/replay")]
async fn replay_receipt(
    caller: Authorized<may::ReplayReceipt, (PathId<ReceiptKind>, MaybeBody<ReplayRequest>)>,
    intake: web::Data<Intake>,
) -> Result<HttpResponse> {
    for _ in 0..TRIES {
        let (receipt, form) =
            caller.read(|read, caller, (PathId(id), _)| find_with_form(read.conn, caller, *id)).await?;
        let (public_url, tokens) = (intake.forms.public_url.clone(), intake.tokens.clone());
        let parsed = web::block(move || Replay::of(&receipt, &form, &public_url, &tokens))
            .await
            .map_err(Error::unavailable)??;
        let answer = caller.write(move |tx, caller, (_, MaybeBody(request))| {
            let not_spam = request.as_ref().is_some_and(|request| request.not_spam == Some(true));
            let receipt = replay(tx, caller, &parsed, not_spam)?;
            let view = ReceiptView::new(Viewer::of(caller).sees(receipt), true);
            Reply::json(actix_web::http::StatusCode::OK, &view)
        });
        match answer.await {
            Err(error) if is_form_changed(&error) => {}
            answer => return answer,
        }
    }
    Err(Error::refuse(&FORM_CHANGED))
}
