//! What was said in an inquiry: the items, the facts extracted from them, and the source. Written once, and
//! then by edits only. The work on it is in `model.rs`.

use std::sync::Arc;

use diesel::{AsChangeset, Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::items::{Item, Rank, each_item};
use super::schema::inquiry_contents;
use crate::facts::{Facts, Member, could_be_an_account};
use crate::kernel::error::Faults;
use crate::kernel::size::json_size;
use crate::kernel::text::{could_be_mailed, some};
use crate::kernel::{phone, search};
use crate::platform::db::MultiBackend;
use crate::platform::db::types::Json;
use crate::text_enum;

text_enum! {
    /// By which way an inquiry came.
    pub enum Channel {
        Form => "form",
        Api => "api",
    }
}

/// Where an inquiry comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"channel": "form", "page_url": "https://park.example/factory",
    "utm": {"source": "baidu"}}))]
pub struct Source {
    pub channel: Channel,
    pub page_url: Option<String>,
    pub referrer: Option<String>,
    /// The campaign, without the `utm_` of the parameters' names.
    #[schema(value_type = Object)]
    pub utm: Map<String, Value>,
}

impl Source {
    pub fn of(channel: Channel) -> Self {
        Self { channel, page_url: None, referrer: None, utm: Map::new() }
    }
}

macro_rules! items_struct {
    ({} $(($name:ident $variant:ident $($row:tt)*))+) => {
        /// What a person says, item by item.
        #[derive(Debug, Clone, Default, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
        #[diesel(table_name = inquiry_contents, check_for_backend(MultiBackend),
            treat_none_as_default_value = false, treat_none_as_null = true)]
        pub struct Items {
            $(pub $name: Option<String>),+
        }

        impl Items {
            pub fn get(&self, item: Item) -> Option<&str> {
                match item { $(Item::$variant => self.$name.as_deref()),+ }
            }

            pub fn get_mut(&mut self, item: Item) -> &mut Option<String> {
                match item { $(Item::$variant => &mut self.$name),+ }
            }
        }
    };
}
each_item!(items_struct);

impl Items {
    /// Each item with its text, in the order of the table of items.
    pub fn iter(&self) -> impl Iterator<Item = (Item, Option<&str>)> {
        Item::ALL.iter().map(|item| (*item, self.get(*item)))
    }

    /// Those that are there.
    pub fn said(&self) -> impl Iterator<Item = (Item, &str)> {
        self.iter().filter_map(|(item, text)| Some((item, text?)))
    }

    /// Whether any of the six items or a message is there.
    pub fn say_something(&self) -> bool {
        self.said().any(|(item, _)| item.rank() != Rank::Optional)
    }

    /// Blank texts count as absent.
    pub fn without_blanks(mut self) -> Self {
        for item in Item::ALL {
            let text = self.get_mut(*item);
            *text = text.as_deref().and_then(some);
        }
        self
    }

    /// What is wrong with them, as a caller of the API may hear it.
    pub fn check(&self, faults: &mut Faults) {
        for (item, text) in self.said() {
            faults.keep(item.check(text));
        }
    }
}

/// What was said in an inquiry, and what was understood of it.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = inquiry_contents, check_for_backend(MultiBackend), treat_none_as_default_value = false,
    treat_none_as_null = true)]
pub struct Content {
    #[diesel(embed)]
    pub items: Items,
    pub phone_e164: Option<String>,
    /// Shared, for it is the largest member, and hardly a change touches it.
    pub facts: Json<Arc<Facts>>,
    pub custom: Json<Map<String, Value>>,
    pub source: Json<Source>,
}

macro_rules! named_members {
    ({} $(($name:ident $variant:ident $word:literal $shape:tt $schema:tt $doc:tt
        {$($derived:ident $(#[$derived_doc:meta])*)?} $($row:tt)*))+) => {
        impl Content {
            /// The items with what is derived from them, by the names of the API's members.
            pub fn members(&self) -> Vec<(&'static str, Option<&str>)> {
                vec![$(
                    ($word, self.items.$name.as_deref()),
                    $((stringify!($derived), self.$derived.as_deref()),)?
                )+]
            }
        }
    };
}
each_item!(named_members);

impl Content {
    /// Bytes of what is free in it: texts, facts and `custom`.
    pub fn size(&self) -> usize {
        let texts: usize = self.items.said().map(|(_, text)| text.len()).sum();
        texts.saturating_add(json_size(&*self.facts.0)).saturating_add(json_size(&self.custom.0))
    }

    /// What a search looks through: the person's words, and the digits of their numbers without what is
    /// written between them.
    pub fn searchable(&self) -> String {
        searchable(&self.items, self.phone_e164.as_deref(), &self.facts.0)
    }

    /// Whether both are found by the same text: compared before anything is folded, on the thread that
    /// writes.
    pub fn is_found_like(&self, other: &Self) -> bool {
        self.items == other.items
            && self.phone_e164 == other.phone_e164
            && self.facts.0.get(Member::Phones) == other.facts.0.get(Member::Phones)
    }

    /// Whether nothing of it differs. Facts that are shared are not compared.
    pub fn is_same(&self, other: &Self) -> bool {
        self.items == other.items
            && self.phone_e164 == other.phone_e164
            && (Arc::ptr_eq(&self.facts.0, &other.facts.0) || self.facts == other.facts)
            && self.custom == other.custom
            && self.source == other.source
    }
}

/// Whether there is no way to reach the person.
pub(super) fn unreachable(items: &Items, phone_e164: Option<&str>) -> bool {
    let by_phone = phone_e164.is_some() || items.get(Item::Phone).is_some_and(phone::could_be_called);
    !by_phone
        && !items.get(Item::Email).is_some_and(could_be_mailed)
        && !items.get(Item::Wechat).is_some_and(could_be_an_account)
}

pub(super) fn searchable(items: &Items, phone_e164: Option<&str>, facts: &Facts) -> String {
    let digits: Option<String> = items.phone.as_deref().map(search::digits);
    let others = other_numbers(facts, phone_e164).map(Some);
    search::joined(items.iter().map(|(_, text)| text).chain([digits.as_deref(), phone_e164]).chain(others))
}

/// The numbers that were read besides the one to call.
pub(super) fn other_numbers<'a>(facts: &'a Facts, first: Option<&'a str>) -> impl Iterator<Item = &'a str> {
    facts.phones().iter().map(String::as_str).filter(move |number| Some(*number) != first)
}
