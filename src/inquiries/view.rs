//! An inquiry as it is shown: to whom, and which of its members. What it is read from is in `stored.rs`, the
//! handlers are in `api.rs`.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::content::Source;
use super::events::Repeated;
use super::items::each_item;
use super::model::Inquiry;
use super::pool_view::{VisibleInquiry, for_others, hidden_from, is_pool_only, mask_words};
use super::status::{Category, Status};
use super::stored::{StoredContent, StoredInquiry};
use crate::access::{Seen, Viewable, Viewer};
use crate::facts::{self, Facts, Member};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::{FormId, InquiryId, TeamId, UserId};
use crate::platform::db::types::JsonText;
use crate::platform::http::Reply;
use crate::platform::http::parameter::Shape;
use crate::platform::http::query::QueryReader;

impl Viewable for StoredInquiry {
    type Shown = VisibleInquiry;

    /// Agents see what is in the pool without any way to reach the person.
    fn seen_by(self, viewer: &Viewer) -> VisibleInquiry {
        if is_pool_only(self.assignee_id, viewer) {
            VisibleInquiry::masked(self, &hidden_from(viewer))
        } else {
            VisibleInquiry::whole(self)
        }
    }
}

/// By mail.
impl Viewable for Inquiry {
    type Shown = Self;

    /// Only its owner is sent a way to reach the person.
    fn seen_by(self, viewer: &Viewer) -> Self {
        if self.assignee_id == Some(viewer.id) { self } else { for_others(self) }
    }
}

/// That somebody asked again, to the one whose inquiry it is or to managers of what is nobody's.
pub struct RepeatedOf {
    pub fact: Repeated,
    pub owner: Option<UserId>,
}

impl Viewable for RepeatedOf {
    type Shown = Repeated;

    fn seen_by(self, viewer: &Viewer) -> Repeated {
        let Self { mut fact, owner } = self;
        if owner != Some(viewer.id) {
            mask_words(&mut fact.words);
            mask_words(&mut fact.filled);
        }
        fact
    }
}

macro_rules! inquiry_view {
    ({} $(($name:ident $variant:ident $word:literal $shape:tt $schema:tt {$(#[$doc:meta])*}
        {$($derived:ident $(#[$derived_doc:meta])*)?} $($row:tt)*))+) => {
        /// An inquiry as the API returns it.
        #[derive(Debug, Serialize, ToSchema)]
        #[schema(
            as = Inquiry,
            example = json!({"need": "求租标准厂房3000-5000平方米，层高9米以上", "usage": "汽车零部件机加工",
                "tax": "年税收约300万元", "company": "启澜精密机械（苏州）有限公司", "contact": "周启澜",
                "phone": "138 0013 8000", "phone_e164": "+8613800138000", "tags": ["重点"],
                "custom": {"意向楼层": "一楼"}, "form_id": "frm_06a9e1t7qdw0x3f8m2c5kz4rpg",
                "assignee_id": "usr_06a9e1t7qdw0x3f8m2c5kz4rpg", "assigned_at": "2026-11-23T08:30:00.000Z"})
        )]
        pub struct InquiryView {
            id: InquiryId,
            $(
                $(#[$doc])*
                $name: Option<String>,
                $($(#[$derived_doc])* $derived: Option<String>,)?
            )+
            /// The phone number without its middle, where the number itself is hidden.
            #[serde(skip_serializing_if = "Option::is_none")]
            #[schema(required = false, nullable = false, example = "138****8000")]
            phone_masked: Option<String>,
            /// What was understood. In lists without `text`, `spans` and `confidence`, unless `fields` asks
            /// for them.
            #[schema(value_type = Facts)]
            facts: JsonText,
            status: Status,
            category: Category,
            reason: Option<String>,
            /// There is no way to reach the person.
            unreachable: bool,
            #[schema(value_type = Vec<String>)]
            tags: JsonText,
            #[schema(value_type = Object)]
            custom: JsonText,
            form_id: Option<FormId>,
            #[schema(value_type = Source)]
            source: JsonText,
            assignee_id: Option<UserId>,
            team_id: Option<TeamId>,
            duplicate_of: Option<InquiryId>,
            received_at: Timestamp,
            assigned_at: Option<Timestamp>,
            accepted_at: Option<Timestamp>,
            first_contacted_at: Option<Timestamp>,
            last_contacted_at: Option<Timestamp>,
            next_follow_up_at: Option<Timestamp>,
            /// Until when the owner should accept it; null if that clock does not run.
            accept_due_at: Option<Timestamp>,
            /// Until when the owner should reach the person; null if that clock does not run.
            first_contact_due_at: Option<Timestamp>,
            /// When it goes back to the pool unless something is done; null: never.
            recycle_at: Option<Timestamp>,
            closed_at: Option<Timestamp>,
            created_at: Timestamp,
            updated_at: Timestamp,
            version: i64,
        }

        impl From<Seen<VisibleInquiry>> for InquiryView {
            fn from(seen: Seen<VisibleInquiry>) -> Self {
                let VisibleInquiry { inquiry, unreachable, phone_masked } = seen.into_record();
                let StoredContent { items, facts, custom, source, .. } = inquiry.content;
                Self {
                    id: inquiry.id,
                    $($name: items.$name, $($derived: inquiry.content.$derived,)?)+
                    phone_masked,
                    facts,
                    status: inquiry.status,
                    category: inquiry.status.category(),
                    reason: inquiry.reason,
                    unreachable,
                    tags: inquiry.tags,
                    custom,
                    form_id: inquiry.form_id,
                    source,
                    assignee_id: inquiry.assignee_id,
                    team_id: inquiry.team_id,
                    duplicate_of: inquiry.duplicate_of,
                    received_at: inquiry.received_at,
                    assigned_at: inquiry.assigned_at,
                    accepted_at: inquiry.accepted_at,
                    first_contacted_at: inquiry.first_contacted_at,
                    last_contacted_at: inquiry.last_contacted_at,
                    next_follow_up_at: inquiry.next_follow_up_at,
                    accept_due_at: inquiry.accept_due_at,
                    first_contact_due_at: inquiry.first_contact_due_at,
                    recycle_at: inquiry.recycle_at,
                    closed_at: inquiry.closed_at,
                    created_at: inquiry.created_at,
                    updated_at: inquiry.updated_at,
                    version: inquiry.version,
                }
            }
        }
    };
}
each_item!(inquiry_view);

impl InquiryView {
    pub fn version(&self) -> i64 {
        self.version
    }

    /// Where it is read.
    pub fn location(&self) -> String {
        format!("/api/v1/inquiries/{}", self.id)
    }
}

/// 200 with the inquiry as it is now.
pub fn reply(inquiry: Inquiry, viewer: &Viewer) -> Result<Reply> {
    let view = InquiryView::from(viewer.sees(StoredInquiry::try_from(inquiry)?));
    Reply::resource(&view, view.version)
}

/// An inquiry, or the members of it that were asked for.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Shown {
    Whole(Box<InquiryView>),
    Part(Map<String, Value>),
}

/// An inquiry of whose members only those that are always shown need to be there.
impl PartialSchema for Shown {
    fn schema() -> RefOr<Schema> {
        let mut schema = InquiryView::schema();
        if let RefOr::T(Schema::Object(object)) = &mut schema {
            object.required.retain(|name| ALWAYS.contains(&name.as_str()));
        }
        schema
    }
}

impl ToSchema for Shown {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("ShownInquiry")
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        InquiryView::schemas(schemas);
    }
}

/// Members that are shown whatever is asked for.
const ALWAYS: [&str; 2] = ["id", "version"];

/// Which members of inquiries are asked for; none: all that are shown unasked.
#[derive(Debug, Clone, Default)]
pub struct Fields(Vec<String>);

impl Fields {
    /// Takes `fields`.
    pub fn read(from: &mut QueryReader) -> Self {
        let about = "Only these members, `facts.` and `custom.` with a name of theirs among them; `id` and \
            `version` always.";
        let wanted = (
            "字段名，例如 company、facts.region、custom.park",
            "members such as company, facts.region, custom.park",
        );
        let known = |name: &str| is_known(name).then(|| name.to_owned());
        Self(from.about(about).list("fields", wanted, &Shape::Pattern(pattern()), known))
    }

    /// An inquiry on a list: unless asked for, without how its facts were read.
    pub fn listed(&self, mut view: InquiryView) -> Result<Shown> {
        if self.0.is_empty() {
            view.facts = JsonText::of_text(facts::without_reading(view.facts.as_str())?);
        }
        self.shown(view)
    }

    /// An inquiry by itself.
    pub fn shown(&self, view: InquiryView) -> Result<Shown> {
        if self.0.is_empty() {
            return Ok(Shown::Whole(Box::new(view)));
        }
        let Value::Object(all) = serde_json::to_value(&view).map_err(Error::internal)? else {
            return Err(Error::internal("an inquiry is an object"));
        };
        let names = || self.0.iter().map(String::as_str).chain(ALWAYS);
        let part = |(name, value): (String, Value)| {
            if names().any(|asked| asked == name) {
                return Some((name, value));
            }
            let inside = |asked: &str| asked.split_once('.').is_some_and(|(outer, _)| outer == name);
            let Value::Object(members) = value else { return None };
            if !names().any(inside) {
                return None;
            }
            let path = |member: &str| format!("{name}.{member}");
            let asked = members.into_iter().filter(|(member, _)| names().any(|asked| asked == path(member)));
            let asked: Map<String, Value> = asked.collect();
            Some((name, Value::Object(asked)))
        };
        Ok(Shown::Part(all.into_iter().filter_map(part).collect()))
    }
}

/// The names of an inquiry's members.
static MEMBERS: LazyLock<BTreeSet<String>> = LazyLock::new(|| match InquiryView::schema() {
    RefOr::T(Schema::Object(object)) => object.properties.into_keys().collect(),
    _ => BTreeSet::new(),
});

/// Whether an inquiry may have a member of this name.
fn is_known(name: &str) -> bool {
    match name.split_once('.') {
        None => MEMBERS.contains(name),
        Some(("facts", member)) => Member::from_word(member).is_some(),
        Some(("custom", member)) => !member.is_empty(),
        Some(_) => false,
    }
}

/// The same as a regular expression.
fn pattern() -> String {
    let members: Vec<&str> = MEMBERS.iter().map(String::as_str).collect();
    let facts: Vec<&str> = Member::ALL.iter().map(|member| member.word()).collect();
    format!("^({}|facts\\.({})|custom\\..+)$", members.join("|"), facts.join("|"))
}
