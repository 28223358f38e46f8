//! The verbs of the calendar: set it, and look up the organisation's time zone in it.
//! What is valid in a calendar is in `request.rs`.

use chrono_tz::Tz;
use serde::Deserialize;

use super::events::CalendarChanged;
use super::model::Calendar;
use super::working_time::WorkingTime;
use crate::kernel::error::Result;
use crate::kernel::precondition::Precondition;
use crate::platform::db::{DbConnection, Tx};
use crate::platform::settings::{self, Setting, Stored};

impl Setting for Calendar {
    const NAME: &'static str = "calendar";
}

/// Sets the calendar. It counts at once, everywhere.
pub fn put(tx: &mut Tx<'_>, calendar: Calendar, precondition: &Precondition) -> Result<Stored<Calendar>> {
    let before = tx.zone()?;
    settings::put(tx, calendar, precondition, |tx| {
        Ok(CalendarChanged { timezone_changed: tx.zone()? != before })
    })
}

/// Working time as of now; the configured zone counts where nobody has chosen one.
pub fn working_time(conn: &mut DbConnection, configured: Tz) -> Result<WorkingTime> {
    Ok(WorkingTime::new(&settings::read::<Calendar>(conn)?, configured))
}

/// The time zone that people have chosen, if they have.
pub fn chosen_zone(conn: &mut DbConnection) -> Result<Option<Tz>> {
    /// The member that is asked for often; the dates of years are not read for it.
    #[derive(Deserialize)]
    struct Zone {
        timezone: Option<String>,
    }
    let document = settings::document::<Calendar>(conn)?;
    let zone: Option<Zone> = document.map(|document| document.parse()).transpose()?;
    Ok(zone.and_then(|zone| zone.timezone?.parse().ok()))
}
