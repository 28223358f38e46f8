//! Labels and sections: what a field or a label says of the value behind it.
//! Whole values are read in the rooms above.

pub mod labels;
pub mod sections;
