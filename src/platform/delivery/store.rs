//! All SQL on deliveries.
//! Who may see one is decided by the room that owns what the delivery is for.

use chrono::Duration;
use diesel::dsl::{count_star, min};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, Selectable,
};

use super::model::{Delivery, LeaseHolder, SourceId, Status};
use super::schema::deliveries;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::Id;
use crate::platform::db::{DbConnection, MultiBackend, Tx};
use crate::{prepared, row};

/// How often one that is to be tried again is looked at whose tries begin and end meanwhile.
const LOOKS: usize = 5;

/// The id of a delivery for this thing: the same.
pub fn id_for<K>(of: Id<K>) -> SourceId {
    Id::from_uuid(of.uuid())
}

/// Puts a message into the queue, in the transaction of what causes it, and wakes the dispatcher after the
/// commit.
pub fn enqueue<K>(tx: &mut Tx<'_>, of: Id<K>, channel: &str, target: &str) -> Result<()> {
    enqueue_at(tx, of, channel, target, tx.now)
}

/// The same for a message that is not to be sent before a moment.
pub fn enqueue_at<K>(
    tx: &mut Tx<'_>,
    of: Id<K>,
    channel: &str,
    target: &str,
    not_before: Timestamp,
) -> Result<()> {
    let delivery = Delivery {
        id: id_for(of),
        channel: channel.to_owned(),
        target: target.to_owned(),
        status: Status::Pending,
        attempts: 0,
        next_attempt_at: Some(not_before),
        leased_until: None,
        leased_by: None,
        last_error: None,
        message_id: None,
        created_at: tx.now,
        delivered_at: None,
        tried_since: None,
        first_tried_at: None,
        attempts_before: 0,
    };
    tx.insert(delivery)?;
    tx.leave_work();
    Ok(())
}

row!(deliveries, Delivery, |row| {
    id: row.id,
    channel: &row.channel,
    target: &row.target,
    status: row.status,
    attempts: row.attempts,
    next_attempt_at: row.next_attempt_at,
    leased_until: row.leased_until,
    leased_by: row.leased_by,
    last_error: &row.last_error,
    message_id: &row.message_id,
    created_at: row.created_at,
    delivered_at: row.delivered_at,
});

/// The next target behind this one, in the order of their names, for which something waits; now or later.
pub fn next_target(conn: &mut DbConnection, channel: &str, after: &str) -> Result<Option<String>> {
    let query = deliveries::table
        .filter(deliveries::channel.eq(channel.to_owned()))
        .filter(deliveries::target.gt(after.to_owned()))
        .filter(deliveries::next_attempt_at.is_not_null())
        .order(deliveries::target.asc())
        .limit(1)
        .select(deliveries::target);
    Ok(prepared!(conn, get_result, query).optional()?)
}

/// The app's clock, by which messages are due, and the machine's, by which leases end.
#[derive(Debug, Clone, Copy)]
pub struct Clocks {
    pub app: Timestamp,
    pub machine: Timestamp,
}

/// The ids of a target's messages that are to be tried now and that nobody is trying, the longest due first.
macro_rules! ready {
    ($channel:expr, $target:expr, $now:expr) => {
        deliveries::table
            .filter(deliveries::channel.eq($channel.to_owned()))
            .filter(deliveries::target.eq($target.to_owned()))
            .filter(deliveries::next_attempt_at.le($now.app))
            .filter(deliveries::leased_until.is_null().or(deliveries::leased_until.lt($now.machine)))
            .order(deliveries::next_attempt_at.asc())
            .select(deliveries::id)
    };
}

/// Those of a target that are to be tried now, and first those that never were: what has failed again and
/// again holds nothing new up, and one that the target does not bear is not what it is probed with.
pub fn due(
    conn: &mut DbConnection,
    channel: &str,
    target: &str,
    now: Clocks,
    limit: i64,
) -> Result<Vec<SourceId>> {
    let untried = ready!(channel, target, now).filter(deliveries::attempts.eq(0)).limit(limit);
    let mut ids: Vec<SourceId> = prepared!(conn, load, untried)?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    if ids.len() < most {
        let all: Vec<SourceId> = prepared!(conn, load, ready!(channel, target, now).limit(limit))?;
        let tried: Vec<SourceId> = all.into_iter().filter(|id| !ids.contains(id)).collect();
        ids.extend(tried);
        ids.truncate(most);
    }
    Ok(ids)
}

/// How many of a channel are still to be delivered, and when the next of them is due.
pub fn backlog(conn: &mut DbConnection, channel: &str) -> Result<(i64, Option<Timestamp>)> {
    let of_channel = || deliveries::table.filter(deliveries::channel.eq(channel.to_owned()));
    let waiting = || of_channel().filter(deliveries::next_attempt_at.is_not_null());
    Ok(waiting().select((count_star(), min(deliveries::next_attempt_at))).first(conn)?)
}

/// A lease: who holds it, from which moment of the machine's clock, and for how long unless it is renewed.
#[derive(Debug, Clone, Copy)]
pub struct Lease {
    pub holder: LeaseHolder,
    pub from: Timestamp,
    pub span: Duration,
}

/// Takes a lease on those of these that nobody was faster with: they are ours until it ends.
pub fn lease(tx: &mut Tx<'_>, ids: &[SourceId], lease: Lease) -> Result<Vec<Delivery>> {
    let mine = deliveries::table
        .filter(deliveries::id.eq_any(ids.to_vec()))
        // Not even one that another node has tried meanwhile, and that failed.
        .filter(deliveries::next_attempt_at.le(tx.now))
        .filter(deliveries::leased_until.is_null().or(deliveries::leased_until.lt(lease.from)));
    let until = lease.from.plus(lease.span);
    Ok(diesel::update(mine)
        .set((deliveries::leased_until.eq(Some(until)), deliveries::leased_by.eq(Some(lease.holder))))
        .returning(<Delivery as Selectable<MultiBackend>>::construct_selection())
        .get_results(tx.conn)?)
}

/// Makes the leases on these last longer, as far as they are still the holder's.
pub fn renew(tx: &mut Tx<'_>, ids: &[SourceId], lease: Lease) -> Result<()> {
    let mine = deliveries::table
        .filter(deliveries::id.eq_any(ids.to_vec()))
        .filter(deliveries::leased_by.eq(Some(lease.holder)));
    let until = lease.from.plus(lease.span);
    diesel::update(mine).set(deliveries::leased_until.eq(Some(until))).execute(tx.conn)?;
    Ok(())
}

/// Notes what a try came to, as the row says, and ends the lease; false if somebody else has a lease by now.
pub fn note(tx: &mut Tx<'_>, tried: &Delivery) -> Result<bool> {
    let mine = deliveries::table
        .filter(deliveries::id.eq(tried.id))
        .filter(deliveries::leased_by.eq(tried.leased_by));
    let noted = diesel::update(mine).set((
        deliveries::status.eq(tried.status),
        deliveries::attempts.eq(tried.attempts),
        deliveries::attempts_before.eq(tried.attempts_before),
        deliveries::next_attempt_at.eq(tried.next_attempt_at),
        deliveries::last_error.eq(&tried.last_error),
        deliveries::message_id.eq(&tried.message_id),
        deliveries::first_tried_at.eq(tried.first_tried_at),
        deliveries::delivered_at.eq(tried.delivered_at),
        deliveries::leased_until.eq(None::<Timestamp>),
        deliveries::leased_by.eq(None::<LeaseHolder>),
    ));
    let noted: Option<Option<Timestamp>> =
        prepared!(tx.conn, get_result, noted.returning(deliveries::tried_since)).optional()?;
    if noted.is_some_and(|since| since != tried.tried_since) {
        // Somebody has asked for another round meanwhile.
        begin_round(tx, tried.id)?;
    }
    Ok(noted.is_some())
}

/// Begins another round of tries of one that nobody is trying; false if somebody is.
fn begin_round(tx: &mut Tx<'_>, id: SourceId) -> Result<bool> {
    let idle = deliveries::table.filter(deliveries::id.eq(id)).filter(deliveries::leased_by.is_null());
    let pending = (
        deliveries::status.eq(Status::Pending),
        deliveries::next_attempt_at.eq(Some(tx.now)),
        deliveries::delivered_at.eq(None::<Timestamp>),
        deliveries::tried_since.eq(Some(tx.now)),
        deliveries::first_tried_at.eq(None::<Timestamp>),
        deliveries::attempts_before.eq(deliveries::attempts),
    );
    tx.leave_work();
    Ok(diesel::update(idle).set(pending).execute(tx.conn)? == 1)
}

/// Notes that these have left as parts of another message, as far as they still wait.
pub fn left_with(tx: &mut Tx<'_>, ids: &[SourceId], at: Timestamp, message_id: Option<&str>) -> Result<()> {
    let waiting = deliveries::table
        .filter(deliveries::id.eq_any(ids.to_vec()))
        .filter(deliveries::next_attempt_at.is_not_null());
    let delivered = (
        deliveries::status.eq(Status::Delivered),
        deliveries::next_attempt_at.eq(None::<Timestamp>),
        deliveries::last_error.eq(None::<String>),
        deliveries::message_id.eq(message_id.map(str::to_owned)),
        deliveries::delivered_at.eq(Some(at)),
        deliveries::leased_until.eq(None::<Timestamp>),
        deliveries::leased_by.eq(None::<LeaseHolder>),
    );
    diesel::update(waiting).set(delivered).execute(tx.conn)?;
    Ok(())
}

/// Ends the lease of a message that was not tried, which then waits until a moment, if one is given.
pub fn release(
    tx: &mut Tx<'_>,
    id: SourceId,
    holder: Option<LeaseHolder>,
    not_before: Option<Timestamp>,
) -> Result<()> {
    let mine = deliveries::table.filter(deliveries::id.eq(id)).filter(deliveries::leased_by.eq(holder));
    let free =
        (deliveries::leased_until.eq(None::<Timestamp>), deliveries::leased_by.eq(None::<LeaseHolder>));
    match not_before {
        None => prepared!(tx.conn, run, diesel::update(mine).set(free))?,
        Some(at) => {
            diesel::update(mine).set((free, deliveries::next_attempt_at.eq(Some(at)))).execute(tx.conn)?;
        }
    }
    Ok(())
}

/// Lets a dead one be tried again, on the whole retry schedule from now on, and wakes the dispatcher; false
/// if it is not dead.
pub fn revive<K>(tx: &mut Tx<'_>, of: Id<K>) -> Result<bool> {
    let dead =
        deliveries::table.filter(deliveries::id.eq(id_for(of))).filter(deliveries::status.eq(Status::Dead));
    let pending = (
        deliveries::status.eq(Status::Pending),
        deliveries::next_attempt_at.eq(Some(tx.now)),
        deliveries::leased_until.eq(None::<Timestamp>),
        deliveries::leased_by.eq(None::<LeaseHolder>),
        deliveries::tried_since.eq(Some(tx.now)),
        deliveries::first_tried_at.eq(None::<Timestamp>),
        deliveries::attempts_before.eq(deliveries::attempts),
    );
    let revived = diesel::update(dead).set(pending).execute(tx.conn)? == 1;
    if revived {
        tx.leave_work();
    }
    Ok(revived)
}

/// The id of the message that one has left as, or with; none while it waits.
pub fn left_as(conn: &mut DbConnection, id: SourceId) -> Result<Option<String>> {
    let left =
        deliveries::table.filter(deliveries::id.eq(id)).filter(deliveries::status.eq(Status::Delivered));
    let message: Option<Option<String>> = left.select(deliveries::message_id).first(conn).optional()?;
    Ok(message.map(Option::unwrap_or_default))
}

/// Has one tried again whatever became of it, on the whole retry schedule from now on, and wakes the
/// dispatcher. One that is being tried right now is tried once more after that.
pub fn try_again<K>(tx: &mut Tx<'_>, of: Id<K>) -> Result<()> {
    let id = id_for(of);
    // Its try may end between the two looks.
    for _ in 0..LOOKS {
        if begin_round(tx, id)? {
            return Ok(());
        }
        let leased =
            deliveries::table.filter(deliveries::id.eq(id)).filter(deliveries::leased_by.is_not_null());
        let asked = diesel::update(leased).set(deliveries::tried_since.eq(Some(tx.now)));
        if asked.execute(tx.conn)? == 1 {
            return Ok(());
        }
    }
    Err(Error::not_found())
}

/// Gives up what waits for a target and is not being tried, for this reason.
pub fn give_up(tx: &mut Tx<'_>, channel: &str, target: &str, reason: &str) -> Result<()> {
    let waiting = deliveries::table
        .filter(deliveries::channel.eq(channel.to_owned()))
        .filter(deliveries::target.eq(target.to_owned()))
        .filter(deliveries::next_attempt_at.is_not_null())
        .filter(deliveries::leased_by.is_null());
    let dead = (
        deliveries::status.eq(Status::Dead),
        deliveries::next_attempt_at.eq(None::<Timestamp>),
        deliveries::last_error.eq(Some(reason.to_owned())),
    );
    diesel::update(waiting).set(dead).execute(tx.conn)?;
    Ok(())
}

/// Deletes these, whatever became of them.
pub fn delete<K>(tx: &mut Tx<'_>, of: &[Id<K>]) -> Result<()> {
    let ids: Vec<SourceId> = of.iter().copied().map(id_for).collect();
    diesel::delete(deliveries::table.filter(deliveries::id.eq_any(ids))).execute(tx.conn)?;
    Ok(())
}

/// Whether at least so many wait for a target.
pub fn waits_at_least(conn: &mut DbConnection, channel: &str, target: &str, count: i64) -> Result<bool> {
    let waiting = deliveries::table
        .filter(deliveries::channel.eq(channel.to_owned()))
        .filter(deliveries::target.eq(target.to_owned()))
        .filter(deliveries::next_attempt_at.is_not_null())
        .order(deliveries::next_attempt_at.asc())
        .offset(count.saturating_sub(1))
        .limit(1)
        .select(deliveries::id);
    let last: Option<SourceId> = waiting.first(conn).optional()?;
    Ok(last.is_some())
}

/// Whether one is still to be delivered.
pub fn is_waiting(conn: &mut DbConnection, id: SourceId) -> Result<bool> {
    let waiting =
        deliveries::table.filter(deliveries::id.eq(id)).filter(deliveries::next_attempt_at.is_not_null());
    Ok(diesel::select(diesel::dsl::exists(waiting)).get_result(conn)?)
}
