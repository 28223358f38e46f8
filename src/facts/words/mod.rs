//! Words and lists of words, from the tables, and how they are looked for in a text.
//! What they mean is decided in the rooms above.

pub mod dictionary;
pub mod gazetteer;
pub mod lexicon;
pub mod lists;
pub mod segments;
