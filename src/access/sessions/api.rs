//! HTTP API of sessions: login, refresh, logout, and the list of one's own.
//! Token rotation is in `actions.rs`.

use std::sync::Arc;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, delete, get, post, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Login, LoginOutcome, RefreshOutcome, Session, store};
use crate::access::api::UserView;
use crate::access::audit::{self, AuditEntry, Outcome, RequestInfo};
use crate::access::caller::CredentialId;
use crate::access::guard::{AuthContext, Authorized};
use crate::access::login_limit::{AUTH_BODY_MAX, RateLimited, request_info};
use crate::access::model::USER;
use crate::access::policy::may;
use crate::access::tokens::{ACCESS_LIFE, UNAUTHENTICATED};
use crate::kernel::clock::Timestamp;
use crate::kernel::email::comparable;
use crate::kernel::error::{Class, Error, Refusal, Result};
use crate::kernel::id::{SessionId, UserId, kind};
use crate::kernel::line::Line;
use crate::kernel::page::{Page, PageRequest};
use crate::platform::db::{Actor, Context};
use crate::platform::http::query::{Parameters, QueryReader};
use crate::platform::http::{Body, Operations, PathId, Query, Reply, Requester};

static WRONG_LOGIN: Refusal = Refusal::new(
    Class::Unauthenticated,
    "wrong_login",
    "邮箱、密码或验证码不正确。",
    "The e-mail address, the password or the code is wrong.",
);
static CODE_WANTED: Refusal = Refusal::new(
    Class::Unauthenticated,
    "totp_required",
    "还需要验证码：请在 totp 中填写验证器上的六位数字，或一个恢复码。",
    "A code is needed as well: send the six digits from your authenticator app, or a recovery code, as totp.",
);

pub fn routes(operations: &mut Operations<'_>) {
    operations
        .service(log_in)
        .service(refresh_session)
        .service(log_out)
        .service(list_sessions)
        .service(end_session);
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "jingqiu@park.example", "password": "correct-horse-battery"}))]
struct LoginRequest {
    email: Line<0, 254>,
    #[schema(max_length = 256)]
    password: String,
    /// The six digits of the second factor, or a recovery code; wanted once a second factor is in force.
    #[serde(default)]
    #[schema(max_length = 100)]
    totp: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(
    example = json!({"access_token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c3IifQ.c2lnbmF0dXJl",
        "token_type": "Bearer", "expires_in": 900, "refresh_token": "ldr_c2VjcmV0"})
)]
struct LoginAnswer {
    /// JWT; send it as `Authorization: Bearer …`.
    access_token: String,
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// Seconds for which the access token is valid.
    expires_in: i64,
    /// Can be used for one refresh.
    refresh_token: String,
    user: UserView,
}

fn answer(auth: &AuthContext, login: Login) -> Result<HttpResponse> {
    let now = auth.db.parts().clock.now();
    let answer = LoginAnswer {
        access_token: auth.keys.access_token(login.user.id, login.session, now)?,
        token_type: "Bearer",
        expires_in: ACCESS_LIFE.num_seconds(),
        refresh_token: login.refresh_token,
        user: login.user.into(),
    };
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(answer))
}

/// Log in with a password, and a code if a second factor is in force.
///
/// The answer is never stored for an `Idempotency-Key`: it holds secrets.
#[utoipa::path(request_body = LoginRequest, responses((status = 200, body = LoginAnswer), (status = 401)),
    extensions(("x-limit" = json!("login"))))]
#[post("/api/v1/auth/login")]
async fn log_in(
    _: RateLimited,
    request: HttpRequest,
    requester: Requester,
    auth: web::Data<AuthContext>,
    body: Body<LoginRequest, AUTH_BODY_MAX>,
) -> Result<HttpResponse> {
    let LoginRequest { email, password, totp } = body.0;
    let account = comparable(&email.0);
    let attempt = auth.attempts.begin(&account, auth.db.parts().clock.now())?;
    let user = auth.db.read(move |read| crate::access::store::by_email(read.conn, &account)).await?;
    let known = user.as_ref().map(|user| user.id);
    let hash = user.as_ref().filter(|user| user.active).and_then(|user| user.password_hash.clone());
    let fits = auth.passwords.matches(password, hash.clone()).await?;
    let asked = Arc::new(request_info(&request, &requester));
    let Some((user, hash)) = user.zip(hash).filter(|_| fits) else {
        attempt.failed();
        return Err(refuse(&auth, &asked, known, &WRONG_LOGIN).await);
    };
    let context = Context::by(Actor::new(USER, user.id), Some(requester.id));
    let noted = Arc::clone(&asked);
    let begun = auth.db.write(context, move |tx| {
        let begun = super::begin(tx, user.id, &hash, totp.as_deref())?;
        if let LoginOutcome::Login(login) = &begun {
            audit::record(
                tx,
                &AuditEntry::unauthenticated(&noted, "auth.login", Outcome::Done, Some(login.user.id)),
            )?;
        }
        Ok(begun)
    });
    match begun.await? {
        LoginOutcome::Login(login) => {
            attempt.succeeded();
            answer(&auth, *login)
        }
        // No failure, but earlier failures are not forgotten either.
        LoginOutcome::CodeMissing => Err(refuse(&auth, &asked, known, &CODE_WANTED).await),
        LoginOutcome::Refused => {
            attempt.failed();
            Err(refuse(&auth, &asked, known, &WRONG_LOGIN).await)
        }
    }
}

/// Records the refusal in the audit log and returns it as an error.
async fn refuse(
    auth: &AuthContext,
    asked: &Arc<RequestInfo>,
    user: Option<UserId>,
    refusal: &'static Refusal,
) -> Error {
    let entry = AuditEntry::unauthenticated(asked, "auth.login", Outcome::Refused, user);
    match auth.db.write(Context::system(), move |tx| audit::record(tx, &entry)).await {
        Ok(()) => Error::refuse(refusal),
        Err(error) => error,
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"refresh_token": "ldr_c2VjcmV0"}))]
struct RefreshRequest {
    #[schema(max_length = 10000)]
    refresh_token: String,
}

/// Exchange a refresh token for a new access token and the next refresh token.
///
/// A token can be used once. A repeated request with it within ten seconds gets the same next token, as long
/// as that one is unused; later, or once it is used, the session ends with all its tokens (401).
#[utoipa::path(request_body = RefreshRequest, responses((status = 200, body = LoginAnswer), (status = 401)))]
#[post("/api/v1/auth/refresh")]
async fn refresh_session(
    request: HttpRequest,
    requester: Requester,
    auth: web::Data<AuthContext>,
    body: Body<RefreshRequest, AUTH_BODY_MAX>,
) -> Result<HttpResponse> {
    let (keys, token, asked) =
        (Arc::clone(&auth.keys), body.0.refresh_token, request_info(&request, &requester));
    let context = Context::by(Actor::SYSTEM, Some(requester.id));
    let refreshed = auth.db.write(context, move |tx| {
        let refreshed = super::refresh(tx, &keys, &token)?;
        if let RefreshOutcome::Reused(user) = &refreshed {
            audit::record(
                tx,
                &AuditEntry::unauthenticated(&asked, "auth.refresh", Outcome::Refused, Some(*user)),
            )?;
        }
        Ok(refreshed)
    });
    match refreshed.await? {
        RefreshOutcome::Login(login) => answer(&auth, *login),
        RefreshOutcome::Reused(_) | RefreshOutcome::Refused => Err(Error::refuse(&UNAUTHENTICATED)),
    }
}

/// End the session of the access token, and its refresh tokens.
///
/// An `Idempotency-Key` is ignored: keys belong to the user, and this is about one of their sessions.
#[utoipa::path(params(Authorized<may::WriteSelf>), responses((status = 204)),
    extensions(("x-not-kept" = json!(true))))]
#[post("/api/v1/auth/logout")]
async fn log_out(caller: Authorized<may::WriteSelf>) -> Result<HttpResponse> {
    caller
        .write_without_idempotency(|tx, caller, ()| {
            if let Some(CredentialId::Session(session)) = caller.credential {
                super::end_one(tx, caller.id, session)?;
            }
            Ok(Reply::nothing())
        })
        .await
}

/// A session that has not ended.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
struct SessionView {
    id: SessionId,
    created_at: Timestamp,
    last_used_at: Timestamp,
    expires_at: Timestamp,
    /// Whether it is the session of this request.
    current: bool,
}

impl SessionView {
    fn of(session: Session, current: Option<CredentialId>) -> Self {
        let Session { id, created_at, last_used_at, expires_at, .. } = session;
        Self { id, created_at, last_used_at, expires_at, current: current == Some(CredentialId::Session(id)) }
    }
}

/// A list without filters.
pub struct PlainList(pub PageRequest);

impl Parameters for PlainList {
    fn from_query(from: &mut QueryReader) -> Self {
        Self(from.page())
    }
}

/// One's own sessions, newest first.
#[utoipa::path(params(Authorized<may::WriteSelf, Query<PlainList>>),
    responses((status = 200, body = Page<SessionView>)))]
#[get("/api/v1/me/sessions")]
async fn list_sessions(caller: Authorized<may::WriteSelf, Query<PlainList>>) -> Result<HttpResponse> {
    let page = caller.read(|read, caller, Query(PlainList(page))| {
        let sessions = store::list(read.conn, caller.id, read.now, page)?;
        Ok(sessions.map(|session| SessionView::of(session, caller.credential)))
    });
    Ok(HttpResponse::Ok().json(page.await?))
}

/// End one of one's own sessions.
#[utoipa::path(params(Authorized<may::WriteSelf, PathId<kind::Session>>), responses((status = 204)))]
#[delete("/api/v1/me/sessions/{id}")]
async fn end_session(caller: Authorized<may::WriteSelf, PathId<kind::Session>>) -> Result<HttpResponse> {
    caller.write(|tx, caller, PathId(id)| super::end_one(tx, caller.id, *id).map(|()| Reply::nothing())).await
}
