//! The verbs of group robots: make, change, delete, try.
//! What they say of what happens is in `fan_out.rs` and `source.rs`.

use super::batches;
use super::channel::{CHANNEL, RobotChannel};
use super::model::{NewRobot, ROBOTS_MAX, Robot, RobotPatch};
use super::rate::Requests;
use super::store;
use super::wire::RobotMessage;
use crate::access::{Caller, teams};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Class, Error, Fault, Faults, INVALID, Refusal, Result, UNKNOWN_ID};
use crate::kernel::id::{RobotId, TeamId};
use crate::kernel::precondition::Precondition;
use crate::notifications::catalogue::check_events;
use crate::platform::db::types::Json;
use crate::platform::db::{Context, Db, DbConnection, Tx};
use crate::platform::delivery::{Report, store as delivery};
use crate::platform::events::last_position;
use crate::platform::outbound::{AddressPolicy, parse_address};

static TOO_MANY_ROBOTS: Refusal = Refusal::new(
    Class::Conflict,
    "too_many_channels",
    "最多 50 个机器人。",
    "There can be at most 50 robots.",
);
static TOO_OFTEN: Refusal = Refusal::new(
    Class::TooMany,
    "too_many_requests",
    "该机器人一分钟内的请求已达上限，请稍后再试。",
    "This robot has had as many requests as it bears in a minute. Try again later.",
);
const SWITCHED_OFF: &str = "the robot was switched off";

/// Finds everything that is wrong with what somebody writes of a robot.
fn check(
    conn: &mut DbConnection,
    url: Option<&str>,
    events: Option<&[String]>,
    team: Option<TeamId>,
    policy: AddressPolicy,
) -> Result<()> {
    let mut faults = Faults::default();
    if let Some(Err(kind)) = url.map(|url| parse_address(url, policy)) {
        faults.add(Fault::new("/url", kind));
    }
    check_events(events.unwrap_or_default(), &mut faults);
    if let Some(team) = team
        && !teams::store::exists(conn, team)?
    {
        faults.add(Fault::new("/team_id", &UNKNOWN_ID));
    }
    faults.none_or(&INVALID)
}

/// Makes a robot, which hears only of what happens from now on. What was committed before is published.
pub fn create(tx: &mut Tx<'_>, new: NewRobot, policy: AddressPolicy) -> Result<Robot> {
    check(tx.conn, Some(&new.url), Some(&new.events), new.team_id, policy)?;
    if store::count(tx)? >= ROBOTS_MAX {
        return Err(Error::refuse(&TOO_MANY_ROBOTS));
    }
    let NewRobot { kind, name, url, secret, events, team_id, active } = new;
    let robot = Robot {
        id: tx.id(),
        kind,
        name: name.trim().to_owned(),
        url,
        secret,
        events: Json(events),
        team_id,
        active,
        last_error: None,
        failures: 0,
        position: last_position(tx.conn)?,
        batch_id: None,
        requests: Json(Requests::default()),
        created_at: tx.now,
        updated_at: tx.now,
        version: 1,
    };
    store::insert(tx, &robot)?;
    Ok(robot)
}

/// Changes a robot. Switched off, it forgets what it was still to say; switched on again, it hears only of
/// what happens from then on.
pub fn update(
    tx: &mut Tx<'_>,
    caller: &Caller,
    id: RobotId,
    patch: &RobotPatch,
    policy: AddressPolicy,
    precondition: &Precondition,
) -> Result<Robot> {
    let found = store::find(tx.conn, &caller.scope, id)?.ok_or_else(Error::not_found)?;
    precondition.check(found.version)?;
    let RobotPatch { name, url, secret, events, team_id, active } = patch.clone();
    check(tx.conn, url.as_deref(), events.as_deref(), team_id.flatten(), policy)?;
    if found.active && active == Some(false) {
        give_up(tx, id)?;
    }
    let before = store::lock(tx, id)?.ok_or_else(Error::not_found)?;
    precondition.check(before.version)?;
    let mut robot = before.clone();
    robot.name = name.map_or(robot.name, |name| name.trim().to_owned());
    robot.url = url.unwrap_or(robot.url);
    robot.secret = secret.unwrap_or(robot.secret);
    robot.events.0 = events.unwrap_or(robot.events.0);
    robot.team_id = team_id.unwrap_or(robot.team_id);
    robot.active = active.unwrap_or(robot.active);
    if active == Some(true) {
        robot.failures = 0;
    }
    if robot == before {
        return Ok(before);
    }
    if robot.active != before.active {
        batches::drop_all(tx, &mut robot)?;
        robot.position = last_position(tx.conn)?;
    }
    robot.updated_at = tx.now;
    robot.version = before.version.saturating_add(1);
    store::update(tx, &robot, before.version)?;
    store::note(tx, &robot)?;
    Ok(robot)
}

/// Deletes a robot with all that it was still to say.
pub fn delete(tx: &mut Tx<'_>, caller: &Caller, id: RobotId, precondition: &Precondition) -> Result<()> {
    let found = store::find(tx.conn, &caller.scope, id)?.ok_or_else(Error::not_found)?;
    precondition.check(found.version)?;
    give_up(tx, id)?;
    let robot = store::lock(tx, id)?.ok_or_else(Error::not_found)?;
    precondition.check(robot.version)?;
    store::forget_all(tx, id)?;
    store::delete(tx, id)
}

/// Gives up the open message, before the robot is held: who notes a try holds the message first, too.
fn give_up(tx: &mut Tx<'_>, id: RobotId) -> Result<()> {
    delivery::give_up(tx, CHANNEL, &id.to_string(), SWITCHED_OFF)
}

/// Sends a message of no consequence within the request of whoever wants to know. It counts for the rate, and
/// notes nothing else.
pub async fn attempt(db: &Db, channel: &RobotChannel, robot: Robot, text: String) -> Result<Report> {
    let id = robot.id;
    let begun = db.write(Context::system(), move |tx| begin_attempt(tx, id)).await?;
    let Robot { kind, url, secret, .. } = robot;
    let report = channel.send(&RobotMessage { kind, url, secret, text }).await;
    let ended = db.parts().clock.now();
    let noted = db.write(Context::system(), move |tx| end_attempt(tx, id, begun, ended)).await;
    if let Err(error) = noted {
        tracing::warn!(error = %error.chain(), "the end of a test of a robot could not be noted");
    }
    Ok(report)
}

fn begin_attempt(tx: &mut Tx<'_>, id: RobotId) -> Result<Timestamp> {
    let mut robot = store::lock(tx, id)?.ok_or_else(Error::not_found)?;
    let free_at = robot.requests.0.free_at(robot.kind, tx.now);
    if free_at > tx.now {
        let millis = u64::try_from(free_at.since(tx.now).num_milliseconds()).unwrap_or(1);
        return Err(Error::refuse(&TOO_OFTEN).retry_after(millis.div_ceil(1_000)));
    }
    robot.requests.0.count(tx.now);
    store::note(tx, &robot)?;
    Ok(tx.now)
}

fn end_attempt(tx: &mut Tx<'_>, id: RobotId, begun: Timestamp, ended: Timestamp) -> Result<()> {
    let Some(mut robot) = store::lock(tx, id)? else { return Ok(()) };
    robot.requests.0.recount(begun, ended);
    store::note(tx, &robot)
}
