//! The table of the delivery queue.
//! How it is read and written is in `store.rs`.

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    deliveries (id) {
        id -> Uid,
        channel -> Text,
        target -> Text,
        status -> Text,
        attempts -> Integer,
        next_attempt_at -> Nullable<Moment>,
        leased_until -> Nullable<Moment>,
        leased_by -> Nullable<Uid>,
        last_error -> Nullable<Text>,
        message_id -> Nullable<Text>,
        created_at -> Moment,
        delivered_at -> Nullable<Moment>,
        tried_since -> Nullable<Moment>,
        first_tried_at -> Nullable<Moment>,
        attempts_before -> Integer,
    }
}
