//! The OpenAPI document as served: completed with what every operation shares, read back for 405, shown at `/docs`.
//! The operations are written in the rooms' `api.rs`.

use actix_web::http::header::{CONTENT_TYPE, LOCATION};
use actix_web::{HttpRequest, HttpResponse, guard, web};
use serde_json::{Value, json};
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::server::Floor;
use crate::kernel::error::{Class, Error, Refusal, Result};
use crate::platform::config::PublicUrl;

static METHOD_NOT_ALLOWED: Refusal =
    Refusal::new(Class::MethodNotAllowed, "method_not_allowed", "该地址不支持此方法，请见 Allow。", "This address does not take that method; see Allow.");
pub static NO_ROUTE: Refusal = Refusal::new(Class::NotFound, "not_found", "没有这个地址。", "There is nothing at this address.");

/// A page, and the methods it takes.
pub type Page = (&'static str, &'static [&'static str]);

/// The pages of this file.
const PAGES: [Page; 3] = [("/openapi.json", &["GET"]), ("/docs", &["GET"]), ("/docs/", &["GET"])];

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Adds to every operation what all answers share: problems, and a credential where a permission is needed (`x-permission`).
pub fn complete(mut document: Value) -> Value {
    if let Some(components) = document.get_mut("components").and_then(Value::as_object_mut) {
        components.insert(
            "securitySchemes".to_owned(),
            json!({
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "An access token, or an API key"},
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            }),
        );
        components.insert(
            "responses".to_owned(),
            json!({"Problem": {"description": "A refusal or failure (RFC 9457)", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}}),
        );
    }
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for (_, item) in paths.into_iter().flatten() {
        for (_, operation) in item.as_object_mut().into_iter().flatten().filter(|(method, _)| METHODS.contains(&method.as_str())) {
            let Some(operation) = operation.as_object_mut() else { continue };
            if operation.contains_key("x-permission") {
                operation.insert("security".to_owned(), json!([{"bearer": []}, {"key": []}]));
            }
            let responses = operation.entry("responses").or_insert_with(|| json!({}));
            if let Some(responses) = responses.as_object_mut() {
                responses.entry("default").or_insert_with(|| json!({"$ref": "#/components/responses/Problem"}));
            }
        }
    }
    document
}

/// Says where the operations are: at the public URL, and for who reads the document elsewhere, beside it.
pub fn with_servers(mut document: Value, public_url: &PublicUrl) -> Value {
    if let Some(members) = document.as_object_mut() {
        let beside = Some(public_url.local("")).filter(|path| !path.is_empty()).unwrap_or_else(|| "/".to_owned());
        let servers = json!([{"url": public_url.to_string()}, {"url": beside, "description": "Where this document was read"}]);
        members.insert("servers".to_owned(), servers);
    }
    document
}

/// Which methods each path takes.
pub struct Routes(Vec<(Vec<String>, Vec<String>)>);

impl Routes {
    /// Those of a document, and the pages.
    pub fn of(document: &Value, pages: &[Page]) -> Self {
        let paths = document.get("paths").and_then(Value::as_object);
        let route = |(path, item): (&String, &Value)| {
            let methods = METHODS.iter().filter(|method| item.get(method).is_some()).map(|method| method.to_uppercase());
            (path.split('/').map(str::to_owned).collect(), methods.collect())
        };
        let page = |(path, methods): &Page| (path.split('/').map(str::to_owned).collect(), methods.iter().map(|method| (*method).to_owned()).collect());
        Self(paths.into_iter().flatten().map(route).chain(PAGES.iter().chain(pages).map(page)).collect())
    }

    /// The methods that a path takes; none if there is no such path.
    pub fn allowed(&self, path: &str) -> Vec<String> {
        let segments: Vec<&str> = path.split('/').collect();
        let fits = |pattern: &[String]| {
            pattern.len() == segments.len() && pattern.iter().zip(&segments).all(|(p, s)| if p.starts_with('{') { !s.is_empty() } else { p == s })
        };
        let mut allowed: Vec<String> = self.0.iter().filter(|(pattern, _)| fits(pattern)).flat_map(|(_, methods)| methods.clone()).collect();
        if allowed.iter().any(|method| method == "GET") {
            allowed.push("HEAD".to_owned());
        }
        allowed
    }
}

/// Whatever no route takes: 405 where another method would be right, else 404.
pub async fn nothing_here(request: HttpRequest, floor: web::Data<Floor>) -> Result<HttpResponse> {
    let allowed = floor.routes.allowed(request.path());
    if allowed.is_empty() {
        return Err(Error::refuse(&NO_ROUTE));
    }
    Err(Error::refuse(&METHOD_NOT_ALLOWED).member("allow", allowed.join(", ")))
}

/// `/openapi.json` and `/docs`, both from inside the binary.
pub fn routes(config: &mut web::ServiceConfig, public_url: &PublicUrl) {
    let document = async |floor: web::Data<Floor>| HttpResponse::Ok().insert_header((CONTENT_TYPE, "application/json")).body(floor.document.clone());
    // Guarded as a whole: another method falls through to `nothing_here`, which words its refusal.
    config
        .service(web::resource("/openapi.json").guard(guard::Get()).to(document))
        .service(web::resource("/docs").guard(guard::Get()).to(async || HttpResponse::SeeOther().insert_header((LOCATION, "/docs/")).finish()))
        .service(SwaggerUi::new("/docs/{_:.*}").config(Config::new([public_url.local("/openapi.json")])));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_matched_by_segments() {
        let routes = Routes::of(&json!({"paths": {"/a/{id}": {"get": {}, "patch": {}}, "/a/b": {"post": {}}}}), &[("/page/{id}", &["GET"])]);
        assert_eq!(routes.allowed("/a/x"), ["GET", "PATCH", "HEAD"]);
        let mut allowed = routes.allowed("/a/b");
        allowed.sort();
        assert_eq!(allowed, ["GET", "HEAD", "PATCH", "POST"]);
        assert_eq!(routes.allowed("/page/x"), ["GET", "HEAD"]);
        assert!(routes.allowed("/a").is_empty() && routes.allowed("/a/").is_empty());
    }
}
