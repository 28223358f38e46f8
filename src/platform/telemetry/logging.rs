//! Logging: to standard error, as text or JSON. Log lines hold no personal data.
//! They are written where things happen.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::platform::config::Log;

/// Begins to log to standard error. A second call changes nothing.
pub fn start_logging(settings: &Log) {
    // Failing to write the log must not panic, which an error message on standard error may do.
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter(&settings.level))
        .with_writer(std::io::stderr)
        .log_internal_errors(false);
    let builder = builder.with_ansi(std::io::stderr().is_terminal());
    // An embedder (a test, say) may have installed a logger of its own, which stays.
    let started = if settings.json {
        builder.json().flatten_event(true).try_init()
    } else {
        builder.with_target(false).try_init()
    };
    if started.is_ok() {
        log_panics();
    }
}

/// The filter of this level. Messages of the HTTP server about its start and about malformed HTTP from
/// clients are for debugging: they appear at `debug`, or where the setting names these modules.
fn filter(level: &str) -> EnvFilter {
    let is_quiet = matches!(level.to_ascii_lowercase().as_str(), "error" | "warn" | "info" | "1" | "2" | "3");
    let directives = if is_quiet {
        format!("{level},actix_server=warn,actix_http=off,mio=warn")
    } else {
        level.to_owned()
    };
    directives.parse().unwrap_or_else(|_| EnvFilter::new("info"))
}

/// Logs panics with their location. The message is left out, since it may quote personal data.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let thread = std::thread::current().name().unwrap_or("unnamed").to_owned();
        tracing::error!(place, thread, "a panic");
    }));
}
