//! Lists of inquiries: the orders, and the paging by keys. What narrows them is in `conditions`, which index
//! a list in the order of receipt walks along in `walk.rs`, single inquiries are read in `store.rs`.

use diesel::{ExpressionMethods, NullableExpressionMethods, QueryDsl, RunQueryDsl};

use super::conditions::{Filter, Traversal};
use super::schema::{inquiries, inquiry_facts};
use super::store::{InquiryQuery, load_stored};
use super::stored::StoredInquiry;
use super::walk::{CHUNK, Candidates, Walk};
use crate::access::Scope;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::InquiryId;
use crate::kernel::page::{Direction, Page, PageRequest, Position, nulls_last};
use crate::platform::db::keyset::{after_id, after_value};
use crate::platform::db::{DbConnection, Form, MultiBackend, Related};

/// What a list is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortKey {
    ReceivedAt,
    Value(ValueKey),
}

/// A value that not every inquiry has, or that changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKey {
    UpdatedAt,
    NextFollowUpAt,
    Tax,
}

/// An order; what has no value comes last in both directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    pub key: SortKey,
    pub descending: bool,
}

impl Default for Sort {
    fn default() -> Self {
        Self { key: SortKey::ReceivedAt, descending: true }
    }
}

impl Sort {
    const KEYS: [(&'static str, SortKey); 4] = [
        ("received_at", SortKey::ReceivedAt),
        ("updated_at", SortKey::Value(ValueKey::UpdatedAt)),
        ("next_follow_up_at", SortKey::Value(ValueKey::NextFollowUpAt)),
        ("tax", SortKey::Value(ValueKey::Tax)),
    ];

    /// All the words, for a message.
    pub fn words() -> String {
        let words: Vec<String> =
            Self::KEYS.iter().flat_map(|(word, _)| [(*word).to_owned(), format!("-{word}")]).collect();
        words.join(", ")
    }

    fn direction(self) -> Direction {
        if self.descending { Direction::Descending } else { Direction::Ascending }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        let (descending, key) = match word.strip_prefix('-') {
            Some(key) => (true, key),
            None => (false, word),
        };
        let (_, key) = Self::KEYS.into_iter().find(|(word, _)| *word == key)?;
        Some(Self { key, descending })
    }
}

/// An inquiry on a list by a value, with the value that it had when its place was found: it may have been
/// changed since, and the next page begins there.
pub(super) type Placed = (Option<i64>, StoredInquiry);

/// Where a row is in the order of its list.
pub(super) fn position((value, row): &Placed) -> Position<i64, InquiryId> {
    Position { value: *value, id: row.id }
}

/// One page of the inquiries within reach that fit a filter.
pub fn list(
    conn: &mut DbConnection,
    scope: &Scope,
    filter: &Filter,
    sort: Sort,
    page: &PageRequest,
) -> Result<Page<StoredInquiry>> {
    let list = placed(conn, scope, filter, sort, page)?.map(|(_, row)| row);
    list.counted(page, || count(conn, scope, filter))
}

/// The same, each with its place, and not counted.
pub(super) fn placed(
    conn: &mut DbConnection,
    scope: &Scope,
    filter: &Filter,
    sort: Sort,
    page: &PageRequest,
) -> Result<Page<Placed>> {
    let after = page.after::<Position<i64, InquiryId>>()?;
    let want = page.rows();
    let walk = Walk { scope, filter, direction: sort.direction() };
    let rows: Vec<Placed> = match sort.key {
        SortKey::ReceivedAt => {
            let rows = walk.page(conn, after.map(|position| position.id), want)?;
            rows.into_iter().map(|row| (None, row)).collect()
        }
        SortKey::Value(key) => {
            let few = walk.few(conn)?;
            Listing { key, walk, few }.by_value(conn, after, want)?
        }
    };
    Page::cut_by_size(rows, page, |(_, row)| row.size(), position)
}

/// How many inquiries within reach fit a filter.
pub fn count(conn: &mut DbConnection, scope: &Scope, filter: &Filter) -> Result<i64> {
    Ok(filtered(scope, filter).count().get_result(conn)?)
}

/// The inquiries within reach that fit, in no order.
pub fn filtered(scope: &Scope, filter: &Filter) -> InquiryQuery {
    filter.of_reach(scope, Traversal::Unordered, &[])
}

/// The value and id after which the next ones are asked for.
type Edge = Option<(i64, InquiryId)>;

fn moment(edge: Edge) -> Option<(Timestamp, InquiryId)> {
    edge.map(|(millis, id)| (Timestamp::from_millis(millis), id))
}

/// A list in the order of a value.
struct Listing<'a> {
    key: ValueKey,
    walk: Walk<'a>,
    /// Only a few fit, and these are among them: they are looked up and sorted, for the order could be walked
    /// in vain.
    few: Option<Vec<InquiryId>>,
}

impl Listing<'_> {
    /// First those that have a value, then those that have none in the order of receipt.
    fn by_value(
        &self,
        conn: &mut DbConnection,
        after: Option<Position<i64, InquiryId>>,
        want: i64,
    ) -> Result<Vec<Placed>> {
        if self.few.as_ref().is_some_and(Vec::is_empty) {
            return Ok(Vec::new());
        }
        let valued = |conn: &mut DbConnection, after, want| self.valued(conn, after, want);
        let valueless = |conn: &mut DbConnection, after, want| self.valueless(conn, after, want);
        nulls_last(conn, after, want, valued, valueless)
    }

    fn fitting(&self) -> InquiryQuery {
        self.walk.filter.of_reach(self.walk.scope, Traversal::Ordered, &[])
    }

    fn valued(&self, conn: &mut DbConnection, after: Edge, want: i64) -> Result<Vec<Placed>> {
        let next = |conn: &mut DbConnection, edge, limit| match self.key {
            ValueKey::Tax => self.taxed(conn, edge, limit),
            ValueKey::NextFollowUpAt => self.planned(conn, edge, limit),
            ValueKey::UpdatedAt => self.updated(conn, edge, limit),
        };
        let candidates = Candidates { next, id_of: |edge: &(i64, InquiryId)| edge.1, first: CHUNK.max(want) };
        let rows = candidates.fitting(conn, || self.fitting(), after, want)?;
        Ok(rows.into_iter().map(|((value, _), row)| (Some(value), row)).collect())
    }

    /// What was changed beyond this moment, in the order of change.
    fn updated(&self, conn: &mut DbConnection, after: Edge, limit: i64) -> Result<Vec<(i64, InquiryId)>> {
        use inquiries::{id, updated_at};
        let mut all = inquiries::table.select((updated_at, id)).into_boxed::<MultiBackend>();
        if let Some(few) = &self.few {
            all = all.filter(id.eq_any(few.clone()));
        }
        let next = after_value(all, (updated_at, id), moment(after), self.walk.direction).limit(limit);
        let next: Vec<(Timestamp, InquiryId)> = next.load(conn)?;
        Ok(next.into_iter().map(|next| (next.0.millis(), next.1)).collect())
    }

    /// What has its next follow-up beyond this moment, in the order of these.
    fn planned(&self, conn: &mut DbConnection, after: Edge, limit: i64) -> Result<Vec<(i64, InquiryId)>> {
        use inquiries::{id, next_follow_up_at};
        let planned = inquiries::table.filter(next_follow_up_at.is_not_null());
        let mut all = planned.select((next_follow_up_at.assume_not_null(), id)).into_boxed::<MultiBackend>();
        if let Some(few) = &self.few {
            all = all.filter(id.eq_any(few.clone()));
        }
        let next = after_value(all, (next_follow_up_at, id), moment(after), self.walk.direction).limit(limit);
        let next: Vec<(Timestamp, InquiryId)> = next.load(conn)?;
        Ok(next.into_iter().map(|next| (next.0.millis(), next.1)).collect())
    }

    /// What has a tax beyond this one, in the order of the tax.
    fn taxed(&self, conn: &mut DbConnection, after: Edge, limit: i64) -> Result<Vec<(i64, InquiryId)>> {
        use inquiry_facts::{inquiry_id, tax_fen_per_year as tax};
        let taxed = inquiry_facts::table.filter(tax.is_not_null());
        let mut all = taxed.select((tax.assume_not_null(), inquiry_id)).into_boxed::<MultiBackend>();
        // Bounds of the tax begin and end the walk, other conditions on facts thin it out.
        for condition in self.walk.filter.on_facts(self.walk.scope.user) {
            all = all.filter(condition);
        }
        if let Some(few) = &self.few {
            all = all.filter(inquiry_id.eq_any(few.clone()));
        }
        Ok(after_value(all, (tax, inquiry_id), after, self.walk.direction).limit(limit).load(conn)?)
    }

    fn valueless(&self, conn: &mut DbConnection, after: Option<InquiryId>, want: i64) -> Result<Vec<Placed>> {
        let mut query = self.fitting();
        if let Some(few) = &self.few {
            query = query.filter(inquiries::id.eq_any(few.clone()));
        }
        let query = match self.key {
            // Each has a time of change.
            ValueKey::UpdatedAt => return Ok(Vec::new()),
            ValueKey::NextFollowUpAt => query.filter(inquiries::next_follow_up_at.is_null()),
            ValueKey::Tax => {
                let taxed = Related {
                    table: inquiry_facts::table,
                    key: inquiry_facts::inquiry_id,
                    outer: inquiries::id,
                    condition: inquiry_facts::tax_fen_per_year.is_not_null(),
                    form: Form::Exists,
                };
                query.filter(diesel::dsl::not(taxed))
            }
        };
        let rows = load_stored(conn, after_id(query, inquiries::id, after, self.walk.direction).limit(want))?;
        Ok(rows.into_iter().map(|row| (None, row)).collect())
    }
}
