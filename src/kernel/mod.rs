//! Floor 0: types that every room uses. Pure: no IO, no database, no HTTP.
//! Types of one room only do not live here.

pub mod characters;
pub mod clock;
pub mod email;
pub mod error;
pub mod id;
pub mod language;
pub mod line;
pub mod page;
pub mod patch;
pub mod phone;
pub mod precondition;
pub mod search;
pub mod size;
pub mod text;
pub mod threads;
pub mod words;
