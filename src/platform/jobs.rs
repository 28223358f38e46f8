//! What runs beside the requests: jobs that are woken after a commit or by time, each with a net under it.
//! What the jobs do is said by the rooms; which there are, by `app.rs`.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::{Notify, watch};

use crate::kernel::error::{Error, Result};

type Run = Box<dyn Fn() -> Pin<Box<dyn Future<Output = Result<Next>>>>>;

/// What a job wants after a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// There is more to do now.
    Immediately,
    /// Wait for the next wake-up.
    Wait,
    /// The same, but look after this time, if that is sooner.
    After(Duration),
}

/// Something that is done again and again.
pub struct Job {
    name: &'static str,
    every: Duration,
    woken_by: Option<Arc<Notify>>,
    settle: Duration,
    /// Between two runs while there is more to do: requests come first.
    pause: Duration,
    run: Run,
    finish: Option<Run>,
}

impl Job {
    /// A job that looks for work at least every `every`.
    pub fn every<F, R>(name: &'static str, every: Duration, run: F) -> Self
    where
        F: Fn() -> R + 'static,
        R: Future<Output = Result<Next>> + 'static,
    {
        Self {
            name,
            every,
            woken_by: None,
            settle: Duration::ZERO,
            pause: Duration::from_millis(20),
            run: Box::new(move || Box::pin(run())),
            finish: None,
        }
    }

    /// Looks soon after a change has left work: `settle` later, so that many changes are one look.
    pub fn woken_by(mut self, work: &Arc<Notify>, settle: Duration) -> Self {
        self.woken_by = Some(Arc::clone(work));
        self.settle = settle;
        self
    }

    /// Pauses for so long between two runs while there is more to do.
    pub fn pausing(mut self, pause: Duration) -> Self {
        self.pause = pause;
        self
    }

    /// Does this once after it was stopped, for what its runs have begun and left to go on beside them.
    pub fn finishing<F, R>(mut self, finish: F) -> Self
    where
        F: Fn() -> R + 'static,
        R: Future<Output = Result<Next>> + 'static,
    {
        self.finish = Some(Box::new(move || Box::pin(finish())));
        self
    }

    /// Runs until it is stopped; what has begun is finished.
    pub async fn keep_running(self, stop: watch::Receiver<bool>) {
        self.run_until(stop).await;
        if let Some(finish) = &self.finish
            && let Err(error) = finish().await
        {
            self.failed(&error);
        }
    }

    async fn run_until(&self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            let mut wait = self.every;
            match AssertUnwindSafe((self.run)()).catch_unwind().await {
                Ok(Ok(Next::Immediately)) => {
                    tokio::time::sleep(self.pause).await;
                    continue;
                }
                Ok(Ok(Next::Wait)) => {}
                Ok(Ok(Next::After(span))) => wait = span.min(self.every),
                Ok(Err(error)) => self.failed(&error),
                Err(_) => {
                    metrics::counter!("leaddock_panics_total", "where" => "job").increment(1);
                    self.failed(&Error::internal("a job panicked"));
                }
            }
            let woken = async {
                match &self.woken_by {
                    Some(work) => {
                        work.notified().await;
                        tokio::time::sleep(self.settle).await;
                    }
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = woken => {}
                changed = stop.changed() => {
                    // Whoever could say "stop" is gone: nothing would ever end this job.
                    if changed.is_err() {
                        return;
                    }
                }
            }
        }
    }

    fn failed(&self, error: &Error) {
        metrics::counter!("leaddock_job_failures_total", "job" => self.name).increment(1);
        tracing::warn!(job = self.name, error = %error.chain(), "a job failed; it will be run again");
    }
}
