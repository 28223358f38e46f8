//! All reads of worklists: what is in each bucket, the most urgent first.
//! They go through what the rooms below make visible.

use diesel::{BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl, RunQueryDsl};

use super::model::{Bucket, Item};
use crate::access::{Caller, Reach, Scope, Viewer};
use crate::follow_ups;
use crate::follow_ups::model::Bucket as Due;
use crate::follow_ups::store::FollowUpFilter;
use crate::inquiries::store::{InquiryQuery, inquiries, load_stored, stored_among, visible};
use crate::inquiries::stored::StoredInquiry;
use crate::inquiries::{Condition, Filter};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::InquiryId;
use crate::kernel::page::{Direction, Page, PageRequest};
use crate::platform::db::Read;
use crate::platform::db::keyset::after_value;

/// A worklist is one's own, whatever one reaches otherwise.
fn own(caller: &Caller) -> Scope {
    Scope { reach: Reach::Own, ..caller.scope }
}

/// The open inquiries of a bucket that holds inquiries; none for one that holds plans.
fn open(caller: &Caller, bucket: Bucket) -> Option<InquiryQuery> {
    use inquiries::{accepted_at, assigned_at, closed_at, last_contacted_at, next_follow_up_at};
    let open = visible(&own(caller)).filter(closed_at.is_null());
    match bucket {
        Bucket::ToAccept => Some(open.filter(accepted_at.is_null())),
        Bucket::New => {
            let before = last_contacted_at.lt(assigned_at).assume_not_null();
            let unreached = last_contacted_at.is_null().or(before);
            let accepted = open.filter(accepted_at.is_not_null()).filter(next_follow_up_at.is_null());
            Some(accepted.filter(unreached))
        }
        Bucket::RecycleSoon => Some(open.filter(inquiries::recycle_warned_at.is_not_null())),
        Bucket::Overdue | Bucket::Today => None,
    }
}

fn plans(bucket: Bucket) -> FollowUpFilter {
    let words = |name, word: &str| Condition::any_of(name, vec![word.to_owned()]);
    let among = Filter::default().and(words("assignee", "me")).and(words("category", "open"));
    let due = if bucket == Bucket::Overdue { Due::Overdue } else { Due::Today };
    FollowUpFilter { bucket: Some(due), among, inquiry: None }
}

/// How many things are in a bucket.
pub fn count(read: &mut Read<'_>, caller: &Caller, bucket: Bucket) -> Result<i64> {
    match open(caller, bucket) {
        Some(query) => Ok(query.count().get_result(read.conn)?),
        None => {
            let zone = read.zone()?;
            follow_ups::store::count(read.conn, &own(caller), &plans(bucket), read.now, zone)
        }
    }
}

/// One page of a bucket.
pub fn page(read: &mut Read<'_>, caller: &Caller, bucket: Bucket, page: &PageRequest) -> Result<Page<Item>> {
    let viewer = Viewer::of(caller);
    let Some(query) = open(caller, bucket) else { return planned(read, caller, bucket, page) };
    let after = page.after::<(Timestamp, InquiryId)>()?;
    use inquiries::{assigned_at, id, recycle_at};
    let next = match bucket {
        Bucket::RecycleSoon => after_value(query, (recycle_at, id), after, Direction::Ascending),
        _ => after_value(query, (assigned_at, id), after, Direction::Ascending),
    };
    let rows = load_stored(read.conn, next.limit(page.rows()))?;
    let since = |inquiry: &StoredInquiry| match bucket {
        Bucket::RecycleSoon => inquiry.recycle_at,
        _ => inquiry.assigned_at,
    };
    let edge = Timestamp::from_millis(0);
    let list = Page::cut(rows, page, |inquiry| (since(inquiry).unwrap_or(edge), inquiry.id))?;
    Ok(list.map(|inquiry| {
        let due_at = match bucket {
            Bucket::RecycleSoon => inquiry.recycle_at,
            Bucket::ToAccept => inquiry.accept_due_at.or(inquiry.first_contact_due_at),
            _ => inquiry.first_contact_due_at,
        };
        Item { inquiry: viewer.sees(inquiry), follow_up: None, due_at }
    }))
}

fn planned(read: &mut Read<'_>, caller: &Caller, bucket: Bucket, page: &PageRequest) -> Result<Page<Item>> {
    let viewer = Viewer::of(caller);
    let (scope, zone) = (own(caller), read.zone()?);
    let plans = follow_ups::store::list(read.conn, &scope, &plans(bucket), read.now, zone, page)?;
    let ids: Vec<InquiryId> = plans.data.iter().map(|(plan, _)| plan.inquiry_id).collect();
    let inquiries = stored_among(read.conn, &scope, &ids)?;
    let Page { data, next_cursor, total } = plans;
    let items = data.into_iter().filter_map(|plan| {
        let inquiry = inquiries.get(&plan.0.inquiry_id)?.clone();
        let due_at = plan.0.due_at;
        Some(Item { inquiry: viewer.sees(inquiry), follow_up: Some(viewer.sees(plan)), due_at })
    });
    Ok(Page { data: items.collect(), next_cursor, total })
}
