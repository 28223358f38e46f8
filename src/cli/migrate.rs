//! `leaddock migrate`: runs pending migrations and reports them.
//! The migrations themselves are in `migrations/`; how they run is `platform/db`.

use super::failure::Failure;
use super::output::print;
use crate::kernel::clock::Clock;
use crate::platform::config::Settings;
use crate::platform::db::{Db, Options, Parts};

pub fn run(settings: &Settings) -> Result<(), Failure> {
    let options =
        Options { url: settings.database.url.clone(), connections: 1, group_commit: true, exclusive: true };
    let (db, migrated) = Db::open(&options, Parts::new(Clock::System, &[]))?;
    db.close();
    match migrated.applied {
        0 => print("the database is up to date"),
        count => print(format_args!("{count} migration(s) applied; the database is up to date")),
    }
}
