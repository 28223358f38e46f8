//! The page behind a password link, where a password is set. Plain HTML without scripts; the link's secret
//! leaves the page only with the form. Its template is in `access/pages/`.

use actix_web::http::StatusCode;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, ResponseError, get, post, web};
use askama::Template;
use serde::Deserialize;

use super::api::set_by_link;
use crate::access::guard::AuthContext;
use crate::access::login_limit::RateLimited;
use crate::kernel::error::{Class, Result};
use crate::platform::http::Requester;
use crate::platform::http::context::HttpContext;
use crate::platform::http::page::{self, ErrorPage, Layout, Policy, Site};
use crate::platform::http::routes::Page;

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
    let language = requester.language;
    let page_with = |fault: Option<&str>, done, status| {
        answer(&http.site, &requester, &filled.token, fault, done, status)
    };
    if counted.is_ok() && filled.password != filled.again {
        return Ok(page_with(
            Some(language.pick("两次输入的密码不一致。", "The two passwords differ.")),
            false,
            StatusCode::UNPROCESSABLE_ENTITY,
        )?);
    }
    let set = match counted {
        Ok(RateLimited) => set_by_link(&request, &requester, &auth, &filled.token, &filled.password).await,
        Err(error) => Err(error),
    };
    match set {
        Ok(()) => Ok(page_with(None, true, StatusCode::OK)?),
        Err(error) if error.class() == Class::Invalid => {
            let words = match error.field_faults().first() {
                Some(fault) => fault.message(language),
                None => language.pick(error.refusal().zh, error.refusal().en).to_owned(),
            };
            Ok(page_with(Some(&words), false, StatusCode::UNPROCESSABLE_ENTITY)?)
        }
        Err(error) => {
            // Rate limited, or the database is unavailable: the link is still valid, so the page keeps it.
            let page = page_with(Some(&page::error_text(&error, language)), false, error.status_code())?;
            request.extensions_mut().insert(ErrorPage(page));
            Err(error.into())
        }
    }
}
