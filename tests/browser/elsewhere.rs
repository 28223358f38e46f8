//! The form on pages of other sites: in a frame that a script puts there, and sent by a script of their own.
//! Which origins a form allows is decided by the server; whether it holds is decided by the browser, so it is
//! tried in one.

use chrono::Duration;
use serde_json::{Value, json};

use crate::app;
use crate::browser::Browser;
use crate::chromium::Visitor;
use crate::site::Site;
use crate::support::TestApp;
use crate::support::intake::{form, inquiries};

/// Keeps what is said on the console.
const SAID: &str = "<script>window.said = []; console.error = words => said.push(String(words))</script>";

/// A site that asks for the form `park` by its script, and the form, which allows these origins.
fn embedding(app: &TestApp, allowed: impl Fn(&Site) -> Vec<String>) -> (Site, Value) {
    let site = Site::showing(&format!(
        "{SAID}<h1>启航产业园</h1><div id=spot><script src=\"{}/f/park/embed.js\"></script></div>",
        app.address
    ));
    let form = form(
        app,
        json!({"key": "park", "allowed_origins": allowed(&site), "fields": {"company": {"required": true}}}),
    );
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
    browser.open(&format!("{}/changfang?from=menu&utm_source=menu#x", site.origin()));
    assert_eq!(
        (
            browser.attribute("iframe", "title").as_deref(),
            browser.count("#spot script"),
            browser.count("#spot iframe")
        ),
        (Some("告诉我们您的需求"), 0, 1)
    );
    let [left, _, right, _] = browser.place("iframe");
    assert!(right - left > 300.0);
    let before = is_as_high_as_its_page(&browser);

    assert_eq!(framed(&browser), "告诉我们您的需求");
    browser.write("#need", "求租厂房3000平米");
    app.advance(Duration::seconds(30));
    browser.write("#company", "启澜精密");
    browser.click("button");
    // Asked of the desk: while a frame is on its way to another page, what stands in it cannot be read.
    browser.until("the inquiry", || (!inquiries(&app, &form).is_empty()).then_some(()));
    let all = inquiries(&app, &form);
    let source = json!({"channel": "form", "page_url": format!("{}/changfang", site.origin()),
        "referrer": null, "utm": {"source": "menu"}});
    assert_eq!((all.len(), &all[0]["source"]), (1, &source));
    browser.leave_frame();
    assert_eq!(browser.text("h1"), "启航产业园", "the site itself is still there");
    browser.until("the lower thanks", || (height(&browser) < before / 2.0).then_some(()));
    is_as_high_as_its_page(&browser);
    assert_eq!(browser.run("return said.length"), 0);
}

#[test]
fn a_site_that_is_not_allowed_shows_nothing_in_its_frame() {
    let Some(browser) = Visitor::chinese().arrives() else { return };
    let app = app();
    let (site, _) = embedding(&app, |_| vec!["https://www.example.com".to_owned()]);
    browser.open(&site.origin());
    assert_eq!(framed(&browser), "blocked");
    browser.leave_frame();
    assert!((height(&browser) - 1300.0).abs() < 1.0, "until it says so itself");
    let said = browser.run("return said.join()");
    assert!(
        said.as_str().unwrap().contains(&format!("{} is not among the allowed_origins", site.origin())),
        "{said}"
    );
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

fn height(browser: &Browser) -> f64 {
    let [_, top, _, bottom] = browser.place("iframe");
    bottom - top
}

/// Waits until the frame is as high as what is in it. Tells how high that is.
#[track_caller]
fn is_as_high_as_its_page(browser: &Browser) -> f64 {
    browser.until("the frame as high as its page", || {
        browser.enter_frame();
        let inside = browser
            .run("return document.body ? Math.ceil(document.body.getBoundingClientRect().height) : 0")
            .as_f64()
            .unwrap_or_default();
        browser.leave_frame();
        (inside > 100.0 && (height(browser) - inside).abs() < 1.5).then_some(inside)
    })
}

#[test]
fn the_script_shows_the_form_wherever_and_whenever_it_is_loaded() {
    let Some(browser) = Visitor::chinese().arrives() else { return };
    let app = app();
    let own = form(&app, json!({"key": "park", "allowed_origins": ["*"]}));
    let src = format!("{}/f/park/embed.js", app.address);
    let later = format!(
        "<div id=spot></div><script>addEventListener('load', () => {{ const tag = \
         document.createElement('script'); tag.src = '{src}'; \
         document.getElementById('spot').append(tag) }})</script>"
    );
    let pages = [
        ("async", String::new(), format!("<div id=spot><script async src=\"{src}\"></script></div>")),
        ("defer", String::new(), format!("<div id=spot><script defer src=\"{src}\"></script></div>")),
        (
            "a module",
            String::new(),
            format!("<div id=spot><script type=module src=\"{src}\"></script></div>"),
        ),
        ("added later", String::new(), later),
        (
            "a target",
            String::new(),
            format!("<script src=\"{src}\" data-target=\"#spot\"></script><div id=spot></div>"),
        ),
        (
            "a target, from the head",
            format!("<script src=\"{src}\" data-target=\"#spot\"></script>"),
            "<div id=spot></div>".to_owned(),
        ),
    ];
    for (how, head, body) in pages {
        let site = Site::with_head(&format!("{SAID}{head}"), &body);
        browser.open(&site.origin());
        browser.element("#spot iframe");
        is_as_high_as_its_page(&browser);
        assert_eq!((browser.count("iframe"), framed(&browser).as_str()), (1, "告诉我们您的需求"), "{how}");
        browser.leave_frame();
        assert_eq!(browser.run("return said.length"), 0, "{how}");
    }
    // Without a place it is at the end, and says so; without its target it says that.
    let site = Site::with_head(&format!("{SAID}<script src=\"{src}\"></script>"), "<h1>园区</h1>");
    browser.open(&site.origin());
    browser.element("h1 ~ iframe");
    assert!(browser.run("return said.join()").as_str().unwrap().contains("data-target"));
    let site = Site::showing(&format!("{SAID}<script src=\"{src}\" data-target=\"#nowhere\"></script>"));
    browser.open(&site.origin());
    browser.until("what is wrong", || {
        browser.run("return said.join()").as_str().filter(|said| said.contains("#nowhere")).map(drop)
    });
    assert_eq!(browser.count("iframe"), 0);
    assert!(inquiries(&app, &own).is_empty());
}

#[test]
fn the_frame_listens_to_the_page_around_it_alone() {
    let Some(browser) = Visitor::chinese().arrives() else { return };
    let app = app();
    let (site, _) = embedding(&app, |site| vec![site.origin()]);
    browser.open(&site.origin());
    let high = is_as_high_as_its_page(&browser);
    // Another window, or another message, says nothing about the height.
    browser.run(
        "postMessage({leaddock: 'height', height: 9000}, '*'); frames[0].postMessage({leaddock: 'height', \
        height: 9000}, '*')",
    );
    browser.run(
        "window.dispatchEvent(new MessageEvent('message', {data: {leaddock: 'height', height: 9000}, origin: \
        'https://evil.example', source: frames[0]}))",
    );
    assert!((height(&browser) - high).abs() < 1.5);
}

/// Sends something by a script, as the site's own page would.
fn sent_by_script(browser: &Browser, app: &TestApp, kind: &str, body: &Value) -> Value {
    let request = json!({"method": "POST", "headers": {"Content-Type": kind}, "body": body.to_string()});
    browser.run_to_its_end(&format!(
        "fetch('{}/f/park', {request}).then(async answer => ({{status: answer.status, body: await \
            answer.json()}}))",
        app.address
    ))
}

#[test]
fn a_script_of_an_allowed_site_reads_its_receipt_and_any_other_is_refused() {
    let Some(browser) = Visitor::chinese().arrives() else { return };
    let app = app();
    let (ours, theirs) = (Site::showing("<h1>ours</h1>"), Site::showing("<h1>theirs</h1>"));
    let form = form(&app, json!({"key": "park", "allowed_origins": [ours.origin()]}));
    // JSON is asked about beforehand, text is not.
    for (kind, phone, made) in [("application/json", "138 0013 8000", 1), ("text/plain", "139 0013 9000", 2)]
    {
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
    let fields = "<input name=\"公司名称\" value=\"启澜精密\"><input name=\"手机号码\" \
        value=\"13800138000\"><button>发送</button>";
    let site =
        Site::showing(&format!("<form method=\"post\" action=\"{}/f/park\">{fields}</form>", app.address));
    let form = form(&app, json!({"key": "park", "redirect_url": format!("{}/danke", site.origin())}));
    browser.open(&site.origin());
    browser.click("button");
    browser.arrives_at("/danke");
    assert_eq!(inquiries(&app, &form)[0]["company"], "启澜精密");
}
