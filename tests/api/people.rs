//! Who asks and how they are reached: numbers and addresses as they were written or none, whatever field they
//! came in; labels that say what a value is; items and facts that agree. How texts are understood otherwise
//! is in `facts.rs`.

use serde_json::{Value, json};

use crate::support::desk::{create, path, q, total};
use crate::support::intake::{form, inquiry, newest, post, submit};
use crate::support::{TestApp, each_database};

#[track_caller]
fn made(app: &TestApp, form: &Value, body: Value) -> Value {
    inquiry(app, &submit(app, form, body))
}

#[track_caller]
fn parsed(app: &TestApp, text: &str) -> Value {
    app.admin().post("/api/v1/inquiries/parse", &json!({"text": text})).expect(200).json["facts"].clone()
}

each_database! {
    fn a_phone_is_what_was_written_or_nothing(app) {
        let form = form(&app, json!({}));
        for (written, e164) in [
            ("13800007701.0", "+8613800007701"),
            ("17000007702-1234", "+8617000007702"),
            ("0512-63950000*801", "+8651263950000"),
            ("١٣٨٠٠٠٠٧٧٠٣", "+8613800007703"),
            ("138\u{200b}0000\u{2060}7704", "+8613800007704"),
            ("一三八零零零零七七零五", "+8613800007705"),
            ("13800007706（微信同号，9点以后）", "+8613800007706"),
            ("+44 20 7031 3000", "+442070313000"),
            ("0044 20 7031 3001", "+442070313001"),
        ] {
            let made = made(&app, &form, json!({"手机": written, "需求": format!("厂房 {written}")}));
            assert_eq!(
                (&made["phone_e164"], &made["facts"]["phone"], &made["unreachable"]),
                (&json!(e164), &json!(e164), &json!(false)),
                "{written}"
            );
        }
        for written in [
            "1380000770O",
            "1.3800007e10",
            "138OOOO7701",
            "415 555 2671",
            "1 415 555 2671",
            "07911 123456",
            "090-2345-6789",
            "2123 4567",
            "138****7701",
        ] {
            let made = made(&app, &form, json!({"手机": written, "公司": "海外样厂"}));
            assert_eq!((&made["phone_e164"], made["facts"].get("phone")), (&Value::Null, None), "{written}");
            // It is kept as it was written.
            assert_eq!(made["phone"], written);
        }
        // A number as JSON writes one.
        assert_eq!(
            made(&app, &form, json!({"手机": 13_800_007_708.0_f64, "需求": "仓库"}))["phone_e164"],
            "+8613800007708"
        );
    }

    fn other_people_s_numbers_join_nobody(app) {
        let form = form(&app, json!({}));
        let theirs = made(&app, &form, json!({"手机": "13800007710", "需求": "厂房"}));
        for (n, written) in
            ["1380000771O", "13800007710O", "1.380000771e10", "l3800007710"].into_iter().enumerate()
        {
            let other = made(&app, &form, json!({"手机": written, "需求": format!("仓库 {n}")}));
            assert_ne!(other["id"], theirs["id"], "{written}");
        }
        // What nobody sees makes nobody another.
        let same = made(
            &app,
            &form,
            json!({"手机": "138\u{200b}0000 7710", "公司": "甲\u{feff}乙（昆山）有限公司", "需求": "又问"}),
        );
        assert_eq!(same["id"], theirs["id"]);
        assert_eq!(
            made(
                &app,
                &form,
                json!({"手机": "13800007710", "公司": "甲乙(昆山)\u{200b}有限公司", "需求": "三问"})
            )["id"],
            theirs["id"]
        );
        assert_ne!(
            made(&app, &form, json!({"手机": "13800007710", "公司": "丙丁有限公司", "需求": "四问"}))["id"],
            theirs["id"]
        );
    }

    fn numbers_of_somebody_else_are_not_the_inquirer_s(app) {
        let form = form(&app, json!({}));
        for (n, label) in ["推荐人手机", "紧急联系人电话", "业务员电话", "介绍人"].into_iter().enumerate()
        {
            let one = made(
                &app,
                &form,
                json!({label: "13900020001", "姓名": format!("甲{n}"), "需求": format!("厂房 {n}"),
                    "邮箱": format!("jia{n}@example.com")}),
            );
            assert_eq!(
                (&one["phone"], &one["phone_e164"], &one["custom"][label]),
                (&Value::Null, &Value::Null, &json!("13900020001")),
                "{label}"
            );
        }
        let own = made(
            &app,
            &form,
            json!({"紧急联系人电话": "13900010019", "本人电话": "13900010020", "需求": "仓库"}),
        );
        assert_eq!(own["phone_e164"], "+8613900010020");
    }

    fn one_number_of_two_firms_makes_two_inquiries_wherever_the_firms_are_named(app) {
        let form = form(&app, json!({}));
        let of = |label: &str, firm: &str, need: &str| {
            made(&app, &form, json!({label: firm, "手机": "13600007790", "需求": need}))["id"].clone()
        };
        let first = of("公司全称", "苏州启岚有限公司", "厂房 A");
        let second = of("公司全称", "昆山恒越有限公司", "厂房 B");
        assert_ne!(first, second);
        assert_eq!(of("公司", "苏州启岚有限公司", "厂房 C"), first);
        assert_eq!(of("单位全称", "昆山恒越有限公司", "厂房 D"), second);
    }

    fn an_answer_that_says_nothing_is_no_way_to_reach_somebody(app) {
        let form = form(&app, json!({}));
        for (n, answers) in [
            json!({"微信": "无"}),
            json!({"邮箱": "无", "电话": "无"}),
            json!({"微信": "-"}),
            json!({"邮箱": "qq.com"}),
        ]
        .into_iter()
        .enumerate()
        {
            let mut body = answers.clone();
            body["需求"] = json!(format!("想了解价格 {n}"));
            assert_eq!(made(&app, &form, body)["unreachable"], true, "{answers}");
        }
        assert_eq!(
            made(&app, &form, json!({"微信": "bingbing_88", "需求": "想了解价格"}))["unreachable"],
            false
        );
    }

    fn an_address_of_mail_is_whole_or_none(app) {
        for (text, address) in [
            ("求租厂房，邮箱zhou@example.com", Some("zhou@example.com")),
            ("求租厂房，zhou+park@example.com", Some("zhou+park@example.com")),
            ("求租厂房，müller@example.com", Some("müller@example.com")),
            ("求租厂房，o'brien@example.com", Some("o'brien@example.com")),
            ("求租厂房，张三zhou@example.com", None),
            ("求租厂房，…zhou@example.com", None),
            ("求租厂房，\"john doe\"@example.com", None),
            ("求租厂房，zh***u@example.com", None),
        ] {
            assert_eq!(parsed(&app, text).get("email").and_then(Value::as_str), address, "{text}");
        }
    }

    fn what_only_an_unknown_field_holds_counts(app) {
        let ads = form(
            &app,
            json!({"key": "ads", "profile": {"preset": "google_ads"}, "proof": {"secret": "s3cret-of-ads"}}),
        );
        let body = json!({"lead_id": "L1", "google_key": "s3cret-of-ads", "is_test": false,
            "user_column_data": [
            {"column_id": "WORK_PHONE", "column_name": "Work Phone", "string_value": "+86 138 0000 7720"},
                {"column_id": "WORK_EMAIL", "string_value": "zhou@example.com"},
            {"column_id": "JOB_TITLE", "column_name": "Job Title", "string_value": "Plant Manager"}]});
        post(&app, &ads, &body).expect(200);
        let lead = inquiry(&app, &newest(&app, &ads));
        assert_eq!(
            (&lead["phone"], &lead["phone_e164"], &lead["email"], &lead["unreachable"]),
            (
                &json!("+86 138 0000 7720"),
                &json!("+8613800007720"),
                &json!("zhou@example.com"),
                &json!(false)
            )
        );
        assert_eq!([total(app.admin(), &q("13800007720")), total(app.admin(), &q("zhou@example"))], [1, 1]);
        // Before anybody has said which field is which; who asks again is known.
        let unmapped = form(&app, json!({}));
        let first = made(
            &app,
            &unmapped,
            json!({"field_1": "求租厂房", "field_3": "138 0000 7721", "field_4": "微信 zhou_wx88"}),
        );
        assert_eq!(
            (&first["phone_e164"], &first["wechat"], &first["unreachable"]),
            (&json!("+8613800007721"), &json!("zhou_wx88"), &json!(false))
        );
        let again = submit(&app, &unmapped, json!({"field_1": "还要仓库", "field_3": "138 0000 7721"}));
        assert_eq!((&again["inquiry_id"], &again["reasons"]), (&first["id"], &json!(["known_person"])));
        assert_eq!(
            submit(&app, &unmapped, json!({"field_1": "还要仓库", "field_3": "138 0000 7721"}))["outcome"],
            "duplicate"
        );
        // What is no number is kept as it came, and the address in it counts.
        let by_mail = made(&app, &unmapped, json!({"联系方式": "zhou2@example.com", "需求": "厂房"}));
        assert_eq!(
            (&by_mail["phone"], &by_mail["email"], &by_mail["unreachable"]),
            (&json!("zhou2@example.com"), &json!("zhou2@example.com"), &json!(false))
        );
        // What a user enters is read by the same rule.
        let entered = create(app.admin(), json!({"phone": null, "custom": {"备用电话": "13800007722"}}));
        assert_eq!(
            (&entered["phone"], &entered["phone_e164"]),
            (&json!("13800007722"), &json!("+8613800007722"))
        );
    }

    fn digits_of_machines_are_no_numbers(app) {
        let form = form(&app, json!({}));
        let body = json!({"需求": "厂房", "order_id": "13800007730", "订单编号": "13800007731",
            "openid": "o13800007732", "timestamp": "13800007733", "page": "https://example.com/13800007734",
            "user_agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML) 13800007735",
            "client_ip": "139.196.10.255", "gclid": "Cj0zhou@example.com",
            "serial_number": 13_800_007_736_i64});
        let made = made(&app, &form, body);
        assert_eq!(
            [&made["phone"], &made["phone_e164"], &made["email"], &made["unreachable"]],
            [&Value::Null, &Value::Null, &Value::Null, &json!(true)]
        );
        assert!(
            ["phone", "phones", "email", "extra", "area_min_sqm"]
                .iter()
                .all(|fact| made["facts"].get(*fact).is_none()),
            "{}",
            made["facts"]
        );
        // Kept all the same, and shown as what was there.
        assert_eq!(made["custom"]["order_id"], "13800007730");
        assert!(made["facts"]["text"].as_str().unwrap().contains("AppleWebKit/537.36"));
    }

    fn labels_say_nothing_of_the_person(app) {
        let form = form(&app, json!({}));
        let body = json!({"电子邮箱地址": "zhou@example.com", "邮政编码": "215300", "Email Address": "li@example.com",
            "是否需要保税仓库": "否", "汽车零部件企业请填写": "无", "上海客户经理": "-",
            "user_agent": "Mozilla/5.0 AppleWebKit/537.36", "UTM_Source": "baidu", "utm medium": "cpc",
                "面积3000平以上请说明": "无"});
        let made = made(&app, &form, body);
        let facts = &made["facts"];
        assert_eq!(made["email"], "zhou@example.com");
        for fact in
            ["industry", "industry_code", "contact", "company", "region_code", "area_min_sqm", "extra"]
        {
            assert!(facts.get(fact).is_none(), "{fact}: {}", facts[fact]);
        }
        assert_eq!(made["source"]["utm"], json!({"source": "baidu", "medium": "cpc"}));
        // The same in a text.
        let facts = parsed(
            &app,
            "电子邮箱地址：zhou@example.com\n邮政编码：215300\nEmail Address: zhou@example.com\n",
        );
        assert!(
            ["industry", "contact", "industry_code"].iter().all(|fact| facts.get(*fact).is_none()),
            "{facts}"
        );
    }

    fn the_unit_of_a_label_is_that_of_its_value(app) {
        let form = form(&app, json!({}));
        let body = json!({"需求": "求租厂房", "年税收（万元）": 300, "用地面积（亩）": 30, "厂房面积（㎡）": "3000-5000",
            "投资额（亿元）": "1.5", "预算（元/㎡/月）": "25", "层高(m)": "9", "电力（KVA）": 400});
        let lead = made(&app, &form, body);
        let facts = &lead["facts"];
        for (fact, value) in [
            ("tax_wan_per_year", 300.0),
            ("land_mu", 30.0),
            ("area_min_sqm", 3000.0),
            ("area_max_sqm", 5000.0),
        ] {
            assert_eq!(facts[fact].as_f64(), Some(value), "{fact} of {facts}");
        }
        assert_eq!(
            (facts["investment"]["min"].as_f64(), facts["budget"]["max"].as_f64(), &facts["budget"]["per"]),
            (Some(150_000_000.0), Some(25.0), &json!("sqm_month"))
        );
        assert_eq!(
            (facts["extra"]["clear_height_min_m"].as_f64(), facts["extra"]["power_kva"].as_f64()),
            (Some(9.0), Some(400.0))
        );
        // The item is kept as it came; its unit is in the text that was read.
        assert_eq!(lead["tax"], "300");
        assert!(facts["text"].as_str().unwrap().contains("税收（万元）：300"));
        assert_eq!(total(app.admin(), "tax_min=299&tax_max=301"), 1);
        let english = made(&app, &form, json!({"Area (sqm)": "2500", "Annual tax (10k RMB)": "x"}));
        assert_eq!(english["facts"]["area_min_sqm"].as_f64(), Some(2500.0));
    }

    fn a_label_in_a_sentence_rules_to_its_own_words(app) {
        let text = "你好，手机：138 0000 7751，想看看苏州的厂房。联系人：王小北，周末也可以。邮箱：zhou＠example．com，谢谢！微信：zhou_7751，加我";
        let one = made(&app, &form(&app, json!({})), json!({"text": text}));
        for (item, value) in [
            ("phone", "138 0000 7751"),
            ("contact", "王小北"),
            ("email", "zhou＠example．com"),
            ("wechat", "zhou_7751"),
        ] {
            assert_eq!(one[item], value, "{item}");
        }
        assert_eq!((&one["facts"]["email"], &one["message"]), (&json!("zhou@example.com"), &json!(text)));
        let both =
            made(&app, &form(&app, json!({})), json!({"text": "联系人：王小北，李四，求租厂房3000平"}));
        assert_eq!(both["contact"], "王小北，李四，求租厂房3000平");
        let two =
            made(&app, &form(&app, json!({})), json!({"text": "手机：13800007752，13800007753，求租厂房"}));
        assert_eq!(
            (&two["phone"], &two["phone_e164"]),
            (&json!("13800007752，13800007753，求租厂房"), &json!("+8613800007752"))
        );
    }

    fn an_address_of_a_phone_s_keyboard_is_one(app) {
        let made = made(
            &app,
            &form(&app, json!({})),
            json!({"need": "厂房", "email": "zhou＠exam\u{200b}ple．com"}),
        );
        assert_eq!((&made["email"], &made["unreachable"]), (&json!("zhou@example.com"), &json!(false)));
    }

    fn nobody_is_called_by_the_number_of_a_colleague_or_of_an_amount(app) {
        let form = form(&app, json!({}));
        for (field, value) in [
            ("招商经理", "李经理 13900007761"),
            ("渠道", "安居客 李 13900007761"),
            ("sales", "13900007761"),
            ("法人手机", "13900007761"),
            ("抄送邮箱", "boss@example.com"),
            ("from_email", "noreply@example.com"),
            ("税收", "13900007761"),
            ("年产值", "13900007761"),
            ("会员号", "13900007761"),
            ("备注", "你们13900007761打不通"),
            ("备注", "不要打13900007761"),
            ("备注", "抄送 boss@example.com"),
            ("备注", "贵司张经理微信zhang_mgr66没回我"),
        ] {
            let made = made(
                &app,
                &form,
                json!({"需求": format!("求租厂房，{field}{value}").chars().take(6).collect::<String>(),
                    field: value}),
            );
            let ways =
                [&made["phone"], &made["phone_e164"], &made["email"], &made["wechat"], &made["unreachable"]];
            assert_eq!(
                ways,
                [&Value::Null, &Value::Null, &Value::Null, &Value::Null, &json!(true)],
                "{field}: {value}"
            );
        }
        // Two people who name one colleague are two.
        let ask = |need: &str| made(&app, &form, json!({"需求": need, "招商专员": "小李 13900007762"}));
        assert_ne!(ask("求租厂房500平")["id"], ask("求购土地30亩")["id"]);
        let own = made(&app, &form, json!({"需求": "厂房", "备注": "不是13900007763，是13700007763"}));
        assert_eq!(own["phone_e164"], "+8613700007763");
    }

    fn every_number_finds_its_inquiry(app) {
        let form = form(&app, json!({}));
        let lead =
            made(&app, &form, json!({"需求": "厂房", "手机": "13800007771", "备用电话": "139 0000 7772"}));
        assert_eq!(lead["facts"]["phones"], json!(["+8613800007771", "+8613900007772"]));
        for number in ["13800007771", "139 0000 7772", "+8613900007772"] {
            assert_eq!(
                total(app.admin(), &format!("q={}", number.replace('+', "%2B").replace(' ', "%20"))),
                1,
                "{number}"
            );
        }
        let abroad = made(
            &app,
            &form,
            json!({"聯絡人": "陳小姐", "聯絡電話": "0912-345-679", "公司名稱": "甲乙樣廠"}),
        );
        assert_eq!(
            (&abroad["contact"], &abroad["phone"], &abroad["company"]),
            (&json!("陳小姐"), &json!("0912-345-679"), &json!("甲乙樣廠"))
        );
        assert_eq!(total(app.admin(), "q=0912345679"), 1);
        let bracket = made(&app, &form, json!({"text": "求租厂房，电话(0512)60007773"}));
        assert_eq!(
            (&bracket["phone"], &bracket["phone_e164"]),
            (&json!("(0512)60007773"), &json!("+8651260007773"))
        );
    }

    fn facts_follow_what_a_person_fills_in(app) {
        let made = made(
            &app,
            &form(&app, json!({})),
            json!({"需求": "厂房", "手机": "13800007781", "微信": "same as phone"}),
        );
        assert_eq!(made["facts"]["wechat"], "13800007781");
        let change = |patch: Value| app.admin().patch(&path(&made), &patch).expect(200).json["facts"].clone();
        assert_eq!(change(json!({"phone": null})).get("phone"), None);
        let facts = change(
            json!({"phone": "13800007782", "email": "ann@example.com", "wechat": "ann_7782",
                "company": "后来样厂"}),
        );
        for (fact, value) in [
            ("phone", "+8613800007782"),
            ("email", "ann@example.com"),
            ("wechat", "ann_7782"),
            ("company", "后来样厂"),
        ] {
            assert_eq!(facts[fact], value, "{fact}");
        }
        // A fact that a person gave stays theirs.
        assert_eq!(change(json!({"facts": {"company": "人工样厂"}}))["company"], "人工样厂");
        assert_eq!(change(json!({"company": "另一样厂"}))["company"], "人工样厂");
    }

    fn digits_that_cannot_be_dialled_reach_nobody(app) {
        let form = form(&app, json!({}));
        for (phone, unreachable) in [
            ("138****0031", true),
            ("320583199001011234", true),
            ("6395 0000", false),
            ("1380102003O", false),
        ] {
            let lead = made(&app, &form, json!({"need": format!("厂房 {phone}"), "phone": phone}));
            assert_eq!(
                (&lead["phone_e164"], &lead["unreachable"]),
                (&Value::Null, &json!(unreachable)),
                "{phone}"
            );
        }
    }

    fn items_and_facts_never_disagree(app) {
        let form = form(&app, json!({}));
        let text = "公司：别家机械有限公司；联系人：王小北；手机号：13800007741；邮箱：other@example.com；微信：other_wx88";
        let body = json!({"text": text, "company": "自填样厂", "contact": "周启澜", "phone": "13800007740",
            "email": "own@example.com", "wechat": "own_wx66"});
        let made = made(&app, &form, body);
        let facts = &made["facts"];
        for (fact, value) in [
            ("company", "自填样厂"),
            ("contact", "周启澜"),
            ("phone", "+8613800007740"),
            ("email", "own@example.com"),
            ("wechat", "own_wx66"),
        ] {
            assert_eq!(facts[fact], value, "{fact}");
        }
        assert_eq!(
            (&made["phone_e164"], &facts["phones"]),
            (&json!("+8613800007740"), &json!(["+8613800007740", "+8613800007741"]))
        );
        // Places are those of the field.
        let (whole, span) = (facts["text"].as_str().unwrap(), facts["spans"]["company"].as_array().unwrap());
        let [from, to] = [0, 1].map(|end| usize::try_from(span[end].as_u64().unwrap()).unwrap());
        assert_eq!(whole.chars().skip(from).take(to - from).collect::<String>(), "自填样厂");
        // A user's change is followed; what was cleared is not known any more.
        let admin = app.admin();
        let after = admin
            .patch(&path(&made), &json!({"phone": "13800007742", "company": "新样厂", "email": null}))
            .expect(200)
            .json;
        let facts = &after["facts"];
        assert_eq!(
            (&facts["phone"], &facts["company"], facts.get("email"), &facts["contact"]),
            (&json!("+8613800007742"), &json!("新样厂"), None, &json!("周启澜"))
        );
        assert!(facts["spans"].get("company").is_none() && facts["spans"].get("contact").is_some());
        let after = admin.patch(&path(&made), &json!({"phone": "晚上打"})).expect(200).json;
        assert_eq!(
            (after["facts"].get("phone"), after["facts"].get("phones"), &after["phone_e164"]),
            (None, None, &Value::Null)
        );
        assert_eq!(total(admin, ""), 1);
    }

    fn the_same_as_the_phone_is_the_number_beside_it(app) {
        for (text, id) in [
            ("张三 13800007751，李四 13800007752（微信同号）", "13800007752"),
            ("张三 13800007751（微信同号），李四 13800007752", "13800007751"),
            ("办公室 0512-63950000，手机 13800007753 微信同号", "13800007753"),
        ] {
            assert_eq!(parsed(&app, text)["wechat"], id, "{text}");
        }
        let form = form(&app, json!({}));
        let made =
            made(&app, &form, json!({"手机": "13800007754", "微信": "同手机", "备注": "我同事 13800007755"}));
        assert_eq!((&made["wechat"], &made["facts"]["wechat"]), (&json!("同手机"), &json!("13800007754")));
    }
}
