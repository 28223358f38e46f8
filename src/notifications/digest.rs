//! The digest: what somebody has to do until the end of the next working day, once on each working day at the
//! time that they chose. What its mail looks like is in `mails/lists.rs`.

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use serde::{Deserialize, Serialize};

use super::events::DigestDue;
use super::preferences;
use crate::access::{self, Reach, Scope, Seen, User, Viewer};
use crate::calendar::actions::working_time;
use crate::calendar::{WallTime, WorkingTime};
use crate::follow_ups::model::Bucket;
use crate::follow_ups::store::FollowUpFilter;
use crate::follow_ups::{self, FollowUp};
use crate::inquiries::store::{inquiries, visible};
use crate::inquiries::{self as inquiries_room, Condition, Filter, Inquiry};
use crate::kernel::clock::{Timestamp, day_number, day_span};
use crate::kernel::error::Result;
use crate::kernel::id::{InquiryId, UserId};
use crate::kernel::page::PageRequest;
use crate::platform::db::{Read, Tx};
use crate::platform::events::NO_SUBJECT;
use crate::platform::timers::{self, Timer, Timers};

/// Rows of each part.
const LISTED: i64 = 50;
/// How far ahead a working day is looked for.
const HORIZON: u64 = 400;

/// Fires at the time that somebody chose, every day. Whether that is a working day is decided then, so that
/// other hours and holidays need no other timers.
#[derive(Debug, Serialize, Deserialize)]
pub struct DigestTimer {
    user_id: UserId,
}

impl Timer for DigestTimer {
    const KIND: &'static str = "notifications.digest";
}

/// What somebody has to do.
pub struct DigestContent {
    pub overdue: Plans,
    pub upcoming: Plans,
    pub recycle_soon: Vec<Seen<Inquiry>>,
    /// There is more than is listed.
    pub has_more: bool,
}

/// Plans, each with its inquiry.
pub type Plans = Vec<(Seen<Inquiry>, Seen<FollowUp>)>;

impl DigestContent {
    pub fn is_empty(&self) -> bool {
        self.overdue.is_empty() && self.upcoming.is_empty() && self.recycle_soon.is_empty()
    }
}

/// The timers of this part.
pub fn timers(to: &mut Timers) {
    to.on::<DigestTimer>(|tx, _, timer| fire(tx, timer.user_id));
}

/// Schedules the next digest of somebody, or none.
pub fn schedule(tx: &mut Tx<'_>, user: UserId, daily: Option<WallTime>) -> Result<()> {
    timers::cancel::<DigestTimer>(tx, user)?;
    let zone = tx.zone()?;
    match daily.and_then(|daily| next(tx.now, daily, zone)) {
        Some(at) => timers::schedule(tx, at, user, &DigestTimer { user_id: user }),
        None => Ok(()),
    }
}

/// The next moment with this wall time.
fn next(now: Timestamp, daily: WallTime, zone: Tz) -> Option<Timestamp> {
    let today = now.date(zone);
    let days = today.iter_days().take(2).map(|date| daily.on(date, zone));
    days.into_iter().find(|at| *at > now)
}

/// The date of a digest that is due: a working day whose time has come, and that had none yet.
fn due(now: Timestamp, daily: WallTime, last: Option<i32>, working: &WorkingTime) -> Option<NaiveDate> {
    let today = now.date(working.zone());
    let has_come = daily.on(today, working.zone()) <= now;
    let is_new = last.is_none_or(|last| day_number(today) > last);
    (has_come && is_new && working.is_working_day(today)).then_some(today)
}

/// A timer that fires late, after a stop or a leap of the clock, brings the digest of the date that it is
/// then.
fn fire(tx: &mut Tx<'_>, user: UserId) -> Result<()> {
    let Some(daily) = preferences::store::of(tx.conn, user)?.digest.daily else { return Ok(()) };
    let configured = tx.configured_zone();
    let working = working_time(tx.conn, configured)?;
    let last = preferences::store::last_digest_day(tx.conn, user)?;
    let is_active = access::store::by_id(tx.conn, user)?.is_some_and(|user| user.active);
    if let Some(date) = due(tx.now, daily, last, &working).filter(|_| is_active) {
        preferences::store::set_last_digest_day(tx, user, day_number(date))?;
        tx.record(NO_SUBJECT, &DigestDue { user_id: user, date })?;
    }
    schedule(tx, user, Some(daily))
}

/// What somebody has to do as of now.
pub fn read(read: &mut Read<'_>, user: &User) -> Result<DigestContent> {
    let scope = Scope { user: user.id, team: user.team_id, reach: Reach::Own };
    let working = working_time(read.conn, read.zone.default_of())?;
    let until = end_of_next_working_day(read.now, &working);
    let (overdue, overdue_more) = plans(read, &scope, user, Bucket::Overdue, None)?;
    let (mut upcoming, today_more) = plans(read, &scope, user, Bucket::Today, Some(until))?;
    let (later, later_more) = plans(read, &scope, user, Bucket::Upcoming, Some(until))?;
    upcoming.extend(later);
    let soon = visible(&scope)
        .filter(inquiries::closed_at.is_null())
        .filter(inquiries::recycle_warned_at.is_not_null())
        .order((inquiries::recycle_at.asc(), inquiries::id.asc()))
        .limit(LISTED.saturating_add(1))
        .select(inquiries::id);
    let mut soon: Vec<InquiryId> = soon.load(read.conn)?;
    let listed = usize::try_from(LISTED).unwrap_or(usize::MAX);
    let has_more = overdue_more || today_more || later_more || soon.len() > listed;
    soon.truncate(listed);
    let viewer = Viewer::recipient(user);
    let recycle_soon = inquiries_room::store::by_ids(read.conn, &soon)?;
    let recycle_soon = recycle_soon.into_iter().map(|inquiry| viewer.sees(inquiry)).collect();
    Ok(DigestContent { overdue, upcoming, recycle_soon, has_more })
}

fn end_of_next_working_day(now: Timestamp, working: &WorkingTime) -> Timestamp {
    let today = now.date(working.zone());
    let end = today.checked_add_days(Days::new(HORIZON)).unwrap_or(NaiveDate::MAX);
    let next = today.iter_days().skip(1).take_while(|date| *date <= end);
    let next = next.into_iter().find(|date| working.is_working_day(*date)).unwrap_or(today);
    day_span(next, working.zone()).1
}

/// Somebody's open plans of a bucket, of inquiries that are open work; and whether there are more.
fn plans(
    read: &mut Read<'_>,
    scope: &Scope,
    user: &User,
    bucket: Bucket,
    until: Option<Timestamp>,
) -> Result<(Plans, bool)> {
    let among = Filter::default().and(Condition::any_of("category", vec!["open".to_owned()]));
    let filter = FollowUpFilter { bucket: Some(bucket), among, inquiry: None };
    let page = PageRequest::first(LISTED);
    let zone = read.zone()?;
    let found = follow_ups::store::list(read.conn, scope, &filter, read.now, zone, &page)?;
    let is_in_time = |plan: &FollowUp| until.is_none_or(|until| plan.due_at.is_some_and(|at| at < until));
    let (all, is_cut) = (found.data.len(), found.next_cursor.is_some());
    let plans: Vec<FollowUp> = found.data.into_iter().map(|(plan, _)| plan).filter(is_in_time).collect();
    let has_more = is_cut && plans.len() == all;
    let ids: Vec<InquiryId> = plans.iter().map(|plan| plan.inquiry_id).collect();
    let inquiries = inquiries_room::store::by_ids(read.conn, &ids)?;
    let viewer = Viewer::recipient(user);
    let with_inquiry = plans.into_iter().filter_map(|plan| {
        let inquiry = inquiries.iter().find(|inquiry| inquiry.id == plan.inquiry_id)?.clone();
        Some((viewer.sees(inquiry), viewer.sees(plan)))
    });
    Ok((with_inquiry.collect(), has_more))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Calendar;
    use chrono_tz::Asia::Shanghai;

    #[test]
    fn one_comes_on_each_working_day_and_never_twice() {
        let working = WorkingTime::new(&Calendar::default(), Shanghai);
        let daily = WallTime::parse("18:00").unwrap();
        let due = |now: &str, last: Option<&str>| {
            let day = |text: &str| day_number(text.parse().unwrap());
            let now = Timestamp::parse(&format!("{now}+08:00")).unwrap();
            super::due(now, daily, last.map(day), &working).map(|date| date.to_string())
        };
        // 2026-11-27 is a Friday.
        assert_eq!(due("2026-11-26T17:59:59", None), None);
        assert_eq!(due("2026-11-26T18:00:00", None).as_deref(), Some("2026-11-26"));
        assert_eq!(due("2026-11-26T23:59:59", Some("2026-11-25")).as_deref(), Some("2026-11-26"));
        assert_eq!(due("2026-11-26T23:59:59", Some("2026-11-26")), None);
        assert_eq!(due("2026-11-28T18:00:00", None), None);
        assert_eq!(due("2026-11-30T20:00:00", Some("2026-11-27")).as_deref(), Some("2026-11-30"));
    }

    #[test]
    fn the_next_look_is_at_the_same_time_of_today_or_tomorrow() {
        let at = |text: &str| Timestamp::parse(&format!("{text}+08:00")).unwrap();
        let next = |now: &str| next(at(now), WallTime::parse("18:00").unwrap(), Shanghai).unwrap();
        assert_eq!(next("2026-11-28T17:59:59"), at("2026-11-28T18:00:00"));
        assert_eq!(next("2026-11-28T18:00:00"), at("2026-11-29T18:00:00"));
    }
}
