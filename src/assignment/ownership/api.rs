//! HTTP API of ownership: assign, accept, decline, claim, release.
//! Who may be chosen is decided in `actions.rs` and `claims.rs`.

use actix_web::{HttpResponse, post};
use serde::Deserialize;
use utoipa::ToSchema;

use super::actions::{self, Assignee};
use super::claims;
use crate::access::{Authorized, Viewer, may};
use crate::inquiries::view::{InquiryView, reply};
use crate::kernel::error::{Error, Fault, FaultKind, REQUIRED, Result, UNKNOWN_ID};
use crate::kernel::id::kind;
use crate::kernel::line::Lines;
use crate::kernel::precondition::Precondition;
use crate::platform::http::{Body, Operations, PathId, Reply};

pub fn routes(operations: &mut Operations<'_>) {
    operations.service(assign).service(accept).service(decline).service(claim).service(release);
}

/// One of `assignee_id` and `auto`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"assignee_id": "usr_06a9e1t7qdw0x3f8m2c5kz4rpg"}))]
struct AssignRequest {
    /// An active user.
    #[serde(default)]
    #[schema(nullable = false)]
    assignee_id: Option<String>,
    /// True: whom the rules say; the present owner is no candidate.
    #[serde(default)]
    #[schema(nullable = false)]
    auto: Option<bool>,
    /// True: even if the user has paused, is absent or owns as many as they may.
    #[serde(default)]
    #[schema(nullable = false)]
    force: Option<bool>,
}

static ONE_OF_TWO: FaultKind = FaultKind::new(
    "one_of_two",
    "assignee_id 与 auto 只能给其中一个。",
    "Give one of `assignee_id` and `auto`.",
);

impl AssignRequest {
    fn assignee(&self) -> Result<Assignee> {
        let fault = |kind| Error::invalid(vec![Fault::new("/assignee_id", kind)]);
        match (&self.assignee_id, self.auto.unwrap_or(false)) {
            (None, true) => Ok(Assignee::ByRules),
            (Some(id), false) => {
                let id = id.parse().map_err(|_| fault(&UNKNOWN_ID))?;
                Ok(Assignee::User { id, even_if_unavailable: self.force.unwrap_or(false) })
            }
            (None, false) => Err(fault(&REQUIRED)),
            (Some(_), true) => Err(fault(&ONE_OF_TWO)),
        }
    }
}

/// Assign an inquiry to a user, or to whom the rules say.
#[utoipa::path(
    params(Authorized<may::AssignInquiry, (PathId<kind::Inquiry>, Precondition, Body<AssignRequest>)>),
    request_body = AssignRequest,
    responses((status = 200, body = InquiryView), (status = 409)),
)]
#[post("/api/v1/inquiries/{id}/assign")]
async fn assign(
    caller: Authorized<may::AssignInquiry, (PathId<kind::Inquiry>, Precondition, Body<AssignRequest>)>,
) -> Result<HttpResponse> {
    caller
        .write(|tx, caller, (PathId(id), precondition, Body(request))| {
            reply(actions::assign(tx, caller, *id, request.assignee()?, precondition)?, &Viewer::of(caller))
        })
        .await
}

/// Accept an inquiry that one owns. Once more: nothing changes.
#[utoipa::path(params(Authorized<may::WriteInquiry, (PathId<kind::Inquiry>, Precondition)>),
    responses((status = 200, body = InquiryView)))]
#[post("/api/v1/inquiries/{id}/accept")]
async fn accept(
    caller: Authorized<may::WriteInquiry, (PathId<kind::Inquiry>, Precondition)>,
) -> Result<HttpResponse> {
    caller
        .write(|tx, caller, (PathId(id), precondition)| {
            reply(actions::accept(tx, caller, *id, precondition)?, &Viewer::of(caller))
        })
        .await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "不熟悉这个片区"}))]
struct ReasonRequest {
    /// Needed.
    #[serde(default)]
    reason: Option<Lines<1_000>>,
}

impl ReasonRequest {
    fn text(&self) -> Option<&str> {
        self.reason.as_ref().map(|reason| reason.0.as_str())
    }
}

/// Decline an inquiry that one owns and has not accepted: the rules give it to somebody else.
#[utoipa::path(
    params(Authorized<may::WriteInquiry, (PathId<kind::Inquiry>, Precondition, Body<ReasonRequest>)>),
    request_body = ReasonRequest,
    responses((status = 204), (status = 409)),
)]
#[post("/api/v1/inquiries/{id}/decline")]
async fn decline(
    caller: Authorized<may::WriteInquiry, (PathId<kind::Inquiry>, Precondition, Body<ReasonRequest>)>,
) -> Result<HttpResponse> {
    caller
        .write(|tx, caller, (PathId(id), precondition, Body(request))| {
            actions::decline(tx, caller, *id, request.text(), precondition)?;
            Ok(Reply::nothing())
        })
        .await
}

/// Take an inquiry from the pool. One of many gets it.
#[utoipa::path(params(Authorized<may::ClaimInquiry, (PathId<kind::Inquiry>, Precondition)>),
    responses((status = 200, body = InquiryView), (status = 409)))]
#[post("/api/v1/inquiries/{id}/claim")]
async fn claim(
    caller: Authorized<may::ClaimInquiry, (PathId<kind::Inquiry>, Precondition)>,
) -> Result<HttpResponse> {
    caller
        .write(|tx, caller, (PathId(id), precondition)| {
            reply(claims::claim(tx, caller, *id, precondition)?, &Viewer::of(caller))
        })
        .await
}

/// Put an inquiry back into the pool.
#[utoipa::path(
    params(Authorized<may::WriteInquiry, (PathId<kind::Inquiry>, Precondition, Body<ReasonRequest>)>),
    request_body = ReasonRequest,
    responses((status = 204), (status = 409)),
)]
#[post("/api/v1/inquiries/{id}/release")]
async fn release(
    caller: Authorized<may::WriteInquiry, (PathId<kind::Inquiry>, Precondition, Body<ReasonRequest>)>,
) -> Result<HttpResponse> {
    caller
        .write(|tx, caller, (PathId(id), precondition, Body(request))| {
            actions::release(tx, caller, *id, request.text(), precondition)?;
            Ok(Reply::nothing())
        })
        .await
}
