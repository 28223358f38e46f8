//! The database: two doors, `read` and `write`, to SQLite or PostgreSQL; each has one for what takes long.
//! Nobody else opens a connection or a transaction. No table of the trade is named here; the rooms'
//! `store.rs` do that.

mod actor;
mod batch;
mod bulk_insert;
mod cached;
mod connection;
pub mod counters;
pub mod dialect;
mod doors;
mod fault;
pub mod keyset;
mod migrate;
pub mod numbering;
mod open;
mod postgres;
mod prepared;
mod queue;
mod row_locks;
mod rows;
mod savepoint;
mod sqlite;
mod stream;
mod subquery;
mod task;
pub mod transactions;
mod tx;
pub mod types;
pub mod upkeep;
mod url;
mod with;
mod worker;
mod write_set;
mod zone;

pub use actor::{Actor, ActorKind, AnyActor};
pub use batch::{Batch, Batcher};
pub use bulk_insert::BulkInsert;
pub use cached::{Cached, Revision};
pub use connection::{DbConnection, MultiBackend};
pub use doors::{Db, Options};
pub use fault::{
    compare_and_set, is_lost_race, is_reference_violation, is_unique_violation, lost_race, overtaken,
    retry_on_conflict,
};
pub use migrate::Migrated;
pub use prepared::Prepared;
pub use queue::{BACKGROUND_EVERY, BACKGROUND_QUEUE, QueueLengths};
pub use row_locks::{ForNoKeyUpdate, ForShare, ForUpdate, IfLocked};
pub use rows::Row;
pub use stream::{CHUNK_ROWS, CHUNKS_AHEAD, ChunkSender, Chunks, STREAMS};
pub use subquery::{Form, MergedIds, Related};
pub use tx::{Context, Notified, Parts, Read, Tx};
pub use url::DatabaseUrl;
pub use with::With;
pub use zone::Zone;
