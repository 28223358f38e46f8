//! All SQL on settings: reading and changing the document of a kind.
//! What a kind is, is in `model.rs`.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

use super::model::{Setting, Stored};
use super::schema::settings;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Faults, INVALID, Result};
use crate::kernel::precondition::Precondition;
use crate::platform::db::types::JsonText;
use crate::platform::db::{DbConnection, Tx, compare_and_set};
use crate::platform::events::{Fact, NO_SUBJECT};
use crate::prepared;

type Row = (JsonText, i64, Timestamp, Timestamp);

fn row(conn: &mut DbConnection, name: &'static str) -> Result<Option<Row>> {
    let one = settings::table.find(name).select((
        settings::document,
        settings::version,
        settings::created_at,
        settings::updated_at,
    ));
    Ok(prepared!(conn, get_result, one).optional()?)
}

/// The settings of this kind.
pub fn read<T: Setting>(conn: &mut DbConnection) -> Result<T> {
    row(conn, T::NAME)?.map_or_else(|| Ok(T::default()), |(document, ..)| document.parse())
}

/// The stored document of a kind, for whoever needs a member of it alone; none: the default counts.
pub fn document<T: Setting>(conn: &mut DbConnection) -> Result<Option<JsonText>> {
    Ok(row(conn, T::NAME)?.map(|(document, ..)| document))
}

/// The same with its version. What nobody has changed yet is of the beginning of time.
pub fn stored<T: Setting>(conn: &mut DbConnection) -> Result<Stored<T>> {
    Ok(match row(conn, T::NAME)? {
        Some((document, version, created_at, updated_at)) => {
            (document.parse()?, version, created_at, updated_at).into()
        }
        None => Stored::unset(Timestamp::from_millis(0)),
    })
}

/// Makes the settings of this kind with their default, if there are none yet.
pub fn ensure<T: Setting>(tx: &mut Tx<'_>) -> Result<()> {
    let first = (
        settings::name.eq(T::NAME),
        settings::document.eq(JsonText::of(&T::default())?),
        settings::version.eq(1_i64),
        settings::created_at.eq(tx.now),
        settings::updated_at.eq(tx.now),
    );
    let insert = diesel::insert_into(settings::table).values(first).on_conflict(settings::name).do_nothing();
    Ok(prepared!(tx.conn, run, insert)?)
}

/// Checks and changes the settings of this kind, and announces that. If they are these already, nothing is
/// written.
pub fn put<T: Setting, F: Fact>(
    tx: &mut Tx<'_>,
    value: T,
    expected: &Precondition,
    announcement: impl FnOnce(&mut Tx<'_>) -> Result<F>,
) -> Result<Stored<T>> {
    let mut faults = Faults::default();
    value.check(&mut faults);
    faults.none_or(&INVALID)?;
    let before = stored::<T>(tx.conn)?;
    expected.check(before.version)?;
    if before.value == value {
        return Ok(before);
    }
    ensure::<T>(tx)?;
    let after = before.changed(value, tx.now);
    let target = settings::table.find(T::NAME).filter(settings::version.eq(before.version));
    let change = diesel::update(target).set((
        settings::document.eq(JsonText::of(&after.value)?),
        settings::version.eq(after.version),
        settings::updated_at.eq(after.updated_at),
    ));
    compare_and_set(change.execute(tx.conn))?;
    let fact = announcement(tx)?;
    tx.record(NO_SUBJECT, &fact)?;
    Ok(after)
}
