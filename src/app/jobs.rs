//! The jobs of an app: what runs beside the requests, woken after a commit or by time.
//! What they do is said by the rooms.

use std::sync::Arc;
use std::time::Duration;

use super::App;
use crate::notifications::{robots, webhooks};
use crate::platform::config::PublicUrl;
use crate::platform::db::Context;
use crate::platform::events;
use crate::platform::http::idempotency;
use crate::platform::jobs::{Job, Next};
use crate::platform::telemetry;
use crate::platform::timers::{self, Poller, Timers};
use crate::{access, assignment, follow_ups, inquiries, intake, notifications, reports};

/// Polling interval of jobs without a wake-up.
const POLL_EVERY: Duration = Duration::from_secs(1);
/// How long after a change the dispatcher looks.
const SETTLE: Duration = Duration::from_millis(200);
/// Between two batches of messages, so that intake stays quick.
const DELIVERY_PAUSE: Duration = Duration::from_millis(200);
/// Between two batches of timers that are due: after a leap of the clock there may be thousands.
const TIMERS_PAUSE: Duration = Duration::from_millis(5);
/// Between two portions of texts that move into the search index: a search looks through those that wait,
/// too.
const SETTLE_PAUSE: Duration = Duration::from_millis(200);
/// How often what was measured is sorted into its buckets: until then each figure takes memory of its own.
const METRICS_UPKEEP_EVERY: Duration = Duration::from_secs(5);
/// How often the messages that wait are counted.
const BACKLOG_EVERY: Duration = Duration::from_secs(15);
/// How often the last use of API keys is stored.
const KEY_USE_EVERY: Duration = Duration::from_secs(10);
/// How often the image of reports follows the log while nobody asks for a report: whoever does then waits for
/// what is new since.
const FOLLOW_EVERY: Duration = Duration::from_secs(60);
/// Between two parts of the log: the first time it is all of it.
const FOLLOW_PAUSE: Duration = Duration::from_millis(5);
/// How often to check whether older texts need indexing again, which is after an upgrade only.
const INDEX_EVERY: Duration = Duration::from_secs(60);
const CLEANUP_EVERY: Duration = Duration::from_secs(600);

/// What happens when a timer fires.
fn timers() -> Timers {
    let mut timers = Timers::default();
    follow_ups::timers(&mut timers);
    assignment::timers(&mut timers);
    notifications::timers(&mut timers);
    reports::schedules::timers(&mut timers);
    timers
}

impl App {
    /// The jobs: publishing events, firing timers, delivering what waits, settling new texts, tidying up.
    pub fn jobs(&self, public_url: &PublicUrl) -> Vec<Job> {
        let deliver = self.deliver_job(public_url);
        let (db, last_use) = (self.db.clone(), self.last_use());
        let key_use = Job::every("note-key-use", KEY_USE_EVERY, move || {
            let (db, last_use) = (db.clone(), Arc::clone(&last_use));
            async move {
                last_use.flush_last_use(&db).await?;
                Ok(Next::Wait)
            }
        });
        let db = self.db.clone();
        let backlog = Job::every("count-backlog", BACKLOG_EVERY, move || {
            let db = db.clone();
            async move {
                notifications::backlog::measure(&db).await?;
                Ok(Next::Wait)
            }
        });
        let db = self.db.clone();
        let resets = Job::every("answer-password-resets", POLL_EVERY, move || {
            let db = db.clone();
            async move { access::passwords::requests::process_pending(&db).await }
        });
        let upkeep = Job::every("upkeep-metrics", METRICS_UPKEEP_EVERY, || async {
            telemetry::metrics_recorder()?.run_upkeep();
            Ok(Next::Wait)
        });
        let db = self.db.clone();
        let sweep = Job::every("sweep-terms", POLL_EVERY, move || {
            let db = db.clone();
            async move { assignment::terms::sweep(&db).await }
        });
        let sweep = sweep.pausing(TIMERS_PAUSE);
        let [settle, index_again] = self.search_jobs();
        let (publish, fire, hooks) = (events::job(&self.db), self.timers_job(), webhooks::job(&self.db));
        let robots = robots::job(&self.db);
        let own = [upkeep, backlog, key_use, resets, sweep, self.tidy_job(), self.image_job()];
        own.into_iter().chain([publish, fire, hooks, robots, deliver, settle, index_again]).collect()
    }

    /// The job that deletes what is too old.
    fn tidy_job(&self) -> Job {
        let (db, keep_receipts) = (self.db.clone(), self.settings.receipts.keep());
        Job::every("tidy", CLEANUP_EVERY, move || {
            let db = db.clone();
            async move {
                if let Some(keep) = keep_receipts
                    && db
                        .write_in_background(Context::system(), move |tx| {
                            intake::receipts::actions::age_out(tx, keep)
                        })
                        .await?
                {
                    return Ok(Next::Immediately);
                }
                db.write_in_background(Context::system(), assignment::daily_counters::forget_old).await?;
                db.write_in_background(Context::system(), notifications::forget_old).await?;
                if db.write_in_background(Context::system(), webhooks::actions::forget_old).await? {
                    return Ok(Next::Immediately);
                }
                let forget_runs = reports::schedules::actions::forget_old;
                if db.write_in_background(Context::system(), forget_runs).await? {
                    return Ok(Next::Immediately);
                }
                let replies = db.write_in_background(Context::system(), idempotency::delete_expired).await?;
                let delete_sessions = access::sessions::delete_expired;
                let sessions = db.write_in_background(Context::system(), delete_sessions).await?;
                Ok(if replies || sessions >= access::sessions::store::DELETED_TOGETHER {
                    Next::Immediately
                } else {
                    Next::Wait
                })
            }
        })
    }

    /// The job that builds the image of reports after a start, and brings it on.
    fn image_job(&self) -> Job {
        let reports = self.reports.clone();
        let follow = Job::every("follow-log-for-reports", FOLLOW_EVERY, move || {
            let reports = reports.clone();
            async move { Ok(if reports.follow_on().await? { Next::Immediately } else { Next::Wait }) }
        });
        follow.pausing(FOLLOW_PAUSE)
    }

    /// The job that fires timers.
    fn timers_job(&self) -> Job {
        let poller = self.poller();
        let job = Job::every("fire-timers", timers::POLL_EVERY, move || {
            let poller = poller.clone();
            async move { poller.run().await }
        });
        job.woken_by(&self.db.parts().timers, Duration::ZERO).pausing(TIMERS_PAUSE)
    }

    /// What fires this app's timers.
    pub fn poller(&self) -> Poller {
        Poller::new(self.db.clone(), timers())
    }

    /// The job that delivers what waits.
    fn deliver_job(&self, public_url: &PublicUrl) -> Job {
        let dispatcher = self.dispatcher(public_url);
        let last = dispatcher.clone();
        let deliver = Job::every("deliver", POLL_EVERY, move || {
            let dispatcher = dispatcher.clone();
            async move { dispatcher.work().await }
        });
        let finish = move || {
            let last = last.clone();
            async move {
                last.finish().await;
                Ok(Next::Wait)
            }
        };
        deliver.woken_by(&self.db.parts().work, SETTLE).pausing(DELIVERY_PAUSE).finishing(finish)
    }

    /// The jobs of the search index: settling new texts, indexing older ones again.
    fn search_jobs(&self) -> [Job; 2] {
        let db = self.db.clone();
        let settle = Job::every("settle-search", POLL_EVERY, move || {
            let db = db.clone();
            async move { db.settle_texts().await }
        });
        let db = self.db.clone();
        let index_again = Job::every("index-again", INDEX_EVERY, move || {
            let db = db.clone();
            async move { inquiries::upkeep::index_again(&db).await }
        });
        [settle.pausing(SETTLE_PAUSE), index_again.pausing(SETTLE_PAUSE)]
    }
}
