//! The tables of sessions and of their refresh tokens.
//! How they are read and written is in `store.rs`.

use crate::access::schema::users;

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    sessions (id) {
        id -> Uid,
        user_id -> Uid,
        created_at -> Moment,
        last_used_at -> Moment,
        expires_at -> Moment,
        revoked_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    refresh_tokens (token_hash) {
        token_hash -> Binary,
        session_id -> Uid,
        issued_at -> Moment,
        spent_at -> Nullable<Moment>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(users, sessions);
diesel::allow_tables_to_appear_in_same_query!(refresh_tokens, sessions);
