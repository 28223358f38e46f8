//! The image of the log that reports are computed from: what each inquiry is now, in memory, what happened to
//! it, in temporary files, and what its segments added up to for whoever asked last. It is derived from the
//! log, follows it, and can be thrown away.

mod cases;
mod codec;
mod dictionary;
mod due;
mod follow;
mod rollups;
mod row;
mod segment;
mod start;
mod state;

pub use cases::ImageCases;
pub use follow::Image;
