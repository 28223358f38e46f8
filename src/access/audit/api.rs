//! The wire of the audit: a list for admins.
//! What is told is decided in `mod.rs`.

use actix_web::{HttpResponse, get};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::Outcome;
use super::store::{self, AuditFilter, Row};
use crate::access::guard::Allowed;
use crate::access::policy::may;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::{ApiKeyId, AuditId, UserId};
use crate::kernel::page::{Page, PageRequest};
use crate::platform::http::Query;
use crate::platform::http::query::{Parameters, Taker};

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list_audit);
}

/// Who did something, or tried to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditActor)]
struct ActorView {
    user_id: Option<UserId>,
    /// The API key that was used.
    key_id: Option<ApiKeyId>,
}

/// Something that was done, or refused.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
struct EntryView {
    id: AuditId,
    at: Timestamp,
    /// Null where nobody had been let in.
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

impl From<Row> for EntryView {
    fn from(row: Row) -> Self {
        let Row { id, at, actor_id, key_id, action, target, outcome, data } = row;
        let actor = actor_id.map(|user_id| ActorView { user_id: Some(user_id), key_id });
        Self { id, at, actor, action, target, outcome, data: data.0 }
    }
}

struct AuditList {
    filter: AuditFilter,
    page: PageRequest,
}

impl Parameters for AuditList {
    fn take(from: &mut Taker) -> Self {
        let filter = AuditFilter {
            actor: from.parsed("actor", "a user's id", |text| text.parse().ok()),
            action: from.short_text("action", 100),
            target: from.short_text("target", 100),
            outcome: from.word("outcome", &Outcome::all_words(), Outcome::from_word),
            from: from.moment("at_from"),
            to: from.moment("at_to"),
        };
        Self { filter, page: from.page() }
    }
}

/// What was done and what was refused, the newest first.
#[utoipa::path(
    tag = "access", extensions(("x-permission" = json!("audit.read"))),
    params(
        ("actor" = Option<String>, Query, description = "A user's id"),
        ("action" = Option<String>, Query, description = "As told, such as users.write"),
        ("target" = Option<String>, Query, description = "The id of what it was about"),
        ("outcome" = Option<String>, Query, description = "done or refused"),
        ("at_from" = Option<String>, Query, description = "A date or a time, inclusive"),
        ("at_to" = Option<String>, Query, description = "A date or a time, exclusive"),
        ("limit" = Option<i64>, Query, description = "1–200, 50 unless given"),
        ("cursor" = Option<String>, Query),
        ("count" = Option<bool>, Query),
    ),
    responses((status = 200, body = Page<EntryView>))
)]
#[get("/api/v1/audit")]
async fn list_audit(caller: Allowed<may::ReadAudit, Query<AuditList>>) -> Result<HttpResponse> {
    let page = caller.read(|read, caller, Query(list)| store::list(read.conn, &caller.scope, &list.filter, &list.page)).await?;
    Ok(HttpResponse::Ok().json(page.map(EntryView::from)))
}
