//! Reading the event log: by position, by subject, by id.
//! How an event gets its position is in `publication.rs`.

use diesel::dsl::max;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};

use super::model::{Event, Subject};
use super::schema::events;
use crate::kernel::error::Result;
use crate::kernel::id::EventId;
use crate::kernel::page::Direction::Descending;
use crate::kernel::page::{Page, PageRequest};
use crate::platform::db::keyset::after_id;
use crate::platform::db::{ActorKind, DbConnection, MultiBackend, Read};

/// The next events of the log after a position (0: from the first on), in the order of their positions. Once
/// an event was read here, no event appears at its position or before it any more.
pub fn after(read: &mut Read<'_>, position: i64, limit: i64) -> Result<Vec<Event>> {
    let next = events::table.filter(events::position.gt(position)).order(events::position.asc());
    Ok(next.limit(limit).select(Event::as_select()).load(read.conn)?)
}

/// The position of the last event that is published, 0 before the first.
pub fn last_position(conn: &mut DbConnection) -> Result<i64> {
    let last: Option<i64> = events::table.select(max(events::position)).first(conn)?;
    Ok(last.unwrap_or(0))
}

/// The events of one subject, newest first. The caller has shown that the subject is within reach.
pub fn timeline(read: &mut Read<'_>, subject: impl Into<Subject>, page: &PageRequest) -> Result<Page<Event>> {
    let subject: Subject = subject.into();
    let of_subject = || events::table.filter(events::subject_id.eq(subject)).into_boxed::<MultiBackend>();
    let load = |after, limit| {
        let query = after_id(of_subject(), events::id, after, Descending);
        Ok(query.limit(limit).select(Event::as_select()).load(read.conn)?)
    };
    Page::gather(page, load, Event::size, |event| event.id)?
        .counted(page, || Ok(of_subject().count().get_result(read.conn)?))
}

/// The events of one kind about a subject that actors of one kind caused, oldest first.
pub fn caused_by(
    conn: &mut DbConnection,
    actors: &ActorKind,
    subject: impl Into<Subject>,
    kind: &str,
) -> Result<Vec<Event>> {
    let subject: Subject = subject.into();
    let caused = events::table
        .filter(events::subject_id.eq(subject))
        .filter(events::kind.eq(kind.to_owned()))
        .filter(events::actor.eq(actors));
    Ok(caused.order(events::id.asc()).select(Event::as_select()).load(conn)?)
}

/// One event, without regard to reach: for those that it was sent to.
pub fn by_id(conn: &mut DbConnection, id: EventId) -> Result<Option<Event>> {
    Ok(events::table.filter(events::id.eq(id)).select(Event::as_select()).first(conn).optional()?)
}
