//! Actions on calendar feeds: begin, end, and read one by its token.
//! Free of HTTP and SQL. How a feed is written down is in `model.rs`.

use chrono::Duration;

use super::model::Feed;
use super::store;
use crate::access::events::UserUpdated;
use crate::access::tokens::{digest, random_token};
use crate::kernel::error::{Error, Result};
use crate::kernel::id::UserId;
use crate::platform::db::{Read, Tx};
use crate::platform::events::Subscribers;

/// How long a plan that was not done stays in the calendar.
const KEPT: Duration = Duration::days(30);

/// Begins the feed of a user, and ends the one before. Returns its token, which is not stored.
pub fn begin(tx: &mut Tx<'_>, user: UserId) -> Result<String> {
    let token = random_token("")?;
    store::put(tx, user, &digest(&token))?;
    Ok(token)
}

/// Ends the feed of a user, if there is one.
pub fn end(tx: &mut Tx<'_>, user: UserId) -> Result<()> {
    store::delete(tx, user)
}

/// What is in the feed of this token. A token that never was, one that has ended and one of an inactive user
/// make no difference.
pub fn read(read: &mut Read<'_>, token: &str) -> Result<Feed> {
    let user = store::owner(read.conn, &digest(token))?.ok_or_else(Error::not_found)?;
    store::feed(read.conn, user, read.now.minus(KEPT))
}

/// The subscribers of this sub-room: a feed ends with the account, as sessions and keys do, and does not come
/// back with it.
pub fn subscribe(to: &mut Subscribers) {
    to.on::<UserUpdated>(|tx, _, fact| {
        let is_switched = fact.changed.iter().any(|member| member == "active");
        if is_switched { end(tx, fact.user_id) } else { Ok(()) }
    });
}
