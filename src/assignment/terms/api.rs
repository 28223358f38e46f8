//! HTTP API of the deadlines of owners.
//! What they mean is in `model.rs`.

use actix_web::{HttpResponse, get, put};

use super::actions;
use super::settings::SlaSettings;
use crate::access::{Authorized, may};
use crate::kernel::error::Result;
use crate::kernel::precondition::Precondition;
use crate::platform::http::versioned::Versioned;
use crate::platform::http::{Body, Operations};
use crate::platform::settings;
use crate::versioned;

pub fn routes(operations: &mut Operations<'_>) {
    operations.service(read_sla).service(put_sla);
}

versioned!(SlaView of SlaSettings);

/// Until when owners should accept and reach the person, and what happens if they do not.
#[utoipa::path(params(Authorized<may::ReadSettings>), responses((status = 200, body = SlaView)))]
#[get("/api/v1/settings/sla")]
async fn read_sla(caller: Authorized<may::ReadSettings>) -> Result<HttpResponse> {
    let stored = caller.read(|read, _, ()| settings::stored::<SlaSettings>(read.conn)).await?;
    Ok(Versioned::from(stored).reply()?.into())
}

/// Set the deadlines. Absent members take their default. They count for running clocks, too.
#[utoipa::path(
    params(Authorized<may::WriteSettings, (Precondition, Body<SlaSettings>)>),
    request_body = SlaSettings,
    responses((status = 200, body = SlaView)),
)]
#[put("/api/v1/settings/sla")]
async fn put_sla(
    caller: Authorized<may::WriteSettings, (Precondition, Body<SlaSettings>)>,
) -> Result<HttpResponse> {
    caller
        .write(|tx, _, (precondition, Body(wanted))| {
            Versioned::from(actions::put_sla(tx, wanted.clone(), precondition)?).reply()
        })
        .await
}
