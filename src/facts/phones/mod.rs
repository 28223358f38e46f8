//! Phone numbers in a text: where one begins and ends, and what is none.
//! What a number is by its plan is in `kernel/phone.rs`.

pub mod cluster;
pub mod domestic;
pub mod model;
pub mod national;
pub mod number;
pub mod spoken;
pub mod veto;
