//! All SQL on notifications.
//! Every read on somebody's behalf starts at `visible`.

use chrono::Duration;
use diesel::dsl::{InnerJoin, IntoBoxed};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, Selectable,
    SelectableHelper,
};

use super::model::{Notification, Status};
use crate::access::store::users;
use crate::access::{Reach, Scope};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::{InquiryId, NotificationId, UserId};
use crate::kernel::page::{Page, PageRequest};
use crate::platform::db::{DbConnection, MultiBackend, Tx};
use crate::prepared;

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    notifications (id) {
        id -> Uid,
        event_id -> Uid,
        event -> Text,
        inquiry_id -> Nullable<Uid>,
        follow_up_id -> Nullable<Uid>,
        user_id -> Uid,
        channel -> Text,
        status -> Text,
        attempts -> Integer,
        next_attempt_at -> Nullable<Moment>,
        leased_until -> Nullable<Moment>,
        last_error -> Nullable<Text>,
        message_id -> Nullable<Text>,
        created_at -> Moment,
        sent_at -> Nullable<Moment>,
    }
}

diesel::joinable!(notifications -> users (user_id));
diesel::allow_tables_to_appear_in_same_query!(notifications, users);

type NotificationQuery = IntoBoxed<'static, InnerJoin<notifications::table, users::table>, MultiBackend>;

/// A notification with the address it goes to.
pub type Addressed = (Notification, String);

/// Where every read of notifications on somebody's behalf starts: one's own, or all.
fn visible(scope: &Scope) -> NotificationQuery {
    let query = notifications::table.inner_join(users::table).into_boxed();
    match scope.reach {
        Reach::Everything => query,
        Reach::Own | Reach::Team => query.filter(notifications::user_id.eq(scope.user)),
        Reach::Nothing => query.filter(notifications::id.is_null()),
    }
}

/// Narrows a list of notifications.
#[derive(Debug, Clone, Default)]
pub struct NotificationFilter {
    pub statuses: Vec<Status>,
    pub users: Vec<UserId>,
    pub inquiries: Vec<InquiryId>,
    pub events: Vec<String>,
}

impl NotificationFilter {
    fn narrowed(&self, scope: &Scope) -> NotificationQuery {
        let mut query = visible(scope);
        if !self.statuses.is_empty() {
            query = query.filter(notifications::status.eq_any(self.statuses.clone()));
        }
        if !self.users.is_empty() {
            query = query.filter(notifications::user_id.eq_any(self.users.clone()));
        }
        if !self.inquiries.is_empty() {
            query = query.filter(notifications::inquiry_id.eq_any(self.inquiries.clone()));
        }
        if !self.events.is_empty() {
            query = query.filter(notifications::event.eq_any(self.events.clone()));
        }
        query
    }
}

/// One page, the newest first.
pub fn list(
    conn: &mut DbConnection,
    scope: &Scope,
    filter: &NotificationFilter,
    page: &PageRequest,
) -> Result<Page<Addressed>> {
    let mut query = filter.narrowed(scope);
    if let Some(after) = page.after::<NotificationId>()? {
        query = query.filter(notifications::id.lt(after));
    }
    let rows: Vec<Addressed> = query
        .order(notifications::id.desc())
        .limit(page.limit.saturating_add(1))
        .select((Notification::as_select(), users::email))
        .load(conn)?;
    let mut list = Page::cut(rows, page, |(row, _): &Addressed| row.id)?;
    if page.count {
        list.total = Some(filter.narrowed(scope).count().get_result(conn)?);
    }
    Ok(list)
}

pub fn find(conn: &mut DbConnection, scope: &Scope, id: NotificationId) -> Result<Option<Addressed>> {
    let query = visible(scope).filter(notifications::id.eq(id));
    Ok(query.select((Notification::as_select(), users::email)).first(conn).optional()?)
}

pub fn insert(tx: &mut Tx<'_>, notification: &Notification) -> Result<()> {
    prepared!(tx.conn, run, diesel::insert_into(notifications::table).values(notification))?;
    Ok(())
}

/// The ids of those that are to be tried now and that nobody is trying.
pub fn waiting(conn: &mut DbConnection, now: Timestamp, limit: i64) -> Result<Vec<NotificationId>> {
    let query = notifications::table
        .filter(notifications::next_attempt_at.le(now))
        .filter(notifications::leased_until.is_null().or(notifications::leased_until.lt(now)));
    Ok(query.order(notifications::next_attempt_at.asc()).limit(limit).select(notifications::id).load(conn)?)
}

/// How many are still to be sent, and when the next of them is due.
pub fn backlog(conn: &mut DbConnection) -> Result<(i64, Option<Timestamp>)> {
    let waiting = || notifications::table.filter(notifications::next_attempt_at.is_not_null());
    let count = waiting().count().get_result(conn)?;
    let next: Option<Option<Timestamp>> = waiting()
        .order(notifications::next_attempt_at.asc())
        .select(notifications::next_attempt_at)
        .first(conn)
        .optional()?;
    Ok((count, next.flatten()))
}

/// Takes a lease on those of these that nobody was faster with: they are ours until it ends.
pub fn lease(tx: &mut Tx<'_>, ids: &[NotificationId], span: Duration) -> Result<Vec<Notification>> {
    let mine = notifications::table
        .filter(notifications::id.eq_any(ids.to_vec()))
        // Not even one that another server has tried meanwhile, and that failed.
        .filter(notifications::next_attempt_at.le(tx.now))
        .filter(notifications::leased_until.is_null().or(notifications::leased_until.lt(tx.now)));
    Ok(diesel::update(mine)
        .set(notifications::leased_until.eq(Some(tx.now.plus(span))))
        .returning(<Notification as Selectable<MultiBackend>>::construct_selection())
        .get_results(tx.conn)?)
}

/// What a try came to.
#[derive(Debug, Clone)]
pub struct Tried {
    pub status: Status,
    /// None: it is over.
    pub next_attempt_at: Option<Timestamp>,
    pub last_error: Option<String>,
    pub message_id: Option<String>,
    pub sent_at: Option<Timestamp>,
}

/// Notes what a try came to, and ends the lease.
pub fn note(tx: &mut Tx<'_>, id: NotificationId, tried: &Tried) -> Result<()> {
    let target = notifications::table.filter(notifications::id.eq(id));
    let noted = diesel::update(target).set((
        notifications::status.eq(tried.status),
        notifications::attempts.eq(notifications::attempts + 1),
        notifications::next_attempt_at.eq(tried.next_attempt_at),
        notifications::last_error.eq(&tried.last_error),
        notifications::message_id.eq(&tried.message_id),
        notifications::sent_at.eq(tried.sent_at),
        notifications::leased_until.eq(None::<Timestamp>),
    ));
    prepared!(tx.conn, run, noted)?;
    Ok(())
}

/// Lets a dead one be tried again; false if it is not dead.
pub fn revive(tx: &mut Tx<'_>, id: NotificationId) -> Result<bool> {
    let dead =
        notifications::table.filter(notifications::id.eq(id)).filter(notifications::status.eq(Status::Dead));
    let pending = (
        notifications::status.eq(Status::Pending),
        notifications::next_attempt_at.eq(Some(tx.now)),
        notifications::leased_until.eq(None::<Timestamp>),
    );
    Ok(diesel::update(dead).set(pending).execute(tx.conn)? == 1)
}
