//! The test builder: an app with a manual clock and a mailbox in memory, users, and clients.
//! An app that is dropped while mails lie unread fails its test.

pub mod assignment;
pub mod client;
pub mod conformance;
#[path = "../../support/databases.rs"]
mod databases;
pub mod desk;
pub mod dice;
pub mod event_stream;
pub mod group_robots;
pub mod intake;
pub mod mail_server;
pub mod receiver;
pub mod register;
pub mod robot_receiver;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use actix_web::dev::ServerHandle;
use argon2::password_hash::PasswordHasher;
use argon2::{Algorithm, Argon2, Params, Version};
use chrono::Duration;
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use leaddock::access::actions::{self, NewUser};
use leaddock::access::keys::LastUse;
use leaddock::access::passwords::requests::process_pending;
use leaddock::access::{Role, teams};
use leaddock::app::App;
use leaddock::assignment::terms::sweep;
use leaddock::inquiries::upkeep::index_again;
use leaddock::kernel::clock::{Clock, Timestamp};
use leaddock::kernel::error::Result;
use leaddock::kernel::id::UserId;
use leaddock::notifications::{robots, webhooks};
use leaddock::platform::config::{PublicUrl, Settings};
use leaddock::platform::db::{Context, DatabaseUrl, Db, Read, Tx};
use leaddock::platform::delivery::Dispatcher;
use leaddock::platform::events::publish;
use leaddock::platform::jobs::Next;
use leaddock::platform::mail::{Letter, Mailer, MemoryMailbox};
use leaddock::platform::timers::Poller;
use tempfile::TempDir;

pub use client::{Answer, Client};
pub use databases::Database;

/// Runs each test on both databases: `each_database! { fn name(app: TestApp) { … } }`.
macro_rules! each_database {
    ($($(#[$meta:meta])* fn $name:ident($app:ident) $body:block)*) => {
        $(mod $name {
            #[allow(unused_imports, reason = "not every test uses everything around it")]
            use super::*;

            fn body($app: $crate::support::TestApp) $body

            $(#[$meta])*
            #[test]
            fn sqlite() {
                body($crate::support::TestApp::start($crate::support::Database::Sqlite).unwrap());
            }

            $(#[$meta])*
            #[test]
            fn postgres() {
                if let Some(app) = $crate::support::TestApp::start($crate::support::Database::Postgres) {
                    body(app);
                }
            }
        })*
    };
}
pub(crate) use each_database;

/// The password of every user of a test.
pub const PASSWORD: &str = "a-password-for-tests";
/// When each test begins, unless it moves the clock: ten o'clock on a Monday in Shanghai.
pub const START: &str = "2026-11-23T02:00:00.000Z";
/// Where links in mails lead.
pub const PUBLIC_URL: &str = "https://leads.example.com";

/// The hash of the password of all; a cheap one, for there are hundreds of logins. How dear a real one is, is
/// held beside `passwords.rs`.
fn password_hash() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| {
        let cheap = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8, 1, 1, None).unwrap());
        cheap.hash_password(PASSWORD.as_bytes()).unwrap().to_string()
    })
}

/// A running app.
pub struct TestApp {
    pub clock: Clock,
    pub db: Db,
    pub address: String,
    pub database: Database,
    /// The mailbox; a test can let it fail.
    pub basket: MemoryMailbox,
    settings: Settings,
    folder: Arc<TempDir>,
    dispatcher: Dispatcher,
    poller: Poller,
    last_use: Arc<LastUse>,
    handle: ServerHandle,
    thread: Option<std::thread::JoinHandle<()>>,
    runtime: tokio::runtime::Runtime,
    users: AtomicU32,
    admin: OnceLock<Client>,
}

/// What the thread of the app tells the test about it.
struct Started {
    db: Db,
    dispatcher: Dispatcher,
    poller: Poller,
    last_use: Arc<LastUse>,
    address: String,
    handle: ServerHandle,
}

impl TestApp {
    /// Starts an app; none if there is no PostgreSQL to start it on, which is an error where `CI=true`.
    pub fn start(database: Database) -> Option<Self> {
        Self::start_with(database, |_| {})
    }

    /// The same with other settings.
    pub fn start_with(database: Database, change: impl FnOnce(&mut Settings)) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = Settings::defaults().unwrap();
        settings.server.bind = "127.0.0.1:0".parse().unwrap();
        settings.server.workers = 1;
        settings.server.public_url = PublicUrl::parse(PUBLIC_URL);
        settings.auth.secret_file = folder.path().join("auth.secret");
        settings.limits.intake_per_minute = 0;
        settings.limits.intake_per_minute_with_key = 0;
        settings.limits.login_per_minute = 0;
        settings.database.url = database.fresh(folder.path())?;
        change(&mut settings);
        let clock = Clock::manual(Timestamp::parse(START).unwrap());
        Some(Self::run(settings, database, Arc::new(folder), clock))
    }

    /// A second server on the same database, under the same clock. Not on SQLite, whose file has one server.
    pub fn second(&self) -> Self {
        Self::run(self.settings.clone(), self.database, Arc::clone(&self.folder), self.clock.clone())
    }

    /// The same app after a restart, a second later.
    pub fn restarted(self) -> Self {
        let (settings, database, folder, clock) =
            (self.settings.clone(), self.database, Arc::clone(&self.folder), self.clock.clone());
        drop(self);
        if let DatabaseUrl::Sqlite(path) = &settings.database.url {
            // The last thread of the old server may be about to let go of the file: this waits for it.
            std::fs::File::open(path.with_extension("db.lock")).unwrap().lock().unwrap();
        }
        clock.advance(Duration::seconds(1));
        Self::run(settings, database, folder, clock)
    }

    /// Lets it finish what is in flight and end, as a stop signal does.
    pub fn drain(&self) {
        self.runtime.block_on(self.handle.stop(true));
    }

    fn run(settings: Settings, database: Database, folder: Arc<TempDir>, clock: Clock) -> Self {
        let (memory, basket) = Mailer::memory("Leaddock <leaddock@example.com>".parse().unwrap());
        let mailer =
            if settings.mail.url.is_some() { Mailer::from_settings(&settings.mail).unwrap() } else { memory };
        let (tell, told) = std::sync::mpsc::channel();
        let (app_settings, app_clock) = (settings.clone(), clock.clone());
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let app = App::build(app_settings, app_clock, mailer).await.unwrap();
                let (running, _) = app.listen().unwrap();
                let address = format!("http://{}", running.address);
                let (dispatcher, last_use) =
                    (app.dispatcher(&app.public_url(running.address)), app.last_use());
                tell.send(Started {
                    db: app.db.clone(),
                    dispatcher,
                    poller: app.poller(),
                    last_use,
                    address,
                    handle: running.handle.clone(),
                })
                .unwrap();
                running.server.await.unwrap();
            });
        });
        let Started { db, dispatcher, poller, last_use, address, handle } =
            told.recv().expect("the app starts");
        Self {
            clock,
            db,
            address,
            database,
            basket,
            settings,
            folder,
            dispatcher,
            poller,
            last_use,
            handle,
            thread: Some(thread),
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap(),
            users: AtomicU32::new(0),
            admin: OnceLock::new(),
        }
    }

    /// A change made directly, past the API.
    pub fn write<T: Send + 'static>(
        &self,
        f: impl Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.runtime.block_on(self.db.write(Context::system(), f))
    }

    /// Writes down which API keys were used, as a job does now and then.
    pub fn note_key_use(&self) {
        self.runtime.block_on(self.last_use.flush_last_use(&self.db)).unwrap();
    }

    /// Runs what is asynchronous to its end.
    pub fn run_async<T>(&self, work: impl Future<Output = Result<T>>) -> T {
        self.runtime.block_on(work).unwrap()
    }

    /// A look directly into the database, past the API.
    pub fn read<T: Send + 'static>(&self, f: impl Fn(&mut Read<'_>) -> Result<T> + Send + 'static) -> T {
        self.runtime.block_on(self.db.read(f)).unwrap()
    }

    /// Makes a user with the password of all.
    pub fn add_user(&self, role: Role, team: Option<&str>) -> UserId {
        self.add(role, team, Some(password_hash().to_owned()))
    }

    /// Makes a user who has no password yet.
    pub fn add_passwordless(&self, role: Role) -> UserId {
        self.add(role, None, None)
    }

    fn add(&self, role: Role, team: Option<&str>, password_hash: Option<String>) -> UserId {
        let number = self.users.fetch_add(1, Ordering::SeqCst);
        let team = team.map(str::to_owned);
        let user = self.write(move |tx| {
            let team_id = match &team {
                Some(name) => Some(teams::find_or_create(tx, name)?.id),
                None => None,
            };
            let name = format!("{}-{number}", role.word());
            let email = format!("{name}@example.com");
            let new = NewUser {
                email,
                name,
                role,
                team_id,
                phone: None,
                locale: None,
                active: true,
                password_hash: password_hash.clone(),
            };
            actions::create(tx, &new)
        });
        user.unwrap().id
    }

    /// A client nobody is logged in with.
    pub fn nobody(&self) -> Client {
        Client::new(&self.address)
    }

    /// A new user of this role, logged in.
    pub fn login(&self, role: Role) -> Client {
        self.login_in(role, None)
    }

    /// The same, in a team.
    pub fn login_in(&self, role: Role, team: Option<&str>) -> Client {
        let id = self.add_user(role, team);
        self.login_as(id)
    }

    /// A client of a user who is there.
    pub fn login_as(&self, id: UserId) -> Client {
        self.nobody().login(&self.email(id), PASSWORD)
    }

    /// The mail address of a user.
    pub fn email(&self, id: UserId) -> String {
        self.read(move |read| leaddock::access::store::by_id(read.conn, id)).unwrap().email
    }

    /// The administrator of this app, the same one each time.
    pub fn admin(&self) -> &Client {
        self.admin.get_or_init(|| self.login(Role::Admin))
    }

    pub fn advance(&self, span: Duration) {
        self.clock.advance(span);
    }

    /// Lets nobody else write into the file until the answer is dropped. On SQLite only.
    pub fn lock_out(&self) -> SqliteConnection {
        let file = self.folder.path().join("leaddock.db");
        let mut other = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
        other.batch_execute("BEGIN IMMEDIATE").unwrap();
        other
    }

    /// Does what is due about owners, and all the rest: deadlines and warnings concern few tests, so that
    /// `work` alone leaves them.
    pub fn work_on_terms(&self) {
        self.work();
        self.runtime.block_on(async { while sweep(&self.db).await.unwrap() == Next::Immediately {} });
        self.work();
    }

    /// Does everything that the jobs would do now, but for what is due about owners.
    pub fn work(&self) {
        self.runtime.block_on(async {
            while process_pending(&self.db).await.unwrap() == Next::Immediately {}
            while publish(&self.db).await.unwrap() == Next::Immediately {}
            while self.poller.run().await.unwrap() == Next::Immediately {}
            // Of what timers have caused, too.
            while publish(&self.db).await.unwrap() == Next::Immediately {}
            while webhooks::fan_out(&self.db).await.unwrap() == Next::Immediately {}
            while robots::fan_out(&self.db).await.unwrap() == Next::Immediately {}
            while self.dispatcher.work().await.unwrap() == Next::Immediately {}
            while index_again(&self.db).await.unwrap() == Next::Immediately {}
            while self.db.settle_texts().await.unwrap() == Next::Immediately {}
        });
    }

    /// Works, and takes the mails that lie unread.
    pub fn mails(&self) -> Vec<Letter> {
        self.work();
        self.basket.take()
    }
}

/// What `n` callers do at the same time, in the order of their numbers.
pub fn at_once<T: Send>(n: usize, act: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let start = std::sync::Barrier::new(n);
    let (start, act) = (&start, &act);
    std::thread::scope(|scope| {
        let callers: Vec<_> = (0..n)
            .map(|number| {
                scope.spawn(move || {
                    start.wait();
                    act(number)
                })
            })
            .collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).collect()
    })
}

impl Drop for TestApp {
    fn drop(&mut self) {
        let unread = if std::thread::panicking() { Vec::new() } else { self.mails() };
        self.runtime.block_on(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
        let subjects: Vec<&str> = unread.iter().map(|mail| mail.subject.as_str()).collect();
        assert!(subjects.is_empty(), "mails that nobody read: {subjects:?}");
    }
}
