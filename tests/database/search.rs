//! The search index against a plain look into each text: random texts and needles, both databases.
//! How text is folded and cut is tested in src/kernel/search.rs.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use diesel::connection::SimpleConnection;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use leaddock::kernel::id::{Id, kind};
use leaddock::kernel::search::folded;
use leaddock::platform::db::dialect::{Search, found, index_text, search_ids, settle_texts};
use leaddock::platform::db::{DbConnection, Tx};
use proptest::collection::vec;
use proptest::sample::select;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, TestRunner};

use crate::setup::{Database, Home, each_database};

type ThingId = Id<kind::Inquiry>;

diesel::table! {
    use diesel::sql_types::*;
    use leaddock::platform::db::types::*;
    things (id) {
        id -> Uid,
    }
}

/// What texts are made of: few pieces, so that needles are found; with everything that an index could trip
/// over.
const PIECES: &[&str] = &[
    "厂",
    "房",
    "厂房",
    "出租",
    "a",
    "B",
    "ab",
    "AB",
    "ß",
    "ẞ",
    "İ",
    "ﬁ",
    "①",
    "Ａ",
    "é",
    "e\u{301}",
    "0",
    "13",
    " ",
    "　",
    "%",
    "_",
    "\\",
    "\"",
    "'",
    "*",
    "-",
    "(",
    ":",
    "^",
    "\n",
    "\t",
    "😀",
    "👨\u{200d}👩",
    "AND",
    "NEAR",
    "㎡",
];

fn texts(pieces: std::ops::Range<usize>) -> impl Strategy<Value = String> {
    vec(select(PIECES), pieces).prop_map(|pieces| pieces.concat())
}

/// A needle: a piece of one of the texts, or a text of its own.
fn needles() -> impl Strategy<Value = (String, usize, usize)> {
    (texts(1..4), 0..12usize, 1..5usize)
}

/// The folded texts that the index holds.
type Model = BTreeMap<ThingId, String>;

fn things_table(database: Database) -> &'static str {
    match database {
        Database::Sqlite => "CREATE TABLE things (id BLOB NOT NULL PRIMARY KEY)",
        Database::Postgres => "CREATE TABLE things (id UUID NOT NULL PRIMARY KEY)",
    }
}

fn lay_down(home: &Home, model: &mut Model, texts: Vec<String>) {
    let made = home.write(move |tx| {
        let mut made = Vec::new();
        for text in &texts {
            let id: ThingId = tx.id();
            let text = folded(text);
            diesel::insert_into(things::table).values(things::id.eq(id)).execute(tx.conn)?;
            index_text(tx, id, &text)?;
            made.push((id, text));
        }
        Ok(made)
    });
    model.extend(made.unwrap());
}

fn change(home: &Home, model: &mut Model, text: &str) {
    let Some(id) = model.keys().nth(model.len() / 2).copied() else { return };
    let text = folded(text);
    model.insert(id, text.clone());
    home.write(move |tx: &mut Tx<'_>| index_text(tx, id, &text)).unwrap();
}

/// All hits, three at a time.
fn paged(conn: &mut DbConnection, search: &Search, descending: bool) -> Vec<ThingId> {
    let mut all = Vec::new();
    loop {
        let page = search_ids(conn, search, all.last().copied(), descending, 3).unwrap();
        all.extend(&page);
        if page.len() < 3 {
            return all;
        }
    }
}

fn check(conn: &mut DbConnection, model: &Model, needle: &str) {
    let sought = folded(needle).trim().to_owned();
    let Some(search) = Search::new(needle) else { return assert_eq!(sought, "", "{needle:?}") };
    let expected: Vec<ThingId> =
        model.iter().filter(|(_, text)| text.contains(&sought)).map(|(id, _)| *id).collect();
    assert_eq!(paged(conn, &search, false), expected, "{needle:?}");
    let backwards: Vec<ThingId> = expected.iter().rev().copied().collect();
    assert_eq!(paged(conn, &search, true), backwards, "{needle:?}, descending");
    let by_condition: Vec<ThingId> =
        things::table.filter(found(things::id, search)).select(things::id).load(conn).unwrap();
    assert_eq!(
        by_condition.into_iter().collect::<BTreeSet<_>>(),
        expected.into_iter().collect(),
        "{needle:?}, as a condition"
    );
}

/// The part of a text that a needle names, if there is such a part.
fn part(text: &str, start: usize, length: usize) -> Option<String> {
    let part: String = text.chars().skip(start).take(length).collect();
    (!part.is_empty()).then_some(part)
}

each_database! {
    fn the_index_finds_what_a_look_finds(database) {
        let Some(home) = Home::new(database) else { return };
        home.outside().batch_execute(things_table(database)).unwrap();
        let conn = RefCell::new(home.outside());
        let model = RefCell::new(Model::new());
        let case = (vec(texts(0..12), 3..8), texts(0..12), vec(needles(), 4..8), 0..6i64);
        let mut runner =
            TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
        for _ in 0..24 {
            let (texts, changed, needles, settled) = case.new_tree(&mut runner).unwrap().current();
            let mut model = model.borrow_mut();
            lay_down(&home, &mut model, texts);
            change(&home, &mut model, &changed);
            // Some of what is new moves into the index, some is found where it lies.
            home.write(move |tx| settle_texts(tx, settled)).unwrap();
            for (needle, start, length) in &needles {
                check(&mut conn.borrow_mut(), &model, needle);
                let within =
                    model.values().nth(start * 7 % model.len()).and_then(|text| part(text, *start, *length));
                if let Some(needle) = within {
                    check(&mut conn.borrow_mut(), &model, &needle);
                }
            }
        }
    }

    fn long_texts_move_into_the_index_a_few_at_a_time(database) {
        let Some(home) = Home::new(database) else { return };
        home.outside().batch_execute(things_table(database)).unwrap();
        let mut model = Model::new();
        // Longer than all that may move at once, then two that may go together.
        lay_down(&home, &mut model, [70_000, 30_000, 30_000].map(|length| "厂".repeat(length)).to_vec());
        let more: Vec<bool> = (0..3).map(|_| home.write(|tx| settle_texts(tx, 10)).unwrap()).collect();
        assert_eq!(more, if database == Database::Sqlite { [true, false, false] } else { [false; 3] });
        check(&mut home.outside(), &model, "厂厂厂");
    }

    fn any_of_the_forms_of_a_phone_number_is_found_once(database) {
        let Some(home) = Home::new(database) else { return };
        home.outside().batch_execute(things_table(database)).unwrap();
        let mut conn = home.outside();
        let mut model = Model::new();
        lay_down(
            &home,
            &mut model,
            [
                "139 5512 9760\n13955129760\n+8613955129760",
                "139 5512 9760",
                "13955129760",
                "x\n+8651263950000",
                "30005000",
                "3000-5000",
            ]
            .map(str::to_owned)
            .to_vec(),
        );
        let ids: Vec<ThingId> = model.keys().copied().collect();
        for settled in [0, 3, 9] {
            home.write(move |tx| settle_texts(tx, settled)).unwrap();
            // Itself, or its digits; every row once, in order, page by page.
            for (needle, found_at) in [
                ("139 5512 9760", vec![0, 1, 2]),
                ("139-5512-9760", vec![0, 2]),
                ("+86 139 5512", vec![0]),
                ("0512-6395", vec![3]),
                ("3000-5000", vec![4, 5]),
                ("13955129760", vec![0, 2]),
                (" 9760\u{200b} ", vec![0, 1, 2]),
            ] {
                let search = Search::new(needle).unwrap();
                let wanted: Vec<ThingId> = found_at.iter().map(|place| ids[*place]).collect();
                assert_eq!(paged(&mut conn, &search, false), wanted, "{needle}, {settled} settled");
                let by_condition: BTreeSet<ThingId> = things::table
                    .filter(found(things::id, search))
                    .select(things::id)
                    .load(&mut conn)
                    .unwrap()
                    .into_iter()
                    .collect();
                assert_eq!(by_condition, wanted.into_iter().collect(), "{needle}, as a condition");
            }
        }
    }

    fn nothing_is_looked_for_with_no_words(database) {
        let Some(home) = Home::new(database) else { return };
        for nothing in ["", " ", "\u{3000}\t", "\u{200b}\u{feff}"] {
            assert!(Search::new(nothing).is_none(), "{nothing:?}");
        }
        assert!(
            home.read(|read| search_ids::<kind::Inquiry>(
                read.conn,
                &Search::new("x").unwrap(),
                None,
                true,
                5
            ))
            .unwrap()
            .is_empty()
        );
    }
}

#[test]
fn many_needles_are_found_as_each_alone() {
    let text = &folded("求租厂房3000平\n精密机械，层高8米 abc");
    let absent: Vec<String> = (0..200).map(|n| format!("没有{n}")).collect();
    for (needle, is_there) in [("厂房", true), ("ＡＢＣ", true), ("机械，层", true), ("仓库", false)]
    {
        for at in [0, 100, 200] {
            let mut many = absent.clone();
            many.insert(at, needle.to_owned());
            let alone = Search::new(needle).unwrap().finds(text);
            assert_eq!((Search::any_of(&many).unwrap().finds(text), alone), (is_there, is_there), "{needle}");
        }
    }
    let long: Vec<String> =
        (0..200).map(|n| format!("{n}{}", "长".repeat(199))).chain(["厂房".to_owned()]).collect();
    assert!(Search::any_of(&long).unwrap().finds(text), "too many for one automaton");
}
