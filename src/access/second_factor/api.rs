//! HTTP API of the second factor: enrol, confirm, remove.
//! Codes are checked in `mod.rs`.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, delete, post, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::actions::remove_second_factor;
use crate::access::guard::Authorized;
use crate::access::login_limit::RateLimited;
use crate::access::policy::may;
use crate::kernel::error::{Class, Error, Result};
use crate::kernel::id::kind;
use crate::platform::http::{Body, Operations, PathId, Reply};

/// The issuer name that authenticators show beside the codes.
pub struct Issuer(pub String);

pub fn routes(operations: &mut Operations<'_>) {
    operations.service(enrol_totp).service(confirm_totp).service(delete_totp).service(delete_totp_of);
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(
    as = TotpEnrolment,
    example = json!({"secret": "JBSWY3DPEHPK3PXP",
        "otpauth_url": "otpauth://totp/Leaddock:jingqiu@park.example?secret=JBSWY3DPEHPK3PXP",
            "recovery_codes": ["7kq2-m9xd"]})
)]
struct EnrolmentView {
    /// For typing into an authenticator: base32.
    secret: String,
    /// For a QR code: `otpauth://totp/…`.
    otpauth_url: String,
    /// Each can be used once in place of a code. They are shown only here.
    recovery_codes: Vec<String>,
}

/// Set up a second factor. It takes effect once one of its codes was confirmed.
///
/// The answer is never stored for an `Idempotency-Key`: it holds secrets.
#[utoipa::path(params(Authorized<may::WriteSelf>),
    responses((status = 201, body = EnrolmentView), (status = 409)),
        extensions(("x-not-kept" = json!(true))))]
#[post("/api/v1/me/totp")]
async fn enrol_totp(issuer: web::Data<Issuer>, caller: Authorized<may::WriteSelf>) -> Result<HttpResponse> {
    let issuer = issuer.into_inner();
    caller
        .write_without_idempotency(move |tx, caller, ()| {
            let user = crate::access::store::by_id(tx.conn, caller.id)?.ok_or_else(Error::not_found)?;
            let super::Enrolment { secret, otpauth_url, recovery_codes } =
                super::enrol(tx, &user, &issuer.0)?;
            Reply::json(StatusCode::CREATED, &EnrolmentView { secret, otpauth_url, recovery_codes })
        })
        .await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "123456"}))]
struct CodeRequest {
    /// The six digits that the authenticator shows.
    #[schema(max_length = 100)]
    code: String,
}

/// Confirm the second factor with one of its codes, which puts it in force.
#[utoipa::path(
    params(Authorized<may::WriteSelf, Body<CodeRequest>>),
    request_body = CodeRequest,
    responses((status = 204), (status = 404), (status = 409)),
    extensions(("x-limit" = json!("login"))),
)]
#[post("/api/v1/me/totp/confirm")]
async fn confirm_totp(
    _: RateLimited,
    caller: Authorized<may::WriteSelf, Body<CodeRequest>>,
) -> Result<HttpResponse> {
    let user = caller
        .read(|read, caller, _| {
            crate::access::store::by_id(read.conn, caller.id)?.ok_or_else(Error::not_found)
        })
        .await?;
    let auth = caller.auth();
    let attempt = auth.attempts.begin(&user.email_key, auth.db.parts().clock.now())?;
    match caller
        .write(|tx, caller, Body(request)| {
            super::confirm(tx, caller.id, &request.code).map(|()| Reply::nothing())
        })
        .await
    {
        Ok(answer) => {
            attempt.succeeded();
            Ok(answer)
        }
        Err(error) if error.class() == Class::Invalid => {
            attempt.failed();
            Err(caller.refused(error).await)
        }
        Err(error) => Err(error),
    }
}

/// Remove the second factor and its recovery codes.
#[utoipa::path(params(Authorized<may::WriteSelf>), responses((status = 204), (status = 404)))]
#[delete("/api/v1/me/totp")]
async fn delete_totp(caller: Authorized<may::WriteSelf>) -> Result<HttpResponse> {
    caller.write(|tx, caller, ()| super::remove(tx, caller.id).map(|()| Reply::nothing())).await
}

/// Remove the second factor of a user who has lost it. It ends all their sessions.
#[utoipa::path(params(Authorized<may::WriteUsers, PathId<kind::User>>), responses((status = 204)))]
#[delete("/api/v1/users/{id}/totp")]
async fn delete_totp_of(caller: Authorized<may::WriteUsers, PathId<kind::User>>) -> Result<HttpResponse> {
    caller
        .write(|tx, caller, PathId(id)| remove_second_factor(tx, caller, *id).map(|()| Reply::nothing()))
        .await
}
