//! HTTP API of worklists.
//! What is in each bucket is asked for in `store.rs`.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

use super::model::{Bucket, Item};
use super::store;
use crate::access::{Authorized, Caller, may};
use crate::follow_ups::api::FollowUpView;
use crate::inquiries::view::InquiryView;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::page::{Page, PageRequest};
use crate::platform::db::Read;
use crate::platform::http::query::{Parameters, QueryReader};
use crate::platform::http::{Operations, Query};

/// What is shown of each bucket at first.
const FIRST: i64 = 20;

pub fn routes(operations: &mut Operations<'_>) {
    operations.service(worklist);
}

struct WorklistQuery {
    bucket: Option<Bucket>,
    page: PageRequest,
}

impl Parameters for WorklistQuery {
    fn from_query(from: &mut QueryReader) -> Self {
        let bucket = from.about("Only this bucket, as a list with pages.").word(
            "bucket",
            &Bucket::all_words(),
            Bucket::from_word,
        );
        Self { bucket, page: from.page() }
    }
}

/// One thing to do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WorklistItem)]
struct ItemView {
    inquiry: InquiryView,
    follow_up: Option<FollowUpView>,
    due_at: Option<Timestamp>,
}

impl From<Item> for ItemView {
    fn from(item: Item) -> Self {
        Self {
            inquiry: item.inquiry.into(),
            follow_up: item.follow_up.map(FollowUpView::from),
            due_at: item.due_at,
        }
    }
}

/// All buckets with their first things.
#[derive(Debug, Serialize, ToSchema)]
struct Worklist {
    as_of: Timestamp,
    /// By bucket.
    counts: BTreeMap<&'static str, i64>,
    /// By bucket, the most urgent first.
    buckets: BTreeMap<&'static str, Vec<ItemView>>,
}

/// The worklist, or a list of one of its buckets.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = WorklistAnswer)]
enum Answer {
    All(Worklist),
    One(Page<ItemView>),
}

/// What the caller has to do now: own open inquiries only.
#[utoipa::path(params(Authorized<may::ReadFollowUps, Query<WorklistQuery>>),
    responses((status = 200, body = Answer)))]
#[get("/api/v1/me/worklist")]
async fn worklist(caller: Authorized<may::ReadFollowUps, Query<WorklistQuery>>) -> Result<HttpResponse> {
    let answer = caller
        .read(|read, caller, Query(asked)| match asked.bucket {
            None => all(read, caller, &asked.page).map(Answer::All),
            Some(bucket) => {
                let page = store::page(read, caller, bucket, &asked.page)?.map(ItemView::from);
                let page = page.counted(&asked.page, || store::count(read, caller, bucket))?;
                Ok(Answer::One(page))
            }
        })
        .await?;
    Ok(HttpResponse::Ok().json(answer))
}

fn all(read: &mut Read<'_>, caller: &Caller, page: &PageRequest) -> Result<Worklist> {
    let first = PageRequest { limit: FIRST, cursor: None, count: false, ..page.clone() };
    let mut list = Worklist { as_of: read.now, counts: BTreeMap::new(), buckets: BTreeMap::new() };
    for bucket in Bucket::ALL {
        list.counts.insert(bucket.word(), store::count(read, caller, *bucket)?);
        let items = store::page(read, caller, *bucket, &first)?;
        list.buckets.insert(bucket.word(), items.data.into_iter().map(ItemView::from).collect());
    }
    Ok(list)
}
