//! The shared state of all requests.
//! It is made in `app.rs`, and handed to each request by the server.

use std::sync::Arc;

use actix_web::web;
use ipnet::IpNet;

use super::page::Site;
use super::routes::Routes;
use super::schema::Schemas;
use crate::kernel::clock::Clock;
use crate::kernel::id::Ids;

/// Shared state of all requests; one per app.
pub struct HttpContext {
    pub ids: Arc<Ids>,
    pub clock: Clock,
    pub trusted_proxies: Vec<IpNet>,
    /// The time zone of dates without a time.
    pub zone: chrono_tz::Tz,
    pub timeout_seconds: u64,
    pub schemas: Schemas,
    pub routes: Routes,
    /// The OpenAPI document, as text.
    pub document: web::Bytes,
    pub site: Arc<Site>,
}
