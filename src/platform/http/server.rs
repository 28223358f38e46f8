//! The HTTP server: start, and graceful shutdown.
//! Which operations and pages there are is in `app/routes.rs`.

use std::future::ready;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_http::{HttpService, Protocol};
use actix_server::{Server, ServerBuilder};
use actix_service::{IntoServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::dev::{AppConfig, ServerHandle};
use actix_web::middleware::from_fn;
use actix_web::rt::net::TcpStream;
use actix_web::{App, web};
use serde_json::Value;

use super::connection::{Connection, Limits};
use super::context::HttpContext;
use super::document::{self, fallback};
use super::draining::Draining;
use super::health::{self, Health};
use super::openapi;
use super::operations::Operations;
use crate::kernel::error::{Error, Result};
use crate::platform::config;

/// The rooms' operations and pages, and the shared state of their handlers.
#[derive(Clone)]
pub struct Rooms {
    /// Registers the operations of the API.
    pub operations: fn(&mut Operations<'_>),
    /// Registers routes outside the document, such as pages.
    pub pages: fn(&mut web::ServiceConfig),
    /// Registers the rooms' app data.
    pub data: Arc<dyn Fn(&mut web::ServiceConfig) + Send + Sync>,
}

/// The OpenAPI document of these operations.
pub fn document(register: fn(&mut Operations<'_>), mut api: utoipa::openapi::OpenApi) -> Result<Value> {
    let mut operations = Operations::documented(&mut api);
    health::routes(&mut operations);
    register(&mut operations);
    Ok(openapi::complete(serde_json::to_value(api).map_err(Error::internal)?))
}

/// A running server.
pub struct Running {
    pub address: SocketAddr,
    pub handle: ServerHandle,
    pub server: Server,
}

/// Binds the listener, so that the address is known before anything is served.
pub fn bind(settings: &config::Server) -> Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(settings.bind)
        .map_err(|error| Error::unavailable(format!("cannot listen on {}: {error}", settings.bind)))?;
    let address = listener.local_addr().map_err(Error::internal)?;
    Ok((listener, address))
}

/// Connections that one worker holds at once; more wait in the backlog.
const CONNECTIONS_MAX: usize = 2_000;

/// How long a connection stays open after an answer, for the next request.
const KEEP_ALIVE: Duration = Duration::from_secs(5);
/// How long the head of a connection's first request may take.
const HEAD_MAX: Duration = Duration::from_secs(10);
/// How long the client of a closed connection may take to close its side.
const DISCONNECT_MAX: Duration = Duration::from_secs(1);
/// Extra time beyond the HTTP server's own timeouts: the server answers with an error, a connection is just
/// reset.
const SPARE: Duration = Duration::from_secs(5);

/// How slow a client may be.
fn limits(settings: &config::Server) -> Limits {
    Limits {
        stall: Duration::from_secs(settings.send_timeout_seconds),
        head: KEEP_ALIVE + HEAD_MAX + SPARE,
        answer: Duration::from_secs(settings.request_timeout_seconds) + SPARE,
    }
}

fn builder(settings: &config::Server) -> ServerBuilder {
    let workers = match settings.workers {
        0 => std::thread::available_parallelism().map_or(2, |count| count.get().min(4)),
        workers => workers,
    };
    Server::build()
        .workers(workers)
        .disable_signals()
        .shutdown_timeout(settings.shutdown_timeout_seconds)
        .max_concurrent_connections(CONNECTIONS_MAX)
}

/// Starts serving on a bound listener. The returned server must be awaited.
pub fn start(
    settings: &config::Server,
    bound: (TcpListener, SocketAddr),
    context: HttpContext,
    health: web::Data<Health>,
    rooms: &Rooms,
) -> Result<Running> {
    let (listener, address) = bound;
    let builder = builder(settings);
    let stopping = builder.graceful_shutdown_signal();
    let draining = web::Data::new(Draining::signalled_by(stopping.clone()));
    let context_data = web::Data::new(context);
    let rooms = rooms.clone();
    let public_url = context_data.site.public_url.clone();
    let factory = move || {
        let data = Arc::clone(&rooms.data);
        App::new()
            .app_data(context_data.clone())
            .app_data(health.clone())
            .app_data(draining.clone())
            .configure(|config| (rooms.operations)(&mut Operations::served(config)))
            .configure(|config| health::routes(&mut Operations::served(config)))
            .configure(|config| data(config))
            .configure(rooms.pages)
            .configure(|config| document::routes(config, &public_url))
            .default_service(web::to(fallback))
            .wrap(from_fn(super::middleware::middleware))
    };
    let limits = limits(settings);
    // As actix_web::HttpServer does, over connections with limits of our own.
    let service = move || {
        let stopping = stopping.clone();
        let app = factory().into_factory().map_err(|error: actix_web::Error| error.error_response());
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .keep_alive(KEEP_ALIVE)
            .client_request_timeout(HEAD_MAX)
            .client_disconnect_timeout(DISCONNECT_MAX)
            .local_addr(address)
            .on_connect_ext(|connection: &Connection<TcpStream>, data| drop(data.insert(connection.flow())))
            .finish(map_config(app, |()| AppConfig::default()));
        fn_service(move |stream: TcpStream| {
            let peer = stream.peer_addr().ok();
            ready(Ok((Connection::accepted(stream, limits), Protocol::Http1, peer)))
        })
        .and_then(http)
    };
    let server = builder.listen("http", listener, service).map_err(Error::unavailable)?.run();
    Ok(Running { address, handle: server.handle(), server })
}
