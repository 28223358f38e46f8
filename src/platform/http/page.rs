//! A page of ours as an answer: plain HTML, kept by no cache, telling no other site where it was read.
//! What is on a page, and what it may load, is said in the rooms' `pages.rs`.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use askama::Template;

use crate::kernel::error::{Error, Result};

/// A page under this content security policy.
pub fn page(template: &impl Template, status: StatusCode, policy: &str) -> Result<HttpResponse> {
    let html = template.render().map_err(Error::internal)?;
    let mut response = HttpResponse::build(status);
    response
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CONTENT_SECURITY_POLICY, policy))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((CACHE_CONTROL, "no-store"));
    Ok(response.body(html))
}
