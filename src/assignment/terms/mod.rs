//! The terms of ownership: when an inquiry goes back to the pool, until when its owner has to accept it and
//! to reach the person, and what happens if they do not.
//! Working time is reckoned in `calendar`, giving an inquiry to somebody else is in `../decision`.

pub mod actions;
pub mod api;
mod breaches;
pub mod events;
pub mod model;
mod recompute;
mod settings;

pub use actions::sweep;
pub use breaches::record_breaches;
pub use events::SlaBreached;
pub use model::{Ownership, of_new_owner};
pub use recompute::{subscribe, timers};
pub use settings::{Deadline, EscalationAction, LadderStep, Recycle, SlaSettings, Unit};
