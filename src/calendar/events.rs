//! The facts that this room announces.
//! Who answers them is not known here.

use serde::{Deserialize, Serialize};

use crate::platform::events::Fact;

/// Working time, or the organisation's time zone, changed.
#[derive(Debug, Serialize, Deserialize)]
pub struct CalendarChanged {
    /// The organisation's dates are others.
    pub timezone_changed: bool,
}

impl Fact for CalendarChanged {
    const KIND: &'static str = "settings.calendar_changed";
}
