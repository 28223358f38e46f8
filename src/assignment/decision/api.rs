//! HTTP API of decisions: why an inquiry went where it did.
//! How one is made is in `engine.rs`.

use std::collections::HashMap;

use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

use super::history::{self, OwnershipChange};
use super::model::{Candidate, CandidateReason, Detail, EvaluatedRule};
use crate::access::{self, Authorized, may};
use crate::assignment::rules::Strategy;
use crate::inquiries::events::Trigger;
use crate::inquiries::store as inquiries;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::{EventId, RuleId, UserId, kind};
use crate::kernel::page::{Page, PageRequest};
use crate::platform::db::Actor;
use crate::platform::http::query::{Parameters, QueryReader};
use crate::platform::http::{Operations, PathId, Query};

pub fn routes(operations: &mut Operations<'_>) {
    operations.service(assignments);
}

/// Where it went.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AssignmentResult)]
enum Outcome {
    Assigned,
    Pool,
}

/// Who decided.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DecidedBy, example = json!({"type": "rule", "id": "rule_06a9e1t7qdw0x3f8m2c5kz4rpg",
    "name": "苏州大厂房"}))]
struct DecidedBy {
    /// `user`, `rule` or `system`.
    r#type: &'static str,
    id: Option<String>,
    name: Option<String>,
}

/// A rule that was tried.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TriedRule, example = json!({"name": "苏州大厂房", "matched": false, "failed_on": ["regions"]}))]
struct EvaluatedRuleView {
    rule_id: RuleId,
    name: String,
    matched: bool,
    /// The members of `when` that did not fit; `inactive` for a rule that is off.
    failed_on: Vec<String>,
    /// Whom it could not choose and why, where it matched and had the next rule decide.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    passed_over: Vec<PassedOverView>,
}

/// Somebody whom a rule could not choose.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PassedOverCandidate, example = json!({"name": "林静秋", "reason": "paused"}))]
struct PassedOverView {
    user_id: UserId,
    name: Option<String>,
    reason: CandidateReason,
}

/// Somebody whom the rule looked at.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Candidate, example = json!({"name": "林静秋", "reason": "not_next", "weight": 1, "credit": 0.5,
    "open": 3, "today": 2}))]
struct CandidateView {
    user_id: UserId,
    name: Option<String>,
    reason: CandidateReason,
    weight: u32,
    /// Turns that they have coming, after the decision.
    credit: f64,
    /// Open inquiries that they owned.
    open: i64,
    /// How many rules had given to them on that date.
    today: i64,
}

/// One decision about who owns an inquiry.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Assignment)]
struct AssignmentView {
    id: EventId,
    at: Timestamp,
    trigger: Trigger,
    result: Outcome,
    by: DecidedBy,
    previous_assignee_id: Option<UserId>,
    assignee_id: Option<UserId>,
    strategy: Option<Strategy>,
    /// The tried rules in their order, up to the one that decided.
    rules: Vec<EvaluatedRuleView>,
    candidates: Vec<CandidateView>,
}

struct AssignmentList(PageRequest);

impl Parameters for AssignmentList {
    fn from_query(from: &mut QueryReader) -> Self {
        Self(from.page())
    }
}

/// Why an inquiry went where it did, the latest decision first.
#[utoipa::path(params(Authorized<may::ReadInquiries, (PathId<kind::Inquiry>, Query<AssignmentList>)>),
    responses((status = 200, body = Page<AssignmentView>)))]
#[get("/api/v1/inquiries/{id}/assignments")]
async fn assignments(
    caller: Authorized<may::ReadInquiries, (PathId<kind::Inquiry>, Query<AssignmentList>)>,
) -> Result<HttpResponse> {
    let page = caller
        .read(|read, caller, (PathId(id), Query(AssignmentList(page)))| {
            if !inquiries::reaches(read.conn, &caller.scope, *id)? {
                return Err(Error::not_found());
            }
            let steps = history::page(read, *id, page)?;
            let mut people: Vec<UserId> = steps.data.iter().flat_map(OwnershipChange::people).collect();
            people.sort_unstable();
            people.dedup();
            let names: HashMap<UserId, String> =
                access::store::names(read.conn, &people)?.into_iter().collect();
            Ok(steps.map(|step| AssignmentView::of(step, &names)))
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

impl AssignmentView {
    fn of(step: OwnershipChange, names: &HashMap<UserId, String>) -> Self {
        let OwnershipChange { id, at, trigger, actor, previous_assignee_id, assignee_id, detail } = step;
        let by = DecidedBy::of(&actor, detail.as_ref(), names);
        let strategy = detail.as_ref().map(|detail| detail.strategy);
        let (rules, candidates) =
            detail.map_or_else(Default::default, |detail| (detail.rules, detail.candidates));
        let name_of = |user: &UserId| names.get(user).cloned();
        let passed_over = |(user_id, reason)| PassedOverView { user_id, name: name_of(&user_id), reason };
        let tried = |rule: EvaluatedRule| EvaluatedRuleView {
            rule_id: rule.rule_id,
            name: rule.name,
            matched: rule.matched,
            failed_on: rule.failed_on,
            passed_over: rule.passed_over.into_iter().map(passed_over).collect(),
        };
        let candidate = |Candidate { user_id, reason, weight, credit, open, today }| CandidateView {
            user_id,
            name: name_of(&user_id),
            reason,
            weight,
            credit,
            open,
            today,
        };
        Self {
            id,
            at,
            trigger,
            result: if assignee_id.is_some() { Outcome::Assigned } else { Outcome::Pool },
            by,
            previous_assignee_id,
            assignee_id,
            strategy,
            rules: rules.into_iter().map(tried).collect(),
            candidates: candidates.iter().map(|one| candidate(one.candidate())).collect(),
        }
    }
}

impl DecidedBy {
    fn of(actor: &Actor, detail: Option<&Detail>, names: &HashMap<UserId, String>) -> Self {
        if let Some(detail) = detail {
            let deciding = detail.rules.iter().find(|rule| rule.rule_id == detail.rule);
            return Self {
                r#type: "rule",
                id: Some(detail.rule.to_string()),
                name: deciding.map(|rule| rule.name.clone()),
            };
        }
        match access::user_of(actor) {
            Some(user) => {
                Self { r#type: "user", id: Some(user.to_string()), name: names.get(&user).cloned() }
            }
            None => Self { r#type: "system", id: None, name: None },
        }
    }
}
