//! The organisation's time zone. Whoever needs it asks for it where they need it, and keeps it no longer
//! than the work at hand: `Read::zone`, `Tx::zone`, and `Db::zone` where there is no transaction.
//! What a date means in a time zone is in `kernel/clock.rs`.

use chrono_tz::Tz;

use super::connection::DbConnection;
use crate::kernel::error::Result;

/// Looks up the time zone that people have chosen; none if they have not.
pub type ChosenZone = fn(&mut DbConnection) -> Result<Option<Tz>>;

/// Where the organisation's time zone comes from: what people have chosen, else the configuration. UTC until
/// that is given.
#[derive(Clone, Copy, Debug)]
pub struct Zone {
    configured: Tz,
    chosen: Option<ChosenZone>,
}

impl Default for Zone {
    fn default() -> Self {
        Self { configured: Tz::UTC, chosen: None }
    }
}

impl Zone {
    pub const fn configured(configured: Tz) -> Self {
        Self { configured, chosen: None }
    }

    /// The same, unless people have chosen another one.
    pub const fn unless_chosen(self, chosen: ChosenZone) -> Self {
        Self { chosen: Some(chosen), ..self }
    }

    /// The one of the configuration.
    pub const fn default_of(self) -> Tz {
        self.configured
    }

    /// The one place that answers.
    pub(super) fn of(self, conn: &mut DbConnection) -> Result<Tz> {
        let chosen = self.chosen.map(|chosen| chosen(conn)).transpose()?.flatten();
        Ok(chosen.unwrap_or(self.configured))
    }
}
