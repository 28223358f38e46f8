//! The hosted page of a form, its thanks, and the page that a link to an inquiry leads to. Plain HTML, no script.
//! The texts of the templates are in `pages/`.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use actix_web::{HttpResponse, HttpResponseBuilder};
use askama::Template;

use crate::kernel::error::{Error, Result};
use crate::kernel::language::Language;

const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'";

/// The form, to be filled in.
#[derive(Template)]
#[template(path = "form.html")]
pub struct FormPage<'a> {
    pub language: Language,
    pub organisation: &'a str,
    pub key: &'a str,
    /// Nothing was filled in.
    pub empty: bool,
    /// Parameters that ride along.
    pub campaign: &'a [(String, String)],
}

/// What is seen after a submission.
#[derive(Template)]
#[template(path = "thanks.html")]
pub struct ThanksPage<'a> {
    pub language: Language,
    pub organisation: &'a str,
    pub key: &'a str,
}

/// Where a mail's link leads: the same for every id, it names no data.
#[derive(Template)]
#[template(path = "inquiry.html")]
pub struct InquiryPage<'a> {
    pub language: Language,
    pub organisation: &'a str,
}

/// A page as an answer.
pub fn page(template: &impl Template, status: StatusCode) -> Result<HttpResponse> {
    let html = template.render().map_err(Error::internal)?;
    Ok(headers(HttpResponse::build(status)).body(html))
}

fn headers(mut response: HttpResponseBuilder) -> HttpResponseBuilder {
    response
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((CACHE_CONTROL, "no-store"));
    response
}
