//! `leaddock worker`: runs the jobs only, beside servers on the same PostgreSQL.
//! The jobs are registered in `app.rs`.

use std::time::Duration;

use actix_web::rt;
use tokio::sync::watch;

use super::clock::clock;
use super::failure::Failure;
use super::output::Format;
use super::signals::StopSignals;
use crate::app::{self, App};
use crate::platform::config::Settings;
use crate::platform::mail::Mailer;

/// Time for running jobs to finish after the stop signal.
const STOPPING: Duration = Duration::from_secs(120);

pub fn run(settings: Settings) -> Result<(), Failure> {
    let format = Format::of(&settings.log);
    format.notice(format_args!("leaddock {} with {}", env!("CARGO_PKG_VERSION"), settings.database.url));
    rt::System::new().block_on(async move {
        // SMTP connections belong to the runtime, so the mailer is created inside it.
        let mailer = Mailer::from_settings(&settings.mail)?;
        let clock = clock(&settings)?;
        let app = App::build(settings, clock, mailer).await?;
        let public_url = app.public_url(app.settings.server.bind);
        let (stop_jobs, stopped) = watch::channel(false);
        let mut stop_signals = StopSignals::listen(STOPPING)?;
        format.notice(format_args!("working; mails go to: {}", app.mailer.destination()));
        let jobs = rt::spawn(app::run_jobs(app.jobs(&public_url), stopped));
        stop_signals.received().await;
        let _ = stop_jobs.send(true);
        let _ = jobs.await;
        app.close();
        Ok(())
    })
}
