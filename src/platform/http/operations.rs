//! Where the rooms register the operations of the API: to serve them, or to document them.
//! What the document has besides is in `openapi.rs`.

use actix_web::dev::HttpServiceFactory;
use actix_web::{Route, web};
use utoipa::openapi::{Components, OpenApi, RefOr, Schema};
use utoipa_actix_web::OpenApiFactory;

/// Takes in operations.
pub struct Operations<'a>(Purpose<'a>);

enum Purpose<'a> {
    Serve(&'a mut web::ServiceConfig),
    Document(&'a mut OpenApi),
}

impl<'a> Operations<'a> {
    /// To be served by an app.
    pub fn served(by: &'a mut web::ServiceConfig) -> Self {
        Self(Purpose::Serve(by))
    }

    /// To be listed in a document, with the schemas that they refer to.
    pub fn documented(within: &'a mut OpenApi) -> Self {
        Self(Purpose::Document(within))
    }

    pub fn service(&mut self, operation: impl HttpServiceFactory + OpenApiFactory + 'static) -> &mut Self {
        match &mut self.0 {
            Purpose::Serve(config) => drop(config.service(operation)),
            Purpose::Document(document) => describe(document, &operation),
        }
        self
    }

    /// Adds what is served among operations without being one.
    pub fn route(&mut self, path: &str, route: Route) -> &mut Self {
        if let Purpose::Serve(config) = &mut self.0 {
            config.route(path, route);
        }
        self
    }
}

fn describe(document: &mut OpenApi, operation: &impl OpenApiFactory) {
    document.paths.merge(operation.paths());
    let mut schemas: Vec<(String, RefOr<Schema>)> = Vec::new();
    operation.schemas(&mut schemas);
    document.components.get_or_insert_with(Components::new).schemas.extend(schemas);
}
