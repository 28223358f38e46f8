//! HTTP API of users: the caller's own account, and all users within reach.
//! The rules are in `actions.rs` and `policy.rs`.

use actix_web::http::header::ETAG;
use actix_web::{HttpResponse, get, patch, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::actions::{self, NewUser, OwnPatch, UserPatch};
use super::guard::Authorized;
use super::model::{Locale, Role, User};
use super::policy::may;
use super::store::{self, UserFilter};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Error, Fault, Result, UNKNOWN_ID};
use crate::kernel::id::{TeamId, UserId, kind};
use crate::kernel::line::Line;
use crate::kernel::page::{Page, PageRequest};
use crate::kernel::patch::{Patch, patched};
use crate::kernel::precondition::Precondition;
use crate::platform::http::query::{Parameters, QueryReader};
use crate::platform::http::reply::etag;
use crate::platform::http::{Body, Operations, PathId, Query, Reply};

pub fn routes(operations: &mut Operations<'_>) {
    operations
        .service(me)
        .service(update_me)
        .service(list_users)
        .service(create_user)
        .service(read_user)
        .service(update_user);
}

/// A user as the API returns it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(
    as = User,
    example = json!({"email": "jingqiu@park.example", "name": "林静秋", "role": "agent",
        "team_id": "team_06a9e1t7qdw0x3f8m2c5kz4rpg", "phone": "138 1395 7246", "locale": "zh-CN"})
)]
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
        let User {
            id,
            email,
            name,
            role,
            team_id,
            phone,
            active,
            locale,
            created_at,
            updated_at,
            version,
            ..
        } = user;
        Self { id, email, name, role, team_id, phone, active, locale, created_at, updated_at, version }
    }
}

/// The caller's own account.
#[utoipa::path(params(Authorized<may::ReadSelf>), responses((status = 200, body = UserView)))]
#[get("/api/v1/me")]
async fn me(caller: Authorized<may::ReadSelf>) -> Result<HttpResponse> {
    let user = caller.read(|read, caller, ()| store::find(read.conn, &caller.scope, caller.id)).await?;
    one(user)
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "林静秋", "phone": "138 1395 7246", "locale": "zh-CN"}))]
struct OwnPatchRequest {
    #[serde(default)]
    #[schema(nullable = false)]
    name: Option<Line<1, 200>>,
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<Line<0, 100>>)]
    phone: Patch<String>,
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<Locale>)]
    locale: Patch<Locale>,
}

/// Change one's own name, phone number or language.
#[utoipa::path(
    params(Authorized<may::WriteSelf, (Precondition, Body<OwnPatchRequest>)>),
    request_body = OwnPatchRequest,
    responses((status = 200, body = UserView)),
)]
#[patch("/api/v1/me")]
async fn update_me(
    caller: Authorized<may::WriteSelf, (Precondition, Body<OwnPatchRequest>)>,
) -> Result<HttpResponse> {
    caller
        .write(|tx, caller, (precondition, Body(request))| {
            let patch = OwnPatch {
                name: request.name.as_ref().map(|line| line.0.clone()),
                phone: request.phone.clone(),
                locale: request.locale,
            };
            let user: UserView = actions::update_self(tx, caller, &patch, precondition)?.into();
            Reply::resource(&user, user.version)
        })
        .await
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
    fn from_query(from: &mut QueryReader) -> Self {
        let filter = UserFilter {
            roles: from.about("Any of these roles.").words("role", &Role::all_words(), Role::from_word),
            active: from.about("Whether they may log in.").boolean("active"),
            team: from.about("The users of this team.").id("team", ("团队编号", "a team's id")),
        };
        Self { filter, page: from.page() }
    }
}

/// The users within reach: managers read their team, admins everybody.
#[utoipa::path(params(Authorized<may::ReadUsers, Query<UserList>>),
    responses((status = 200, body = Page<UserView>)))]
#[get("/api/v1/users")]
async fn list_users(caller: Authorized<may::ReadUsers, Query<UserList>>) -> Result<HttpResponse> {
    let page = caller
        .read(|read, caller, Query(list)| store::list(read.conn, &caller.scope, &list.filter, &list.page))
        .await?;
    Ok(HttpResponse::Ok().json(page.map(UserView::from)))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "jingqiu@park.example", "name": "林静秋", "role": "agent",
    "locale": "zh-CN"}))]
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

/// Create a user. They are invited by mail to set a password, and are assigned no inquiries before that.
#[utoipa::path(
    params(Authorized<may::WriteUsers, Body<NewUserRequest>>),
    request_body = NewUserRequest,
    responses((status = 201, body = UserView), (status = 409)),
)]
#[post("/api/v1/users")]
async fn create_user(caller: Authorized<may::WriteUsers, Body<NewUserRequest>>) -> Result<HttpResponse> {
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
#[utoipa::path(params(Authorized<may::ReadUsers, PathId<kind::User>>),
    responses((status = 200, body = UserView)))]
#[get("/api/v1/users/{id}")]
async fn read_user(caller: Authorized<may::ReadUsers, PathId<kind::User>>) -> Result<HttpResponse> {
    one(caller.read(|read, caller, PathId(id)| store::find(read.conn, &caller.scope, *id)).await?)
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"role": "manager", "team_id": "team_06a9e1t7qdw0x3f8m2c5kz4rpg"}))]
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

/// Change a user. It takes effect with their next request.
#[utoipa::path(
    params(Authorized<may::WriteUsers, (PathId<kind::User>, Precondition, Body<UserPatchRequest>)>),
    request_body = UserPatchRequest,
    responses((status = 200, body = UserView), (status = 409)),
)]
#[patch("/api/v1/users/{id}")]
async fn update_user(
    caller: Authorized<may::WriteUsers, (PathId<kind::User>, Precondition, Body<UserPatchRequest>)>,
) -> Result<HttpResponse> {
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
