//! A text as it is read: its characters folded, with the way back to the source, its clauses, and what is not
//! to be read in it. Words of the trade are in `words` and the rooms above.

pub mod addresses;
pub mod characters;
pub mod clauses;
pub mod mask;
pub mod normal;
