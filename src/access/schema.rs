//! The table of users.
//! How it is read and written is in `store.rs`.

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    users (id) {
        id -> Uid,
        email -> Text,
        email_key -> Text,
        name -> Text,
        role -> Text,
        team_id -> Nullable<Uid>,
        phone -> Nullable<Text>,
        locale -> Nullable<Text>,
        active -> Bool,
        password_hash -> Nullable<Text>,
        created_at -> Moment,
        updated_at -> Moment,
        version -> BigInt,
    }
}
