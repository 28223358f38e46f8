//! Lists of the pool: as other lists of inquiries, but a search finds nothing that its viewer does not see.
//! What is hidden is decided in `pool_view.rs`.

use super::conditions::{Condition, Filter};
use super::list::{self, Sort, SortKey, ValueKey};
use super::pool_view::{self, MaskedField, VisibleInquiry, hidden_from};
use super::stored::StoredInquiry;
use crate::access::{Scope, Seen, Viewer};
use crate::kernel::error::{BAD_QUERY, Error, Fault, FaultKind, Result};
use crate::kernel::page::{Page, PageRequest};
use crate::platform::db::DbConnection;

/// Rows that a search looks through at most for one page.
const LOOKED_THROUGH: usize = 500;
/// Bytes of the rows that it looks through, about: to hide what is hidden takes time.
const LOOKED_THROUGH_BYTES: usize = 256 << 10;
/// Rows that are read at once.
const CHUNK: i64 = 100;

/// The condition on tags: one of them may be a contact.
const TAG: &str = "tag";

static HIDDEN: FaultKind = FaultKind::new(
    "hidden",
    "该内容在公海中是隐藏的，不能按它筛选或排序。",
    "It is hidden in the pool: nothing can be filtered or sorted by it.",
);

/// An inquiry of the pool, not yet seen by its viewer.
#[derive(Debug)]
pub struct PoolRow {
    inquiry: StoredInquiry,
    viewer: Viewer,
}

impl PoolRow {
    /// Whether it takes a while to show it.
    pub fn is_masked(&self) -> bool {
        self.viewer.is_agent()
    }

    /// The inquiry as its viewer sees it.
    pub fn seen(self) -> Seen<VisibleInquiry> {
        self.viewer.sees(self.inquiry)
    }
}

/// Whether it takes a while to find what is asked for, for somebody from whom something is hidden.
pub fn is_search(filter: &Filter) -> bool {
    filter.conditions().iter().any(looks_into_texts)
}

fn looks_into_texts(condition: &Condition) -> bool {
    condition.is_search() || condition.field() == TAG
}

/// One page of what is in the pool within reach and fits.
pub fn list(
    conn: &mut DbConnection,
    scope: &Scope,
    filter: &Filter,
    sort: Sort,
    page: &PageRequest,
    viewer: Viewer,
) -> Result<Page<PoolRow>> {
    let in_pool = Condition::any_of("assignee", vec!["none".to_owned()]);
    let open = Condition::any_of("category", vec!["open".to_owned()]);
    let filter = filter.clone().and(in_pool).and(open);
    let viewer = pool_view::viewer(conn, viewer)?;
    let row = |inquiry| PoolRow { inquiry, viewer: viewer.clone() };
    if !viewer.is_agent() {
        return Ok(list::list(conn, scope, &filter, sort, page)?.map(row));
    }
    refuse_hidden(&filter, sort, &viewer)?;
    let (texts, filter) = filter.split(looks_into_texts);
    if texts.is_empty() {
        return Ok(list::list(conn, scope, &filter, sort, page)?.map(row));
    }
    let search = VisibleSearch { scope, filter: &filter, sort, texts, viewer: &viewer };
    Ok(search.page(conn, page)?.map(row))
}

fn refuse_hidden(filter: &Filter, sort: Sort, viewer: &Viewer) -> Result<()> {
    let hidden = hidden_from(viewer);
    let refused = |pointer: &str| Err(Error::refuse(&BAD_QUERY).fault(Fault::new(pointer, &HIDDEN)));
    if sort.key == SortKey::Value(ValueKey::Tax) && hidden.contains(&MaskedField::Tax) {
        return refused("?sort");
    }
    for field in &hidden {
        let Some((condition, parameter)) = field.condition() else { continue };
        if filter.conditions().iter().any(|asked| asked.field() == condition) {
            return refused(parameter);
        }
    }
    Ok(())
}

/// A search in what somebody sees. No index of what is there is asked, for even the time that takes would say
/// something of what they do not see: one after the other is looked at as they see it.
struct VisibleSearch<'a> {
    scope: &'a Scope,
    filter: &'a Filter,
    sort: Sort,
    texts: Vec<Condition>,
    viewer: &'a Viewer,
}

impl VisibleSearch<'_> {
    fn page(&self, conn: &mut DbConnection, request: &PageRequest) -> Result<Page<StoredInquiry>> {
        let limit = usize::try_from(request.limit).unwrap_or(1);
        let (mut kept, mut full_at) = (Vec::new(), None);
        let (mut rows, mut bytes) = (0_usize, 0_usize);
        let mut next = PageRequest { limit: CHUNK, count: false, ..request.clone() };
        loop {
            let page = list::placed(conn, self.scope, self.filter, self.sort, &next)?;
            rows = rows.saturating_add(page.data.len());
            for placed in page.data {
                bytes = bytes.saturating_add(placed.1.size());
                if !self.is_found(&placed.1) {
                    continue;
                }
                if kept.len() >= limit {
                    return Ok(Page { data: kept, next_cursor: full_at, total: None });
                }
                if kept.len() + 1 == limit {
                    full_at = Some(request.cursor_at(&list::position(&placed))?);
                }
                kept.push(placed.1);
            }
            let is_over = rows >= LOOKED_THROUGH || bytes >= LOOKED_THROUGH_BYTES;
            match page.next_cursor {
                Some(cursor) if !is_over => next.cursor = Some(cursor),
                cursor => {
                    let next_cursor = cursor.map(|cursor| full_at.unwrap_or(cursor));
                    return Ok(Page { data: kept, next_cursor, total: None });
                }
            }
        }
    }

    fn is_found(&self, inquiry: &StoredInquiry) -> bool {
        let seen = self.viewer.sees(inquiry.clone());
        let text = seen.inquiry.content.searchable();
        let tags: Vec<String> = seen.inquiry.tags.parse().unwrap_or_default();
        self.texts.iter().all(|condition| match condition.field() {
            TAG => condition.asks_for_any_of(&tags),
            _ => condition.finds(&text),
        })
    }
}
