//! How the public pages look and how they are told aloud: contrast, names, touch, widths, zoom; and pictures of them, where they are asked for.
//! What happens when a page is sent is `filling.rs`.

use chrono::Duration;
use serde_json::{Value, json};

use crate::app;
use crate::browser::Browser;
use crate::chromium::Visitor;
use crate::support::TestApp;
use crate::support::intake::form;

const CHECKS: &str = include_str!("accessibility.js");

/// A form with everything that a page can have.
fn everything(app: &TestApp) -> String {
    let fields = json!({
        "need": {"required": true}, "company": {"required": true}, "phone": {"required": true}, "email": {"show": true}, "wechat": {"show": true},
        "usage": {"options": ["生产", "仓储", "研发 / R&D"], "required": true}});
    let consent = json!({"version": "2026-11", "required": true,
        "text": "我同意贵方为联系我而保存以上信息，详见 https://www.example.com/privacy/a-very-long-address-that-has-no-blank-anywhere-in-it。\n可随时撤回。"});
    form(app, json!({"key": "everything", "fields": fields, "consent": consent}));
    format!("{}/f/everything", app.address)
}

/// The same, sent too early.
fn shows_errors(browser: &Browser, app: &TestApp, page: &str) {
    browser.open(page);
    browser.write("#need", "求租一楼厂房 3000–5000 平方米，近高速，带 10 吨行车");
    app.advance(Duration::seconds(30));
    browser.click("button");
    browser.element("[role=alert]");
}

fn faults(browser: &Browser) -> Vec<String> {
    let found = browser.run(CHECKS);
    let nameless = browser.told_aloud().into_iter().filter(|[_, name, _]| name.trim().is_empty()).map(|[role, ..]| format!("a {role} has no name"));
    found.as_array().unwrap().iter().map(|fault| fault.as_str().unwrap().to_owned()).chain(nameless).collect()
}

/// Looks at the page that is shown: light and dark, narrow and wide, twice as large.
#[track_caller]
fn is_good_everywhere(browser: &Browser, page: &str) {
    let mut found = Vec::new();
    for scheme in ["light", "dark"] {
        browser.prefers(scheme);
        // The last two are 1280 and 640 pixels at twice the size.
        for width in [320, 390, 1280, 640, 321] {
            browser.is_wide(width);
            found.extend(faults(browser).into_iter().map(|fault| format!("{page}, {scheme}, {width}: {fault}")));
        }
        // Letters twice as large, the window as it was.
        browser.is_wide(390);
        browser.run("document.documentElement.style.fontSize = '200%'");
        found.extend(faults(browser).into_iter().map(|fault| format!("{page}, {scheme}, large letters: {fault}")));
        browser.run("document.documentElement.style.fontSize = ''");
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_pages_are_good_for_everybody() {
    for (visitor, language) in [(Visitor::chinese(), "Chinese"), (Visitor::english(), "English")] {
        let Some(browser) = visitor.arrives() else { return };
        let app = app();
        let page = everything(&app);
        for (name, address) in [
            ("the form", format!("{}/f/default", app.address)),
            ("the form with everything", page.clone()),
            ("the thanks", format!("{}/f/default/thanks", app.address)),
            ("the page of an inquiry", format!("{}/i/inq_00000000000000000000000000", app.address)),
        ] {
            browser.open(&address);
            is_good_everywhere(&browser, &format!("{name} in {language}"));
        }
        shows_errors(&browser, &app, &page);
        is_good_everywhere(&browser, &format!("the form with errors in {language}"));
    }
}

#[test]
fn names_hints_and_errors_are_told_aloud() {
    let Some(browser) = Visitor::english().arrives() else { return };
    let app = app();
    let page = everything(&app);
    browser.open(&page);
    let told = |role: &str, name: &str| browser.told_aloud().into_iter().find(|[its, named, _]| its == role && named.starts_with(name));
    assert!(told("textbox", "Need: what you look for").is_some_and(|[_, _, hint]| hint.contains("factory")));
    assert!(told("combobox", "Use").is_some() && told("button", "Send").is_some() && told("checkbox", "我同意").is_some());
    shows_errors(&browser, &app, &page);
    for (role, name, field) in
        [("textbox", "Company", "company"), ("textbox", "Phone", "phone"), ("combobox", "Use", "usage"), ("checkbox", "我同意", "consent")]
    {
        let [_, _, error] = told(role, name).unwrap_or_else(|| panic!("{name} is not told of"));
        assert!(error.contains(&browser.text(&format!("#{field}-error"))), "{name}: {error}");
    }
}

#[test]
fn pictures_of_the_pages() {
    let Some(browser) = Visitor::chinese().arrives() else { return };
    let app = app();
    let page = everything(&app);
    let both_widths = |browser: &Browser, name: &str| {
        for width in [390, 1280] {
            browser.is_wide(width);
            browser.picture(&format!("{name}-{width}"));
        }
    };
    browser.prefers("light");
    browser.open(&format!("{}/f/default", app.address));
    both_widths(&browser, "form-zh");
    shows_errors(&browser, &app, &page);
    both_widths(&browser, "errors-zh");
    browser.prefers("dark");
    both_widths(&browser, "errors-zh-dark");
    browser.prefers("light");
    browser.open(&format!("{}/f/default/thanks", app.address));
    both_widths(&browser, "thanks-zh");
    drop(browser);

    let Some(browser) = Visitor::english().arrives() else { return };
    browser.open(&format!("{}/f/default", app.address));
    browser.prefers("dark");
    assert_eq!(browser.run("return matchMedia('(prefers-color-scheme: dark)').matches"), Value::Bool(true));
    both_widths(&browser, "form-en-dark");
}
