//! The database: two doors, `read` and `write`, to SQLite or PostgreSQL. Nobody else opens a connection or a
//! transaction. No table of the trade is named here; the rooms' `store.rs` do that.

mod actor;
mod connection;
pub mod dialect;
mod doors;
mod fault;
mod migrate;
mod open;
mod postgres;
mod prepared;
mod savepoint;
mod skip_locked;
mod sqlite;
mod tx;
pub mod types;
pub mod upkeep;
mod url;
mod worker;

pub use actor::{Actor, ActorKind, AnyActor};
pub use connection::{DbConnection, MultiBackend};
pub use doors::{Db, Options};
pub use fault::{is_lost_race, is_reference_violation, is_unique_violation, lost_race};
pub use migrate::Migrated;
pub use prepared::Prepared;
pub use skip_locked::SkipLocked;
pub use tx::{Context, Notified, Parts, Read, Tx};
pub use url::DatabaseUrl;
