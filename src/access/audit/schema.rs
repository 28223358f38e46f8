//! The table of the audit log.
//! How it is read and written is in `store.rs`.

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    audit (id) {
        id -> Uid,
        at -> Moment,
        actor_id -> Nullable<Uid>,
        key_id -> Nullable<Uid>,
        action -> Text,
        target -> Nullable<Text>,
        outcome -> Text,
        data -> Document,
    }
}
