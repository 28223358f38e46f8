//! Logging and metrics: where they go and in which format. They hold no personal data.
//! Log lines and metrics are written where things happen.

mod catalogue;
mod logging;
mod recorder;

pub use logging::start_logging;
pub use recorder::metrics_recorder;
