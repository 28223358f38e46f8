//! HTTP API of the pool: what can be claimed, and the pool's settings.
//! What is hidden of it is decided in `inquiries/pool_view.rs`.

use actix_web::{HttpResponse, get, put, web};

use super::actions;
use super::settings::PoolSettings;
use crate::access::{Authorized, Viewer, may};
use crate::inquiries::api::InquiryList;
use crate::inquiries::pool_list::{self, PoolRow};
use crate::inquiries::pool_view::MaskingBulkheads;
use crate::inquiries::view::Shown;
use crate::kernel::error::Result;
use crate::kernel::page::Page;
use crate::kernel::precondition::Precondition;
use crate::platform::http::versioned::Versioned;
use crate::platform::http::{Body, Operations, Query};
use crate::platform::settings;
use crate::versioned;

pub fn routes(operations: &mut Operations<'_>) {
    operations.service(list_pool).service(read_pool_settings).service(put_pool_settings);
}

versioned!(PoolView of PoolSettings);

/// What can be claimed, filtered, sorted and paged as other inquiries. Agents see no way to reach the person,
/// and a search finds nothing that they do not see.
#[utoipa::path(params(Authorized<may::ReadPool, Query<InquiryList>>),
    responses((status = 200, body = Page<Shown>)))]
#[get("/api/v1/pool")]
async fn list_pool(
    caller: Authorized<may::ReadPool, Query<InquiryList>>,
    masking: web::Data<MaskingBulkheads>,
) -> Result<HttpResponse> {
    let fields = caller.input().0.fields.clone();
    let searching = if pool_list::is_search(&caller.input().0.filter) {
        let viewer = caller.read(|_, caller, _| Ok(Viewer::of(caller))).await?;
        if viewer.is_agent() { Some(masking.search(&viewer).await?) } else { None }
    } else {
        None
    };
    let (viewer, page) = caller
        .read(move |read, caller, Query(InquiryList { filter, sort, page, .. })| {
            // Held by the read to its end, also if nobody waits for it.
            let _searching = &searching;
            let viewer = Viewer::of(caller);
            let found = pool_list::list(read.conn, &caller.scope, filter, *sort, page, viewer.clone())?;
            Ok((viewer, found))
        })
        .await?;
    let is_masked = page.data.iter().any(PoolRow::is_masked);
    let show = move || page.try_map(|inquiry| fields.listed(inquiry.seen().into()));
    Ok(HttpResponse::Ok().json(masking.show(&viewer, is_masked, show).await?))
}

/// What may be taken from the pool, what it shows, and when something comes back.
#[utoipa::path(params(Authorized<may::ReadSettings>), responses((status = 200, body = PoolView)))]
#[get("/api/v1/settings/pool")]
async fn read_pool_settings(caller: Authorized<may::ReadSettings>) -> Result<HttpResponse> {
    let stored = caller.read(|read, _, ()| settings::stored::<PoolSettings>(read.conn)).await?;
    Ok(Versioned::from(stored).reply()?.into())
}

/// Set the rules of the pool. Absent members take their default.
#[utoipa::path(
    params(Authorized<may::WriteSettings, (Precondition, Body<PoolSettings>)>),
    request_body = PoolSettings,
    responses((status = 200, body = PoolView)),
)]
#[put("/api/v1/settings/pool")]
async fn put_pool_settings(
    caller: Authorized<may::WriteSettings, (Precondition, Body<PoolSettings>)>,
) -> Result<HttpResponse> {
    caller
        .write(|tx, _, (precondition, Body(wanted))| {
            Versioned::from(actions::put(tx, wanted.clone(), precondition)?).reply()
        })
        .await
}
