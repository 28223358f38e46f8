//! The public pages in a real browser: a headless Chromium on a phone and on a desk, in both languages, with
//! and without scripts. What the pages say byte by byte is tested in tests/api; here it is what a person sees
//! and can do.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod browser;
mod chromium;
mod dashboard;
mod elsewhere;
mod filling;
mod looks;
mod proxy;
mod site;
#[expect(dead_code, unused_imports, unused_macros, reason = "it can do more than these tests ask for")]
#[path = "../api/support/mod.rs"]
mod support;

use leaddock::platform::config::PublicUrl;
use support::{Database, TestApp};

/// An app whose links lead to where it listens, as those of a script for other sites must.
fn app() -> TestApp {
    app_at(None)
}

/// An app that people reach elsewhere.
fn app_at(public_url: Option<PublicUrl>) -> TestApp {
    TestApp::start_with(Database::Sqlite, |settings| settings.server.public_url = public_url)
        .expect("SQLite is always there")
}
