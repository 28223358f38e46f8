//! HTTP API of one's own preferences.
//! What is valid in them is said in `model.rs`.

use actix_web::{HttpResponse, get, put};

use super::actions;
use super::model::Preferences;
use crate::access::{Authorized, may};
use crate::kernel::error::Result;
use crate::kernel::precondition::Precondition;
use crate::platform::http::versioned::Versioned;
use crate::platform::http::{Body, Operations};
use crate::versioned;

pub fn routes(operations: &mut Operations<'_>) {
    operations.service(read).service(put_preferences);
}

versioned!(NotificationPreferences of Preferences);

/// What the caller is notified of by mail, and when.
#[utoipa::path(params(Authorized<may::ReadSelf>),
    responses((status = 200, body = NotificationPreferences)))]
#[get("/api/v1/me/notification-preferences")]
async fn read(caller: Authorized<may::ReadSelf>) -> Result<HttpResponse> {
    let stored = caller.read(|read, caller, ()| actions::read(read.conn, caller.id)).await?;
    Ok(Versioned::from(stored).reply()?.into())
}

/// Set what the caller is notified of by mail, and when. Absent members take their default.
#[utoipa::path(
    params(Authorized<may::WriteSelf, (Precondition, Body<Preferences>)>),
    request_body = Preferences,
    responses((status = 200, body = NotificationPreferences)),
)]
#[put("/api/v1/me/notification-preferences")]
async fn put_preferences(
    caller: Authorized<may::WriteSelf, (Precondition, Body<Preferences>)>,
) -> Result<HttpResponse> {
    caller
        .write(|tx, caller, (precondition, Body(wanted))| {
            let stored = actions::put(tx, caller.id, wanted.clone(), precondition)?;
            Versioned::from(stored).reply()
        })
        .await
}
