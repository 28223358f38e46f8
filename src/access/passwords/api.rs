//! The wire of passwords: change one's own, ask for a link, set one by a link, as JSON or on a page.
//! What a link is worth is decided in `mod.rs`.

use std::net::IpAddr;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, put, web};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::pages;
use crate::access::audit::{self, Entry, Outcome};
use crate::access::guard::{Allowed, Gate};
use crate::access::policy::may;
use crate::access::sessions::api::asked;
use crate::kernel::email::comparable;
use crate::kernel::error::{Error, Fault, FaultKind, Result};
use crate::platform::db::Context;
use crate::platform::http::document::Page;
use crate::platform::http::limits::Limiter;
use crate::platform::http::schema::Line;
use crate::platform::http::{Body, Reply, Requester};

static WRONG_PASSWORD: FaultKind = FaultKind::new("wrong_password", "当前密码不正确。", "This is not your present password.");

/// The limit of checks of passwords, codes and links per client address.
pub struct LoginLimit(pub Limiter<IpAddr>);

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(change_password).service(request_reset).service(confirm_reset);
}

/// The pages that links lead to.
pub const PAGES: [Page; 1] = [("/a/password", &["GET", "POST"])];

/// The pages themselves.
pub fn page_routes(config: &mut web::ServiceConfig) {
    config.service(pages::show).service(pages::submit);
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"current_password": "correct-horse-battery", "new_password": "a-longer-password-2026"}))]
struct PasswordRequest {
    #[schema(max_length = 256)]
    current_password: String,
    #[schema(min_length = 12, max_length = 256)]
    new_password: String,
}

/// Change one's own password. It ends all other sessions.
#[utoipa::path(
    params(Allowed<may::WriteSelf, Body<PasswordRequest>>),
    request_body = PasswordRequest,
    responses((status = 204)),
    extensions(("x-limit" = json!("login"))),
)]
#[put("/api/v1/me/password")]
async fn change_password(request: HttpRequest, limit: web::Data<LoginLimit>, caller: Allowed<may::WriteSelf, Body<PasswordRequest>>) -> Result<HttpResponse> {
    limit.0.check(&request, &caller.requester().address)?;
    let user = caller.read(|read, caller, _| crate::access::store::by_id(read.conn, caller.id)?.ok_or_else(Error::not_found)).await?;
    let gate = caller.gate();
    let Body(PasswordRequest { current_password, new_password }) = caller.input();
    let attempt = gate.attempts.begin(&user.email_key, gate.db.parts().clock.now())?;
    let hash = user.password_hash.clone();
    let fits = gate.passwords.fits(current_password.clone(), hash.clone()).await?;
    let Some(hash) = hash.filter(|_| fits) else {
        return Err(caller.refused(Error::invalid(vec![Fault::new("/current_password", &WRONG_PASSWORD)])).await);
    };
    gate.attempts.succeeded(&attempt);
    super::check("/new_password", new_password, &[&user.email, &user.name]).map_err(|fault| Error::invalid(vec![fault]))?;
    let new_hash = gate.passwords.hashed(new_password.clone()).await?;
    caller.write(move |tx, caller, _| super::change(tx, caller, &hash, &new_hash).map(|()| Reply::nothing())).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "jingqiu@park.example"}))]
struct ResetRequest {
    email: Line<0, 254>,
}

/// Ask for a link by mail that lets one set a new password.
///
/// The answer is the same whether there is such a user or not. A link serves for an hour, once; a newer one makes it worthless.
#[utoipa::path(request_body = ResetRequest, responses((status = 202)), extensions(("x-limit" = json!("login"))))]
#[post("/api/v1/auth/password-reset")]
async fn request_reset(
    request: HttpRequest,
    requester: Requester,
    gate: web::Data<Gate>,
    limit: web::Data<LoginLimit>,
    body: Body<ResetRequest>,
) -> Result<HttpResponse> {
    limit.0.check(&request, &requester.address)?;
    let (email_key, asked) = (comparable(&body.0.email.0), asked(&request, &requester));
    let context = Context { request: Some(requester.id), ..Context::system() };
    gate.db
        .write(context, move |tx| {
            let user = super::ask_for_reset(tx, &email_key)?;
            audit::record(tx, &Entry::outside(&asked, "auth.password_reset", Outcome::Done, user))
        })
        .await?;
    Ok(HttpResponse::Accepted().finish())
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"token": "pwl_c2VjcmV0", "password": "a-longer-password-2026"}))]
struct ConfirmRequest {
    /// From the link in the mail.
    #[schema(max_length = 1000)]
    token: String,
    #[schema(max_length = 256)]
    password: String,
}

/// Set a password by the link of a mail: one that was asked for, or an invitation. It ends all sessions.
#[utoipa::path(request_body = ConfirmRequest, responses((status = 204), (status = 404)), extensions(("x-limit" = json!("login"))))]
#[post("/api/v1/auth/password-reset/confirm")]
async fn confirm_reset(
    request: HttpRequest,
    requester: Requester,
    gate: web::Data<Gate>,
    limit: web::Data<LoginLimit>,
    body: Body<ConfirmRequest>,
) -> Result<HttpResponse> {
    set_by_link(&request, &requester, &gate, &limit, &body.0.token, &body.0.password).await?;
    Ok(HttpResponse::build(StatusCode::NO_CONTENT).finish())
}

/// What the call and the page have in common.
pub(super) async fn set_by_link(request: &HttpRequest, requester: &Requester, gate: &Gate, limit: &LoginLimit, token: &str, password: &str) -> Result<()> {
    limit.0.check(request, &requester.address)?;
    let link = gate.keys.link_id(token);
    let user = gate.db.read(move |read| super::user_of_link(read.conn, read.now, link)).await?;
    super::check("/password", password, &[&user.email, &user.name]).map_err(|fault| Error::invalid(vec![fault]))?;
    let hash = gate.passwords.hashed(password.to_owned()).await?;
    let asked = Arc::new(asked(request, requester));
    let context = Context { request: Some(requester.id), ..Context::system() };
    gate.db
        .write(context, move |tx| {
            let Some(link) = link else { return Err(Error::not_found()) };
            let user = super::set_by_link(tx, link, &hash)?;
            audit::record(tx, &Entry::outside(&asked, "auth.password_set", Outcome::Done, Some(user)))
        })
        .await
}
