//! Serves the OpenAPI document and `/docs`; also answers 404 and 405, by the document's paths.
//! Operations are defined in the rooms' `api.rs`; the rest of the document is in `openapi.rs`.

use actix_web::http::header::{CONTENT_TYPE, LOCATION};
use actix_web::{HttpRequest, HttpResponse, guard, web};
use serde_json::Value;
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::openapi::METHODS;
use super::server::HttpContext;
use crate::kernel::error::{Class, Error, Refusal, Result};
use crate::platform::config::PublicUrl;

static METHOD_NOT_ALLOWED: Refusal = Refusal::new(
    Class::MethodNotAllowed,
    "method_not_allowed",
    "该地址不支持此方法，请见 Allow。",
    "This address does not accept that method; see Allow.",
);
pub static NO_ROUTE: Refusal =
    Refusal::new(Class::NotFound, "not_found", "没有这个地址。", "There is nothing at this address.");

/// A page, and its methods.
pub type Page = (&'static str, &'static [&'static str]);

/// The pages of this file.
const PAGES: [Page; 3] = [("/openapi.json", &["GET"]), ("/docs", &["GET"]), ("/docs/", &["GET"])];

/// The methods of each path.
pub struct Routes(Vec<(Vec<String>, Vec<String>)>);

impl Routes {
    /// Those of a document, and the pages.
    pub fn of(document: &Value, pages: &[Page]) -> Self {
        let paths = document.get("paths").and_then(Value::as_object);
        let route = |(path, item): (&String, &Value)| {
            let methods = METHODS
                .iter()
                .filter(|method| item.get(method).is_some())
                .map(|method| method.to_uppercase());
            (path.split('/').map(str::to_owned).collect(), methods.collect())
        };
        let page = |(path, methods): &Page| {
            (
                path.split('/').map(str::to_owned).collect(),
                methods.iter().map(|method| (*method).to_owned()).collect(),
            )
        };
        Self(paths.into_iter().flatten().map(route).chain(PAGES.iter().chain(pages).map(page)).collect())
    }

    /// The methods of a path; none if there is no such path.
    pub fn allowed(&self, path: &str) -> Vec<String> {
        let segments: Vec<&str> = path.split('/').collect();
        let fits = |pattern: &[String]| {
            pattern.len() == segments.len()
                && pattern
                    .iter()
                    .zip(&segments)
                    .all(|(p, s)| if p.starts_with('{') { !s.is_empty() } else { p == s })
        };
        let mut allowed: Vec<String> = self
            .0
            .iter()
            .filter(|(pattern, _)| fits(pattern))
            .flat_map(|(_, methods)| methods.clone())
            .collect();
        if allowed.iter().any(|method| method == "GET") {
            allowed.push("HEAD".to_owned());
        }
        allowed
    }
}

/// The fallback handler: 405 where the path has other methods, else 404.
pub async fn fallback(request: HttpRequest, context: web::Data<HttpContext>) -> Result<HttpResponse> {
    let allowed = context.routes.allowed(request.path());
    if allowed.is_empty() {
        return Err(Error::refuse(&NO_ROUTE));
    }
    Err(Error::refuse(&METHOD_NOT_ALLOWED).member("allow", allowed.join(", ")))
}

/// `/openapi.json` and `/docs`, both from inside the binary.
pub fn routes(config: &mut web::ServiceConfig, public_url: &PublicUrl) {
    let document = async |context: web::Data<HttpContext>| {
        HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "application/json"))
            .body(web::Bytes::clone(&context.document))
    };
    // Guarded as a whole: another method falls through to `fallback`, which answers 405.
    config
        .service(web::resource("/openapi.json").guard(guard::Get()).to(document))
        .service(
            web::resource("/docs")
                .guard(guard::Get())
                .to(async || HttpResponse::SeeOther().insert_header((LOCATION, "/docs/")).finish()),
        )
        .service(SwaggerUi::new("/docs/{_:.*}").config(Config::new([public_url.local("/openapi.json")])));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_are_matched_by_segments() {
        let routes = Routes::of(
            &json!({"paths": {"/a/{id}": {"get": {}, "patch": {}}, "/a/b": {"post": {}}}}),
            &[("/page/{id}", &["GET"])],
        );
        assert_eq!(routes.allowed("/a/x"), ["GET", "PATCH", "HEAD"]);
        let mut allowed = routes.allowed("/a/b");
        allowed.sort();
        assert_eq!(allowed, ["GET", "HEAD", "PATCH", "POST"]);
        assert_eq!(routes.allowed("/page/x"), ["GET", "HEAD"]);
        assert!(routes.allowed("/a").is_empty() && routes.allowed("/a/").is_empty());
    }
}
