//! To come.
//! Nothing else.
