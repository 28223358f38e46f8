//! All SQL on decisions: the revision that they lock, rotations, their details, and former owners.
//! What they look at besides is read in `roster.rs`.

use std::collections::{BTreeMap, HashMap};

use chrono::Duration;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

use super::model::Detail;
use super::rotation::{Credit, Rotation};
use crate::assignment::schema::{assignment_state, decisions, former_owners, rotations};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::{EventId, InquiryId, RuleId, UserId};
use crate::platform::db::types::{Json, JsonText};
use crate::platform::db::{DbConnection, ForShare, ForUpdate, Revision, Tx};
use crate::{prepared, row};

/// The one state there is.
const DEFAULT: &str = "default";

/// The revision of all that decisions look at.
pub fn revision(conn: &mut DbConnection) -> Result<Revision> {
    let state = assignment_state::table.find(DEFAULT).select(assignment_state::revision);
    Ok(prepared!(conn, get_result, state)?)
}

/// The same; until this transaction ends nobody else decides, and nothing that they look at changes.
pub fn lock_revision(tx: &mut Tx<'_>) -> Result<Revision> {
    let state = assignment_state::table.find(DEFAULT).select(assignment_state::revision);
    Ok(prepared!(tx.conn, get_result, ForUpdate(state))?)
}

/// The same; until this transaction ends nobody decides, but others may share it.
pub fn share_revision(tx: &mut Tx<'_>) -> Result<Revision> {
    let state = assignment_state::table.find(DEFAULT).select(assignment_state::revision);
    Ok(prepared!(tx.conn, get_result, ForShare(state))?)
}

/// Renews the revision: something that decisions look at has changed.
pub fn renew(tx: &mut Tx<'_>) -> Result<()> {
    let revision: Revision = tx.id();
    let change =
        diesel::update(assignment_state::table.find(DEFAULT)).set(assignment_state::revision.eq(revision));
    Ok(prepared!(tx.conn, run, change)?)
}

/// The rotation of a rule.
pub fn rotation(conn: &mut DbConnection, rule: RuleId) -> Result<Rotation> {
    let row = rotations::table.find(rule).select((rotations::turns, rotations::credits));
    let (turns, credits): (i64, Json<BTreeMap<UserId, Credit>>) = prepared!(conn, get_result, row)?;
    Ok(Rotation { turns, credits: credits.0 })
}

/// Stores a rotation; in a batch at its end.
pub fn put_rotation(tx: &mut Tx<'_>, rule: RuleId, rotation: Rotation) -> Result<()> {
    struct Here;
    let change = diesel::update(rotations::table.find(rule))
        .set((rotations::turns.eq(rotation.turns), rotations::credits.eq(Json(rotation.credits))));
    tx.defer::<_, Here>(change)
}

/// Why an inquiry went where it did.
pub struct DecisionRow {
    event: EventId,
    inquiry: InquiryId,
    detail: JsonText,
    departure: Option<EventId>,
}

impl DecisionRow {
    /// `departure`: the event by which somebody lost it right before, if that is the same step.
    pub fn new(
        event: EventId,
        inquiry: InquiryId,
        departure: Option<EventId>,
        detail: &Detail,
    ) -> Result<Self> {
        Ok(Self { event, inquiry, detail: JsonText::of(detail)?, departure })
    }
}

row!(decisions, DecisionRow, |row| {
    event_id: row.event,
    inquiry_id: row.inquiry,
    detail: &row.detail,
    departure_id: row.departure,
});

/// The decisions about an inquiry, each with its departure.
pub fn of_inquiry(conn: &mut DbConnection, inquiry: InquiryId) -> Result<Vec<(EventId, Option<EventId>)>> {
    let those = decisions::table.filter(decisions::inquiry_id.eq(inquiry));
    Ok(those.select((decisions::event_id, decisions::departure_id)).load(conn)?)
}

/// Why these decisions were made.
pub fn details(conn: &mut DbConnection, decisions: &[EventId]) -> Result<Vec<(EventId, JsonText)>> {
    let those = decisions::table.filter(decisions::event_id.eq_any(decisions.to_vec()));
    Ok(those.select((decisions::event_id, decisions::detail)).load(conn)?)
}

/// The decisions about these inquiries, each with why it was made.
pub fn about(
    conn: &mut DbConnection,
    inquiries: &[InquiryId],
) -> Result<Vec<(InquiryId, EventId, JsonText)>> {
    let those = decisions::table.filter(decisions::inquiry_id.eq_any(inquiries.to_vec()));
    Ok(those.select((decisions::inquiry_id, decisions::event_id, decisions::detail)).load(conn)?)
}

/// Who has lost an inquiry less than so many hours ago.
pub fn cooling(
    conn: &mut DbConnection,
    inquiry: InquiryId,
    now: Timestamp,
    hours: u32,
) -> Result<Vec<UserId>> {
    let since = now.minus(Duration::hours(i64::from(hours)));
    let former = former_owners::table
        .filter(former_owners::inquiry_id.eq(inquiry))
        .filter(former_owners::lost_at.gt(since))
        .select(former_owners::user_id);
    Ok(prepared!(conn, load, former)?)
}

/// The same of several inquiries; those that nobody has lost are left out.
pub fn cooling_among(
    conn: &mut DbConnection,
    inquiries: &[InquiryId],
    now: Timestamp,
    hours: u32,
) -> Result<HashMap<InquiryId, Vec<UserId>>> {
    let since = now.minus(Duration::hours(i64::from(hours)));
    let former = former_owners::table
        .filter(former_owners::inquiry_id.eq_any(inquiries.to_vec()))
        .filter(former_owners::lost_at.gt(since))
        .select((former_owners::inquiry_id, former_owners::user_id));
    let mut cooling: HashMap<InquiryId, Vec<UserId>> = HashMap::new();
    for (inquiry, user) in former.load(conn)? {
        cooling.entry(inquiry).or_default().push(user);
    }
    Ok(cooling)
}

/// Until when somebody cools down, if they do.
pub fn cools_until(
    conn: &mut DbConnection,
    inquiry: InquiryId,
    user: UserId,
    now: Timestamp,
    hours: u32,
) -> Result<Option<Timestamp>> {
    let row = former_owners::table.find((inquiry, user)).select(former_owners::lost_at);
    let lost_at: Option<Timestamp> = prepared!(conn, get_result, row).optional()?;
    let until = lost_at.map(|at| at.plus(Duration::hours(i64::from(hours))));
    Ok(until.filter(|until| now < *until))
}

/// Notes that somebody has lost an inquiry now.
pub fn note_loss(tx: &mut Tx<'_>, inquiry: InquiryId, user: UserId) -> Result<()> {
    let row = (
        former_owners::inquiry_id.eq(inquiry),
        former_owners::user_id.eq(user),
        former_owners::lost_at.eq(tx.now),
    );
    let insert = diesel::insert_into(former_owners::table)
        .values(row)
        .on_conflict((former_owners::inquiry_id, former_owners::user_id))
        .do_update()
        .set(former_owners::lost_at.eq(tx.now));
    Ok(prepared!(tx.conn, run, insert)?)
}
