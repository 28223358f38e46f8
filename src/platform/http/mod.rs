//! HTTP: the server, middleware, extractors, errors, and the OpenAPI document.
//! Authorisation is in `access`; routes are defined in the rooms' `api.rs`.

pub mod audience;
pub mod body;
pub mod client;
mod connection;
pub mod context;
pub mod document;
pub mod draining;
pub mod escape;
pub mod event_stream;
mod example;
mod flow;
mod framing;
pub mod health;
pub mod idempotency;
pub mod limits;
pub mod middleware;
pub mod openapi;
pub mod operations;
pub mod page;
pub mod parameter;
pub mod problem;
pub mod query;
pub mod reply;
pub mod request;
pub mod requester;
pub mod routes;
pub mod schema;
pub mod server;
mod sliced;
pub mod theme;
mod unread;
pub mod versioned;

pub use body::Body;
pub use operations::Operations;
pub use query::Query;
pub use reply::Reply;
pub use request::{PathDeliveryId, PathId};
pub use requester::Requester;
