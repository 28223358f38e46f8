//! Lists in the order of receipt: along which index to walk, so that few are looked at in vain. Orders by
//! other values are in `list.rs`, which also says what a page is.

use std::collections::HashMap;

use diesel::{ExpressionMethods, NullableExpressionMethods, QueryDsl, RunQueryDsl};

use super::conditions::{Filter, Key, Traversal};
use super::schema::{inquiries, inquiry_facts, inquiry_tags};
use super::store::{InquiryQuery, load_stored};
use super::stored::StoredInquiry;
use crate::access::{Reach, Scope};
use crate::kernel::error::Result;
use crate::kernel::id::InquiryId;
use crate::kernel::page::Direction;
use crate::platform::db::dialect::{Search, search_ids};
use crate::platform::db::keyset::after_id;
use crate::platform::db::{DbConnection, MergedIds, MultiBackend};

/// Candidates that are looked at together, at first.
pub const CHUNK: i64 = 64;
/// Candidates that are looked at together, at most.
const CHUNK_MAX: i64 = 2_000;
/// As many as are no longer few.
const FEW: i64 = 500;
/// How many inquiries are walked past for the price of one that is looked up by its id.
const LOOKED_UP: i64 = 8;
/// Lists that are read side by side, at most.
const LISTS_MAX: usize = 64;
/// Values in one statement: SQLite takes 32,766, PostgreSQL 65,535.
const VALUES_MAX: usize = 30_000;

/// Whether it ends before so many.
fn is_fewer(ids: &[InquiryId], limit: i64) -> bool {
    i64::try_from(ids.len()).is_ok_and(|count| count < limit)
}

/// Whether the first lies further along than the second.
fn is_further(direction: Direction, first: InquiryId, second: InquiryId) -> bool {
    match direction {
        Direction::Descending => first < second,
        Direction::Ascending => first > second,
    }
}

/// The inquiries within reach that fit, in the order of receipt.
#[derive(Clone, Copy)]
pub struct Walk<'a> {
    pub scope: &'a Scope,
    pub filter: &'a Filter,
    pub direction: Direction,
}

/// What a walk goes along.
enum Path {
    /// All of them.
    Everything,
    Work(Lists),
    /// What has one of these keys in another table.
    Others(Vec<Key>),
    Search(&'static str, Search),
    /// No others fit.
    Few(Vec<InquiryId>),
}

/// Lists of inquiries that an index has side by side, each by all of its keys.
struct Lists {
    keys: Vec<Vec<Key>>,
    /// The names of the conditions that they answer.
    answered: Vec<&'static str>,
}

impl Walk<'_> {
    /// The first that fit beyond an inquiry.
    pub fn page(
        self,
        conn: &mut DbConnection,
        after: Option<InquiryId>,
        want: i64,
    ) -> Result<Vec<StoredInquiry>> {
        match self.path(conn, after)? {
            Path::Everything => load_stored(
                conn,
                after_id(self.fitting(&[]), inquiries::id, after, self.direction).limit(want),
            ),
            Path::Work(lists) => self.along_lists(conn, &lists, after, want),
            Path::Others(keys) => {
                let next = |conn: &mut DbConnection, edge, limit| self.others(conn, &keys, edge, limit);
                let candidates = Candidates { next, id_of: |id: &InquiryId| *id, first: CHUNK.max(want) };
                Ok(rows_of(candidates.fitting(conn, || self.fitting(&[]), after, want)?))
            }
            Path::Search(name, search) => {
                let descending = self.direction == Direction::Descending;
                let next =
                    |conn: &mut DbConnection, edge, limit| search_ids(conn, &search, edge, descending, limit);
                let candidates = Candidates { next, id_of: |id: &InquiryId| *id, first: CHUNK.max(want) };
                Ok(rows_of(candidates.fitting(conn, || self.fitting(&[name]), after, want)?))
            }
            Path::Few(ids) if ids.is_empty() => Ok(Vec::new()),
            Path::Few(ids) => {
                let these = self.fitting(&[]).filter(inquiries::id.eq_any(ids));
                load_stored(conn, after_id(these, inquiries::id, after, self.direction).limit(want))
            }
        }
    }

    /// What fits, but for conditions that are answered otherwise.
    fn fitting(self, answered: &[&str]) -> InquiryQuery {
        self.filter.of_reach(self.scope, Traversal::Ordered, answered)
    }

    /// The ids of all that one of the conditions lets through, if these are few: for an order that no
    /// condition has an index in.
    pub fn few(self, conn: &mut DbConnection) -> Result<Option<Vec<InquiryId>>> {
        if self.scope.reach == Reach::Nothing {
            return Ok(Some(Vec::new()));
        }
        if let Some((_, search)) = self.filter.search() {
            let found = search_ids(conn, &search, None, true, FEW)?;
            if is_fewer(&found, FEW) {
                return Ok(Some(found));
            }
        }
        if let Some(few) = self.few_in_range(conn)? {
            return Ok(Some(few));
        }
        for path in self.paths() {
            let first = self.first(conn, &path, None, FEW)?;
            if is_fewer(&first, FEW) {
                return Ok(Some(first));
            }
        }
        Ok(None)
    }

    fn few_in_range(self, conn: &mut DbConnection) -> Result<Option<Vec<InquiryId>>> {
        for range in self.filter.ranges_of_facts(self.scope.user) {
            let some = inquiry_facts::table.filter(range).select(inquiry_facts::inquiry_id).limit(FEW);
            let some: Vec<InquiryId> = some.load(conn)?;
            if is_fewer(&some, FEW) {
                return Ok(Some(some));
            }
        }
        Ok(None)
    }

    fn path(self, conn: &mut DbConnection, after: Option<InquiryId>) -> Result<Path> {
        if let Some((name, search)) = self.filter.search() {
            return Ok(Path::Search(name, search));
        }
        if let Some(few) = self.few_in_range(conn)? {
            return Ok(Path::Few(few));
        }
        let mut paths = self.paths();
        if paths.len() < 2 {
            return Ok(paths.pop().unwrap_or(Path::Everything));
        }
        let mut best: Option<(InquiryId, Path)> = None;
        for path in paths {
            // Inquiries are read as they are walked along, but of what others have each is looked up: they
            // have to be that much sparser.
            let is_late = best.is_some() && matches!(path, Path::Others(_));
            if is_late && let Some((furthest, leading)) = &mut best {
                match self.first(conn, leading, after, CHUNK * LOOKED_UP)?.last() {
                    Some(last) => *furthest = *last,
                    None => continue,
                }
            }
            let first = self.first(conn, &path, after, CHUNK)?;
            let last = match first.last() {
                Some(last) if !is_fewer(&first, CHUNK) => *last,
                _ => return Ok(path),
            };
            if best.as_ref().is_none_or(|(furthest, _)| is_further(self.direction, last, *furthest)) {
                best = Some((last, path));
            }
        }
        Ok(best.map_or(Path::Everything, |(_, path)| path))
    }

    /// The first ids of a path, whether they fit otherwise or not.
    fn first(
        self,
        conn: &mut DbConnection,
        path: &Path,
        after: Option<InquiryId>,
        limit: i64,
    ) -> Result<Vec<InquiryId>> {
        match path {
            Path::Work(lists) => {
                let lists = lists.keys.iter().map(|keys| along(keys, inquiries::table.into_boxed()));
                self.merged(conn, lists.collect(), after, limit)
            }
            Path::Others(keys) => self.others(conn, keys, after, limit),
            Path::Everything | Path::Search(..) | Path::Few(_) => Ok(Vec::new()),
        }
    }

    /// What reach could be looked up by. It is a condition of each query besides.
    fn reach(self, asked: &[(&'static str, Vec<Key>)]) -> Option<(&'static str, Vec<Key>)> {
        let is_asked = |name: &str| asked.iter().any(|(asked, _)| *asked == name);
        match (self.scope.reach, self.scope.team) {
            (Reach::Own, _) if !is_asked("assignee") => {
                Some(("", vec![Key::Assignee(Some(self.scope.user))]))
            }
            (Reach::Team, team) if !is_asked("team") && !is_asked("assignee") => {
                Some(("", team.map(Some).into_iter().chain([None]).map(Key::Team).collect()))
            }
            _ => None,
        }
    }

    /// The indexes that a walk could go along.
    fn paths(self) -> Vec<Path> {
        let (others, mut work): (Vec<_>, Vec<_>) = self
            .filter
            .keys(self.scope.user)
            .into_iter()
            .partition(|(_, keys)| matches!(keys.first(), Some(Key::NeedKind(_) | Key::Tag(_))));
        work.extend(self.reach(&work));
        // Each list asks for all the rest besides.
        let most = LISTS_MAX.min(VALUES_MAX / self.filter.values_at_most().max(1));
        let lists = lists(&work).into_iter().filter(|lists| lists.keys.len() <= most);
        let others = others.into_iter().map(|(_, keys)| keys).filter(|keys| keys.len() <= LISTS_MAX);
        lists.map(Path::Work).chain(others.map(Path::Others)).collect()
    }

    /// Walks along several lists side by side.
    fn along_lists(
        self,
        conn: &mut DbConnection,
        lists: &Lists,
        after: Option<InquiryId>,
        want: i64,
    ) -> Result<Vec<StoredInquiry>> {
        let fitting = |keys: &Vec<Key>| along(keys, self.fitting(&lists.answered));
        match lists.keys.as_slice() {
            [] => Ok(Vec::new()),
            [keys] => {
                load_stored(conn, after_id(fitting(keys), inquiries::id, after, self.direction).limit(want))
            }
            several => {
                let next = |conn: &mut DbConnection, edge, limit| {
                    self.merged(conn, several.iter().map(fitting).collect(), edge, limit)
                };
                // All of them fitted a moment ago.
                let candidates = Candidates { next, id_of: |id: &InquiryId| *id, first: want };
                Ok(rows_of(candidates.fitting(conn, || self.fitting(&[]), after, want)?))
            }
        }
    }

    fn merged(
        self,
        conn: &mut DbConnection,
        lists: Vec<InquiryQuery>,
        after: Option<InquiryId>,
        limit: i64,
    ) -> Result<Vec<InquiryId>> {
        if lists.is_empty() {
            return Ok(Vec::new());
        }
        let ids = |list: InquiryQuery| {
            after_id(list, inquiries::id, after, self.direction).limit(limit).select(inquiries::id)
        };
        let lists: Vec<_> = lists.into_iter().map(ids).collect();
        Ok(MergedIds::new(lists, self.direction == Direction::Descending, limit).load(conn)?)
    }

    /// The next that have one of these keys in another table; twice what has two of them.
    fn others(
        self,
        conn: &mut DbConnection,
        keys: &[Key],
        after: Option<InquiryId>,
        limit: i64,
    ) -> Result<Vec<InquiryId>> {
        let descending = self.direction == Direction::Descending;
        macro_rules! lists {
            ($table:ident, $variant:ident, |$word:ident| $is:expr) => {{
                let list = |$word: &String| {
                    let list = $table::table.filter($is).into_boxed::<MultiBackend>();
                    let list = after_id(list, $table::inquiry_id, after, self.direction);
                    list.limit(limit).select($table::inquiry_id)
                };
                let words = keys.iter().filter_map(|key| match key {
                    Key::$variant(word) => Some(word),
                    _ => None,
                });
                MergedIds::new(words.map(list).collect(), descending, limit).load(conn)?
            }};
        }
        Ok(match keys.first() {
            Some(Key::Tag(_)) => lists!(inquiry_tags, Tag, |word| inquiry_tags::tag.eq(word.clone())),
            _ => lists!(inquiry_facts, NeedKind, |word| inquiry_facts::need_kind
                .eq(word.clone())
                .assume_not_null()),
        })
    }
}

/// Narrows a query to what a list of an index has.
fn along(keys: &[Key], query: InquiryQuery) -> InquiryQuery {
    keys.iter().fold(query, |query, key| match key {
        Key::Status(status) => query.filter(inquiries::status.eq(*status)),
        Key::Assignee(Some(user)) => query.filter(inquiries::assignee_id.eq(*user)),
        Key::Assignee(None) => query.filter(inquiries::assignee_id.is_null()),
        Key::Team(Some(team)) => query.filter(inquiries::team_id.eq(*team)),
        Key::Team(None) => query.filter(inquiries::team_id.is_null()),
        Key::Form(form) => query.filter(inquiries::form_id.eq(*form)),
        Key::NeedKind(_) | Key::Tag(_) => query,
    })
}

/// The lists of inquiries that conditions lead to: of each owner, and of each status. The index of the
/// assignees has the status, too.
fn lists(conditions: &[(&'static str, Vec<Key>)]) -> Vec<Lists> {
    let (statuses, owners): (Vec<_>, Vec<_>) =
        conditions.iter().partition(|(_, keys)| matches!(keys.first(), Some(Key::Status(_))));
    let by_status = statuses.into_iter().fold(None, |both: Option<Lists>, (name, keys)| {
        let (kept, mut answered) = match both {
            Some(Lists { keys: kept, answered }) => (
                kept.into_iter().filter(|kept| kept.iter().all(|key| keys.contains(key))).collect(),
                answered,
            ),
            None => (keys.iter().map(|key| vec![key.clone()]).collect(), Vec::new()),
        };
        answered.push(*name);
        Some(Lists { keys: kept, answered })
    });
    let mut lists: Vec<Lists> = Vec::new();
    for (name, owners) in owners {
        let is_assignee = matches!(owners.first(), Some(Key::Assignee(_)));
        // With the statuses only if that leaves few enough lists.
        let is_few = |by_status: &&Lists| owners.len() * by_status.keys.len() <= LISTS_MAX;
        let by_status = by_status.as_ref().filter(|_| is_assignee).filter(is_few);
        let of_owner = |owner: &Key| match by_status {
            Some(by_status) => by_status
                .keys
                .iter()
                .map(|status| [std::slice::from_ref(owner), status.as_slice()].concat())
                .collect(),
            None => vec![vec![owner.clone()]],
        };
        let mut answered = by_status.map_or_else(Vec::new, |by_status| by_status.answered.clone());
        answered.push(*name);
        lists.push(Lists { keys: owners.iter().flat_map(of_owner).collect(), answered });
    }
    let has_both = lists.iter().any(|lists| lists.answered.len() > 1);
    lists.extend(by_status.filter(|_| !has_both));
    lists
}

/// What may be on a list, in its order.
pub struct Candidates<N, I> {
    /// The next beyond an edge, at most so many.
    pub next: N,
    pub id_of: I,
    /// How many are looked at together at first.
    pub first: i64,
}

impl<N, I> Candidates<N, I> {
    /// Takes candidates in their order, chunk by chunk, and keeps those that the query has too. Each with
    /// where it was in the order: the row may have been changed since.
    pub fn fitting<C: Copy>(
        self,
        conn: &mut DbConnection,
        query: impl Fn() -> InquiryQuery,
        mut edge: Option<C>,
        want: i64,
    ) -> Result<Vec<(C, StoredInquiry)>>
    where
        N: Fn(&mut DbConnection, Option<C>, i64) -> Result<Vec<C>>,
        I: Fn(&C) -> InquiryId,
    {
        let wanted = usize::try_from(want).unwrap_or(usize::MAX);
        let mut rows: Vec<(C, StoredInquiry)> = Vec::with_capacity(wanted.min(256));
        let mut chunk = self.first;
        loop {
            let found = (self.next)(conn, edge, chunk)?;
            let ids: Vec<InquiryId> = found.iter().map(&self.id_of).collect();
            let fitting: Vec<StoredInquiry> = match ids.as_slice() {
                [] => Vec::new(),
                ids => load_stored(conn, query().filter(inquiries::id.eq_any(ids.to_vec())))?,
            };
            let mut fitting: HashMap<InquiryId, StoredInquiry> =
                fitting.into_iter().map(|inquiry| (inquiry.id, inquiry)).collect();
            rows.extend(found.iter().filter_map(|at| Some((*at, fitting.remove(&(self.id_of)(at))?))));
            if rows.len() >= wanted || is_fewer(&ids, chunk) {
                rows.truncate(wanted);
                return Ok(rows);
            }
            edge = found.last().copied();
            chunk = (chunk * 4).min(CHUNK_MAX);
        }
    }
}

fn rows_of<C>(candidates: Vec<(C, StoredInquiry)>) -> Vec<StoredInquiry> {
    candidates.into_iter().map(|(_, row)| row).collect()
}
