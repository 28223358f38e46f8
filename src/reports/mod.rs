//! Reports: figures over the inquiries within the caller's reach. Reads only.
//! Counts agree with the inquiry list under the same filters.

pub mod api;
mod overview;
mod period;
mod report;
