//! Working time: the week, holidays, make-up days, the organisation's time zone. Owns the settings document
//! `calendar`. What is due when is the matter of the rooms that ask it.

pub mod actions;
pub mod api;
mod elapsed;
pub mod events;
pub mod model;
pub mod request;
pub mod wall_time;
pub mod working_time;

pub use elapsed::ElapsedWork;
pub use model::Calendar;
pub use wall_time::WallTime;
pub use working_time::WorkingTime;
