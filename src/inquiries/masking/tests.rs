//! What a mask leaves of inquiries: of the sets that the reading is measured with, and of contacts written at
//! random. Single ways to write a contact are in `facts/contacts/tests.rs`.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Known, Mask, contact_masked, names_of_persons, phone_masked};
use crate::facts::letters_written;

fn known() -> Known<'static> {
    Known {
        phone: Some("139-1234-9876"),
        phone_e164: Some("+8613912349876"),
        email: Some("ouyang.zy@example.com"),
        wechat: Some("wxid_hidden77"),
        contact: Some("欧阳致远"),
        ..Known::default()
    }
}

/// The digits of a text, whatever is between them.
fn digits(text: &str) -> String {
    letters_written(text).into_iter().map(|(c, _)| c).filter(char::is_ascii_digit).collect()
}

#[test]
fn nobody_can_be_reached() {
    let mut inquiry = json!({
        "need": "求租厂房，请打139 1234 9876 或加微信 wxid_hidden77",
        "usage": "问欧阳：+86-139-1234-9876",
        "contact": "欧阳致远",
        "phone": "139-1234-9876",
        "email": "ouyang.zy@example.com",
        "wechat": "wxid_hidden77",
        "message": "mail ouyang.zy@example.com，座机 0512-6345 6789",
        "facts": {"phone": "+8613912349876", "phones": ["+8613912349876", "+8651263456789"],
            "area_min_sqm": 3000, "investment": {"min": 120_000_000}, "text": "一三九一二三四九八七六 歐陽 致遠"},
        "custom": {"13912349876": 1, "call": 13912349876_u64, "QQ": "hidden88", "parts": 2000000},
    });
    Mask::of(known()).json(&mut inquiry);
    let plain: String = inquiry.to_string().chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    for contact in [
        "13912349876",
        "12349876",
        "欧阳致远",
        "致遠",
        "ouyang.zy@example.com",
        "ouyang",
        "wxid_hidden77",
        "63456789",
        "hidden88",
        "一二三四",
    ] {
        assert!(!plain.contains(contact), "{contact}: {plain}");
    }
    for word in ["求租厂房", "3000", "120000000", "2000000", "座机"] {
        assert!(plain.contains(word), "{word}: {plain}");
    }
    let again = inquiry.clone();
    Mask::of(known()).json(&mut inquiry);
    assert_eq!(inquiry, again);
}

#[test]
fn known_values_are_found_however_they_are_written() {
    let mask = Mask::of(Known {
        phone: Some("座机0512-63456789 / 一三八"),
        phones: vec!["+493023125017"],
        email: Some("zhou.li@example.com"),
        wechat: Some("abc"),
        contact: Some("周启澜（厂长）"),
        ..Known::default()
    });
    for (text, masked) in [
        ("周启澜的厂房", "周**的厂房"),
        ("周 启 澜", "周 ***"),
        ("周啟瀾", "周**"),
        ("厂长要看", "厂长要看"),
        ("6345再6789", "*********"),
        ("6345 6789平方米", "*********平方米"),
        ("302 3125 017平", "************平"),
        ("zhou.li 在线", "******* 在线"),
        ("ZHOU LI AT EXAMPLE COM", "******* AT EXAMPLE COM"),
        ("abc", "***"),
        ("加 ABC 聊", "加 *** 聊"),
        ("abcd xabc", "abcd xabc"),
        ("求租厂房3000平", "求租厂房3000平"),
    ] {
        assert_eq!(mask.text(text), masked);
    }
    let more = mask.and(Known { contact: Some("蔺主任"), ..Known::default() });
    assert_eq!(more.text("蔺主任和周启澜"), "蔺**和周**");
    let short = Mask::of(Known { contact: Some("佘"), wechat: Some("同手机"), ..Known::default() });
    assert_eq!(short.text("佘山的厂房，微信同手机"), "佘山的厂房，微信同手机");
    let latin = Mask::of(Known { contact: Some("An Li"), ..Known::default() });
    assert_eq!(latin.text("AN LI, Hunan Limited, an li"), "A****, Hunan Limited, a****");
}

#[test]
fn members_say_what_their_values_are() {
    let mask = Mask::of(Known::default());
    let mut custom = json!({"微信号": "zhouqilan", "用途": "zhuangpei", "QQ": ["123456"], "电话": "6300-8000",
        "姓名": "周启澜", "面积": "6300-8000", "备注13912349876": "", "备注13912349877": true,
        "n": [13912349876_u64, 15000000000_u64]});
    mask.json(&mut custom);
    assert_eq!(
        custom,
        json!({"微信号": "*********", "用途": "zhuangpei", "QQ": ["******"], "电话": "*********",
            "姓名": "周**", "面积": "6300-8000", "备注***********": "", "备注************": true,
            "n": [null, 15000000000_u64]})
    );
}

#[test]
fn phones_are_shown_in_part() {
    for (phone, e164, shown) in [
        ("138 0013 8000", Some("+8613800138000"), "138****8000"),
        ("13800138000", None, "138****8000"),
        ("+86 138 0013 8000", None, "138****8000"),
        ("8613800138000", None, "138****8000"),
        ("0512-63456789", Some("+8651263456789"), "0512****789"),
        ("0512-63456789", None, "0512****789"),
        ("021-50000009", None, "021****009"),
        ("400-820-8820", Some("+864008208820"), "400****820"),
        ("+49 30 1234567", Some("+49301234567"), "+49****567"),
        ("+1 202 555 0143", None, "+1****143"),
        ("63456789", None, "63****89"),
        ("12", None, "****"),
        ("微信", None, "****"),
        ("", None, "****"),
    ] {
        let got = phone_masked(phone, e164);
        assert_eq!((got.len() > 3, got.contains("****")), (true, true), "{phone}");
        assert_eq!(got, shown, "{phone}");
    }
    for (name, shown) in
        [("欧阳致远", "欧**"), ("John Smith", "J**"), (" \u{200b}周", "周**"), (" ", ""), ("", "")]
    {
        assert_eq!(contact_masked(name), shown);
    }
}

/// The lines of a set that the reading is measured with.
fn set(name: &str) -> Vec<Value> {
    let path = format!("{}/tests/facts/{name}.jsonl", env!("CARGO_MANIFEST_DIR"));
    let lines = std::fs::read_to_string(path).unwrap_or_default();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Whether a hidden piece is a contact that a person read in the text, or a number of other sort (an order, a
/// card, somebody else's phone).
fn is_contact(piece: &str, expected: &Value) -> bool {
    let known = ["email", "wechat", "uscc"].iter().filter_map(|member| expected[*member].as_str());
    piece.contains('@')
        || letters_written(piece).len() >= 10 && !piece.contains(['平', '元', '亩', '万'])
        || known.into_iter().any(|known| piece.contains(known) || known.contains(piece))
        || expected["phone"].as_str().is_some_and(|phone| phone.contains(&digits(piece)))
}

#[test]
fn of_known_inquiries_no_phone_is_left_and_nearly_all_else_is() {
    let mask = Mask::of(Known::default());
    let (mut texts, mut odd) = (0, Vec::new());
    for name in ["inquiries", "ordinary_talk", "hurried_talk", "letters_and_lines"] {
        for line in set(name) {
            let text = line["text"].as_str().unwrap_or_default();
            let masked = mask.text(text);
            texts += 1;
            assert_eq!(masked.chars().count(), text.chars().count(), "{text}");
            assert_eq!(mask.text(&masked), masked, "{text}");
            let expected = &line["expect"];
            let phones = expected["phones"].as_array().into_iter().flatten().chain([&expected["phone"]]);
            for phone in phones.filter_map(Value::as_str) {
                let national = phone.trim_start_matches("+86").trim_start_matches('+');
                assert!(!digits(&masked).contains(national), "{phone}: {masked}");
            }
            for account in ["email", "wechat"].iter().filter_map(|member| expected[*member].as_str()) {
                assert!(!masked.contains(account), "{account}: {masked}");
            }
            let mut piece = String::new();
            for (c, shown) in text.chars().zip(masked.chars()).chain([(' ', ' ')]) {
                if shown == '*' && c != '*' {
                    piece.push(c);
                } else if !piece.is_empty() {
                    odd.extend(Some(std::mem::take(&mut piece)).filter(|piece| !is_contact(piece, expected)));
                }
            }
        }
    }
    assert!(texts == 540 && odd.len() <= 3, "{texts} texts, more hidden than contacts: {odd:?}");
}

fn one_of(texts: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(texts)
}

/// Words around a contact.
fn business() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "求租厂房",
        "3000-5000平方米",
        "年税收约300万元",
        "，",
        "。",
        " ",
        "层高9米",
        "预算20万",
        "2026-12-01",
        "\n",
        "做注塑的",
        "周边",
        "请尽快",
        "lease",
        " 2000 sqm ",
        "; ",
        "投资5000万",
        "昆山",
        "9:30",
        "8",
        "（",
        "）",
        "：",
    ]);
    prop::collection::vec(words, 0..6).prop_map(|words| words.concat())
}

/// A mobile with signs between its digits, of one script.
fn written_phone() -> impl Strategy<Value = (String, String)> {
    let signs = prop::sample::select(vec!["", " ", "-", ".", "·", " - ", "\u{200b}", "—", "(", ") "]);
    let cuts = prop::sample::select(vec![
        vec![3, 7],
        vec![3],
        vec![7],
        vec![],
        vec![1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
        vec![3, 5, 7, 9],
    ]);
    let scripts = prop::sample::select(vec![
        "0123456789",
        "０１２３４５６７８９",
        "零一二三四五六七八九",
        "٠١٢٣٤٥٦٧٨٩",
        "〇幺二三四五六拐八九",
    ]);
    let lead = prop::sample::select(vec!["", "+86", "+86 ", "0086-", "86 ", "电话", "手机：", "Tel "]);
    ("1[3-9][5-9][0-9]{8}", signs, cuts, scripts, lead).prop_map(|(digits, sign, cuts, script, lead)| {
        let mut written = lead.to_owned();
        for (at, digit) in digits.chars().enumerate() {
            written.push_str(if cuts.contains(&at) { sign } else { "" });
            let value = digit.to_digit(10).and_then(|value| usize::try_from(value).ok()).unwrap_or_default();
            written.extend(script.chars().nth(value));
        }
        (digits, written)
    })
}

/// The digits and numerals of a text.
fn all_digits(text: &str) -> String {
    let numerals = "零一二三四五六七八九〇幺";
    let digit = |c: char| match numerals.chars().position(|numeral| numeral == c) {
        Some(10) => Some('0'),
        Some(11) => Some('1'),
        Some(value) => char::from_digit(u32::try_from(value).ok()?, 10),
        None if c == '拐' => Some('7'),
        None => c.is_ascii_digit().then_some(c),
    };
    letters_written(text).into_iter().filter_map(|(c, _)| digit(c)).collect()
}

proptest! {
    #[test]
    fn a_phone_is_never_readable(
        before in business(), (digits, phone) in written_phone(), after in business()) {
        let glue = |text: &str| if text.ends_with(|c: char| c.is_ascii_digit()) { "，" } else { "" };
        let text = format!("{before}{}{phone}{}{after}", glue(&before), glue(after.get(..1).unwrap_or("")));
        let masked = Mask::of(Known::default()).text(&text);
        let shown = all_digits(&masked);
        prop_assert!(
            !shown.contains(&digits[4..]) && !shown.contains(&digits[..7]),
            "{text} became {masked}"
        );
        prop_assert_eq!(masked.chars().count(), text.chars().count());
    }

    #[test]
    fn an_address_is_never_readable(before in business(), local in "[a-z]{4,8}[._]?[0-9]{0,3}[a-z]",
        domain in "(example\\.com|qq\\.com|mail\\.example\\.cn)",
        at in one_of(&["@", "＠", " @ ", "(at)", "（at）", "@ "]),
        is_wide in any::<bool>(), after in business()) {
        let is_widened = |c: char| is_wide && c.is_ascii_alphanumeric();
        let wide = |c: char| if is_widened(c) { char::from_u32(u32::from(c) + 0xfee0).unwrap() } else { c };
        let written: String = local.chars().map(wide).collect();
        let text = format!("{before} {written}{at}{domain}，{after}");
        let masked = Mask::of(Known::default()).text(&text);
        prop_assert!(!masked.contains(&written) && !masked.contains(&domain), "{text} became {masked}");
    }

    #[test]
    fn an_account_is_never_readable(before in business(), account in "[a-z][a-z_]{4,9}[0-9]{1,4}",
        label in one_of(&["微信", "加V ", "vx:", "VX：", "微信号：", "QQ/微信：", "wechat ", "薇信", "加我微信 ",
            "Telegram: "]),
        after in business()) {
        let text = format!("{before}，{label}{account}，{after}");
        let masked = Mask::of(Known::default()).text(&text);
        prop_assert!(!masked.contains(&account), "{text} became {masked}");
    }

    #[test]
    fn masking_once_is_enough(text in "[0-9a-z微信电话加vVqQ@.:： ,，平元一三八零个()*+_\\n-]{0,60}", any in "\\PC{0,40}",
        before in business(), after in business()) {
        let mask = Mask::of(known());
        for text in [format!("{before}{text}{after}"), text, any] {
            let masked = mask.text(&text);
            prop_assert_eq!(masked.chars().count(), text.chars().count());
            prop_assert_eq!(mask.text(&masked), masked);
        }
    }

    #[test]
    fn known_values_are_never_readable(before in business(), after in business(),
        contact in "[\u{4e00}-\u{4e2f}]{2,4}", phone in "0512-6[0-9]{7}") {
        let mask = Mask::of(Known { phone: Some(&phone), contact: Some(&contact), ..Known::default() });
        let masked = mask.text(&format!("{before}{contact}{after}{phone}{before}"));
        prop_assert!(!masked.contains(&contact) && !digits(&masked).contains(&phone[5..]), "{masked}");
    }
}

#[test]
fn of_a_line_that_begins_with_a_name_the_name_alone_is_taken() {
    for (line, name) in [
        ("联系人：王强 求租苏州厂房3000平 电话13912349876", "王强"),
        ("联系人: 欧阳致远，求租厂房", "欧阳致远"),
        ("姓名：买买提·艾力（厂长）", "买买提·艾力"),
        ("Contact: Mary-Jane O'Neill, wants a factory", "Mary-Jane O'Neill"),
        ("contact：Zhou 周启澜", "Zhou"),
        ("联系人：13912349876", ""),
        ("联系人：", ""),
    ] {
        let document = json!({"text": line});
        assert_eq!(names_of_persons(document.as_object().unwrap()), [name], "{line}");
    }
}
