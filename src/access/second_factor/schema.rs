//! The tables of second factors and recovery codes.
//! How they are read and written is in `store.rs`.

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    second_factors (user_id) {
        user_id -> Uid,
        secret -> Binary,
        confirmed_at -> Nullable<Moment>,
        last_step -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    recovery_codes (code_hash) {
        code_hash -> Binary,
        user_id -> Uid,
        used_at -> Nullable<Moment>,
    }
}
