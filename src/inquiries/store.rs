//! All SQL on inquiries, their indexed facts and their tags; lists are in `list.rs`, deadlines in
//! `deadlines.rs`.
//! Every read on somebody's behalf starts at `visible`.

use std::collections::HashMap;
use std::sync::Arc;

use diesel::{
    BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, OptionalExtension, QueryDsl,
    RunQueryDsl, Selectable, SelectableHelper,
};

use super::items::each_item;
use super::model::Inquiry;
use super::stored::StoredInquiry;
use crate::access::{Reach, Scope};
use crate::facts::Indexed;
use crate::kernel::error::Result;
use crate::kernel::id::{InquiryId, TeamId, UserId};
use crate::platform::db::counters::{self, Counter};
use crate::platform::db::dialect::SearchText;
use crate::platform::db::{DbConnection, ForNoKeyUpdate, IfLocked, MultiBackend, Tx, dialect, lost_race};
use crate::{prepared, row};

use super::schema::inquiry_contents;
pub use super::schema::{inquiries, inquiry_facts, inquiry_tags};

/// A query on inquiries that is still being narrowed.
pub type InquiryQuery = inquiries::BoxedQuery<'static, MultiBackend>;

/// Narrows a query to what is within reach, and goes on with it: the one place where reach becomes a
/// condition. Each reach is a statement of its own, so that a text can be fixed and each is answered by its
/// index.
macro_rules! within_reach {
    ($scope:expr, $query:expr, $narrowed:ident => $go_on:expr) => {
        match ($scope.reach, $scope.team) {
            (Reach::Everything, _) => {
                let $narrowed = $query;
                $go_on
            }
            (Reach::Team, Some(team)) => {
                let $narrowed = $query.filter(of_team_or_none(team));
                $go_on
            }
            (Reach::Team, None) => {
                let $narrowed = $query.filter(inquiries::team_id.is_null());
                $go_on
            }
            (Reach::Own, _) => {
                let $narrowed = $query.filter(inquiries::assignee_id.eq($scope.user));
                $go_on
            }
            (Reach::Pool, Some(team)) => {
                let $narrowed = $query.filter(in_pool()).filter(of_team_or_none(team));
                $go_on
            }
            (Reach::Pool, None) => {
                let $narrowed = $query.filter(in_pool()).filter(inquiries::team_id.is_null());
                $go_on
            }
            (Reach::OwnAndPool, Some(team)) => {
                let in_pool = in_pool().and(of_team_or_none(team));
                let is_own = inquiries::assignee_id.eq($scope.user).assume_not_null();
                let $narrowed = $query.filter(is_own.or(in_pool));
                $go_on
            }
            (Reach::OwnAndPool, None) => {
                let in_pool = in_pool().and(inquiries::team_id.is_null());
                let is_own = inquiries::assignee_id.eq($scope.user).assume_not_null();
                let $narrowed = $query.filter(is_own.or(in_pool));
                $go_on
            }
            (Reach::Nothing, _) => {
                let $narrowed = $query.filter(inquiries::id.is_null());
                $go_on
            }
        }
    };
}

/// Where every list of inquiries on somebody's behalf starts: within reach, and not in the bin.
pub fn visible(scope: &Scope) -> InquiryQuery {
    within_reach!(scope, inquiries::table.filter(inquiries::deleted_at.is_null()),
        visible => visible.into_boxed())
}

/// That it lies in the pool: it is open, and nobody owns it.
#[diesel::dsl::auto_type(no_type_alias)]
fn in_pool() -> _ {
    inquiries::assignee_id.is_null().and(inquiries::closed_at.is_null())
}

/// That it belongs to this team or to none. Said backwards, because SQLite would read all rows of an `OR` by
/// the index of the teams and then sort them, instead of following the order that is asked for. PostgreSQL
/// sees the `OR` in it.
#[diesel::dsl::auto_type(no_type_alias)]
pub fn of_team_or_none(team: TeamId) -> _ {
    diesel::dsl::not(inquiries::team_id.is_not_null().and(inquiries::team_id.ne(team)))
}

/// Inquiries with what was said in them.
macro_rules! with_content {
    () => {
        inquiries::table.inner_join(inquiry_contents::table)
    };
}

/// The columns that something is read from. In `as_select` the database stays open until it is known where
/// the statement runs: with a join, compiling that takes seconds for each statement.
fn columns<T: Selectable<MultiBackend>>() -> T::SelectExpression {
    T::construct_selection()
}

/// Loads what a query selects, each inquiry with what was said in it, in one statement.
pub fn load(conn: &mut DbConnection, query: InquiryQuery) -> Result<Vec<Inquiry>> {
    Ok(query.inner_join(inquiry_contents::table).select(Inquiry::as_select()).load(conn)?)
}

/// The same, to be shown.
pub fn load_stored(conn: &mut DbConnection, query: InquiryQuery) -> Result<Vec<StoredInquiry>> {
    Ok(query.inner_join(inquiry_contents::table).select(StoredInquiry::as_select()).load(conn)?)
}

pub fn find(conn: &mut DbConnection, scope: &Scope, id: InquiryId) -> Result<Option<Inquiry>> {
    let one = || with_content!().filter(inquiries::id.eq(id)).filter(inquiries::deleted_at.is_null());
    let found =
        within_reach!(scope, one(), one => prepared!(conn, get_result, one.select(columns::<Inquiry>())));
    Ok(found.optional()?)
}

/// The same, to be shown.
pub fn find_stored(conn: &mut DbConnection, scope: &Scope, id: InquiryId) -> Result<Option<StoredInquiry>> {
    let one = || with_content!().filter(inquiries::id.eq(id)).filter(inquiries::deleted_at.is_null());
    let found = within_reach!(scope, one(), one => {
        prepared!(conn, get_result, one.select(columns::<StoredInquiry>()))
    });
    Ok(found.optional()?)
}

/// The same in the bin.
pub fn find_binned(conn: &mut DbConnection, scope: &Scope, id: InquiryId) -> Result<Option<Inquiry>> {
    let one = || with_content!().filter(inquiries::id.eq(id)).filter(inquiries::deleted_at.is_not_null());
    let found =
        within_reach!(scope, one(), one => prepared!(conn, get_result, one.select(columns::<Inquiry>())));
    Ok(found.optional()?)
}

/// Those of these inquiries that are within reach, in the bin or not, to be shown.
pub fn stored_among(
    conn: &mut DbConnection,
    scope: &Scope,
    ids: &[InquiryId],
) -> Result<HashMap<InquiryId, StoredInquiry>> {
    let these = inquiries::table.filter(inquiries::id.eq_any(ids.to_vec()));
    let reached: InquiryQuery = within_reach!(scope, these, reached => reached.into_boxed());
    let found: Vec<StoredInquiry> =
        reached.inner_join(inquiry_contents::table).select(StoredInquiry::as_select()).load(conn)?;
    Ok(found.into_iter().map(|inquiry| (inquiry.id, inquiry)).collect())
}

/// The same without those in the bin.
pub fn shown_among(
    conn: &mut DbConnection,
    scope: &Scope,
    ids: &[InquiryId],
) -> Result<HashMap<InquiryId, StoredInquiry>> {
    let found = load_stored(conn, visible(scope).filter(inquiries::id.eq_any(ids.to_vec())))?;
    Ok(found.into_iter().map(|inquiry| (inquiry.id, inquiry)).collect())
}

/// Who owns each of these inquiries that is within reach, in the bin or not.
pub fn owners_among(
    conn: &mut DbConnection,
    scope: &Scope,
    ids: &[InquiryId],
) -> Result<HashMap<InquiryId, Option<UserId>>> {
    let these = inquiries::table.filter(inquiries::id.eq_any(ids.to_vec()));
    let reached: InquiryQuery = within_reach!(scope, these, reached => reached.into_boxed());
    let found: Vec<(InquiryId, Option<UserId>)> =
        reached.select((inquiries::id, inquiries::assignee_id)).load(conn)?;
    Ok(found.into_iter().collect())
}

/// Whether it is within reach: for what hangs on it.
pub fn reaches(conn: &mut DbConnection, scope: &Scope, id: InquiryId) -> Result<bool> {
    let found: Option<InquiryId> =
        visible(scope).filter(inquiries::id.eq(id)).select(inquiries::id).first(conn).optional()?;
    Ok(found.is_some())
}

/// Without regard to reach, and not in the bin: for the jobs.
pub fn by_id(conn: &mut DbConnection, id: InquiryId) -> Result<Option<Inquiry>> {
    let inquiry = with_content!().filter(inquiries::id.eq(id)).filter(inquiries::deleted_at.is_null());
    Ok(prepared!(conn, get_result, inquiry.select(columns::<Inquiry>())).optional()?)
}

/// These, in the order of receipt, without regard to reach: for the jobs.
pub fn by_ids(conn: &mut DbConnection, ids: &[InquiryId]) -> Result<Vec<Inquiry>> {
    let these = inquiries::table.filter(inquiries::id.eq_any(ids.to_vec())).order(inquiries::id.asc());
    load(conn, these.into_boxed())
}

/// Those of these inquiries that a user owns and that are not in the bin, in the order of receipt.
pub fn owned_among(conn: &mut DbConnection, user: UserId, ids: &[InquiryId]) -> Result<Vec<InquiryId>> {
    let theirs = inquiries::table
        .filter(inquiries::id.eq_any(ids.to_vec()))
        .filter(inquiries::assignee_id.eq(user))
        .filter(inquiries::deleted_at.is_null());
    Ok(theirs.order(inquiries::id.asc()).select(inquiries::id).load(conn)?)
}

/// The owner and the team of one that is not in the bin.
pub fn owner_of(conn: &mut DbConnection, id: InquiryId) -> Result<Option<(Option<UserId>, Option<TeamId>)>> {
    let inquiry = inquiries::table.filter(inquiries::id.eq(id)).filter(inquiries::deleted_at.is_null());
    let owner = inquiry.select((inquiries::assignee_id, inquiries::team_id));
    Ok(prepared!(conn, get_result, owner).optional()?)
}

/// Open inquiries with this number (E.164), newest first: of somebody who is known.
pub fn open_with_phone(conn: &mut DbConnection, number: &str, limit: i64) -> Result<Vec<Inquiry>> {
    let known = with_content!()
        .filter(inquiry_contents::phone_e164.eq(number))
        .filter(inquiries::closed_at.is_null())
        .filter(inquiries::deleted_at.is_null());
    let known = known.order(inquiry_contents::inquiry_id.desc()).limit(limit);
    Ok(prepared!(conn, get_results, known.select(columns::<Inquiry>()))?)
}

/// How many open inquiries within reach nobody owns.
pub fn count_pool(conn: &mut DbConnection, scope: &Scope) -> Result<i64> {
    let pool = visible(scope).filter(inquiries::assignee_id.is_null()).filter(inquiries::closed_at.is_null());
    Ok(pool.count().get_result(conn)?)
}

/// How many inquiries there are, in the bin or not.
pub fn count_all(conn: &mut DbConnection) -> Result<i64> {
    Ok(inquiries::table.count().get_result(conn)?)
}

/// Ids of inquiries after this one in the order of receipt, in the bin or not: for going through all of them.
pub fn ids_after(conn: &mut DbConnection, after: Option<InquiryId>, limit: i64) -> Result<Vec<InquiryId>> {
    let mut ids = inquiries::table
        .select(inquiries::id)
        .order(inquiries::id.asc())
        .limit(limit)
        .into_boxed::<MultiBackend>();
    if let Some(after) = after {
        ids = ids.filter(inquiries::id.gt(after));
    }
    Ok(ids.load(conn)?)
}

/// The same, with all that they hold.
pub fn all_after(conn: &mut DbConnection, after: Option<InquiryId>, limit: i64) -> Result<Vec<Inquiry>> {
    let mut all = inquiries::table.order(inquiries::id.asc()).limit(limit).into_boxed::<MultiBackend>();
    if let Some(after) = after {
        all = all.filter(inquiries::id.gt(after));
    }
    load(conn, all)
}

/// Owned open inquiries after this one in the order of receipt.
pub fn owned_after(conn: &mut DbConnection, after: Option<InquiryId>, limit: i64) -> Result<Vec<InquiryId>> {
    let mut owned = inquiries::table
        .filter(inquiries::assignee_id.is_not_null())
        .filter(inquiries::closed_at.is_null())
        .filter(inquiries::deleted_at.is_null())
        .order(inquiries::id.asc())
        .limit(limit)
        .into_boxed::<MultiBackend>();
    if let Some(after) = after {
        owned = owned.filter(inquiries::id.gt(after));
    }
    Ok(owned.select(inquiries::id).load(conn)?)
}

/// Those within reach after this one in the order of receipt.
pub fn received_after(
    conn: &mut DbConnection,
    scope: &Scope,
    after: InquiryId,
    limit: i64,
) -> Result<Vec<Inquiry>> {
    load(conn, visible(scope).filter(inquiries::id.gt(after)).order(inquiries::id.asc()).limit(limit))
}

/// The first open inquiries of a user, in the order of receipt.
pub fn open_of(conn: &mut DbConnection, user: UserId, limit: i64) -> Result<Vec<Inquiry>> {
    let owned = inquiries::table
        .filter(inquiries::assignee_id.eq(user))
        .filter(inquiries::closed_at.is_null())
        .filter(inquiries::deleted_at.is_null())
        .order(inquiries::id.asc())
        .limit(limit);
    load(conn, owned.into_boxed())
}

/// These as they are now, in the order of receipt, held until the transaction ends: nobody changes them in
/// between. Whoever changes several holds all of them before the first is changed: nobody waits in a circle.
pub fn lock_all(tx: &mut Tx<'_>, ids: &[InquiryId]) -> Result<Vec<Inquiry>> {
    lock(tx, ids, IfLocked::Wait)
}

/// The same, without those that another transaction holds now.
pub fn lock_free(tx: &mut Tx<'_>, ids: &[InquiryId]) -> Result<Vec<Inquiry>> {
    lock(tx, ids, IfLocked::Skip)
}

fn lock(tx: &mut Tx<'_>, ids: &[InquiryId], if_locked: IfLocked) -> Result<Vec<Inquiry>> {
    let these = inquiries::table.filter(inquiries::id.eq_any(ids.to_vec())).order(inquiries::id.asc());
    let held: Vec<InquiryId> = ForNoKeyUpdate(these.select(inquiries::id), if_locked).load(tx.conn)?;
    by_ids(tx.conn, &held)
}

/// The open inquiries of a user.
pub const OPEN: Counter = Counter("open_inquiries");

/// Counts who holds an inquiry as open work: the one place that changes this counter, whatever changes an
/// inquiry.
fn count_holders(tx: &mut Tx<'_>, before: Option<UserId>, after: Option<UserId>) -> Result<()> {
    if before == after {
        return Ok(());
    }
    let changes = [(before, -1), (after, 1)].into_iter().filter_map(|(user, by)| Some((user?, by)));
    counters::add_all(tx, OPEN, None, changes)
}

/// Lays down a new inquiry with everything it is found by, such as its searchable text.
pub fn insert(tx: &mut Tx<'_>, inquiry: Inquiry, searchable: String) -> Result<()> {
    let (id, facts) = (inquiry.id, Indexed::of(&inquiry.content.facts.0));
    let tags: Vec<TagRow> = inquiry.tags.0.iter().map(|tag| TagRow { id, tag: tag.clone() }).collect();
    count_holders(tx, None, inquiry.holder())?;
    let inquiry = Arc::new(inquiry);
    tx.insert(WorkRow(Arc::clone(&inquiry)))?;
    tx.insert(ContentRow(inquiry))?;
    if !facts.is_empty() {
        tx.insert(FactsRow { id, facts })?;
    }
    tags.into_iter().try_for_each(|tag| tx.insert(tag))?;
    tx.insert(SearchText::new(id, searchable))
}

/// The work on a new inquiry.
struct WorkRow(Arc<Inquiry>);

row!(inquiries, WorkRow, |row| {
    id: row.0.id,
    status: row.0.status,
    reason: &row.0.reason,
    tags: &row.0.tags,
    form_id: row.0.form_id,
    assignee_id: row.0.assignee_id,
    team_id: row.0.team_id,
    duplicate_of: row.0.duplicate_of,
    received_at: row.0.received_at,
    assigned_at: row.0.assigned_at,
    accepted_at: row.0.accepted_at,
    first_contacted_at: row.0.first_contacted_at,
    last_contacted_at: row.0.last_contacted_at,
    next_follow_up_at: row.0.next_follow_up_at,
    closed_at: row.0.closed_at,
    created_at: row.0.created_at,
    updated_at: row.0.updated_at,
    deleted_at: row.0.deleted_at,
    version: row.0.version,
    status_changed_at: row.0.status_changed_at,
    recycle_at: row.0.deadlines.recycle_at,
    recycle_warned_at: row.0.deadlines.recycle_warned_at,
    accept_due_at: row.0.deadlines.accept_due_at,
    first_contact_due_at: row.0.deadlines.first_contact_due_at,
    next_deadline_at: row.0.deadlines.next_deadline_at,
});

/// What was said in it.
struct ContentRow(Arc<Inquiry>);

macro_rules! content_row {
    ({} $(($name:ident $($row:tt)*))+) => {
        row!(inquiry_contents, ContentRow, |row| {
            inquiry_id: row.0.id,
            $($name: &row.0.content.items.$name,)+
            phone_e164: &row.0.content.phone_e164,
            facts: &row.0.content.facts,
            custom: &row.0.content.custom,
            source: &row.0.content.source,
        });
    };
}
each_item!(content_row);

/// The facts that an inquiry is found by.
struct FactsRow {
    id: InquiryId,
    facts: Indexed,
}

row!(inquiry_facts, FactsRow, |row| {
    inquiry_id: row.id,
    need_kind: row.facts.need_kind.map(|kind| kind.word()),
    region_code: &row.facts.region_code,
    industry_code: &row.facts.industry_code,
    tax_fen_per_year: row.facts.tax_fen_per_year,
    area_min_sqm: row.facts.area_min_sqm,
    area_max_sqm: row.facts.area_max_sqm,
});

/// A tag of an inquiry.
struct TagRow {
    id: InquiryId,
    tag: String,
}

row!(inquiry_tags, TagRow, |row| { tag: &row.tag, inquiry_id: row.id });

/// Whether some inquiry has this number (E.164), in the bin or not.
pub fn has_number(conn: &mut DbConnection, number: &str) -> Result<bool> {
    use inquiry_contents::{inquiry_id, phone_e164};
    let one = inquiry_contents::table.filter(phone_e164.eq(number)).select(inquiry_id).limit(1);
    let found: Option<InquiryId> = prepared!(conn, get_result, one).optional()?;
    Ok(found.is_some())
}

/// Lays a changed inquiry over the one it was read as: one statement for the work on it, and others only for
/// what else changed. Whoever changed it in between makes this change run again.
pub fn update(tx: &mut Tx<'_>, before: &Inquiry, after: &Inquiry) -> Result<()> {
    update_work(tx, before, after)?;
    count_holders(tx, before.holder(), after.holder())?;
    if after.tags != before.tags {
        diesel::delete(inquiry_tags::table.filter(inquiry_tags::inquiry_id.eq(after.id))).execute(tx.conn)?;
        let tags = after.tags.0.iter().cloned();
        tags.map(|tag| TagRow { id: after.id, tag }).try_for_each(|row| tx.insert(row))?;
    }
    if !after.content.is_same(&before.content) {
        update_content(tx, before, after)?;
    }
    Ok(())
}

/// Compare-and-set on the version. What an inquiry came with (its form, when) never changes. Its deadlines
/// may have changed without another version: they are left alone unless this changes them.
fn update_work(tx: &mut Tx<'_>, before: &Inquiry, after: &Inquiry) -> Result<()> {
    let (id, version) = (inquiries::id.eq(after.id), inquiries::version.eq(before.version));
    let target = inquiries::table.filter(id).filter(version);
    let work = (
        inquiries::status.eq(after.status),
        inquiries::reason.eq(&after.reason),
        inquiries::tags.eq(&after.tags),
        inquiries::assignee_id.eq(after.assignee_id),
        inquiries::team_id.eq(after.team_id),
        inquiries::duplicate_of.eq(after.duplicate_of),
        inquiries::assigned_at.eq(after.assigned_at),
        inquiries::accepted_at.eq(after.accepted_at),
        inquiries::first_contacted_at.eq(after.first_contacted_at),
        inquiries::last_contacted_at.eq(after.last_contacted_at),
        inquiries::next_follow_up_at.eq(after.next_follow_up_at),
        inquiries::closed_at.eq(after.closed_at),
        inquiries::updated_at.eq(after.updated_at),
        inquiries::deleted_at.eq(after.deleted_at),
        inquiries::version.eq(after.version),
        inquiries::status_changed_at.eq(after.status_changed_at),
    );
    let change = diesel::update(target);
    let updated: Vec<InquiryId> = if after.deadlines == before.deadlines {
        prepared!(tx.conn, get_results, change.set(work).returning(inquiries::id))?
    } else {
        let all = (work, after.deadlines);
        prepared!(tx.conn, get_results, change.set(all).returning(inquiries::id))?
    };
    if updated.is_empty() { Err(lost_race(diesel::result::Error::NotFound)) } else { Ok(()) }
}

fn update_content(tx: &mut Tx<'_>, before: &Inquiry, after: &Inquiry) -> Result<()> {
    let target = inquiry_contents::table.filter(inquiry_contents::inquiry_id.eq(after.id));
    prepared!(tx.conn, run, diesel::update(target).set(&after.content))?;
    let facts = Indexed::of(&after.content.facts.0);
    if facts != Indexed::of(&before.content.facts.0) {
        diesel::delete(inquiry_facts::table.filter(inquiry_facts::inquiry_id.eq(after.id)))
            .execute(tx.conn)?;
        tx.insert(FactsRow { id: after.id, facts })?;
    }
    if !after.content.is_found_like(&before.content) {
        dialect::index_text(tx, after.id, &after.content.searchable())?;
    }
    Ok(())
}
