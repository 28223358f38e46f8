//! Character encodings: in which one the texts of a submission are written, as a whole or field by field, and
//! numeric character references. Which bytes are a field is found out in `decode.rs` and `multipart.rs`.

use std::borrow::Cow;

use encoding_rs::{Encoding, GB18030, GBK, UTF_8};

/// The longest numeric character reference, in digits: `&#x10FFFF;` and `&#1114111;` have fewer, zeros before
/// them are rare.
const DIGITS_MAX: usize = 8;

/// A text as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Raw {
    /// Bytes in an encoding that is still to be found.
    Bytes(Vec<u8>),
    /// What its own label has made a text of already.
    Text(String),
}

/// Texts, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts {
    pub texts: Vec<String>,
    /// Some bytes were no characters, and became U+FFFD.
    pub replaced: bool,
}

/// The encoding that a label names (WHATWG Encoding Standard). GBK and GB2312 mean GB18030, which holds both.
pub fn encoding(label: &str) -> Option<&'static Encoding> {
    Encoding::for_label(label.trim().as_bytes())
        .map(|encoding| if encoding == GBK { GB18030 } else { encoding })
}

/// Reads texts that were sent together. `label` is the encoding that the sender names.
pub fn read(all: &[Raw], label: Option<&'static Encoding>) -> Texts {
    let bytes: Vec<&[u8]> = all
        .iter()
        .filter_map(|raw| if let Raw::Bytes(bytes) = raw { Some(bytes.as_slice()) } else { None })
        .collect();
    let label = label.filter(|label| *label != UTF_8 && can_be(label, &bytes));
    let whole = whole(&bytes, label);
    let usual = whole.unwrap_or_else(|| usual(&bytes, label));
    let mut replaced = false;
    let mut text = |bytes: &[u8]| {
        let (text, encoding) = match whole {
            Some(encoding) => (plain(encoding, bytes), encoding),
            None => field(bytes, label, usual, &mut replaced),
        };
        let was_utf8 = if bytes.is_ascii() { usual == UTF_8 } else { encoding == UTF_8 };
        if was_utf8 { text } else { without_references(&text).into_owned() }
    };
    let texts = all.iter().map(|raw| match raw {
        Raw::Bytes(bytes) => text(bytes),
        Raw::Text(text) => text.clone(),
    });
    let texts = texts.collect();
    Texts { texts, replaced }
}

/// The one encoding that all of them can be read in, if there is one.
fn whole(all: &[&[u8]], label: Option<&'static Encoding>) -> Option<&'static Encoding> {
    let labelled = label.filter(|label| all.iter().all(|bytes| fits(label, bytes)));
    if all.iter().all(|bytes| fits(UTF_8, bytes)) {
        // UTF-8 with a CJK character in it is hardly ever anything else, whatever the label says.
        return Some(labelled.filter(|_| !all.iter().any(|bytes| is_cjk_in_utf8(bytes))).unwrap_or(UTF_8));
    }
    // A field that is clearly UTF-8 among others: two programs have written this, or one of the others is
    // broken.
    let mixed = || all.iter().any(|bytes| is_cjk_in_utf8(bytes));
    labelled.or_else(|| Some(GB18030).filter(|gb| !mixed() && all.iter().all(|bytes| fits(gb, bytes))))
}

/// What most likely is the encoding of a field that could be either.
fn usual(all: &[&[u8]], label: Option<&'static Encoding>) -> &'static Encoding {
    let legacy = label.unwrap_or(GB18030);
    let of_legacy = all.iter().any(|bytes| !fits(UTF_8, bytes) && fits(legacy, bytes));
    if of_legacy && !all.iter().any(|bytes| is_cjk_in_utf8(bytes)) { legacy } else { UTF_8 }
}

/// One field by itself: in the first encoding that fits, else in the one in which the fewest bytes are
/// broken.
fn field(
    bytes: &[u8],
    label: Option<&'static Encoding>,
    usual: &'static Encoding,
    replaced: &mut bool,
) -> (String, &'static Encoding) {
    let is_utf8 = is_cjk_in_utf8(bytes) || usual == UTF_8 && is_broken_once_in_utf8(bytes);
    let order = if is_utf8 {
        [Some(UTF_8), None, None, None]
    } else {
        [Some(usual), Some(UTF_8), label, Some(GB18030)]
    };
    if let Some(encoding) = order.into_iter().flatten().find(|encoding| fits(encoding, bytes)) {
        return (plain(encoding, bytes), encoding);
    }
    *replaced = true;
    let read = order.into_iter().flatten().map(|encoding| (plain(encoding, bytes), encoding));
    read.min_by_key(|(text, _)| text.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count())
        .unwrap_or_else(|| (plain(UTF_8, bytes), UTF_8))
}

/// No text of a form is UTF-16 without a NUL, or ISO-2022-JP without an escape, whatever the label says.
fn can_be(encoding: &'static Encoding, all: &[&[u8]]) -> bool {
    encoding.is_ascii_compatible() || all.iter().any(|bytes| bytes.contains(&0) || bytes.contains(&0x1b))
}

fn fits(encoding: &'static Encoding, bytes: &[u8]) -> bool {
    bytes.is_ascii() && encoding.is_ascii_compatible()
        || encoding.decode_without_bom_handling_and_without_replacement(bytes).is_some()
}

fn plain(encoding: &'static Encoding, bytes: &[u8]) -> String {
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

fn is_cjk_in_utf8(bytes: &[u8]) -> bool {
    !bytes.is_ascii() && std::str::from_utf8(bytes).is_ok_and(|text| text.chars().any(is_cjk))
}

/// Whether bytes are UTF-8 with CJK in it but for one place, such as the end of a text that was cut: other
/// bytes have many such places.
fn is_broken_once_in_utf8(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count() == 1 && text.chars().any(is_cjk)
}

/// Han, kana, hangul, and the signs and full-width letters that occur among them.
fn is_cjk(c: char) -> bool {
    matches!(
        c, '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}'
            | '\u{fe30}'..='\u{fe4f}' | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}')
}

/// Numeric character references as their characters: browsers write so what the encoding of a page cannot
/// hold.
pub fn without_references(text: &str) -> Cow<'_, str> {
    if !text.contains("&#") {
        return Cow::Borrowed(text);
    }
    let (mut read, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once("&#") {
        read.push_str(before);
        match reference(after) {
            Some((c, behind)) => {
                read.push(c);
                rest = behind;
            }
            None => {
                read.push_str("&#");
                rest = after;
            }
        }
    }
    read.push_str(rest);
    Cow::Owned(read)
}

/// The character of `N;` or `xN;`, and what follows it.
fn reference(text: &str) -> Option<(char, &str)> {
    let (digits, radix) = match text.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16),
        None => (text, 10),
    };
    let end = digits.bytes().take(DIGITS_MAX + 1).position(|byte| byte == b';')?;
    let (digits, behind) = digits.split_at_checked(end)?;
    if digits.is_empty() || !digits.bytes().all(|byte| char::from(byte).is_digit(radix)) {
        return None;
    }
    let c = u32::from_str_radix(digits, radix).ok().and_then(char::from_u32).filter(|c| *c != '\0')?;
    Some((c, behind.strip_prefix(';')?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn gbk(text: &str) -> Vec<u8> {
        let (bytes, _, failed) = GB18030.encode(text);
        assert!(!failed);
        bytes.into_owned()
    }

    fn read_all(all: &[&[u8]], label: Option<&str>) -> (Vec<String>, bool) {
        let all: Vec<Raw> = all.iter().map(|bytes| Raw::Bytes(bytes.to_vec())).collect();
        let Texts { texts, replaced } = read(&all, label.and_then(encoding));
        (texts, replaced)
    }

    #[test]
    fn utf_8_is_utf_8_in_any_script() {
        for text in [
            "it’s 200 m²",
            "Müller",
            "Завод площадью 2000 кв.м",
            "Εργοστάσιο",
            "مصنع",
            "Nhà xưởng ở Tô Châu",
            "£500",
            "😀 ok",
            "求租",
        ] {
            for label in [None, Some("utf-8"), Some("UTF8"), Some("no-such-charset"), Some("utf-16")] {
                assert_eq!(
                    read_all(&[b"need", text.as_bytes()], label),
                    (vec!["need".to_owned(), text.to_owned()], false),
                    "{text} {label:?}"
                );
            }
        }
    }

    #[test]
    fn a_label_is_believed_where_the_bytes_may_be_either() {
        assert_eq!(read_all(&[b"M\xfcller"], Some("iso-8859-1")).0, ["Müller"]);
        assert_eq!(
            read_all(&["Müller".as_bytes()], Some("windows-1252")).0,
            ["MÃ¼ller"],
            "valid under its label, and no CJK in it"
        );
        // 模 in GBK is ģ in UTF-8.
        assert_eq!(read_all(&[b"\xc4\xa3"], Some("gb2312")).0, ["模"]);
        assert_eq!(read_all(&[b"\xc4\xa3"], None).0, ["ģ"]);
        assert_eq!(read_all(&["求租".as_bytes()], Some("gbk")).0, ["求租"], "CJK in UTF-8 is UTF-8");
        assert_eq!(read_all(&[&gbk("求租厂房")], Some("utf-8")).0, ["求租厂房"], "a label that does not fit");
        assert_eq!(read_all(&[b"\x83\x65\x83\x58\x83\x67"], Some("shift_jis")).0, ["テスト"]);
    }

    #[test]
    fn a_broken_byte_costs_one_character_and_no_neighbour() {
        let (name, value, broken) =
            (gbk("公司名称"), gbk("启澜精密"), [gbk("求租厂房"), vec![0xb3]].concat());
        let (texts, replaced) = read_all(&[&name, &value, &gbk("需求"), &broken, b"x", b"1"], None);
        assert_eq!(
            (texts.iter().map(String::as_str).collect::<Vec<_>>(), replaced),
            (vec!["公司名称", "启澜精密", "需求", "求租厂房\u{fffd}", "x", "1"], true)
        );
        // What could be either goes with the others.
        assert_eq!(
            read_all(&[&gbk("钢模"), b"\xc4\xa3", &broken], None).0,
            ["钢模", "模", "求租厂房\u{fffd}"]
        );
        let cut = &"求租厂房".as_bytes()[..11];
        assert_eq!(
            read_all(&["公司".as_bytes(), "Müller".as_bytes(), cut], None),
            (vec!["公司".to_owned(), "Müller".to_owned(), "求租厂\u{fffd}".to_owned()], true)
        );
        // An even number of bytes would be GB18030 as well.
        assert_eq!(
            read_all(&["公司".as_bytes(), &"求租厂房".as_bytes()[..10]], None).0,
            ["公司", "求租厂\u{fffd}"]
        );
    }

    #[test]
    fn two_encodings_in_one_form_are_read_each() {
        assert_eq!(
            read_all(&["需求".as_bytes(), &gbk("求租厂房")], None),
            (vec!["需求".to_owned(), "求租厂房".to_owned()], false)
        );
    }

    #[test]
    fn references_are_characters_where_the_page_was_not_utf_8() {
        assert_eq!(read_all(&[&gbk("求租"), b"&#134071; &#x20BB7; m&#178;"], None).0, ["求租", "𠮷 𠮷 m²"]);
        assert_eq!(read_all(&[b"&#134071;"], Some("gbk")).0, ["𠮷"]);
        assert_eq!(read_all(&[b"&#134071;"], None).0, ["&#134071;"], "in UTF-8 somebody has typed it");
        for odd in [
            "&#;",
            "&#x;",
            "&#0;",
            "&#xD800;",
            "&#1114112;",
            "&#12",
            "&#+1;",
            "&# 1;",
            "a&#b&#",
            "&#99999999999;",
        ] {
            assert_eq!(without_references(odd), odd);
        }
        assert_eq!(without_references("&#38;#38;"), "&#38;", "read once");
    }

    proptest! {
        #[test]
        fn any_utf_8_survives(texts in proptest::collection::vec(".{0,20}", 1..6)) {
            let all: Vec<&[u8]> = texts.iter().map(|text| text.as_bytes()).collect();
            prop_assert_eq!(read_all(&all, None), (texts, false));
        }

        #[test]
        fn any_gbk_survives(texts in proptest::collection::vec("[一-龥、。，（）a-z0-9 ]{0,20}", 1..6)) {
            let bytes: Vec<Vec<u8>> = texts.iter().map(|text| gbk(text)).collect();
            let all: Vec<&[u8]> = bytes.iter().map(Vec::as_slice).collect();
            // What is UTF-8 as well is read as that: a rare character or two by themselves.
            prop_assume!(
                !all.iter().all(|bytes| std::str::from_utf8(bytes).is_ok()) && !all.iter().any(
                    |bytes| is_cjk_in_utf8(bytes)));
            prop_assert_eq!(read_all(&all, None), (texts, false));
        }

        #[test]
        fn a_half_character_spoils_nothing_else(texts in proptest::collection::vec("[一-龥]{3,20}", 2..6),
            half in 0xb0_u8..0xf7) {
            let mut bytes: Vec<Vec<u8>> = texts.iter().map(|text| gbk(text)).collect();
            bytes[0].push(half);
            let all: Vec<&[u8]> = bytes.iter().map(Vec::as_slice).collect();
            prop_assume!(!all.iter().any(|bytes| std::str::from_utf8(bytes).is_ok()));
            let (read, replaced) = read_all(&all, None);
            prop_assert!(replaced);
            prop_assert_eq!(&read[0], &format!("{}\u{fffd}", texts[0]));
            prop_assert_eq!(&read[1..], &texts[1..]);
        }
    }
}
