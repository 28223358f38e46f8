//! The clock of a test: a file says by how many seconds it is ahead of the machine's, and is read again and
//! again. What a moment is, and the clock itself, is in `kernel/clock.rs`.

use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::kernel::clock::Clock;
use crate::kernel::error::{Error, Result};

/// How often the file is read.
const READ_EVERY: Duration = Duration::from_millis(50);
/// The largest offset on either side, in seconds: some seven thousand years.
const OFFSET_MAX: f64 = 2.2e11;

/// A clock that follows the offset in a file for as long as it is in use. It begins with the machine's time
/// if the file cannot be read.
pub fn follow(path: &Path) -> Result<Clock> {
    let millis = Arc::new(AtomicI64::new(offset(path).unwrap_or(0)));
    let (path, shared) = (path.to_owned(), Arc::downgrade(&millis));
    std::thread::Builder::new()
        .name("clock-file".to_owned())
        .spawn(move || keep_reading(&path, &shared))
        .map_err(Error::internal)?;
    Ok(Clock::Offset(millis))
}

fn keep_reading(path: &Path, shared: &Weak<AtomicI64>) {
    while let Some(millis) = shared.upgrade() {
        if let Some(offset) = offset(path) {
            millis.store(offset, Ordering::SeqCst);
        }
        drop(millis);
        std::thread::sleep(READ_EVERY);
    }
}

/// The offset in milliseconds; none if there is no number that a clock could be ahead by.
fn offset(path: &Path) -> Option<i64> {
    parse(&std::fs::read_to_string(path).ok()?)
}

fn parse(text: &str) -> Option<i64> {
    let seconds: f64 = text.trim().parse().ok()?;
    let is_possible = seconds.is_finite() && seconds.abs() <= OFFSET_MAX;
    is_possible.then(|| chrono::Duration::from_std(Duration::from_secs_f64(seconds.abs())).ok())?.map(
        |span| {
            let millis = span.num_milliseconds();
            if seconds < 0.0 { -millis } else { millis }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_number_of_seconds_moves_the_clock() {
        for (text, millis) in [
            ("0", Some(0)),
            ("12.345\n", Some(12_345)),
            (" -86400 ", Some(-86_400_000)),
            ("1e9", Some(1_000_000_000_000)),
            ("", None),
            ("soon", None),
            ("NaN", None),
            ("inf", None),
            ("1e300", None),
        ] {
            assert_eq!(parse(text), millis, "{text:?}");
        }
    }
}
