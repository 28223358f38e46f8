//! What the mails of notifications say: their language, their subject, and that what people write stays text.
//! Who gets one is in notifications.rs.

use chrono::Duration;
use leaddock::access::Role;
use serde_json::json;

use crate::support::desk::{INQUIRIES, USERS, give, plan, with};
use crate::support::each_database;

each_database! {
    fn a_mail_speaks_its_reader_s_language(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        for (locale, word, other) in
            [(json!(null), "需求", "Need"), (json!("en"), "Need", "需求:"), (json!("zh-CN"), "需求", "Need")]
        {
            admin.patch(&format!("{USERS}/{}", agent.id()), &json!({"locale": locale})).expect(200);
            let inquiry = give(admin, agent.id(), json!({}));
            plan(&app, admin, &inquiry, Duration::zero());
            let mails = app.mails();
            assert_eq!(mails.len(), 2);
            for mail in mails {
                assert!(
                    mail.text.contains(word) && mail.html.contains(word) && !mail.text.contains(other),
                    "{}",
                    mail.text
                );
            }
        }
    }

    fn a_poisonous_text_stays_text(app) {
        let agent = app.login(Role::Agent);
        let sent = json!({"need": "厂房\r\nBcc: a@evil.example\r\n\r\n<svg onload=alert(1)> \u{0}\u{7}",
            "company": "甲\r\nX-Evil: 1",
            "contact": "<img src=x onerror=y> & \"周\"", "phone": "138 0013 8000\r\nTo: b@evil.example",
            "email": "x@example.com\r\nBcc: c@evil.example", "wechat": "{{ 7*7 }}{% raw %}"});
        app.nobody().post("/f/default", &sent).expect(202);
        let [mail] = &app.mails()[..] else { panic!("one mail") };
        let heads = [&mail.subject, &mail.to, &mail.to_name, &mail.id];
        assert!(heads.iter().all(|text| !text.chars().any(char::is_control)), "{heads:?}");
        assert_eq!((mail.to.as_str(), &mail.reply_to), (app.email(agent.id()).as_str(), &None));
        assert!(
            !mail.html.contains("<svg")
                && !mail.html.contains("<img")
                && mail.html.contains("alert(1)")
                && mail.html.contains("{{ 7*7 }}")
        );
        assert!(
            mail.text.contains("<svg onload=alert(1)>")
                && mail.text.contains("甲 X-Evil: 1")
                && !mail.text.contains(['\u{0}', '\u{7}', '\r'])
        );
        // Over the API such a name does not even come in.
        for member in ["company", "contact", "phone", "wechat", "email"] {
            agent
                .post(INQUIRIES, &json!({"need": "x", member: "甲\r\nBcc: a@evil.example"}))
                .finds_fault_with(&[&format!("/{member}")]);
            agent
                .post(INQUIRIES, &json!({"need": "x", member: "甲\u{0}"}))
                .finds_fault_with(&[&format!("/{member}")]);
        }
        app.admin()
            .patch(&format!("{USERS}/{}", agent.id()), &json!({"name": "周\r\nBcc: a@evil.example"}))
            .finds_fault_with(&["/name"]);
    }

    fn a_subject_says_what_is_wanted_and_hides_numbers_of_phones_only(app) {
        let agent = app.login(Role::Agent);
        for (said, wanted) in [
            (
                json!({"need": "需要2000-3000平米厂房，层高9米，承重2吨，预算25-30元/平/月"}),
                "【新线索】求租厂房2000–3000㎡",
            ),
            (
                json!({"need": "求租仓库，请致电13900139001或 138 0013 8000，10000平"}),
                "【新线索】求租仓库10000㎡",
            ),
            (
                json!({"need": "邮箱zhou@example.com，求购土地50亩，投资20000000元"}),
                "【新线索】求地50亩",
            ),
            (
                json!({"need": "启澜精密的周启澜\n求租 3000平", "company": "启澜精密", "contact": "周启澜"}),
                "【新线索】求租厂房3000㎡",
            ),
            (json!({"need": "13800138000", "usage": "仓储"}), "【新线索】求租仓库"),
            (
                json!({"need": "致电13900139001或 138 0013 8000 谈谈合作"}),
                "【新线索】致电…或 … 谈谈合作",
            ),
            (json!({"need": "王启澜谈合作", "contact": "王启澜"}), "【新线索】…谈合作"),
            (json!({"company": "只有公司"}), "【新线索】有人来咨询"),
        ] {
            app.admin().post(INQUIRIES, &with(said, json!({"assign": agent.id()}))).expect(201);
            assert_eq!(app.mails()[0].subject, wanted);
        }
        let long = json!({"need": "谈".repeat(500), "assign": agent.id()});
        let long = app.admin().post(INQUIRIES, &long).expect(201).json;
        let subject = app.mails().remove(0).subject;
        assert!(subject.ends_with('…') && subject.chars().count() <= 80, "{subject}");
        plan(&app, app.admin(), &long, Duration::zero());
        assert!(app.mails()[0].subject.starts_with("【待跟进】谈谈谈"));
    }

    fn line_ends_are_kept_in_both_forms_of_a_mail(app) {
        let agent = app.login(Role::Agent);
        give(app.admin(), agent.id(), json!({"message": "第一行\n第二行 <b>\n\n第四行"}));
        let mail = app.mails().remove(0);
        // Not every program for mail knows white-space in styles.
        assert!(
            mail.html.contains("第一行<br>\n第二行 &lt;b&gt;<br>\n<br>\n第四行")
                && !mail.html.contains("white-space"),
            "{}",
            mail.html
        );
        assert!(mail.text.contains("第一行\n第二行 <b>\n\n第四行"), "{}", mail.text);
        assert!(mail.html.contains("max-width:560px") && mail.html.contains("table-layout:fixed"));
    }

    fn even_the_longest_repetition_makes_a_mail(app) {
        let agent = app.login(Role::Agent);
        let long = "😀".repeat(10_000);
        let known = json!({"need": long, "usage": long, "tax": long, "message": long, "phone": "13800007429"});
        give(app.admin(), agent.id(), known);
        app.mails();
        // As much as a form takes.
        let new = "求".repeat(10_000);
        let said = json!({"need": new, "usage": new, "phone": "13800007429"});
        app.nobody().post("/f/default", &said).expect(202);
        let [mail] = &app.mails()[..] else { panic!("one mail") };
        // In base64, with its heads.
        let size = (mail.text.len() + mail.html.len()) * 138 / 100 + 4_096;
        assert!(mail.subject.contains("再次咨询") && mail.text.contains("求") && size < 256 << 10, "{size}");
    }

    fn even_the_longest_inquiry_makes_a_mail(app) {
        let agent = app.login(Role::Agent);
        let long = |sign: &str| sign.repeat(10_000);
        give(
            app.admin(),
            agent.id(),
            json!({"need": long("<"), "usage": long("用"), "tax": long("&"), "message": long("\n"),
                "company": "公".repeat(200)}),
        );
        let mail = &app.mails()[0];
        assert!(
            mail.subject.chars().count() <= 120
                && mail.html.len() < 256 << 10
                && mail.text.contains(&"公".repeat(200))
        );
    }
}
