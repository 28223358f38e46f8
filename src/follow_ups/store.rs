//! All SQL on follow-ups.
//! Every read on a caller's behalf starts at `visible`: a follow-up is within reach if its inquiry is.

use chrono_tz::Tz;
use diesel::dsl::{InnerJoin, IntoBoxed};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};

use super::model::{Bucket, FollowUp};
use super::schema::follow_ups;
use crate::access::{Reach, Scope};
use crate::inquiries::Filter;
use crate::inquiries::store::{inquiries, of_team_or_none};
use crate::kernel::clock::{Timestamp, day_span};
use crate::kernel::error::{BAD_CURSOR, Error, Result};
use crate::kernel::id::{FollowUpId, InquiryId, UserId};
use crate::kernel::page::Direction::{Ascending, Descending};
use crate::kernel::page::{Page, PageRequest, Position};
use crate::platform::db::keyset::{after_id, after_value};
use crate::platform::db::{DbConnection, Form, MultiBackend, Related, Tx, compare_and_set};
use crate::{prepared, seen_whole};

type FollowUpQuery = IntoBoxed<'static, InnerJoin<follow_ups::table, inquiries::table>, MultiBackend>;

/// A follow-up with the owner of its inquiry.
pub type FollowUpWithOwner = (FollowUp, Option<UserId>);

seen_whole!(FollowUpWithOwner);

/// The base of every read of follow-ups on a caller's behalf.
pub fn visible(scope: &Scope) -> FollowUpQuery {
    let query =
        follow_ups::table.inner_join(inquiries::table).into_boxed().filter(inquiries::deleted_at.is_null());
    match scope.reach {
        Reach::Everything => query,
        Reach::Team => match scope.team {
            Some(team) => query.filter(of_team_or_none(team)),
            None => query.filter(inquiries::team_id.is_null()),
        },
        Reach::Own => query.filter(inquiries::assignee_id.eq(scope.user)),
        // There is nothing to follow up in the pool.
        Reach::Pool | Reach::OwnAndPool | Reach::Nothing => query.filter(follow_ups::id.is_null()),
    }
}

/// Filters of the follow-up list.
#[derive(Debug, Clone, Default)]
pub struct FollowUpFilter {
    pub bucket: Option<Bucket>,
    /// Of inquiries that fit.
    pub among: Filter,
    pub inquiry: Option<InquiryId>,
}

impl FollowUpFilter {
    fn filtered(&self, scope: &Scope, now: Timestamp, zone: Tz) -> FollowUpQuery {
        let mut query = visible(scope);
        if let Some(inquiry) = self.inquiry {
            query = query.filter(follow_ups::inquiry_id.eq(inquiry));
        }
        for condition in self.among.predicates(scope.user) {
            let (table, key, outer) = (inquiries::table, inquiries::id, follow_ups::inquiry_id);
            query = query.filter(Related { table, key, outer, condition, form: Form::Exists });
        }
        let (_, tomorrow) = day_span(now.date(zone), zone);
        let planned = |query: FollowUpQuery| query.filter(follow_ups::done_at.is_null());
        match self.bucket {
            None => query,
            Some(Bucket::Overdue) => planned(query).filter(follow_ups::due_at.le(now)),
            Some(Bucket::Today) => {
                planned(query).filter(follow_ups::due_at.gt(now)).filter(follow_ups::due_at.lt(tomorrow))
            }
            Some(Bucket::Upcoming) => {
                planned(query).filter(follow_ups::due_at.gt(now)).filter(follow_ups::due_at.ge(tomorrow))
            }
            Some(Bucket::Done) => query.filter(follow_ups::done_at.is_not_null()),
        }
    }
}

/// One page: planned ones by due date, done ones latest first, all of them newest first.
pub fn list(
    conn: &mut DbConnection,
    scope: &Scope,
    filter: &FollowUpFilter,
    now: Timestamp,
    zone: Tz,
    page: &PageRequest,
) -> Result<Page<FollowUpWithOwner>> {
    use follow_ups::{done_at, due_at, id};
    let query = filter.filtered(scope, now, zone);
    let after = page.after::<Position<Timestamp, FollowUpId>>()?;
    if filter.bucket.is_some() && after.is_some_and(|position| position.value.is_none()) {
        return Err(Error::refuse(&BAD_CURSOR));
    }
    let edge = after.and_then(|position| position.value.map(|at| (at, position.id)));
    let query = match filter.bucket {
        None => after_id(query, id, after.map(|position| position.id), Descending),
        Some(Bucket::Done) => after_value(query, (done_at, id), edge, Descending),
        Some(_) => after_value(query, (due_at, id), edge, Ascending),
    };
    let rows: Vec<FollowUpWithOwner> =
        query.limit(page.rows()).select((FollowUp::as_select(), inquiries::assignee_id)).load(conn)?;
    let position = |(row, _): &FollowUpWithOwner| Position {
        value: match filter.bucket {
            None => None,
            Some(Bucket::Done) => row.done_at,
            Some(_) => row.due_at,
        },
        id: row.id,
    };
    Page::cut(rows, page, position)?.counted(page, || count(conn, scope, filter, now, zone))
}

/// How many fit.
pub fn count(
    conn: &mut DbConnection,
    scope: &Scope,
    filter: &FollowUpFilter,
    now: Timestamp,
    zone: Tz,
) -> Result<i64> {
    Ok(filter.filtered(scope, now, zone).count().get_result(conn)?)
}

pub fn find(conn: &mut DbConnection, scope: &Scope, id: FollowUpId) -> Result<Option<FollowUpWithOwner>> {
    let query = visible(scope).filter(follow_ups::id.eq(id));
    Ok(query.select((FollowUp::as_select(), inquiries::assignee_id)).first(conn).optional()?)
}

/// Those of these that are within reach.
pub fn among(conn: &mut DbConnection, scope: &Scope, ids: &[FollowUpId]) -> Result<Vec<FollowUpWithOwner>> {
    let query = visible(scope).filter(follow_ups::id.eq_any(ids.to_vec()));
    Ok(query.select((FollowUp::as_select(), inquiries::assignee_id)).load(conn)?)
}

/// Regardless of reach: for the jobs.
pub fn by_id(conn: &mut DbConnection, id: FollowUpId) -> Result<Option<FollowUp>> {
    Ok(prepared!(conn, get_result, follow_ups::table.find(id).select(FollowUp::as_select())).optional()?)
}

pub fn insert(tx: &mut Tx<'_>, follow_up: &FollowUp) -> Result<()> {
    diesel::insert_into(follow_ups::table).values(follow_up).execute(tx.conn)?;
    Ok(())
}

/// Updates a follow-up by compare-and-set against the one that was read; a concurrent change causes a retry.
pub fn update(tx: &mut Tx<'_>, before: &FollowUp, after: &FollowUp) -> Result<()> {
    let target =
        follow_ups::table.filter(follow_ups::id.eq(after.id)).filter(follow_ups::version.eq(before.version));
    compare_and_set(diesel::update(target).set(after).execute(tx.conn))
}

/// Deletes a plan by compare-and-set against the one that was read; a concurrent change causes a retry.
pub fn delete(tx: &mut Tx<'_>, plan: &FollowUp) -> Result<()> {
    let target =
        follow_ups::table.filter(follow_ups::id.eq(plan.id)).filter(follow_ups::version.eq(plan.version));
    compare_and_set(diesel::delete(target).execute(tx.conn))
}

/// When the earliest plan of an inquiry is due.
pub fn next_due(conn: &mut DbConnection, inquiry: InquiryId) -> Result<Option<Timestamp>> {
    let planned =
        follow_ups::table.filter(follow_ups::inquiry_id.eq(inquiry)).filter(follow_ups::done_at.is_null());
    let earliest: Option<Option<Timestamp>> = planned
        .filter(follow_ups::due_at.is_not_null())
        .order(follow_ups::due_at.asc())
        .select(follow_ups::due_at)
        .first(conn)
        .optional()?;
    Ok(earliest.flatten())
}

/// The inquiry of a plan and when it is due, if that has to be announced: the plan is open and has not been
/// announced, and its inquiry has an owner and is not in the bin.
pub fn find_to_announce(conn: &mut DbConnection, id: FollowUpId) -> Result<Option<(InquiryId, Timestamp)>> {
    let plan = follow_ups::table
        .inner_join(inquiries::table)
        .filter(follow_ups::id.eq(id))
        .filter(follow_ups::done_at.is_null())
        .filter(follow_ups::announced_due_at.is_null())
        .filter(inquiries::deleted_at.is_null())
        .filter(inquiries::assignee_id.is_not_null())
        .select((follow_ups::inquiry_id, follow_ups::due_at));
    let found: Option<(InquiryId, Option<Timestamp>)> = prepared!(conn, get_result, plan).optional()?;
    Ok(found.and_then(|(inquiry, due_at)| due_at.map(|at| (inquiry, at))))
}

/// The open plans of an inquiry that have not been announced, and when they are due.
pub fn unannounced(conn: &mut DbConnection, inquiry: InquiryId) -> Result<Vec<(FollowUpId, Timestamp)>> {
    let rows: Vec<(FollowUpId, Option<Timestamp>)> = follow_ups::table
        .filter(follow_ups::inquiry_id.eq(inquiry))
        .filter(follow_ups::done_at.is_null())
        .filter(follow_ups::announced_due_at.is_null())
        .filter(follow_ups::due_at.is_not_null())
        .select((follow_ups::id, follow_ups::due_at))
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(id, due_at)| due_at.map(|at| (id, at))).collect())
}

/// The open plans of a user's inquiries that have not been announced, and when they are due, the next first.
pub fn unannounced_of(
    conn: &mut DbConnection,
    user: UserId,
    limit: i64,
) -> Result<Vec<(FollowUpId, Timestamp)>> {
    let scope = Scope { user, team: None, reach: Reach::Own };
    let plans = visible(&scope)
        .filter(follow_ups::done_at.is_null())
        .filter(follow_ups::announced_due_at.is_null())
        .filter(follow_ups::due_at.is_not_null());
    let rows: Vec<(FollowUpId, Option<Timestamp>)> = plans
        .order((follow_ups::due_at.asc(), follow_ups::id.asc()))
        .limit(limit)
        .select((follow_ups::id, follow_ups::due_at))
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(id, due_at)| due_at.map(|at| (id, at))).collect())
}

/// The open plans that are due within a time, whoever they are of, the earliest first.
pub fn planned_within(
    conn: &mut DbConnection,
    (from, until): (Timestamp, Timestamp),
    limit: i64,
) -> Result<Vec<FollowUp>> {
    let plans = follow_ups::table
        .filter(follow_ups::done_at.is_null())
        .filter(follow_ups::due_at.ge(from))
        .filter(follow_ups::due_at.lt(until));
    let plans = plans.order((follow_ups::due_at.asc(), follow_ups::id.asc())).limit(limit);
    Ok(plans.select(FollowUp::as_select()).load(conn)?)
}

/// Marks a due plan as announced; false if it was announced or done concurrently.
pub fn mark_announced(tx: &mut Tx<'_>, id: FollowUpId, due_at: Timestamp) -> Result<bool> {
    let target = follow_ups::table
        .filter(follow_ups::id.eq(id))
        .filter(follow_ups::done_at.is_null())
        .filter(follow_ups::announced_due_at.is_null())
        .filter(follow_ups::due_at.eq(due_at));
    Ok(diesel::update(target).set(follow_ups::announced_due_at.eq(Some(due_at))).execute(tx.conn)? == 1)
}

/// How many open plans these inquiries have.
pub fn count_planned(conn: &mut DbConnection, inquiries: &[InquiryId]) -> Result<i64> {
    let planned = follow_ups::table
        .filter(follow_ups::inquiry_id.eq_any(inquiries.to_vec()))
        .filter(follow_ups::done_at.is_null());
    Ok(planned.count().get_result(conn)?)
}

/// When the inquiries of the overdue follow-ups within reach were received, one for each follow-up.
pub fn overdue(
    conn: &mut DbConnection,
    scope: &Scope,
    among: &Filter,
    now: Timestamp,
    zone: Tz,
) -> Result<Vec<Timestamp>> {
    let filter = FollowUpFilter { bucket: Some(Bucket::Overdue), among: among.clone(), inquiry: None };
    let query = filter.filtered(scope, now, zone);
    Ok(query.select(inquiries::received_at).load(conn)?)
}
