//! How the public pages look and how they are told aloud: contrast, names, touch, widths, zoom; and pictures
//! of them, where they are asked for. What happens when a page is sent is `filling.rs`.

use chrono::Duration;
use leaddock::access::Role;
use serde_json::{Value, json};

use crate::app;
use crate::browser::Browser;
use crate::chromium::Visitor;
use crate::site::Site;
use crate::support::TestApp;
use crate::support::desk::{USERS, give};
use crate::support::intake::form;

const CHECKS: &str = include_str!("accessibility.js");

/// A form with everything that a page can have.
fn everything(app: &TestApp) -> String {
    let fields = json!({
        "need": {"required": true}, "company": {"required": true}, "phone": {"required": true},
            "email": {"show": true}, "wechat": {"show": true},
        "usage": {"options": ["生产", "仓储", "研发 / R&D"], "required": true}});
    let consent = json!({"version": "2026-11", "required": true,
        "text": "我同意贵方为联系我而保存以上信息，详\
        见 https://www.example.com/privacy/a-very-long-address-that-has-no-blank-anywhere-in-it。\n可随时撤回。"});
    form(app, json!({"key": "everything", "fields": fields, "consent": consent}));
    format!("{}/f/everything", app.address)
}

/// A form with a look of its own.
fn own_look(app: &TestApp) -> String {
    let logo = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 180 \
    40'%3E%3Ccircle cx='20' cy='20' r='18' fill='%231d2f8f'/%3E%3C\
                text x='48' y='28' font-size='24' fill='%231d2f8f'%3EQIHANG PARK%3C/text%3E%3C/svg%3E";
    let page = json!({"title": "启航产业园招商登记", "intro": "苏州、昆山、太仓三地厂房与土地。\n工作日两小时内回电。", "colour": "#1d2f8f",
        "logo": logo,
        "thanks": "招商顾问将在两小时内与您联系。\n急事请拨 0512-6395 0000。"});
    form(app, json!({"key": "own-look", "page": page}));
    format!("{}/f/own-look", app.address)
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
    let nameless = browser
        .told_aloud()
        .into_iter()
        .filter(|[_, name, _]| name.trim().is_empty())
        .map(|[role, ..]| format!("a {role} has no name"));
    found.as_array().unwrap().iter().map(|fault| fault.as_str().unwrap().to_owned()).chain(nameless).collect()
}

/// Looks at the page that is shown: light and dark, narrow and wide, twice as large.
#[track_caller]
pub fn is_good_everywhere(browser: &Browser, page: &str) {
    let mut found = Vec::new();
    for scheme in ["light", "dark"] {
        browser.prefers(scheme);
        // The last two are 1280 and 640 pixels at twice the size.
        for width in [320, 390, 1280, 640, 321] {
            browser.is_wide(width);
            found.extend(
                faults(browser).into_iter().map(|fault| format!("{page}, {scheme}, {width}: {fault}")),
            );
        }
        // Letters twice as large, the window as it was.
        browser.is_wide(390);
        browser.run("document.documentElement.style.fontSize = '200%'");
        found.extend(
            faults(browser).into_iter().map(|fault| format!("{page}, {scheme}, large letters: {fault}")),
        );
        browser.run("document.documentElement.style.fontSize = ''");
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_pages_are_good_for_everybody() {
    for (visitor, language) in [(Visitor::chinese(), "Chinese"), (Visitor::english(), "English")] {
        let Some(browser) = visitor.arrives() else { return };
        let app = app();
        let (page, own) = (everything(&app), own_look(&app));
        for (name, address) in [
            ("the form", format!("{}/f/default", app.address)),
            ("the form with everything", page.clone()),
            ("the thanks", format!("{}/f/default/thanks", app.address)),
            ("the page of an inquiry", format!("{}/i/inq_00000000000000000000000000", app.address)),
            ("a form with a look of its own", own.clone()),
            ("its thanks", format!("{own}/thanks")),
            ("the start page", format!("{}/", app.address)),
            ("what is not there", format!("{}/f/nothing-here", app.address)),
            ("the page of a password", format!("{}/a/password?token=x", app.address)),
            ("a form in a frame", format!("{page}?embed=1")),
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
    let told = |role: &str, name: &str| {
        browser.told_aloud().into_iter().find(|[its, named, _]| its == role && named.starts_with(name))
    };
    assert!(
        told("textbox", "What are you looking for?").is_some_and(|[_, _, hint]| hint.contains("factory"))
    );
    assert!(
        told("combobox", "Use").is_some()
            && told("button", "Send").is_some()
            && told("checkbox", "我同意").is_some()
    );
    shows_errors(&browser, &app, &page);
    for (role, name, field) in [
        ("textbox", "Company", "company"),
        ("textbox", "Phone", "phone"),
        ("combobox", "Use", "usage"),
        ("checkbox", "我同意", "consent"),
    ] {
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
    let own = own_look(&app);
    let addresses = |app: &TestApp| {
        let at = |path: &str| format!("{}{path}", app.address);
        [
            ("form", at("/f/default")),
            ("thanks", at("/f/default/thanks")),
            ("start", at("/")),
            ("missing", at("/f/nothing-here")),
            ("password", at("/a/password?token=x")),
        ]
    };
    let own_ones = [
        ("own-form", own.clone()),
        ("own-thanks", format!("{own}/thanks")),
        ("framed", format!("{own}?embed=1")),
    ];
    for scheme in ["light", "dark"] {
        browser.prefers(scheme);
        for (name, address) in addresses(&app).into_iter().chain(own_ones.clone()) {
            browser.open(&address);
            both_widths(&browser, &format!("{name}-zh-{scheme}"));
        }
        shows_errors(&browser, &app, &page);
        both_widths(&browser, &format!("errors-zh-{scheme}"));
    }
    drop(browser);

    let Some(browser) = Visitor::english().arrives() else { return };
    for scheme in ["light", "dark"] {
        browser.prefers(scheme);
        assert_eq!(
            browser.run(&format!("return matchMedia('(prefers-color-scheme: {scheme})').matches")),
            Value::Bool(true)
        );
        for (name, address) in addresses(&app) {
            browser.open(&address);
            both_widths(&browser, &format!("{name}-en-{scheme}"));
        }
    }
}

#[test]
fn mails_fit_a_phone() {
    let Some(browser) = Visitor::chinese().arrives() else { return };
    let app = app();
    let agent = app.login(Role::Agent);
    let long =
        "https://www.example.com/a-very-long-address-that-has-no-blank-anywhere-in-it/and-on-and-on-and-on";
    let message = format!("希望月底前看房。\n\n要求：\n1. 一楼，层高 9 米；\n2. 承重 2 吨；\n见 {long}");
    give(
        app.admin(),
        agent.id(),
        json!({"email": "zhou.qilan.with-a-long-name@suzhou-qilan-precision-machinery.example.com",
            "message": message}),
    );
    app.admin()
        .post(USERS, &json!({"email": "neu@example.com", "name": "新同事", "role": "agent"}))
        .expect(201);
    for (n, mail) in app.mails().into_iter().enumerate() {
        let site = Site::of(mail.html.clone());
        browser.open(&site.origin());
        for width in [320, 390, 1280] {
            browser.is_wide(width);
            let [inside, around] = ["scrollWidth", "clientWidth"]
                .map(|of| browser.run(&format!("return document.documentElement.{of}")).as_f64().unwrap());
            assert!(inside <= around, "at {width} the mail {} is {inside} wide", mail.subject);
            let widest = browser
                .run(
                    "return Math.max(...[...document.querySelectorAll('td')].map(cell => \
                    cell.getBoundingClientRect().right))",
                )
                .as_f64()
                .unwrap();
            assert!(widest <= f64::from(width), "at {width} the mail {} goes to {widest}", mail.subject);
            let words = browser
                .run("return document.querySelector('td td').getBoundingClientRect().width")
                .as_f64()
                .unwrap();
            assert!(
                words <= 561.0 && (width > 600 || words >= f64::from(width) - 25.0),
                "at {width} the words are {words} wide"
            );
            browser.picture(&format!("mail-{n}-{width}"));
        }
    }
}
