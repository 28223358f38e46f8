//! The shared state of all requests.
//! It is made in `app.rs`, and handed to each request by the server.

use std::sync::Arc;

use actix_web::web;
use ipnet::IpNet;

use super::audience::Areas;
use super::page::Site;
use super::routes::Routes;
use super::schema::Schemas;
use crate::platform::db::Db;

/// Shared state of all requests; one per app.
pub struct HttpContext {
    pub db: Db,
    pub trusted_proxies: Vec<IpNet>,
    pub timeout_seconds: u64,
    pub schemas: Arc<Schemas>,
    pub routes: Arc<Routes>,
    /// Who asks below which paths.
    pub areas: Areas,
    /// The OpenAPI document, as text.
    pub document: web::Bytes,
    pub site: Arc<Site>,
}
