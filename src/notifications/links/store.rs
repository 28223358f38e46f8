//! All SQL on the uses of links.
//! What is done is in `actions.rs`.

use diesel::{ExpressionMethods, OptionalExtension};

use super::model::Tap;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::InquiryId;
use crate::notifications::schema::link_uses;
use crate::platform::db::Tx;
use crate::platform::events::Subject;
use crate::prepared;

/// Takes the one use of a link; false if it was used. Whoever comes at the same time waits for the first one.
pub fn take(tx: &mut Tx<'_>, tap: &Tap, inquiry: InquiryId) -> Result<bool> {
    let used = (
        link_uses::message_id.eq(tap.message),
        link_uses::subject_id.eq(tap.plan.map_or_else(|| Subject::from(inquiry), Subject::from)),
        link_uses::action.eq(tap.action.word()),
        link_uses::used_at.eq(tx.now),
    );
    let use_it = diesel::insert_into(link_uses::table)
        .values(used)
        .on_conflict((link_uses::message_id, link_uses::subject_id, link_uses::action))
        .do_nothing()
        .returning(link_uses::used_at);
    let taken: Option<Timestamp> = prepared!(tx.conn, get_result, use_it).optional()?;
    Ok(taken.is_some())
}
