//! The recorder of metrics, for Prometheus.
//! Which metrics there are is in `catalogue.rs`; they are recorded where things happen.

use std::sync::OnceLock;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use super::catalogue;
use crate::kernel::error::{Error, Result};

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
