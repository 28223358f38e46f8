//! The table of teams.
//! How it is read and written is in `store.rs`.

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    teams (id) {
        id -> Uid,
        name -> Text,
        name_key -> Text,
        created_at -> Moment,
        updated_at -> Moment,
        version -> BigInt,
    }
}
