//! The verbs of the pool's settings.
//! What is valid in them is in `settings.rs`.

use super::settings::PoolSettings;
use crate::assignment::events::PoolChanged;
use crate::kernel::error::Result;
use crate::kernel::precondition::Precondition;
use crate::platform::db::Tx;
use crate::platform::settings::{self, Stored};

/// Sets the settings of the pool. Deadlines of what is owned follow within seconds.
pub fn put(
    tx: &mut Tx<'_>,
    wanted: PoolSettings,
    precondition: &Precondition,
) -> Result<Stored<PoolSettings>> {
    settings::put(tx, wanted, precondition, |_| Ok(PoolChanged {}))
}
