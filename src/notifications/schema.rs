//! The table of notifications.
//! How it is read and written is in `store.rs`.

use crate::access::schema::users;
use crate::platform::delivery::schema::deliveries;
use crate::platform::events::schema::events;

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    notifications (id) {
        id -> Uid,
        event_id -> Uid,
        event -> Text,
        inquiry_id -> Nullable<Uid>,
        follow_up_id -> Nullable<Uid>,
        user_id -> Uid,
        channel -> Text,
        created_at -> Moment,
    }
}

diesel::joinable!(notifications -> users (user_id));
diesel::joinable!(notifications -> deliveries (id));
diesel::allow_tables_to_appear_in_same_query!(notifications, users, deliveries, events);
