//! The tables of this room.
//! How they are read and written is in the `store.rs` of its parts.

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    /// One row: what decisions lock, and the revision of all that they look at.
    assignment_state (name) {
        name -> Text,
        revision -> Uid,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    availabilities (user_id) {
        user_id -> Uid,
        document -> Document,
        version -> BigInt,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    assignment_rules (id) {
        id -> Uid,
        position -> Integer,
        name -> Text,
        active -> Bool,
        is_fallback -> Bool,
        conditions -> Document,
        action -> Document,
        version -> BigInt,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    rotations (rule_id) {
        rule_id -> Uid,
        turns -> BigInt,
        credits -> Document,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    decisions (event_id) {
        event_id -> Uid,
        inquiry_id -> Uid,
        detail -> Document,
        departure_id -> Nullable<Uid>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    former_owners (inquiry_id, user_id) {
        inquiry_id -> Uid,
        user_id -> Uid,
        lost_at -> Moment,
    }
}
