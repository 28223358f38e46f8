//! That the server takes no more connections and waits for the answers in flight: for those without an end of
//! their own. When it begins is decided in `app.rs`.

use actix_server::GracefulShutdownSignal;

/// The signal that answers in flight are waited for.
#[derive(Debug, Clone)]
pub struct Draining(GracefulShutdownSignal);

impl Draining {
    pub(super) fn signalled_by(signal: GracefulShutdownSignal) -> Self {
        Self(signal)
    }

    /// Waits until it has begun.
    pub async fn begun(&self) {
        self.0.notified().await;
    }
}
