//! Floor 1: machines that know no word of the trade.
//! What they are used for is said in the rooms above.

pub mod bulkhead;
pub mod clock_file;
pub mod config;
pub mod db;
pub mod delivery;
pub mod events;
pub mod files;
pub mod http;
pub mod jobs;
pub mod mail;
pub mod outbound;
pub mod settings;
pub mod telemetry;
pub mod timers;
