//! The table of whose turn it is.
//! How it is read and written is in `store.rs`.

use crate::access::schema::users;

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    assignment_turns (name) {
        name -> Text,
        last_user_id -> Nullable<Uid>,
        turns -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(assignment_turns, users);
