//! The table of settings.
//! How it is read and written is in `store.rs`.

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    settings (name) {
        name -> Text,
        document -> Document,
        version -> BigInt,
        created_at -> Moment,
        updated_at -> Moment,
    }
}
