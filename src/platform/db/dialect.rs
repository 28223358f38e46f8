//! Functions whose SQL differs between the two databases, each held by a test on both. Locks of rows are in
//! `row_locks.rs`, inserts of many in `bulk_insert.rs`, the numbering of events in `numbering.rs`.
//! Opening, tuning and migrating are in `sqlite.rs`, `postgres.rs`, `migrate.rs`.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Bool, Text};
use diesel::{
    ExpressionMethods, QueryDsl, QueryResult, QueryableByName, RunQueryDsl, SqliteConnection, sql_query,
};

use super::bulk_insert::BulkInsert;
use super::connection::{DbConnection, MultiBackend};
use super::prepared::Prepared;
use super::rows::Row;
use super::tx::Tx;
use super::types::Uid;
use crate::kernel::error::Result;
use crate::kernel::id::Id;
use crate::kernel::search::{Needle, folded, needle, pairs, phone_needles};

/// Characters of texts that move into the search index in one transaction: as many as five hundred usual
/// inquiries have.
const SETTLED_CHARACTERS: i64 = 64 << 10;

diesel::define_sql_function! {
    /// SQLite: the characters of a text.
    fn length(text: Text) -> BigInt;
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    readiness_probe (id) {
        id -> Integer,
        touched_at -> Moment,
    }
}

/// Writes one small row, to see whether the database can be written.
pub(super) fn touch_probe(tx: &mut Tx<'_>) -> Result<()> {
    diesel::update(readiness_probe::table.find(1))
        .set(readiness_probe::touched_at.eq(tx.now))
        .execute(tx.conn)?;
    Ok(())
}

// ---- search
//
// SQLite: an index of pairs (FTS5) is quick to ask but slow to change row by row, for each transaction leaves
// a segment of its own. So a new text lies in `search_new` at first, where a search looks through it word for
// word, and a job moves it into the index together with others. PostgreSQL's GIN index has such a list of its
// own.

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    /// SQLite: texts that are not in the index yet; each replaces an older one of its id.
    search_new (front) {
        front -> BigInt,
        id -> Uid,
        body -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    /// SQLite: which id a row of `search_pairs` belongs to.
    search_rows (front) {
        front -> BigInt,
        id -> Uid,
    }
}

diesel::table! {
    /// SQLite: the full-text index (FTS5, contentless).
    search_pairs (rowid) {
        rowid -> BigInt,
        pairs -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    /// PostgreSQL: the folded text and its pairs, under a GIN index.
    search_texts (id) {
        id -> Uid,
        body -> Text,
        pairs -> Array<Text>,
    }
}

/// The searchable text of a record, in place of what was there.
pub struct SearchText {
    id: Id<()>,
    body: String,
}

impl SearchText {
    pub fn new<K>(id: Id<K>, body: String) -> Self {
        Self { id: Id::from_uuid(id.uuid()), body }
    }
}

impl Row for SearchText {
    fn insert_each(conn: &mut SqliteConnection, rows: &[Self]) -> QueryResult<()> {
        struct Here;
        for Self { id, body } in rows {
            let row = (search_new::front.eq(id.front()), search_new::id.eq(id), search_new::body.eq(body));
            Prepared::<_, Here>::new(diesel::replace_into(search_new::table).values(row)).run(conn)?;
        }
        Ok(())
    }

    fn bulk(rows: &[Self]) -> BulkInsert<'_> {
        let pieces = rows.iter().map(|row| search_pieces(&row.body)).collect();
        BulkInsert::into("search_texts")
            .column::<Uid, _>("id", rows.iter().map(|row| row.id).collect())
            .column::<Text, _>("body", rows.iter().map(|row| row.body.as_str()).collect())
            .made_of::<Text, _>("pairs", ("string_to_array(", ", ' ')"), pieces)
            .on_conflict(" ON CONFLICT (id) DO UPDATE SET body = excluded.body, pairs = excluded.pairs")
    }
}

/// What the index of PostgreSQL has of a text: its pairs and its single characters, with blanks between them.
fn search_pieces(text: &str) -> String {
    let pairs = pairs(text);
    let singles = pairs.iter().filter_map(|pair| Some(pair.split_at(pair.chars().next()?.len_utf8()).0));
    let mut pieces: Vec<&str> = pairs.iter().map(String::as_str).chain(singles).collect();
    pieces.sort_unstable();
    pieces.dedup();
    pieces.join(" ")
}

/// Makes a text findable as that of an id, in place of what was there.
pub fn index_text<K>(tx: &mut Tx<'_>, id: Id<K>, text: &str) -> Result<()> {
    tx.insert(SearchText::new(id, text.to_owned()))
}

/// Moves up to `limit` new texts into the index, fewer if they are long: everybody waits for the writer.
/// Returns whether there may be more.
pub fn settle_texts(tx: &mut Tx<'_>, limit: i64) -> Result<bool> {
    let DbConnection::Sqlite(conn) = tx.conn else { return Ok(false) };
    let waiting = search_new::table
        .order(search_new::front.asc())
        .limit(limit)
        .select((search_new::front, length(search_new::body)));
    let waiting: Vec<(i64, i64)> = waiting.load(conn)?;
    let mut characters = 0_i64;
    let portion = waiting.iter().take_while(|(_, length)| {
        let is_first = characters == 0;
        characters = characters.saturating_add(*length);
        is_first || characters <= SETTLED_CHARACTERS
    });
    let portion: Vec<i64> = portion.map(|(front, _)| *front).collect();
    let more = portion.len() < waiting.len() || i64::try_from(waiting.len()).unwrap_or(limit) >= limit;
    let last = portion.last().copied().unwrap_or(i64::MIN);
    let texts =
        search_new::table.filter(search_new::front.le(last)).order(search_new::front.asc()).limit(limit);
    let texts: Vec<(i64, Id<()>, String)> = texts.load(conn)?;
    for (front, id, body) in &texts {
        let known = diesel::insert_or_ignore_into(search_rows::table)
            .values((search_rows::front.eq(front), search_rows::id.eq(id)))
            .execute(conn)?
            == 0;
        if known {
            diesel::delete(search_pairs::table.filter(search_pairs::rowid.eq(front))).execute(conn)?;
        }
        let words = pairs(body).join(" ");
        struct Here;
        Prepared::<_, Here>::new(
            diesel::insert_into(search_pairs::table)
                .values((search_pairs::rowid.eq(front), search_pairs::pairs.eq(words))),
        )
        .run(conn)?;
    }
    for chunk in portion.chunks(500) {
        diesel::delete(search_new::table.filter(search_new::front.eq_any(chunk))).execute(conn)?;
    }
    Ok(more)
}

/// What a search looks for, made ready for both databases: any of its needles.
#[derive(Clone, Debug)]
pub struct Search {
    first: SearchTerm,
    others: Vec<SearchTerm>,
    /// Finds any of many needles in one go; made when a text in memory is looked through first.
    automaton: OnceLock<Option<AhoCorasick>>,
}

/// From so many needles on one automaton is quicker than each on its own, up to so many bytes of them all,
/// for it takes memory.
const AUTOMATON_FROM: usize = 8;
const AUTOMATON_BYTES: usize = 16 << 10;

/// One needle of a search.
#[derive(Clone, Debug)]
struct SearchTerm {
    /// FTS5: a phrase of pairs, or the prefix of a pair.
    phrase: String,
    /// PostgreSQL: the pieces that must be there, in a form that `string_to_array` takes apart.
    pieces: String,
    /// The folded text that the folded body must contain.
    body: String,
}

impl SearchTerm {
    fn new(body: String) -> Option<Self> {
        let (phrase, pieces) = match needle(&body)? {
            Needle::Pairs(pairs) => {
                let joined = pairs.join(" ");
                (format!("\"{joined}\""), joined)
            }
            Needle::Single(letter) => (format!("\"{letter}\" *"), letter.to_string()),
        };
        Some(Self { phrase, pieces, body })
    }
}

impl Search {
    /// Blanks at the ends and invisible characters do not count; what may be a part of a phone number is
    /// looked for as digits, too.
    /// `None` if there is nothing to look for.
    pub fn new(words: &str) -> Option<Self> {
        let body = folded(words).trim().to_owned();
        let others = phone_needles(&body).into_iter().filter_map(SearchTerm::new).collect();
        Some(Self { first: SearchTerm::new(body)?, others, automaton: OnceLock::new() })
    }

    /// What any of these finds. `None` if there is nothing to look for in one of them, or there are none.
    pub fn any_of(texts: &[String]) -> Option<Self> {
        let all: Option<Vec<Self>> = texts.iter().map(|text| Self::new(text)).collect();
        all?.into_iter().reduce(|mut all, next| {
            all.others.push(next.first);
            all.others.extend(next.others);
            all
        })
    }

    /// Whether a searchable text in memory is found.
    pub fn finds(&self, body: &str) -> bool {
        match self.automaton.get_or_init(|| self.make_automaton()) {
            Some(automaton) => automaton.is_match(body),
            None => self.each().any(|term| body.contains(&term.body)),
        }
    }

    fn make_automaton(&self) -> Option<AhoCorasick> {
        let bytes: usize = self.each().map(|term| term.body.len()).sum();
        if self.others.len() + 1 < AUTOMATON_FROM || bytes > AUTOMATON_BYTES {
            return None;
        }
        AhoCorasick::new(self.each().map(|term| &term.body)).ok()
    }

    fn each(&self) -> impl Iterator<Item = &SearchTerm> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// FTS5: the query that finds any of the needles.
    fn phrase(&self) -> String {
        self.each().map(|term| term.phrase.as_str()).collect::<Vec<_>>().join(" OR ")
    }

    /// A condition for each of the needles by its place, of which one must hold.
    fn any(&self, condition: impl Fn(usize) -> String) -> String {
        self.each().enumerate().map(|(place, _)| condition(place)).collect::<Vec<_>>().join(" OR ")
    }
}

#[derive(QueryableByName)]
struct FoundRow {
    #[diesel(sql_type = Uid)]
    id: Id<()>,
}

/// The next ids that a search finds, in the order of the ids, beyond `after` (which is excluded).
pub fn search_ids<K>(
    conn: &mut DbConnection,
    search: &Search,
    after: Option<Id<K>>,
    descending: bool,
    limit: i64,
) -> Result<Vec<Id<K>>> {
    let (beyond, order) = if descending { ("<", "DESC") } else { (">", "ASC") };
    let rows: Vec<FoundRow> = match conn {
        DbConnection::Sqlite(conn) => {
            let edge = after.map_or(if descending { i64::MAX } else { -1 }, |id| id.front());
            let holds = search.any(|_| "instr(body, ?) > 0".to_owned());
            let mut query = sql_query(format!(
                "SELECT id FROM (SELECT * FROM (SELECT search_pairs.rowid AS front, search_rows.id AS id \
                 FROM search_pairs JOIN search_rows ON search_rows.front = search_pairs.rowid \
                 WHERE search_pairs MATCH ? AND search_pairs.rowid {beyond} ? \
                 AND NOT EXISTS (SELECT 1 FROM search_new WHERE search_new.front = search_pairs.rowid) \
                 ORDER BY search_pairs.rowid {order} LIMIT ?) \
                 UNION ALL SELECT front, id FROM search_new WHERE ({holds}) AND front {beyond} ?) ORDER \
                 BY front {order} LIMIT ?"
            ))
            .into_boxed::<diesel::sqlite::Sqlite>()
            .bind::<Text, _>(search.phrase())
            .bind::<BigInt, _>(edge)
            .bind::<BigInt, _>(limit);
            for term in search.each() {
                query = query.bind::<Text, _>(&term.body);
            }
            query.bind::<BigInt, _>(edge).bind::<BigInt, _>(limit).load(conn)?
        }
        DbConnection::Postgres(conn) => {
            let edge = after.map_or_else(
                || Id::<()>::from_uuid(if descending { uuid::Uuid::max() } else { uuid::Uuid::nil() }),
                |id| Id::from_uuid(id.uuid()),
            );
            let holds = search.any(|place| {
                format!(
                    "(pairs @> string_to_array(${}, ' ') AND strpos(body, ${}) > 0)",
                    2 * place + 1,
                    2 * place + 2
                )
            });
            let bound = 2 * search.each().count();
            let sql = format!(
                "SELECT id FROM search_texts WHERE ({holds}) AND id {beyond} ${} ORDER BY id {order} LIMIT \
                ${}",
                bound + 1,
                bound + 2
            );
            let mut query = sql_query(sql).into_boxed::<diesel::pg::Pg>();
            for term in search.each() {
                query = query.bind::<Text, _>(&term.pieces).bind::<Text, _>(&term.body);
            }
            query = query.bind::<Uid, _>(edge).bind::<BigInt, _>(limit);
            query.load(conn)?
        }
    };
    Ok(rows.into_iter().map(|row| Id::from_uuid(row.id.uuid())).collect())
}

/// The condition that the row with this id is found by a search.
pub fn found<C>(column: C, search: Search) -> Found<C> {
    Found { column, phrase: search.phrase(), search }
}

/// See [`found`].
#[derive(Debug, Clone)]
pub struct Found<C> {
    column: C,
    phrase: String,
    search: Search,
}

impl<C: Expression> Expression for Found<C> {
    type SqlType = Bool;
}
impl<C: AppearsOnTable<QS>, QS> AppearsOnTable<QS> for Found<C> {}
impl<C: SelectableExpression<QS>, QS> SelectableExpression<QS> for Found<C> {}
impl<C, G> ValidGrouping<G> for Found<C> {
    type IsAggregate = is_aggregate::No;
}
impl<C> QueryId for Found<C> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C: QueryFragment<MultiBackend>> QueryFragment<MultiBackend> for Found<C> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        self.column.walk_ast(pass.reborrow())?;
        match pass.backend() {
            MultiBackend::Sqlite(_) => {
                pass.push_sql(
                    " IN (SELECT search_rows.id FROM search_pairs JOIN search_rows ON search_rows.front \
                     = search_pairs.rowid \
                     WHERE NOT EXISTS (SELECT 1 FROM search_new WHERE search_new.front = \
                     search_pairs.rowid) AND search_pairs MATCH ",
                );
                pass.push_bind_param::<Text, String>(&self.phrase)?;
                pass.push_sql(" UNION ALL SELECT search_new.id FROM search_new WHERE ");
                for (place, term) in self.search.each().enumerate() {
                    pass.push_sql(if place == 0 {
                        "instr(search_new.body, "
                    } else {
                        " > 0 OR instr(search_new.body, "
                    });
                    pass.push_bind_param::<Text, String>(&term.body)?;
                    pass.push_sql(")");
                }
                pass.push_sql(" > 0)");
            }
            MultiBackend::Postgres(_) => {
                pass.push_sql(" IN (SELECT search_texts.id FROM search_texts WHERE ");
                for (place, term) in self.search.each().enumerate() {
                    pass.push_sql(if place == 0 {
                        "(search_texts.pairs @> string_to_array("
                    } else {
                        " OR (search_texts.pairs @> string_to_array("
                    });
                    pass.push_bind_param::<Text, String>(&term.pieces)?;
                    pass.push_sql(", ' ') AND strpos(search_texts.body, ");
                    pass.push_bind_param::<Text, String>(&term.body)?;
                    pass.push_sql(") > 0)");
                }
                pass.push_sql(")");
            }
        }
        Ok(())
    }
}
