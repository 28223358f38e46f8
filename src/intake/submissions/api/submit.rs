//! `POST /f/{key}`, and the question that browsers ask before it. No credential is needed to submit.
//! What becomes of a submission is decided in `../decision.rs`.

use std::sync::Arc;

use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_MAX_AGE,
};
use actix_web::{HttpRequest, HttpResponse, post, web};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::dry_run;
use super::exchange::{Body, Exchange, Next};
use crate::access::AuthContext;
use crate::inquiries::items::each_item;
use crate::intake::context::Intake;
use crate::intake::forms::cache::{TRIES, is_form_changed};
use crate::intake::reading::answer::CorsDecision;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::ReceiptId;
use crate::platform::http::body::TOO_LARGE;
use crate::platform::http::idempotency::IdempotencyKey;
use crate::platform::http::{Operations, Requester};

pub fn routes(operations: &mut Operations<'_>) {
    operations.service(submit).service(dry_run::dry_run);
}

/// The question that browsers ask before they submit.
pub fn preflight_route(config: &mut web::ServiceConfig) {
    config.route("/f/{key}", web::method(actix_web::http::Method::OPTIONS).to(preflight));
}

macro_rules! submission_body {
    ({} $(($name:ident $($row:tt)*))+) => {
        /// What a person says: something, at least. Members may have other names in Chinese or English, a
        /// form may have members of its own; nothing is refused for what it says.
        #[derive(Deserialize, ToSchema)]
        #[expect(dead_code, reason = "it describes what is read member by member, and in any shape")]
        #[schema(
            as = Submission,
            example = json!({"need": "求租标准厂房3000-5000平方米", "usage": "汽车零部件机加工",
                "tax": "年税收约300万元", "company": "启澜精密机械（苏州）有限公司", "contact": "周启澜",
                "phone": "138 0013 8000", "page_url": "https://park.example/factory", "utm_source": "baidu"})
        )]
        struct SubmissionBody {
            $(
                #[schema(nullable = false)]
                $name: Option<String>,
            )+
            /// All in one.
            #[schema(nullable = false)]
            text: Option<String>,
            #[schema(nullable = false)]
            page_url: Option<String>,
            #[schema(nullable = false)]
            referrer: Option<String>,
            #[schema(nullable = false)]
            utm_source: Option<String>,
            /// Whatever is neither empty nor a no means yes.
            #[schema(nullable = false)]
            consent: Option<String>,
            /// Anything else is kept in `custom`.
            #[serde(flatten)]
            more: Map<String, Value>,
        }
    };
}
each_item!(submission_body);

/// The submission is kept.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"receipt_id": "rcp_06a9e1t7qdw0x3f8m2c5kz4rpg"}))]
struct Submitted {
    receipt_id: ReceiptId,
}

/// Submit a form.
///
/// JSON, urlencoded, multipart or JSON as text/plain; fields in any order, in UTF-8 or GB18030. Known names
/// and their usual Chinese and English synonyms become items, what is not known is kept in `custom`. Only
/// something is required; nothing is refused for what it says. Once answered with 200, 202 or 303 it is on
/// disk. Forms may answer otherwise: see docs/forms.md.
#[utoipa::path(
    params(("key" = String, Path, description = "The form's key.", pattern = "^[a-z0-9-]{3,64}$")),
    request_body(
        content((SubmissionBody = "application/json"),
            (SubmissionBody = "application/x-www-form-urlencoded"), (SubmissionBody = "multipart/form-data")),
        description = "What the person says. JSON may also come as text/plain."
    ),
    responses(
        (status = 202, description = "Kept.", body = Submitted),
        (status = 200, description = "Kept; for senders that want another answer."),
        (status = 303, description = "Kept; for browsers (`Accept` has text/html).",
            headers(("Location" = String, description = "The next page."))),
        (status = 401),
        (status = 403),
    ),
    security((), ("key" = []), ("bearer" = [])),
    operation_id = "intake_submit",
    tag = "intake",
    extensions(("x-limit" = json!("intake")), ("x-pages" = json!(true)), ("x-kept" = json!(true))),
)]
#[post("/f/{key}")]
async fn submit(
    request: HttpRequest,
    payload: web::Payload,
    requester: Requester,
    auth: web::Data<AuthContext>,
    intake: web::Data<Intake>,
    key: web::Path<String>,
) -> Result<HttpResponse> {
    let key = key.into_inner();
    // Whether the form in the cache is still the present one is asked in the transaction.
    let cached = intake.forms.cached(&key);
    let limited = intake.check_limit(&request, &requester, &auth, &key).await;
    let (form, limited) = match (cached, limited) {
        (Some(form), limited) => (form, limited),
        (None, Ok(())) => (intake.form(&key).await?, Ok(())),
        (None, Err(error)) => return Err(error),
    };
    let mut exchange = Exchange::new(request, requester, intake, form);
    let mut payload = payload.into_inner();
    if let Err(error) = limited {
        return Err(exchange.refuse_over_limit(&mut payload, error).await);
    }
    let idempotency_key = IdempotencyKey::of(exchange.request())?.0;
    let body = match exchange.body(&mut payload).await? {
        Body::Whole(body) => body,
        Body::TooLarge(body) => {
            let error = Error::refuse(&TOO_LARGE);
            exchange.note_page(body, &error).await;
            return Err(error);
        }
    };
    let scope = idempotency_key.map(|sent| exchange.idempotency_scope(sent, &body));
    let raw = Arc::new(exchange.raw(body.to_vec()));
    for _ in 0..TRIES {
        let ready = match exchange.parse(&raw).await? {
            Next::Store(ready) => ready,
            Next::Answer(answer) => return Ok(answer),
            Next::Reload => {
                exchange.reload().await?;
                continue;
            }
        };
        let submission = &ready.incoming.submission;
        let error = match (exchange.store(&ready, scope.as_ref()).await, &submission.refused) {
            (Ok(reply), None) => return Ok(reply.into()),
            (Ok(_), Some(refused)) => Error::from(refused),
            (Err(error), _) if is_form_changed(&error) => {
                exchange.reload().await?;
                continue;
            }
            (Err(error), _) => error,
        };
        return Err(exchange.refuse(&raw, submission, error));
    }
    Err(Error::unavailable("the form was changed again and again while this was read"))
}

async fn preflight(
    request: HttpRequest,
    requester: Requester,
    intake: web::Data<Intake>,
    key: web::Path<String>,
) -> Result<HttpResponse> {
    let form = intake.form(&key).await?;
    let exchange = Exchange::new(request, requester, intake, form);
    let mut response = HttpResponse::NoContent();
    if let CorsDecision::Readable(_) = exchange.cors() {
        response
            .insert_header((ACCESS_CONTROL_ALLOW_METHODS, "POST"))
            .insert_header((ACCESS_CONTROL_ALLOW_HEADERS, "content-type, idempotency-key, x-requested-with"))
            .insert_header((ACCESS_CONTROL_MAX_AGE, "600"));
    }
    Ok(response.finish())
}
