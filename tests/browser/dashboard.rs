//! The dashboard in a browser: good to read for everybody, one picture of a report at a time, no sideways
//! scrolling. What is on it is tested in tests/api.

use chrono::Duration;
use leaddock::access::Role;
use serde_json::json;

use crate::app;
use crate::browser::Browser;
use crate::chromium::Visitor;
use crate::looks::is_good_everywhere;
use crate::support::TestApp;
use crate::support::desk::{create, follow_up, move_to};

/// Some weeks of work, with names of every length.
fn works(app: &TestApp) {
    let agent = app.login_in(Role::Agent, Some("华东区先进制造与生物医药产业招商一组"));
    for (number, status) in ["contacted", "qualified", "viewing", "lost", "invalid"].iter().enumerate() {
        let admin = app.login_as(app.admin().id());
        let inquiry = create(
            &admin,
            json!({"company": format!("第{number}精密机械制造（苏州）有限公司"), "need": "求租厂房三千平方米",
                "assign": agent.id()}),
        );
        follow_up(&admin, &inquiry, json!({"kind": "call", "outcome": "reached"}));
        move_to(&admin, &inquiry, status).expect(200);
        app.advance(Duration::hours(40));
    }
    let source = "a-partner-whose-name-has-no-blank-anywhere.example.com";
    let submission = json!({"need": "求租仓库", "phone": "13800138000", "utm_source": source});
    app.nobody().post("/f/default", &submission).expect(202);
    app.mails();
}

/// The admin, logged in anew: time has gone by.
fn opens_as_admin(browser: &Browser, app: &TestApp) {
    let admin = app.login_as(app.admin().id());
    browser.sends_with_all("Authorization", &format!("Bearer {}", admin.token()));
}

#[test]
fn the_dashboard_is_good_for_everybody() {
    for (visitor, language) in [(Visitor::chinese(), "Chinese"), (Visitor::english(), "English")] {
        let Some(browser) = visitor.arrives() else { return };
        let app = app();
        works(&app);
        opens_as_admin(&browser, &app);
        for page in [
            "/dashboard",
            "/dashboard/overview?group_by=week",
            "/dashboard/agents",
            "/dashboard/sources",
            "/dashboard/overview/drill?cell=received",
        ] {
            browser.open(&format!("{}{page}", app.address));
            is_good_everywhere(&browser, &format!("{page} in {language}"));
        }
    }
}

#[test]
fn a_report_shows_the_picture_that_fits_the_screen() {
    let Some(browser) = Visitor::english().arrives() else { return };
    let app = app();
    works(&app);
    opens_as_admin(&browser, &app);
    browser.open(&format!("{}/dashboard/sources", app.address));
    for (width, shown) in [(390, "narrow"), (1_440, "wide")] {
        browser.is_wide(width);
        let seen = browser.run(
            "return [...document.querySelectorAll('svg')].filter(svg => svg.checkVisibility())\
                .map(svg => svg.id)",
        );
        assert_eq!(seen, json!([shown]), "{width}");
    }
}
