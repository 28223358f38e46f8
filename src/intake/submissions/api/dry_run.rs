//! The wire of a dry run: what a submission would become by the form's present settings. Nothing is stored.
//! It is parsed and decided by the functions of a submission that is.

use std::sync::Arc;

use actix_web::{HttpResponse, post, web};
use data_encoding::BASE64;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::access::{Authorized, may};
use crate::facts::Facts;
use crate::intake::context::Intake;
use crate::intake::forms::compiled::CompiledForm;
use crate::intake::forms::store;
use crate::intake::reading::proof::Proven;
use crate::intake::reading::raw::RawSubmission;
use crate::intake::reading::{Parsed, Submission};
use crate::intake::receipts::model::Outcome;
use crate::intake::submissions::decision::{Circumstances, Verdict, decide};
use crate::intake::submissions::reply::{reply, status};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{BAD_FORMAT, Error, Fault, Result, TOO_LONG};
use crate::kernel::id::ReceiptId;
use crate::kernel::id::kind::Form as FormKind;
use crate::platform::http::{Body, PathId};

/// Bytes of a submission that is tried out.
const BODY_MAX: usize = 256 << 10;

/// A submission to be tried out. Either `body` or `body_base64`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"content_type": "application/x-www-form-urlencoded",
    "body": "需求=求租厂房3000平方米&姓名=周启澜&电话=13800138000"}))]
struct DryRunRequest {
    #[serde(default)]
    #[schema(max_length = 1000)]
    content_type: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    headers: Option<Map<String, Value>>,
    #[serde(default)]
    #[schema(max_length = 262_144)]
    body: Option<String>,
    #[serde(default)]
    #[schema(max_length = 360_000)]
    body_base64: Option<String>,
    /// Without the question mark.
    #[serde(default)]
    #[schema(max_length = 8000)]
    query: Option<String>,
}

/// What a submission would become.
#[derive(Debug, Serialize, ToSchema)]
#[schema(
    example = json!({"outcome": "accepted", "proof": "none", "reasons": [],
        "document": {"需求": "求租厂房3000平方米", "姓名": "周启澜", "电话": "13800138000"},
        "values": {"need": "求租厂房3000平方米", "contact": "周启澜", "phone": "13800138000"},
        "answer": {"status": 202, "content_type": "application/json",
            "body": "{\"receipt_id\":\"rcp_06a9e1t7qdw0x3f8m2c5kz4rpg\"}"}})
)]
struct DryRun {
    outcome: Outcome,
    reasons: Vec<String>,
    /// `ok`, `failed` or `none`
    proof: &'static str,
    /// The JSON value that the pairs were read from; null if the body could not be read.
    document: Option<Value>,
    /// By their known names.
    #[schema(value_type = Object)]
    values: Map<String, Value>,
    #[schema(value_type = Object)]
    custom: Map<String, Value>,
    #[schema(value_type = Facts)]
    facts: Map<String, Value>,
    external_id: Option<String>,
    answer: DryRunAnswer,
}

#[derive(Debug, Serialize, ToSchema)]
struct DryRunAnswer {
    status: u16,
    content_type: Option<String>,
    body: Option<String>,
}

impl DryRunRequest {
    fn raw(&self, at: Timestamp, address: Option<std::net::IpAddr>) -> Result<RawSubmission> {
        let body = match (&self.body, &self.body_base64) {
            (Some(text), None) => text.clone().into_bytes(),
            (None, Some(text)) => BASE64.decode(text.as_bytes()).map_err(|_| {
                Error::invalid(vec![Fault::with(
                    "/body_base64",
                    &BAD_FORMAT,
                    ("Base64 编码（RFC 4648）", "base64 (RFC 4648)"),
                )])
            })?,
            (None, None) => Vec::new(),
            (Some(_), Some(_)) => {
                return Err(Error::invalid(vec![Fault::with(
                    "/body_base64",
                    &BAD_FORMAT,
                    ("body 与 body_base64 二者之一", "either body or body_base64"),
                )]));
            }
        };
        if body.len() > BODY_MAX {
            return Err(Error::invalid(vec![Fault::with("/body", &TOO_LONG, BODY_MAX)]));
        }
        let mut headers: Vec<(String, String)> = self
            .headers
            .iter()
            .flatten()
            .filter_map(|(name, value)| Some((name.to_ascii_lowercase(), value.as_str()?.to_owned())))
            .collect();
        if let Some(content_type) = &self.content_type {
            headers.retain(|(name, _)| name != "content-type");
            headers.push(("content-type".to_owned(), content_type.clone()));
        }
        let query = self.query.as_deref().unwrap_or_default().trim_start_matches('?').to_owned();
        Ok(RawSubmission { method: "POST".to_owned(), query, headers, body, address, at, hidden: None })
    }
}

/// Try a submission out by the form's present settings. Nothing is stored.
#[utoipa::path(
    params(Authorized<may::WriteForms, (PathId<FormKind>, Body<DryRunRequest>)>),
    request_body = DryRunRequest,
    responses((status = 200, body = DryRun)),
    extensions(("x-not-kept" = json!(true))),
)]
#[post("/api/v1/forms/{id}/dry-run")]
pub async fn dry_run(
    caller: Authorized<may::WriteForms, (PathId<FormKind>, Body<DryRunRequest>)>,
    intake: web::Data<Intake>,
) -> Result<HttpResponse> {
    let form = caller
        .read(|read, caller, (PathId(id), _)| {
            store::find(read.conn, &caller.scope, *id)?.ok_or_else(Error::not_found)
        })
        .await?;
    let raw = caller.input().1.0.raw(intake.db.parts().clock.now(), caller.requester().address.known())?;
    let (public_url, tokens) = (intake.forms.public_url.clone(), intake.tokens.clone());
    let parsed = web::block(move || {
        let form = CompiledForm::stored(&form, &public_url)?;
        let cors = form.destinations.cors(raw.header("origin"));
        let parsed = form.parse(&raw, &cors, &tokens);
        Ok::<_, Error>((form, raw, parsed))
    });
    let (form, raw, parsed) = parsed.await.map_err(Error::unavailable)??;
    let Parsed::Submission(submission) = parsed else {
        return Ok(HttpResponse::Ok().json(DryRun::of_challenge()));
    };
    let tried = Arc::new((form, raw, submission));
    let judged = Arc::clone(&tried);
    let verdict = caller
        .read(move |read, _, _| {
            let (form, raw, submission) = &*judged;
            decide(read.conn, form, submission, Circumstances::first(ReceiptId::floor(raw.at), raw.at))
        })
        .await?;
    let (form, raw, submission) = &*tried;
    Ok(HttpResponse::Ok().json(DryRun::of(form, raw, submission, verdict)?))
}

impl DryRun {
    fn of(
        form: &CompiledForm,
        raw: &RawSubmission,
        submission: &Submission,
        verdict: Verdict,
    ) -> Result<Self> {
        let reply = reply(form, raw, submission, ReceiptId::floor(raw.at))?;
        let (content_type, body) = if submission.refused.is_some() {
            (Some("application/problem+json".to_owned()), None)
        } else if reply.body.is_empty() {
            (None, None)
        } else {
            (Some(reply.content_type.clone().into_owned()), String::from_utf8(reply.body.clone()).ok())
        };
        let proof = match submission.proven {
            Proven::None => "none",
            Proven::Yes => "ok",
            Proven::No => "failed",
        };
        Ok(Self {
            outcome: verdict.outcome(),
            reasons: verdict.reasons,
            proof,
            document: submission.document.clone(),
            values: submission.fields.named(),
            custom: submission.fields.custom.clone(),
            facts: (*submission.new.facts).clone(),
            external_id: submission.external_id.clone(),
            answer: DryRunAnswer { status: status(&reply, submission), content_type, body },
        })
    }

    /// The sender only checks whether the address is ours.
    fn of_challenge() -> Self {
        let (values, custom, facts) = (Map::new(), Map::new(), Map::new());
        let answer = DryRunAnswer { status: 200, content_type: None, body: None };
        Self {
            outcome: Outcome::Test,
            reasons: vec!["challenge".to_owned()],
            proof: "none",
            document: None,
            values,
            custom,
            facts,
            external_id: None,
            answer,
        }
    }
}
