//! A person fills in the hosted page and sends it: with a finger, a keyboard, without scripts, in two
//! languages, with mistakes. Pages of other sites are `elsewhere.rs`; how the pages look is `looks.rs`.

use chrono::Duration;
use serde_json::{Value, json};
use thirtyfour::Key;

use crate::app;
use crate::browser::Browser;
use crate::chromium::Visitor;
use crate::site::Site;
use crate::support::TestApp;
use crate::support::desk::INQUIRIES;
use crate::support::intake::{form, inquiries, outcomes};

const SIX: [(&str, &str); 6] = [
    ("#need", "求租一楼厂房，3000-5000平方米，近高速"),
    ("#usage", "汽车零部件机加工"),
    ("#tax", "年税收约300万元"),
    ("#company", "苏州启澜精密机械有限公司"),
    ("#contact", "周启澜"),
    ("#phone", "138 0013 8000"),
];
/// What must stay text wherever it is shown again.
const ODD: &str = "<b>急</b> \"一楼\" & '二楼' </textarea> 3000平米";

/// A person does not fill a page in within the two seconds in which a program does.
fn takes_a_while(app: &TestApp) {
    app.advance(Duration::seconds(30));
}

/// The only inquiry that came.
fn the_inquiry(app: &TestApp) -> Value {
    let all = app.admin().all(INQUIRIES);
    assert_eq!(all.len(), 1, "{all:?}");
    all[0].clone()
}

fn write_six(browser: &Browser) {
    for (field, text) in SIX {
        browser.write(field, text);
    }
}

fn holds_the_six(inquiry: &Value) {
    for (field, text) in SIX {
        assert_eq!(inquiry[field.trim_start_matches('#')], text);
    }
}

#[test]
fn a_person_on_a_phone_sends_the_chinese_form() {
    let Some(browser) = Visitor::chinese().on_a_phone().arrives() else { return };
    let app = app();
    browser.open(&format!("{}/f/default?utm_source=wechat", app.address));
    assert_eq!(
        (browser.text("h1").as_str(), browser.attribute("html", "lang").as_deref()),
        ("告诉我们您的需求", Some("zh-CN"))
    );
    assert_eq!(
        (browser.run("return innerWidth"), browser.run("return matchMedia('(pointer: coarse)').matches")),
        (json!(390), json!(true))
    );
    write_six(&browser);
    takes_a_while(&app);
    browser.click("button");
    browser.arrives_at("/f/default/thanks");
    assert!(browser.text("h1").contains("谢谢"));

    let inquiry = the_inquiry(&app);
    holds_the_six(&inquiry);
    assert_eq!(
        (&inquiry["phone_e164"], &inquiry["source"]["channel"]),
        (&json!("+8613800138000"), &json!("form"))
    );
    assert_eq!(inquiry["source"]["utm"], json!({"source": "wechat"}));
    let facts = &inquiry["facts"];
    assert_eq!(
        (facts["area_min_sqm"].as_f64(), facts["area_max_sqm"].as_f64()),
        (Some(3000.0), Some(5000.0)),
        "{facts}"
    );
}

#[test]
fn an_english_browser_gets_english() {
    let Some(browser) = Visitor::english().arrives() else { return };
    let app = app();
    browser.open(&format!("{}/f/default", app.address));
    assert_eq!(
        (browser.text("h1").as_str(), browser.attribute("html", "lang").as_deref()),
        ("Tell us what you need", Some("en"))
    );
    assert!(browser.title().starts_with("Tell us what you need"));
    assert_eq!(
        (browser.text("label[for=contact]"), browser.text("button")),
        ("Your name".to_owned(), "Send".to_owned())
    );
    browser.write("#need", "An office of 200 sqm");
    browser.write("#contact", "Ann Li");
    takes_a_while(&app);
    browser.click("button");
    browser.arrives_at("/f/default/thanks");
    assert!(browser.text("h1").contains("Thank you"));
    assert_eq!(the_inquiry(&app)["contact"], "Ann Li");
}

#[test]
fn a_browser_of_another_language_gets_the_language_of_the_form() {
    let Some(browser) = Visitor::french().arrives() else { return };
    let app = app();
    for (locale, words) in [("en", "Tell us what you need"), ("zh-CN", "告诉我们您的需求")] {
        let form = form(&app, json!({"locale": locale}));
        browser.open(&format!("{}/f/{}", app.address, form["key"].as_str().unwrap()));
        assert_eq!(browser.text("h1"), words);
    }
}

#[test]
fn what_is_missing_is_said_beside_its_field_and_nothing_typed_is_lost() {
    let Some(browser) = Visitor::chinese().on_a_phone().arrives() else { return };
    let app = app();
    let consent =
        json!({"text": "我同意贵方为联系我而保存以上信息。", "version": "2026-11", "required": true});
    let form =
        form(&app, json!({"key": "park", "fields": {"company": {"required": true}}, "consent": consent}));
    browser.open(&format!("{}/f/park", app.address));
    browser.write("#need", ODD);
    browser.write("#contact", "O'Brien \"周\" <b>");
    takes_a_while(&app);
    browser.click("button");
    browser.element("[role=alert]");

    for field in ["company", "consent"] {
        let error = format!("#{field}-error");
        assert!(!browser.text(&error).is_empty());
        let own = format!("#{field}");
        assert_eq!(browser.attribute(&own, "aria-invalid").as_deref(), Some("true"));
        assert_eq!(browser.attribute(&own, "aria-describedby"), Some(format!("{field}-error")));
        let (error, own) = (browser.place(&error), browser.place(&own));
        assert!(
            own[1] - error[3] < 60.0 && error[1] - own[3] < 60.0,
            "{field}: the error is far from it: {error:?} {own:?}"
        );
    }
    assert_eq!((browser.count(".error"), browser.count("[aria-invalid]")), (2, 2));
    assert_eq!(
        (browser.value("#need").as_str(), browser.value("#contact").as_str()),
        (ODD, "O'Brien \"周\" <b>")
    );
    assert_eq!(browser.count("form b"), 0, "what was typed is no markup");
    assert!(inquiries(&app, &form).is_empty());

    browser.click("[role=alert] a[href='#company']");
    assert_eq!(browser.focus(), "company", "what is wrong leads to where it is wrong");
    browser.write("#company", "启澜精密");
    browser.click("#consent");
    assert_eq!(browser.focus(), "consent");
    browser.click("button");
    browser.arrives_at("/f/park/thanks");
    let all = inquiries(&app, &form);
    assert_eq!(
        (all.len(), &all[0]["need"], &all[0]["contact"]),
        (1, &json!(ODD), &json!("O'Brien \"周\" <b>"))
    );
    assert_eq!(
        (&all[0]["company"], outcomes(&app, &form)),
        (&json!("启澜精密"), vec!["failed".to_owned(), "accepted".to_owned()])
    );
}

#[test]
fn an_empty_form_says_so_and_a_tick_stays_a_tick() {
    let Some(browser) = Visitor::chinese().arrives() else { return };
    let app = app();
    let consent = json!({"text": "我同意", "version": "1", "required": true});
    let form = form(
        &app,
        json!({"key": "ticked", "fields": {"phone": {"required": true}, "need": {"options": ["租", "买"]}},
            "consent": consent}),
    );
    browser.open(&format!("{}/f/default", app.address));
    takes_a_while(&app);
    browser.click("button");
    assert!(!browser.text("[role=alert]").is_empty());

    browser.open(&format!("{}/f/ticked", app.address));
    browser.click("#consent");
    browser.click("#need option:nth-of-type(3)");
    browser.click("button");
    browser.element("#phone-error");
    assert!(browser.is_ticked("#consent"));
    assert_eq!(browser.value("#need"), "买");
    takes_a_while(&app);
    browser.write("#phone", "138 0013 8000");
    browser.click("button");
    browser.arrives_at("/f/ticked/thanks");
    assert_eq!(inquiries(&app, &form)[0]["need"], "买");
}

#[test]
fn no_script_is_needed() {
    let Some(browser) = Visitor::chinese().without_scripts().arrives() else { return };
    let app = app();
    // First of all, that scripts are off indeed.
    let site = Site::showing(
        "<p id=seen>without</p><script>document.getElementById('seen').textContent = 'with'</script>",
    );
    browser.open(&site.origin());
    assert!(browser.markup().contains("<p id=\"seen\">without</p>"));

    // Only keys and a look at the markup: what else the driver knows, it does by scripts of its own.
    let form = form(&app, json!({"key": "plain", "fields": {"company": {"required": true}}}));
    browser.open(&format!("{}/f/plain", app.address));
    browser.tabs_to("#need");
    browser.types("求租厂房3000平米 <b>急</b>");
    browser.tabs_to("#phone");
    browser.types("138 0013 8000");
    takes_a_while(&app);
    browser.press(Key::Enter);
    browser.element("#company-error");
    assert!(browser.markup().contains("求租厂房3000平米 &lt;b&gt;急&lt;/b&gt;</textarea>"));
    browser.tabs_to("#company");
    browser.types("启澜精密");
    browser.tabs_to("button");
    browser.press(Key::Enter);
    browser.arrives_at("/f/plain/thanks");
    assert!(browser.markup().contains("谢谢"));
    assert_eq!(inquiries(&app, &form).len(), 1);
}

#[test]
fn the_tab_key_leads_through_the_fields_to_the_button_and_past_the_trap() {
    let Some(browser) = Visitor::chinese().arrives() else { return };
    let app = app();
    browser.open(&format!("{}/f/default", app.address));
    let mut way = Vec::new();
    for _ in 0..8 {
        browser.press(Key::Tab);
        way.push(browser.focus());
    }
    assert_eq!(way, ["need", "usage", "tax", "company", "contact", "phone", "message", "button"]);
    browser.press(Key::Tab);
    assert!(!["trap", "need"].contains(&browser.focus().as_str()), "nothing comes after the button");

    let [left, _, right, _] = browser.place(".trap input");
    assert!(left < right && right <= 0.0, "nobody sees it: it is to the left of the window");
    assert_eq!(browser.run("return document.documentElement.scrollWidth <= innerWidth"), true);
    assert!(
        browser.told_aloud().iter().all(|[_, name, _]| !name.contains("留空")),
        "nobody hears of it either"
    );
}

#[test]
fn the_enter_key_sends_the_form() {
    let Some(browser) = Visitor::chinese().arrives() else { return };
    let app = app();
    browser.open(&format!("{}/f/default", app.address));
    browser.click("label[for=company]");
    assert_eq!(browser.focus(), "company", "a label leads to its field");
    browser.write("#company", "启澜精密");
    browser.write("#phone", "138 0013 8000");
    takes_a_while(&app);
    browser.press(Key::Enter);
    browser.arrives_at("/f/default/thanks");
    assert_eq!(the_inquiry(&app)["company"], "启澜精密");
}

#[test]
fn from_the_thanks_a_second_one_is_sent() {
    let Some(browser) = Visitor::chinese().arrives() else { return };
    let app = app();
    browser.open(&format!("{}/f/default", app.address));
    write_six(&browser);
    takes_a_while(&app);
    browser.click("button");
    browser.arrives_at("/f/default/thanks");
    browser.click("main a");
    browser.arrives_at("/f/default");
    assert_eq!(browser.value("#need"), "", "another one begins empty");
    browser.write("#need", "另求购土地20亩");
    takes_a_while(&app);
    browser.click("button");
    browser.arrives_at("/f/default/thanks");
    assert_eq!(app.admin().all(INQUIRIES).len(), 2);
}
