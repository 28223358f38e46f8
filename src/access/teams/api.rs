//! HTTP API of teams.
//! Their rules are in `mod.rs`.

use actix_web::{HttpResponse, delete, get, patch, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Team, store};
use crate::access::guard::Authorized;
use crate::access::policy::may;
use crate::access::sessions::api::PlainList;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::{TeamId, kind};
use crate::kernel::line::Line;
use crate::kernel::page::Page;
use crate::kernel::precondition::Precondition;
use crate::platform::http::{Body, Operations, PathId, Query, Reply};

pub fn routes(operations: &mut Operations<'_>) {
    operations
        .service(list_teams)
        .service(create_team)
        .service(read_team)
        .service(rename_team)
        .service(delete_team);
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Team, example = json!({"name": "苏州一组"}))]
struct TeamView {
    id: TeamId,
    name: String,
    created_at: Timestamp,
    updated_at: Timestamp,
    version: i64,
}

impl From<Team> for TeamView {
    fn from(team: Team) -> Self {
        let Team { id, name, created_at, updated_at, version, .. } = team;
        Self { id, name, created_at, updated_at, version }
    }
}

/// The teams within reach: one's own; for admins, all.
#[utoipa::path(params(Authorized<may::ReadTeams, Query<PlainList>>),
    responses((status = 200, body = Page<TeamView>)))]
#[get("/api/v1/teams")]
async fn list_teams(caller: Authorized<may::ReadTeams, Query<PlainList>>) -> Result<HttpResponse> {
    let page = caller
        .read(|read, caller, Query(PlainList(page))| store::list(read.conn, &caller.scope, page))
        .await?;
    Ok(HttpResponse::Ok().json(page.map(TeamView::from)))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "苏州一组"}))]
struct NewTeamRequest {
    name: Line<1, 200>,
}

/// Create a team.
#[utoipa::path(
    params(Authorized<may::WriteTeams, Body<NewTeamRequest>>),
    request_body = NewTeamRequest,
    responses((status = 201, body = TeamView), (status = 409)),
)]
#[post("/api/v1/teams")]
async fn create_team(caller: Authorized<may::WriteTeams, Body<NewTeamRequest>>) -> Result<HttpResponse> {
    caller
        .write(|tx, _, Body(request)| {
            let team: TeamView = super::create(tx, &request.name.0)?.into();
            Reply::created(&team, team.version, format!("/api/v1/teams/{}", team.id))
        })
        .await
}

/// One team within reach.
#[utoipa::path(params(Authorized<may::ReadTeams, PathId<kind::Team>>),
    responses((status = 200, body = TeamView)))]
#[get("/api/v1/teams/{id}")]
async fn read_team(caller: Authorized<may::ReadTeams, PathId<kind::Team>>) -> Result<HttpResponse> {
    let team = caller
        .read(|read, caller, PathId(id)| {
            store::find(read.conn, &caller.scope, *id)?.ok_or_else(Error::not_found)
        })
        .await?;
    Ok(Reply::resource(&TeamView::from(team.clone()), team.version)?.into())
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "苏州二组"}))]
struct TeamPatchRequest {
    #[serde(default)]
    #[schema(nullable = false)]
    name: Option<Line<1, 200>>,
}

/// Rename a team.
#[utoipa::path(
    params(Authorized<may::WriteTeams, (PathId<kind::Team>, Precondition, Body<TeamPatchRequest>)>),
    request_body = TeamPatchRequest,
    responses((status = 200, body = TeamView), (status = 409)),
)]
#[patch("/api/v1/teams/{id}")]
async fn rename_team(
    caller: Authorized<may::WriteTeams, (PathId<kind::Team>, Precondition, Body<TeamPatchRequest>)>,
) -> Result<HttpResponse> {
    caller
        .write(|tx, caller, (PathId(id), precondition, Body(request))| {
            let team: TeamView = super::rename(
                tx,
                caller,
                *id,
                request.name.as_ref().map(|name| name.0.as_str()),
                precondition,
            )?
            .into();
            Reply::resource(&team, team.version)
        })
        .await
}

/// Delete a team that has no members and no records.
#[utoipa::path(params(Authorized<may::WriteTeams, (PathId<kind::Team>, Precondition)>),
    responses((status = 204), (status = 409)))]
#[delete("/api/v1/teams/{id}")]
async fn delete_team(
    caller: Authorized<may::WriteTeams, (PathId<kind::Team>, Precondition)>,
) -> Result<HttpResponse> {
    caller
        .write(|tx, caller, (PathId(id), precondition)| {
            super::delete(tx, caller, *id, precondition).map(|()| Reply::nothing())
        })
        .await
}
