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
use crate::notifications::log_part::LogPart;
use crate::platform::db::{Context, Db, Read, Tx};
use crate::platform::events::LogEntry;
use crate::platform::jobs::{Job, Next};

/// How often to look whether another node has left something.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long after the log has grown: what happens together is said together.
const SETTLE: Duration = Duration::from_millis(200);
/// Facts that one transaction notes, at most, whatever the number of robots.
const FACTS_MAX: usize = 5_000;

/// What robots have not heard of.
struct News {
    part: LogPart,
    /// Of the inquiries that it is about, if a robot asks for that.
    teams: HashMap<InquiryId, Option<TeamId>>,
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
    let Some(news) = db.read(next).await? else { return Ok(Next::Wait) };
    let has_more = news.part.is_full;
    db.write_in_background(Context::system(), move |tx| spread(tx, &news)).await?;
    Ok(if has_more { Next::Immediately } else { Next::Wait })
}

fn next(read: &mut Read<'_>) -> Result<Option<News>> {
    let robots = store::active(read.conn)?;
    let Some(part) = LogPart::next(read, &robots, FACTS_MAX)? else { return Ok(None) };
    let mut teams = HashMap::new();
    if robots.iter().any(|robot| robot.team_id.is_some()) {
        let about = part.entries.iter().filter_map(|entry| entry.subject).map(InquiryId::from);
        teams = store::teams_of(read.conn, &about.collect::<Vec<_>>())?;
    }
    Ok(Some(News { part, teams }))
}

/// Notes for each robot what it is to say of a part of the log.
fn spread(tx: &mut Tx<'_>, news: &News) -> Result<()> {
    for mut robot in store::lock_active(tx)? {
        if !news.part.is_next_for(&robot) {
            continue;
        }
        let facts = news.facts_for(tx, &robot);
        robot.position = news.part.until;
        if !facts.is_empty() {
            tx.insert_all(facts)?;
            batches::start(tx, &mut robot)?;
        }
        store::note(tx, &robot)?;
    }
    Ok(())
}

impl News {
    fn facts_for(&self, tx: &Tx<'_>, robot: &Robot) -> Vec<NewFact> {
        let team = |entry: &LogEntry| {
            let inquiry = entry.subject.map(InquiryId::from);
            inquiry.and_then(|id| self.teams.get(&id).copied()).flatten()
        };
        let entries = self.part.entries_for(robot).filter(|entry| robot.hears_of(team(entry)));
        entries.map(|entry| NewFact { id: tx.id(), robot_id: robot.id, event_id: entry.id }).collect()
    }
}
