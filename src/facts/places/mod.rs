//! Places: the divisions of China, what names one, and where somebody wants to go or comes from.

pub mod beside;
pub mod business;
pub mod counted;
pub mod cue;
pub mod landmarks;
pub mod meaning;
pub mod misspelt;
pub mod named;
pub mod names;
pub mod origin;
pub mod refusal;
pub mod regions;
#[cfg(test)]
mod tests;
