//! HTTP API of hand-overs.
//! Where the work goes is decided in `actions.rs`.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::actions::{self, Item, Plan, Receiver};
use crate::access::{Authorized, may};
use crate::kernel::error::{Error, Fault, NOT_ONE_OF, Result};
use crate::kernel::id::{InquiryId, RuleId, UserId, kind};
use crate::platform::http::{Body, Operations, PathId, Reply};

pub fn routes(operations: &mut Operations<'_>) {
    operations.service(hand_over);
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"dry_run": true, "to": "auto"}))]
struct HandOverRequest {
    /// True unless given: only the plan.
    #[serde(default)]
    #[schema(nullable = false)]
    dry_run: Option<bool>,
    /// `auto` (unless given): whom the rules say; `pool`; or a user's id.
    #[serde(default)]
    #[schema(nullable = false)]
    to: Option<String>,
}

impl HandOverRequest {
    fn receiver(&self) -> Result<Receiver> {
        match self.to.as_deref() {
            None | Some("auto") => Ok(Receiver::Auto),
            Some("pool") => Ok(Receiver::Pool),
            Some(id) => id.parse().map(Receiver::User).map_err(|_| {
                let wanted = ("auto、pool 或用户编号", "auto, pool, or a user's id");
                Error::invalid(vec![Fault::with("/to", &NOT_ONE_OF, wanted)])
            }),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HandOver, example = json!({"dry_run": true, "inquiries": 5, "follow_ups": 1, "to_pool": 0}))]
struct HandOverView {
    user_id: UserId,
    dry_run: bool,
    /// Open inquiries of the user.
    inquiries: usize,
    /// Planned follow-ups that go along.
    follow_ups: i64,
    to_pool: usize,
    per_user: Vec<ReceiverView>,
    items: Vec<ItemView>,
    /// There are open inquiries beyond these 1,000: hand over once more.
    has_more: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HandOverReceiver, example = json!({"name": "林静秋", "inquiries": 3}))]
struct ReceiverView {
    user_id: UserId,
    name: String,
    inquiries: i64,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HandOverItem)]
struct ItemView {
    inquiry_id: InquiryId,
    /// Null: the pool.
    assignee_id: Option<UserId>,
    rule_id: Option<RuleId>,
}

impl HandOverView {
    fn new(user_id: UserId, dry_run: bool, plan: Plan) -> Self {
        let item = |Item { inquiry, assignee, rule }: &Item| ItemView {
            inquiry_id: *inquiry,
            assignee_id: *assignee,
            rule_id: *rule,
        };
        let receiver = |(user_id, name, inquiries)| ReceiverView { user_id, name, inquiries };
        Self {
            user_id,
            dry_run,
            inquiries: plan.items.len(),
            follow_ups: plan.follow_ups,
            to_pool: plan.items.iter().filter(|item| item.assignee.is_none()).count(),
            per_user: plan.per_user.into_iter().map(receiver).collect(),
            items: plan.items.iter().map(item).collect(),
            has_more: plan.has_more,
        }
    }
}

/// Give the open work of a user who leaves to others: first the plan, then the same for real.
#[utoipa::path(
    params(Authorized<may::HandOver, (PathId<kind::User>, Body<HandOverRequest>)>),
    request_body = HandOverRequest,
    responses((status = 200, body = HandOverView)),
)]
#[post("/api/v1/users/{id}/hand-over")]
async fn hand_over(
    caller: Authorized<may::HandOver, (PathId<kind::User>, Body<HandOverRequest>)>,
) -> Result<HttpResponse> {
    caller
        .write(|tx, caller, (PathId(id), Body(request))| {
            let is_dry = request.dry_run.unwrap_or(true);
            let plan = actions::hand_over(tx, caller, *id, request.receiver()?, is_dry)?;
            Reply::json(StatusCode::OK, &HandOverView::new(*id, is_dry, plan))
        })
        .await
}
