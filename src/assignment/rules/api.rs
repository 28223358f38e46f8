//! HTTP API of rules: list, read, make, change, order, delete, try.
//! What is valid in a rule is in `check.rs`, trying a set of them in `simulate.rs`.

use actix_web::http::header::ETAG;
use actix_web::{HttpResponse, delete, get, patch, post, put, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::actions::{self, NewRule, RulePatch};
use super::check::KnownForm;
use super::model::{Rule, Then, When};
use super::{simulate, store};
use crate::access::{Authorized, may};
use crate::assignment::warnings::Warning;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::{RuleId, kind};
use crate::kernel::line::Line;
use crate::kernel::page::{Page, PageRequest};
use crate::kernel::precondition::Precondition;
use crate::platform::http::query::{Parameters, QueryReader};
use crate::platform::http::reply::etag;
use crate::platform::http::{Body, Operations, PathId, Query, Reply};

pub fn routes(operations: &mut Operations<'_>) {
    operations
        .service(list_rules)
        .service(create_rule)
        .service(order_rules)
        .service(simulate_rules)
        .service(read_rule)
        .service(update_rule)
        .service(delete_rule);
}

/// Whether there is a form of an id: the room of forms, which is above, says so.
pub struct Forms(pub KnownForm);

/// A rule as the API returns it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AssignmentRule, example = json!({"name": "苏州大厂房", "active": true, "fallback": false}))]
struct RuleView {
    id: RuleId,
    name: String,
    active: bool,
    /// It comes last, matches always, and is always there.
    fallback: bool,
    /// Its place among the rules, from 0 on.
    position: usize,
    when: When,
    then: Then,
    created_at: Timestamp,
    updated_at: Timestamp,
    version: i64,
    /// Said after a change only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    warnings: Vec<Warning>,
}

impl RuleView {
    fn new(rule: Rule, position: usize, warnings: Vec<Warning>) -> Self {
        let then = rule.action.0;
        Self {
            id: rule.id,
            name: rule.name,
            active: rule.active,
            fallback: rule.is_fallback,
            position,
            when: rule.conditions.0,
            then: Then { otherwise: Some(then.otherwise()), ..then },
            created_at: rule.created_at,
            updated_at: rule.updated_at,
            version: rule.version,
            warnings,
        }
    }
}

/// A rule at its place among all.
fn placed(rules: &[Rule], rule: Rule, warnings: Vec<Warning>) -> RuleView {
    let position = rules.iter().position(|other| other.id == rule.id).unwrap_or(rules.len());
    RuleView::new(rule, position, warnings)
}

struct RuleList(PageRequest);

impl Parameters for RuleList {
    fn from_query(from: &mut QueryReader) -> Self {
        Self(from.page())
    }
}

/// The rules in the order in which they are tried: the first that matches decides.
#[utoipa::path(params(Authorized<may::ReadRules, Query<RuleList>>),
    responses((status = 200, body = Page<RuleView>)))]
#[get("/api/v1/assignment-rules")]
async fn list_rules(caller: Authorized<may::ReadRules, Query<RuleList>>) -> Result<HttpResponse> {
    let page = caller
        .read(|read, _, Query(RuleList(page))| {
            let all = store::all(read.conn)?;
            let total = all.len();
            let after = page.after::<(bool, i32, RuleId)>()?;
            let rows = all.into_iter().enumerate();
            let rows = rows.filter(|(_, rule)| after.is_none_or(|after| rule.place() > after));
            let wanted = usize::try_from(page.rows()).map_err(Error::internal)?;
            let list =
                Page::cut(rows.take(wanted).collect(), page, |(_, rule): &(usize, Rule)| rule.place())?;
            list.map(|(position, rule)| RuleView::new(rule, position, Vec::new()))
                .counted(page, || i64::try_from(total).map_err(Error::internal))
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "苏州大厂房"}))]
struct NewRuleRequest {
    name: Line<1, 200>,
    /// True unless given.
    #[serde(default)]
    #[schema(nullable = false)]
    active: Option<bool>,
    /// Always, unless given.
    #[serde(default)]
    when: When,
    then: Then,
}

impl NewRuleRequest {
    fn rule(&self) -> NewRule {
        NewRule {
            name: self.name.0.clone(),
            active: self.active.unwrap_or(true),
            when: self.when.clone(),
            then: self.then.clone(),
        }
    }
}

/// Make a rule. It is tried after the others, and before the fallback.
#[utoipa::path(
    params(Authorized<may::WriteRules, Body<NewRuleRequest>>),
    request_body = NewRuleRequest,
    responses((status = 201, body = RuleView), (status = 409)),
)]
#[post("/api/v1/assignment-rules")]
async fn create_rule(
    caller: Authorized<may::WriteRules, Body<NewRuleRequest>>,
    forms: web::Data<Forms>,
) -> Result<HttpResponse> {
    let known_form = forms.0;
    caller
        .write(move |tx, _, Body(request)| {
            let (rule, warnings) = actions::create(tx, request.rule(), known_form)?;
            let view = placed(&store::all(tx.conn)?, rule, warnings);
            Reply::created(&view, view.version, format!("/api/v1/assignment-rules/{}", view.id))
        })
        .await
}

/// One rule.
#[utoipa::path(params(Authorized<may::ReadRules, PathId<kind::Rule>>),
    responses((status = 200, body = RuleView)))]
#[get("/api/v1/assignment-rules/{id}")]
async fn read_rule(caller: Authorized<may::ReadRules, PathId<kind::Rule>>) -> Result<HttpResponse> {
    let view = caller
        .read(|read, _, PathId(id)| {
            let rule = store::find(read.conn, *id)?.ok_or_else(Error::not_found)?;
            Ok(placed(&store::all(read.conn)?, rule, Vec::new()))
        })
        .await?;
    Ok(HttpResponse::Ok().insert_header((ETAG, etag(view.version))).json(view))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"active": false}))]
struct RulePatchRequest {
    #[serde(default)]
    #[schema(nullable = false)]
    name: Option<Line<1, 200>>,
    #[serde(default)]
    #[schema(nullable = false)]
    active: Option<bool>,
    /// All of it: what is absent in it is no condition.
    #[serde(default)]
    #[schema(nullable = false)]
    when: Option<When>,
    /// All of it.
    #[serde(default)]
    #[schema(nullable = false)]
    then: Option<Then>,
}

/// Change a rule.
#[utoipa::path(
    params(Authorized<may::WriteRules, (PathId<kind::Rule>, Precondition, Body<RulePatchRequest>)>),
    request_body = RulePatchRequest,
    responses((status = 200, body = RuleView), (status = 409)),
)]
#[patch("/api/v1/assignment-rules/{id}")]
async fn update_rule(
    caller: Authorized<may::WriteRules, (PathId<kind::Rule>, Precondition, Body<RulePatchRequest>)>,
    forms: web::Data<Forms>,
) -> Result<HttpResponse> {
    let known_form = forms.0;
    caller
        .write(move |tx, _, (PathId(id), precondition, Body(request))| {
            let patch = RulePatch {
                name: request.name.as_ref().map(|line| line.0.clone()),
                active: request.active,
                when: request.when.clone(),
                then: request.then.clone(),
            };
            let (rule, warnings) = actions::update(tx, *id, &patch, known_form, precondition)?;
            let view = placed(&store::all(tx.conn)?, rule, warnings);
            Reply::resource(&view, view.version)
        })
        .await
}

/// Delete a rule. The fallback stays.
#[utoipa::path(params(Authorized<may::WriteRules, (PathId<kind::Rule>, Precondition)>),
    responses((status = 204), (status = 409)))]
#[delete("/api/v1/assignment-rules/{id}")]
async fn delete_rule(
    caller: Authorized<may::WriteRules, (PathId<kind::Rule>, Precondition)>,
) -> Result<HttpResponse> {
    caller
        .write(|tx, _, (PathId(id), precondition)| {
            actions::delete(tx, *id, precondition)?;
            Ok(Reply::nothing())
        })
        .await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"ids": ["rule_06a9e1t7qdw0x3f8m2c5kz4rpg"]}))]
struct OrderRequest {
    /// All rules but the fallback, each once.
    #[schema(max_items = 500)]
    ids: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct OrderedRules {
    data: Vec<RuleView>,
    warnings: Vec<Warning>,
}

/// Put the rules in this order.
#[utoipa::path(
    params(Authorized<may::WriteRules, Body<OrderRequest>>),
    request_body = OrderRequest,
    responses((status = 200, body = OrderedRules)),
)]
#[put("/api/v1/assignment-rules/order")]
async fn order_rules(caller: Authorized<may::WriteRules, Body<OrderRequest>>) -> Result<HttpResponse> {
    caller
        .write(|tx, _, Body(request)| {
            let (rules, warnings) = actions::reorder(tx, &request.ids)?;
            let views = rules.into_iter().enumerate();
            let data = views.map(|(position, rule)| RuleView::new(rule, position, Vec::new())).collect();
            Reply::json(actix_web::http::StatusCode::OK, &OrderedRules { data, warnings })
        })
        .await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SimulateRequest {
    /// The draft, in its order; the present fallback comes after it.
    #[schema(max_items = 500)]
    rules: Vec<NewRuleRequest>,
    /// 30 unless given.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 90, nullable = false)]
    days: Option<u32>,
}

/// Try a draft of rules on the inquiries of the last days: who would have got what. Nothing changes.
#[utoipa::path(
    params(Authorized<may::ReadRules, Body<SimulateRequest>>),
    request_body = SimulateRequest,
    responses((status = 200, body = simulate::Simulation)),
    extensions(("x-not-kept" = json!(true))),
)]
#[post("/api/v1/assignment-rules/simulate")]
async fn simulate_rules(
    caller: Authorized<may::ReadRules, Body<SimulateRequest>>,
    forms: web::Data<Forms>,
) -> Result<HttpResponse> {
    let known_form = forms.0;
    let simulation = caller
        .read_at_length(move |read, caller, Body(request), is_awaited| {
            let rules = request.rules.iter().map(NewRuleRequest::rule).collect();
            let days = request.days.unwrap_or(simulate::DAYS);
            let set = simulate::Draft { rules, days };
            simulate::simulate(read, caller, set, known_form, is_awaited)
        })
        .await?;
    Ok(HttpResponse::Ok().json(simulation))
}
