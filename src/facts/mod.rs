//! What was understood of an inquiry: the shape of facts, and those of them that lists filter by.
//! Pure: no IO, no database. Facts are what a person enters; no text is read here yet.

mod model;

pub use model::{Facts, Indexed, NeedKind, fen_of_wan};
