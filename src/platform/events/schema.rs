//! The table of the event log.
//! How it is read and written is in `log.rs` and `record.rs`.

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    events (id) {
        position -> Nullable<BigInt>,
        id -> Uid,
        kind -> Text,
        subject_id -> Nullable<Uid>,
        actor -> Text,
        actor_id -> Nullable<Uid>,
        at -> Moment,
        request_id -> Nullable<Uid>,
        data -> Document,
        previous -> Nullable<Document>,
    }
}
