//! The tables of the links by which passwords are set, and of the requests for one.
//! How they are read and written is in `store.rs`.

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    password_links (id) {
        id -> Uid,
        user_id -> Uid,
        purpose -> Text,
        created_at -> Moment,
        expires_at -> Moment,
        ended_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    password_reset_requests (id) {
        id -> Uid,
        created_at -> Moment,
        email_key -> Text,
        method -> Text,
        route -> Text,
        remote_ip -> Nullable<Text>,
        request_id -> Nullable<Uid>,
    }
}
