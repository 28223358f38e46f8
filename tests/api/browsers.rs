//! Intake in the browser: the hosted page, and where it leads. What other sites may do is in origins.rs, what
//! becomes of a submission in verdicts.rs; pages that every form has are in intake.rs.

use chrono::Duration;
use serde_json::{Value, json};

use crate::support::desk::{id, with};
use crate::support::intake::{
    BROWSER, JSON, URLENCODED, change, door, form, inquiries, inquiry, newest, receipt_of, receipts, send,
};
use crate::support::{Answer, TestApp, each_database};

/// The page of a form, as it is shown with this query in this language.
#[track_caller]
pub fn page(app: &TestApp, form: &Value, query: &str, language: &str) -> Answer {
    app.nobody()
        .send(
            "GET",
            &format!("{}{query}", door(form)),
            &[("Accept", BROWSER), ("Accept-Language", language)],
            None,
        )
        .expect(200)
}

#[track_caller]
pub fn fill_in(app: &TestApp, form: &Value, fields: &[(&str, &str)]) -> Answer {
    app.nobody().form(&door(form), fields, BROWSER)
}

/// The tags of a page, each as its name and its attributes; a page that is no markup ends the test.
#[track_caller]
pub fn tags(html: &str) -> Vec<(String, Vec<(String, String)>)> {
    let unescaped = |text: &str| {
        let named = text
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&#34;", "\"")
            .replace("&#39;", "'")
            .replace("&#60;", "<")
            .replace("&#62;", ">");
        named.replace("&#38;", "&").replace("&amp;", "&").replace("&#10;", "\n").replace("&#13;", "\r")
    };
    let (mut all, mut rest) = (Vec::new(), html);
    while let Some((_, after)) = rest.split_once('<') {
        let mut quoted = false;
        let end = after.find(|c| {
            quoted ^= c == '"';
            c == '>' && !quoted
        });
        let (tag, next) = after.split_at(end.expect("a tag that ends"));
        let (name, mut attributes) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
        let mut found = Vec::new();
        while let Some((key, value)) = attributes.trim_start().split_once("=\"") {
            let (value, others) = value.split_once('"').expect("a value that ends");
            found.push((key.rsplit(' ').next().unwrap().to_owned(), unescaped(value)));
            attributes = others;
        }
        // What stands between the marks of a text field is its value.
        if name == "textarea" {
            found.push((
                "value".to_owned(),
                unescaped(next[1..].split_once("</textarea>").expect("its end").0.trim_start_matches('\n')),
            ));
        }
        all.push((name.to_owned(), found));
        rest = next;
    }
    all
}

pub fn of<'a>(attributes: &'a [(String, String)], name: &str) -> Option<&'a str> {
    attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// The field of this name.
#[track_caller]
pub fn field(html: &str, name: &str) -> Vec<(String, String)> {
    let found = tags(html).into_iter().find(|(_, attributes)| of(attributes, "name") == Some(name));
    found.unwrap_or_else(|| panic!("no field {name} in {html}")).1
}

#[track_caller]
pub fn value(html: &str, name: &str) -> String {
    of(&field(html, name), "value").unwrap_or_default().to_owned()
}

each_database! {
    fn the_page_is_whole_without_a_script_in_both_languages(app) {
        let form = form(
            &app,
            json!({"consent": {"text": "我同意联系", "version": "v3", "required": true},
                "fields": {"email": {"show": true}, "wechat": {"show": true}}}),
        );
        for (accept, lang, words) in [
            ("zh-CN,zh;q=0.9", "zh", "手机号"),
            ("en-GB,en;q=0.8", "en", "Phone"),
            ("fr", "zh", "手机号"),
            ("", "zh", "手机号"),
        ] {
            let page = page(&app, &form, "", accept);
            assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
            assert!(
                page.header("cache-control").unwrap().contains("no-store")
                    && page.header("referrer-policy").is_some()
            );
            assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
            let policy = page.header("content-security-policy").unwrap();
            assert!(
                policy.contains("default-src 'none'")
                    && !policy.contains("script-src")
                    && policy.contains("frame-ancestors 'self'"),
                "{policy}"
            );
            let tags = tags(&page.text);
            let all = |name: &str| {
                tags.iter()
                    .filter(|(tag, _)| tag == name)
                    .map(|(_, attributes)| attributes.as_slice())
                    .collect::<Vec<_>>()
            };
            assert!(
                of(all("html")[0], "lang").unwrap().starts_with(lang) && page.text.contains(words),
                "{accept}"
            );
            assert!(
                all("meta").iter().any(|meta| of(meta, "name") == Some("viewport"))
                    && all("script").is_empty()
            );
            assert!(
                tags.iter().flat_map(|(_, attributes)| attributes).all(|(name, _)| !name.starts_with("on"))
            );
            let [shown] = all("form")[..] else { panic!("one form") };
            assert_eq!(
                (of(shown, "method"), of(shown, "action")),
                (Some("post"), Some(door(&form).as_str()))
            );
            for (name, kind, complete) in [
                ("phone", "tel", Some("tel")),
                ("contact", "text", Some("name")),
                ("company", "text", Some("organization")),
                ("email", "email", Some("email")),
                ("wechat", "text", None),
                ("tax", "text", None),
                ("_t", "hidden", None),
                ("consent_version", "hidden", None),
                ("consent", "checkbox", None),
            ] {
                let field = field(&page.text, name);
                assert_eq!(
                    (of(&field, "type"), of(&field, "autocomplete")),
                    (Some(kind), complete),
                    "{name}"
                );
            }
            assert_eq!(value(&page.text, "consent_version"), "v3");
            assert!(!page.text.contains("checked"), "nobody agrees beforehand");
            let trap = field(&page.text, "_gotcha");
            assert_eq!(
                (of(&trap, "tabindex"), of(&trap, "autocomplete"), of(&trap, "aria-hidden")),
                (Some("-1"), Some("off"), Some("true"))
            );
            let labelled: Vec<&str> = all("label").iter().filter_map(|label| of(label, "for")).collect();
            for (tag, field) in
                tags.iter().filter(|(tag, _)| matches!(tag.as_str(), "input" | "textarea" | "select"))
            {
                assert!(
                    of(field, "type") == Some("hidden")
                        || of(field, "id").is_some_and(|id| labelled.contains(&id)),
                    "{tag} {field:?}"
                );
            }
        }
        let english = change(&app, &form, json!({"locale": "en"}));
        assert!(page(&app, &english, "", "fr").text.contains("lang=\"en"));
    }

    fn the_page_shows_the_fields_that_are_asked_for(app) {
        let form = form(
            &app,
            json!({"fields": {"tax": {"show": false},
                "usage": {"label": {"zh": "准备做<什么>", "en": "Use & purpose"}}, "company": {"required": true},
            "need": {"options": ["求租厂房", "拿\"地\""]}}}),
        );
        let shown = page(&app, &form, "?need=%E6%8B%BF%22%E5%9C%B0%22", "zh").text;
        assert!(shown.contains("准备做&#60;什么&#62;") || shown.contains("准备做&lt;什么&gt;"), "{shown}");
        assert!(
            !shown.contains("name=\"tax\"") && !shown.contains("name=\"email\"") && shown.contains("必填")
        );
        assert_eq!(tags(&shown).iter().filter(|(tag, _)| tag == "option").count(), 3);
        assert!(shown.contains(" selected>拿"), "{shown}");
        assert!(page(&app, &form, "", "en").text.contains("purpose"));
        // Only its page holds to it: another client need not name a company.
        send(&app, &form, "", &[("Content-Type", JSON)], r#"{"need": "x"}"#).expect(202);
    }

    fn a_link_fills_the_page_in_and_is_no_markup(app) {
        let form = form(&app, json!({}));
        let odd = "\"><script>alert(1)</script>";
        let query = url::form_urlencoded::Serializer::new(String::from("?"))
            .extend_pairs([
                ("need", odd),
                ("company", "甲&乙 '丙'"),
                ("message", "</textarea><b>"),
                ("utm_source", odd),
                ("utm_medium", "cpc"),
                ("evil", "x"),
                ("consent", "on"),
                ("status", "signed"),
            ])
            .finish();
        let shown = page(&app, &form, &query, "zh").text;
        for (name, wanted) in [
            ("need", odd),
            ("company", "甲&乙 '丙'"),
            ("message", "</textarea><b>"),
            ("utm_source", odd),
            ("utm_medium", "cpc"),
        ] {
            assert_eq!(value(&shown, name), wanted, "{name}");
        }
        assert!(
            !shown.contains("<script")
                && !shown.contains("<b>")
                && !shown.contains("evil")
                && !shown.contains("signed")
        );
        // What rides along arrives.
        app.advance(Duration::seconds(3));
        let token = value(&shown, "_t");
        fill_in(&app, &form, &[("need", "厂房"), ("utm_medium", "cpc"), ("_t", &token), ("_gotcha", "")])
            .expect(303);
        assert_eq!(inquiries(&app, &form)[0]["source"]["utm"], json!({"medium": "cpc"}));
    }

    fn what_is_missing_is_told_beside_the_field_and_the_input_kept(app) {
        let form = form(
            &app,
            json!({"fields": {"company": {"required": true}},
                "consent": {"text": "同意", "version": "1", "required": true}}),
        );
        let token = value(&page(&app, &form, "", "zh").text, "_t");
        app.advance(Duration::seconds(3));
        let typed = [
            ("need", "厂房 \"3000\" <b>平</b> & 更多"),
            ("contact", "=cmd|' /C calc'!A0"),
            ("phone", "13800007600"),
            ("message", "第一行\n</textarea><script>x</script>"),
        ];
        let mut sent =
            vec![("_t", token.as_str()), ("_gotcha", ""), ("consent_version", "1"), ("company", " ")];
        sent.extend(typed);
        let refused = fill_in(&app, &form, &sent).expect(422);
        assert_eq!(
            (refused.header("content-type"), newest(&app, &form)["outcome"].as_str()),
            (Some("text/html; charset=utf-8"), Some("failed"))
        );
        let all = tags(&refused.text);
        assert!(!all.iter().any(|(tag, _)| tag == "script" || tag == "b"), "what was typed came alive");
        for (name, wanted) in typed {
            assert_eq!(value(&refused.text, name), wanted, "{name}");
        }
        assert!(all.iter().any(|(_, attributes)| of(attributes, "role") == Some("alert")));
        for name in ["company", "consent"] {
            let field = field(&refused.text, name);
            let told = of(&field, "aria-describedby").unwrap();
            assert_eq!(of(&field, "aria-invalid"), Some("true"));
            assert!(all.iter().any(|(_, attributes)| of(attributes, "id") == Some(told)), "{told}");
        }
        assert_eq!(of(&field(&refused.text, "phone"), "aria-invalid"), None);
        assert_eq!(value(&refused.text, "_t"), token, "a refused one is no use of it");
        // Put right, it is taken.
        let rest = sent.iter().filter(|(name, _)| !matches!(*name, "company" | "message")).copied();
        let right: Vec<(&str, &str)> =
            rest.chain([("company", "补上样厂"), ("consent", "on"), ("message", "好")]).collect();
        fill_in(&app, &form, &right).expect(303);
        let kept = newest(&app, &form);
        assert_eq!(
            (&kept["outcome"], &kept["consent"]["given"], &inquiry(&app, &kept)["need"]),
            (&json!("accepted"), &json!(true), &json!(typed[0].1))
        );
        // In English as well, and with the box as it was.
        let token = value(&page(&app, &form, "", "en").text, "_t");
        app.advance(Duration::seconds(3));
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("_t", token.as_str()),
                ("need", "x"),
                ("consent", "on"),
                ("consent_version", "1"),
            ])
            .finish();
        let english = send(
            &app,
            &form,
            "",
            &[("Content-Type", URLENCODED), ("Accept", BROWSER), ("Accept-Language", "en")],
            body,
        )
        .expect(422);
        assert!(english.text.contains("lang=\"en") && english.text.contains(" checked"));
        assert_eq!(of(&field(&english.text, "consent"), "aria-invalid"), None);
        // A proof that fails is told on the page, too.
        let proven =
            change(&app, &form, json!({"proof": {"kind": "secret", "in": "query:k", "secret": "s"}}));
        assert!(fill_in(&app, &proven, &[("need", "不要丢了我")]).expect(401).text.contains("不要丢了我"));
    }

    fn a_browser_is_led_where_it_may_go(app) {
        let ok = "https://www.example.com/thanks?a=1";
        let settings = json!({"redirect_url": ok, "allowed_origins": ["https://shop.example.com"]});
        let (form, bare) = (form(&app, settings.clone()), form(&app, json!({"allowed_origins": ["*"]})));
        let mut n = 0;
        let mut to = |form: &Value, wish: &[(&str, &str)]| {
            n += 1;
            let answer = fill_in(&app, form, &[wish, &[("need", &format!("第{n}"))]].concat()).expect(303);
            assert_eq!(answer.header("set-cookie"), None);
            answer.header("location").unwrap().to_owned()
        };
        assert_eq!(to(&form, &[]), ok);
        for (name, wish) in [
            ("_next", "https://shop.example.com/danke"),
            ("retURL", "https://www.example.com/x?y=%E4%BA%8C"),
            ("redirect", "https://shop.example.com/"),
        ] {
            assert_eq!(to(&form, &[(name, wish)]), wish);
        }
        let (bad, good) = ("https://evil.example/", "https://shop.example.com/a");
        assert_eq!(
            to(&form, &[("_next", bad), ("retURL", good), ("redirect", "https://shop.example.com/b")]),
            good
        );
        for bad in [
            bad,
            "//evil.example/",
            "/\\evil.example",
            "https://shop.example.com@evil.example/",
            "https://shop.example.com.evil.example/",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://shop.example.com\r\nX-Evil: 1",
            "https://shop.example.com/\u{0}",
            "https:evil.example",
            "http://shop.example.com/",
            "/danke",
            "",
        ] {
            assert_eq!(to(&form, &[("_next", bad)]), ok, "{bad:?}");
        }
        assert!(
            to(&bare, &[("_next", "https://evil.example/")]).ends_with(&format!("{}/thanks", door(&bare)))
        );
        // A script wants to know, not to go; and a fixed answer is the answer to everybody.
        let script =
            [("Content-Type", URLENCODED), ("Accept", BROWSER), ("X-Requested-With", "XMLHttpRequest")];
        receipt_of(&app, &send(&app, &form, "", &script, "need=script").expect(202));
        let fixed = change(
            &app,
            &form,
            with(
                settings,
                json!({"answer": {"status": 200, "content_type": JSON, "body": "{\"id\":\"{receipt_id}\"}"}}),
            ),
        );
        let answer = fill_in(&app, &fixed, &[("need", "fixed")]).expect(200);
        assert_eq!(
            (answer.header("content-type"), &answer.json["id"]),
            (Some(JSON), &newest(&app, &fixed)["id"])
        );
        assert_eq!(change(&app, &form, json!({"answer": {"body": null}}))["id"], id(&form));
        // The page says the same to the browser: where it leads, and who may show it.
        let policy = page(&app, &form, "", "zh").header("content-security-policy").unwrap().to_owned();
        let part = |name: &str| {
            policy
                .split(';')
                .map(str::trim)
                .find_map(|part| part.strip_prefix(name))
                .unwrap()
                .trim()
                .to_owned()
        };
        assert!(
            ["'self'", "https://www.example.com", "https://shop.example.com"]
                .iter()
                .all(|place| part("form-action").contains(place)),
            "{policy}"
        );
        assert!(
            part("frame-ancestors").contains("https://shop.example.com")
                && !part("frame-ancestors").contains("www.example.com"),
            "{policy}"
        );
        assert!(
            page(&app, &bare, "", "zh")
                .header("content-security-policy")
                .unwrap()
                .contains("frame-ancestors *")
        );
    }

    fn the_thanks_tell_nothing_of_anybody(app) {
        let form = form(&app, json!({"allowed_origins": ["https://shop.example.com"]}));
        let answer = fill_in(&app, &form, &[("need", "x"), ("contact", "不要露面")]).expect(303);
        let thanks = app
            .nobody()
            .send("GET", answer.header("location").unwrap(), &[("Accept-Language", "zh")], None)
            .expect(200);
        assert!(thanks.text.contains("谢谢") && !thanks.text.contains("不要露面"));
        assert!(
            thanks
                .header("content-security-policy")
                .unwrap()
                .contains("frame-ancestors 'self' https://shop.example.com")
        );
    }

    fn looking_is_not_submitting(app) {
        let form = form(&app, json!({}));
        for (method, query) in [("HEAD", ""), ("HEAD", "?need=x"), ("GET", "?need=x&_gotcha=y")] {
            let answer = app
                .nobody()
                .send(method, &format!("{}{query}", door(&form)), &[("Accept", BROWSER)], None)
                .expect(200);
            assert_eq!(answer.text.is_empty(), method == "HEAD");
        }
        for file in ["/embed.js", "/qr.svg", "/thanks"] {
            assert_eq!(
                app.nobody().send("HEAD", &format!("{}{file}", door(&form)), &[], None).expect(200).text,
                ""
            );
        }
        for method in ["PUT", "PATCH", "DELETE"] {
            app.nobody()
                .send(method, &door(&form), &[("Content-Type", JSON)], Some(b"{\"need\":\"x\"}".to_vec()))
                .refused(405, "method_not_allowed");
        }
        assert!(receipts(&app, &form).is_empty());
    }
}
