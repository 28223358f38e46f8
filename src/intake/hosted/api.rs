//! The hosted pages of forms, and what other sites load from here. No credential is needed.
//! What a page shows is in `pages.rs`; submitting is in `../submissions`.

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, get, web};

use super::embed::{self, FRAME_PATH};
use super::pages::{self, Sent};
use crate::intake::context::Intake;
use crate::intake::forms::model::DEFAULT_FORM;
use crate::intake::reading::selector::EvalContext;
use crate::intake::reading::work::Work;
use crate::intake::submissions::api::exchange::{challenge, raw_submission, visitor};
use crate::kernel::error::{Class, Error, Result};
use crate::platform::http::document::NO_ROUTE;
use crate::platform::http::routes::Page;
use crate::platform::http::{Operations, Requester};

/// Seconds that other sites may keep what they load from here.
const KEPT: &str = "public, max-age=3600";

/// Where the pages are that are no operations of the API. The start page is not among them: to programs there
/// is nothing at `/`.
pub const PAGES: [Page; 3] =
    [(FRAME_PATH, &["GET"]), ("/f/{key}", &["OPTIONS"]), ("/f/{key}/thanks", &["GET"])];

pub fn routes(operations: &mut Operations<'_>) {
    operations
        .route(FRAME_PATH, web::get().to(frame_script))
        .service(form_page)
        .service(embed_script)
        .service(qr);
}

/// The pages that are no operations of the API.
pub fn page_routes(config: &mut web::ServiceConfig) {
    config.service(start_page).service(thanks_page);
}

/// The hosted page of a form, in Chinese or English. Known names in the query fill it in; `utm_*` ride along.
#[utoipa::path(
    params(("key" = String, Path, description = "The form's key.", pattern = "^[a-z0-9-]{3,64}$")),
    responses(
        (status = 200, description = "The page; to the question of a sender whose form has a \
            `proof.challenge`, the echo.", content(
            (String = "text/html",
                example = json!("<!doctype html><html lang=\"zh\"><title>招商咨询</title>…</html>")),
            (String = "text/plain", example = json!("115"))
        )),
        (status = 403),
    ),
    extensions(("x-pages" = json!(true))),
    operation_id = "intake_page",
    tag = "intake",
)]
#[get("/f/{key}")]
async fn form_page(
    request: HttpRequest,
    requester: Requester,
    intake: web::Data<Intake>,
    key: web::Path<String>,
) -> Result<HttpResponse> {
    let form = intake.form(&key).await?;
    let raw = raw_submission(&request, &requester, Vec::new(), &intake);
    if let Some(challenged) =
        form.proof.challenged(&EvalContext { document: None, pairs: &[], raw: &raw, work: &Work::default() })
    {
        return challenge(challenged);
    }
    let values: Vec<(String, String)> = url::form_urlencoded::parse(request.query_string().as_bytes())
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let token = intake.tokens.issue(form.id, raw.at)?;
    let sent = Sent { values: &values, items: None, refused: None };
    pages::form(&intake.site, &form, visitor(&request, &form), token, &sent, StatusCode::OK)
}

/// A script that puts the hosted page into the place of its own tag on another site.
#[utoipa::path(
    params(("key" = String, Path, description = "The form's key.", pattern = "^[a-z0-9-]{3,64}$")),
    responses((status = 200, content_type = "text/javascript", body = String,
        example = json!("(() => { … })();\n"))),
    extensions(("x-pages" = json!(true))),
    operation_id = "intake_embed",
    tag = "intake",
)]
#[get("/f/{key}/embed.js")]
async fn embed_script(intake: web::Data<Intake>, key: web::Path<String>) -> Result<HttpResponse> {
    let form = intake.form(&key).await?;
    let script = embed::script(&intake.forms.public_url, &form)?;
    let mut response = HttpResponse::Ok();
    // Browsers load a module of another site only where it may be read; it is the same for everybody.
    response
        .insert_header((CONTENT_TYPE, "text/javascript; charset=utf-8"))
        .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "*"));
    Ok(response.insert_header((CACHE_CONTROL, KEPT)).body(script))
}

/// The QR code of the hosted page, with the `utm_*` of the query.
#[utoipa::path(
    params(("key" = String, Path, description = "The form's key.", pattern = "^[a-z0-9-]{3,64}$")),
    responses((status = 200, content_type = "image/svg+xml", body = String,
        example = json!("<svg xmlns=\"http://www.w3.org/2000/svg\">…</svg>"))),
    extensions(("x-pages" = json!(true))),
    operation_id = "intake_qr",
    tag = "intake",
)]
#[get("/f/{key}/qr.svg")]
async fn qr(request: HttpRequest, intake: web::Data<Intake>, key: web::Path<String>) -> Result<HttpResponse> {
    let form = intake.form(&key).await?;
    let picture = embed::qr_code(&intake.forms.public_url, &form, request.query_string())?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "image/svg+xml"))
        .insert_header((CACHE_CONTROL, KEPT))
        .body(picture))
}

#[get("/f/{key}/thanks")]
async fn thanks_page(
    request: HttpRequest,
    intake: web::Data<Intake>,
    key: web::Path<String>,
) -> Result<HttpResponse> {
    let form = intake.form(&key).await?;
    pages::thanks(&intake.site, &form, visitor(&request, &form))
}

/// For a person at a browser; to programs there is nothing at this address.
#[get("/")]
async fn start_page(requester: Requester, intake: web::Data<Intake>) -> Result<HttpResponse> {
    if !requester.wants_page() {
        return Err(Error::refuse(&NO_ROUTE));
    }
    let form = intake.form(DEFAULT_FORM).await;
    if let Err(error) = &form
        && error.class() != Class::NotFound
    {
        tracing::warn!(error = %error.chain(), "the start page is shown without the form");
    }
    pages::start(&intake.site, form.ok().as_deref(), requester.language)
}

/// What a framed page runs.
async fn frame_script() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/javascript; charset=utf-8"))
        .insert_header((CACHE_CONTROL, KEPT))
        .body(embed::FRAME)
}
