//! Reports by mail: at set times each receiver gets one with the figures within their own reach. Owns the
//! tables report_schedules, report_runs, report_run_receivers. Mails are written in `notifications`.

pub mod actions;
pub mod api;
mod check;
pub mod events;
mod failures;
pub mod mailing;
pub mod model;
mod plan;
mod planning;
mod queries;
mod receivers;
mod run_store;
mod runs;
pub mod schema;
mod sheet;
mod store;
mod view;
mod wiring;

pub use failures::review_later;
pub use model::SkipReason;
pub use sheet::{Figure, Sheet, SheetRow};
pub use wiring::{subscribe, timers};
