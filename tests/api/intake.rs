//! The public side: forms taken as they come, the pages around them, and the receipt of every submission.
//! What becomes of an inquiry afterwards is in the other files, limits and odd methods are in `floor.rs`.

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper};
use leaddock::access::Role;
use leaddock::intake::forms::schema::forms;
use leaddock::intake::receipts::model::{Outcome, Receipt};
use leaddock::intake::receipts::schema::receipts;
use leaddock::platform::db::Tx;
use serde_json::{Value, json};

use crate::support::desk::{INQUIRIES, SIX, ids, six, with};
use crate::support::{TestApp, at_once, each_database};

const FORM: &str = "/f/default";
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// The inquiries that came in by now, the latest first.
fn inquiries(app: &TestApp) -> Vec<Value> {
    app.admin().all(INQUIRIES)
}

/// Every receipt that is kept, in the order of arrival.
fn kept(app: &TestApp) -> Vec<Receipt> {
    app.read(|read| {
        Ok(receipts::table.order(receipts::id.asc()).select(Receipt::as_select()).load(read.conn)?)
    })
}

each_database! {
    fn json_is_kept_as_it_came(app) {
        let sent = with(
            six("启澜"),
            json!({"email": "zhou@example.com", "wechat": "zhou_qilan", "message": "希望月底前看房\n二楼也行",
                "page_url": "https://example.com/changfang?x=1&y=二",
            "referrer": "https://www.baidu.com/", "utm_source": "baidu", "utm_campaign": "厂房 2026"}),
        );
        let answer = app.nobody().post(FORM, &sent).expect(202);
        assert_eq!(answer.json.as_object().unwrap().len(), 1, "it tells nothing else");
        let receipt = answer.json["receipt_id"].as_str().unwrap();
        assert!(receipt.starts_with("rcp_"));

        let inquiry = &inquiries(&app)[0];
        for item in SIX.into_iter().chain(["email", "wechat", "message"]) {
            assert_eq!(inquiry[item], sent[item]);
        }
        let source = json!({"channel": "form", "page_url": sent["page_url"], "referrer": sent["referrer"],
            "utm": {"source": "baidu", "campaign": "厂房 2026"}});
        assert_eq!(inquiry["source"], source);
        assert_eq!(
            (&inquiry["status"], &inquiry["phone_e164"], &inquiry["unreachable"], &inquiry["custom"]),
            (&json!("new"), &json!("+8613800138000"), &json!(false), &json!({}))
        );
        assert!(inquiry["form_id"].as_str().unwrap().starts_with("frm_"));
        assert_eq!(inquiry["received_at"], app.clock.now().to_string());

        let [only] = &kept(&app)[..] else { panic!("one submission, one receipt") };
        assert_eq!(
            (only.id.to_string().as_str(), only.body.as_slice()),
            (receipt, sent.to_string().as_bytes())
        );
        assert_eq!(
            (only.outcome, only.content_type.as_deref(), only.reasons.0.as_slice()),
            (Outcome::Accepted, Some("application/json"), &[][..])
        );
        assert_eq!(only.inquiry_id.map(|id| json!(id)), Some(inquiry["id"].clone()));
        let event = app
            .admin()
            .all(&format!("{INQUIRIES}/{}/timeline", inquiry["id"].as_str().unwrap()))
            .pop()
            .unwrap();
        assert_eq!(
            (&event["actor"]["type"], &event["actor"]["id"], &event["data"]["receipt_id"]),
            (&json!("form"), &inquiry["form_id"], &json!(receipt))
        );
    }

    fn urlencoded_is_kept_as_it_came(app) {
        let odd = "求购独栋 “红本” 厂房 & 宿舍=2 + 食堂 100%";
        let fields = [
            ("phone", "138 0013 8000"),
            ("anything", "a"),
            ("contact", "周启澜"),
            ("utm_source", "baidu"),
            ("need", odd),
            ("anything", "b"),
            ("tax", "300万"),
            ("usage", "机加工"),
            ("company", "吴江（平望）+1&子公司=一"),
        ];
        let answer = app.nobody().form(FORM, &fields, "application/json").expect(202);
        assert!(answer.json["receipt_id"].is_string());
        let inquiry = &inquiries(&app)[0];
        for (name, value) in fields.into_iter().filter(|(name, _)| SIX.contains(name)) {
            assert_eq!(inquiry[name], value);
        }
        assert_eq!(
            (&inquiry["custom"], &inquiry["source"]["utm"]),
            (&json!({"anything": "a、b"}), &json!({"source": "baidu"}))
        );
        // Without a type it is seen by the first sign.
        for (body, phone) in [("need=a&phone=1", "1"), (" {\"need\": \"a\", \"phone\": \"2\"}", "2")] {
            app.nobody().send("POST", FORM, &[], Some(body.into())).expect(202);
            assert_eq!(
                (&inquiries(&app)[0]["need"], &inquiries(&app)[0]["phone"]),
                (&json!("a"), &json!(phone))
            );
        }
        for (n, kind) in
            ["text/plain;charset=UTF-8", "application/json; charset=utf-8", "application/vnd.api+json"]
                .into_iter()
                .enumerate()
        {
            app.nobody().post_bytes(FORM, kind, format!("{{\"need\": \"b{n}\"}}")).expect(202);
        }
        for kind in ["text/csv", "application/xml", "image/png", "text/html"] {
            app.nobody().post_bytes(FORM, kind, "need=b").refused(415, "unsupported_media_type");
        }
        assert_eq!(inquiries(&app).len(), 6);
    }

    fn the_usual_names_are_known_in_any_order(app) {
        for (names, items) in [
            (["需求", "用途", "税收", "公司", "联系人", "手机号"], SIX),
            (["求租求购", "所属行业", "年纳税额", "企业名称", "姓名", "联系电话"], SIX),
            (["Requirements", "INDUSTRY", "annual_tax", "Company-Name", "full name", "Mobile"], SIX),
            (["demand", "purpose", "tax", "organisation", "contact_person", "tel"], SIX),
            (
                ["微信号", "电子邮箱", "留言", "need", "usage", "tax"],
                ["wechat", "email", "message", "need", "usage", "tax"],
            ),
            (
                ["vx", "Mail", "备注", "need", "usage", "tax"],
                ["wechat", "email", "message", "need", "usage", "tax"],
            ),
        ] {
            // Each time another one: who is known joins what is there.
            let phone = format!("1380000000{}", inquiries(&app).len());
            let values = ["一", "二@example.com", "三", "四", "五", phone.as_str()];
            let fields: Vec<(&str, &str)> = names.into_iter().zip(values).rev().collect();
            app.nobody().form(FORM, &fields, "*/*").expect(202);
            let inquiry = &inquiries(&app)[0];
            for (item, value) in items.into_iter().zip(values) {
                assert_eq!(inquiry[item], value, "{names:?}");
            }
            assert_eq!(inquiry["custom"], json!({}), "{names:?}");
        }
    }

    fn what_is_not_known_is_kept_beside(app) {
        let sent = json!({"need": "厂房", "楼层": 2, "行车": true, "设备": ["CNC", "注塑机"],
            "地址": {"省": "江苏", "市": "苏州"}, "空": "", "无": null, "需求": "第二个同义的",
            "a/b": "x"});
        app.nobody().post(FORM, &sent).expect(202);
        let inquiry = &inquiries(&app)[0];
        assert_eq!(inquiry["need"], "厂房");
        let custom = inquiry["custom"].as_object().unwrap();
        assert_eq!(
            (&custom["楼层"], &custom["行车"], &custom["设备"], &custom["需求"], &custom["a/b"]),
            (&json!("2"), &json!("true"), &json!("CNC、注塑机"), &json!("第二个同义的"), &json!("x"))
        );
        assert!(
            custom["地址"].as_str().unwrap().contains("苏州")
                && !custom.contains_key("空")
                && !custom.contains_key("无")
        );
        // All in one is the message.
        app.nobody().post(FORM, &json!({"text": "急求厂房三千平\n电话 138 0013 8000"})).expect(202);
        assert_eq!(inquiries(&app)[0]["message"], "急求厂房三千平\n电话 138 0013 8000");
    }

    fn texts_are_cleaned_but_never_cut_nor_refused(app) {
        let sent = json!({"need": " 一\r\n二\t三\u{0}\u{7}\u{1b}\r\n ", "company": "甲\u{0}乙\r\n丙\t丁",
            "contact": "\u{85}\u{7f} 周 ",
            "phone": "138\n0013\t8000", "usage": "e\u{301}", "message": "\u{0}",
            "楼\u{0}层": "二\u{0}\n三", "utm_\u{0}": "x"});
        app.nobody().post(FORM, &sent).expect(202);
        let inquiry = &inquiries(&app)[0];
        assert_eq!((&inquiry["need"], &inquiry["company"]), (&json!("一\n二\t三"), &json!("甲乙 丙 丁")));
        assert_eq!(
            (&inquiry["contact"], &inquiry["phone"], &inquiry["phone_e164"]),
            (&json!("周"), &json!("138 0013 8000"), &json!("+8613800138000"))
        );
        assert_eq!(
            (&inquiry["usage"], &inquiry["message"], &inquiry["custom"]),
            (&json!("\u{e9}"), &json!(null), &json!({"楼层": "二\n三"}))
        );

        let long = json!({"need": "厂".repeat(11_000), "company": "公".repeat(300), "phone": "1".repeat(200),
            "wechat": "微".repeat(300), "email": "not an address"});
        app.nobody().post(FORM, &long).expect(202);
        let inquiry = &inquiries(&app)[0];
        for (item, value) in long.as_object().unwrap() {
            assert_eq!(&inquiry[item], value);
        }
        // The receipt keeps every byte.
        assert_eq!(
            kept(&app).iter().map(|receipt| receipt.body.clone()).collect::<Vec<_>>(),
            [sent.to_string().into_bytes(), long.to_string().into_bytes()]
        );
        // What a form let through is no hindrance to a later change of something else.
        app.admin()
            .patch(&format!("{INQUIRIES}/{}", inquiry["id"].as_str().unwrap()), &json!({"tags": ["急"]}))
            .expect(200);
    }

    fn only_something_is_wanted(app) {
        for (sent, unreachable) in [
            (json!({"company": "甲"}), true),
            (json!({"phone": "138 0013 8000"}), false),
            (json!({"phone": "晚上打"}), true),
            (json!({"phone": "6395 0000"}), false),
            (json!({"email": "zhou@example.com"}), false),
            (json!({"wechat": "zhou"}), false),
            (json!({"anything": "else"}), true),
        ] {
            app.nobody().post(FORM, &sent).expect(202);
            assert_eq!(inquiries(&app)[0]["unreachable"], unreachable, "{sent}");
        }
        let made = inquiries(&app).len();
        for empty in
            [json!({}), json!({"company": "   ", "need": "\n", "phone": null}), json!({"need": [], "x": {}})]
        {
            app.nobody().post(FORM, &empty).refused(422, "empty");
        }
        app.nobody().form(FORM, &[("company", "  "), ("x", "")], "application/json").refused(422, "empty");
        app.nobody().send("POST", FORM, &[], None).refused(422, "empty");
        assert_eq!(inquiries(&app).len(), made);
    }

    fn what_cannot_be_read_is_refused_and_kept_as_failed(app) {
        let many: String = (0..101).map(|n| format!("f{n}=1&")).collect();
        let many_members: Value = (0..101).map(|n| (format!("f{n}"), json!(1))).collect();
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(40), "]".repeat(40));
        let cases = [
            ("application/json", "{".to_owned(), 400, "undecodable"),
            ("application/json", "[1]".to_owned(), 400, "undecodable"),
            ("application/json", String::new(), 400, "undecodable"),
            ("application/json", deep, 400, "too_deep"),
            ("application/x-www-form-urlencoded", many, 422, "too_many_fields"),
            ("application/json", many_members.to_string(), 422, "too_many_fields"),
            ("application/json", "{}".to_owned(), 422, "empty"),
        ];
        for (kind, body, status, code) in &cases {
            app.nobody().post_bytes(FORM, kind, body.clone()).refused(*status, code);
        }
        let kept = kept(&app);
        assert_eq!(kept.len(), cases.len());
        for (receipt, (kind, body, _, code)) in kept.iter().zip(&cases) {
            assert_eq!(
                (receipt.outcome, receipt.reasons.0.clone(), receipt.inquiry_id),
                (Outcome::Failed, vec![(*code).to_owned()], None)
            );
            assert_eq!(
                (receipt.content_type.as_deref(), receipt.body.as_slice()),
                (Some(*kind), body.as_bytes())
            );
        }
        // A hundred are taken; and what is too large, of another type or for nobody leaves nothing.
        let hundred: Value = (0..100).map(|n| (format!("f{n}"), json!(1))).collect();
        app.nobody().post(FORM, &hundred).expect(202);
        app.nobody().post(FORM, &json!({"need": "x".repeat(70_000)})).refused(413, "too_large");
        app.nobody().post_bytes(FORM, "text/csv", "a,b").refused(415, "unsupported_media_type");
        app.nobody().post("/f/no-such-form", &six("甲")).refused(404, "not_found");
        assert_eq!(self::kept(&app).len(), cases.len() + 1);
        assert_eq!(inquiries(&app).len(), 1);
    }

    fn a_form_that_is_not_active_is_none(app) {
        app.write(|tx: &mut Tx<'_>| {
            Ok(diesel::update(forms::table).set(forms::active.eq(false)).execute(tx.conn)?)
        })
        .unwrap();
        for key in ["default", "no-such-form", "Default", "%00", "%FF", "a%2Fb"] {
            app.nobody().post(&format!("/f/{key}"), &six("甲")).refused(404, "not_found");
            app.nobody().get(&format!("/f/{key}")).refused(404, "not_found");
            app.nobody().get(&format!("/f/{key}/thanks")).refused(404, "not_found");
        }
        assert!(kept(&app).is_empty() && inquiries(&app).is_empty());
    }

    fn a_browser_is_led_to_the_thanks(app) {
        let fields = [("need", "厂房"), ("phone", "138 0013 8000")];
        let answer = app.nobody().form(FORM, &fields, BROWSER).expect(303);
        let thanks = app.nobody().get(answer.header("location").unwrap()).expect(200);
        assert!(
            thanks.header("content-type").unwrap().starts_with("text/html") && thanks.text.contains("谢谢")
        );
        assert_eq!(inquiries(&app).len(), 1);
        // Who filled nothing in sees the page again, with a word about it.
        let page = app.nobody().form(FORM, &[("need", " "), ("phone", "")], BROWSER).expect(422);
        assert!(page.text.contains("role=\"alert\"") && page.text.contains("<form"));
        assert!(!app.nobody().get(FORM).expect(200).text.contains("role=\"alert\""));
        assert_eq!((inquiries(&app).len(), kept(&app).len()), (1, 2));
    }

    fn the_pages_speak_both_languages_and_need_no_script(app) {
        for (accept, words) in [
            ("zh-CN", ["告诉我们您的需求", "联系人", "手机号", "提交"]),
            ("en", ["Tell us what you need", "Your name", "Phone", "Send"]),
        ] {
            let page = app.nobody().send("GET", FORM, &[("Accept-Language", accept)], None).expect(200);
            assert!(words.iter().all(|word| page.text.contains(word)), "{}", page.text);
            assert!(SIX.iter().all(|item| page.text.contains(&format!("name=\"{item}\""))
                && page.text.contains(&format!("<label for=\"{item}\""))));
            assert!(
                page.text.contains("<form method=\"post\" action=\"/f/default\"")
                    && page.text.contains("width=device-width")
            );
            assert!(
                !page.text.contains("<script")
                    && !page.text.contains("http://")
                    && !page.text.contains("https://")
            );
            let policy = page.header("content-security-policy").unwrap();
            assert!(policy.contains("default-src 'none'") && policy.contains("form-action 'self'"));
        }
        for (accept, word) in [("zh-CN", "谢谢"), ("en", "Thank you")] {
            assert!(
                app.nobody()
                    .send("GET", "/f/default/thanks", &[("Accept-Language", accept)], None)
                    .expect(200)
                    .text
                    .contains(word)
            );
        }
        // Where a mail's link leads: a page for everybody, which tells nothing about anybody.
        let inquiry = crate::support::desk::create(app.admin(), json!({}));
        let [real, none] = [inquiry["id"].as_str().unwrap(), "inq_00000000000000000000000000"]
            .map(|id| app.nobody().get(&format!("/i/{id}")).expect(200).text);
        assert_eq!(real, none);
    }

    fn a_campaign_rides_along_through_the_page(app) {
        let page = app
            .nobody()
            .get("/f/default?utm_source=%22%3E%3Cb%3E&utm_medium=cpc&gclid=abc&empty=maybe")
            .expect(200);
        assert!(
            page.text.contains("name=\"utm_medium\" value=\"cpc\"")
                && !page.text.contains("gclid")
                && !page.text.contains("role=\"alert\"")
        );
        assert!(!page.text.contains("\"><b>"), "a parameter is no markup");
    }

    fn one_submission_is_one_receipt_and_one_inquiry(app) {
        let mut told: Vec<String> = at_once(20, |n| {
            app.nobody().post(FORM, &six(&format!("第{n}"))).expect(202).json["receipt_id"]
                .as_str()
                .unwrap()
                .to_owned()
        });
        told.sort_unstable();
        let receipts = kept(&app);
        assert_eq!(receipts.iter().map(|receipt| receipt.id.to_string()).collect::<Vec<_>>(), told);
        let mut of_receipts: Vec<String> =
            receipts.iter().map(|receipt| receipt.inquiry_id.unwrap().to_string()).collect();
        of_receipts.sort_unstable();
        let inquiries = inquiries(&app);
        let mut there = ids(&inquiries);
        there.sort_unstable();
        assert_eq!(of_receipts, there);
        // The same once more is a receipt, and no second inquiry.
        app.nobody().post(FORM, &six("第0")).expect(202);
        assert_eq!((self::inquiries(&app).len(), kept(&app).len()), (20, 21));
    }

    fn a_repeated_key_makes_no_second_inquiry(app) {
        let agent = app.login(Role::Agent);
        let keyed = |body: &Value, key: &str| app.nobody().post_with(FORM, body, &[("Idempotency-Key", key)]);
        let first = keyed(&six("甲"), "k1").expect(202);
        assert_eq!(first.header("idempotency-replayed"), None);
        for _ in 0..2 {
            let again = keyed(&six("甲"), "k1").expect(202);
            assert_eq!(
                (again.json.clone(), again.header("idempotency-replayed")),
                (first.json.clone(), Some("true"))
            );
        }
        keyed(&six("乙"), "k1").refused(422, "idempotency_key_reused");
        keyed(&json!({}), "k2").refused(422, "empty");
        keyed(&six("丙"), "k2").expect(202);
        let same: Vec<Value> = at_once(10, |_| keyed(&six("丁"), "k3").expect(202).json);
        assert!(same.windows(2).all(|pair| pair[0] == pair[1]));
        app.nobody()
            .send(
                "POST",
                FORM,
                &[("Idempotency-Key", "a"), ("Idempotency-Key", "b"), ("Content-Type", "application/json")],
                Some(b"{}".to_vec()),
            )
            .refused(400, "bad_idempotency_key");
        assert_eq!(inquiries(&app).len(), 3);
        assert_eq!(kept(&app).iter().filter(|receipt| receipt.outcome == Outcome::Accepted).count(), 3);
        // A browser's answer is kept as well.
        let browser = |_| {
            app.nobody()
                .send(
                    "POST",
                    FORM,
                    &[
                        ("Idempotency-Key", "k4"),
                        ("Accept", BROWSER),
                        ("Content-Type", "application/x-www-form-urlencoded"),
                    ],
                    Some(b"need=x".to_vec()),
                )
                .expect(303)
        };
        let answers: Vec<String> =
            (0..2).map(browser).map(|answer| answer.header("location").unwrap().to_owned()).collect();
        assert_eq!(answers, ["/f/default/thanks"; 2]);
        assert_eq!((inquiries(&app).len(), app.mails().len()), (4, 4));
        assert_eq!(agent.all(INQUIRIES).len(), 4);
    }
}
