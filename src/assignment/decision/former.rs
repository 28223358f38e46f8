//! Former owners: who has lost an inquiry cools down before a rule or a claim gives it back to them.
//! How long is a setting of the pool.

use chrono::Duration;
use diesel::{ExpressionMethods, QueryDsl};

use crate::assignment::schema::former_owners;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::{InquiryId, UserId};
use crate::platform::db::{DbConnection, Tx};
use crate::prepared;

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

/// Until when somebody cools down, if they do.
pub fn cools_until(
    conn: &mut DbConnection,
    inquiry: InquiryId,
    user: UserId,
    now: Timestamp,
    hours: u32,
) -> Result<Option<Timestamp>> {
    use diesel::OptionalExtension;
    let row = former_owners::table.find((inquiry, user)).select(former_owners::lost_at);
    let lost_at: Option<Timestamp> = prepared!(conn, get_result, row).optional()?;
    let until = lost_at.map(|at| at.plus(Duration::hours(i64::from(hours))));
    Ok(until.filter(|until| now < *until))
}

/// Notes that somebody has lost an inquiry now.
pub fn lost(tx: &mut Tx<'_>, inquiry: InquiryId, user: UserId) -> Result<()> {
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
