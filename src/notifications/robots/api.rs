//! HTTP API of group robots: list, read, make, change, delete, try.
//! What they say of what happens is in `fan_out.rs` and `source.rs`.

use actix_web::{HttpResponse, delete, get, patch, post, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::channel::RobotChannel;
use super::kind::RobotKind;
use super::model::{EVENTS, LastError, NewRobot, Robot, RobotPatch};
use super::{actions, store, wording};
use crate::access::sessions::api::PlainList;
use crate::access::{Authorized, may};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Error, Fault, Result, UNKNOWN_ID};
use crate::kernel::id::{RobotId, TeamId, kind};
use crate::kernel::language::Language;
use crate::kernel::line::Line;
use crate::kernel::page::Page;
use crate::kernel::patch::{Patch, patched};
use crate::kernel::precondition::Precondition;
use crate::platform::db::Db;
use crate::platform::delivery::{Attempt, Report};
use crate::platform::events;
use crate::platform::http::{Body, Operations, PathId, Query, Reply};
use crate::platform::outbound::{Outbound, shown_address};

pub fn routes(operations: &mut Operations<'_>) {
    operations
        .service(list_robots)
        .service(create_robot)
        .service(read_robot)
        .service(update_robot)
        .service(delete_robot)
        .service(try_robot);
}

/// How robots are reached, and the language in which they speak.
pub struct Robots {
    channel: RobotChannel,
    language: Language,
}

impl Robots {
    pub fn new(db: &Db, outbound: &Outbound, locale: &str) -> Self {
        Self { channel: RobotChannel::new(db, outbound), language: Language::of_locale(locale) }
    }
}

/// A group robot. Its address and its secret are not shown.
#[derive(Debug, Serialize, ToSchema)]
#[schema(
    as = Robot,
    example = json!({"type": "dingtalk", "name": "苏州招商群", "url_masked": "https://oapi.dingtalk.com/…",
        "has_secret": true, "events": ["inquiry.unassigned", "inquiry.assigned", "sla.escalated"]})
)]
struct RobotView {
    id: RobotId,
    r#type: RobotKind,
    name: String,
    /// Scheme and host.
    url_masked: String,
    has_secret: bool,
    events: Vec<String>,
    /// It hears only of inquiries of this team.
    team_id: Option<TeamId>,
    active: bool,
    /// Why the last message was not taken; null once one was.
    last_error: Option<LastError>,
    created_at: Timestamp,
    updated_at: Timestamp,
    version: i64,
}

impl From<Robot> for RobotView {
    fn from(robot: Robot) -> Self {
        let (url_masked, has_secret) = (shown_address(&robot.url), robot.secret.is_some());
        Self {
            id: robot.id,
            r#type: robot.kind,
            name: robot.name,
            url_masked,
            has_secret,
            events: robot.events.0,
            team_id: robot.team_id,
            active: robot.active,
            last_error: robot.last_error.map(|error| error.0),
            created_at: robot.created_at,
            updated_at: robot.updated_at,
            version: robot.version,
        }
    }
}

/// All group robots, the oldest first.
#[utoipa::path(params(Authorized<may::ManageChannels, Query<PlainList>>),
    responses((status = 200, body = Page<RobotView>)))]
#[get("/api/v1/channels")]
async fn list_robots(caller: Authorized<may::ManageChannels, Query<PlainList>>) -> Result<HttpResponse> {
    let page = caller
        .read(|read, caller, Query(PlainList(page))| store::list(read.conn, &caller.scope, page))
        .await?;
    Ok(HttpResponse::Ok().json(page.map(RobotView::from)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"type": "dingtalk", "name": "苏州招商群",
    "url": "https://oapi.dingtalk.com/robot/send?access_token=…", "secret": "SEC…"}))]
struct NewRobotRequest {
    r#type: RobotKind,
    name: Line<1, 200>,
    /// The address of the robot, as the chat gives it. It is never shown again.
    #[schema(max_length = 2048)]
    url: String,
    /// Signs each request, where the robot asks for that (DingTalk and Feishu). It is never shown again.
    #[serde(default)]
    secret: Option<Line<1, 200>>,
    /// Names of events, or `prefix.*`; unless given, what nobody could be given, what was given, and what is
    /// overdue.
    #[serde(default)]
    #[schema(min_items = 1, max_items = 50, nullable = false)]
    events: Option<Vec<String>>,
    /// It hears only of inquiries of this team; of all, unless given.
    #[serde(default)]
    team_id: Option<String>,
    /// True unless given.
    #[serde(default)]
    #[schema(nullable = false)]
    active: Option<bool>,
}

fn team(text: &str) -> Result<TeamId> {
    text.parse().map_err(|_| Error::invalid(vec![Fault::new("/team_id", &UNKNOWN_ID)]))
}

/// Make a group robot. It says what happens from now on.
#[utoipa::path(
    params(Authorized<may::ManageChannels, Body<NewRobotRequest>>),
    request_body = NewRobotRequest,
    responses((status = 201, body = RobotView), (status = 409)),
)]
#[post("/api/v1/channels")]
async fn create_robot(
    caller: Authorized<may::ManageChannels, Body<NewRobotRequest>>,
    robots: web::Data<Robots>,
) -> Result<HttpResponse> {
    let policy = robots.channel.policy();
    publish(&caller).await?;
    caller
        .write(move |tx, _, Body(request)| {
            let events = request.events.clone();
            let new = NewRobot {
                kind: request.r#type,
                name: request.name.0.clone(),
                url: request.url.clone(),
                secret: request.secret.as_ref().map(|line| line.0.clone()),
                events: events.unwrap_or_else(|| EVENTS.map(str::to_owned).to_vec()),
                team_id: request.team_id.as_deref().map(team).transpose()?,
                active: request.active.unwrap_or(true),
            };
            let view: RobotView = actions::create(tx, new, policy)?.into();
            Reply::created(&view, view.version, format!("/api/v1/channels/{}", view.id))
        })
        .await
}

/// Publishes what was committed so far, for whoever may: of that a robot hears nothing.
async fn publish<In: Send + Sync + 'static>(caller: &Authorized<may::ManageChannels, In>) -> Result<()> {
    caller.read(|_, _, _| Ok(())).await?;
    events::publish_all(&caller.auth().db).await.map(drop)
}

/// One group robot.
#[utoipa::path(params(Authorized<may::ManageChannels, PathId<kind::Robot>>),
    responses((status = 200, body = RobotView)))]
#[get("/api/v1/channels/{id}")]
async fn read_robot(caller: Authorized<may::ManageChannels, PathId<kind::Robot>>) -> Result<HttpResponse> {
    let robot = caller
        .read(|read, caller, PathId(id)| {
            store::find(read.conn, &caller.scope, *id)?.ok_or_else(Error::not_found)
        })
        .await?;
    let view = RobotView::from(robot);
    Ok(Reply::resource(&view, view.version)?.into())
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "苏州招商群", "active": true}))]
struct RobotPatchRequest {
    #[serde(default)]
    #[schema(nullable = false)]
    name: Option<Line<1, 200>>,
    #[serde(default)]
    #[schema(max_length = 2048, nullable = false)]
    url: Option<String>,
    /// Null takes it away.
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<Line<1, 200>>)]
    secret: Patch<String>,
    #[serde(default)]
    #[schema(min_items = 1, max_items = 50, nullable = false)]
    events: Option<Vec<String>>,
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<String>)]
    team_id: Patch<String>,
    /// Switched off, it forgets what it was still to say. Switched on again, it says what happens from then
    /// on, and its failures are not counted any more.
    #[serde(default)]
    #[schema(nullable = false)]
    active: Option<bool>,
}

impl RobotPatchRequest {
    fn patch(&self) -> Result<RobotPatch> {
        let team_id = match &self.team_id {
            Some(Some(text)) => Some(Some(team(text)?)),
            Some(None) => Some(None),
            None => None,
        };
        Ok(RobotPatch {
            name: self.name.as_ref().map(|line| line.0.clone()),
            url: self.url.clone(),
            secret: self.secret.clone(),
            events: self.events.clone(),
            team_id,
            active: self.active,
        })
    }
}

/// Change a group robot, or switch it on again.
#[utoipa::path(
    params(Authorized<may::ManageChannels, (PathId<kind::Robot>, Precondition, Body<RobotPatchRequest>)>),
    request_body = RobotPatchRequest,
    responses((status = 200, body = RobotView)),
)]
#[patch("/api/v1/channels/{id}")]
async fn update_robot(
    caller: Authorized<may::ManageChannels, (PathId<kind::Robot>, Precondition, Body<RobotPatchRequest>)>,
    robots: web::Data<Robots>,
) -> Result<HttpResponse> {
    let policy = robots.channel.policy();
    let (_, _, Body(request)) = caller.input();
    if request.active == Some(true) {
        publish(&caller).await?;
    }
    caller
        .write(move |tx, caller, (PathId(id), precondition, Body(request))| {
            let patch = request.patch()?;
            let view: RobotView = actions::update(tx, caller, *id, &patch, policy, precondition)?.into();
            Reply::resource(&view, view.version)
        })
        .await
}

/// Delete a group robot. What it was still to say is not said.
#[utoipa::path(params(Authorized<may::ManageChannels, (PathId<kind::Robot>, Precondition)>),
    responses((status = 204)))]
#[delete("/api/v1/channels/{id}")]
async fn delete_robot(
    caller: Authorized<may::ManageChannels, (PathId<kind::Robot>, Precondition)>,
) -> Result<HttpResponse> {
    caller
        .write(|tx, caller, (PathId(id), precondition)| {
            actions::delete(tx, caller, *id, precondition)?;
            Ok(Reply::nothing())
        })
        .await
}

/// What came of a test.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RobotTest, example = json!({"ok": false, "code": 310000, "message": "sign not match"}))]
struct TestView {
    ok: bool,
    /// The robot's own code (0: good), else the status of its HTTP answer; null if there was no answer.
    code: Option<i32>,
    message: String,
}

impl From<Report> for TestView {
    fn from(report: Report) -> Self {
        let message = report.attempt.error().unwrap_or("ok").to_owned();
        Self { ok: report.attempt == Attempt::Delivered, code: report.code, message }
    }
}

/// Have a group robot say that it is connected. It is tried within the request, for ten seconds at most.
///
/// It counts for what a robot may say in a minute; beyond that the answer is 429.
#[utoipa::path(
    params(Authorized<may::ManageChannels, PathId<kind::Robot>>),
    responses((status = 200, body = TestView), (status = 429)),
    extensions(("x-not-kept" = json!(true))),
)]
#[post("/api/v1/channels/{id}/test")]
async fn try_robot(
    caller: Authorized<may::ManageChannels, PathId<kind::Robot>>,
    robots: web::Data<Robots>,
) -> Result<HttpResponse> {
    // Something leaves, so that it is in the audit log.
    let robot = caller
        .export(|read, caller, PathId(id)| {
            store::find(read.conn, &caller.scope, *id)?.ok_or_else(Error::not_found)
        })
        .await?;
    let text = wording::trial(robots.language);
    let report = actions::attempt(&caller.auth().db, &robots.channel, robot, text).await?;
    Ok(HttpResponse::Ok().json(TestView::from(report)))
}
