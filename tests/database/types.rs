//! The column types, there and back on both databases, and that both order them alike.
//! That the columns exist is the matter of `schema.rs`.

use diesel::connection::SimpleConnection;
use diesel::sql_types::{Integer, Text};
use diesel::{ExpressionMethods, QueryDsl, QueryableByName, RunQueryDsl, sql_query};
use leaddock::kernel::clock::Timestamp;
use leaddock::kernel::error::Result;
use leaddock::kernel::id::{Id, InquiryId};
use leaddock::platform::db::Tx;
use leaddock::platform::db::types::Json;
use proptest::num::{i64, u64};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::setup::{Database, Home, each_database};

diesel::table! {
    use diesel::sql_types::*;
    use leaddock::platform::db::types::*;
    samples (n) {
        n -> BigInt,
        id -> Uid,
        at -> Moment,
        perhaps -> Nullable<Moment>,
        of -> Nullable<Uid>,
        data -> Document,
    }
}

type Row = (InquiryId, Timestamp, Option<Timestamp>, Option<InquiryId>, Json<Value>);

fn home(database: Database) -> Option<Home> {
    let home = Home::new(database)?;
    let sql = match database {
        Database::Sqlite => {
            "CREATE TABLE samples (n INTEGER NOT NULL PRIMARY KEY, id BLOB NOT NULL, at INTEGER NOT NULL, \
            perhaps INTEGER, of BLOB, data TEXT NOT NULL) STRICT"
        }
        Database::Postgres => {
            "CREATE TABLE samples (n BIGINT NOT NULL PRIMARY KEY, id UUID NOT NULL, at TIMESTAMPTZ NOT NULL, \
            perhaps TIMESTAMPTZ, of UUID, data JSONB NOT NULL)"
        }
    };
    home.outside().batch_execute(sql).unwrap();
    Some(home)
}

fn insert(tx: &mut Tx<'_>, n: i64, row: &Row) -> Result<()> {
    use samples as s;
    let (id, at, perhaps, of, data) = row;
    diesel::insert_into(s::table)
        .values((
            s::n.eq(n),
            s::id.eq(id),
            s::at.eq(at),
            s::perhaps.eq(perhaps),
            s::of.eq(of),
            s::data.eq(data),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Writes the rows, and reads them again in the order they were written in.
fn there_and_back(home: &Home, rows: &[Row]) -> Vec<Row> {
    use samples as s;
    let given = rows.to_vec();
    home.write(move |tx| {
        diesel::delete(s::table).execute(tx.conn)?;
        given.iter().zip(0..).try_for_each(|(row, n)| insert(tx, n, row))
    })
    .unwrap();
    home.read(|read| {
        Ok(s::table.select((s::id, s::at, s::perhaps, s::of, s::data)).order(s::n).load(read.conn)?)
    })
    .unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn id(number: u64) -> InquiryId {
    Id::from_uuid(uuid::Uuid::from_u64_pair(number, number.rotate_left(17) ^ 0xabcd))
}

const MOMENTS: &[&str] = &[
    "0001-01-01T00:00:00.000Z",
    "1969-12-31T23:59:59.999Z",
    "1970-01-01T00:00:00.000Z",
    "1999-12-31T23:59:59.999Z",
    "2000-01-01T00:00:00.000Z",
    "2000-01-01T00:00:00.001Z",
    "2026-11-23T02:00:00.123Z",
    "9999-12-31T23:59:59.999Z",
];

fn documents() -> Vec<Value> {
    let deep = (0..30).fold(json!(1), |inner, _| json!([inner]));
    vec![
        json!({}),
        json!([]),
        json!(null),
        json!(""),
        json!("😀 👨\u{200d}👩\u{200d}👧 厂房 \" \\ / \n \u{1} \u{feff}"),
        json!({"b": 1, "a": {"空": [true, false, null, 0.1, -12.5, i64::MIN, u64::MAX]}, "": ""}),
        deep,
    ]
}

each_database! {
    fn what_is_written_is_read(database) {
        let Some(home) = home(database) else { return };
        let moments = MOMENTS.iter().map(|text| at(text));
        let by_moment = moments.map(|at| (id(7), at, Some(at), None, Json(json!({}))));
        let by_document =
            documents().into_iter().map(|data| (id(0), at(MOMENTS[3]), None, Some(id(u64::MAX)), Json(data)));
        let rows: Vec<Row> = by_moment.chain(by_document).collect();
        assert_eq!(there_and_back(&home, &rows), rows);
    }

    fn random_values_too(database) {
        let Some(home) = home(database) else { return };
        let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::default() });
        let (first, last) = (at(MOMENTS[0]).millis(), at(MOMENTS[7]).millis());
        let row =
            (u64::ANY, first..=last, i64::ANY, "\\PC{0,12}").prop_map(|(number, millis, whole, text)| {
                let moment = Timestamp::from_millis(millis);
                (
                    id(number),
                    moment,
                    (whole % 2 == 0).then_some(moment),
                    Some(id(number ^ 1)),
                    Json(json!({ "n": whole, "t": text })),
                )
            });
        let rows: Vec<Row> = (0..200).map(|_| row.new_tree(&mut runner).unwrap().current()).collect();
        assert_eq!(there_and_back(&home, &rows), rows);
        // Both databases order and compare as the types themselves do.
        use samples as s;
        let mut sorted = rows.clone();
        sorted.sort_by_key(|row| (row.1, row.0));
        let ordered: Vec<InquiryId> =
            home.read(|read| Ok(s::table.order((s::at, s::id)).select(s::id).load(read.conn)?)).unwrap();
        assert_eq!(ordered, sorted.iter().map(|row| row.0).collect::<Vec<_>>());
        let (middle, edge) = (sorted[100].1, sorted[100].0);
        let below = home.read(move |read| {
            let before: i64 = s::table.filter(s::at.lt(middle)).count().get_result(read.conn)?;
            Ok((before, s::table.filter(s::id.lt(edge)).count().get_result(read.conn)?))
        });
        let count =
            |fits: &dyn Fn(&Row) -> bool| rows.iter().filter(|row| fits(row)).count().try_into().unwrap();
        let expected: (i64, i64) = (count(&|row| row.1 < middle), count(&|row| row.0 < edge));
        assert_eq!(below.unwrap(), expected);
    }

    fn the_database_itself_reads_the_same_values(database) {
        let Some(home) = home(database) else { return };
        let rows: Vec<Row> =
            MOMENTS.iter().map(|text| (id(1), at(text), None, None, Json(json!({"k": "厂房"})))).collect();
        there_and_back(&home, &rows);
        for (n, text) in MOMENTS.iter().enumerate() {
            let condition = match database {
                Database::Sqlite => format!(
                    "at = CAST(round((julianday('{text}') - 2440587.5) * 86400000.0) AS INTEGER) AND data \
                    ->> '$.k' = '厂房'"
                ),
                Database::Postgres => format!(
                    "at = '{}'::timestamptz AND data ->> 'k' = '厂房'",
                    text.replace("0001-01-01T", "0001-01-01 ")
                ),
            };
            assert_eq!(count(&home, &format!("n = {n} AND {condition}")), 1, "{text}");
        }
    }

    fn a_word_that_is_not_known_is_an_error_and_no_panic(database) {
        let Some(home) = home(database) else { return };
        there_and_back(&home, &[(id(1), at(MOMENTS[0]), None, None, Json(json!({"not": "a list"})))]);
        let wrong =
            home.read(|read| Ok(samples::table.select(samples::data).first::<Json<Vec<i32>>>(read.conn)?));
        assert_eq!(wrong.unwrap_err().class(), leaddock::kernel::error::Class::Internal);
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = Integer)]
    count: i32,
}

fn count(home: &Home, condition: &str) -> i32 {
    let sql = format!("SELECT CAST(COUNT(*) AS INTEGER) AS count FROM samples WHERE {condition}");
    sql_query(sql).get_result::<Count>(&mut home.outside()).unwrap().count
}

#[derive(QueryableByName)]
struct Written {
    #[diesel(sql_type = Text)]
    written: String,
}

#[test]
fn an_id_is_the_same_sixteen_bytes_on_both() {
    let mut written = Vec::new();
    for database in [Database::Sqlite, Database::Postgres] {
        let Some(home) = home(database) else { continue };
        there_and_back(&home, &[(id(0x0123_4567_89ab_cdef), at(MOMENTS[0]), None, None, Json(json!({})))]);
        let sql = if database == Database::Sqlite {
            "SELECT lower(hex(id)) AS written FROM samples"
        } else {
            "SELECT replace(id::text, '-', '') AS written FROM samples"
        };
        written.push(sql_query(sql).get_result::<Written>(&mut home.outside()).unwrap().written);
    }
    assert!(written.iter().all(|id| *id == written[0] && id.starts_with("0123456789abcdef")), "{written:?}");
}
