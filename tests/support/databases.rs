//! A new database of a test's own, on either of the two: a copy of one that has its tables.
//! The PostgreSQL server is started in postgres.rs; what a test opens on its database is its own matter.

use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use leaddock::kernel::clock::Clock;
use leaddock::platform::db::{DatabaseUrl, Db, Options, Parts};

#[path = "postgres.rs"]
mod postgres;

/// Which database a test is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    Sqlite,
    Postgres,
}

impl Database {
    /// A new database; the file of SQLite is in the folder. None if there is no PostgreSQL server, which is an
    /// error where `CI=true`.
    pub fn fresh(self, folder: &Path) -> Option<DatabaseUrl> {
        match self {
            Self::Sqlite => {
                let file = folder.join("leaddock.db");
                std::fs::copy(migrated_file(), &file).expect("the file can be copied");
                Some(DatabaseUrl::Sqlite(file))
            }
            Self::Postgres => postgres::fresh_database().map(DatabaseUrl::Postgres),
        }
    }
}

/// The migrated file that the others are copied from. It is made once for each build of the tests, for a
/// process may run a single test.
fn migrated_file() -> PathBuf {
    let program = std::env::current_exe().expect("a test has a program");
    let built = program.metadata().and_then(|file| file.modified()).expect("and it was built at some time");
    let age = built.duration_since(UNIX_EPOCH).expect("after 1970").as_nanos();
    let name = program.file_stem().and_then(|stem| stem.to_str()).expect("a name").to_owned();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let file = folder.join(format!("{name}-{age}.db"));
    if !file.exists() {
        // Another process may be doing the same: whichever is last replaces the whole file by its equal.
        let own = tempfile::tempdir_in(folder).expect("a folder can be made");
        let draft = own.path().join("leaddock.db");
        let url = DatabaseUrl::Sqlite(draft.clone());
        let options = Options { url, connections: 1, group_commit: true, exclusive: true };
        Db::open(&options, Parts::new(Clock::System, &[])).expect("the tables can be made").0.close();
        std::fs::rename(draft, &file).expect("the file can be moved");
    }
    file
}
