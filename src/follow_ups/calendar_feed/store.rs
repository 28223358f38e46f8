//! All SQL on calendar feeds.
//! What of a plan is shown in one is in `model.rs`.

use std::collections::HashMap;

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};

use super::model::{BYTES_MAX, EVENTS_MAX, Feed};
use super::schema::calendar_feeds;
use crate::access::schema::users;
use crate::access::{Reach, Scope, User, Viewer};
use crate::follow_ups::FollowUp;
use crate::follow_ups::schema::follow_ups;
use crate::follow_ups::store::visible;
use crate::inquiries::store::stored_among;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::{FollowUpId, InquiryId, UserId};
use crate::kernel::page::Direction;
use crate::platform::db::keyset::after_value;
use crate::platform::db::{DbConnection, Tx};
use crate::prepared;

/// Plans that are read together.
const CHUNK: usize = 200;

/// The active user whose feed has a token of this hash.
pub fn owner(conn: &mut DbConnection, hash: &[u8]) -> Result<Option<User>> {
    let owner = calendar_feeds::table
        .inner_join(users::table)
        .filter(calendar_feeds::token_hash.eq(hash))
        .filter(users::active.eq(true));
    Ok(prepared!(conn, get_result, owner.select(User::as_select())).optional()?)
}

/// Sets the token of a user's feed, in the place of the one before.
pub fn put(tx: &mut Tx<'_>, user: UserId, hash: &[u8]) -> Result<()> {
    let token = (calendar_feeds::token_hash.eq(hash), calendar_feeds::created_at.eq(tx.now));
    let put = diesel::insert_into(calendar_feeds::table)
        .values((calendar_feeds::user_id.eq(user), token))
        .on_conflict(calendar_feeds::user_id)
        .do_update()
        .set(token);
    Ok(prepared!(tx.conn, run, put)?)
}

pub fn delete(tx: &mut Tx<'_>, user: UserId) -> Result<()> {
    diesel::delete(calendar_feeds::table.filter(calendar_feeds::user_id.eq(user))).execute(tx.conn)?;
    Ok(())
}

/// The open plans that are due from a moment on, of the inquiries that a user owns: the next ones, as many as
/// one feed holds.
pub fn feed(conn: &mut DbConnection, user: User, since: Timestamp) -> Result<Feed> {
    let viewer = Viewer::recipient(&user);
    // A calendar is one's own, whatever one reaches otherwise.
    let own = Scope { user: user.id, team: user.team_id, reach: Reach::Own };
    let mut feed = Feed { user, plans: Vec::new(), inquiries: HashMap::new() };
    let (mut after, mut bytes) = (None, 0_usize);
    loop {
        let asked = EVENTS_MAX.saturating_sub(feed.plans.len()).min(CHUNK);
        let chunk = plans(conn, &own, since, after, asked)?;
        let is_last = chunk.len() < asked;
        let mut ids: Vec<InquiryId> = chunk.iter().map(|plan| plan.inquiry_id).collect();
        ids.sort_unstable();
        ids.dedup();
        ids.retain(|id| !feed.inquiries.contains_key(id));
        for (id, inquiry) in stored_among(conn, &own, &ids)? {
            bytes = bytes.saturating_add(inquiry.size());
            feed.inquiries.insert(id, viewer.sees(inquiry));
        }
        for plan in chunk {
            bytes = bytes.saturating_add(plan.note.as_ref().map_or(0, String::len));
            if bytes > BYTES_MAX && !feed.plans.is_empty() {
                return Ok(feed);
            }
            after = plan.due_at.map(|due_at| (due_at, plan.id));
            feed.plans.push(viewer.sees(plan));
        }
        if is_last || feed.plans.len() >= EVENTS_MAX {
            return Ok(feed);
        }
    }
}

fn plans(
    conn: &mut DbConnection,
    own: &Scope,
    since: Timestamp,
    after: Option<(Timestamp, FollowUpId)>,
    limit: usize,
) -> Result<Vec<FollowUp>> {
    use follow_ups::{done_at, due_at, id};
    let open = visible(own).filter(done_at.is_null()).filter(due_at.ge(since));
    let next = after_value(open, (due_at, id), after, Direction::Ascending);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    Ok(next.limit(limit).select(FollowUp::as_select()).load(conn)?)
}
