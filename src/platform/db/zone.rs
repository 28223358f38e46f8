//! The organisation's time zone. Whoever needs it asks for it where they need it, and keeps it no longer
//! than the work at hand: `Read::zone`, `Tx::zone`, and `Db::zone` where there is no transaction.
//! What a date means in a time zone is in `kernel/clock.rs`.

use chrono_tz::Tz;

use super::connection::DbConnection;
use crate::kernel::error::Result;

/// Where the organisation's time zone comes from: the configuration. UTC until that is given.
#[derive(Clone, Copy, Debug)]
pub struct Zone {
    configured: Tz,
}

impl Default for Zone {
    fn default() -> Self {
        Self { configured: Tz::UTC }
    }
}

impl Zone {
    pub const fn configured(configured: Tz) -> Self {
        Self { configured }
    }

    /// The one place that answers; it may ask the database.
    pub(super) fn of(self, _: &mut DbConnection) -> Result<Tz> {
        Ok(self.configured)
    }
}
