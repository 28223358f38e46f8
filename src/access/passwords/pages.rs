//! The page that a link in a mail leads to, where a password is set. Plain HTML, no script; the link's secret leaves it only with the form.
//! What it looks like is in `access/pages/`.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use askama::Template;
use serde::Deserialize;

use super::api::{LoginLimit, set_by_link};
use crate::access::guard::Gate;
use crate::kernel::error::{Class, Result};
use crate::kernel::language::Language;
use crate::platform::http::{Requester, page};

const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The page, in one of its states.
#[derive(Template)]
#[template(path = "password.html")]
struct PasswordPage<'a> {
    language: Language,
    token: &'a str,
    /// What is wrong with what was sent.
    fault: Option<&'a str>,
    done: bool,
}

impl PasswordPage<'_> {
    fn answer(&self, status: StatusCode) -> Result<HttpResponse> {
        page(self, status, POLICY)
    }
}

#[get("/a/password")]
pub async fn show(request: HttpRequest, requester: Requester) -> Result<HttpResponse> {
    let query = url::form_urlencoded::parse(request.query_string().as_bytes());
    let token = query.into_iter().find(|(name, _)| name == "token").map(|(_, token)| token.into_owned()).unwrap_or_default();
    PasswordPage { language: requester.language, token: &token, fault: None, done: false }.answer(StatusCode::OK)
}

#[derive(Deserialize)]
struct Filled {
    token: String,
    password: String,
    again: String,
}

#[post("/a/password")]
pub async fn submit(
    request: HttpRequest,
    requester: Requester,
    gate: web::Data<Gate>,
    limit: web::Data<LoginLimit>,
    filled: web::Form<Filled>,
) -> Result<HttpResponse> {
    let language = requester.language;
    let told = |fault: Option<&str>, done, status| PasswordPage { language, token: &filled.token, fault, done }.answer(status);
    if filled.password != filled.again {
        return told(Some(language.pick("两次输入的密码不一致。", "The two passwords differ.")), false, StatusCode::UNPROCESSABLE_ENTITY);
    }
    match set_by_link(&request, &requester, &gate, &limit, &filled.token, &filled.password).await {
        Ok(()) => told(None, true, StatusCode::OK),
        Err(error) if error.class() == Class::Invalid => {
            let words = match error.field_faults().first() {
                Some(fault) => fault.message(language),
                None => language.pick(error.refusal().zh, error.refusal().en).to_owned(),
            };
            told(Some(&words), false, StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(error) => Err(error),
    }
}
