//! Submissions on their way in: decide what one becomes, apply that, reply. A replay and a dry run use the
//! same functions. What a submission says is read in `../reading`; what is stored of it is `../receipts`.

pub mod actions;
pub mod api;
pub mod decision;
pub mod group;
pub mod incoming;
pub mod reply;
pub mod store;
