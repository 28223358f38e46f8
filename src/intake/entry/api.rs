//! The wire of what a user enters: the API's own create, and a text that is only read.
//! What becomes of it is decided in `actions.rs`.

use actix_web::{HttpResponse, post, web};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::actions::{Assign, RawEntry, enter};
use crate::access::{Authorized, Viewer, may};
use crate::facts::{self, Facts};
use crate::inquiries::items::{Shape, each_item};
use crate::inquiries::model::Items;
use crate::inquiries::pool_view::viewer_of;
use crate::inquiries::stored::StoredInquiry;
use crate::inquiries::view::InquiryView;
use crate::kernel::error::{Error, Fault, NOT_ONE_OF, Result};
use crate::kernel::line::{Line, Lines};
use crate::platform::http::{Body, Operations, Reply};

pub fn routes(operations: &mut Operations<'_>) {
    operations.service(create).service(parse);
}

macro_rules! new_inquiry_request {
    ({} $(($name:ident $variant:ident $word:literal [$($shape:tt)+] [$($schema:tt)*] $($row:tt)*))+) => {
        /// What a person may write. At least one of the six items, `message` or `text`.
        #[derive(Debug, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        #[schema(
            example = json!({"need": "求租标准厂房3000-5000平方米，层高9米以上", "usage": "汽车零部件机加工",
                "tax": "年税收约300万元", "company": "启澜精密机械（苏州）有限公司", "contact": "周启澜",
                "phone": "138 0013 8000", "tags": ["重点"], "assign": "auto"})
        )]
        struct NewInquiryRequest {
            $(
                #[serde(default)]
                #[schema($($schema)*)]
                $name: Option<$($shape)+>,
            )+
            /// All in one; kept as the message, after an own message if there is one.
            #[serde(default)]
            text: Option<Lines<10_000>>,
            #[serde(default)]
            #[schema(max_items = 50)]
            tags: Option<Vec<Line<1, 50>>>,
            #[serde(default)]
            #[schema(value_type = Option<Object>)]
            custom: Option<Map<String, Value>>,
            #[serde(default)]
            #[schema(value_type = Option<Facts>)]
            facts: Option<Map<String, Value>>,
            /// `auto`, `none`, `me` or (managers and admins) a user's id; agents keep it themselves unless
            /// they say otherwise.
            #[serde(default)]
            #[schema(pattern = "^(auto|none|me|usr_[0-9a-z]+)$")]
            assign: Option<String>,
        }

        impl NewInquiryRequest {
            fn items(&self) -> Items {
                Items { $($name: self.$name.clone().map(Shape::into_text)),+ }
            }
        }
    };
}
each_item!(new_inquiry_request);

impl NewInquiryRequest {
    fn raw(&self) -> Result<RawEntry> {
        let assign = match self.assign.as_deref() {
            None => None,
            Some("auto") => Some(Assign::Auto),
            Some("none") => Some(Assign::None),
            Some("me") => Some(Assign::Me),
            Some(id) => {
                let fault = |_| {
                    Error::invalid(vec![Fault::with(
                        "/assign",
                        &NOT_ONE_OF,
                        ("auto、none、me 或用户编号", "auto, none, me, or a user's id"),
                    )])
                };
                Some(Assign::User(id.parse().map_err(fault)?))
            }
        };
        Ok(RawEntry {
            items: self.items(),
            text: self.text.as_ref().map(|lines| lines.0.clone()),
            tags: self.tags.iter().flatten().map(|tag| tag.0.clone()).collect(),
            custom: self.custom.clone().unwrap_or_default(),
            facts: self.facts.clone().unwrap_or_default(),
            assign,
        })
    }
}

/// Make an inquiry.
#[utoipa::path(params(Authorized<may::CreateInquiry, Body<NewInquiryRequest>>),
    request_body = NewInquiryRequest, responses((status = 201, body = InquiryView), (status = 409)))]
#[post("/api/v1/inquiries")]
async fn create(caller: Authorized<may::CreateInquiry, Body<NewInquiryRequest>>) -> Result<HttpResponse> {
    // Nothing is read for somebody who may not enter anything.
    caller.read(|_, _, _| Ok(())).await?;
    let raw = caller.input().0.raw()?;
    let entry = web::block(move || raw.parse()).await.map_err(Error::unavailable)??;
    caller
        .write(move |tx, caller, _| {
            let entered = enter(tx, caller, &entry)?;
            let entered = StoredInquiry::try_from(entered)?;
            let viewer = viewer_of(tx.conn, &entered, Viewer::of(caller))?;
            let view = InquiryView::from(viewer.sees(entered));
            Reply::created(&view, view.version(), view.location())
        })
        .await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "求租苏州吴中区标准厂房3000-5000平方米，年税收约300万元"}))]
struct ParseRequest {
    /// What somebody wrote, all in one.
    #[schema(min_length = 1, max_length = 65_536, pattern = "\\S")]
    text: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct ParseAnswer {
    #[schema(value_type = Facts)]
    facts: Facts,
}

/// Read a text. Nothing is stored.
#[utoipa::path(
    params(Authorized<may::ParseText, Body<ParseRequest>>),
    request_body = ParseRequest,
    responses((status = 200, body = ParseAnswer)),
    extensions(("x-not-kept" = json!(true))),
)]
#[post("/api/v1/inquiries/parse")]
async fn parse(caller: Authorized<may::ParseText, Body<ParseRequest>>) -> Result<HttpResponse> {
    caller.read(|_, _, _| Ok(())).await?;
    let text = caller.input().0.text.clone();
    let facts = web::block(move || facts::understand_text(&text)).await.map_err(Error::unavailable)?;
    Ok(HttpResponse::Ok().json(ParseAnswer { facts }))
}
