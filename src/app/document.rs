//! The OpenAPI document: put together from all operations, once in a process, for that takes a while.
//! What it says of the API as a whole is in `description.rs`, of an operation in the rooms' `api.rs`.

use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value, json};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{ComponentsBuilder, ContactBuilder, InfoBuilder, LicenseBuilder, OpenApiBuilder};
use utoipa::{PartialSchema, ToSchema};

use super::description::{ABOUT, TAGS};
use super::routes::{operations, page_paths};
use crate::access::policy;
use crate::kernel::error::{Error, Result};
use crate::platform::config::PublicUrl;
use crate::platform::http::problem::Problem;
use crate::platform::http::routes::Routes;
use crate::platform::http::schema::Schemas;
use crate::platform::http::server;

/// What follows from the operations, whatever the settings are.
pub struct Described {
    pub schemas: Arc<Schemas>,
    pub routes: Arc<Routes>,
    /// The text of the document without its servers and its first brace.
    rest: String,
}

impl Described {
    /// The text of the document of an app at this address; without one, where the document is.
    pub fn text(&self, public_url: Option<&PublicUrl>) -> Result<String> {
        let servers = serde_json::to_string(&servers(public_url)).map_err(Error::internal)?;
        Ok(format!("{{\"servers\":{servers},{}", self.rest))
    }
}

/// What follows from the operations; the same for every app of this process.
pub fn described() -> Result<&'static Described> {
    static DESCRIBED: OnceLock<Described> = OnceLock::new();
    if let Some(described) = DESCRIBED.get() {
        return Ok(described);
    }
    let document = Value::Object(describe()?);
    let described = Described {
        schemas: Arc::new(Schemas::new(&document)),
        routes: Arc::new(Routes::of(&document, &page_paths())),
        rest: document.to_string().split_off(1),
    };
    Ok(DESCRIBED.get_or_init(|| described))
}

/// The document of an app at this address; without one, where the document is.
pub fn document(public_url: Option<&PublicUrl>) -> Result<Value> {
    let mut members = describe()?;
    // Behind `openapi` and `info`.
    members.shift_insert(2, "servers".to_owned(), servers(public_url));
    Ok(Value::Object(members))
}

fn servers(public_url: Option<&PublicUrl>) -> Value {
    // The second one is for readers of the document under another host name.
    let beside =
        public_url.map(|url| url.local("")).filter(|path| !path.is_empty()).unwrap_or_else(|| "/".to_owned());
    public_url.map(ToString::to_string).into_iter().chain([beside]).map(|url| json!({"url": url})).collect()
}

/// The document without its servers.
fn describe() -> Result<Map<String, Value>> {
    let info = InfoBuilder::new()
        .title("Leaddock")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT))
        .contact(Some(ContactBuilder::new().name(Some("Leaddock")).build()))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
        .build();
    let tags = TAGS.map(|(name, about)| TagBuilder::new().name(name).description(Some(about)).build());
    let mut schemas = vec![(Problem::name().into_owned(), Problem::schema())];
    Problem::schemas(&mut schemas);
    let components = ComponentsBuilder::new().schemas_from_iter(schemas).build();
    let openapi = OpenApiBuilder::new().info(info).tags(Some(tags)).components(Some(components)).build();
    let mut document = server::document(operations, openapi)?;
    policy::annotate_document(&mut document);
    match document {
        Value::Object(members) => Ok(members),
        _ => Err(Error::internal("the OpenAPI document is no object")),
    }
}
