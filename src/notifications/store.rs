//! All SQL on notifications. Every read on somebody's behalf starts at `visible`.
//! What became of one is read from its delivery, which `platform/delivery` writes.

use diesel::dsl::{InnerJoin, IntoBoxed};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};

use super::model::{Notification, Status};
use super::schema::{link_uses, notifications, reminded_plans};
use crate::access::schema::users;
use crate::access::{Reach, Role, Scope};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::{EventId, FollowUpId, InquiryId, NotificationId, TeamId, UserId};
use crate::kernel::page::Direction::Descending;
use crate::kernel::page::{Page, PageRequest};
use crate::platform::db::keyset::after_id;
use crate::platform::db::{DbConnection, MultiBackend, Tx};
use crate::platform::delivery::schema::deliveries;
use crate::platform::delivery::store as delivery;
use crate::platform::delivery::{Delivery, Status as DeliveryStatus};
use crate::platform::events::Subject;
use crate::platform::events::schema::events;
use crate::{prepared, row};

type NotificationQuery = IntoBoxed<
    'static,
    InnerJoin<InnerJoin<notifications::table, users::table>, deliveries::table>,
    MultiBackend,
>;

/// A notification with its delivery and the address it goes to.
pub type Addressed = (Notification, Delivery, String);

/// Where every read of notifications on somebody's behalf starts: one's own, or all.
fn visible(scope: &Scope) -> NotificationQuery {
    let query = notifications::table.inner_join(users::table).inner_join(deliveries::table).into_boxed();
    match scope.reach {
        Reach::Everything => query,
        Reach::Own | Reach::Team => query.filter(notifications::user_id.eq(scope.user)),
        Reach::Pool | Reach::OwnAndPool | Reach::Nothing => query.filter(notifications::id.is_null()),
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
    /// Whether it asks for nothing but what was tried and not delivered.
    fn is_of_trouble(&self) -> bool {
        !self.statuses.is_empty()
            && self.statuses.iter().all(|status| matches!(status, Status::Failed | Status::Dead))
    }

    fn narrowed(&self, scope: &Scope) -> NotificationQuery {
        let mut query = visible(scope);
        if !self.statuses.is_empty() {
            let of_delivery: Vec<_> = self.statuses.iter().map(|status| status.of_delivery()).collect();
            query = query.filter(deliveries::status.eq_any(of_delivery));
        }
        // Each has an index that holds these only: they are few.
        if self.is_of_trouble() {
            query = query.filter(deliveries::last_error.is_not_null());
        } else if self.statuses == [Status::Pending] {
            query = query.filter(deliveries::next_attempt_at.is_not_null());
        }
        if !self.users.is_empty() {
            query = query.filter(notifications::user_id.eq_any(self.users.clone()));
        }
        if !self.inquiries.is_empty() {
            // By the inquiry's events, each of which has an index to its notifications.
            let subjects: Vec<Subject> = self.inquiries.iter().copied().map(Subject::from).collect();
            let of_them = events::table.filter(events::subject_id.eq_any(subjects)).select(events::id);
            query = query.filter(notifications::event_id.eq_any(of_them));
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
    let after = page.after::<NotificationId>()?;
    // The two ids are one; but the order comes from the index of the table whose id it is.
    let query = if filter.is_of_trouble() {
        after_id(filter.narrowed(scope), deliveries::id, after.map(delivery::id_for), Descending)
    } else {
        after_id(filter.narrowed(scope), notifications::id, after, Descending)
    };
    let rows: Vec<Addressed> = query
        .limit(page.rows())
        .select((Notification::as_select(), Delivery::as_select(), users::email))
        .load(conn)?;
    Page::cut(rows, page, |(row, ..): &Addressed| row.id)?
        .counted(page, || Ok(filter.narrowed(scope).count().get_result(conn)?))
}

pub fn find(conn: &mut DbConnection, scope: &Scope, id: NotificationId) -> Result<Option<Addressed>> {
    let query = visible(scope).filter(notifications::id.eq(id));
    Ok(query
        .select((Notification::as_select(), Delivery::as_select(), users::email))
        .first(conn)
        .optional()?)
}

row!(notifications, Notification, |row| {
    id: row.id,
    event_id: row.event_id,
    event: &row.event,
    inquiry_id: row.inquiry_id,
    follow_up_id: row.follow_up_id,
    user_id: row.user_id,
    channel: row.channel,
    created_at: row.created_at,
    batch: &row.batch,
});

/// One notification, without regard to reach: for who renders its message.
pub fn by_id(conn: &mut DbConnection, id: NotificationId) -> Result<Option<Notification>> {
    Ok(prepared!(conn, get_result, notifications::table.find(id)).optional()?)
}

/// The notifications of a batch that wait to leave, and when each is tried next, the oldest first.
pub fn waiting_in_batch(
    conn: &mut DbConnection,
    user: UserId,
    batch: &str,
    limit: i64,
) -> Result<Vec<(Notification, Option<Timestamp>)>> {
    Ok(notifications::table
        .inner_join(deliveries::table)
        .filter(notifications::user_id.eq(user))
        .filter(notifications::batch.eq(batch.to_owned()))
        .filter(deliveries::next_attempt_at.is_not_null())
        .order(notifications::id.asc())
        .limit(limit)
        .select((Notification::as_select(), deliveries::next_attempt_at))
        .load(conn)?)
}

/// Whether a message about an inquiry was sent to a user.
pub fn was_notified(conn: &mut DbConnection, inquiry: Subject, user: UserId) -> Result<bool> {
    let of_inquiry = events::table.filter(events::subject_id.eq(inquiry)).select(events::id);
    let sent = notifications::table
        .inner_join(deliveries::table)
        .filter(notifications::event_id.eq_any(of_inquiry))
        .filter(notifications::user_id.eq(user))
        .filter(deliveries::status.eq(DeliveryStatus::Delivered));
    let one: Option<NotificationId> = sent.select(notifications::id).first(conn).optional()?;
    Ok(one.is_some())
}

/// Notes that a message to a user named these plans before they were due.
pub fn note_reminded(
    tx: &mut Tx<'_>,
    user: UserId,
    plans: &[(FollowUpId, Timestamp)],
    message_id: &str,
) -> Result<()> {
    let row = |(plan, due_at): &(FollowUpId, Timestamp)| {
        (
            reminded_plans::follow_up_id.eq(*plan),
            reminded_plans::user_id.eq(user),
            reminded_plans::due_at.eq(*due_at),
            reminded_plans::message_id.eq(message_id.to_owned()),
        )
    };
    for plan in plans {
        let insert = diesel::insert_into(reminded_plans::table)
            .values(row(plan))
            .on_conflict((reminded_plans::follow_up_id, reminded_plans::user_id, reminded_plans::due_at))
            .do_nothing();
        prepared!(tx.conn, run, insert)?;
    }
    Ok(())
}

/// The message that has named a plan before it was due, if one has.
pub fn reminded_with(
    conn: &mut DbConnection,
    plan: FollowUpId,
    user: UserId,
    due_at: Timestamp,
) -> Result<Option<String>> {
    let named = reminded_plans::table.find((plan, user, due_at)).select(reminded_plans::message_id);
    Ok(named.first(conn).optional()?)
}

/// Forgets what nothing asks for any more.
pub fn forget_before(tx: &mut Tx<'_>, at: Timestamp) -> Result<()> {
    diesel::delete(reminded_plans::table.filter(reminded_plans::due_at.lt(at))).execute(tx.conn)?;
    diesel::delete(link_uses::table.filter(link_uses::used_at.lt(at))).execute(tx.conn)?;
    Ok(())
}

/// Whether a user has a notification of an event, sent or not.
pub fn is_notified(conn: &mut DbConnection, event: EventId, user: UserId) -> Result<bool> {
    let theirs = notifications::table
        .filter(notifications::event_id.eq(event))
        .filter(notifications::user_id.eq(user));
    Ok(diesel::select(diesel::dsl::exists(theirs)).get_result(conn)?)
}

/// The active managers whose reach includes inquiries of this team, or of none.
fn managers_of(conn: &mut DbConnection, team: Option<TeamId>) -> Result<Vec<UserId>> {
    let mut managers = active(Role::Manager);
    if let Some(team) = team {
        managers = managers.filter(users::team_id.eq(team));
    }
    Ok(managers.select(users::id).order(users::id.asc()).load(conn)?)
}

/// The same; if there are none, all managers.
pub fn managers_of_or_all(conn: &mut DbConnection, team: Option<TeamId>) -> Result<Vec<UserId>> {
    let managers = managers_of(conn, team)?;
    if managers.is_empty() { all_of(conn, Role::Manager) } else { Ok(managers) }
}

/// The same; if there are none, the admins.
pub fn managers_or_admins(conn: &mut DbConnection, team: Option<TeamId>) -> Result<Vec<UserId>> {
    let managers = managers_of_or_all(conn, team)?;
    if managers.is_empty() { all_of(conn, Role::Admin) } else { Ok(managers) }
}

pub fn all_of(conn: &mut DbConnection, role: Role) -> Result<Vec<UserId>> {
    Ok(active(role).select(users::id).order(users::id.asc()).load(conn)?)
}

fn active(role: Role) -> users::BoxedQuery<'static, MultiBackend> {
    users::table.filter(users::role.eq(role)).filter(users::active.eq(true)).into_boxed()
}
