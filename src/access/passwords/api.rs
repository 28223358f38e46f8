//! HTTP API of passwords: change one's own, request a reset link, set one by a link, as JSON or on a page.
//! The validity of links is decided in `actions.rs`.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, put, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::requests;
use crate::access::audit::{self, AuditEntry, Outcome};
use crate::access::guard::{AuthContext, Authorized};
use crate::access::login_limit::{AUTH_BODY_MAX, RateLimited, request_info};
use crate::access::policy::may;
use crate::kernel::email::comparable;
use crate::kernel::error::{Error, Fault, Result};
use crate::kernel::line::Line;
use crate::platform::db::Context;
use crate::platform::http::{Body, Operations, Reply, Requester};

pub fn routes(operations: &mut Operations<'_>) {
    operations.service(change_password).service(request_reset).service(confirm_reset);
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"current_password": "correct-horse-battery",
    "new_password": "a-longer-password-2026"}))]
struct PasswordRequest {
    #[schema(max_length = 256)]
    current_password: String,
    #[schema(min_length = 12, max_length = 256)]
    new_password: String,
}

/// Change one's own password. It ends all other sessions.
#[utoipa::path(
    params(Authorized<may::WriteSelf, Body<PasswordRequest>>),
    request_body = PasswordRequest,
    responses((status = 204)),
    extensions(("x-limit" = json!("login"))),
)]
#[put("/api/v1/me/password")]
async fn change_password(
    _: RateLimited,
    caller: Authorized<may::WriteSelf, Body<PasswordRequest>>,
) -> Result<HttpResponse> {
    let user = caller
        .read(|read, caller, _| {
            crate::access::store::by_id(read.conn, caller.id)?.ok_or_else(Error::not_found)
        })
        .await?;
    let auth = caller.auth();
    let Body(PasswordRequest { current_password, new_password }) = caller.input();
    let attempt = auth.attempts.begin(&user.email_key, auth.db.parts().clock.now())?;
    let hash = user.password_hash.clone();
    let fits = auth.passwords.matches(current_password.clone(), hash.clone()).await?;
    let Some(hash) = hash.filter(|_| fits) else {
        attempt.failed();
        return Err(caller
            .refused(Error::invalid(vec![Fault::new("/current_password", &super::actions::WRONG_PASSWORD)]))
            .await);
    };
    attempt.succeeded();
    super::check("/new_password", new_password, &[&user.email, &user.name])
        .map_err(|fault| Error::invalid(vec![fault]))?;
    let new_hash = auth.passwords.hash(new_password.clone()).await?;
    caller
        .write(move |tx, caller, _| super::change(tx, caller, &hash, &new_hash).map(|()| Reply::nothing()))
        .await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "jingqiu@park.example"}))]
struct ResetRequest {
    email: Line<0, 254>,
}

/// Request a link by mail to set a new password.
///
/// The answer and its time are the same whether there is such a user or not: the address is looked up
/// afterwards. A link is valid for an hour and can be used once; a newer one invalidates it.
#[utoipa::path(request_body = ResetRequest, responses((status = 202)),
    extensions(("x-limit" = json!("login"))))]
#[post("/api/v1/auth/password-reset")]
async fn request_reset(
    _: RateLimited,
    request: HttpRequest,
    requester: Requester,
    auth: web::Data<AuthContext>,
    body: Body<ResetRequest, AUTH_BODY_MAX>,
) -> Result<HttpResponse> {
    let (email_key, asked) = (comparable(&body.0.email.0), request_info(&request, &requester));
    let context = Context { request: Some(requester.id), ..Context::system() };
    auth.db.write(context, move |tx| requests::enqueue(tx, &email_key, &asked)).await?;
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

/// Set a password with the link from a mail, a reset or an invitation. It ends all sessions.
#[utoipa::path(request_body = ConfirmRequest, responses((status = 204), (status = 404)),
    extensions(("x-limit" = json!("login"))))]
#[post("/api/v1/auth/password-reset/confirm")]
async fn confirm_reset(
    _: RateLimited,
    request: HttpRequest,
    requester: Requester,
    auth: web::Data<AuthContext>,
    body: Body<ConfirmRequest, AUTH_BODY_MAX>,
) -> Result<HttpResponse> {
    set_by_link(&request, &requester, &auth, &body.0.token, &body.0.password).await?;
    Ok(HttpResponse::build(StatusCode::NO_CONTENT).finish())
}

/// Shared by the API and the page. The request has been counted against the limit.
pub(super) async fn set_by_link(
    request: &HttpRequest,
    requester: &Requester,
    auth: &AuthContext,
    token: &str,
    password: &str,
) -> Result<()> {
    let link = auth.keys.link_id(token);
    let user = auth.db.read(move |read| super::user_of_link(read.conn, read.now, link)).await?;
    super::check("/password", password, &[&user.email, &user.name])
        .map_err(|fault| Error::invalid(vec![fault]))?;
    let hash = auth.passwords.hash(password.to_owned()).await?;
    let asked = Arc::new(request_info(request, requester));
    let context = Context { request: Some(requester.id), ..Context::system() };
    auth.db
        .write(context, move |tx| {
            let Some(link) = link else { return Err(Error::not_found()) };
            let user = super::set_by_link(tx, link, &hash)?;
            audit::record(
                tx,
                &AuditEntry::unauthenticated(&asked, "auth.password_set", Outcome::Done, Some(user)),
            )
        })
        .await
}
