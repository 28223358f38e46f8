//! The table of forms.

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    forms (id) {
        id -> Uid,
        key -> Text,
        name -> Text,
        active -> Bool,
        allowed_origins -> Document,
        redirect_url -> Nullable<Text>,
        fields -> Document,
        locale -> Text,
        consent -> Document,
        profile -> Document,
        answer -> Document,
        proof -> Document,
        page -> Document,
        created_at -> Moment,
        updated_at -> Moment,
        deleted_at -> Nullable<Moment>,
        version -> BigInt,
    }
}
