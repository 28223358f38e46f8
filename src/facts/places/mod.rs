//! Places: the divisions of China, what names one, and where somebody wants to go or comes from.

pub mod cue;
pub mod landmarks;
pub mod meaning;
pub mod named;
pub mod names;
pub mod origin;
pub mod regions;
