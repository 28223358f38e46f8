//! The table of timers.
//! How it is read and written is in `store.rs`.

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    timers (id) {
        id -> Uid,
        kind -> Text,
        key -> Uid,
        due_at -> Moment,
        payload -> Document,
        attempts -> Integer,
        next_attempt_at -> Nullable<Moment>,
        last_error -> Nullable<Text>,
    }
}
