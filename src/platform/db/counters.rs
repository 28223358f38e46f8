//! Counters: how many of something there are for a record, by day or at all. Changes add to them in the
//! transaction of what they count; those of a batch are summed. What is counted is said by the rooms.

use std::collections::BTreeMap;

use diesel::sql_types::{BigInt, Integer, Text};
use diesel::upsert::excluded;
use diesel::{ExpressionMethods, QueryDsl, QueryResult, RunQueryDsl, SqliteConnection};

use super::bulk_insert::BulkInsert;
use super::connection::DbConnection;
use super::prepared::Prepared;
use super::rows::Row;
use super::tx::Tx;
use super::types::Uid;
use crate::kernel::error::Result;
use crate::kernel::id::Id;

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    counters (name, day, key) {
        name -> Text,
        key -> Uid,
        day -> Integer,
        value -> BigInt,
    }
}

/// The day of what is not counted by days.
const NO_DAY: i32 = 0;

/// What is counted, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Counter(pub &'static str);

/// The record that it is counted for, of whichever room.
#[derive(Debug)]
enum AnyRecord {}

/// A change of one counter.
struct Addition {
    name: &'static str,
    key: Id<AnyRecord>,
    day: i32,
    by: i64,
}

/// The sum of all changes of each counter, in the order of their keys: two transactions that change the same
/// ones do not wait for each other in a circle.
fn sums(rows: &[Addition]) -> Vec<Addition> {
    let mut sums: BTreeMap<_, i64> = BTreeMap::new();
    for row in rows {
        *sums.entry((row.name, row.key, row.day)).or_default() += row.by;
    }
    let changed = sums.into_iter().filter(|(_, by)| *by != 0);
    changed.map(|((name, key, day), by)| Addition { name, key, day, by }).collect()
}

impl Row for Addition {
    fn insert_each(conn: &mut SqliteConnection, rows: &[Self]) -> QueryResult<()> {
        struct Here;
        for Self { name, key, day, by } in sums(rows) {
            let row = (
                counters::name.eq(name),
                counters::key.eq(key),
                counters::day.eq(day),
                counters::value.eq(by),
            );
            let add = diesel::insert_into(counters::table)
                .values(row)
                .on_conflict((counters::name, counters::day, counters::key))
                .do_update()
                .set(counters::value.eq(counters::value + excluded(counters::value)));
            Prepared::<_, Here>::new(add).run(conn)?;
        }
        Ok(())
    }

    fn bulk(rows: &[Self]) -> BulkInsert<'_> {
        let sums = sums(rows);
        BulkInsert::into("counters")
            .column::<Text, _>("name", sums.iter().map(|row| row.name).collect())
            .column::<Uid, _>("key", sums.iter().map(|row| row.key).collect())
            .column::<Integer, _>("day", sums.iter().map(|row| row.day).collect())
            .column::<BigInt, _>("value", sums.iter().map(|row| row.by).collect())
            .on_conflict(
                " ON CONFLICT (name, day, key) DO UPDATE SET value = counters.value + excluded.value",
            )
    }
}

/// Adds to a counter: now, or together with other changes of the batch. `day` counts from 1970-01-01.
pub fn add<K>(tx: &mut Tx<'_>, counter: Counter, key: Id<K>, day: Option<i32>, by: i64) -> Result<()> {
    add_all(tx, counter, day, [(key, by)])
}

/// The same for several records, in the order of their keys.
pub fn add_all<K>(
    tx: &mut Tx<'_>,
    counter: Counter,
    day: Option<i32>,
    changes: impl IntoIterator<Item = (Id<K>, i64)>,
) -> Result<()> {
    let (name, day) = (counter.0, day.unwrap_or(NO_DAY));
    let addition = |(key, by): (Id<K>, i64)| Addition { name, key: Id::from_uuid(key.uuid()), day, by };
    tx.insert_all(changes.into_iter().map(addition).collect())
}

/// Sets the counters of this name from a day on: of that day to these values, of later ones to nothing.
pub fn replace_from<K>(
    tx: &mut Tx<'_>,
    counter: Counter,
    day: i32,
    values: impl IntoIterator<Item = (Id<K>, i64)>,
) -> Result<()> {
    let from_then = counters::table.filter(counters::name.eq(counter.0)).filter(counters::day.ge(day));
    diesel::delete(from_then).execute(tx.conn)?;
    add_all(tx, counter, Some(day), values)
}

/// Forgets the counters of this name of all days before one.
pub fn forget_before(tx: &mut Tx<'_>, counter: Counter, day: i32) -> Result<()> {
    let past = counters::table.filter(counters::name.eq(counter.0)).filter(counters::day.lt(day));
    diesel::delete(past).execute(tx.conn)?;
    Ok(())
}

/// All counters of these names and days that are there: of which name, for which record, how many.
pub fn all<K>(
    conn: &mut DbConnection,
    [a, b]: [(Counter, Option<i32>); 2],
) -> Result<Vec<(String, Id<K>, i64)>> {
    use diesel::BoolExpressionMethods;
    let is_one = |(counter, day): (Counter, Option<i32>)| {
        counters::name.eq(counter.0).and(counters::day.eq(day.unwrap_or(NO_DAY)))
    };
    let those = counters::table.filter(is_one(a).or(is_one(b))).select((
        counters::name,
        counters::key,
        counters::value,
    ));
    let rows: Vec<(String, Id<AnyRecord>, i64)> = crate::prepared!(conn, load, those)?;
    Ok(rows.into_iter().map(|(name, key, value)| (name, Id::from_uuid(key.uuid()), value)).collect())
}

/// One counter.
pub fn one<K>(conn: &mut DbConnection, counter: Counter, key: Id<K>, day: Option<i32>) -> Result<i64> {
    use diesel::OptionalExtension;
    let key: Id<AnyRecord> = Id::from_uuid(key.uuid());
    let row = counters::table.find((counter.0, day.unwrap_or(NO_DAY), key)).select(counters::value);
    let value: Option<i64> = crate::prepared!(conn, get_result, row).optional()?;
    Ok(value.unwrap_or(0))
}
