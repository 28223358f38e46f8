//! Parameters as the OpenAPI document describes them: in the query string, in the path and among the headers.
//! They are read in `query.rs`, `request.rs` and `reply.rs`.

use serde_json::json;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn, ParameterStyle};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, OneOfBuilder, Schema, Type};
use utoipa::openapi::{KnownFormat, RefOr, Required, SchemaFormat};

use crate::kernel::id::{Id, Kind};
use crate::kernel::page::{LIMIT_DEFAULT, LIMIT_MAX};

/// The last place in the event log that programs of all languages read exactly.
pub const PLACE_MAX: i64 = (1 << 53) - 1;

/// The most distinct values of a list parameter.
pub const WORDS_MAX: usize = 200;
/// The most characters of a cursor.
const CURSOR_MAX: usize = 1_000;
/// The pseudo header parameter that names an operation's permission; removed when the document is completed.
pub const PERMISSION: &str = "x-permission";

/// The schema of a parameter's value.
#[derive(Debug, Clone)]
pub enum Shape {
    /// Any text, of at most so many characters.
    Text(Option<usize>),
    Words(Vec<String>),
    /// A text that fits a regular expression.
    Pattern(String),
    Number,
    /// A whole number from 0 to this one.
    Count(u32),
    /// A whole number from the first to the last of these.
    Between(u32, u32),
    /// A place in the event log, up to `PLACE_MAX`.
    Place,
    Boolean,
    Date,
    /// A date or a time.
    Moment,
}

impl Shape {
    /// An id of one kind.
    pub fn id<K: Kind>() -> Self {
        Self::Pattern(Id::<K>::pattern())
    }

    /// One of these words, separated by commas; any text if it is not a list of words.
    pub fn words(words: &str) -> Self {
        let words: Vec<String> = words.split(", ").map(str::to_owned).collect();
        let plain = |word: &String| {
            word.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-' | b'.')
            })
        };
        if words.iter().all(plain) { Self::Words(words) } else { Self::Text(None) }
    }

    fn schema(&self) -> RefOr<Schema> {
        let text = || ObjectBuilder::new().schema_type(Type::String);
        let format = |format| text().format(Some(SchemaFormat::KnownFormat(format)));
        match self {
            Self::Text(max) => text().max_length(*max).into(),
            Self::Words(words) => text().enum_values(Some(words.clone())).into(),
            Self::Pattern(pattern) => text().pattern(Some(pattern)).into(),
            Self::Number => ObjectBuilder::new().schema_type(Type::Number).into(),
            Self::Count(max) => {
                ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).maximum(Some(*max)).into()
            }
            Self::Between(min, max) => {
                let number = ObjectBuilder::new().schema_type(Type::Integer);
                number.minimum(Some(*min)).maximum(Some(*max)).into()
            }
            Self::Place => {
                let format = SchemaFormat::KnownFormat(KnownFormat::Int64);
                let place = ObjectBuilder::new().schema_type(Type::Integer).format(Some(format));
                place.minimum(Some(0)).maximum(Some(PLACE_MAX)).into()
            }
            Self::Boolean => ObjectBuilder::new().schema_type(Type::Boolean).into(),
            Self::Date => format(KnownFormat::Date).into(),
            Self::Moment => {
                OneOfBuilder::new().item(format(KnownFormat::Date)).item(format(KnownFormat::DateTime)).into()
            }
        }
    }
}

fn build_parameter(
    name: &str,
    place: ParameterIn,
    about: &str,
    required: Required,
    schema: impl Into<RefOr<Schema>>,
) -> ParameterBuilder {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .description(Some(about))
        .required(required)
        .schema(Some(schema))
}

/// An optional parameter of the query string.
pub fn query(name: &str, about: &str, shape: &Shape) -> Parameter {
    build_parameter(name, ParameterIn::Query, about, Required::False, shape.schema()).build()
}

/// An optional list in the query string, with commas between its words.
pub fn query_list(name: &str, about: &str, shape: &Shape) -> Parameter {
    let words = ArrayBuilder::new().items(shape.schema()).min_items(Some(1)).max_items(Some(WORDS_MAX));
    build_parameter(name, ParameterIn::Query, about, Required::False, Schema::from(words))
        .style(Some(ParameterStyle::Form))
        .explode(Some(false))
        .build()
}

/// `limit`, `cursor` and `count`.
pub fn page() -> [Parameter; 3] {
    let limit = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(1))
        .maximum(Some(LIMIT_MAX))
        .default(Some(json!(LIMIT_DEFAULT)));
    let cursor =
        ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(CURSOR_MAX));
    let count = ObjectBuilder::new().schema_type(Type::Boolean).default(Some(json!(false)));
    let optional = |name, about, schema| {
        build_parameter(name, ParameterIn::Query, about, Required::False, schema).build()
    };
    [
        optional("limit", "Rows on a page.", Schema::from(limit)),
        optional(
            "cursor",
            "`next_cursor` of the page before. It fits the same filter and sort only.",
            Schema::from(cursor),
        ),
        optional("count", "Whether the page has `total`.", Schema::from(count)),
    ]
}

/// A parameter of the path.
pub fn path(name: &str, about: &str, shape: &Shape) -> Parameter {
    build_parameter(name, ParameterIn::Path, about, Required::True, shape.schema()).build()
}

/// `If-Match`.
pub fn if_match() -> Parameter {
    // Consoles fill examples in: this one fits any version.
    let schema = ObjectBuilder::new().schema_type(Type::String).max_length(Some(1_000)).examples(["*"]);
    build_parameter(
        "If-Match",
        ParameterIn::Header,
        "The `ETag` of the version that is to be changed, such as `\"3\"`, or `*`.",
        Required::False,
        Schema::from(schema),
    )
    .build()
}

/// The header by which a client goes on behind the last event that it received.
pub const LAST_EVENT_ID: &str = "Last-Event-ID";

/// `Last-Event-ID`.
pub fn last_event_id() -> Parameter {
    let about = "The last `id` that was received; it goes on behind it, whatever `after` says.";
    let shape = Shape::Pattern("^[0-9]{1,19}$".to_owned());
    build_parameter(LAST_EVENT_ID, ParameterIn::Header, about, Required::False, shape.schema()).build()
}

/// The pseudo parameter that names an operation's permission.
pub fn permission(word: &str) -> Parameter {
    build_parameter(PERMISSION, ParameterIn::Header, word, Required::False, Shape::Text(None).schema())
        .build()
}
