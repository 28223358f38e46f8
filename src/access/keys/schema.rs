//! The table of API keys.
//! How it is read and written is in `store.rs`.

use crate::access::schema::users;

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    api_keys (id) {
        id -> Uid,
        name -> Text,
        secret_hash -> Binary,
        scopes -> Document,
        creator_id -> Uid,
        created_at -> Moment,
        expires_at -> Nullable<Moment>,
        last_used_at -> Nullable<Moment>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(api_keys, users);
