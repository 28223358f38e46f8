//! The form on pages of other sites: in a frame that a script puts there, and sent by a script of their own.
//! Which origins a form allows is decided by the server; whether it holds is decided by the browser, so it is tried in one.

use chrono::Duration;
use serde_json::{Value, json};

use crate::app;
use crate::browser::Browser;
use crate::chromium::Visitor;
use crate::site::Site;
use crate::support::TestApp;
use crate::support::intake::{form, inquiries};

/// A site that asks for the form `park` by its script, and the form, which allows these origins.
fn embedding(app: &TestApp, allowed: impl Fn(&Site) -> Vec<String>) -> (Site, Value) {
    let site = Site::showing(&format!("<h1>启航产业园</h1><script src=\"{}/f/park/embed.js\" data-height=\"1200\"></script>", app.address));
    let form = form(app, json!({"key": "park", "allowed_origins": allowed(&site), "fields": {"company": {"required": true}}}));
    (site, form)
}

/// What the page in the frame begins with, or that the browser shows none there.
fn framed(browser: &Browser) -> String {
    browser.enter_frame();
    let seen = browser.until("the frame", || {
        let address = browser.run("return document.readyState == 'complete' ? location.href : ''");
        let address = address.as_str().unwrap_or_default().to_owned();
        (!address.is_empty() && address != "about:blank").then_some(address)
    });
    if seen.starts_with("chrome-error:") { "blocked".to_owned() } else { browser.text("h1") }
}

#[test]
fn an_allowed_site_shows_the_form_in_a_frame_and_it_is_sent_from_there() {
    let Some(browser) = Visitor::chinese().on_a_phone().arrives() else { return };
    let app = app();
    let (site, form) = embedding(&app, |site| vec!["https://www.example.com".to_owned(), site.origin()]);
    browser.open(&format!("{}/changfang?from=menu", site.origin()));
    assert_eq!((browser.attribute("iframe", "title").as_deref(), browser.count("script")), (Some("告诉我们您的需求"), 0));
    let [left, top, right, bottom] = browser.place("iframe");
    assert!(right - left > 300.0 && (bottom - top - 1200.0).abs() < 1.0);

    assert_eq!(framed(&browser), "告诉我们您的需求");
    browser.write("#need", "求租厂房3000平米");
    app.advance(Duration::seconds(30));
    browser.write("#company", "启澜精密");
    browser.click("button");
    // Asked of the desk: while a frame is on its way to another page, what stands in it cannot be read.
    browser.until("the inquiry", || (!inquiries(&app, &form).is_empty()).then_some(()));
    let all = inquiries(&app, &form);
    assert_eq!((all.len(), &all[0]["source"]["page_url"]), (1, &json!(format!("{}/changfang", site.origin()))));
    browser.leave_frame();
    assert_eq!(browser.text("h1"), "启航产业园", "the site itself is still there");
}

#[test]
fn a_site_that_is_not_allowed_shows_nothing_in_its_frame() {
    let Some(browser) = Visitor::chinese().arrives() else { return };
    let app = app();
    let (site, _) = embedding(&app, |_| vec!["https://www.example.com".to_owned()]);
    browser.open(&site.origin());
    assert_eq!(framed(&browser), "blocked");
}

#[test]
fn a_form_that_allows_no_origin_is_shown_in_no_frame_and_one_that_allows_all_in_any() {
    let Some(browser) = Visitor::chinese().arrives() else { return };
    let app = app();
    let (site, form) = embedding(&app, |_| Vec::new());
    browser.open(&site.origin());
    assert_eq!(framed(&browser), "blocked");
    crate::support::intake::change(&app, &form, json!({"allowed_origins": ["*"]}));
    browser.open(&site.origin());
    assert_eq!(framed(&browser), "告诉我们您的需求");
}

/// Sends something by a script, as the site's own page would.
fn sent_by_script(browser: &Browser, app: &TestApp, kind: &str, body: &Value) -> Value {
    let request = json!({"method": "POST", "headers": {"Content-Type": kind}, "body": body.to_string()});
    browser.run_to_its_end(&format!("fetch('{}/f/park', {request}).then(async answer => ({{status: answer.status, body: await answer.json()}}))", app.address))
}

#[test]
fn a_script_of_an_allowed_site_reads_its_receipt_and_any_other_is_refused() {
    let Some(browser) = Visitor::chinese().arrives() else { return };
    let app = app();
    let (ours, theirs) = (Site::showing("<h1>ours</h1>"), Site::showing("<h1>theirs</h1>"));
    let form = form(&app, json!({"key": "park", "allowed_origins": [ours.origin()]}));
    // JSON is asked about beforehand, text is not.
    for (kind, phone, made) in [("application/json", "138 0013 8000", 1), ("text/plain", "139 0013 9000", 2)] {
        let sent = json!({"need": "求租厂房3000平米", "phone": phone});
        browser.open(&theirs.origin());
        let told = sent_by_script(&browser, &app, kind, &sent);
        assert!(told["error"].as_str().is_some_and(|error| error.contains("Failed to fetch")), "{told}");
        assert_eq!(inquiries(&app, &form).len(), made - 1);

        browser.open(&ours.origin());
        let told = sent_by_script(&browser, &app, kind, &sent);
        assert_eq!(told["status"], 202, "{told}");
        assert!(told["body"]["receipt_id"].as_str().is_some_and(|id| id.starts_with("rcp_")), "{told}");
        assert_eq!(inquiries(&app, &form).len(), made);
    }
}

#[test]
fn a_refusal_is_readable_for_a_script_of_an_allowed_site_too() {
    let Some(browser) = Visitor::chinese().arrives() else { return };
    let app = app();
    let ours = Site::showing("<h1>ours</h1>");
    form(&app, json!({"key": "park", "allowed_origins": [ours.origin()]}));
    browser.open(&ours.origin());
    let told = sent_by_script(&browser, &app, "application/json", &json!({"need": " "}));
    assert_eq!((&told["status"], &told["body"]["code"]), (&json!(422), &json!("empty")), "{told}");
}

#[test]
fn the_hosted_page_of_a_form_with_allowed_origins_can_be_sent_as_well() {
    let Some(browser) = Visitor::chinese().arrives() else { return };
    let app = app();
    let form = form(&app, json!({"key": "park", "allowed_origins": ["https://www.example.com"]}));
    browser.open(&format!("{}/f/park", app.address));
    browser.write("#need", "求租厂房3000平米");
    app.advance(Duration::seconds(30));
    browser.click("button");
    browser.arrives_at("/f/park/thanks");
    assert_eq!(inquiries(&app, &form).len(), 1);
}

#[test]
fn a_plain_form_of_another_site_leads_where_the_form_says() {
    let Some(browser) = Visitor::chinese().arrives() else { return };
    let app = app();
    let fields = "<input name=\"公司名称\" value=\"启澜精密\"><input name=\"手机号码\" value=\"13800138000\"><button>发送</button>";
    let site = Site::showing(&format!("<form method=\"post\" action=\"{}/f/park\">{fields}</form>", app.address));
    let form = form(&app, json!({"key": "park", "redirect_url": format!("{}/danke", site.origin())}));
    browser.open(&site.origin());
    browser.click("button");
    browser.arrives_at("/danke");
    assert_eq!(inquiries(&app, &form)[0]["company"], "启澜精密");
}
