//! The definitions of the reports: what each counts of an inquiry, and what its figures mean.
//! How items are added up is in `../tally.rs`.

pub mod ageing;
pub mod agents;
mod definition;
pub mod demand;
pub mod fairness;
pub mod figure;
pub mod follow_ups;
pub mod forecast;
pub mod funnel;
mod item;
pub mod lost_reasons;
pub mod overview;
pub mod pool;
pub mod response_times;
pub mod sources;
pub mod time_in_status;

pub use definition::{Among, Definition, Depth, ReportKind};
pub use figure::{Counted, Figure, ForecastFigure, How, Mark, Scale, Slot, StageFigure, Unit};
pub use item::{Ask, Item, LISTS, NO_VALUE, Period, SUMS, Thing, seconds};
