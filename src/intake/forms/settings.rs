//! What an operator says about a form: how its submissions are read, proven and answered, and what its page
//! shows. These are the shapes of the API; what a valid one becomes is `compiled.rs`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::inquiries::items::{Rank, each_item};
use crate::intake::reading::names::Item;
use crate::kernel::line::{Line, Lines};
use crate::text_enum;

/// How submissions are read. Laid over the preset's (RFC 7396); every member may be absent.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// A sender that is known already: `typeform`, `jinshuju`, `wjx`, … See docs/forms.md.
    pub preset: Option<Line<1, 40>>,
    /// `auto`, or the name of the characters that this sender writes in, such as `gbk`.
    pub charset: Option<Line<1, 40>>,
    /// JSONPaths of texts that hold JSON themselves.
    #[schema(max_items = 20)]
    pub parse_json: Option<Vec<String>>,
    /// JSONPath of the object whose members are the pairs; `$` unless given.
    pub root: Option<String>,
    pub entries: Option<Entries>,
    pub labels: Option<Labels>,
    /// Names of pairs that are read; empty for all. `*` at the end matches anything.
    #[schema(max_items = 200)]
    pub only: Option<Vec<String>>,
    /// Item → selector.
    #[schema(value_type = Option<Object>)]
    pub map: Option<Map<String, Value>>,
    /// Whether pairs that `map` does not use are taken by their usual names. True unless given.
    pub auto_map: Option<bool>,
    /// Item → further names of it.
    #[schema(value_type = Option<Object>)]
    pub synonyms: Option<Map<String, Value>>,
    /// Names of pairs that are thrown away. `*` at the end matches anything.
    #[schema(max_items = 200)]
    pub ignore: Option<Vec<String>>,
    pub leftover: Option<Leftover>,
    /// Selector of the sender's own id of the submission.
    #[schema(value_type = Value, required = false)]
    pub external_id: Option<Value>,
    pub repeat: Option<Repeat>,
    pub event: Option<EventRule>,
    pub test: Option<TestRule>,
    pub spam: Option<Spam>,
}

/// Pairs that are entries of a list. Inside it `$` is one entry.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProfileEntries)]
pub struct Entries {
    pub each: Option<String>,
    #[schema(value_type = Value, required = false)]
    pub key: Option<Value>,
    #[schema(value_type = Value, required = false)]
    pub label: Option<Value>,
    #[schema(value_type = Value, required = false)]
    pub value: Option<Value>,
    pub options: Option<Labels>,
}

/// Texts of ids.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProfileLabels)]
pub struct Labels {
    pub each: Option<String>,
    #[schema(value_type = Value, required = false)]
    pub id: Option<Value>,
    #[schema(value_type = Value, required = false)]
    pub text: Option<Value>,
}

text_enum! {
    /// Where pairs go that are no item.
    pub enum Leftover as "ProfileLeftover" {
        Custom => "custom",
        /// A line each.
        Message => "message",
        Drop => "drop",
    }
}

text_enum! {
    /// What the same `external_id` again means.
    pub enum Repeat as "ProfileRepeat" {
        Duplicate => "duplicate",
        Update => "update",
    }
}

/// Which values at a place mean a new submission, a changed one, or one that the sender deleted.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProfileEvent)]
pub struct EventRule {
    #[schema(value_type = Value, required = false)]
    pub at: Option<Value>,
    pub create: Option<Vec<String>>,
    pub update: Option<Vec<String>>,
    pub delete: Option<Vec<String>>,
}

/// Which values at a place mean that the sender only tries.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProfileTest)]
pub struct TestRule {
    #[schema(value_type = Value, required = false)]
    pub at: Option<Value>,
    #[schema(value_type = Option<Vec<Value>>)]
    pub equals: Option<Vec<Value>>,
}

/// What makes a submission spam.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProfileSpam)]
pub struct Spam {
    /// Fields that people do not see; `_gotcha` unless given.
    #[schema(max_items = 20)]
    pub honeypots: Option<Vec<String>>,
    /// Seconds that a person needs at least to fill the page in; 2 unless given.
    #[schema(minimum = 0, maximum = 3600)]
    pub min_fill_seconds: Option<i64>,
    /// Whether only submissions with a token of the page are taken. False unless given.
    pub token_required: Option<bool>,
    /// Links in one submission; 3 unless given.
    #[schema(minimum = 0, maximum = 100)]
    pub max_links: Option<i64>,
}

text_enum! {
    /// How a sender proves that it is the one.
    pub enum ProofKind {
        None => "none",
        /// It sends the secret.
        Secret => "secret",
        /// It signs with the secret (RFC 2104).
        Hmac => "hmac",
        /// It sends a digest of a message that the secret is part of.
        Hash => "hash",
    }
}

text_enum! {
    /// `md5` and `sha1` only because senders use them.
    pub enum Algorithm as "ProofAlgorithm" {
        Md5 => "md5",
        Sha1 => "sha1",
        Sha256 => "sha256",
        Sha512 => "sha512",
    }
}

text_enum! {
    pub enum Encoding as "ProofEncoding" {
        Hex => "hex",
        Base64 => "base64",
        Base64Url => "base64url",
    }
}

/// How submissions are proven. Secrets are write-only.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    pub kind: Option<ProofKind>,
    /// Selector of the secret or the signature.
    #[serde(rename = "in")]
    #[schema(value_type = Value, required = false)]
    pub place: Option<Value>,
    #[schema(write_only, max_length = 500)]
    pub secret: Option<String>,
    /// The one before, while it is changed: both count.
    #[schema(write_only, max_length = 500)]
    pub previous_secret: Option<String>,
    pub algorithm: Option<Algorithm>,
    pub encoding: Option<Encoding>,
    /// The prefix that it must have, such as `sha256=`.
    #[schema(max_length = 100)]
    pub prefix: Option<String>,
    /// What is signed: `{body}`, `{secret}`, `{sorted}` and selectors in braces. `{body}` unless given.
    #[schema(max_length = 1000)]
    pub message: Option<String>,
    /// Selector of a word that is used once.
    #[schema(value_type = Value, required = false)]
    pub nonce: Option<Value>,
    /// Selector of the time of sending, in seconds or milliseconds since 1970.
    #[schema(value_type = Value, required = false)]
    pub timestamp: Option<Value>,
    /// How far that may be from the time of receipt, in seconds.
    #[schema(minimum = 1, maximum = 604800)]
    pub max_age_seconds: Option<i64>,
    /// Addresses or networks (CIDR) that submissions may come from; empty for all.
    #[schema(max_items = 100)]
    pub allowed_ips: Option<Vec<String>>,
    pub challenge: Option<Challenge>,
    /// Only in answers; ignored when sent.
    #[schema(read_only)]
    pub has_secret: Option<bool>,
    /// Only in answers; ignored when sent.
    #[schema(read_only)]
    pub has_previous_secret: Option<bool>,
}

/// A question by which a sender sees that the address is ours.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProofChallenge)]
pub struct Challenge {
    /// Selector: where it gives something, the request is a question and no submission.
    #[schema(value_type = Value, required = false)]
    pub when: Option<Value>,
    /// The value that must be there.
    #[schema(max_length = 500)]
    pub equals: Option<String>,
    /// Selector of what is sent back.
    #[schema(value_type = Value, required = false)]
    pub echo: Option<Value>,
    /// How it is sent back; `{echo}` unless given.
    #[schema(max_length = 1000)]
    pub body: Option<String>,
    #[schema(max_length = 100)]
    pub content_type: Option<String>,
}

/// What a sender gets to hear; without `body` what is usual: 303 for browsers, 202 for everybody else.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// 200–204
    #[schema(minimum = 200, maximum = 204)]
    pub status: Option<u16>,
    #[schema(max_length = 100)]
    pub content_type: Option<String>,
    /// `{receipt_id}` is replaced by the receipt's id.
    #[schema(max_length = 4000)]
    pub body: Option<String>,
}

/// A text in both languages.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BothLanguages {
    pub zh: Option<Line<0, 200>>,
    pub en: Option<Line<0, 200>>,
}

/// One field of the hosted page.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Field {
    pub show: Option<bool>,
    pub required: Option<bool>,
    pub label: Option<BothLanguages>,
    /// If there are such, one is chosen from them.
    #[schema(max_items = 100)]
    pub options: Option<Vec<Line<1, 200>>>,
}

macro_rules! fields {
    ({} $(($name:ident $variant:ident $($row:tt)*))+) => {
        /// The fields of the hosted page: the six items and the message are shown unless they say otherwise.
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct Fields {
            $(pub $name: Option<Field>,)+
        }

        impl Fields {
            /// In the order of the page.
            pub fn each(&self) -> Vec<(Item, Field)> {
                vec![$((Item::$variant, self.$name.clone().unwrap_or_default())),+]
            }
        }
    };
}
each_item!(fields);

impl Field {
    /// Whether it is on the page.
    pub fn is_shown(&self, item: Item) -> bool {
        self.show.unwrap_or(item.kept().is_none_or(|item| item.rank() != Rank::Optional))
    }

    pub fn is_required(&self) -> bool {
        self.required.unwrap_or(false)
    }
}

/// What the pages of a form say and how they look. Null: as usual.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = FormPage)]
#[serde(deny_unknown_fields)]
pub struct PageSettings {
    /// The heading.
    pub title: Option<Line<0, 200>>,
    /// The text below the heading.
    pub intro: Option<Lines<1_000>>,
    /// What is said after a submission.
    pub thanks: Option<Lines<1_000>>,
    /// The colour of the button and the links, whose contrast with white is 4.5 or more. In dark schemes it
    /// is made lighter.
    #[schema(pattern = "^#[0-9A-Fa-f]{6}$")]
    pub colour: Option<String>,
    /// A `data:` URL of a PNG, JPEG or SVG of at most 64 KiB. An SVG has no script, and nothing from
    /// elsewhere.
    #[schema(max_length = 200_000)]
    pub logo: Option<String>,
}

/// What the person agrees to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    pub text: Option<Lines<5_000>>,
    pub version: Option<Line<0, 100>>,
    pub required: Option<bool>,
}
