//! HTTP API of the deadlines of owners.
//! What they mean is in `model.rs`.

use actix_web::http::header::ETAG;
use actix_web::{HttpResponse, get, put};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::actions;
use super::settings::SlaSettings;
use crate::access::{Authorized, may};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::precondition::Precondition;
use crate::platform::http::reply::etag;
use crate::platform::http::{Body, Reply};
use crate::platform::settings::{self, Stored};

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(read_sla).service(put_sla);
}

/// The deadlines as the API returns them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SlaView)]
struct SlaView {
    #[serde(flatten)]
    sla: SlaSettings,
    created_at: Timestamp,
    updated_at: Timestamp,
    version: i64,
}

impl From<Stored<SlaSettings>> for SlaView {
    fn from(stored: Stored<SlaSettings>) -> Self {
        let Stored { value, version, created_at, updated_at } = stored;
        Self { sla: value, created_at, updated_at, version }
    }
}

/// Until when owners should accept and reach the person, and what happens if they do not.
#[utoipa::path(params(Authorized<may::ReadSettings>), responses((status = 200, body = SlaView)))]
#[get("/api/v1/settings/sla")]
async fn read_sla(caller: Authorized<may::ReadSettings>) -> Result<HttpResponse> {
    let stored = caller.read(|read, _, ()| settings::stored::<SlaSettings>(read.conn)).await?;
    Ok(HttpResponse::Ok().insert_header((ETAG, etag(stored.version))).json(SlaView::from(stored)))
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
            let view: SlaView = actions::put_sla(tx, wanted.clone(), precondition)?.into();
            Reply::resource(&view, view.version)
        })
        .await
}
