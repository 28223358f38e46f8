//! One window of a browser, and what a person does in it. Nothing here waits for a time, only until something
//! is so. How the browser is started is `chromium.rs`; what the product should show is in the tests.

use std::future::Future;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::error::WebDriverResult;
use thirtyfour::{By, Key, WebDriver, WebElement};
use tokio::runtime::Runtime;

use crate::chromium::Driver;

/// What a page does not show by then, it does not show.
const QUEUE_TIMEOUT: Duration = Duration::from_secs(20);

/// A window. The session ends with it, then the driver, then the profile goes.
pub struct Browser {
    session: Option<WebDriver>,
    runtime: Runtime,
    _driver: Driver,
    _profile: TempDir,
}

impl Drop for Browser {
    fn drop(&mut self) {
        if let Some(session) = self.session.take() {
            let _ = self.runtime.block_on(session.quit());
        }
    }
}

impl Browser {
    pub fn new(session: WebDriver, runtime: Runtime, driver: Driver, profile: TempDir) -> Self {
        Self { session: Some(session), runtime, _driver: driver, _profile: profile }
    }

    fn session(&self) -> &WebDriver {
        self.session.as_ref().expect("it is open until it is dropped")
    }

    #[track_caller]
    fn done<T>(&self, act: impl Future<Output = WebDriverResult<T>>) -> T {
        self.runtime.block_on(act).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Waits until something is there.
    #[track_caller]
    pub fn until<T>(&self, what: &str, look: impl Fn() -> Option<T>) -> T {
        let end = Instant::now() + QUEUE_TIMEOUT;
        loop {
            if let Some(found) = look() {
                return found;
            }
            assert!(Instant::now() < end, "never seen: {what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    // ---- going somewhere

    #[track_caller]
    pub fn open(&self, address: &str) {
        self.done(self.session().goto(address));
    }

    /// Waits until this path is shown.
    #[track_caller]
    pub fn arrives_at(&self, path: &str) {
        self.until(path, || self.address().filter(|address| address.path() == path));
    }

    /// Where it is.
    pub fn address(&self) -> Option<url::Url> {
        self.runtime.block_on(self.session().current_url()).ok()
    }

    pub fn title(&self) -> String {
        self.done(self.session().title())
    }

    /// Goes on inside the first frame of the page.
    #[track_caller]
    pub fn enter_frame(&self) {
        let frame = self.element("iframe");
        self.done(frame.enter_frame());
    }

    #[track_caller]
    pub fn leave_frame(&self) {
        self.done(self.session().enter_default_frame());
    }

    // ---- looking

    /// Waits until there is one.
    #[track_caller]
    pub fn element(&self, css: &str) -> WebElement {
        self.until(css, || self.runtime.block_on(self.session().find(By::Css(css))).ok())
    }

    /// How many there are now.
    pub fn count(&self, css: &str) -> usize {
        self.done(self.session().find_all(By::Css(css))).len()
    }

    #[track_caller]
    pub fn text(&self, css: &str) -> String {
        self.done(self.element(css).text())
    }

    /// What a field holds.
    #[track_caller]
    pub fn value(&self, css: &str) -> String {
        self.done(self.element(css).value()).unwrap_or_default()
    }

    #[track_caller]
    pub fn attribute(&self, css: &str, name: &str) -> Option<String> {
        self.done(self.element(css).attr(name))
    }

    #[track_caller]
    pub fn is_ticked(&self, css: &str) -> bool {
        self.done(self.element(css).is_selected())
    }

    /// Left, top, right and bottom, in CSS pixels of the page.
    #[track_caller]
    pub fn place(&self, css: &str) -> [f64; 4] {
        let rect = self.done(self.element(css).rect());
        [rect.x, rect.y, rect.x + rect.width, rect.y + rect.height]
    }

    /// The id of what has the focus.
    pub fn focus(&self) -> String {
        let active = self.done(self.session().active_element());
        let id = self.done(active.attr("id")).filter(|id| !id.is_empty());
        id.unwrap_or_else(|| self.done(active.tag_name()))
    }

    // ---- doing

    #[track_caller]
    pub fn click(&self, css: &str) {
        self.done(self.element(css).click());
    }

    /// Types into a field.
    #[track_caller]
    pub fn write(&self, css: &str, text: &str) {
        self.done(self.element(css).send_keys(text));
    }

    /// Types where the focus is.
    #[track_caller]
    pub fn types(&self, text: &str) {
        self.devtools("Input.insertText", json!({"text": text}));
    }

    /// Presses the Tab key until the focus is there.
    #[track_caller]
    pub fn tabs_to(&self, css: &str) {
        let focused = format!("{css}:focus");
        for _ in 0..30 {
            if self.count(&focused) == 1 {
                return;
            }
            self.press(Key::Tab);
        }
        panic!("the Tab key does not lead to {css}");
    }

    /// Presses a key where the focus is.
    #[track_caller]
    pub fn press(&self, key: Key) {
        self.done(self.session().action_chain().send_keys(key).perform());
    }

    // ---- behind the page

    /// The page as markup, as it is now.
    #[track_caller]
    pub fn markup(&self) -> String {
        let page = self.devtools("DOM.getDocument", json!({"depth": 0}));
        let markup = self.devtools("DOM.getOuterHTML", json!({"nodeId": page["root"]["nodeId"]}));
        markup["outerHTML"].as_str().unwrap().to_owned()
    }

    /// The value of a script's `return`.
    #[track_caller]
    pub fn run(&self, script: &str) -> Value {
        self.done(self.session().execute(script, Vec::new())).json().clone()
    }

    /// What the promise becomes that this expression gives.
    #[track_caller]
    pub fn run_to_its_end(&self, expression: &str) -> Value {
        let script = format!(
            "const done = arguments[arguments.length - 1]; ({expression}).then(done, error => done({{error: \
            String(error)}}));"
        );
        self.done(self.session().execute_async(script, Vec::new())).json().clone()
    }

    #[track_caller]
    fn devtools(&self, method: &str, params: Value) -> Value {
        self.done(self.session().cdp().send_raw(method, params))
    }

    /// Sends a header with every request from now on.
    #[track_caller]
    pub fn sends_with_all(&self, header: &str, value: &str) {
        self.devtools("Network.enable", json!({}));
        self.devtools("Network.setExtraHTTPHeaders", json!({"headers": {header: value}}));
    }

    /// A window of this width, in CSS pixels.
    #[track_caller]
    pub fn is_wide(&self, width: u32) {
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            json!({"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 500}),
        );
    }

    /// What the person likes, `light` or `dark`.
    #[track_caller]
    pub fn prefers(&self, scheme: &str) {
        self.devtools(
            "Emulation.setEmulatedMedia",
            json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]}),
        );
    }

    /// What the browser tells assistive technology of each thing that can be used: role, name, description.
    #[track_caller]
    pub fn told_aloud(&self) -> Vec<[String; 3]> {
        let tree = self.devtools("Accessibility.getFullAXTree", json!({}));
        let nodes = tree["nodes"].as_array().unwrap().iter().filter(|node| node["ignored"] != true);
        let told = nodes.map(|node| {
            ["role", "name", "description"]
                .map(|of| node[of]["value"].as_str().unwrap_or_default().to_owned())
        });
        told.filter(|[role, ..]| {
            ["textbox", "checkbox", "combobox", "button", "link"].contains(&role.as_str())
        })
        .collect()
    }

    /// Lays a picture of the whole page into the folder that LEADDOCK_SCREENSHOTS names, if it names one.
    #[expect(clippy::disallowed_methods, reason = "where pictures go is asked of the environment")]
    pub fn picture(&self, name: &str) {
        let Some(folder) = std::env::var("LEADDOCK_SCREENSHOTS").ok().filter(|folder| !folder.is_empty())
        else {
            return;
        };
        let taken =
            self.devtools("Page.captureScreenshot", json!({"format": "png", "captureBeyondViewport": true}));
        let png = data_encoding::BASE64.decode(taken["data"].as_str().unwrap().as_bytes()).unwrap();
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(std::path::Path::new(&folder).join(format!("{name}.png")), png).unwrap();
    }
}
