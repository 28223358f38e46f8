//! Logs and figures: where they go and in which form. Personal data reaches neither.
//! What is logged or counted is said where it happens.

mod catalogue;

use std::io::IsTerminal;
use std::sync::OnceLock;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use super::config::Log;
use crate::kernel::error::{Error, Result};

/// Begins to log to standard error. A second call changes nothing.
pub fn start_logging(settings: &Log) {
    // A log that cannot be written is not worth a panic, which is what a message of its own on standard error
    // may end in.
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter(&settings.level))
        .with_writer(std::io::stderr)
        .log_internal_errors(false);
    let builder = builder.with_ansi(std::io::stderr().is_terminal());
    // Whoever embeds the program (a test, say) may have set a logger of its own: that one stays.
    let started = if settings.json {
        builder.json().flatten_event(true).try_init()
    } else {
        builder.with_target(false).try_init()
    };
    if started.is_ok() {
        log_panics();
    }
}

/// The filter of this level. What the HTTP server says of its own start, and of strangers who send it what is
/// no HTTP, is for those who look for a fault: it comes with `debug`, or where the setting names these
/// modules.
fn filter(level: &str) -> EnvFilter {
    let is_quiet = matches!(level.to_ascii_lowercase().as_str(), "error" | "warn" | "info" | "1" | "2" | "3");
    let directives = if is_quiet {
        format!("{level},actix_server=warn,actix_http=off,mio=warn")
    } else {
        level.to_owned()
    };
    directives.parse().unwrap_or_else(|_| EnvFilter::new("info"))
}

/// A panic becomes a log line that says where it was. What it says may quote what a person wrote: it is left
/// out.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let thread = std::thread::current().name().unwrap_or("unnamed").to_owned();
        tracing::error!(place, thread, "a panic");
    }));
}

const SECONDS: &[f64] =
    &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
const SIZES: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// Begins to count; the figures of one process are one set, however often this is called.
pub fn metrics_recorder() -> Result<PrometheusHandle> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let install = || {
        PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)
            .and_then(|builder| builder.set_buckets_for_metric(Matcher::Suffix("_size".to_owned()), SIZES))
            .and_then(PrometheusBuilder::install_recorder)
            .ok()
    };
    HANDLE
        .get_or_init(|| install().inspect(|_| catalogue::describe()))
        .clone()
        .ok_or_else(|| Error::internal("the recorder of figures could not be installed"))
}
