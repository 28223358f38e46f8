//! The hosted page of a form, its thanks, and the page that a link to an inquiry leads to. Plain HTML, no script.
//! The texts of the templates are in `pages/`.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use crate::kernel::error::Result;
use crate::kernel::language::Language;
use crate::platform::http;

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

/// One of these pages as an answer.
pub fn page(template: &impl Template, status: StatusCode) -> Result<HttpResponse> {
    http::page(template, status, POLICY)
}
