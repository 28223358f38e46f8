//! The OpenAPI document: put together from all operations, once in a process, for that takes a while.
//! What it says of the API as a whole is in `description.rs`, of an operation in the rooms' `api.rs`.

use std::sync::{Arc, OnceLock};

use serde_json::{Value, json};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    ComponentsBuilder, ContactBuilder, InfoBuilder, LicenseBuilder, OpenApiBuilder, Server,
};
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

/// The member of the document that differs from app to app.
const NO_SERVERS: &str = "\"servers\":[]";

/// What follows from the operations, whatever the settings are.
pub struct Described {
    pub schemas: Arc<Schemas>,
    pub routes: Arc<Routes>,
    /// The text of the document before and behind its servers.
    text: (String, String),
}

impl Described {
    /// The text of the document of an app at this address; without one, where the document is.
    pub fn text(&self, public_url: Option<&PublicUrl>) -> String {
        let (before, behind) = &self.text;
        format!("{before}{}{behind}", servers(public_url))
    }
}

/// What follows from the operations; the same for every app of this process.
pub fn described() -> Result<&'static Described> {
    static DESCRIBED: OnceLock<std::result::Result<Described, String>> = OnceLock::new();
    let described = DESCRIBED.get_or_init(|| describe().map_err(|error| error.to_string()));
    described.as_ref().map_err(|error| Error::internal(error.clone()))
}

/// The document of an app at this address; without one, where the document is.
pub fn document(public_url: Option<&PublicUrl>) -> Result<Value> {
    serde_json::from_str(&described()?.text(public_url)).map_err(Error::internal)
}

fn describe() -> Result<Described> {
    let document = without_servers()?;
    let text = document.to_string();
    let (before, behind) = text
        .split_once(NO_SERVERS)
        .ok_or_else(|| Error::internal("the document has no place for servers"))?;
    let text = (format!("{before}\"servers\":"), behind.to_owned());
    let (schemas, routes) = (Schemas::new(&document), Routes::of(&document, &page_paths()));
    Ok(Described { schemas: Arc::new(schemas), routes: Arc::new(routes), text })
}

fn servers(public_url: Option<&PublicUrl>) -> Value {
    // The second one is for readers of the document under another host name.
    let beside =
        public_url.map(|url| url.local("")).filter(|path| !path.is_empty()).unwrap_or_else(|| "/".to_owned());
    public_url.map(ToString::to_string).into_iter().chain([beside]).map(|url| json!({"url": url})).collect()
}

fn without_servers() -> Result<Value> {
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
    let openapi = OpenApiBuilder::new()
        .info(info)
        .servers(Some(Vec::<Server>::new()))
        .tags(Some(tags))
        .components(Some(components))
        .build();
    let mut document = server::document(operations, openapi)?;
    policy::annotate_document(&mut document);
    Ok(document)
}
