//! A document with its version and times, as the API returns settings.
//! What they say is the rooms' matter.

use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::reply::Reply;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::platform::settings::Stored;

/// The members of a document, and beside them its times, its version, and what is to be said of a change.
#[derive(Debug, Serialize)]
pub struct Versioned<T> {
    /// Whose it is, where each record has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(flatten)]
    document: T,
    created_at: Timestamp,
    updated_at: Timestamp,
    version: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    warnings: Option<Value>,
}

impl<T> From<Stored<T>> for Versioned<T> {
    fn from(stored: Stored<T>) -> Self {
        let Stored { value, version, created_at, updated_at } = stored;
        Self { id: None, document: value, created_at, updated_at, version, warnings: None }
    }
}

impl<T> Versioned<T> {
    /// The same as that of a record.
    pub fn of(self, id: impl ToString) -> Self {
        Self { id: Some(id.to_string()), ..self }
    }

    /// The same with what a change leads to, if it leads to something.
    pub fn warned(self, warnings: &[impl Serialize]) -> Self {
        let warnings = serde_json::to_value(warnings).ok().filter(|_| !warnings.is_empty());
        Self { warnings, ..self }
    }
}

impl<T: Serialize> Versioned<T> {
    /// 200 with the document.
    pub fn reply(&self) -> Result<Reply> {
        Reply::resource(self, self.version)
    }
}

/// The schema of a document with its version and times, and with members that only this one has.
pub fn schema<T: ToSchema>(others: Vec<(&str, RefOr<Schema>)>) -> RefOr<Schema> {
    let mut schema = T::schema();
    if let RefOr::T(Schema::Object(object)) = &mut schema {
        object.additional_properties = None;
        object.properties.insert("created_at".to_owned(), Timestamp::schema());
        object.properties.insert("updated_at".to_owned(), Timestamp::schema());
        object.properties.insert("version".to_owned(), i64::schema());
        object.required = object.properties.keys().cloned().collect();
        object.properties.extend(others.into_iter().map(|(name, schema)| (name.to_owned(), schema)));
    }
    schema
}

/// Names the schema of a document with its version and times, `versioned!(CalendarView of Calendar)`, and
/// with what else its answers may have: `versioned!(NoteView of Note, id: NoteId)`.
#[macro_export]
macro_rules! versioned {
    ($view:ident of $document:ty $(, $member:ident: $type:ty)*) => {
        /// As the API returns it.
        #[derive(Debug)]
        enum $view {}

        impl utoipa::PartialSchema for $view {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                let others = vec![$((stringify!($member), <$type as utoipa::PartialSchema>::schema())),*];
                $crate::platform::http::versioned::schema::<$document>(others)
            }
        }

        impl utoipa::ToSchema for $view {
            fn name() -> std::borrow::Cow<'static, str> {
                std::borrow::Cow::Borrowed(stringify!($view))
            }

            fn schemas(schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>)>) {
                <$document as utoipa::ToSchema>::schemas(schemas);
            }
        }
    };
}
