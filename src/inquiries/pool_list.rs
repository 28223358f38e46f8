//! Lists of the pool: as other lists of inquiries, but a search finds nothing that its viewer does not see.
//! What is hidden is decided in `pool_view.rs`.

use super::api::InquiryList;
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
    /// The inquiry as its viewer sees it.
    pub fn seen(self) -> Seen<VisibleInquiry> {
        self.viewer.sees(self.inquiry)
    }
}

/// One page of what is in the pool within reach and fits.
pub fn list(
    conn: &mut DbConnection,
    scope: &Scope,
    wanted: &InquiryList,
    viewer: Viewer,
) -> Result<Page<PoolRow>> {
    let in_pool = Condition::any_of("assignee", vec!["none".to_owned()]);
    let open = Condition::any_of("category", vec!["open".to_owned()]);
    let filter = wanted.filter.clone().and(in_pool).and(open);
    let viewer = pool_view::viewer(conn, viewer)?;
    let row = |inquiry| PoolRow { inquiry, viewer: viewer.clone() };
    if !viewer.is_agent() {
        return Ok(list::list(conn, scope, &filter, wanted.sort, &wanted.page)?.map(row));
    }
    refuse_hidden(&filter, wanted.sort, &viewer)?;
    let (texts, filter) = filter.split(|condition| condition.is_search() || condition.field() == TAG);
    if texts.is_empty() {
        return Ok(list::list(conn, scope, &filter, wanted.sort, &wanted.page)?.map(row));
    }
    let search = VisibleSearch { scope, filter: &filter, sort: wanted.sort, texts, viewer: &viewer };
    Ok(search.page(conn, &wanted.page)?.map(row))
}

fn refuse_hidden(filter: &Filter, sort: Sort, viewer: &Viewer) -> Result<()> {
    if !hidden_from(viewer).contains(&MaskedField::Tax) {
        return Ok(());
    }
    let refused = |pointer: &str| Err(Error::refuse(&BAD_QUERY).fault(Fault::new(pointer, &HIDDEN)));
    if sort.key == SortKey::Value(ValueKey::Tax) {
        return refused("?sort");
    }
    if filter.conditions().iter().any(|condition| condition.field() == "tax") {
        return refused("?tax_min");
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
        let mut kept = Vec::new();
        let mut looked_through = 0_usize;
        let mut next = PageRequest { count: false, ..request.clone() };
        let mut full_at = None;
        loop {
            let missing = limit.saturating_sub(kept.len());
            next.limit = if missing == 0 { request.limit } else { i64::try_from(missing).unwrap_or(1) };
            let page = list::list(conn, self.scope, self.filter, self.sort, &next)?;
            looked_through = looked_through.saturating_add(page.data.len());
            let mut found = page.data.into_iter().filter(|inquiry| self.is_found(inquiry));
            if missing == 0 {
                if found.next().is_some() {
                    return Ok(Page { data: kept, next_cursor: full_at, total: None });
                }
            } else {
                kept.extend(found);
                if kept.len() >= limit {
                    full_at.clone_from(&page.next_cursor);
                }
            }
            let is_over = looked_through >= LOOKED_THROUGH;
            match page.next_cursor {
                Some(cursor) if is_over => {
                    let next_cursor = full_at.or(Some(cursor));
                    return Ok(Page { data: kept, next_cursor, total: None });
                }
                Some(cursor) => next.cursor = Some(cursor),
                None => return Ok(Page { data: kept, next_cursor: None, total: None }),
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
