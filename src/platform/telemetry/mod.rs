//! Logs and figures: where they go and in which form. Personal data reaches neither.
//! What is logged or counted is said where it happens.

use std::io::IsTerminal;
use std::sync::OnceLock;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use super::config::Log;
use crate::kernel::error::{Error, Result};

/// Begins to log to standard error. A second call changes nothing.
pub fn start_logging(settings: &Log) {
    let filter = settings.level.parse::<EnvFilter>().unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
    // Whoever embeds the program (a test, say) may have set a logger of its own: that one stays.
    let _ = if settings.json { builder.json().flatten_event(true).try_init() } else { builder.with_target(false).try_init() };
}

const SECONDS: &[f64] = &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
const SIZES: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// Begins to count; the figures of one process are one set, however often this is called.
pub fn figures() -> Result<PrometheusHandle> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let install = || {
        PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)
            .and_then(|builder| builder.set_buckets_for_metric(Matcher::Suffix("_size".to_owned()), SIZES))
            .and_then(PrometheusBuilder::install_recorder)
            .ok()
    };
    HANDLE.get_or_init(install).clone().ok_or_else(|| Error::internal("the recorder of figures could not be installed"))
}
