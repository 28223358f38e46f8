//! `leaddock serve`: runs the server and its jobs until a stop signal.
//! The server is composed in `app.rs`.

use std::time::Duration;

use actix_web::rt;
use tokio::sync::watch;

use super::clock::clock;
use super::failure::Failure;
use super::output::Format;
use super::signals::StopSignals;
use crate::access::{actions as access, passwords, tokens};
use crate::app::{self, App};
use crate::facts;
use crate::kernel::error::Result;
use crate::platform::config::{PublicUrl, Settings};
use crate::platform::db::Context;
use crate::platform::mail::Mailer;

pub fn run(settings: Settings) -> std::result::Result<(), Failure> {
    let format = Format::of(&settings.log);
    format.notice(format_args!("leaddock {} with {}", env!("CARGO_PKG_VERSION"), settings.database.url));
    rt::System::new().block_on(async move {
        // SMTP connections belong to the runtime, so the mailer is created inside it.
        let mailer = Mailer::from_settings(&settings.mail)?;
        let clock = clock(&settings)?;
        let app = App::build(settings, clock, mailer).await?;
        let first_admin = make_first_admin(&app).await?;
        let (running, health) = app.listen()?;
        let server = &app.settings.server;
        let at_the_latest = Duration::from_secs(server.drain_seconds)
            + Duration::from_secs(server.shutdown_timeout_seconds)
            + CLOSING;
        let mut stop_signals = StopSignals::listen(at_the_latest)?;
        // In the background; nothing waits for it.
        std::thread::Builder::new().name("warm".to_owned()).spawn(facts::warm)?;
        let public_url = app.public_url(running.address);
        print_startup(format, &app, &running.address.to_string(), &public_url, first_admin.as_ref());

        let (stop_jobs, stopped) = watch::channel(false);
        let jobs = rt::spawn(app::run_jobs(app.jobs(&public_url), stopped));
        let (handle, drain) =
            (running.handle.clone(), Duration::from_secs(app.settings.server.drain_seconds));
        let stopper = rt::spawn(async move {
            stop_signals.received().await;
            tracing::info!("stopping: requests in flight are finished");
            app::stop(drain, &health, &handle, &stop_jobs).await;
        });
        running.server.await?;
        // Both end after the stop signal; a panic in them was counted where it happened.
        let _ = stopper.await;
        let _ = jobs.await;
        app.close();
        Ok(())
    })
}

/// After the last request: the jobs, the queue of the database, and its closing.
const CLOSING: Duration = Duration::from_secs(60);

/// Address and password of a newly created administrator.
struct FirstAdmin {
    email: String,
    /// None: the operator set it.
    password: Option<String>,
}

async fn make_first_admin(app: &App) -> Result<Option<FirstAdmin>> {
    if app.db.read(|read| crate::access::store::count(read.conn)).await? > 0 {
        return Ok(None);
    }
    let (email, password, generated) = match &app.settings.admin {
        Some(admin) => (admin.email.clone(), admin.password().to_owned(), None),
        None => {
            let password = tokens::generate_password()?;
            ("admin@leaddock.local".to_owned(), password.clone(), Some(password))
        }
    };
    let hash = passwords::hash(&password)?;
    let address = email.clone();
    let made =
        app.db.write(Context::system(), move |tx| access::create_first_admin(tx, &address, &hash)).await?;
    Ok(made.map(|_| FirstAdmin { email, password: generated }))
}

/// Prints the addresses. The format of the `listening on` and `first admin` lines is stable, for scripts.
fn print_startup(
    format: Format,
    app: &App,
    address: &str,
    public_url: &PublicUrl,
    first_admin: Option<&FirstAdmin>,
) {
    format.notice(format_args!("listening on http://{address}"));
    format.notice(format_args!("form page:   {}", public_url.absolute("/f/default")));
    format.notice(format_args!("API docs:    {}", public_url.absolute("/docs/")));
    format.notice(format_args!("mails go to: {}", app.mailer.destination()));
    match first_admin {
        Some(FirstAdmin { email, password: Some(password) }) => {
            format.notice(format_args!("first admin: {email} password: {password}"))
        }
        Some(FirstAdmin { email, password: None }) => {
            format.notice(format_args!("first admin: {email}, with the password from the configuration"))
        }
        None => {}
    }
}
