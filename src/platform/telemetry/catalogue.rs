//! The catalogue of metrics, for `# HELP` in `/metrics`; a test fails on a metric that is missing here.
//! Metrics are recorded where the thing happens.

use metrics::{describe_counter, describe_gauge, describe_histogram};

/// The type of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Counter,
    Gauge,
    Histogram,
}

use Kind::{Counter, Gauge, Histogram};

/// Name, type, description with unit and labels. Each label has a fixed set of values.
const METRICS: &[(&str, Kind, &str)] = &[
    (
        "leaddock_http_connections_cut_off_total",
        Counter,
        "Connections ended because the client took its answer, or sent its request, too slowly",
    ),
    ("leaddock_http_requests_total", Counter, "Requests answered, by class of status (2xx, 3xx, 4xx, 5xx)"),
    (
        "leaddock_receipts_total",
        Counter,
        "Submissions kept, by what became of them (accepted, duplicate, spam, failed, test)",
    ),
    (
        "leaddock_http_request_seconds",
        Histogram,
        "Time from the head of a request to its answer in seconds, by method and route pattern",
    ),
    ("leaddock_change_streams_open", Gauge, "Streams of changes that are open right now"),
    ("leaddock_rate_limited_total", Counter, "Requests refused with 429, by limit"),
    ("leaddock_db_commit_group_size", Histogram, "Changes that shared one commit"),
    ("leaddock_db_queue_full_total", Counter, "Requests refused since the queue to the database was full"),
    (
        "leaddock_db_queue_length",
        Gauge,
        "Closures that wait for the database, by queue (read, write, batched, background, stream)",
    ),
    (
        "leaddock_turns_refused_total",
        Counter,
        "Work refused, too much waits, by bulkhead: passwords, searches, shows, feeds, webhooks, reports",
    ),
    ("leaddock_db_retries_total", Counter, "Transactions run again after they lost against another"),
    ("leaddock_job_failures_total", Counter, "Runs of a background job that failed, by job"),
    ("leaddock_panics_total", Counter, "Panics that were caught, by place"),
    (
        "leaddock_notifications_total",
        Counter,
        "Tries to send a message, by what became of it (sent, failed, dead)",
    ),
    ("leaddock_notifications_waiting", Gauge, "Mails that are still to be sent"),
    (
        "leaddock_notifications_late_seconds",
        Gauge,
        "How long the message that is due next has been due, in seconds",
    ),
    (
        "leaddock_deliveries_total",
        Counter,
        "Tries to hand a message over, by channel and outcome (delivered, failed, unreachable, dead)",
    ),
    (
        "leaddock_delivery_breakers_open",
        Gauge,
        "Targets that cannot be reached, and are asked six times a minute at most, by channel",
    ),
    ("leaddock_timers_fired_total", Counter, "Timers that have fired, by kind"),
    (
        "leaddock_timers_failed_total",
        Counter,
        "Timers whose handler failed, by kind and by what became of them (failed: tried again later; dead)",
    ),
    ("leaddock_timers_late_seconds", Gauge, "How long the timer that is due next has been due, in seconds"),
    ("leaddock_timers_dead", Gauge, "Timers that have failed too often and are not tried again"),
    ("leaddock_report_image_inquiries", Gauge, "Inquiries in the image that reports are computed from"),
    ("leaddock_report_image_bytes", Gauge, "Memory that this image takes, about, in bytes"),
    ("leaddock_terms_failed_total", Counter, "Inquiries whose deadlines could not be looked at"),
    ("leaddock_mail_server_up", Gauge, "1 if the mail server could be used at the last try, 0 if not"),
];

/// Registers the descriptions with the recorder.
pub fn describe() {
    for (name, kind, help) in METRICS {
        match kind {
            Counter => describe_counter!(*name, *help),
            Gauge => describe_gauge!(*name, *help),
            Histogram => describe_histogram!(*name, *help),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// The names after `counter!("`, `gauge!("` and `histogram!("` in the sources below a folder, with their
    /// kind.
    fn counted(folder: &Path, found: &mut BTreeSet<(String, &'static str)>) {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                counted(&entry, found);
            } else if entry.extension().is_some_and(|ending| ending == "rs") {
                let source = std::fs::read_to_string(&entry).unwrap();
                for kind in ["counter", "gauge", "histogram"] {
                    let mark = format!("metrics::{kind}!(\"");
                    let names = source.split(mark.as_str()).skip(1).filter_map(|rest| rest.split('"').next());
                    found.extend(
                        names
                            .filter(|name| name.starts_with("leaddock_"))
                            .map(|name| (name.to_owned(), kind)),
                    );
                }
            }
        }
    }

    #[test]
    fn every_figure_is_explained_and_every_explained_figure_is_counted() {
        let mut found = BTreeSet::new();
        counted(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
        let word = |kind: &Kind| match kind {
            Counter => "counter",
            Gauge => "gauge",
            Histogram => "histogram",
        };
        let explained: BTreeSet<(String, &str)> =
            METRICS.iter().map(|(name, kind, _)| ((*name).to_owned(), word(kind))).collect();
        assert_eq!(found, explained);
    }
}
