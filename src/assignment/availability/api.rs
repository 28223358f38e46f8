//! HTTP API of availability.
//! What counts at a moment is in `model.rs`.

use actix_web::http::header::ETAG;
use actix_web::{HttpResponse, get, put};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::actions;
use super::model::Availability;
use crate::access::{Authorized, may};
use crate::assignment::warnings::Warning;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::{UserId, kind};
use crate::kernel::precondition::Precondition;
use crate::platform::http::reply::etag;
use crate::platform::http::{Body, PathId, Reply};
use crate::platform::settings::Stored;

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(read).service(put_availability);
}

/// The availability of a user as the API returns it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UserAvailability)]
struct AvailabilityView {
    id: UserId,
    #[serde(flatten)]
    availability: Availability,
    created_at: Timestamp,
    updated_at: Timestamp,
    version: i64,
    /// Said after a change only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    warnings: Vec<Warning>,
}

impl AvailabilityView {
    fn new(id: UserId, stored: Stored<Availability>, warnings: Vec<Warning>) -> Self {
        let Stored { value, version, created_at, updated_at } = stored;
        Self { id, availability: value, created_at, updated_at, version, warnings }
    }
}

/// When and how much a user can take.
#[utoipa::path(params(Authorized<may::ReadAvailability, PathId<kind::User>>),
    responses((status = 200, body = AvailabilityView)))]
#[get("/api/v1/users/{id}/availability")]
async fn read(caller: Authorized<may::ReadAvailability, PathId<kind::User>>) -> Result<HttpResponse> {
    let (user, stored) =
        caller.read(|read, caller, PathId(id)| actions::read(read.conn, caller, *id)).await?;
    let version = stored.version;
    let view = AvailabilityView::new(user.id, stored, Vec::new());
    Ok(HttpResponse::Ok().insert_header((ETAG, etag(version))).json(view))
}

/// Set when and how much a user can take. Absent members take their default. Agents set `paused` and
/// `absences` of their own.
#[utoipa::path(
    params(Authorized<may::WriteAvailability, (PathId<kind::User>, Precondition, Body<Availability>)>),
    request_body = Availability,
    responses((status = 200, body = AvailabilityView)),
)]
#[put("/api/v1/users/{id}/availability")]
async fn put_availability(
    caller: Authorized<may::WriteAvailability, (PathId<kind::User>, Precondition, Body<Availability>)>,
) -> Result<HttpResponse> {
    caller
        .write(|tx, caller, (PathId(id), precondition, Body(wanted))| {
            let (stored, warnings) = actions::put(tx, caller, *id, wanted.clone(), precondition)?;
            let version = stored.version;
            Reply::resource(&AvailabilityView::new(*id, stored, warnings), version)
        })
        .await
}
