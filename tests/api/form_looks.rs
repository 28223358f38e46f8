//! What a form says of its own pages: colours, logo, texts, required fields, and pages in a frame.
//! Errors and the start page are in pages.rs.

use chrono::Duration;
use data_encoding::BASE64;
use serde_json::json;

use crate::browsers::{field, fill_in, of, page, tags, value};
use crate::pages::{SVG, is_page, visit};
use crate::support::each_database;
use crate::support::intake::{
    BROWSER, FORMS, JSON, URLENCODED, change, form, inquiries, newest, operator, outcomes, place, send,
};

each_database! {
    fn a_form_says_how_its_pages_look(app) {
        let own = json!({"title": "启航产业园", "intro": "第一行\n第二行 <b>", "thanks": "谢谢，<i>周二</i>回电",
            "colour": "#7A1FA2", "logo": SVG});
        let made = form(&app, json!({"key": "park", "page": own}));
        assert_eq!(made["page"], own);
        let shown = page(&app, &made, "", "zh").text;
        assert!(
            shown.contains("<h1>启航产业园</h1>")
                && shown.contains("<title>启航产业园 ·")
                && shown.contains("第一行\n第二行 &lt;b&gt;"),
            "{shown}"
        );
        assert!(shown.contains("--accent: #7a1fa2") && !shown.contains("#0a6b56"));
        let logo = tags(&shown).into_iter().find(|(tag, _)| tag == "img").unwrap().1;
        assert_eq!((of(&logo, "src"), of(&logo, "alt")), (Some(SVG), Some("Leaddock")));
        let thanks = visit(&app, "GET", "/f/park/thanks", &[]).expect(200).text;
        assert!(
            thanks.contains("谢谢，&lt;i&gt;周二&lt;/i&gt;回电")
                && thanks.contains("<img")
                && thanks.contains("--accent: #7a1fa2"),
            "{thanks}"
        );
        let refused = fill_in(&app, &made, &[("need", "")]).expect(422).text;
        assert!(refused.contains("<h1>启航产业园</h1>") && refused.contains("<img"));
        is_page(fill_in(&app, &made, &[("need", &"x".repeat(3 << 20))]), 413, "<img");

        // A change is merged; null takes one away, and all of them.
        let merged = change(&app, &made, json!({"page": {"title": null, "colour": "#b00020"}}));
        assert_eq!(
            (&merged["page"]["title"], &merged["page"]["colour"], &merged["page"]["thanks"]),
            (&json!(null), &json!("#b00020"), &own["thanks"])
        );
        assert_eq!(operator(&app).get(&place(&made)).expect(200).json["page"], merged["page"]);
        assert!(
            page(&app, &made, "", "zh").text.contains("告诉我们您的需求")
                && page(&app, &made, "", "zh").text.contains("--accent: #b00020")
        );
        let usual = json!({"title": null, "intro": null, "thanks": null, "colour": null, "logo": null});
        assert_eq!(change(&app, &made, json!({"page": null}))["page"], usual);
        assert_eq!(form(&app, json!({}))["page"], usual);
        assert!(page(&app, &made, "", "en").text.contains("--accent: #0a6b56"));
        // A submission is read as before.
        let tried = operator(&app)
            .post(
                &format!("{}/dry-run", place(&made)),
                &json!({"content_type": JSON, "body": "{\"need\": \"厂房\"}"}),
            )
            .expect(200);
        assert_eq!(tried.json["outcome"], "accepted");
    }

    fn what_pages_cannot_show_is_told_at_once(app) {
        let png = |length: usize| {
            format!(
                "data:image/png;base64,{}",
                BASE64.encode(&[&b"\x89PNG\r\n\x1a\n"[..], &vec![7; length - 8]].concat())
            )
        };
        let bad = json!({"name": "x",
            "page": {"title": "长".repeat(201), "intro": "长".repeat(1_001), "thanks": "长".repeat(1_001),
                "colour": "red", "logo": 5, "font": "x"}});
        operator(&app).post(FORMS, &bad).finds_fault_with(&[
            "/page/title",
            "/page/intro",
            "/page/thanks",
            "/page/colour",
            "/page/logo",
            "/page/font",
        ]);
        let made = form(
            &app,
            json!({"page": {"title": "长".repeat(200), "intro": "长".repeat(1_000),
                "thanks": "长".repeat(1_000), "colour": "#767676", "logo": png(64 << 10)}}),
        );
        let script =
            format!("data:image/svg+xml;base64,{}", BASE64.encode(b"<svg><script>alert(1)</script></svg>"));
        for (member, bad) in [
            ("colour", "#777777"),
            ("colour", "#fff"),
            ("logo", "https://www.example.com/logo.png"),
            ("logo", script.as_str()),
            ("logo", "data:text/html,x"),
            ("logo", png((64 << 10) + 1).as_str()),
        ] {
            operator(&app)
                .patch(&place(&made), &json!({"page": {member: bad}}))
                .finds_fault_with(&[&format!("/page/{member}")]);
        }
        let both = operator(&app)
            .patch(&place(&made), &json!({"page": {"colour": "#ffcc00", "logo": "data:,"}}))
            .finds_fault_with(&["/page/colour", "/page/logo"]);
        assert!(both.text.contains("contrast"), "{}", both.text);
        assert_eq!(operator(&app).get(&place(&made)).expect(200).json["version"], 1);
    }

    fn a_required_phone_must_be_one_that_can_be_called(app) {
        let made = form(
            &app,
            json!({"fields": {"phone": {"required": true, "label": {"zh": "手机", "en": "Mobile"}},
                "company": {"required": true}}}),
        );
        let fill = |phone: &str, company: &str| {
            let token = value(&page(&app, &made, "", "zh").text, "_t");
            app.advance(Duration::seconds(3));
            let body = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs([
                    ("_t", token.as_str()),
                    ("need", "厂房"),
                    ("phone", phone),
                    ("company", company),
                ])
                .finish();
            send(
                &app,
                &made,
                "",
                &[("Content-Type", URLENCODED), ("Accept", BROWSER), ("Accept-Language", "zh-CN")],
                body,
            )
        };
        for bad in ["12345", "微信同号", "1380013", "没有"] {
            let refused = fill(bad, "启澜").expect(422);
            let shown = field(&refused.text, "phone");
            assert_eq!((of(&shown, "aria-invalid"), of(&shown, "value")), (Some("true"), Some(bad)));
            assert!(refused.text.contains("不是可以拨打的电话号码"), "{}", refused.text);
        }
        // What is missing is named.
        let refused = fill("", "").expect(422);
        assert!(
            refused.text.contains("请填写“手机”。") && refused.text.contains("请填写“公司”。"),
            "{}",
            refused.text
        );
        for good in ["138 0013 8001", "0512-63950000", "+49 30 23125 017", "13800138002（微信同号）"] {
            fill(good, good).expect(303);
        }
        // Who asks for no number takes what is there, and so does every form from elsewhere.
        let lenient = form(&app, json!({}));
        let token = value(&page(&app, &lenient, "", "zh").text, "_t");
        app.advance(Duration::seconds(3));
        fill_in(&app, &lenient, &[("_t", &token), ("need", "厂房"), ("phone", "晚上打")]).expect(303);
        assert_eq!(inquiries(&app, &lenient)[0]["phone"], "晚上打");
        send(&app, &made, "", &[("Content-Type", JSON)], r#"{"need": "x", "phone": "晚上打"}"#).expect(202);
    }

    fn a_framed_page_stays_framed(app) {
        let made = form(
            &app,
            json!({"key": "park", "allowed_origins": ["https://shop.example"],
                "fields": {"company": {"required": true}}}),
        );
        let framed = page(&app, &made, "?embed=1&utm_source=x&page_url=https%3A%2F%2Fshop.example%2Fa", "zh");
        let policy = framed.header("content-security-policy").unwrap();
        assert!(
            policy.contains("script-src 'self'")
                && policy.contains("frame-ancestors 'self' https://shop.example"),
            "{policy}"
        );
        let script = tags(&framed.text)
            .into_iter()
            .filter(|(tag, _)| tag == "script")
            .map(|(_, script)| script)
            .collect::<Vec<_>>();
        assert_eq!((script.len(), of(&script[0], "src")), (1, Some("/f/frame.js")));
        assert_eq!(
            (value(&framed.text, "utm_source"), value(&framed.text, "page_url")),
            ("x".to_owned(), "https://shop.example/a".to_owned())
        );
        assert!(!framed.text.contains("name=\"embed\"") && !framed.text.contains("<footer"));
        let token = value(&framed.text, "_t");
        app.advance(Duration::seconds(3));
        let fill = |company: &str| {
            app.nobody().form(
                "/f/park?embed=1",
                &[("_t", &token), ("need", "厂房"), ("company", company)],
                BROWSER,
            )
        };
        let refused = fill("").expect(422);
        assert!(refused.text.contains("action=\"/f/park?embed=1\"") && refused.text.contains("/f/frame.js"));
        assert_eq!(fill("启澜").expect(303).header("location"), Some("/f/park/thanks?embed=1"));
        let thanks = app.nobody().get("/f/park/thanks?embed=1").expect(200);
        assert!(thanks.text.contains("/f/frame.js") && thanks.text.contains("href=\"/f/park?embed=1\""));
        assert_eq!(outcomes(&app, &made), ["failed", "accepted"]);
        assert_eq!(newest(&app, &made)["custom"], json!({}));
        // Only there: nothing else runs a script.
        for path in ["/f/park", "/f/park?embed=0", "/f/park/thanks", "/"] {
            let plain = visit(&app, "GET", path, &[]).expect(200);
            assert!(
                !plain.text.contains("<script")
                    && !plain.header("content-security-policy").unwrap().contains("script-src"),
                "{path}"
            );
        }
        let script = app.nobody().get("/f/frame.js").expect(200);
        assert!(
            script.header("content-type").unwrap().starts_with("text/javascript")
                && script.text.contains("postMessage")
        );
        app.nobody()
            .send("POST", "/f/frame.js", &[("Content-Type", JSON)], Some(b"{}".to_vec()))
            .refused(404, "not_found");
    }
}
