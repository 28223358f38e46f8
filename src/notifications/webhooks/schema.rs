//! The tables of webhooks, of what is posted to them, and of replays.
//! How they are read and written is in `store.rs`.

use crate::platform::delivery::schema::deliveries;

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    webhooks (id) {
        id -> Uid,
        url -> Text,
        events -> Document,
        active -> Bool,
        description -> Nullable<Text>,
        include_personal -> Bool,
        disabled_reason -> Nullable<Text>,
        secret -> Binary,
        previous_secret -> Nullable<Binary>,
        previous_secret_until -> Nullable<Moment>,
        position -> BigInt,
        failing_since -> Nullable<Moment>,
        removed_at -> Nullable<Moment>,
        created_at -> Moment,
        updated_at -> Moment,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    webhook_deliveries (id) {
        id -> Uid,
        webhook_id -> Uid,
        event_id -> Uid,
        event -> Text,
        created_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    webhook_attempts (delivery_id, number) {
        delivery_id -> Uid,
        number -> Integer,
        at -> Moment,
        status_code -> Nullable<Integer>,
        error -> Nullable<Text>,
        duration_ms -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    webhook_replays (webhook_id) {
        webhook_id -> Uid,
        from_event_id -> Uid,
        until_event_id -> Uid,
        last_position -> BigInt,
        after_event_id -> Nullable<Uid>,
    }
}

diesel::joinable!(webhook_deliveries -> deliveries (id));
diesel::allow_tables_to_appear_in_same_query!(webhook_deliveries, deliveries);
