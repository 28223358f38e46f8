//! The table of calendar feeds.
//! How it is read and written is in `store.rs`.

use crate::access::schema::users;

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    calendar_feeds (user_id) {
        user_id -> Uid,
        token_hash -> Binary,
        created_at -> Moment,
    }
}

diesel::joinable!(calendar_feeds -> users (user_id));
diesel::allow_tables_to_appear_in_same_query!(calendar_feeds, users);
