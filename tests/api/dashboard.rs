//! The dashboard: one page whose every number leads to a list of as many things, for whoever asks within
//! their reach, in their language, without script. The figures themselves are tested in `reports.rs`.

use std::collections::BTreeSet;

use chrono::Duration;
use leaddock::access::Role;
use leaddock::kernel::id::UserId;
use regex::Regex;
use serde_json::json;

use crate::browsers::{of, tags};
use crate::support::desk::{create, follow_up, give, move_to, own, plan};
use crate::support::{Answer, Client, TestApp, each_database};

const HTML: &str = "text/html,application/xhtml+xml,*/*;q=0.8";
const BYTES_MAX: usize = 250_000;

/// A page as a browser asks for it.
#[track_caller]
fn visit(client: &Client, path: &str, language: &str) -> Answer {
    client.send("GET", path, &[("Accept", HTML), ("Accept-Language", language)], None)
}

/// The links of a page: the address, and its words.
fn links(html: &str) -> Vec<(String, String)> {
    let anchor = Regex::new(r#"(?s)<a\b[^>]*?href="([^"]*)"[^>]*>(.*?)</a>"#).unwrap();
    let mark = Regex::new("<[^>]+>").unwrap();
    let link = |found: regex::Captures<'_>| {
        (found[1].replace("&amp;", "&"), mark.replace_all(&found[2], "").trim().to_owned())
    };
    anchor.captures_iter(html).map(link).collect()
}

/// The links behind numbers, each with its number.
fn numbers(html: &str) -> Vec<(String, u64)> {
    let number = |(href, words): (String, String)| {
        let plain = words.replace(',', "");
        let is_number = !plain.is_empty() && plain.bytes().all(|byte| byte.is_ascii_digit());
        (href.contains("/drill?") && is_number).then(|| (href, plain.parse().unwrap()))
    };
    links(html).into_iter().filter_map(number).collect()
}

fn total(html: &str) -> Option<u64> {
    Regex::new(r#"<p[^>]*data-total="(\d+)""#).unwrap().captures(html).map(|found| found[1].parse().unwrap())
}

fn listed(html: &str) -> BTreeSet<String> {
    Regex::new("inq_[0-9a-z]{26}").unwrap().find_iter(html).map(|found| found.as_str().to_owned()).collect()
}

/// Each number of a page leads to a list of as many.
#[track_caller]
fn numbers_are_lists(client: &Client, html: &str, at_least: usize) {
    let numbers = numbers(html);
    assert!(numbers.len() >= at_least, "{} numbers", numbers.len());
    for (href, number) in numbers {
        assert!(href.starts_with("/dashboard/") && href.contains("as_of="), "{href}");
        let list = visit(client, &href, "en").expect(200);
        assert_eq!(total(&list.text), Some(number), "{href}");
        if number > 0 && number <= 50 {
            assert!(!listed(&list.text).is_empty(), "{href}");
        }
    }
}

/// Some of everything: two agents of a team and one of another, the pool, contacts, plans and endings.
fn a_month(app: &TestApp) -> [Client; 4] {
    let ids: [UserId; 4] = [
        app.add_user(Role::Agent, Some("东区")),
        app.add_user(Role::Agent, Some("东区")),
        app.add_user(Role::Agent, Some("西区")),
        app.add_user(Role::Manager, Some("东区")),
    ];
    for day in 0..6 {
        let agents = [ids[0], ids[1], ids[2]].map(|id| app.login_as(id));
        for (at, agent) in agents.iter().enumerate() {
            let facts = json!({"need_kind": "factory_rent", "tax_wan_per_year": 50 * (at + 1)});
            let inquiry = own(agent, json!({"facts": facts}));
            if (day + at) % 2 == 0 {
                follow_up(agent, &inquiry, json!({"kind": "call", "outcome": "reached"}));
            }
            let status = ["new", "contacted", "viewing", "signed", "lost", "invalid"][(day + at) % 6];
            if status != "new" {
                move_to(agent, &inquiry, status).expect(200);
            }
            plan(app, agent, &inquiry, Duration::hours(5));
        }
        let admin = app.login_as(app.admin().id());
        create(&admin, json!({}));
        let sent = json!({"need": format!("求租仓库 {day}000 平米"), "utm_source": "spring"});
        app.nobody().post("/f/default", &sent).expect(202);
        app.advance(Duration::days(1));
    }
    app.mails();
    ids.map(|id| app.login_as(id))
}

each_database! {
    fn every_number_leads_to_a_list_of_as_many(app) {
        let [agent, _, _, manager] = a_month(&app);
        let admin = app.login_as(app.admin().id());
        for (client, at_least) in [(&admin, 60), (&manager, 60), (&agent, 40)] {
            let page = visit(client, "/dashboard?period=7d", "zh-CN").expect(200);
            numbers_are_lists(client, &page.text, at_least);
        }
        // Later the links of the page lead to the same.
        let page = visit(&admin, "/dashboard", "en").expect(200);
        app.advance(Duration::seconds(10));
        create(&admin, json!({}));
        numbers_are_lists(&admin, &page.text, 60);
        for report in ["overview", "funnel", "agents", "sources", "response-times", "ageing", "follow-ups",
            "forecast", "demand", "fairness", "lost-reasons", "pool", "time-in-status"] {
            let page = visit(&admin, &format!("/dashboard/{report}?period=last_7_days&compare=previous"), "en").expect(200);
            numbers_are_lists(&admin, &page.text, 1);
        }
        let page = visit(&manager, "/dashboard/funnel?group_by=agent&period=last_7_days", "en").expect(200);
        numbers_are_lists(&manager, &page.text, 10);
    }

    fn it_is_one_page_without_script(app) {
        a_month(&app);
        let admin = app.login_as(app.admin().id());
        for (language, tag, title) in [("zh-CN", "zh-CN", "看板"), ("en", "en", "Dashboard")] {
            let page = visit(&admin, "/dashboard?period=90d", language).expect(200);
            assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
            assert_eq!(page.header("cache-control"), Some("no-store"));
            let policy = page.header("content-security-policy").unwrap();
            assert!(policy.contains("default-src 'none'") && !policy.contains("script-src"), "{policy}");
            let html = &page.text;
            assert!(html.len() <= BYTES_MAX, "{}", html.len());
            assert!(html.contains(&format!("<html lang=\"{tag}\">")) && html.contains("name=\"viewport\""));
            assert!(html.contains("@media print") && html.contains("prefers-color-scheme: dark"));
            assert!(!html.contains("<script") && !html.contains(" style=") && !html.contains("http://localhost"));
            assert!(html.contains(&format!("<h1>{title}</h1>")));
            let count = |tag: &str| html.matches(&format!("<{tag}")).count();
            assert_eq!((count("h1"), count("svg"), count("table"), count("main")), (1, 8, 8, 1));
            let style = html.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
            assert!(style.len() <= 12_288, "{}", style.len());
            for (tag, attributes) in tags(html) {
                if tag == "th" {
                    assert!(of(&attributes, "scope").is_some());
                }
                assert!(attributes.iter().all(|(name, _)| !name.starts_with("on")), "{tag}");
            }
            let paths: BTreeSet<String> = links(html)
                .into_iter()
                .filter(|(href, _)| !href.contains("/drill?"))
                .map(|(href, _)| href.split('?').next().unwrap().to_owned())
                .collect();
            for report in ["overview", "funnel", "response-times", "sources", "agents", "ageing", "demand",
                "lost-reasons"] {
                assert!(paths.contains(&format!("/dashboard/{report}")), "{report}");
            }
        }
    }

    fn a_report_has_its_columns_its_files_and_a_form(app) {
        a_month(&app);
        let admin = app.login_as(app.admin().id());
        let page = visit(&admin, "/dashboard/sources?period=last_7_days&group_by=channel", "en").expect(200);
        let report = admin
            .send("GET", "/api/v1/reports/sources?period=last_7_days&group_by=channel",
                &[("Accept-Language", "en")], None)
            .expect(200)
            .json;
        for column in report["columns"].as_array().unwrap() {
            let label = column["label"].as_str().unwrap();
            assert!(page.text.contains(&format!("<dt>{label}</dt>")), "{label}");
        }
        let fields: Vec<String> = tags(&page.text)
            .into_iter()
            .filter(|(tag, _)| matches!(tag.as_str(), "input" | "select"))
            .filter_map(|(_, attributes)| of(&attributes, "name").map(str::to_owned))
            .collect();
        for name in ["from", "to", "group_by", "team", "assignee", "form", "need_kind", "channel", "compare"] {
            assert!(fields.iter().any(|field| field == name), "{name}: {fields:?}");
        }
        for (format, kind) in [("csv", "text/csv"), ("xlsx", "application/vnd.openxml"), ("svg", "image/svg")] {
            let href = links(&page.text)
                .into_iter()
                .find(|(href, _)| href.contains(&format!("format={format}")))
                .unwrap()
                .0;
            let file = admin.get(&href).expect(200);
            assert!(file.header("content-type").unwrap().starts_with(kind), "{format}");
        }
        let noted = admin.all("/api/v1/audit?limit=200");
        let read = noted.iter().filter(|entry| entry["action"] == "reports.read").count();
        assert_eq!(read, 2, "a file leaves an entry, a picture and a page do not");
    }

    fn a_report_has_a_wide_picture_and_a_narrow_one(app) {
        a_month(&app);
        let admin = app.login_as(app.admin().id());
        let page = visit(&admin, "/dashboard/sources", "en").expect(200);
        let all = tags(&page.text);
        let each = |name: &str| -> Vec<&str> {
            all.iter().filter_map(|(_, attributes)| of(attributes, name)).collect()
        };
        let widths: Vec<&str> =
            each("viewBox").into_iter().filter_map(|corners| corners.split(' ').nth(2)).collect();
        assert_eq!(widths, ["560", "340"]);
        let ids = each("id");
        let distinct: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), distinct.len(), "{ids:?}");
    }

    fn the_period_of_a_report_is_marked_also_where_none_was_chosen(app) {
        let marked = |path: &str| {
            let page = visit(app.admin(), path, "en").expect(200).text;
            let current = page.split(" aria-current=\"true\">").skip(1);
            current.map(|rest| rest.split('<').next().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(marked("/dashboard/sources"), ["30 days"]);
        assert_eq!(marked("/dashboard/sources?period=last_90_days"), ["90 days"]);
        assert_eq!(marked("/dashboard/sources?from=2026-10-29"), [""; 0]);
        // As the links from one report to the next have it.
        let page = visit(app.admin(), "/dashboard/sources", "en").expect(200).text;
        let agents = links(&page).into_iter().find(|(_, words)| words == "Agents").unwrap().0;
        assert_eq!(marked(&agents), ["30 days"]);
        assert_eq!(marked("/dashboard/ageing"), ["All"]);
        assert_eq!(marked("/dashboard/ageing?period=last_7_days"), ["7 days"]);
    }

    fn whoever_may_not_ask_is_sent_away(app) {
        let nobody = app.nobody();
        for path in ["/dashboard", "/dashboard/overview", "/dashboard/overview/drill?cell=received"] {
            let page = visit(&nobody, path, "zh-CN");
            assert_eq!((page.status, page.header("content-type")), (401, Some("text/html; charset=utf-8")));
            assert!(!page.text.contains("<svg"));
            let answer = nobody.send("GET", path, &[("Accept", "application/json")], None);
            assert_eq!(answer.header("content-type"), Some("application/problem+json"));
            assert_eq!(answer.status, 401);
        }
        let admin = app.admin();
        for path in [
            "/dashboard?period=never",
            "/dashboard?period=last_30_days",
            "/dashboard?period=7d&from=2026-11-01",
            "/dashboard?from=2026-11-02&to=2026-11-01",
            "/dashboard?from=2001-01-01&to=2026-11-01",
            "/dashboard?as_of=2999-01-01",
            "/dashboard?team=x",
            "/dashboard?colour=red",
            "/dashboard/overview?group_by=shoe",
            "/dashboard/overview/drill?cell=shoe",
            "/dashboard/overview/drill",
            "/dashboard/sources/drill?cell=received&row=nowhere",
        ] {
            let page = visit(admin, path, "en");
            assert_eq!((page.status, page.text.matches("<h1").count()), (400, 1), "{path}");
            assert_eq!(admin.send("GET", path, &[("Accept", "application/json")], None).status, 400, "{path}");
        }
        for path in ["/dashboard/shoes", "/dashboard/shoes/drill?cell=received"] {
            assert_eq!(visit(admin, path, "en").status, 404, "{path}");
        }
    }

    fn nobody_sees_beyond_their_reach(app) {
        let [agent, second, west, manager] = a_month(&app);
        let admin = app.login_as(app.admin().id());
        let name = |client: &Client| {
            let user = admin.get(&format!("/api/v1/users/{}", client.id())).expect(200).json;
            user["name"].as_str().unwrap().to_owned()
        };
        let own: BTreeSet<String> = agent
            .all("/api/v1/inquiries?limit=200")
            .iter()
            .map(|inquiry| inquiry["id"].as_str().unwrap().to_owned())
            .collect();
        let page = visit(&agent, "/dashboard?period=year", "en").expect(200);
        assert!(!page.text.contains("id=\"agents\"") && page.text.matches("<svg").count() == 7);
        assert!(!page.text.contains("name=\"team\"") && !page.text.contains("name=\"form\""));
        for (href, _) in numbers(&page.text) {
            let list = visit(&agent, &href, "en").expect(200).text;
            assert!(listed(&list).is_subset(&own), "{href}");
        }
        let all = ["/dashboard?period=year", "/dashboard/agents?period=this_year", "/dashboard/overview",
            "/dashboard/overview?group_by=team&period=this_year"];
        for path in all {
            let of_agent = visit(&agent, path, "en").expect(200).text;
            for other in [&second, &west, &manager] {
                assert!(!of_agent.contains(&name(other)) && !of_agent.contains(&other.id().to_string()), "{path}");
            }
            let of_manager = visit(&manager, path, "en").expect(200).text;
            assert!(!of_manager.contains(&name(&west)) && !of_manager.contains("西区"), "{path}");
        }
        let of_manager = visit(&manager, "/dashboard/agents?period=this_year", "en").expect(200).text;
        assert!(of_manager.contains(&name(&agent)) && of_manager.contains(&name(&second)));
        // A filter that names somebody beyond gives noughts, and no name.
        let filtered = format!("/dashboard/overview?assignee={}&group_by=none", west.id());
        let page = visit(&manager, &filtered, "en").expect(200).text;
        assert!(numbers(&page).iter().all(|(_, number)| *number == 0) && !page.contains(&name(&west)));
    }

    fn names_of_people_are_only_words(app) {
        let admin = app.admin();
        let name = "<b onload=x>\"&'</svg><script>alert(1)</script>";
        let user = admin.get(&format!("/api/v1/users/{}", app.add_user(Role::Agent, None))).expect(200).json;
        let path = format!("/api/v1/users/{}", user["id"].as_str().unwrap());
        admin.patch(&path, &json!({"name": name})).expect(200);
        let id: UserId = user["id"].as_str().unwrap().parse().unwrap();
        let sent = json!({"need": "厂房", "utm_source": "<img src=x>&\"'", "utm_campaign": "none"});
        app.nobody().post("/f/default", &sent).expect(202);
        let inquiry = give(admin, id, json!({"company": name, "need": name}));
        app.mails();
        move_to(admin, &inquiry, "contacted").expect(200);
        let inquiry = inquiry["id"].as_str().unwrap();
        for path in [
            "/dashboard",
            "/dashboard/agents",
            "/dashboard/sources",
            "/dashboard/sources?group_by=utm_campaign",
            "/dashboard/overview?group_by=agent",
            "/dashboard/overview/drill?cell=received",
        ] {
            let page = visit(admin, path, "zh").expect(200);
            let hostile = ["<b onload", "<img", "<script", "'</svg>"];
            assert!(hostile.iter().all(|mark| !page.text.contains(mark)), "{path}: {}", page.text);
            numbers_are_lists(admin, &page.text, 0);
        }
        let list = visit(admin, "/dashboard/overview/drill?cell=received", "zh").expect(200).text;
        assert!(list.contains(inquiry) && list.contains("&lt;b onload=x&gt;"));
    }

    fn a_long_list_goes_on_at_its_next_page(app) {
        let admin = app.admin();
        for _ in 0..7 {
            create(admin, json!({}));
        }
        let (mut path, mut found) = ("/dashboard/overview/drill?cell=received&limit=3".to_owned(), BTreeSet::new());
        for pages in 1.. {
            let page = visit(admin, &path, "en").expect(200).text;
            assert_eq!(total(&page), Some(7));
            found.extend(listed(&page));
            let next = tags(&page).into_iter().find(|(tag, all)| tag == "a" && of(all, "rel") == Some("next"));
            match next {
                Some((_, attributes)) => path = of(&attributes, "href").unwrap().replace("&amp;", "&"),
                None => {
                    assert_eq!(pages, 3);
                    break;
                }
            }
        }
        assert_eq!(found.len(), 7);
    }

    fn it_stays_small_whatever_there_is(app) {
        let admin = app.admin();
        for n in 0..200 {
            let name = format!("{}{n}", "招商专员".repeat(12));
            let path = format!("/api/v1/users/{}", app.add_user(Role::Agent, Some("东区")));
            admin.patch(&path, &json!({"name": name})).expect(200);
        }
        for n in 0..40 {
            let source = format!("{n}{}", "来源".repeat(60));
            let sent = json!({"need": format!("求租仓库 {n}000 平米"), "utm_source": source});
            app.nobody().post("/f/default", &sent).expect(202);
        }
        app.mails();
        let (today, zone) = (app.clock.now(), chrono_tz::Asia::Shanghai);
        let from = today.minus(Duration::days(1_099)).date(zone);
        for query in [format!("from={from}&to={}", today.date(zone)), "period=year".into(), "period=30d".into()] {
            let page = visit(admin, &format!("/dashboard?{query}"), "zh").expect(200);
            assert!(page.text.len() <= BYTES_MAX, "{query}: {}", page.text.len());
            let most = numbers(&page.text).into_iter().map(|(_, number)| number).max();
            assert_eq!(most, Some(40), "{query}: the totals count what the tables leave out");
        }
    }
}
