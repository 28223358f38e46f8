//! The page behind a password link, where a password is set. Plain HTML without scripts; the link's secret
//! leaves the page only with the form. Its template is in `access/pages/`.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, ResponseError, get, post, web};
use askama::Template;
use serde::Deserialize;

use super::api::set_by_link;
use crate::access::guard::AuthContext;
use crate::access::login_limit::RateLimited;
use crate::kernel::error::{Error, Fault, FaultKind, Result};
use crate::platform::http::Requester;
use crate::platform::http::context::HttpContext;
use crate::platform::http::page::{self, ErrorPage, Layout, Policy, Site};
use crate::platform::http::routes::Page;

static DIFFERENT: FaultKind =
    FaultKind::new("different", "两次输入的密码不一致。", "The two passwords differ.");

/// The pages that links lead to.
pub const PAGES: [Page; 1] = [("/a/password", &["GET", "POST"])];

/// The pages themselves.
pub fn routes(config: &mut web::ServiceConfig) {
    config.service(show).service(submit);
}

/// The page, in one of its states.
#[derive(Template)]
#[template(path = "password.html")]
struct PasswordPage<'a> {
    layout: Layout<'a>,
    token: &'a str,
    /// What is wrong with what was sent.
    fault: Option<&'a str>,
    done: bool,
}

/// The page as an answer: to be filled in, with what is wrong, or done.
fn answer(
    site: &Site,
    requester: &Requester,
    token: &str,
    fault: Option<&str>,
    done: bool,
    status: StatusCode,
) -> Result<HttpResponse> {
    page::page(
        &PasswordPage { layout: Layout::own(site, requester.language), token, fault, done },
        status,
        &Policy::default(),
    )
}

#[get("/a/password")]
async fn show(
    request: HttpRequest,
    requester: Requester,
    http: web::Data<HttpContext>,
) -> Result<HttpResponse> {
    let query = url::form_urlencoded::parse(request.query_string().as_bytes());
    let token = query
        .into_iter()
        .find(|(name, _)| name == "token")
        .map(|(_, token)| token.into_owned())
        .unwrap_or_default();
    answer(&http.site, &requester, &token, None, false, StatusCode::OK)
}

#[derive(Deserialize)]
struct PasswordFormFields {
    token: String,
    password: String,
    again: String,
}

#[post("/a/password")]
async fn submit(
    counted: Result<RateLimited>,
    request: HttpRequest,
    requester: Requester,
    auth: web::Data<AuthContext>,
    http: web::Data<HttpContext>,
    filled: Result<web::Form<PasswordFormFields>, actix_web::Error>,
) -> Result<HttpResponse, actix_web::Error> {
    // Malformed requests count as well.
    let filled = match filled {
        Ok(filled) => filled,
        Err(unreadable) => {
            counted?;
            return Err(unreadable);
        }
    };
    let set = match counted {
        Ok(RateLimited) if filled.password != filled.again => {
            Err(Error::invalid(vec![Fault::new("/again", &DIFFERENT)]))
        }
        Ok(RateLimited) => set_by_link(&request, &requester, &auth, &filled.token, &filled.password).await,
        Err(error) => Err(error),
    };
    let Err(error) = set else {
        return Ok(answer(&http.site, &requester, &filled.token, None, true, StatusCode::OK)?);
    };
    // The link is still valid where it can be tried again, so the page keeps it.
    let words = match error.field_faults().first() {
        Some(fault) => fault.message(requester.language),
        None => page::error_text(&error, requester.language),
    };
    let status = error.status_code();
    let page = answer(&http.site, &requester, &filled.token, Some(&words), false, status);
    ErrorPage::note(&request, page);
    Err(error.into())
}
