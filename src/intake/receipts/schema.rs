//! The tables of receipts and of the ids that senders give.
//! How they are read and written is in `store.rs`.

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    receipts (id) {
        id -> Uid,
        form_id -> Uid,
        received_at -> Moment,
        method -> Text,
        query -> Text,
        content_type -> Nullable<Text>,
        headers -> Document,
        body -> Binary,
        remote_ip -> Nullable<Text>,
        hidden -> Document,
        outcome -> Text,
        reasons -> Document,
        inquiry_id -> Nullable<Uid>,
        external_id -> Nullable<Text>,
        consent -> Document,
        items -> Document,
        custom -> Document,
        answered -> Integer,
        replayed_at -> Nullable<Moment>,
        fingerprint -> Nullable<Binary>,
        nonce -> Nullable<Text>,
        token -> Nullable<Binary>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    external_ids (form_id, external_id) {
        form_id -> Uid,
        external_id -> Text,
        inquiry_id -> Uid,
    }
}
