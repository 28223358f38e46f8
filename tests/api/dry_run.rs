//! A property: a dry run says what the same submission then becomes, whatever is sent.
//! What a dry run shows of one submission in detail is in forms.rs.

use std::collections::BTreeSet;

use chrono::Duration;
use data_encoding::BASE64;
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use serde_json::{Value, json};

use crate::support::desk::with;
use crate::support::dice::Dice;
use crate::support::intake::{JSON, URLENCODED, form, inquiry, newest, operator, place, reasons, send};
use crate::support::{TestApp, each_database};

/// Submissions that are made up.
const SUBMISSIONS: usize = 80;

/// Names that fields have, and values for them.
const FIELDS: &[(&[&str], &[&str])] = &[
    (
        &["need", "需求", "您的需求"],
        &["求租厂房 3000平方米，层高8米", "想买地 20亩", "warehouse for rent", ""],
    ),
    (
        &["phone", "手机号", "电话", "tel"],
        &["13800007401", "138 0000 7402", "+86 13800007403", "0512-65880001", "12345", ""],
    ),
    (&["contact", "姓名", "name"], &["周启澜", "陈默", "Ann O'Neill", "<b>x</b>"]),
    (&["company", "公司名称"], &["苏州启澜精密机械有限公司", "云帆科技"]),
    (&["tax", "年税收（万元）"], &["300", "年税收约300万元"]),
    (&["wechat", "微信"], &["qilan_7", "无"]),
    (&["email", "邮箱"], &["ann@example.com", "no address"]),
    (
        &["message", "留言"],
        &[
            "请尽快联系",
            "需求：租办公室200平\n电话：13800007404\n联系人：周启澜",
            "http://a.example http://b.example http://c.example http://d.example",
            "[url=http://x.example]cheap[/url] <a href=\"http://y.example\">y</a>",
        ],
    ),
    (
        &["楼层", "move_in", "utm_source", "page_url"],
        &["一楼", "2027-01", "baidu", "https://park.example/a?b=1"],
    ),
    (&["no"], &["1", "2", "3"]),
    (&["consent", "隐私"], &["on", "同意", "no"]),
    (&["consent_version"], &["v1", "v0"]),
    (&["_gotcha"], &["", "", "filled"]),
    (&["_t"], &["", "forged.token"]),
];

/// A submission as it is sent.
#[derive(Clone)]
struct Sample {
    form: usize,
    query: &'static str,
    content_type: &'static str,
    body: Vec<u8>,
}

/// Some fields of a submission.
fn fields(dice: &mut Dice) -> Vec<(&'static str, &'static str)> {
    let mut fields = Vec::new();
    for (names, values) in FIELDS {
        // The first two are what most people fill in.
        if dice.below(10) < if fields.len() < 2 { 8 } else { 3 } {
            fields.push((dice.of(names), dice.of(values)));
        }
    }
    fields
}

fn urlencoded(fields: &[(&str, &str)], encode: impl Fn(&str) -> Vec<u8>) -> Vec<u8> {
    let escaped = |text: &str| percent_encode(&encode(text), NON_ALPHANUMERIC).to_string();
    let pairs: Vec<String> =
        fields.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect();
    pairs.join("&").into_bytes()
}

/// A submission to one of so many forms: in any form, now and then the same as one before.
fn sample(dice: &mut Dice, forms: usize, earlier: &[Sample]) -> Sample {
    if !earlier.is_empty() && dice.below(6) == 0 {
        return earlier[dice.below(earlier.len())].clone();
    }
    let fields = fields(dice);
    let object: Value = fields.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let (content_type, body) = match dice.below(10) {
        0..=2 => (JSON, object.to_string().into_bytes()),
        3 => (
            JSON,
            with(object, json!({"楼层": ["一楼", 2, null], "more": {"a": true}})).to_string().into_bytes(),
        ),
        4 => (
            JSON,
            json!({"text": "需求：求租厂房2000平\n电话：13800007405\n公司：云帆科技"})
                .to_string()
                .into_bytes(),
        ),
        5 | 6 => (URLENCODED, urlencoded(&fields, |text| text.as_bytes().to_vec())),
        7 => (URLENCODED, urlencoded(&fields, |text| encoding_rs::GB18030.encode(text).0.into_owned())),
        8 => ("text/plain", "需求：求租厂房2000平\n电话：13800007406".into()),
        _ => (JSON, dice.of(&["", "{", "[]", "7", "null", "{\"need\":"]).into()),
    };
    let query = ["", "?token=s-1&n=1", "?token=s-1&n=2", "?token=no", "?utm_medium=cpc"][dice.below(5)];
    Sample { form: dice.below(forms), query, content_type, body }
}

/// Tries a submission out.
fn tried(app: &TestApp, form: &Value, sample: &Sample) -> Value {
    let request = json!({"content_type": sample.content_type, "query": sample.query,
        "body_base64": BASE64.encode(&sample.body)});
    operator(app).post(&format!("{}/dry-run", place(form)), &request).expect(200).json
}

each_database! {
    fn a_dry_run_and_a_run_agree(app) {
        let forms = [
            form(&app, json!({})),
            form(&app, json!({"consent": {"text": "同意联系", "version": "v1", "required": true}})),
            form(&app, json!({"profile": {"external_id": "$.no"}})),
            form(&app, json!({"proof": {"kind": "secret", "in": "query:token", "secret": "s-1",
                "nonce": "query:n"}})),
        ];
        let (mut dice, mut earlier) = (Dice::seeded(60), Vec::new());
        let (mut outcomes, mut words, mut understood) = (BTreeSet::new(), BTreeSet::new(), 0);
        for number in 0..SUBMISSIONS {
            let sample = sample(&mut dice, forms.len(), &earlier);
            let form = &forms[sample.form];
            let said = format!("{number}: {} {:?}", sample.content_type, String::from_utf8_lossy(&sample.body));

            let dry = tried(&app, form, &sample);
            let headers = [("Content-Type", sample.content_type)];
            let answer = send(&app, form, sample.query, &headers, sample.body.clone());
            let kept = newest(&app, form);

            for member in ["outcome", "reasons", "values", "custom", "external_id"] {
                assert_eq!(dry[member], kept[member], "{member} of {said}");
            }
            assert_eq!(dry["answer"]["status"], answer.status, "{said}");
            // A new inquiry has what was understood; one that was there may know more.
            if kept["inquiry_id"].is_string() {
                let inquiry = inquiry(&app, &kept);
                if inquiry["received_at"] == kept["received_at"] {
                    assert_eq!(dry["facts"], inquiry["facts"], "facts of {said}");
                    understood += 1;
                }
            }
            outcomes.insert(kept["outcome"].as_str().unwrap().to_owned());
            words.extend(reasons(&kept).into_iter().map(str::to_owned));
            earlier.push(sample);
            app.advance(Duration::minutes(i64::try_from(dice.below(20)).unwrap()));
        }
        assert!(
            outcomes.len() >= 4 && words.len() >= 6 && understood >= 15,
            "too much alike: {outcomes:?}, {words:?}, {understood} new inquiries"
        );
    }
}
