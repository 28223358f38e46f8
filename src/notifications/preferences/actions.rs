//! The verbs of preferences: look at one's own, set them.
//! What is valid in them is said in `model.rs`.

use super::model::Preferences;
use super::store;
use crate::access;
use crate::kernel::error::{Error, Faults, INVALID, Result};
use crate::kernel::id::UserId;
use crate::kernel::precondition::Precondition;
use crate::notifications::{digest, reminders};
use crate::platform::db::{DbConnection, Tx};
use crate::platform::settings::Stored;

/// The preferences of a user.
pub fn read(conn: &mut DbConnection, user: UserId) -> Result<Stored<Preferences>> {
    let user = access::store::by_id(conn, user)?.ok_or_else(Error::not_found)?;
    store::stored(conn, user.id, user.created_at)
}

/// Sets the preferences of a user. They count from the next notification on.
pub fn put(
    tx: &mut Tx<'_>,
    user: UserId,
    wanted: Preferences,
    precondition: &Precondition,
) -> Result<Stored<Preferences>> {
    let before = read(tx.conn, user)?;
    precondition.check(before.version)?;
    let mut faults = Faults::default();
    wanted.check(&mut faults);
    faults.none_or(&INVALID)?;
    set(tx, user, before, wanted)
}

/// Ends the digests of a user.
pub fn end_digest(tx: &mut Tx<'_>, user: UserId) -> Result<bool> {
    let before = read(tx.conn, user)?;
    let had_one = before.value.digest.daily.is_some();
    let mut wanted = before.value.clone();
    wanted.digest.daily = None;
    set(tx, user, before, wanted).map(|_| had_one)
}

fn set(
    tx: &mut Tx<'_>,
    user: UserId,
    before: Stored<Preferences>,
    wanted: Preferences,
) -> Result<Stored<Preferences>> {
    if before.value == wanted {
        return Ok(before);
    }
    // The timer first, as whoever fires it has it first.
    if before.value.digest != wanted.digest {
        digest::schedule(tx, user, wanted.digest.daily)?;
    }
    let after = store::put(tx, user, &before, wanted)?;
    if before.value.minutes_before_due != after.value.minutes_before_due {
        reminders::schedule_all(tx, user, after.value.minutes_before_due)?;
    }
    Ok(after)
}
