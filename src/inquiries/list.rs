//! Lists of inquiries: the orders, and the paging by keys. What narrows them is in `conditions`, which index
//! a list in the order of receipt walks along in `walk.rs`, single inquiries are read in `store.rs`.

use diesel::{BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl, RunQueryDsl};
use serde::{Deserialize, Serialize};

use super::conditions::{Filter, Reading};
use super::schema::{inquiries, inquiry_facts};
use super::store::{InquiryQuery, load_stored};
use super::stored::StoredInquiry;
use super::walk::{Candidates, Direction, Walk};
use crate::access::Scope;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::InquiryId;
use crate::kernel::page::{Page, PageRequest};
use crate::platform::db::{DbConnection, Form, MultiBackend, Related};

/// What a list is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortKey {
    ReceivedAt,
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
        ("updated_at", SortKey::UpdatedAt),
        ("next_follow_up_at", SortKey::NextFollowUpAt),
        ("tax", SortKey::Tax),
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

/// The position of a row in an order: its value (none: among those without), then its id.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Position {
    value: Option<i64>,
    id: InquiryId,
}

impl Position {
    fn of(inquiry: &StoredInquiry, key: SortKey) -> Self {
        let value = match key {
            SortKey::ReceivedAt => None,
            SortKey::UpdatedAt => Some(inquiry.updated_at.millis()),
            SortKey::NextFollowUpAt => inquiry.next_follow_up_at.map(Timestamp::millis),
            // What was sorted by it can be read.
            SortKey::Tax => inquiry.indexed().ok().and_then(|facts| facts.tax_fen_per_year),
        };
        Self { value, id: inquiry.id }
    }
}

/// One page of the inquiries within reach that fit a filter.
pub fn list(
    conn: &mut DbConnection,
    scope: &Scope,
    filter: &Filter,
    sort: Sort,
    page: &PageRequest,
) -> Result<Page<StoredInquiry>> {
    let after = page.after::<Position>()?;
    let want = page.limit.saturating_add(1);
    let listing = Listing { sort, walk: Walk { scope, filter, direction: sort.direction() } };
    let rows = match sort.key {
        SortKey::ReceivedAt => listing.walk.page(conn, after.map(|position| position.id), want)?,
        _ => listing.by_value(conn, after, want)?,
    };
    let mut list = Page::cut_by_size(rows, page, StoredInquiry::size, |inquiry: &StoredInquiry| {
        Position::of(inquiry, sort.key)
    })?;
    if page.count {
        list.total = Some(count(conn, scope, filter)?);
    }
    Ok(list)
}

/// How many inquiries within reach fit a filter.
pub fn count(conn: &mut DbConnection, scope: &Scope, filter: &Filter) -> Result<i64> {
    Ok(filtered(scope, filter).count().get_result(conn)?)
}

/// The inquiries within reach that fit, in no order.
pub fn filtered(scope: &Scope, filter: &Filter) -> InquiryQuery {
    filter.of_reach(scope, Reading::Whole, &[])
}

/// A list in the order of a value.
struct Listing<'a> {
    sort: Sort,
    walk: Walk<'a>,
}

impl Listing<'_> {
    /// First those that have a value, then those that have none in the order of receipt.
    fn by_value(
        &self,
        conn: &mut DbConnection,
        after: Option<Position>,
        want: i64,
    ) -> Result<Vec<StoredInquiry>> {
        // If only a few fit, they are looked up and sorted: the order could be walked in vain.
        let few = self.walk.few(conn)?;
        if few.as_ref().is_some_and(Vec::is_empty) {
            return Ok(Vec::new());
        }
        let fitting = || {
            let fitting = self.walk.filter.of_reach(self.walk.scope, Reading::Along, &[]);
            match &few {
                Some(ids) => fitting.filter(inquiries::id.eq_any(ids.clone())),
                None => fitting,
            }
        };
        let mut rows = match after {
            Some(Position { value: None, .. }) => Vec::new(),
            _ => match self.sort.key {
                SortKey::Tax => self.by_tax(conn, fitting, after, want)?,
                SortKey::NextFollowUpAt => self.by_next_follow_up(conn, fitting(), after, want)?,
                SortKey::UpdatedAt | SortKey::ReceivedAt => self.by_update(conn, fitting(), after, want)?,
            },
        };
        let missing = want.saturating_sub(i64::try_from(rows.len()).unwrap_or(want));
        if missing > 0 && self.sort.key != SortKey::UpdatedAt {
            let beyond = after.filter(|position| position.value.is_none()).map(|position| position.id);
            rows.extend(self.valueless(conn, fitting(), beyond, missing)?);
        }
        Ok(rows)
    }

    fn by_update(
        &self,
        conn: &mut DbConnection,
        mut query: InquiryQuery,
        after: Option<Position>,
        want: i64,
    ) -> Result<Vec<StoredInquiry>> {
        use inquiries::{id, updated_at};
        if let Some(Position { value: Some(value), id: last }) = after {
            let edge = Timestamp::from_millis(value);
            query = if self.sort.descending {
                query.filter(updated_at.le(edge)).filter(updated_at.lt(edge).or(id.lt(last)))
            } else {
                query.filter(updated_at.ge(edge)).filter(updated_at.gt(edge).or(id.gt(last)))
            };
        }
        query = if self.sort.descending {
            query.order((updated_at.desc(), id.desc()))
        } else {
            query.order((updated_at.asc(), id.asc()))
        };
        load_stored(conn, query.limit(want))
    }

    fn by_next_follow_up(
        &self,
        conn: &mut DbConnection,
        query: InquiryQuery,
        after: Option<Position>,
        want: i64,
    ) -> Result<Vec<StoredInquiry>> {
        use inquiries::{id, next_follow_up_at as next};
        let mut query = query.filter(next.is_not_null());
        if let Some(Position { value: Some(value), id: last }) = after {
            let edge = Timestamp::from_millis(value);
            query = if self.sort.descending {
                query.filter(next.le(edge)).filter(next.lt(edge).assume_not_null().or(id.lt(last)))
            } else {
                query.filter(next.ge(edge)).filter(next.gt(edge).assume_not_null().or(id.gt(last)))
            };
        }
        query = if self.sort.descending {
            query.order((next.desc(), id.desc()))
        } else {
            query.order((next.asc(), id.asc()))
        };
        load_stored(conn, query.limit(want))
    }

    fn by_tax(
        &self,
        conn: &mut DbConnection,
        fitting: impl Fn() -> InquiryQuery,
        after: Option<Position>,
        want: i64,
    ) -> Result<Vec<StoredInquiry>> {
        let edge = after.and_then(|position| position.value.map(|value| (value, position.id)));
        let next = |conn: &mut DbConnection, edge, limit| self.taxed(conn, edge, limit);
        Candidates { next, id_of: |(_, id): &(i64, InquiryId)| *id }.fitting(conn, fitting, edge, want)
    }

    /// What has a tax beyond this one, in the order of the tax.
    fn taxed(
        &self,
        conn: &mut DbConnection,
        edge: Option<(i64, InquiryId)>,
        limit: i64,
    ) -> Result<Vec<(i64, InquiryId)>> {
        use inquiry_facts::{inquiry_id, tax_fen_per_year as tax};
        let mut query = inquiry_facts::table
            .filter(tax.is_not_null())
            .select((tax.assume_not_null(), inquiry_id))
            .into_boxed::<MultiBackend>();
        if let Some((value, last)) = edge {
            query = if self.sort.descending {
                query.filter(tax.le(value)).filter(tax.lt(value).assume_not_null().or(inquiry_id.lt(last)))
            } else {
                query.filter(tax.ge(value)).filter(tax.gt(value).assume_not_null().or(inquiry_id.gt(last)))
            };
        }
        query = if self.sort.descending {
            query.order((tax.desc(), inquiry_id.desc()))
        } else {
            query.order((tax.asc(), inquiry_id.asc()))
        };
        Ok(query.limit(limit).load(conn)?)
    }

    fn valueless(
        &self,
        conn: &mut DbConnection,
        query: InquiryQuery,
        after: Option<InquiryId>,
        want: i64,
    ) -> Result<Vec<StoredInquiry>> {
        let query = match self.sort.key {
            SortKey::Tax => {
                let taxed = Related {
                    table: inquiry_facts::table,
                    key: inquiry_facts::inquiry_id,
                    outer: inquiries::id,
                    condition: inquiry_facts::tax_fen_per_year.is_not_null(),
                    form: Form::Exists,
                };
                query.filter(diesel::dsl::not(taxed))
            }
            _ => query.filter(inquiries::next_follow_up_at.is_null()),
        };
        load_stored(conn, self.walk.direction.by_id(query, after).limit(want))
    }
}
