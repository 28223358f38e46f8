//! Texts as requests have them, on one line or on several, each with its limit and its schema.
//! How a text is checked and cut elsewhere is in `text.rs`.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// Pattern of a text on one line: no control characters.
pub const ONE_LINE: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";
/// The same for a text that may not be blank.
pub const FILLED_LINE: &str =
    r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$";
/// Pattern of a text on several lines: no control characters but tab and LF.
pub const LINES: &str = r"^[^\u0000-\u0008\u000b-\u001f\u007f-\u009f]*$";

/// Pattern of a text that may not be blank.
pub const FILLED: &str = r"\S";

/// A text on one line of MIN to MAX code points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Line<const MIN: usize, const MAX: usize>(pub String);

/// A text of at most MAX code points, perhaps on several lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lines<const MAX: usize>(pub String);

fn text(min: usize, max: usize, pattern: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length((min > 0).then_some(min))
        .max_length(Some(max))
        .pattern(Some(pattern))
        .into()
}

impl<const MIN: usize, const MAX: usize> PartialSchema for Line<MIN, MAX> {
    fn schema() -> RefOr<Schema> {
        text(MIN, MAX, if MIN > 0 { FILLED_LINE } else { ONE_LINE })
    }
}

impl<const MIN: usize, const MAX: usize> ToSchema for Line<MIN, MAX> {
    fn name() -> Cow<'static, str> {
        format!("Line{MIN}To{MAX}").into()
    }
}

impl<const MAX: usize> PartialSchema for Lines<MAX> {
    fn schema() -> RefOr<Schema> {
        text(0, MAX, LINES)
    }
}

impl<const MAX: usize> ToSchema for Lines<MAX> {
    fn name() -> Cow<'static, str> {
        format!("LinesTo{MAX}").into()
    }
}
