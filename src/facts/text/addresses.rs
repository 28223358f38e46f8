//! Addresses of mail in a text, each whole or not at all: half of a local part is somebody else's address.
//! What else is no word of the inquiry is found in `mask.rs`.

use crate::facts::text::normal::{Normal, Span, is_han};
use crate::kernel::email;

/// Addresses looked at in one text.
const MAX: usize = 100;
/// The longest local part and the longest domain (RFC 5321 §4.5.3.1).
const LOCAL_MAX: usize = 64;
const DOMAIN_MAX: usize = 253;

/// What Chinese words may end with right before an address; any other may be its beginning, such as a name.
const LEADS: [&str; 25] = [
    "邮箱", "邮件", "电邮", "信箱", "邮址", "地址", "方式", "账号", "联系", "是", "为", "到", "至", "给",
    "发", "寄", "送", "投", "找", "请", "或", "和", "及", "与", "者",
];

/// An address, or what looks like a part of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    pub span: Span,
    pub is_whole: bool,
}

/// The addresses of a text in their order.
pub fn find(page: &Normal<'_>) -> Vec<Address> {
    page.text().match_indices('@').take(MAX).filter_map(|(at, _)| around(page, at)).collect()
}

fn around(page: &Normal<'_>, at: usize) -> Option<Address> {
    let (domain, is_domain_whole) = domain(page, at + 1)?;
    let before = page.text().get(..at)?;
    let taken = |c: char| c.is_ascii_alphanumeric() || ".!#$%&'*+-^_`{}~".contains(c) || is_letter_abroad(c);
    let length: usize =
        before.chars().rev().take_while(|c| taken(*c)).take(4 * LOCAL_MAX).map(char::len_utf8).sum();
    let local = before.get(before.len() - length..)?;
    // A bullet, a star at a required field, a quote.
    let bare = if begins_apart(page, at - length) {
        local.trim_start_matches(['-', '+', '*', '~', '\'', '`', '#', '!'])
    } else {
        local
    };
    let start = at - bare.len();
    let span = Span::new(start, domain.end);
    let address = page.cut(span);
    let is_local_whole = bare.len() <= LOCAL_MAX
        && !bare.is_empty()
        && !bare.contains(['*', '#'])
        && may_begin(page, at - length);
    Some(Address { span, is_whole: is_domain_whole && is_local_whole && email::is_address(address) })
}

/// The domain from a byte on, and whether nothing clings to it. None if there is no domain.
fn domain(page: &Normal<'_>, from: usize) -> Option<(Span, bool)> {
    let length =
        page.from(from).bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-')).count();
    let domain = page.text().get(from..from + length)?.trim_end_matches(['.', '-']);
    let (name, top) = domain.rsplit_once('.')?;
    let is_good = !name.is_empty()
        && !name.starts_with(['.', '-'])
        && !domain.contains("..")
        && top.len() >= 2
        && top.bytes().all(|b| b.is_ascii_alphabetic());
    let end = from + domain.len();
    let clings = page.char_at(end).is_some_and(|c| matches!(c, '@' | '_') || is_letter_abroad(c));
    is_good.then_some((Span::new(from, end), !clings && domain.len() <= DOMAIN_MAX))
}

/// A letter of another script than Latin and Chinese, or with an accent: addresses may have such (RFC 6531).
fn is_letter_abroad(c: char) -> bool {
    !c.is_ascii() && c.is_alphabetic() && !is_han(c)
}

/// Whether what is before is surely no part of the address.
fn begins_apart(page: &Normal<'_>, start: usize) -> bool {
    page.char_before(start).is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '\\' | '@' | '\u{fffd}'))
}

/// Whether an address may begin here: after a blank or a sign, or after a Chinese word that leads to it.
fn may_begin(page: &Normal<'_>, start: usize) -> bool {
    match page.char_before(start) {
        Some(c) if is_han(c) => LEADS.iter().any(|lead| page.before(start, 2).ends_with(lead)),
        // zhou/li@…: either may be half of it.
        Some('/' | '=' | '?') => {
            let word: String = page
                .lower_before(start, 20)
                .chars()
                .rev()
                .skip(1)
                .take_while(char::is_ascii_alphanumeric)
                .collect();
            word.is_empty()
                || word.bytes().all(|b| b.is_ascii_digit())
                || ["liame", "liam", "qq", "tahcew", "xv", "xw", "let"].contains(&word.as_str())
        }
        // zhou(a)gong@…: the bracket is within a word.
        Some(')') => {
            let open = page.text().get(..start).and_then(|before| before.rfind('('));
            let is_letter = open.is_some_and(|open| start - open <= "(a)".len());
            !(is_letter
                && open.and_then(|open| page.char_before(open)).is_some_and(|c| c.is_ascii_alphanumeric()))
        }
        _ => begins_apart(page, start),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str) -> Vec<String> {
        let page = Normal::of(text);
        find(&page)
            .into_iter()
            .filter(|address| address.is_whole)
            .map(|address| page.cut(address.span).to_owned())
            .collect()
    }

    #[test]
    fn whole_addresses() {
        for (text, address) in [
            ("邮箱lin@example.com，回", "lin@example.com"),
            ("发到zhou@example.com谢谢", "zhou@example.com"),
            ("邮箱：zhou@example.com。", "zhou@example.com"),
            ("zhou+park@mail.example.com.cn", "zhou+park@mail.example.com.cn"),
            ("<o'brien@example.com>", "o'brien@example.com"),
            ("müller@example.com", "müller@example.com"),
            ("почта@example.com", "почта@example.com"),
            ("Email=zhou@example.com", "zhou@example.com"),
            ("13800138000/zhou@qq.com", "zhou@qq.com"),
            ("mailto:zhou@example.com?subject=x", "zhou@example.com"),
            ("\"zhou@example.com\"", "zhou@example.com"),
            ("'zhou@example.com'", "zhou@example.com"),
            ("- zhou.qi_lan@example.com", "zhou.qi_lan@example.com"),
            ("*zhou@example.com", "zhou@example.com"),
            ("📧zhou@example.com", "zhou@example.com"),
            ("zh\u{200b}ou@example.com", "zhou@example.com"),
        ] {
            assert_eq!(whole(text), [address], "{text}");
        }
        assert_eq!(
            whole("a@example.com或b@example.com,c@example.com"),
            ["a@example.com", "b@example.com", "c@example.com"]
        );
    }

    #[test]
    fn half_an_address_is_none() {
        for text in [
            "张三zhou@example.com",
            "…zhou@example.com",
            "..zhou@example.com",
            "zhou..li@example.com",
            "\"john doe\"@example.com",
            "zh***u@example.com",
            "z****@example.com",
            "zhou@li@example.com",
            "zhou@example.com@li",
            "zhou@example.comé",
            "zhou@example",
            "zhou@.com",
            "zhou@exa..mple.com",
            "zhou@例子.公司",
            "たろうzhou@例.jp",
            "li/zhou@example.com",
            "a\\b@example.com",
            &format!("{}@example.com", "a".repeat(65)),
            &format!("zhou@{}.com", "a.".repeat(130)),
            "@example.com",
            "zhou\u{fffd}li@example.com",
        ] {
            assert_eq!(whole(text), Vec::<String>::new(), "{text}");
        }
    }

    proptest::proptest! {
        /// What is read was written so, and nothing clings to it.
        #[test]
        fn an_address_is_never_cut_off(before in "[a-z0-9.+é张 ,]{0,6}",
            local in "[a-z][a-z0-9._+-]{0,8}[a-z0-9]", after in "[ ，。é@]?") {
            for address in whole(&format!("{before}{local}@example.com{after}")) {
                let written = format!("{before}{local}");
                let own = address.strip_suffix("@example.com").unwrap_or_default();
                proptest::prop_assert!(written.ends_with(own));
                let left = written.strip_suffix(own).unwrap_or_default();
                proptest::prop_assert!(!left.ends_with(|c: char| c.is_alphanumeric() || c == '.'),
                    "{written} became {own}");
            }
        }
    }
}
