//! Characters of submissions: any script, in any encoding that browsers and services send, and names in every
//! way that a name is written. The rules themselves are tested beside `reading/characters.rs` and
//! `reading/multipart.rs`.

use serde_json::{Value, json};

use crate::support::intake::{URLENCODED, door, form, inquiry, reasons, receipt_of, send};
use crate::support::{TestApp, each_database};

const TEXTS: [&str; 10] = [
    "it’s 200 m²",
    "Müller & Söhne",
    "Завод площадью 2000 кв.м",
    "Εργοστάσιο 2000 τ.μ.",
    "مصنع مساحته ٢٠٠٠ متر",
    "Nhà xưởng ở Tô Châu",
    "£500 a month",
    "😀 求租 😀",
    "求租厂房，三千平方米",
    "fabrique à Kunshan, 5 °C",
];

fn percent(bytes: &[u8]) -> String {
    percent_encoding::percent_encode(bytes, percent_encoding::NON_ALPHANUMERIC).to_string()
}

#[track_caller]
fn read(app: &TestApp, form: &Value, kind: &str, body: impl Into<Vec<u8>>) -> (Value, Value) {
    let kept = receipt_of(app, &send(app, form, "", &[("Content-Type", kind)], body).expect(202));
    (inquiry(app, &kept), kept)
}

fn part(head: &str, value: &[u8]) -> Vec<u8> {
    [b"--cut\r\nContent-Disposition: form-data; ", head.as_bytes(), b"\r\n\r\n", value, b"\r\n--cut--\r\n"]
        .concat()
}

each_database! {
    fn every_script_arrives_as_it_was_written(app) {
        let form = form(&app, json!({}));
        for text in TEXTS {
            let body = format!("need={}&note2=x", percent(text.as_bytes()));
            for label in ["", "; charset=utf-8", "; charset=UTF8", "; charset=unknown"] {
                let (made, kept) = read(&app, &form, &format!("{URLENCODED}{label}"), body.clone());
                assert_eq!((&made["need"], reasons(&kept)), (&json!(text), vec![]), "{text} {label}");
            }
            let (made, _) = read(
                &app,
                &form,
                "multipart/form-data; boundary=cut",
                part("name=\"need\"", text.as_bytes()),
            );
            assert_eq!(made["need"], text);
            let (made, _) = read(&app, &form, URLENCODED, format!("{body}&_charset_=UTF-8"));
            assert_eq!(made["need"], text);
        }
    }

    fn the_hosted_page_says_in_which_characters_it_sends(app) {
        let form = form(&app, json!({}));
        let page = app.nobody().get(&door(&form)).expect(200).text;
        assert!(page.contains("<input type=\"hidden\" name=\"_charset_\" value=\"utf-8\">"));
        let (made, _) = read(
            &app,
            &form,
            URLENCODED,
            "need=it%E2%80%99s+200+m%C2%B2&contact=M%C3%BCller&_charset_=UTF-8",
        );
        assert_eq!((&made["need"], &made["contact"]), (&json!("it’s 200 m²"), &json!("Müller")));
    }

    fn a_label_and_a_page_in_gbk_are_understood(app) {
        let form = form(&app, json!({}));
        let gbk = |text: &str| percent(&encoding_rs::GBK.encode(text).0);
        let (made, kept) = read(
            &app,
            &form,
            URLENCODED,
            format!(
                "{}={}&{}={}%B3&phone=13800007801",
                gbk("公司名称"),
                gbk("启澜精密"),
                gbk("需求"),
                gbk("求租厂房")
            ),
        );
        assert_eq!(
            (&made["company"], &made["need"], &made["phone"]),
            (&json!("启澜精密"), &json!("求租厂房\u{fffd}"), &json!("13800007801"))
        );
        assert_eq!(reasons(&kept), ["charset_replaced"]);
        let (made, kept) =
            read(&app, &form, URLENCODED, format!("contact={}&need={}", percent(b"&#134071;"), gbk("求租")));
        assert_eq!((&made["contact"], reasons(&kept)), (&json!("𠮷"), vec![]));
        let (made, _) =
            read(&app, &form, &format!("{URLENCODED}; charset=windows-1252"), "need=M%FCller+%A3500");
        assert_eq!(made["need"], "Müller £500");
        let (made, _) = read(&app, &form, URLENCODED, "need=M%FCller+%A3500&_charset_=windows-1252");
        assert_eq!(made["need"], "Müller £500");
    }

    fn a_name_is_read_however_it_is_written(app) {
        let form = form(&app, json!({}));
        let kind = "multipart/form-data; boundary=cut";
        for head in [
            "name*=UTF-8''%E9%9C%80%E6%B1%82",
            "name=\"x\"; name*=utf-8'zh'%E9%9C%80%E6%B1%82",
            "name*=gbk''%D0%E8%C7%F3",
            "name=需求",
        ] {
            let (made, _) = read(&app, &form, kind, part(head, "求租".as_bytes()));
            assert_eq!((&made["need"], &made["custom"]), (&json!("求租"), &json!({})), "{head}");
        }
        // A field that is called `filename` is no file.
        let (made, _) = read(&app, &form, kind, part("name=\"filename\"", "平面图".as_bytes()));
        assert_eq!(made["custom"], json!({"filename": "平面图"}));
    }

    fn one_name_as_a_text_and_with_members_loses_neither(app) {
        let form = form(&app, json!({}));
        for body in ["need=A&need[x]=y", "need%5Bx%5D=y&need=A"] {
            let (made, _) = read(&app, &form, URLENCODED, body);
            let need = made["need"].as_str().unwrap();
            assert!(need == "A、y" || need == "y、A", "{need}");
        }
    }
}
