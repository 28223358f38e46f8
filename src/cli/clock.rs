//! The clock that a command runs by: the machine's, or that of a test.
//! How a file moves the clock is in `platform/clock_file.rs`.

use super::output::Format;
use crate::kernel::clock::Clock;
use crate::kernel::error::Result;
use crate::platform::clock_file;
use crate::platform::config::Settings;

/// The clock that the settings name. A test's is announced: nobody should work by it.
pub fn clock(settings: &Settings) -> Result<Clock> {
    let Some(file) = &settings.test.clock_file else { return Ok(Clock::System) };
    Format::of(&settings.log).warning(format_args!("test mode: the clock follows {}", file.display()));
    clock_file::follow(file)
}
