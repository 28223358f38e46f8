//! The tables of group robots, and of what each is still to say.
//! How they are read and written is in `store.rs`.

use crate::platform::events::schema::events;

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    robots (id) {
        id -> Uid,
        kind -> Text,
        name -> Text,
        url -> Text,
        secret -> Nullable<Text>,
        events -> Document,
        team_id -> Nullable<Uid>,
        active -> Bool,
        last_error -> Nullable<Document>,
        failures -> Integer,
        position -> BigInt,
        batch_id -> Nullable<Uid>,
        requests -> Document,
        created_at -> Moment,
        updated_at -> Moment,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    robot_facts (id) {
        id -> Uid,
        robot_id -> Uid,
        event_id -> Uid,
        batch_id -> Nullable<Uid>,
    }
}

diesel::joinable!(robot_facts -> events (event_id));
diesel::allow_tables_to_appear_in_same_query!(robot_facts, events);
