//! HTTP API of API keys: list, create, delete.
//! What a key may be used for is decided in `mod.rs` and `policy.rs`.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, delete, get, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ApiKey, NewKey, store};
use crate::access::guard::Authorized;
use crate::access::policy::{KeyScope, may};
use crate::access::sessions::api::PlainList;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::{ApiKeyId, UserId, kind};
use crate::kernel::line::Line;
use crate::kernel::page::Page;
use crate::platform::http::{Body, Operations, PathId, Query, Reply};

pub fn routes(operations: &mut Operations<'_>) {
    operations.service(list_keys).service(create_key).service(delete_key);
}

/// An API key without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApiKey, example = json!({"name": "官网服务器", "scopes": ["intake"]}))]
struct KeyView {
    id: ApiKeyId,
    name: String,
    scopes: Vec<KeyScope>,
    /// The user within whose reach it acts, and with whose account it ends.
    creator_id: UserId,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    /// To the minute.
    last_used_at: Option<Timestamp>,
}

impl From<ApiKey> for KeyView {
    fn from(key: ApiKey) -> Self {
        let ApiKey { id, name, scopes, creator_id, created_at, expires_at, last_used_at, .. } = key;
        Self { id, name, scopes: scopes.0, creator_id, created_at, expires_at, last_used_at }
    }
}

/// A key with its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NewApiKey)]
struct NewKeyView {
    #[serde(flatten)]
    key: KeyView,
    /// Send it as `Authorization: Bearer …` or `X-API-Key: …`. It is shown only here.
    #[schema(example = "ldk_c2VjcmV0")]
    secret: String,
}

/// All API keys, newest first.
#[utoipa::path(params(Authorized<may::ManageKeys, Query<PlainList>>),
    responses((status = 200, body = Page<KeyView>)))]
#[get("/api/v1/api-keys")]
async fn list_keys(caller: Authorized<may::ManageKeys, Query<PlainList>>) -> Result<HttpResponse> {
    let page = caller
        .read(|read, caller, Query(PlainList(page))| store::list(read.conn, &caller.scope, page))
        .await?;
    Ok(HttpResponse::Ok().json(page.map(KeyView::from)))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "官网服务器", "scopes": ["intake"]}))]
struct NewKeyRequest {
    name: Line<1, 200>,
    #[schema(min_items = 1)]
    scopes: Vec<KeyScope>,
    /// Never, unless given.
    #[serde(default)]
    expires_at: Option<Timestamp>,
}

/// Create an API key. It acts within your reach and ends with your account.
///
/// The answer is never stored for an `Idempotency-Key`: it holds the secret.
#[utoipa::path(
    params(Authorized<may::ManageKeys, Body<NewKeyRequest>>),
    request_body = NewKeyRequest,
    responses((status = 201, body = NewKeyView)),
    extensions(("x-not-kept" = json!(true))),
)]
#[post("/api/v1/api-keys")]
async fn create_key(caller: Authorized<may::ManageKeys, Body<NewKeyRequest>>) -> Result<HttpResponse> {
    caller
        .write_without_idempotency(|tx, caller, Body(request)| {
            let new = NewKey {
                name: request.name.0.clone(),
                scopes: request.scopes.clone(),
                expires_at: request.expires_at,
            };
            let (key, secret) = super::make(tx, caller, &new)?;
            let location = Some(format!("/api/v1/api-keys/{}", key.id));
            Ok(Reply {
                location,
                ..Reply::json(StatusCode::CREATED, &NewKeyView { key: key.into(), secret })?
            })
        })
        .await
}

/// Delete an API key.
#[utoipa::path(params(Authorized<may::ManageKeys, PathId<kind::ApiKey>>), responses((status = 204)))]
#[delete("/api/v1/api-keys/{id}")]
async fn delete_key(caller: Authorized<may::ManageKeys, PathId<kind::ApiKey>>) -> Result<HttpResponse> {
    caller.write(|tx, caller, PathId(id)| super::delete(tx, caller, *id).map(|()| Reply::nothing())).await
}
