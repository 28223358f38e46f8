//! Reading the event log: by position, by subject, by id.
//! How an event gets its position is in `publication.rs`.

use chrono::Duration;
use diesel::dsl::max;
use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, Queryable, RunQueryDsl,
    Selectable, SelectableHelper,
};

use super::model::{Event, Fact, Subject};
use super::schema::events;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::EventId;
use crate::kernel::page::Direction::{Ascending, Descending};
use crate::kernel::page::{Page, PageRequest};
use crate::platform::db::keyset::after_id;
use crate::platform::db::{ActorKind, DbConnection, MultiBackend, Read, numbering};

/// The next events of the log after a position (0: from the first on), in the order of their positions. Once
/// an event was read here, no event appears at its position or before it any more.
pub fn after(read: &mut Read<'_>, position: i64, limit: i64) -> Result<Vec<Event>> {
    let next = events::table.filter(events::position.gt(position)).order(events::position.asc());
    Ok(next.limit(limit).select(Event::as_select()).load(read.conn)?)
}

/// What is known of an event without reading what it says.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = events, check_for_backend(MultiBackend))]
pub struct LogEntry {
    pub position: Option<i64>,
    pub id: EventId,
    pub kind: String,
    #[diesel(column_name = subject_id)]
    pub subject: Option<Subject>,
}

/// The same without what they say: for choosing those that are read.
pub fn entries_after(read: &mut Read<'_>, position: i64, limit: i64) -> Result<Vec<LogEntry>> {
    let next = events::table.filter(events::position.gt(position)).order(events::position.asc());
    Ok(next.limit(limit).select(LogEntry::as_select()).load(read.conn)?)
}

/// These events, in the order of their positions.
pub fn by_ids(conn: &mut DbConnection, ids: &[EventId]) -> Result<Vec<Event>> {
    let those = events::table.filter(events::id.eq_any(ids.to_vec())).order(events::position.asc());
    Ok(those.select(Event::as_select()).load(conn)?)
}

/// Whether there are events that are not published yet.
pub fn has_unpublished(conn: &mut DbConnection) -> Result<bool> {
    numbering::has_unnumbered_events(conn)
}

/// The position of the last event that is published, 0 before the first.
pub fn last_position(conn: &mut DbConnection) -> Result<i64> {
    let last: Option<i64> = events::table.select(max(events::position)).first(conn)?;
    Ok(last.unwrap_or(0))
}

/// The moment of the event whose id is the latest: ids begin with their moments.
pub fn latest(conn: &mut DbConnection) -> Result<Option<Timestamp>> {
    Ok(events::table.order(events::id.desc()).select(events::at).first(conn).optional()?)
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

fn kinds_about(subject: Subject, kinds: &[&'static str]) -> events::BoxedQuery<'static, MultiBackend> {
    let kinds: Vec<String> = kinds.iter().map(|kind| (*kind).to_owned()).collect();
    events::table.filter(events::subject_id.eq(subject)).filter(events::kind.eq_any(kinds)).into_boxed()
}

/// The events of these kinds about a subject, oldest first.
pub fn of_kinds(
    conn: &mut DbConnection,
    subject: impl Into<Subject>,
    kinds: &[&'static str],
) -> Result<Vec<Event>> {
    let those = kinds_about(subject.into(), kinds).order(events::id.asc());
    Ok(those.select(Event::as_select()).load(conn)?)
}

/// Some of the events about a subject. The caller has shown that it is within reach.
pub struct Choice<'a> {
    subject: Subject,
    kinds: &'a [&'static str],
    with: &'a [EventId],
    without: &'a [EventId],
}

impl<'a> Choice<'a> {
    /// Those of these kinds.
    pub fn about(subject: impl Into<Subject>, kinds: &'a [&'static str]) -> Self {
        Self { subject: subject.into(), kinds, with: &[], without: &[] }
    }

    /// And these, of whichever kind.
    pub fn with(self, with: &'a [EventId]) -> Self {
        Self { with, ..self }
    }

    /// But none of these.
    pub fn without(self, without: &'a [EventId]) -> Self {
        Self { without, ..self }
    }

    fn query(&self) -> events::BoxedQuery<'static, MultiBackend> {
        let kinds: Vec<String> = self.kinds.iter().map(|kind| (*kind).to_owned()).collect();
        let wanted = events::kind.eq_any(kinds).or(events::id.eq_any(self.with.to_vec()));
        let of_subject = events::table.filter(events::subject_id.eq(self.subject)).filter(wanted);
        of_subject.filter(events::id.ne_all(self.without.to_vec())).into_boxed()
    }

    /// The newest of them, or those before an event.
    pub fn newest(&self, conn: &mut DbConnection, before: Option<EventId>, limit: i64) -> Result<Vec<Event>> {
        let those = after_id(self.query(), events::id, before, Descending).limit(limit);
        Ok(those.select(Event::as_select()).load(conn)?)
    }

    pub fn count(&self, conn: &mut DbConnection) -> Result<i64> {
        Ok(self.query().count().get_result(conn)?)
    }
}

/// The events of one fact about any of these subjects, oldest first.
pub fn of_fact_about<F: Fact>(conn: &mut DbConnection, subjects: &[Subject]) -> Result<Vec<Event>> {
    let subjects: Vec<Option<Subject>> = subjects.iter().copied().map(Some).collect();
    let those = events::table
        .filter(events::subject_id.eq_any(subjects))
        .filter(events::kind.eq(F::KIND))
        .order(events::id.asc());
    Ok(those.select(Event::as_select()).load(conn)?)
}

/// The events of these kinds about any of these subjects, in no order.
pub fn of_kinds_about(
    conn: &mut DbConnection,
    subjects: &[Subject],
    kinds: &[&'static str],
) -> Result<Vec<Event>> {
    let subjects: Vec<Option<Subject>> = subjects.iter().copied().map(Some).collect();
    let kinds: Vec<String> = kinds.iter().map(|kind| (*kind).to_owned()).collect();
    let those = events::table.filter(events::subject_id.eq_any(subjects)).filter(events::kind.eq_any(kinds));
    Ok(those.select(Event::as_select()).load(conn)?)
}

/// The events of one fact from a moment on, oldest first.
pub fn of_fact_since<F: Fact>(conn: &mut DbConnection, since: Timestamp) -> Result<Vec<Event>> {
    let those = events::table
        .filter(events::id.ge(EventId::floor(since)))
        .filter(events::kind.eq(F::KIND))
        .order(events::id.asc());
    Ok(those.select(Event::as_select()).load(conn)?)
}

/// The latest events of one fact within a time, the newest first.
pub fn latest_of_fact<F: Fact>(
    conn: &mut DbConnection,
    (from, until): (Timestamp, Timestamp),
    limit: i64,
) -> Result<Vec<Event>> {
    let those = events::table
        .filter(events::id.ge(EventId::floor(from)))
        .filter(events::id.lt(EventId::floor(until.plus(Duration::milliseconds(1)))))
        .filter(events::kind.eq(F::KIND))
        .order(events::id.desc())
        .limit(limit);
    Ok(those.select(Event::as_select()).load(conn)?)
}

/// The published events of some kinds within a span of time.
#[derive(Debug, Clone)]
pub struct Published {
    pub kinds: Vec<&'static str>,
    /// Not those before it.
    pub from: EventId,
    /// Nor it and those after it.
    pub until: EventId,
    /// Nor what is published later.
    pub last_position: i64,
}

impl Published {
    fn query(&self) -> events::BoxedQuery<'static, MultiBackend> {
        let kinds: Vec<String> = self.kinds.iter().map(|kind| (*kind).to_owned()).collect();
        let within = events::table.filter(events::id.ge(self.from)).filter(events::id.lt(self.until));
        within.filter(events::position.le(self.last_position)).filter(events::kind.eq_any(kinds)).into_boxed()
    }

    pub fn count(&self, conn: &mut DbConnection) -> Result<i64> {
        Ok(self.query().count().get_result(conn)?)
    }

    /// The first of them, or those after an event: their ids and kinds in the order of the ids.
    pub fn next(
        &self,
        conn: &mut DbConnection,
        after: Option<EventId>,
        limit: i64,
    ) -> Result<Vec<(EventId, String)>> {
        let next = after_id(self.query(), events::id, after, Ascending).limit(limit);
        Ok(next.select((events::id, events::kind)).load(conn)?)
    }
}

/// One event, without regard to reach: for those that it was sent to.
pub fn by_id(conn: &mut DbConnection, id: EventId) -> Result<Option<Event>> {
    Ok(events::table.filter(events::id.eq(id)).select(Event::as_select()).first(conn).optional()?)
}
