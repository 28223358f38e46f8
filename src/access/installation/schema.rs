//! The table of the signing secret's fingerprint: one row.
//! How it is read and written is in `store.rs`.

diesel::table! {
    use diesel::sql_types::*;
    signing_secret (id) {
        id -> Integer,
        fingerprint -> Nullable<Binary>,
    }
}
