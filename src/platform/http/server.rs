//! The HTTP server: its shared state, its start on an address, and its stop without cutting anybody off.
//! Which routes it has is told to it by `app.rs`.

use std::any::Any;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};
use ipnet::IpNet;
use serde_json::Value;
use utoipa_actix_web::AppExt;
use utoipa_actix_web::service_config::ServiceConfig;

use super::document::{self, Routes, nothing_here};
use super::health::{self, Health};
use super::openapi;
use super::page::Site;
use super::schema::Schemas;
use crate::kernel::clock::Clock;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::Ids;
use crate::platform::config;

/// What the floor needs for every request.
pub struct Floor {
    pub ids: Arc<Ids>,
    pub clock: Clock,
    pub trusted_proxies: Vec<IpNet>,
    /// In which dates without a time are meant.
    pub zone: chrono_tz::Tz,
    pub timeout_seconds: u64,
    pub schemas: Schemas,
    pub routes: Routes,
    /// The OpenAPI document, as text.
    pub document: web::Bytes,
    pub site: Arc<Site>,
}

/// The rooms' routes and what their handlers need.
#[derive(Clone)]
pub struct Rooms {
    /// Registers the operations, which become the OpenAPI document.
    pub routes: fn(&mut ServiceConfig<'_>),
    /// Registers pages and the like, which are not in the document.
    pub pages: fn(&mut web::ServiceConfig),
    /// Hands the rooms' parts to their handlers.
    pub data: Arc<dyn Fn(&mut web::ServiceConfig) + Send + Sync>,
}

/// The OpenAPI document of these routes.
pub fn document(routes: fn(&mut ServiceConfig<'_>), info: utoipa::openapi::OpenApi) -> Result<Value> {
    let (_, api) = App::new().into_utoipa_app().openapi(info).configure(health::routes).configure(routes).split_for_parts();
    Ok(openapi::complete(serde_json::to_value(api).map_err(Error::internal)?))
}

/// A running server.
pub struct Running {
    pub address: SocketAddr,
    pub handle: ServerHandle,
    pub server: actix_web::dev::Server,
}

/// Takes the address, so that it is known before anything is served.
pub fn bind(settings: &config::Server) -> Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(settings.bind).map_err(|error| Error::unavailable(format!("cannot listen on {}: {error}", settings.bind)))?;
    let address = listener.local_addr().map_err(Error::internal)?;
    Ok((listener, address))
}

/// Connections that one worker holds at once; more wait in the backlog.
const CONNECTIONS_MAX: usize = 2_000;

/// Has the kernel end a connection whose sent bytes are not taken for so long: the peer is gone, or does not read. On Linux a
/// window that stays closed counts as well, however diligently the peer answers the probes (TCP_USER_TIMEOUT, RFC 5482).
#[cfg(target_os = "linux")]
fn end_when_stalled(connection: &dyn Any, after: Duration) {
    if let Some(stream) = connection.downcast_ref::<actix_web::rt::net::TcpStream>()
        && let Err(error) = socket2::SockRef::from(stream).set_tcp_user_timeout(Some(after))
    {
        tracing::debug!(%error, "a connection without a send timeout");
    }
}

/// Other systems have nothing of the kind: a proxy in front ends such connections.
#[cfg(not(target_os = "linux"))]
fn end_when_stalled(_: &dyn Any, _: Duration) {}

/// Starts to serve on an address that was taken. The returned server must be awaited.
pub fn start(settings: &config::Server, bound: (TcpListener, SocketAddr), floor: Floor, health: web::Data<Health>, rooms: &Rooms) -> Result<Running> {
    let (listener, address) = bound;
    let floor_data = web::Data::new(floor);
    let rooms = rooms.clone();
    let public_url = floor_data.site.public_url.clone();
    let factory = move || {
        let data = Arc::clone(&rooms.data);
        let (app, _) = App::new()
            .into_utoipa_app()
            .app_data(floor_data.clone())
            .app_data(health.clone())
            .configure(rooms.routes)
            .configure(health::routes)
            .split_for_parts();
        app.configure(|config| data(config))
            .configure(rooms.pages)
            .configure(|config| document::routes(config, &public_url))
            .default_service(web::to(nothing_here))
            .wrap(from_fn(super::floor::floor))
    };
    let workers = match settings.workers {
        0 => std::thread::available_parallelism().map_or(2, |count| count.get().min(4)),
        workers => workers,
    };
    let stalled_after = Duration::from_secs(settings.send_timeout_seconds);
    let server = HttpServer::new(factory)
        .workers(workers)
        .backlog(4096)
        .disable_signals()
        .shutdown_timeout(settings.shutdown_timeout_seconds)
        .max_connections(CONNECTIONS_MAX)
        .client_request_timeout(Duration::from_secs(10))
        .on_connect(move |connection, _| end_when_stalled(connection, stalled_after))
        .listen(listener)
        .map_err(Error::unavailable)?
        .run();
    Ok(Running { address, handle: server.handle(), server })
}
