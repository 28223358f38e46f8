//! Logging and metrics: where they go and in which format. They hold no personal data.
//! Log lines and metrics are written where things happen.

mod catalogue;

use std::io::IsTerminal;
use std::sync::OnceLock;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use super::config::Log;
use crate::kernel::error::{Error, Result};

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

const SECONDS: &[f64] =
    &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
const SIZES: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// Installs the metrics recorder; once per process, however often this is called.
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
