//! What facts are: their members, kinds, values and spans, and the document that they are written as.
//! How they are read from a text is in the rooms beside.

pub mod document;
pub mod fact;
pub mod findings;
pub mod indexed;
pub mod kinds;
pub mod members;
