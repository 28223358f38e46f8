//! Lists of inquiries: the filters, the orders, and the paging by keys. Also what reports count by.
//! Single inquiries are read in `store.rs`.

use std::collections::HashMap;

use diesel::{BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl, RunQueryDsl};
use serde::{Deserialize, Serialize};

use super::model::Inquiry;
use super::regions;
use super::schema::{inquiries, inquiry_facts, inquiry_tags};
use super::status::{Category, Status};
use super::store::{InquiryQuery, load, visible};
use crate::access::Scope;
use crate::facts::{Indexed, NeedKind, fen_of_wan};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::{FormId, InquiryId, TeamId, UserId};
use crate::kernel::page::{Page, PageRequest};
use crate::platform::db::dialect::{Search, found, search_ids};
use crate::platform::db::{DbConnection, MultiBackend};

/// Candidates that are looked at together, at first.
const CHUNK: i64 = 200;
/// Candidates that are looked at together, at most.
const CHUNK_MAX: i64 = 2_000;

/// Whose inquiries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssigneeFilter {
    Me,
    Nobody,
    User(UserId),
}

/// Narrows a list; an empty list of words narrows nothing.
#[derive(Debug, Clone, Default)]
pub struct InquiryFilter {
    pub statuses: Vec<Status>,
    pub categories: Vec<Category>,
    pub assignees: Vec<AssigneeFilter>,
    pub teams: Vec<TeamId>,
    pub forms: Vec<FormId>,
    pub need_kinds: Vec<NeedKind>,
    /// Prefixes of region codes.
    pub regions: Vec<String>,
    pub tags: Vec<String>,
    /// 万元 a year.
    pub tax_min: Option<f64>,
    pub tax_max: Option<f64>,
    /// Square metres; the inquiry's range overlaps.
    pub area_min: Option<f64>,
    pub area_max: Option<f64>,
    pub received_from: Option<Timestamp>,
    pub received_to: Option<Timestamp>,
    pub updated_since: Option<Timestamp>,
    pub q: Option<String>,
}

impl InquiryFilter {
    /// The inquiries within reach that fit, but for what `q` asks.
    pub fn narrowed(&self, scope: &Scope) -> InquiryQuery {
        let mut query = visible(scope);
        if !self.statuses.is_empty() {
            query = query.filter(inquiries::status.eq_any(self.statuses.clone()));
        }
        if !self.categories.is_empty() {
            query = query.filter(inquiries::status.eq_any(Status::of_categories(&self.categories)));
        }
        if !self.assignees.is_empty() {
            query = self.of_assignees(query, scope.user);
        }
        if !self.teams.is_empty() {
            query = query.filter(inquiries::team_id.eq_any(self.teams.clone()));
        }
        if !self.forms.is_empty() {
            query = query.filter(inquiries::form_id.eq_any(self.forms.clone()));
        }
        if let Some(from) = self.received_from {
            // The id begins with the time of receipt: the index of the id serves.
            query = query.filter(inquiries::id.ge(InquiryId::floor(from)));
        }
        if let Some(to) = self.received_to {
            query = query.filter(inquiries::id.lt(InquiryId::floor(to)));
        }
        if let Some(since) = self.updated_since {
            query = query.filter(inquiries::updated_at.ge(since));
        }
        if !self.tags.is_empty() {
            let tagged = inquiry_tags::table
                .filter(inquiry_tags::tag.eq_any(self.tags.clone()))
                .select(inquiry_tags::inquiry_id);
            query = query.filter(inquiries::id.eq_any(tagged));
        }
        self.by_facts(query)
    }

    fn of_assignees(&self, query: InquiryQuery, me: UserId) -> InquiryQuery {
        let users: Vec<UserId> = self
            .assignees
            .iter()
            .filter_map(|assignee| match assignee {
                AssigneeFilter::Me => Some(me),
                AssigneeFilter::User(id) => Some(*id),
                AssigneeFilter::Nobody => None,
            })
            .collect();
        match (users.is_empty(), self.assignees.contains(&AssigneeFilter::Nobody)) {
            (true, _) => query.filter(inquiries::assignee_id.is_null()),
            (false, false) => query.filter(inquiries::assignee_id.eq_any(users)),
            (false, true) => {
                query.filter(inquiries::assignee_id.eq_any(users).or(inquiries::assignee_id.is_null()))
            }
        }
    }

    fn by_facts(&self, mut query: InquiryQuery) -> InquiryQuery {
        use inquiry_facts as f;
        // Beyond what can be counted in fen no tax lies, on either side.
        let fen = |wan: f64| fen_of_wan(wan).unwrap_or(if wan < 0.0 { i64::MIN } else { i64::MAX });
        // A condition each: the index of the facts that it asks for serves.
        let facts = || f::table.select(f::inquiry_id);
        if !self.need_kinds.is_empty() {
            let words: Vec<String> = self.need_kinds.iter().map(|kind| kind.word().to_owned()).collect();
            query = query.filter(inquiries::id.eq_any(facts().filter(f::need_kind.eq_any(words))));
        }
        if let Some(min) = self.tax_min {
            query = query.filter(inquiries::id.eq_any(facts().filter(f::tax_fen_per_year.ge(fen(min)))));
        }
        if let Some(max) = self.tax_max {
            query = query.filter(inquiries::id.eq_any(facts().filter(f::tax_fen_per_year.le(fen(max)))));
        }
        if let Some(min) = self.area_min {
            query = query.filter(inquiries::id.eq_any(facts().filter(f::area_max_sqm.ge(min))));
        }
        if let Some(max) = self.area_max {
            query = query.filter(inquiries::id.eq_any(facts().filter(f::area_min_sqm.le(max))));
        }
        match regions::any(&self.regions) {
            Some(any) => query.filter(any),
            None => query,
        }
    }
}

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
    fn of(inquiry: &Inquiry, key: SortKey) -> Self {
        let value = match key {
            SortKey::ReceivedAt => None,
            SortKey::UpdatedAt => Some(inquiry.updated_at.millis()),
            SortKey::NextFollowUpAt => inquiry.next_follow_up_at.map(Timestamp::millis),
            SortKey::Tax => Indexed::of(&inquiry.content.facts.0).tax_fen_per_year,
        };
        Self { value, id: inquiry.id }
    }
}

/// One page of the inquiries within reach that fit a filter.
pub fn list(
    conn: &mut DbConnection,
    scope: &Scope,
    filter: &InquiryFilter,
    sort: Sort,
    page: &PageRequest,
) -> Result<Page<Inquiry>> {
    let after = page.after::<Position>()?;
    let listing = Listing { scope, filter, sort, search: filter.q.as_deref().and_then(Search::new) };
    let want = page.limit.saturating_add(1);
    let rows = match sort.key {
        SortKey::ReceivedAt => listing.by_receipt(conn, after.map(|position| position.id), want)?,
        _ => {
            let mut rows = match after {
                Some(Position { value: None, .. }) => Vec::new(),
                _ => listing.valued(conn, after, want)?,
            };
            let missing = want.saturating_sub(i64::try_from(rows.len()).unwrap_or(want));
            if missing > 0 && sort.key != SortKey::UpdatedAt {
                let beyond = after.filter(|position| position.value.is_none()).map(|position| position.id);
                rows.extend(listing.valueless(conn, beyond, missing)?);
            }
            rows
        }
    };
    let mut list =
        Page::cut_by_size(rows, page, Inquiry::size, |inquiry: &Inquiry| Position::of(inquiry, sort.key))?;
    if page.count {
        list.total = Some(count(conn, scope, filter)?);
    }
    Ok(list)
}

/// How many inquiries within reach fit a filter.
pub fn count(conn: &mut DbConnection, scope: &Scope, filter: &InquiryFilter) -> Result<i64> {
    Ok(filtered(scope, filter).count().get_result(conn)?)
}

/// The inquiries within reach that fit, in no order.
pub fn filtered(scope: &Scope, filter: &InquiryFilter) -> InquiryQuery {
    let query = filter.narrowed(scope);
    match filter.q.as_deref().and_then(Search::new) {
        Some(search) => query.filter(found(inquiries::id, search)),
        None => query,
    }
}

struct Listing<'a> {
    scope: &'a Scope,
    filter: &'a InquiryFilter,
    sort: Sort,
    search: Option<Search>,
}

impl Listing<'_> {
    fn query(&self) -> InquiryQuery {
        filtered(self.scope, self.filter)
    }

    fn by_id(&self, query: InquiryQuery, after: Option<InquiryId>) -> InquiryQuery {
        match (after, self.sort.descending) {
            (Some(after), true) => query.filter(inquiries::id.lt(after)).order(inquiries::id.desc()),
            (Some(after), false) => query.filter(inquiries::id.gt(after)).order(inquiries::id.asc()),
            (None, true) => query.order(inquiries::id.desc()),
            (None, false) => query.order(inquiries::id.asc()),
        }
    }

    fn by_receipt(
        &self,
        conn: &mut DbConnection,
        after: Option<InquiryId>,
        want: i64,
    ) -> Result<Vec<Inquiry>> {
        let Some(search) = &self.search else {
            return load(conn, self.by_id(self.query(), after).limit(want));
        };
        // A search gives its hits in the order of the ids: they are taken from there until the page is full.
        let candidates = |conn: &mut DbConnection, edge: Option<InquiryId>, limit: i64| {
            search_ids(conn, search, edge, self.sort.descending, limit)
        };
        Self::from_candidates(conn, || self.filter.narrowed(self.scope), after, want, candidates, |id| *id)
    }

    /// Takes candidates in their order, chunk by chunk, and keeps those that the query has too.
    fn from_candidates<C: Copy>(
        conn: &mut DbConnection,
        query: impl Fn() -> InquiryQuery,
        mut edge: Option<C>,
        want: i64,
        candidates: impl Fn(&mut DbConnection, Option<C>, i64) -> Result<Vec<C>>,
        id_of: impl Fn(&C) -> InquiryId,
    ) -> Result<Vec<Inquiry>> {
        let want = usize::try_from(want).unwrap_or(usize::MAX);
        let mut rows: Vec<Inquiry> = Vec::with_capacity(want.min(256));
        let mut chunk = CHUNK;
        loop {
            let found = candidates(conn, edge, chunk)?;
            let ids: Vec<InquiryId> = found.iter().map(&id_of).collect();
            let fitting: Vec<Inquiry> = load(conn, query().filter(inquiries::id.eq_any(ids.clone())))?;
            let mut fitting: HashMap<InquiryId, Inquiry> =
                fitting.into_iter().map(|inquiry| (inquiry.id, inquiry)).collect();
            rows.extend(ids.iter().filter_map(|id| fitting.remove(id)));
            let last_chunk = i64::try_from(found.len()).unwrap_or(0) < chunk;
            if rows.len() >= want || last_chunk {
                rows.truncate(want);
                return Ok(rows);
            }
            edge = found.last().copied();
            chunk = (chunk * 2).min(CHUNK_MAX);
        }
    }

    fn valued(&self, conn: &mut DbConnection, after: Option<Position>, want: i64) -> Result<Vec<Inquiry>> {
        match self.sort.key {
            SortKey::Tax => self.by_tax(conn, after, want),
            SortKey::NextFollowUpAt => self.by_next_follow_up(conn, after, want),
            SortKey::UpdatedAt | SortKey::ReceivedAt => self.by_update(conn, after, want),
        }
    }

    fn by_update(&self, conn: &mut DbConnection, after: Option<Position>, want: i64) -> Result<Vec<Inquiry>> {
        use inquiries::{id, updated_at};
        let mut query = self.query();
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
        load(conn, query.limit(want))
    }

    fn by_next_follow_up(
        &self,
        conn: &mut DbConnection,
        after: Option<Position>,
        want: i64,
    ) -> Result<Vec<Inquiry>> {
        use inquiries::{id, next_follow_up_at as next};
        let mut query = self.query().filter(next.is_not_null());
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
        load(conn, query.limit(want))
    }

    fn by_tax(&self, conn: &mut DbConnection, after: Option<Position>, want: i64) -> Result<Vec<Inquiry>> {
        use inquiry_facts::{inquiry_id, tax_fen_per_year as tax};
        let descending = self.sort.descending;
        let candidates = |conn: &mut DbConnection,
                          edge: Option<(i64, InquiryId)>,
                          limit: i64|
         -> Result<Vec<(i64, InquiryId)>> {
            let mut query = inquiry_facts::table
                .filter(tax.is_not_null())
                .select((tax.assume_not_null(), inquiry_id))
                .into_boxed::<MultiBackend>();
            if let Some((value, last)) = edge {
                query = if descending {
                    query
                        .filter(tax.le(value))
                        .filter(tax.lt(value).assume_not_null().or(inquiry_id.lt(last)))
                } else {
                    query
                        .filter(tax.ge(value))
                        .filter(tax.gt(value).assume_not_null().or(inquiry_id.gt(last)))
                };
            }
            query = if descending {
                query.order((tax.desc(), inquiry_id.desc()))
            } else {
                query.order((tax.asc(), inquiry_id.asc()))
            };
            Ok(query.limit(limit).load(conn)?)
        };
        let edge = after.and_then(|position| position.value.map(|value| (value, position.id)));
        Self::from_candidates(conn, || self.query(), edge, want, candidates, |(_, id)| *id)
    }

    /// Those without a value, in the order of receipt.
    fn valueless(
        &self,
        conn: &mut DbConnection,
        after: Option<InquiryId>,
        want: i64,
    ) -> Result<Vec<Inquiry>> {
        let query = match self.sort.key {
            SortKey::Tax => {
                let valued = inquiry_facts::table
                    .filter(inquiry_facts::tax_fen_per_year.is_not_null())
                    .select(inquiry_facts::inquiry_id);
                self.query().filter(diesel::dsl::not(inquiries::id.eq_any(valued)))
            }
            _ => self.query().filter(inquiries::next_follow_up_at.is_null()),
        };
        load(conn, self.by_id(query, after).limit(want))
    }
}
