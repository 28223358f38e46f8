//! The history of inquiries as reports need it: what is read of the log, and what it makes of an inquiry as
//! of a moment. What is counted of it is in `../definitions`.

mod case;
mod change;
mod decode;
mod fold;
mod raw;
pub mod read;
mod symbols;

pub use case::{Case, DeedKind, Plan, PoolEnd, PoolStart, Repeat, STAGES, stage};
pub use change::{Candidate, Change, Decision, Gain, History, Loss, Origin, Start, Step, Wanted};
pub use decode::decode;
pub use fold::fold;
pub use raw::Raw;
pub use symbols::{Interner, Symbol, Symbols};
