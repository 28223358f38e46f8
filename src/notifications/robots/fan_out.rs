//! From the event log to what robots are to say: reads on behind the last event that was looked at, and
//! starts messages. It runs beside everything else, so that no change waits for robots.
//! What a message says is in `source.rs`.

use std::collections::HashMap;
use std::time::Duration;

use super::batches;
use super::model::{NewFact, Robot};
use super::store;
use crate::kernel::error::Result;
use crate::kernel::id::{InquiryId, TeamId};
use crate::platform::db::{Context, Db, Read, Tx};
use crate::platform::events::{self, LogEntry};
use crate::platform::jobs::{Job, Next};

/// How often to look whether another node has left something.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long after the log has grown: what happens together is said together.
const SETTLE: Duration = Duration::from_millis(200);
/// Events of one transaction, and facts of one at most, whatever the number of robots.
const EVENTS_MAX: usize = 500;
const FACTS_MAX: usize = 5_000;

/// The next part of the log that some robot has not heard of.
struct Part {
    /// Behind this position.
    from: i64,
    /// Up to this one.
    until: i64,
    entries: Vec<LogEntry>,
    /// Of the inquiries that they are about, if a robot asks for that.
    teams: HashMap<InquiryId, Option<TeamId>>,
    is_last: bool,
}

/// The job that does this, soon after the log has grown.
pub fn job(db: &Db) -> Job {
    let grown = db.parts().publication.signal();
    let db = db.clone();
    let fan_out = Job::every("fan-out-robots", LOOK_EVERY, move || {
        let db = db.clone();
        async move { fan_out(&db).await }
    });
    fan_out.woken_by(&grown, SETTLE)
}

/// Notes what robots are to say of what has happened since the last time. Any number of nodes may run it at
/// once.
pub async fn fan_out(db: &Db) -> Result<Next> {
    let Some(part) = db.read(next).await? else { return Ok(Next::Wait) };
    let is_last = part.is_last;
    let spreading = db.write_in_background(Context::system(), move |tx| spread(tx, &part));
    let is_behind = spreading.await?;
    Ok(if is_last && !is_behind { Next::Wait } else { Next::Immediately })
}

fn next(read: &mut Read<'_>) -> Result<Option<Part>> {
    let Some(from) = store::read_until(read.conn)? else { return Ok(None) };
    let robots = store::active(read.conn)?;
    let most = FACTS_MAX.checked_div(robots.len()).unwrap_or(EVENTS_MAX).min(EVENTS_MAX);
    let entries = events::entries_after(read, from, i64::try_from(most).unwrap_or(1))?;
    let Some(until) = entries.last().and_then(|entry| entry.position) else { return Ok(None) };
    let mut teams = HashMap::new();
    if robots.iter().any(|robot| robot.team_id.is_some()) {
        let about: Vec<InquiryId> =
            entries.iter().filter_map(|entry| entry.subject).map(Into::into).collect();
        teams = store::teams_of(read.conn, &about)?;
    }
    let is_last = entries.len() < most;
    Ok(Some(Part { from, until, entries, teams, is_last }))
}

/// Notes for each robot what it is to say of a part of the log. Returns whether one was further behind.
fn spread(tx: &mut Tx<'_>, part: &Part) -> Result<bool> {
    let mut is_behind = false;
    for mut robot in store::lock_active(tx)? {
        // Another node was here meanwhile, or has made this one.
        if robot.position < part.from {
            is_behind = true;
            continue;
        }
        if robot.position >= part.until {
            continue;
        }
        let facts = part.facts_for(tx, &robot);
        robot.position = part.until;
        if !facts.is_empty() {
            tx.insert_all(facts)?;
            batches::start(tx, &mut robot)?;
        }
        store::note(tx, &robot)?;
    }
    Ok(is_behind)
}

impl Part {
    fn facts_for(&self, tx: &Tx<'_>, robot: &Robot) -> Vec<NewFact> {
        let names = robot.names();
        let team = |entry: &LogEntry| {
            let inquiry = entry.subject.map(InquiryId::from);
            inquiry.and_then(|id| self.teams.get(&id).copied()).flatten()
        };
        let entries = self.entries.iter().filter(|entry| {
            entry.position > Some(robot.position)
                && names.contains(&entry.kind.as_str())
                && robot.hears_of(team(entry))
        });
        entries.map(|entry| NewFact { id: tx.id(), robot_id: robot.id, event_id: entry.id }).collect()
    }
}
