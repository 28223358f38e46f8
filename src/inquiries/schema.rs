//! The tables of this room as diesel knows them: the work on an inquiry, what was said, and what lists find
//! inquiries by. The statements are in `store.rs` and `list.rs`.

use super::items::each_item;

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    /// The state of the work on an inquiry: written often.
    inquiries (id) {
        id -> Uid,
        status -> Text,
        reason -> Nullable<Text>,
        tags -> Document,
        form_id -> Nullable<Uid>,
        assignee_id -> Nullable<Uid>,
        team_id -> Nullable<Uid>,
        duplicate_of -> Nullable<Uid>,
        received_at -> Moment,
        assigned_at -> Nullable<Moment>,
        accepted_at -> Nullable<Moment>,
        first_contacted_at -> Nullable<Moment>,
        last_contacted_at -> Nullable<Moment>,
        next_follow_up_at -> Nullable<Moment>,
        closed_at -> Nullable<Moment>,
        created_at -> Moment,
        updated_at -> Moment,
        deleted_at -> Nullable<Moment>,
        version -> BigInt,
        status_changed_at -> Nullable<Moment>,
        recycle_at -> Nullable<Moment>,
        recycle_warned_at -> Nullable<Moment>,
        accept_due_at -> Nullable<Moment>,
        first_contact_due_at -> Nullable<Moment>,
        next_deadline_at -> Nullable<Moment>,
    }
}

macro_rules! contents_table {
    ({} $(($name:ident $($row:tt)*))+) => {
        diesel::table! {
            use diesel::sql_types::*;
            use crate::platform::db::types::*;
            inquiry_contents (inquiry_id) {
                inquiry_id -> Uid,
                $($name -> Nullable<Text>,)+
                phone_e164 -> Nullable<Text>,
                facts -> Document,
                custom -> Document,
                source -> Document,
            }
        }
    };
}
each_item!(contents_table);

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    inquiry_facts (inquiry_id) {
        inquiry_id -> Uid,
        need_kind -> Nullable<Text>,
        region_code -> Nullable<Text>,
        industry_code -> Nullable<Text>,
        tax_fen_per_year -> Nullable<BigInt>,
        area_min_sqm -> Nullable<Double>,
        area_max_sqm -> Nullable<Double>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    inquiry_tags (tag, inquiry_id) {
        tag -> Text,
        inquiry_id -> Uid,
    }
}

diesel::joinable!(inquiry_contents -> inquiries (inquiry_id));
diesel::allow_tables_to_appear_in_same_query!(inquiries, inquiry_contents, inquiry_facts, inquiry_tags);
