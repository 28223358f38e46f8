//! HTTP API of availability.
//! What counts at a moment is in `model.rs`.

use actix_web::{HttpResponse, get, put};

use super::actions;
use super::model::Availability;
use crate::access::{Authorized, may};
use crate::assignment::warnings::Warning;
use crate::kernel::error::Result;
use crate::kernel::id::{UserId, kind};
use crate::kernel::precondition::Precondition;
use crate::platform::http::versioned::Versioned;
use crate::platform::http::{Body, Operations, PathId};
use crate::versioned;

pub fn routes(operations: &mut Operations<'_>) {
    operations.service(read).service(put_availability);
}

versioned!(AvailabilityView of Availability, id: UserId, warnings: Vec<Warning>);

/// When and how much a user can take.
#[utoipa::path(params(Authorized<may::ReadAvailability, PathId<kind::User>>),
    responses((status = 200, body = AvailabilityView)))]
#[get("/api/v1/users/{id}/availability")]
async fn read(caller: Authorized<may::ReadAvailability, PathId<kind::User>>) -> Result<HttpResponse> {
    let stored = caller.read(|read, caller, PathId(id)| actions::read(read.conn, caller, *id)).await?;
    Ok(Versioned::from(stored).of(caller.input().0).reply()?.into())
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
            Versioned::from(stored).of(id).warned(&warnings).reply()
        })
        .await
}
