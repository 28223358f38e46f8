//! The composition root: builds the app from settings and parts. The only module that knows every room.
//! What the rooms do is not decided here.

mod description;
mod document;
mod jobs;
mod routes;

pub use document::document;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::web;
use tokio::sync::{Semaphore, watch};

use self::routes::{AREAS, operations, pages};
use crate::access::keys::LastUse;
use crate::access::login_limit::LoginLimit;
use crate::access::passwords::Passwords;
use crate::access::passwords::attempts::Attempts;
use crate::access::second_factor::api::Issuer;
use crate::access::tokens::{self, Keys};
use crate::access::{self, AuthContext};
use crate::assignment::pool::PoolSettings;
use crate::assignment::rules::actions::ensure_fallback;
use crate::assignment::rules::api::Forms;
use crate::assignment::terms::SlaSettings;
use crate::calendar::Calendar;
use crate::follow_ups::calendar_feed;
use crate::inquiries::pool_view::MaskingBulkheads;
use crate::intake::context::Intake;
use crate::intake::forms::cache::FormCache;
use crate::intake::reading::token::PageTokens;
use crate::kernel::clock::Clock;
use crate::kernel::error::Result;
use crate::notifications::MessageSettings;
use crate::notifications::api::Sender;
use crate::notifications::feed::seats::Seats;
use crate::notifications::links::LinkTokens;
use crate::notifications::links::pages::LinkPages;
use crate::notifications::mails::{MailSource, OnTheirWay, ReportMails, Writer};
use crate::notifications::robots::{self, Robots};
use crate::notifications::webhooks;
use crate::platform::config::{PublicUrl, Settings};
use crate::platform::db::{Batcher, Context, Db, Options, Parts, Tx, Zone};
use crate::platform::delivery::{Dispatcher, Route};
use crate::platform::events::Subscribe;
use crate::platform::http::context::HttpContext;
use crate::platform::http::health::Health;
use crate::platform::http::limits::Limiter;
use crate::platform::http::page::Site;
use crate::platform::http::server::{self, Rooms, Running};
use crate::platform::jobs::Job;
use crate::platform::mail::Mailer;
use crate::platform::mail::channel::MailChannel;
use crate::platform::outbound::{AddressPolicy, Outbound};
use crate::platform::settings;
use crate::platform::telemetry;
use crate::reports::Reports;
use crate::{assignment, calendar, follow_ups, intake, notifications, reports};

/// What the rooms subscribe to: their handlers run inside the transaction that records an event.
pub const SUBSCRIBERS: &[Subscribe] = &[
    notifications::subscribe,
    follow_ups::subscribe,
    calendar_feed::subscribe,
    assignment::subscribe,
    reports::schedules::subscribe,
];

/// Pages with what was typed that one client address gets while it is over the limit: a person needs one or
/// two.
const REFUSED_PAGES_PER_MINUTE: u32 = 10;

/// The app: the database, the mailer and what the handlers need. Not yet listening.
pub struct App {
    pub settings: Settings,
    pub db: Db,
    pub mailer: Mailer,
    outbound: Outbound,
    auth: web::Data<AuthContext>,
    /// One for all who compute reports: what is kept in memory of them is kept once.
    reports: Reports,
}

impl App {
    /// Opens the database, brings it up to date, and makes what must exist from the start.
    pub async fn build(settings: Settings, clock: Clock, mailer: Mailer) -> Result<Self> {
        let db = open_database(&settings, clock, SUBSCRIBERS, true)?;
        let keys = Keys::derive(&tokens::secret(&settings.auth)?, settings.auth.previous_secret.as_ref())?;
        access::installation::compare_secret(&db, &keys).await?;
        let auth = AuthContext {
            db: db.clone(),
            keys: Arc::new(keys),
            passwords: Passwords::new()?,
            attempts: Attempts::default(),
            last_use: Arc::default(),
        };
        let auth = web::Data::new(auth);
        db.write(Context::system(), ensure_defaults).await?;
        let outbound = Outbound::new(AddressPolicy::of(&settings.webhooks))?;
        let reports = Reports::new(db.clone());
        Ok(Self { settings, db, mailer, outbound, auth, reports })
    }

    /// Starts listening. The returned server must be awaited; the jobs are not started.
    pub fn listen(&self) -> Result<(Running, web::Data<Health>)> {
        let bound = server::bind(&self.settings.server)?;
        let public_url = self.settings.public_url(bound.1);
        let site = Arc::new(Site {
            organisation: self.settings.organisation.name.clone(),
            public_url: public_url.clone(),
        });
        let described = document::described()?;
        let http = HttpContext {
            db: self.db.clone(),
            trusted_proxies: self.settings.server.trusted_proxies.clone(),
            timeout_seconds: self.settings.server.request_timeout_seconds,
            schemas: Arc::clone(&described.schemas),
            routes: Arc::clone(&described.routes),
            areas: AREAS,
            document: described.text(self.settings.server.public_url.is_some().then_some(&public_url)).into(),
            site: Arc::clone(&site),
        };
        let health = web::Data::new(Health {
            db: self.db.clone(),
            stopping: AtomicBool::new(false),
            figures: telemetry::metrics_recorder()?,
            metrics_public: self.settings.server.metrics_public,
        });
        let feeds = web::Data::new(self.calendar_feeds(&public_url));
        let intake = web::Data::new(self.intake(site, public_url.clone()));
        let login_limit =
            web::Data::new(LoginLimit(Limiter::per_minute("login", self.settings.limits.login_per_minute)));
        let forms = web::Data::new(Forms(intake::forms::store::exists));
        let masking = web::Data::new(MaskingBulkheads::default());
        let links = LinkPages {
            tokens: LinkTokens::new(&self.auth.keys),
            locale: self.settings.organisation.locale.clone(),
        };
        let links = web::Data::new(links);
        let seats = web::Data::new(Seats::default());
        let sender = web::Data::new(Sender(self.mailer.from().clone()));
        let issuer = web::Data::new(Issuer(self.settings.organisation.name.clone()));
        let targets =
            web::Data::new(webhooks::Targets { policy: self.outbound.policy(), own: public_url.clone() });
        let locale = &self.settings.organisation.locale;
        let robots = web::Data::new(Robots::new(&self.db, &self.outbound, locale));
        let (auth, reports) = (self.auth.clone(), web::Data::new(self.reports.clone()));
        let data = move |config: &mut web::ServiceConfig| {
            config
                .app_data(auth.clone())
                .app_data(intake.clone())
                .app_data(login_limit.clone())
                .app_data(forms.clone())
                .app_data(masking.clone())
                .app_data(links.clone())
                .app_data(seats.clone())
                .app_data(sender.clone())
                .app_data(targets.clone())
                .app_data(issuer.clone())
                .app_data(feeds.clone())
                .app_data(robots.clone())
                .app_data(reports.clone());
        };
        let rooms = Rooms { operations, pages, data: Arc::new(data) };
        Ok((server::start(&self.settings.server, bound, http, health.clone(), &rooms)?, health))
    }

    /// What the public side of intake needs.
    fn intake(&self, site: Arc<Site>, public_url: PublicUrl) -> Intake {
        Intake {
            db: self.db.clone(),
            site,
            forms: FormCache::new(public_url),
            tokens: PageTokens::new(&self.auth.keys),
            submissions: Batcher::default(),
            limit: Limiter::per_minute("intake", self.settings.limits.intake_per_minute),
            page_limit: Limiter::per_minute("refused-page", REFUSED_PAGES_PER_MINUTE),
            large_bodies: Semaphore::new(intake::context::LARGE_BODIES),
            key_limit: Limiter::per_minute("intake-key", self.settings.limits.intake_per_minute_with_key),
        }
    }

    /// What calendar feeds are made with.
    fn calendar_feeds(&self, public_url: &PublicUrl) -> calendar_feed::pages::Feeds {
        let MessageSettings { organisation, locale, inquiry_link, .. } =
            MessageSettings::from_settings(&self.settings, public_url);
        calendar_feed::pages::Feeds::new(calendar_feed::model::Frame { organisation, locale, inquiry_link })
    }

    /// When its API keys were used last, as far as it is not written down yet.
    pub fn last_use(&self) -> Arc<LastUse> {
        Arc::clone(&self.auth.last_use)
    }

    /// What delivers this app's messages: its channels, each with who renders its messages.
    pub fn dispatcher(&self, public_url: &PublicUrl) -> Dispatcher {
        let settings = Arc::new(MessageSettings::from_settings(&self.settings, public_url));
        let writer = Writer {
            settings: Arc::clone(&settings),
            keys: Arc::clone(&self.auth.keys),
            links: LinkTokens::new(&self.auth.keys),
        };
        let on_their_way = OnTheirWay::default();
        let reports = ReportMails::new(self.reports.clone());
        let source = MailSource { db: self.db.clone(), writer, reports, on_their_way };
        let mail = Route { channel: Arc::new(MailChannel(self.mailer.clone())), source: Arc::new(source) };
        let webhook = webhooks::route(&self.db, &self.outbound);
        let robots = robots::route(&self.db, &self.outbound, settings);
        Dispatcher::new(self.db.clone(), vec![mail, webhook, robots])
    }

    /// Finishes what is queued at the database and closes it. The server must have stopped.
    pub fn close(self) {
        let Self { db, auth, reports, .. } = self;
        drop((auth, reports));
        db.close();
    }

    /// The public URL, once the app is bound to an address.
    pub fn public_url(&self, bound: SocketAddr) -> PublicUrl {
        if self.settings.server.public_url.is_none() && !bound.ip().is_loopback() {
            tracing::warn!(
                "server.public_url is not set: links in mails lead to {bound}, which others may not reach"
            );
        }
        self.settings.public_url(bound)
    }
}

/// Opens the database with the subscribers of these rooms.
pub fn open_database(settings: &Settings, clock: Clock, rooms: &[Subscribe], exclusive: bool) -> Result<Db> {
    let options = Options {
        url: settings.database.url.clone(),
        connections: settings.database.connections,
        group_commit: settings.database.group_commit,
        exclusive,
    };
    let zone = Zone::configured(settings.organisation.timezone).unless_chosen(calendar::actions::chosen_zone);
    let (db, migrated) = Db::open(&options, Parts::new(clock, rooms).in_zone(zone))?;
    if migrated.applied > 0 {
        tracing::info!(applied = migrated.applied, "the database was brought up to date");
    }
    Ok(db)
}

/// Makes what must exist from the start: a form, a rule, and settings.
pub fn ensure_defaults(tx: &mut Tx<'_>) -> Result<()> {
    intake::forms::actions::ensure_default(tx)?;
    settings::ensure::<Calendar>(tx)?;
    settings::ensure::<PoolSettings>(tx)?;
    settings::ensure::<SlaSettings>(tx)?;
    ensure_fallback(tx)
}

/// Runs jobs until the stop signal.
pub async fn run_jobs(all: Vec<Job>, stop: watch::Receiver<bool>) {
    let running = all.into_iter().map(|job| job.keep_running(stop.clone()));
    futures_util::future::join_all(running).await;
}

/// Stops an app: readiness goes first, `drain` later the listener, requests in flight finish, then the jobs,
/// then the database.
pub async fn stop(
    drain: Duration,
    health: &Health,
    handle: &actix_web::dev::ServerHandle,
    stop_jobs: &watch::Sender<bool>,
) {
    health.stopping.store(true, Ordering::SeqCst);
    tokio::time::sleep(drain).await;
    handle.stop(true).await;
    // No receiver if the jobs have ended by themselves.
    let _ = stop_jobs.send(true);
}
