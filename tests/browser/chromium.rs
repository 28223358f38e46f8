//! Chromium and its driver as processes: where they are found, how they are started and ended, and what a
//! session begins with. What is done in a window is `browser.rs`.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use actix_web::web::Bytes;
use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::prelude::{WebDriverError, WebDriverResult};
use thirtyfour::session::http::{Body, HttpClient};
use thirtyfour::{Capabilities, WebDriver};
use tokio::runtime::Runtime;
use ureq::Agent;
use ureq::http::{Request, Response};

use crate::browser::Browser;

/// A command of the driver has this long: a busy machine starts a browser slowly.
const QUEUE_TIMEOUT: Duration = Duration::from_secs(90);
/// No network but loopback, nothing that belongs to a desktop, no first-run questions.
const FLAGS: [&str; 13] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--disable-features=Translate,OptimizationHints,MediaRouter",
    "--hide-scrollbars",
];

/// Who comes, and with what.
#[derive(Debug, Clone, Copy)]
pub struct Visitor {
    languages: &'static str,
    on_a_phone: bool,
    runs_scripts: bool,
}

impl Visitor {
    pub fn chinese() -> Self {
        Self { languages: "zh-CN,zh", on_a_phone: false, runs_scripts: true }
    }

    pub fn english() -> Self {
        Self { languages: "en-GB,en", ..Self::chinese() }
    }

    pub fn french() -> Self {
        Self { languages: "fr-FR,fr", ..Self::chinese() }
    }

    /// 390 × 844, with a finger.
    pub fn on_a_phone(self) -> Self {
        Self { on_a_phone: true, ..self }
    }

    pub fn without_scripts(self) -> Self {
        Self { runs_scripts: false, ..self }
    }

    /// Opens a browser; none, said aloud, if there is none to open, which is an error where `CI=true`.
    pub fn arrives(self) -> Option<Browser> {
        let (browser, driver) = programs()?;
        let profile = tempfile::tempdir().unwrap();
        let driver = Driver::start(&driver);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let session = self.session(&browser, &profile, &driver.address, &runtime);
        Some(Browser::new(session, runtime, driver, profile))
    }

    fn session(self, browser: &Path, profile: &TempDir, driver: &str, runtime: &Runtime) -> WebDriver {
        let mut flags: Vec<String> = FLAGS.iter().map(|flag| (*flag).to_owned()).collect();
        flags.push(format!("--user-data-dir={}", profile.path().display()));
        flags.push(format!("--lang={}", self.languages.split(',').next().unwrap_or_default()));
        let mut options =
            json!({"binary": browser, "args": flags, "prefs": {"intl.accept_languages": self.languages}});
        if self.on_a_phone {
            options["mobileEmulation"] = json!({"deviceMetrics": {"width": 390, "height": 844,
                "pixelRatio": 2, "mobile": true, "touch": true}});
        }
        if !self.runs_scripts {
            options["prefs"]["profile.managed_default_content_settings.javascript"] = json!(2);
        }
        let Value::Object(wanted) = json!({"browserName": "chrome", "goog:chromeOptions": options}) else {
            panic!("an object")
        };
        let config =
            Agent::config_builder().http_status_as_error(false).timeout_global(Some(QUEUE_TIMEOUT)).build();
        let opened = runtime.block_on(
            WebDriver::builder(driver, Capabilities::from(wanted))
                .client(Loopback(config.new_agent()))
                .connect(),
        );
        opened.expect("the browser opens")
    }
}

/// The browser and its driver.
#[expect(
    clippy::disallowed_methods,
    reason = "the test asks its environment where programs are, and whether a skip is a failure"
)]
fn programs() -> Option<(PathBuf, PathBuf)> {
    let path = std::env::var("PATH").unwrap_or_default();
    let find = |names: &[&str]| {
        names.iter().find_map(|name| {
            std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
        })
    };
    let found = find(&["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"])
        .zip(find(&["chromedriver"]));
    if found.is_none() {
        assert_ne!(
            std::env::var("CI").as_deref(),
            Ok("true"),
            "no Chromium or no chromedriver, and a skip is a failure here"
        );
        eprintln!(
            "SKIPPED in the browser: chromium and chromedriver are not both found; install the packages \
            chromium and chromium-driver"
        );
    }
    found
}

/// A running driver. A shell waits for the end of its input, which is the end of this value or of the whole
/// test process, then ends its group: the driver, and a browser that did not answer any more.
pub struct Driver {
    shell: Child,
    address: String,
}

impl Driver {
    fn start(program: &Path) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", "\"$0\" --port=0 & cat >/dev/null; kill -KILL 0"]).arg(program).process_group(0);
        let mut shell =
            shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut words = BufReader::new(shell.stdout.take().unwrap()).lines().map_while(Result::ok);
        let port = words.find_map(|line| {
            line.split_once("started successfully on port ")
                .map(|(_, port)| port.trim_end_matches('.').to_owned())
        });
        // Read to its end, so that the driver never waits for a reader.
        std::thread::spawn(move || words.for_each(drop));
        Self { shell, address: format!("http://127.0.0.1:{}", port.expect("the driver tells its port")) }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

/// The driver is on loopback: the plain client of the other tests is enough.
struct Loopback(Agent);

#[async_trait::async_trait]
impl HttpClient for Loopback {
    async fn send(&self, request: Request<Body<'_>>) -> WebDriverResult<Response<Bytes>> {
        let (parts, body) = request.into_parts();
        let answer = match body {
            Body::Empty => self.0.run(Request::from_parts(parts, ())),
            Body::Json(body) => self.0.run(Request::from_parts(parts, body.to_string())),
        };
        let failed = |error: ureq::Error| WebDriverError::RequestFailed(error.to_string());
        let (parts, mut body) = answer.map_err(failed)?.into_parts();
        let bytes = body.with_config().limit(256 << 20).read_to_vec().map_err(failed)?;
        Ok(Response::from_parts(parts, bytes.into()))
    }

    async fn new(&self) -> std::sync::Arc<dyn HttpClient> {
        std::sync::Arc::new(Self(self.0.clone()))
    }
}
