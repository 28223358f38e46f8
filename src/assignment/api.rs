//! HTTP API of assignment: a manager assigns an inquiry.
//! Rotation, and who may be chosen, is decided in `actions.rs`.

use actix_web::{HttpResponse, post};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::actions::{self, Assignee};
use crate::access::{Authorized, Viewer, may};
use crate::inquiries::view::{InquiryView, reply};
use crate::kernel::error::{Error, Fault, REQUIRED, Result, UNKNOWN_ID};
use crate::kernel::id::kind;
use crate::kernel::precondition::Precondition;
use crate::platform::http::{Body, PathId};

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(assign);
}

/// One of the two.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"assignee_id": "usr_06a9e1t7qdw0x3f8m2c5kz4rpg"}))]
struct AssignRequest {
    /// An active user.
    #[serde(default)]
    #[schema(nullable = false)]
    assignee_id: Option<String>,
    /// True: the next agent in rotation.
    #[serde(default)]
    #[schema(nullable = false)]
    auto: Option<bool>,
}

impl AssignRequest {
    fn assignee(&self) -> Result<Assignee> {
        let fault = |kind| Error::invalid(vec![Fault::new("/assignee_id", kind)]);
        match (&self.assignee_id, self.auto.unwrap_or(false)) {
            (None, true) => Ok(Assignee::Rotation),
            (Some(id), false) => id.parse().map(Assignee::User).map_err(|_| fault(&UNKNOWN_ID)),
            _ => Err(fault(&REQUIRED)),
        }
    }
}

/// Assign an inquiry to a user, or to the next agent in rotation.
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
