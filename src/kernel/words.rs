//! Plain enums that are words outside: in JSON, in the database, in the OpenAPI document.
//! Which database column they are is said in `platform/db/types.rs`.

/// Makes a plain enum of words: `word_enum! { pub enum Role { Agent => "agent" } }`.
/// `enum Status as "NotificationStatus"` gives it another name in the OpenAPI document.
#[macro_export]
macro_rules! word_enum {
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($body:tt)+ }) => {
        $crate::word_enum! { $(#[$meta])* $vis enum $name as (stringify!($name)) { $($body)+ } }
    };
    ($(#[$meta:meta])* $vis:vis enum $name:ident as $schema:literal { $($body:tt)+ }) => {
        $crate::word_enum! { $(#[$meta])* $vis enum $name as ($schema) { $($body)+ } }
    };
    ($(#[$meta:meta])* $vis:vis enum $name:ident as ($schema:expr) {
        $($(#[$doc:meta])* $variant:ident => $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
        )]
        $vis enum $name {
            $($(#[$doc])* #[serde(rename = $word)] $variant),+
        }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word for it, in the database and on the wire.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }

            /// All the words, for a message.
            pub fn all_words() -> String {
                [$($word),+].join(", ")
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .enum_values(Some([$($word),+]))
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                std::borrow::Cow::Borrowed($schema)
            }
        }
    };
}
