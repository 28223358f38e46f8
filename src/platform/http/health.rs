//! Liveness, readiness and metrics: `/healthz`, `/readyz`, `/metrics`.
//! Metrics are recorded where things happen.

use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::http::header::{CONTENT_TYPE, ContentType};
use actix_web::{HttpResponse, get, web};
use metrics_exporter_prometheus::PrometheusHandle;
use serde::Serialize;
use utoipa::ToSchema;

use super::operations::Operations;
use super::requester::Requester;
use crate::kernel::error::{Error, Result};
use crate::platform::db::Db;

/// What readiness and metrics need.
pub struct Health {
    pub db: Db,
    pub stopping: AtomicBool,
    pub figures: PrometheusHandle,
    /// Whether `/metrics` answers clients other than loopback.
    pub metrics_public: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"status": "ok", "version": "0.1.0"}))]
struct Healthy {
    status: &'static str,
    version: &'static str,
}

const OK: Healthy = Healthy { status: "ok", version: env!("CARGO_PKG_VERSION") };

pub fn routes(operations: &mut Operations<'_>) {
    operations.service(healthz).service(readyz).service(metrics);
}

/// The process answers.
#[utoipa::path(responses((status = 200, body = Healthy)), operation_id = "health_live", tag = "health")]
#[get("/healthz")]
async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(OK)
}

/// The database is reachable, its tables are up to date and it can be written.
#[utoipa::path(responses((status = 200, body = Healthy), (status = 503)), operation_id = "health_ready",
    tag = "health")]
#[get("/readyz")]
async fn readyz(health: web::Data<Health>) -> Result<HttpResponse> {
    if health.stopping.load(Ordering::SeqCst) {
        return Err(Error::unavailable("the server is stopping"));
    }
    health.db.probe().await?;
    Ok(HttpResponse::Ok().json(OK))
}

/// Metrics for Prometheus; to loopback only, unless configured.
#[utoipa::path(
    responses((status = 200, content_type = "text/plain", body = String,
        example = json!("leaddock_http_requests_total{status=\"2xx\"} 12\n")), (status = 404)),
    operation_id = "health_metrics",
    tag = "health",
)]
#[get("/metrics")]
async fn metrics(health: web::Data<Health>, requester: Requester) -> Result<HttpResponse> {
    if !health.metrics_public && !requester.address.is_loopback() {
        return Err(Error::not_found());
    }
    health.db.queue_lengths().measure();
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, ContentType::plaintext()))
        .body(health.figures.render()))
}
