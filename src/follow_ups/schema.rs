//! The table of follow-ups.
//! How it is read and written is in `store.rs`.

use crate::inquiries::store::inquiries;

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    follow_ups (id) {
        id -> Uid,
        inquiry_id -> Uid,
        kind -> Text,
        due_at -> Nullable<Moment>,
        done_at -> Nullable<Moment>,
        outcome -> Nullable<Text>,
        note -> Nullable<Text>,
        author_id -> Nullable<Uid>,
        announced_due_at -> Nullable<Moment>,
        created_at -> Moment,
        updated_at -> Moment,
        version -> BigInt,
    }
}

diesel::joinable!(follow_ups -> inquiries (inquiry_id));
diesel::allow_tables_to_appear_in_same_query!(follow_ups, inquiries);
