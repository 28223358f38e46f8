//! SIGINT and SIGTERM: the first begins a graceful shutdown, the second ends the process, and so does a
//! shutdown that takes too long. The shutdown itself is in `serve.rs` and `worker.rs`.

use std::sync::mpsc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use super::failure::Failure;

/// Listens for stop signals from its creation, on a thread and runtime of its own that write nothing: a stop
/// works even if the tasks that should stop hang, or standard error is blocked.
pub struct StopSignals(watch::Receiver<bool>);

impl StopSignals {
    /// `at_the_latest` after the first signal the process ends.
    pub fn listen(at_the_latest: Duration) -> Result<Self, Failure> {
        let (stop, stopped) = watch::channel(false);
        let (registered, outcome) = mpsc::channel();
        let listening = move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
                return;
            };
            runtime.block_on(async {
                let signals = TerminationSignals::register();
                let failed = signals.as_ref().err().map(std::io::Error::kind);
                let _ = registered.send(failed);
                let Ok(mut signals) = signals else { return };
                signals.next().await;
                // No receiver if the program is ending anyway.
                let _ = stop.send(true);
                tokio::select! {
                    () = signals.next() => {}
                    () = tokio::time::sleep(at_the_latest) => {}
                }
                std::process::exit(1);
            });
        };
        std::thread::Builder::new().name("signals".to_owned()).spawn(listening)?;
        match outcome.recv() {
            Ok(None) => Ok(Self(stopped)),
            Ok(Some(kind)) => Err(std::io::Error::from(kind).into()),
            Err(_) => Err(Failure::Usage("signals cannot be listened to".to_owned())),
        }
    }

    /// Waits for the first signal.
    pub async fn received(&mut self) {
        // The sending thread ends only with the process.
        let _ = self.0.wait_for(|stop| *stop).await;
    }
}

/// SIGXFSZ on Linux and macOS: a file has reached the limit of sizes (`ulimit -f`, `LimitFSIZE`).
#[cfg(any(target_os = "linux", target_os = "macos"))]
const FILE_TOO_LARGE: i32 = 25;

struct TerminationSignals {
    interrupt: Signal,
    terminate: Signal,
    /// Caught, it leaves the process alive, and the write fails as on a full disk.
    #[cfg(any(target_os = "linux", target_os = "macos"))]
    _file_too_large: Signal,
}

impl TerminationSignals {
    fn register() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            #[cfg(any(target_os = "linux", target_os = "macos"))]
            _file_too_large: signal(SignalKind::from_raw(FILE_TOO_LARGE))?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
