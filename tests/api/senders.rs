//! What form services, sites and advertising platforms send, one body for each preset in `senders/`: read,
//! proven, answered. Characters and limits. The settings themselves are tested in forms.rs, what becomes of a
//! submission afterwards in verdicts.rs. All people, firms and numbers are made up.

use hmac::{Hmac, KeyInit, Mac};
use leaddock::intake::forms::presets;
use serde_json::{Value, json};
use sha1::{Digest, Sha1};
use sha2::Sha256;

use crate::support::desk::with;
use crate::support::intake::{
    BROWSER, JSON, URLENCODED, came, door, form, inquiries, inquiry, newest, outcomes, receipt_of, receipts,
    send,
};
use crate::support::{Answer, TestApp, each_database};

const SUCCESS: &str = r#"{"code":0,"message":"success"}"#;
const MULTIPART: &str = "multipart/form-data; boundary=----form7112boundary";

/// What a forger changes.
enum Forgery {
    /// These words of the body.
    Body(&'static str, &'static str),
    Query(&'static str),
    Header(&'static str, &'static str),
}
use Forgery::{Body, Header, Query};

/// One sender, its form, and what is to become of what it posts.
struct Sender {
    preset: &'static str,
    body: &'static [u8],
    kind: &'static str,
    query: &'static str,
    headers: Vec<(&'static str, String)>,
    /// What its operator sets besides the preset.
    profile: Value,
    wanted: Value,
    external_id: Value,
    /// Status and body; without a body it is the automatic one.
    answer: (u16, Option<&'static str>),
    forgeries: Vec<Forgery>,
}

impl Sender {
    fn secret(&self) -> Option<String> {
        (!self.forgeries.is_empty()).then(|| format!("{}-secret-77", self.preset))
    }

    #[track_caller]
    fn form(&self, app: &TestApp) -> Value {
        let proof = self.secret().map_or(json!({}), |secret| json!({"secret": secret}));
        form(
            app,
            json!({"profile": with(json!({"preset": self.preset}), self.profile.clone()), "proof": proof}),
        )
    }

    #[track_caller]
    fn post(&self, app: &TestApp, form: &Value, forgery: Option<&Forgery>) -> (Answer, Vec<u8>) {
        let (mut body, mut query, mut headers) = (self.body.to_vec(), self.query, self.headers.clone());
        match forgery {
            None => {}
            Some(Body(from, to)) => {
                let text = String::from_utf8(body).unwrap();
                assert!(text.contains(from), "{}: {from}", self.preset);
                body = text.replace(from, to).into_bytes();
            }
            Some(Query(other)) => query = other,
            Some(Header(name, value)) => {
                headers = headers
                    .into_iter()
                    .map(|(n, v)| if n == *name { (n, (*value).to_owned()) } else { (n, v) })
                    .collect()
            }
        }
        let mut all = vec![("Content-Type", self.kind)];
        all.extend(headers.iter().map(|(name, value)| (*name, value.as_str())));
        (send(app, form, query, &all, body.clone()), body)
    }

    #[track_caller]
    fn is_answered(&self, answer: &Answer) {
        assert_eq!(answer.status, self.answer.0, "{}: {}", self.preset, answer.text);
        match self.answer.1 {
            Some(body) => assert_eq!(answer.text, body, "{}", self.preset),
            None if answer.status == 202 => assert!(answer.json["receipt_id"].is_string(), "{}", self.preset),
            None => assert!(answer.header("location").unwrap().ends_with("/thanks"), "{}", self.preset),
        }
    }
}

macro_rules! sender {
    ($preset:literal, $kind:expr, $wanted:tt $(, $member:ident: $value:expr)*) => {
        Sender {
            $($member: $value,)*
            ..Sender {
                preset: $preset, body: include_bytes!(concat!("senders/", $preset, ".body")), kind: $kind,
                    query: "", headers: Vec::new(), profile: json!({}),
                wanted: json!($wanted), external_id: Value::Null, answer: (202, None), forgeries: Vec::new(),
            }
        }
    };
}

fn base64(bytes: impl AsRef<[u8]>) -> String {
    data_encoding::BASE64.encode(bytes.as_ref())
}

fn sealed(secret: &str, body: &[u8]) -> String {
    let mut seal = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    seal.update(body);
    base64(seal.finalize().into_bytes())
}

fn senders() -> Vec<Sender> {
    let (service, browser) = ((200, Some(SUCCESS)), vec![("Accept", BROWSER.to_owned())]);
    let typeform =
        format!("sha256={}", sealed("typeform-secret-77", include_bytes!("senders/typeform.body")));
    let tally = sealed("tally-secret-77", include_bytes!("senders/tally.body"));
    let signed =
        [b"n77:", &include_bytes!("senders/jiandaoyun.body")[..], b":jiandaoyun-secret-77:1763800000"]
            .concat();
    let jiandaoyun = data_encoding::HEXLOWER.encode(&Sha1::digest(&signed));
    let token = || vec![Query("?token=other"), Query("?token="), Query("")];
    vec![
        sender!("html", URLENCODED,
            {"need": "求租标准厂房 1800平，一楼", "usage": "注塑", "tax": "年税收60万", "company": "汀兰塑业", "contact": "卫女士",
                "phone": "13800007101",
            "custom": {"行车": "5吨两台"}}, headers: browser.clone(), answer: (303, None)),
        sender!("json", JSON,
            {"need": "求购独栋 4000㎡", "usage": "减速机", "company": "崂峰传动", "contact": "鞠总",
                "phone": "138 0000 7102", "custom": {"deadline": "春节前"}}),
        sender!("beacon", "text/plain;charset=UTF-8",
            {"contact": "蓟女士", "phone": "13800007103", "need": "小仓库 300平", "custom": {}}),
        sender!("gbk", URLENCODED,
            {"company": "青浦印务", "contact": "羊先生", "phone": "021-69730004", "phone_e164": "+862169730004",
                "message": "求租厂房，1500平，印刷，要通排污"},
            headers: browser.clone(), answer: (303, None)),
        sender!("cf7", JSON, {"contact": "Bruno Falk", "email": "bruno@example.com",
            "phone": "+86 138 0000 7105", "company": "Falk Pumps",
            "message": "We look for 1,200 sqm in Kunshan", "custom": {}}),
        sender!("gravityforms", JSON,
            {"contact": "Haddad", "phone": "13800007106", "need": "研发楼一层 500平", "custom": {"1.3": "Noor"}},
                external_id: json!("312"),
            profile: json!({"external_id": "$.id", "ignore": ["id", "form_id", "date_created"],
                "map": {"contact": "1.6", "phone": "2", "need": "7"}})),
        sender!("wpforms", URLENCODED,
            {"contact": "Lea Brandt", "phone": "86-13800007107", "company": "Brandt Tools",
                "need": "Rent a workshop, 700 m2"}),
        sender!("pbootcms", URLENCODED,
            {"contact": "祁先生", "phone": "13800007108", "message": "想租2200平厂房做家具", "custom": {}},
            headers: vec![("X-Requested-With", "XMLHttpRequest".to_owned())],
                answer: (200, Some(r#"{"code":1,"data":"提交成功"}"#))),
        sender!("dedecms", "application/x-www-form-urlencoded; charset=gb2312",
            {"contact": "晏女士", "phone": "13800007109", "company": "松雪冷链", "custom": {}},
            headers: browser, answer: (303, None)),
        sender!("typeform", JSON,
            {"need": "租仓库", "company": "岭北物流", "phone": "+8613800007110", "email": "lingbei@example.com",
            "custom": {"配套": "食堂、宿舍、班车", "夜班": "true"}}, external_id: json!("tok-7110"), answer: service,
            headers: vec![("Typeform-Signature", typeform)],
            forgeries: vec![Body("13800007110", "13800007199"), Header("Typeform-Signature", ""),
                Header("Typeform-Signature", "sha256=AAAA")]),
        sender!("tally", JSON,
            {"contact": "逄经理", "phone": "13800007111", "need": "买厂房", "custom": {"证件": "房产证、环评"}},
                external_id: json!("resp-7111"), answer: service,
            headers: vec![("Tally-Signature", tally)],
                forgeries: vec![Body("13800007111", "13800007199"), Header("Tally-Signature", "")]),
        sender!("jotform", MULTIPART,
            {"contact": "Ida Holm", "phone": "138-0000-7112", "company": "Holm Foods", "need": "求租冷库 900平",
                "message": "two docks, please", "custom": {}},
            external_id: json!("6100000000000007112"), answer: service, profile: json!({"ignore": ["slug"]}),
                query: "?token=jotform-secret-77", forgeries: token()),
        sender!("google_forms", JSON,
            {"company": "杼山光电", "contact": "别先生", "phone": "13800007113", "need": "求租洁净车间 900平",
                "tax": "150万", "custom": {}},
            external_id: json!("2_XyZ7113"), answer: service,
                headers: vec![("X-Form-Secret", "google_forms-secret-77".to_owned())],
            forgeries: vec![Header("X-Form-Secret", "google_forms-secret-7"), Header("X-Form-Secret", "")]),
        sender!("jinshuju", JSON,
            {"company": "鹿门橡胶", "phone": "13800007114", "contact": "昝总", "need": "拿地 40亩",
                "custom": {"field_5": "近港口、可分期"}},
            external_id: json!("714"), answer: service, query: "?token=jinshuju-secret-77",
                forgeries: token(),
            profile: json!({"map": {"company": "field_1", "phone": "field_2", "contact": "field_3",
                "need": "$.entry.field_4"}})),
        sender!("tencent_survey", JSON,
            {"company": "桐墟仪表", "need": "求租", "phone": "13800007115", "custom": {"证照": "环评、能评"}},
                external_id: json!("7115"), answer: service,
            query: "?token=tencent_survey-secret-77", forgeries: token()),
        sender!("wjx", JSON, {"need": "求租厂房", "company": "芷江药业", "phone": "13800007116", "usage": "仓储、生产",
            "contact": null, "custom": {}}, external_id: json!("116"), answer: service,
            profile: json!({"map": {"need": {"from": "q1", "transform": [{"lookup": {"1": "求租厂房"}}]},
                "company": "q2", "phone": "q3",
                "usage": {"from": "q4",
                    "transform": [{"split": ","}, {"lookup": {"2": "仓储", "3": "生产"}}, {"join": "、"}]}}}),
            forgeries: vec![Body("\"index\":\"6\"", "\"index\":\"7\""), Body("\"sign\"", "\"sing\"")]),
        sender!("fanqier", URLENCODED,
            {"company": "绾城家居", "contact": "暴经理", "phone": "13800007117", "need": "求租厂房 2600平",
                "custom": {}}, answer: (200, Some("success")),
            forgeries: vec![Body("13800007117", "13800007199"), Body("time=1763800000", "time=1763800001"),
                Body("sign=", "sing=")]),
        sender!("jiandaoyun", JSON,
            {"contact": "阚秋", "phone": "13800007118", "need": "买厂房 3200平", "custom": {}},
                external_id: json!("65700000000000000000007118"), answer: service,
            query: "?timestamp=1763800000&nonce=n77",
                headers: vec![("X-JDY-Signature", jiandaoyun), ("X-JDY-DeliverId", "deliver-77".to_owned())],
            profile: json!({"map": {"contact": "_widget_a", "phone": "_widget_b", "need": "_widget_c"}}),
            forgeries: vec![Body("13800007118", "13800007199"), Query("?timestamp=1763800000&nonce=n78"),
                Query("?timestamp=1&nonce=n77"), Header("X-JDY-Signature", "")]),
        sender!("caoliao", JSON,
            {"contact": "衡女士", "phone": "13800007119", "need": "看B2栋三楼", "custom": {"人数": "2"}},
                external_id: json!("cl-7119"), answer: service,
            query: "?token=caoliao-secret-77", forgeries: token()),
        sender!("lifisher", URLENCODED,
            {"contact": "Sune Berg", "phone": "13800007120", "company": "Berg Seals",
                "message": "Factory of 1,500 sqm near Hefei", "email": "sune@example.com"},
            external_id: json!("7120"), answer: service,
                forgeries: vec![Body("13800007120", "13800007199"),
                    Body("nonce_str=n7120", "nonce_str=n7121"), Body("sign=", "sing=")]),
        sender!("google_ads", JSON,
            {"contact": "Yui Tan", "phone": "+8613800007121", "email": "yui@example.com",
                "company": "Tan Optics", "need": "rent 600 sqm"},
            external_id: json!("lead-7121"), answer: (200, Some("{}")),
                forgeries: vec![Body("google_ads-secret-77", "google_ads-secret-7"),
                    Body("google_key", "google_kex")]),
        sender!("feiyu", JSON,
            {"contact": "融先生", "phone": "13800007122", "message": "太仓厂房 800平", "custom": {}},
                external_id: json!("7400000000000007122"), answer: service,
            forgeries: vec![Body("feiyu-secret-77", "Feiyu-secret-77"), Body("\"token\"", "\"tokem\"")]),
    ]
}

/// The members of an inquiry that are wanted, as they are.
fn of_wanted(made: &Value, wanted: &Value) -> Value {
    wanted.as_object().unwrap().keys().map(|name| (name.clone(), made[name].clone())).collect()
}

/// A refusal as everybody sees it; its receipt has the reason and every byte, and nothing came of it.
#[track_caller]
fn is_refused(app: &TestApp, form: &Value, answer: Answer, body: &[u8], status: u16, code: &str) {
    let before = inquiries(app, form).len();
    answer.refused(status, code);
    let kept = newest(app, form);
    assert_eq!(
        (&kept["outcome"], &kept["inquiry_id"], &kept["answer"]["status"]),
        (&json!("failed"), &Value::Null, &json!(status)),
        "{code}"
    );
    assert!(kept["reasons"].as_array().unwrap().contains(&json!(code)), "{kept}");
    assert_eq!(came(&kept), body, "{code}");
    assert_eq!(inquiries(app, form).len(), before);
}

/// The parts of a multipart body: what stands behind `form-data; `, and the content.
fn multipart(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let part = |(head, content): &(&str, &[u8])| {
        [b"--cut\r\nContent-Disposition: form-data; ", head.as_bytes(), b"\r\n\r\n", content, b"\r\n"]
            .concat()
    };
    [parts.iter().map(part).collect::<Vec<_>>().concat(), b"--cut--\r\n".to_vec()].concat()
}

each_database! {
    fn every_preset_reads_its_sender(app) {
        let all = senders();
        assert_eq!(all.iter().map(|sender| sender.preset).collect::<Vec<_>>(), presets::names());
        for sender in all {
            let (form, preset) = (sender.form(&app), sender.preset);
            let (answer, _) = sender.post(&app, &form, None);
            sender.is_answered(&answer);
            let kept = newest(&app, &form);
            assert_eq!(
                (&kept["outcome"], &kept["reasons"], &kept["external_id"]),
                (&json!("accepted"), &json!([]), &sender.external_id),
                "{preset}"
            );
            assert_eq!(came(&kept), sender.body, "{preset}");
            let made = inquiry(&app, &kept);
            assert_eq!(of_wanted(&made, &sender.wanted), sender.wanted, "{preset}");
            assert_eq!(
                (&made["form_id"], &made["source"]["channel"], &made["unreachable"]),
                (&form["id"], &json!("form"), &json!(false)),
                "{preset}"
            );
            assert!(made["phone_e164"].as_str().unwrap().starts_with("+86"), "{preset}");
            // The same delivery once more is answered alike, and makes nothing new.
            let (again, _) = sender.post(&app, &form, None);
            sender.is_answered(&again);
            assert_eq!(again.text.len(), answer.text.len());
            assert_eq!(
                (outcomes(&app, &form), inquiries(&app, &form).len()),
                (vec!["accepted".to_owned(), "duplicate".to_owned()], 1),
                "{preset}"
            );
            assert_eq!(newest(&app, &form)["inquiry_id"], made["id"], "{preset}");
        }
    }

    fn a_forged_one_is_refused_and_kept(app) {
        let signed: Vec<Sender> =
            senders().into_iter().filter(|sender| !sender.forgeries.is_empty()).collect();
        assert_eq!(signed.len(), 13);
        for sender in signed {
            let form = sender.form(&app);
            for forgery in &sender.forgeries {
                let (answer, body) = sender.post(&app, &form, Some(forgery));
                is_refused(&app, &form, answer, &body, 401, "proof_failed");
            }
            assert!(
                !json!(receipts(&app, &form)).to_string().contains(&sender.secret().unwrap())
                    || matches!(sender.preset, "google_ads" | "feiyu")
            );
            // None of them has used up anything.
            sender.is_answered(&sender.post(&app, &form, None).0);
            assert_eq!(inquiries(&app, &form).len(), 1, "{}", sender.preset);
        }
    }

    fn the_bytes_tell_the_characters(app) {
        let (need, company) = ("求租厂房三千平，带行车", "榕岸纸制品");
        let encoded = |text: &str, gbk: bool| {
            let bytes =
                if gbk { encoding_rs::GBK.encode(text).0.into_owned() } else { text.as_bytes().to_vec() };
            percent_encoding::percent_encode(&bytes, percent_encoding::NON_ALPHANUMERIC).to_string()
        };
        let cases: [(&str, bool, &str); 8] = [
            ("", true, ""),
            ("; charset=gbk", true, ""),
            ("; charset=GB2312", true, ""),
            ("; charset=utf-8", true, ""),
            ("", true, "GBK"),
            ("; charset=gbk", false, ""),
            ("; charset=latin-9000", false, ""),
            ("", false, "GBK"),
        ];
        for (n, (label, gbk, field)) in cases.into_iter().enumerate() {
            let (form, phone) = (form(&app, json!({})), format!("1380000720{n}"));
            let mut body = format!(
                "{}={}&company={}&phone={phone}",
                encoded("需求", gbk),
                encoded(need, gbk),
                encoded(company, gbk)
            );
            if !field.is_empty() {
                body.push_str(&format!("&_charset_={field}"));
            }
            let answer =
                send(&app, &form, "", &[("Content-Type", &format!("{URLENCODED}{label}"))], body.clone())
                    .expect(202);
            let kept = receipt_of(&app, &answer);
            let made = inquiry(&app, &kept);
            assert_eq!(
                (&made["need"], &made["company"], &made["custom"]),
                (&json!(need), &json!(company), &json!({})),
                "{label} {gbk} {field}"
            );
            assert_eq!((came(&kept), &kept["reasons"]), (body.into_bytes(), &json!([])));
        }
        // JSON as well; and a form may say which characters its sender has.
        let json_gbk =
            encoding_rs::GBK.encode(r#"{"need": "求购土地", "phone": "13800007210"}"#).0.into_owned();
        let plain = form(&app, json!({}));
        let kept = receipt_of(
            &app,
            &send(&app, &plain, "", &[("Content-Type", JSON)], json_gbk.clone()).expect(202),
        );
        assert_eq!((&inquiry(&app, &kept)["need"], came(&kept)), (&json!("求购土地"), json_gbk));
        let big5 = form(&app, json!({"profile": {"charset": "big5"}}));
        let body = [b"phone=13800007211&company=", &encoding_rs::BIG5.encode("臺灣廠房").0[..]].concat();
        let kept =
            receipt_of(&app, &send(&app, &big5, "", &[("Content-Type", URLENCODED)], body).expect(202));
        assert_eq!(inquiry(&app, &kept)["company"], "臺灣廠房");
        // What is in no characters at all keeps what can be read.
        let kept = receipt_of(
            &app,
            &send(&app, &plain, "", &[("Content-Type", URLENCODED)], "phone=13800007212&company=ab%FF%FF")
                .expect(202),
        );
        assert_eq!(
            (&kept["reasons"], &inquiry(&app, &kept)["company"]),
            (&json!(["charset_replaced"]), &json!("ab\u{fffd}\u{fffd}"))
        );
    }

    fn names_in_brackets_are_members_and_lists(app) {
        let form = form(
            &app,
            json!({"profile": {"map": {"need": "$.need[0]", "company": "$.firm.name", "message": "$.with"}}}),
        );
        let body = "need=a&need=b&firm%5Bname%5D=贡山五金&firm[size]=30&with%5B%5D=食堂&with[]=宿\
            舍&phone=13800007220&a[b=1&[c]=2";
        let made = inquiry(
            &app,
            &receipt_of(&app, &send(&app, &form, "", &[("Content-Type", URLENCODED)], body).expect(202)),
        );
        let wanted =
            json!({"need": "a", "company": "贡山五金", "message": "食堂、宿舍", "phone": "13800007220"});
        assert_eq!(of_wanted(&made, &wanted), wanted);
        assert_eq!((&made["custom"]["a[b"], &made["custom"]["[c]"]), (&json!("1"), &json!("2")));
    }

    fn multipart_is_read_and_files_are_not_taken(app) {
        let (form, kind) = (form(&app, json!({})), "multipart/form-data; boundary=cut");
        let post = |parts: &[(&str, &[u8])]| {
            let body = multipart(parts);
            (send(&app, &form, "", &[("Content-Type", kind)], body.clone()), body)
        };
        let gbk = encoding_rs::GBK.encode("求租仓库").0.into_owned();
        let (answer, body) = post(&[
            ("name=\"need\"", &gbk),
            ("name=\"phone\"", b"13800007230"),
            ("name=\"plan\"; filename=\"\"\r\nContent-Type: application/octet-stream", b""),
        ]);
        let kept = receipt_of(&app, &answer.expect(202));
        assert_eq!((&inquiry(&app, &kept)["need"], came(&kept)), (&json!("求租仓库"), body));
        // A file that was chosen but is empty is no attachment.
        let (answer, _) = post(&[
            ("name=\"need\"", b"x"),
            ("name=\"phone\"", b"13800007231"),
            ("name=\"plan\"; filename=\"a.pdf\"", b""),
        ]);
        answer.expect(202);
        let (answer, body) = post(&[
            ("name=\"need\"", b"x"),
            ("name=\"plan\"; filename=\"a.pdf\"\r\nContent-Type: application/pdf", b"%PDF-1.7"),
        ]);
        is_refused(&app, &form, answer, &body, 422, "attachments_not_supported");
        let many: Vec<(String, &[u8])> = (0..101).map(|n| (format!("name=\"f{n}\""), &b"1"[..])).collect();
        let (answer, body) =
            post(&many.iter().map(|(head, content)| (head.as_str(), *content)).collect::<Vec<_>>());
        is_refused(&app, &form, answer, &body, 422, "too_many_fields");
        for (kind, body) in [
            ("multipart/form-data", &b"--cut\r\n"[..]),
            ("multipart/form-data; boundary=cut", b"--cut\r\nno end"),
        ] {
            is_refused(
                &app,
                &form,
                send(&app, &form, "", &[("Content-Type", kind)], body),
                body,
                400,
                "undecodable",
            );
        }
    }

    fn what_cannot_be_taken_is_refused_and_kept(app) {
        let form = form(&app, json!({"profile": {"external_id": "$.id"}}));
        let deep = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
        let fields = |n: usize| (0..n).map(|n| format!("f{n}=1")).collect::<Vec<_>>().join("&");
        let members = |n: usize| {
            format!("{{\"x\": {{{}}}}}", (0..n).map(|n| format!("\"f{n}\":1")).collect::<Vec<_>>().join(","))
        };
        let cases = [
            (JSON, "{\"need\": \"x\"".to_owned(), 400, "undecodable"),
            (JSON, "\"text\"".to_owned(), 400, "undecodable"),
            (JSON, "[{\"need\": 1}]".to_owned(), 400, "undecodable"),
            ("text/plain", "need=x".to_owned(), 400, "undecodable"),
            (JSON, deep(33), 400, "too_deep"),
            (JSON, members(101), 422, "too_many_fields"),
            (URLENCODED, fields(101), 422, "too_many_fields"),
            (JSON, "{\"need\": \" \u{3000} \", \"x\": [null, {}], \"id\": \"\"}".to_owned(), 422, "empty"),
            (URLENCODED, "_next=https%3A%2F%2Fa.example&consent=on&page_url=x".to_owned(), 422, "empty"),
            (URLENCODED, String::new(), 422, "empty"),
        ];
        for (kind, body, status, code) in cases {
            is_refused(
                &app,
                &form,
                send(&app, &form, "", &[("Content-Type", kind)], body.clone()),
                body.as_bytes(),
                status,
                code,
            );
        }
        for (kind, body) in [(JSON, deep(32)), (JSON, members(100)), (URLENCODED, fields(100))] {
            send(&app, &form, "", &[("Content-Type", kind)], body).expect(202);
        }
        // The size is judged before anything is kept.
        let (kept, body) = (receipts(&app, &form).len(), |size: usize| {
            format!("{{\"phone\": \"13800007240\", \"m\": \"{}\"}}", "x".repeat(size))
        });
        let whole = body(65_536 - body(0).len());
        assert_eq!(
            (whole.len(), send(&app, &form, "", &[("Content-Type", JSON)], whole).status),
            (65_536, 202)
        );
        send(&app, &form, "", &[("Content-Type", JSON)], body(65_537 - body(0).len()))
            .refused(413, "too_large");
        for kind in ["application/xml", "text/html", "text/csv", "image/png"] {
            send(&app, &form, "", &[("Content-Type", kind)], "need=x").refused(415, "unsupported_media_type");
        }
        assert_eq!(receipts(&app, &form).len(), kept + 1);
        // A browser sees the page again.
        let page = app.nobody().form(&door(&form), &[("need", " ")], BROWSER).expect(422);
        assert!(page.text.contains("role=\"alert\""));
    }
}
