//! Serves the OpenAPI document and `/docs`; also answers 404 and 405, by the document's paths.
//! Operations are defined in the rooms' `api.rs`; the rest of the document is in `openapi.rs`.

use actix_web::http::header::{CONTENT_TYPE, LOCATION};
use actix_web::{HttpRequest, HttpResponse, guard, web};
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::context::HttpContext;
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
