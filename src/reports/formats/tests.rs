//! What the tests of the forms share.
//! The forms are tested in their own files.

pub mod sample;
