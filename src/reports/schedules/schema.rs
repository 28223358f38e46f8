//! The tables of report schedules, their runs, and whom these were for.
//! How they are read and written is in `store.rs` and `run_store.rs`.

use crate::platform::delivery::schema::deliveries;

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    report_schedules (id) {
        id -> Uid,
        owner_id -> Uid,
        name -> Text,
        document -> Document,
        active -> Bool,
        disabled_reason -> Nullable<Text>,
        active_since -> Moment,
        planned_from -> Moment,
        next_run_at -> Nullable<Moment>,
        last_run_id -> Nullable<Uid>,
        created_at -> Moment,
        updated_at -> Moment,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    report_runs (id) {
        id -> Uid,
        schedule_id -> Uid,
        kind -> Text,
        asked_by -> Nullable<Uid>,
        due_at -> Moment,
        as_of -> Moment,
        first_date -> Text,
        last_date -> Text,
        started_at -> Moment,
        error -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    report_run_receivers (run_id, user_id) {
        run_id -> Uid,
        user_id -> Uid,
        notification_id -> Nullable<Uid>,
        reason -> Nullable<Text>,
    }
}

diesel::joinable!(report_run_receivers -> report_runs (run_id));
diesel::joinable!(report_run_receivers -> deliveries (notification_id));
diesel::allow_tables_to_appear_in_same_query!(report_run_receivers, report_runs, deliveries);
