//! Reports: figures over the inquiries within the caller's reach. Reads only.
//! What a figure agrees with: the list under the same filters.

pub mod api;
mod overview;
mod period;
mod report;
