//! The tables of notifications.
//! They are read and written in `store.rs`, and in the stores of `preferences` and `links`.

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
        batch -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    notification_preferences (user_id) {
        user_id -> Uid,
        document -> Document,
        last_digest_day -> Nullable<Integer>,
        version -> BigInt,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    /// Plans that a reminder named before they were due.
    reminded_plans (follow_up_id, user_id, due_at) {
        follow_up_id -> Uid,
        user_id -> Uid,
        due_at -> Moment,
        message_id -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    /// What was done by a link in a message.
    link_uses (message_id, subject_id, action) {
        message_id -> Uid,
        /// The plan that it completes, else the inquiry.
        subject_id -> Uid,
        action -> Text,
        used_at -> Moment,
    }
}

diesel::joinable!(notifications -> users (user_id));
diesel::joinable!(notifications -> deliveries (id));
diesel::allow_tables_to_appear_in_same_query!(notifications, users, deliveries, events);
