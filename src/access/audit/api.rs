//! HTTP API of the audit log: a list for administrators.
//! What is recorded is decided in `mod.rs`.

use actix_web::{HttpResponse, get};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::model::{AuditRow, Outcome};
use super::store::{self, AuditFilter};
use crate::access::guard::Authorized;
use crate::access::policy::may;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::{ApiKeyId, AuditId, UserId};
use crate::kernel::page::{Page, PageRequest};
use crate::platform::http::query::{Parameters, QueryReader};
use crate::platform::http::{Operations, Query};

pub fn routes(operations: &mut Operations<'_>) {
    operations.service(list_audit);
}

/// Who did something, or tried to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditActor)]
struct ActorView {
    user_id: Option<UserId>,
    /// The API key that was used.
    key_id: Option<ApiKeyId>,
}

/// An audit entry: something that was done, or refused.
#[derive(Debug, Serialize, ToSchema)]
#[schema(
    as = AuditEntry,
    example = json!({"actor": {"user_id": "usr_06a9e1t7qdw0x3f8m2c5kz4rpg", "key_id": null},
        "action": "users.write", "target": "usr_06a9e1t7qdw0x3f8m2c5kz4rpg", "outcome": "done",
        "data": {"method": "PATCH", "route": "/api/v1/users/{id}", "address": "203.0.113.9"}})
)]
struct EntryView {
    id: AuditId,
    at: Timestamp,
    /// Null if nobody was authenticated.
    actor: Option<ActorView>,
    /// The permission that it needed, or `auth.…`.
    #[schema(example = "users.write")]
    action: String,
    /// The id of what it was about.
    target: Option<String>,
    outcome: Outcome,
    /// The method, the route and the client's address.
    #[schema(value_type = Object)]
    data: Map<String, Value>,
}

impl From<AuditRow> for EntryView {
    fn from(row: AuditRow) -> Self {
        let AuditRow { id, at, actor_id, key_id, action, target, outcome, data } = row;
        let actor = actor_id.map(|user_id| ActorView { user_id: Some(user_id), key_id });
        Self { id, at, actor, action, target, outcome, data: data.0 }
    }
}

struct AuditList {
    filter: AuditFilter,
    page: PageRequest,
}

impl Parameters for AuditList {
    fn from_query(from: &mut QueryReader) -> Self {
        let filter = AuditFilter {
            actor: from.about("Who did it.").id("actor", ("用户编号", "a user's id")),
            action: from
                .about("What was done, such as `users.write` or `auth.login`.")
                .short_text("action", 100),
            target: from.about("The id of what it was about.").short_text("target", 100),
            outcome: from.about("Whether it was done or refused.").word(
                "outcome",
                &Outcome::all_words(),
                Outcome::from_word,
            ),
            from: from.about("Done then or later.").moment("at_from"),
            to: from.about("Done before.").moment("at_to"),
        };
        Self { filter, page: from.page() }
    }
}

/// The audit log: what was done and what was refused, newest first.
#[utoipa::path(params(Authorized<may::ReadAudit, Query<AuditList>>),
    responses((status = 200, body = Page<EntryView>)))]
#[get("/api/v1/audit")]
async fn list_audit(caller: Authorized<may::ReadAudit, Query<AuditList>>) -> Result<HttpResponse> {
    let page = caller
        .read(|read, caller, Query(list)| store::list(read.conn, &caller.scope, &list.filter, &list.page))
        .await?;
    Ok(HttpResponse::Ok().json(page.map(EntryView::from)))
}
