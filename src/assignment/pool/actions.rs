//! The verbs of the pool's settings.
//! What is valid in them is in `settings.rs`.

use super::settings::PoolSettings;
use crate::assignment::events::PoolChanged;
use crate::kernel::error::{Faults, INVALID, Result};
use crate::kernel::precondition::Precondition;
use crate::platform::db::Tx;
use crate::platform::events::NO_SUBJECT;
use crate::platform::settings::{self, Stored};

/// Sets the settings of the pool. Deadlines of what is owned follow within seconds.
pub fn put(
    tx: &mut Tx<'_>,
    wanted: PoolSettings,
    precondition: &Precondition,
) -> Result<Stored<PoolSettings>> {
    let mut faults = Faults::default();
    wanted.check(&mut faults);
    faults.none_or(&INVALID)?;
    match settings::put(tx, wanted, precondition)? {
        None => settings::stored(tx.conn),
        Some(stored) => {
            tx.record(NO_SUBJECT, &PoolChanged {})?;
            Ok(stored)
        }
    }
}
