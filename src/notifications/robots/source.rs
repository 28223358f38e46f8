//! Renders the next message of a robot when it is sent, of the facts that wait by then and from what is true
//! then; and notes what became of it: the source of its delivery.
//! How a line reads is in `wording.rs`, when a message is started in `batches.rs`.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::batches;
use super::channel::RobotChannel;
use super::model::{FactId, LastError, Robot};
use super::store;
use super::wire::RobotMessage;
use super::wording::{self, Composition};
use crate::inquiries::Inquiry;
use crate::inquiries::events::Deleted;
use crate::inquiries::store as inquiries;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::{InquiryId, RobotId};
use crate::kernel::text::cut;
use crate::notifications::catalogue::is_about_no_inquiry;
use crate::notifications::events::{ChannelDisabled, DisabledReason};
use crate::notifications::message_settings::MessageSettings;
use crate::platform::db::types::Json;
use crate::platform::db::{Context, Db, DbConnection, Tx};
use crate::platform::delivery::{Delivery, Rendered, Route, Source, SourceId, Status, Tried};
use crate::platform::events::{Fact, NO_SUBJECT};
use crate::platform::outbound::Outbound;

/// Facts that are read together, with their inquiries.
const PORTION: i64 = 50;
/// Facts that one message is made of at most, and those that are looked at for it: of many there may be
/// nothing to say any more.
const FACTS_MAX: usize = 250;
const LOOKED_AT_MAX: usize = 1_000;
/// Messages given up in a row after which a robot is switched off.
const FAILURES_MAX: i32 = 3;
/// Code points of the words of a failure.
const WORDS_MAX: usize = 200;

const OVER: &str = "there is nothing to say any more";

/// What delivers the messages of robots.
pub fn route(db: &Db, outbound: &Outbound, settings: Arc<MessageSettings>) -> Route {
    let source = RobotSource { db: db.clone(), settings };
    Route { channel: Arc::new(RobotChannel::new(db, outbound)), source: Arc::new(source) }
}

/// Renders what robots say.
struct RobotSource {
    db: Db,
    settings: Arc<MessageSettings>,
}

/// A fact that is to be said, with what is true now of what it is about.
struct Known {
    id: FactId,
    event: String,
    /// None if it is gone, or not for this robot; a fact about no inquiry has none either.
    inquiry: Option<Inquiry>,
}

/// What a message was made of.
struct Draft {
    composition: Composition,
    /// The facts in it, and those of which there is nothing to say.
    said: Vec<FactId>,
    dropped: Vec<FactId>,
    is_full: bool,
}

/// What became of a draft.
enum Claim {
    Taken,
    Over,
    Later(Timestamp),
}

impl Source for RobotSource {
    fn message(&self, id: SourceId) -> BoxFuture<'_, Result<Rendered>> {
        self.render(id).boxed()
    }

    fn name(&self, id: SourceId) -> String {
        id.uuid().to_string()
    }

    fn note(&self, tx: &mut Tx<'_>, delivery: &Delivery, tried: &Tried) -> Result<()> {
        let Ok(id) = delivery.target.parse::<RobotId>() else { return Ok(()) };
        let Some(mut robot) = store::lock(tx, id)? else { return Ok(()) };
        robot.requests.0.end(tried.at);
        // Whatever was dropped meanwhile is over.
        if robot.batch_id == Some(delivery.id) {
            note(tx, &mut robot, delivery, tried)?;
        }
        store::note(tx, &robot)
    }
}

impl RobotSource {
    async fn render(&self, id: SourceId) -> Result<Rendered> {
        let robot = self.db.read(move |read| store::by_batch(read.conn, id)).await?;
        let Some(robot) = robot.filter(|robot| robot.active) else { return Ok(Rendered::Over(OVER)) };
        let now = self.db.parts().clock.now();
        let free_at = robot.requests.0.free_at(robot.kind, now);
        if free_at > now {
            return Ok(Rendered::Later(free_at));
        }
        let draft = self.draft(&robot, id).await?;
        let Draft { composition, said, dropped, .. } = draft;
        let robot_id = robot.id;
        let claiming = self.db.write(Context::system(), move |tx| claim(tx, robot_id, id, &said, &dropped));
        Ok(match claiming.await? {
            Claim::Over => Rendered::Over(OVER),
            Claim::Later(at) => Rendered::Later(at),
            Claim::Taken => {
                let Robot { kind, url, secret, .. } = robot;
                Rendered::Ready(Box::new(RobotMessage { kind, url, secret, text: composition.text() }))
            }
        })
    }

    /// Puts together what fits, the oldest facts first: those that were in it before, then those that wait.
    async fn draft(&self, robot: &Robot, batch: SourceId) -> Result<Draft> {
        let composition = Composition::new(robot.kind);
        let mut draft = Draft { composition, said: Vec::new(), dropped: Vec::new(), is_full: false };
        for of in [Some(batch), None] {
            let mut after = None;
            while !draft.is_full {
                let robot = robot.clone();
                let known = self.db.read(move |read| portion(read.conn, &robot, of, after)).await?;
                let Some(last) = known.last() else { break };
                after = Some(last.id);
                let settings = Arc::clone(&self.settings);
                // Reading texts for what is hidden in them keeps a processor busy.
                let adding = tokio::task::spawn_blocking(move || {
                    draft.add(&settings, known);
                    draft
                });
                draft = adding.await.map_err(Error::internal)?;
            }
        }
        Ok(draft)
    }
}

impl Draft {
    fn add(&mut self, settings: &MessageSettings, known: Vec<Known>) {
        for Known { id, event, inquiry } in known {
            let line = match inquiry {
                Some(inquiry) => wording::line(settings, &event, &inquiry),
                None if is_about_no_inquiry(&event) => wording::line_of_none(settings, &event),
                None => {
                    self.dropped.push(id);
                    continue;
                }
            };
            if self.said.len() >= FACTS_MAX || !self.composition.add(&line) {
                self.is_full = true;
                return;
            }
            self.said.push(id);
        }
        self.is_full = self.said.len().saturating_add(self.dropped.len()) >= LOOKED_AT_MAX;
    }
}

/// The next facts of a robot, of those that are in a message or of those that are in none.
fn portion(
    conn: &mut DbConnection,
    robot: &Robot,
    batch: Option<SourceId>,
    after: Option<FactId>,
) -> Result<Vec<Known>> {
    let waiting = store::facts_after(conn, robot.id, batch, after, PORTION)?;
    let about = |event: &str| !is_about_no_inquiry(event);
    let ids = waiting.iter().filter(|(_, event, _)| about(event)).filter_map(|(_, _, subject)| *subject);
    let mut ids: Vec<InquiryId> = ids.map(InquiryId::from).collect();
    ids.sort_unstable();
    ids.dedup();
    let found = inquiries::by_ids(conn, &ids)?;
    let known = waiting.into_iter().map(|(id, event, subject)| {
        let inquiry = subject.map(InquiryId::from).and_then(|id| found.iter().find(|one| one.id == id));
        let inquiry = inquiry.filter(|inquiry| is_for(robot, &event, inquiry)).cloned();
        Known { id, event, inquiry }
    });
    Ok(known.collect())
}

/// Whether a robot still says this of an inquiry. Of what is in the bin it says only that it is there.
fn is_for(robot: &Robot, event: &str, inquiry: &Inquiry) -> bool {
    inquiry.deleted_at.is_some() == (event == Deleted::KIND) && robot.hears_of(inquiry.team_id)
}

/// Takes the facts of a draft into its message and counts the request, unless it is over or too early.
fn claim(
    tx: &mut Tx<'_>,
    robot: RobotId,
    batch: SourceId,
    said: &[FactId],
    dropped: &[FactId],
) -> Result<Claim> {
    let robot = store::lock(tx, robot)?;
    let Some(mut robot) = robot.filter(|robot| robot.active && robot.batch_id == Some(batch)) else {
        return Ok(Claim::Over);
    };
    let free_at = robot.requests.0.free_at(robot.kind, tx.now);
    if free_at > tx.now && !said.is_empty() {
        return Ok(Claim::Later(free_at));
    }
    store::forget(tx, robot.id, dropped)?;
    if said.is_empty() {
        batches::end(tx, &mut robot, batch)?;
        store::note(tx, &robot)?;
        return Ok(Claim::Over);
    }
    store::fill(tx, robot.id, batch, said)?;
    robot.requests.0.begin(tx.now);
    store::note(tx, &robot)?;
    Ok(Claim::Taken)
}

/// Notes a try of a robot's message: what was said is forgotten, and what waits follows.
fn note(tx: &mut Tx<'_>, robot: &mut Robot, delivery: &Delivery, tried: &Tried) -> Result<()> {
    let failure = tried.error.as_ref().map(|words| {
        Json(LastError { code: tried.code, message: cut(words.clone(), WORDS_MAX), at: tried.at })
    });
    match delivery.status {
        Status::Pending => {}
        Status::Failed => robot.last_error = failure,
        Status::Delivered => {
            robot.last_error = None;
            robot.failures = 0;
            batches::end(tx, robot, delivery.id)?;
        }
        Status::Dead => {
            robot.last_error = failure;
            robot.failures = robot.failures.saturating_add(1);
            if robot.failures < FAILURES_MAX {
                return batches::end(tx, robot, delivery.id);
            }
            robot.active = false;
            robot.version = robot.version.saturating_add(1);
            robot.updated_at = tx.now;
            batches::drop_all(tx, robot)?;
            let fact = ChannelDisabled { channel_id: robot.id, reason: DisabledReason::Failing };
            tx.record(NO_SUBJECT, &fact)?;
        }
    }
    Ok(())
}
