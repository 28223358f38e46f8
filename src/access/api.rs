//! The wire of this room: login, the own account, users.
//! What may be done is decided in `actions.rs` and `policy.rs`.

use std::net::IpAddr;

use actix_web::http::header::{CACHE_CONTROL, ETAG};
use actix_web::{HttpRequest, HttpResponse, get, patch, post, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::actions::{self, NewUser, UserPatch};
use super::guard::{Allowed, Gate};
use super::model::{Locale, Role, User};
use super::policy::may;
use super::store::{self, UserFilter};
use super::tokens::ACCESS_LIFE;
use crate::kernel::clock::Timestamp;
use crate::kernel::email::comparable;
use crate::kernel::error::{Class, Error, Fault, Refusal, Result, UNKNOWN_ID};
use crate::kernel::id::{TeamId, UserId, kind};
use crate::kernel::page::{Page, PageRequest};
use crate::kernel::patch::{Patch, patched};
use crate::platform::db::{Actor, Context};
use crate::platform::http::limits::Limiter;
use crate::platform::http::query::{Parameters, Taker};
use crate::platform::http::reply::etag;
use crate::platform::http::schema::Line;
use crate::platform::http::{Body, PathId, Precondition, Query, Reply, Requester};

static WRONG_LOGIN: Refusal = Refusal::new(Class::Unauthenticated, "wrong_login", "邮箱或密码不正确。", "The mail address or the password is wrong.");

/// The limit of password checks per client address.
pub struct LoginLimit(pub Limiter<IpAddr>);

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(login).service(me).service(list_users).service(create_user).service(read_user).service(update_user);
}

/// A user as told to callers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub struct UserView {
    id: UserId,
    email: String,
    name: String,
    role: Role,
    team_id: Option<TeamId>,
    phone: Option<String>,
    active: bool,
    locale: Option<Locale>,
    created_at: Timestamp,
    updated_at: Timestamp,
    version: i64,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        let User { id, email, name, role, team_id, phone, active, locale, created_at, updated_at, version, .. } = user;
        Self { id, email, name, role, team_id, phone, active, locale, created_at, updated_at, version }
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LoginRequest {
    email: Line<0, 254>,
    #[schema(max_length = 256)]
    password: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct LoginAnswer {
    /// JWT; send it as `Authorization: Bearer …`.
    access_token: String,
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// Seconds for which the access token serves.
    expires_in: i64,
    refresh_token: String,
    user: UserView,
}

/// Log in with a password.
///
/// The answer is never kept for an `Idempotency-Key`: it holds secrets.
#[utoipa::path(tag = "access", request_body = LoginRequest, responses((status = 200, body = LoginAnswer)))]
#[post("/api/v1/auth/login")]
async fn login(
    request: HttpRequest,
    requester: Requester,
    gate: web::Data<Gate>,
    limit: web::Data<LoginLimit>,
    body: Body<LoginRequest>,
) -> Result<HttpResponse> {
    limit.0.check(&request, &requester.address)?;
    let LoginRequest { email, password } = body.0;
    let key = comparable(&email.0);
    let user = gate.db.read(move |read| store::by_email(read.conn, &key)).await?;
    let hash = user.as_ref().filter(|user| user.active).and_then(|user| user.password_hash.clone());
    let fits = gate.passwords.fits(password, hash.clone()).await?;
    let refused = || Error::refuse(&WRONG_LOGIN);
    let (user, hash) = user.zip(hash).filter(|_| fits).ok_or_else(refused)?;
    let context = Context::by(Actor::User(user.id), Some(requester.id));
    let login = gate.db.write(context, move |tx| actions::begin_session(tx, user.id, &hash)).await?.ok_or_else(refused)?;
    let answer = LoginAnswer {
        access_token: gate.keys.access_token(login.user.id, login.session.id, login.session.created_at)?,
        token_type: "Bearer",
        expires_in: ACCESS_LIFE.num_seconds(),
        refresh_token: login.refresh_token,
        user: login.user.into(),
    };
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(answer))
}

/// The caller's own account.
#[utoipa::path(tag = "access", responses((status = 200, body = UserView)))]
#[get("/api/v1/me")]
async fn me(caller: Allowed<may::ReadSelf>) -> Result<HttpResponse> {
    let user = caller.read(|read, caller, ()| store::find(read.conn, &caller.scope, caller.id)).await?;
    one(user)
}

fn one(user: Option<User>) -> Result<HttpResponse> {
    let user: UserView = user.ok_or_else(Error::not_found)?.into();
    Ok(HttpResponse::Ok().insert_header((ETAG, etag(user.version))).json(user))
}

struct UserList {
    filter: UserFilter,
    page: PageRequest,
}

impl Parameters for UserList {
    fn take(from: &mut Taker) -> Self {
        let filter = UserFilter {
            roles: from.words("role", &Role::all_words(), Role::from_word),
            active: from.boolean("active"),
            team: from.parsed("team", "a team's id", |text| text.parse().ok()),
        };
        Self { filter, page: from.page() }
    }
}

/// The users within reach: managers read their team, admins everybody.
#[utoipa::path(
    tag = "access",
    params(
        ("role" = Option<String>, Query, description = "Any of these, with commas between"),
        ("active" = Option<bool>, Query),
        ("team" = Option<String>, Query),
        ("limit" = Option<i64>, Query, description = "1–200, 50 unless given"),
        ("cursor" = Option<String>, Query),
        ("count" = Option<bool>, Query),
    ),
    responses((status = 200, body = Page<UserView>))
)]
#[get("/api/v1/users")]
async fn list_users(caller: Allowed<may::ReadUsers, Query<UserList>>) -> Result<HttpResponse> {
    let page = caller.read(|read, caller, Query(list)| store::list(read.conn, &caller.scope, &list.filter, &list.page)).await?;
    Ok(HttpResponse::Ok().json(page.map(UserView::from)))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewUserRequest {
    #[schema(min_length = 1, max_length = 254, format = "email")]
    email: String,
    name: Line<1, 200>,
    role: Role,
    #[serde(default)]
    team_id: Option<String>,
    #[serde(default)]
    phone: Option<Line<0, 100>>,
    /// True unless given.
    #[serde(default)]
    active: Option<bool>,
    /// The language of mails.
    #[serde(default)]
    locale: Option<Locale>,
}

fn team(text: &str) -> Result<TeamId> {
    text.parse().map_err(|_| Error::invalid(vec![Fault::new("/team_id", &UNKNOWN_ID)]))
}

/// Make a user, who gets no work before there is a password.
#[utoipa::path(tag = "access", request_body = NewUserRequest, responses((status = 201, body = UserView)))]
#[post("/api/v1/users")]
async fn create_user(caller: Allowed<may::WriteUsers, Body<NewUserRequest>>) -> Result<HttpResponse> {
    caller
        .write(|tx, _, Body(request)| {
            let new = NewUser {
                email: request.email.clone(),
                name: request.name.0.clone(),
                role: request.role,
                team_id: request.team_id.as_deref().map(team).transpose()?,
                phone: request.phone.as_ref().map(|line| line.0.clone()),
                locale: request.locale,
                active: request.active.unwrap_or(true),
                password_hash: None,
            };
            let user: UserView = actions::create(tx, &new)?.into();
            Reply::created(&user, user.version, format!("/api/v1/users/{}", user.id))
        })
        .await
}

/// One user within reach.
#[utoipa::path(tag = "access", params(("id" = String, Path)), responses((status = 200, body = UserView)))]
#[get("/api/v1/users/{id}")]
async fn read_user(caller: Allowed<may::ReadUsers, PathId<kind::User>>) -> Result<HttpResponse> {
    one(caller.read(|read, caller, PathId(id)| store::find(read.conn, &caller.scope, *id)).await?)
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UserPatchRequest {
    #[serde(default)]
    #[schema(min_length = 1, max_length = 254, format = "email", nullable = false)]
    email: Option<String>,
    #[serde(default)]
    #[schema(nullable = false)]
    name: Option<Line<1, 200>>,
    #[serde(default)]
    #[schema(nullable = false)]
    role: Option<Role>,
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<String>)]
    team_id: Patch<String>,
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<Line<0, 100>>)]
    phone: Patch<String>,
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<Locale>)]
    locale: Patch<Locale>,
    #[serde(default)]
    #[schema(nullable = false)]
    active: Option<bool>,
}

/// Change a user. It takes effect with the very next request.
#[utoipa::path(tag = "access", params(("id" = String, Path)), request_body = UserPatchRequest, responses((status = 200, body = UserView)))]
#[patch("/api/v1/users/{id}")]
async fn update_user(caller: Allowed<may::WriteUsers, (PathId<kind::User>, Precondition, Body<UserPatchRequest>)>) -> Result<HttpResponse> {
    caller
        .write(|tx, caller, (PathId(id), precondition, Body(request))| {
            let team_id = match &request.team_id {
                Some(Some(text)) => Some(Some(team(text)?)),
                Some(None) => Some(None),
                None => None,
            };
            let patch = UserPatch {
                email: request.email.clone(),
                name: request.name.as_ref().map(|line| line.0.clone()),
                role: request.role,
                team_id,
                phone: request.phone.clone(),
                locale: request.locale,
                active: request.active,
            };
            let user: UserView = actions::update(tx, caller, *id, &patch, precondition)?.into();
            Reply::resource(&user, user.version)
        })
        .await
}
