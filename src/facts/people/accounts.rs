//! Ways to write to a person and the code of a company: e-mail, WeChat id, 统一社会信用代码.
//! Phone numbers are found in `phones.rs`.

use unicode_normalization::UnicodeNormalization;

use crate::facts::form::labels::Field;
use crate::facts::model::findings::Findings;
use crate::facts::model::kinds::Member;
use crate::facts::phones::number::{Kind, Phone};
use crate::facts::phones::veto;
use crate::facts::reading::Reading;
use crate::facts::text::mask::Code;
use crate::facts::text::normal::{Normal, Span, is_han};

/// Letters and digits that what somebody writes for an account has at least; real ones have five or more.
const ACCOUNT_MIN: usize = 3;
/// Words that are written where there is no account.
const NO_ACCOUNT: [&str; 6] = ["none", "null", "nil", "nope", "wechat", "weixin"];

/// Whether somebody could be found in a chat by it: `无`, `-` and `同手机` name nobody.
pub fn could_be_an_account(text: &str) -> bool {
    let signs: String =
        text.nfkc().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    signs.len() >= ACCOUNT_MIN
        && !NO_ACCOUNT.contains(&signs.as_str())
        && !signs.starts_with("sameas")
        && !signs.starts_with("samenumber")
}

/// Writes email, uscc and wechat.
pub fn put(reading: &Reading<'_>, found: &mut Findings) {
    let page = &reading.page;
    if let Some(span) = reading
        .mask
        .of_code(Code::Email)
        .find(|span| span.end - span.start <= 254 && is_theirs(reading, *span) && !is_cut_off(reading, *span))
    {
        found.put(page, Member::Email, page.cut(span).to_owned(), span, 0.98);
    }
    if let Some(span) = reading.mask.of_code(Code::Uscc).next() {
        found.put(page, Member::Uscc, page.cut(span).to_ascii_uppercase(), span, 0.97);
    }
    if let Some((id, span, confidence)) = wechat(reading) {
        found.put(page, Member::Wechat, id, span, confidence);
    }
}

const LABELS: &[&str] = &[
    "微信号",
    "微信",
    "wechat",
    "weixin",
    "薇信",
    "我的薇",
    "薇:",
    "加薇",
    "我的v",
    "v号",
    "v:",
    "徽信",
    "威信",
    "v信",
    "vx",
    "wx",
    "加v",
    "wechat id",
    "微信id",
];

const SAME: &[&str] = &[
    "同号",
    "同手机",
    "同电话",
    "同步",
    "手机同",
    "同微信",
    "手机号同",
    "微信同",
    "电话同",
    "一样",
    "同一个",
    "same as phone",
    "same number",
    "same as mobile",
    "(same",
    "就是手机号",
    "即手机号",
    "同上",
    "同v",
    "同薇",
    "v同",
];

/// Whether an address or an id is that of who asks.
fn is_theirs(reading: &Reading<'_>, span: Span) -> bool {
    !reading.reaches_nobody(span) && !veto::is_of_others(&reading.page, span)
}

/// Whether an address may be the rest of one: `邮箱：li gong@…`, where one word is between the label and it.
fn is_cut_off(reading: &Reading<'_>, address: Span) -> bool {
    let label = reading.labels.iter().find(|label| label.field == Field::Email && label.value.holds(address));
    let before =
        label.and_then(|label| reading.page.text().get(label.value.start..address.start)).unwrap_or("");
    // A name begins with a capital letter: Ann ann@…
    let is_name = before.starts_with(|c: char| c.is_ascii_uppercase());
    before.ends_with(' ')
        && !is_name
        && before.trim().bytes().all(|b| b.is_ascii_alphanumeric() || b".-_+".contains(&b))
        && before.trim().len() > 1
}

/// The id of a label for it, or one behind the word for WeChat in a sentence, or the phone's number if they
/// are said to be the same.
fn wechat(reading: &Reading<'_>) -> Option<(String, Span, f64)> {
    let page = &reading.page;
    if let Some(found) = labelled(reading) {
        return Some(found);
    }
    let mut places: Vec<(usize, usize)> = page
        .among(LABELS)
        .flat_map(|label| page.places(label).take(10).map(|at| (at, at + label.len())))
        .collect();
    places.sort();
    let mut same = None;
    for (at, end) in places {
        let before = page.before(at, 3);
        let after = page.lower_after(end, 14);
        let latin = page.char_at(at).is_some_and(|c| c.is_ascii_alphabetic());
        // 加vx_… is no 加v.
        if page.text().get(at..end).is_some_and(|label| label.ends_with(['v', 'V']))
            && page.char_at(end).is_some_and(|c| matches!(c, 'x' | 'X'))
        {
            continue;
        }
        // 这个号不加微信
        if before.ends_with(['不', '别', '勿']) || before.ends_with("不加") || before.ends_with("没有")
        {
            continue;
        }
        // The letters may belong to a longer word or to an id.
        if latin && page.char_before(at).is_some_and(|c| c.is_ascii_alphanumeric() || c == '_') {
            continue;
        }
        if is_same(after) || (before.ends_with('同') || before.ends_with("同是")) && !before.contains('不')
        {
            same = same.or(Some(at).filter(|_| !is_denied(page.lower_after(end, 14))));
            continue;
        }
        if let Some((from, to)) = id_after(page, end) {
            let span = Span::new(from, to);
            if !reading.mask.spans().any(|masked| masked.touches(span)) && is_theirs(reading, span) {
                return Some((page.cut(span).to_owned(), span, 0.93));
            }
        }
    }
    // 139…同v, 138…（v同号）: the number right before it.
    let said = page
        .among(&["同v", "同V", "v同号", "V同号", "同薇", "薇同号", "同微"])
        .find_map(|word| page.places(word).next().map(|at| (at, at + word.len())))
        .filter(|(_, end)| !is_denied(page.lower_after(*end, 14)))
        .map(|(at, _)| at);
    // 电话微信138…: the number right behind it.
    let both = page.places("电话微信").next().filter(|at| {
        let end = at + "电话微信".len();
        reading.phones.iter().any(|phone| (end..=end + 1).contains(&phone.span.start))
    });
    let mobile = beside(reading, same.or(said).or(both)?)?;
    Some((mobile.e164.trim_start_matches("+86").to_owned(), mobile.span, 0.9))
}

/// Whether the words behind the word for WeChat say that it is the phone's.
fn is_same(after: &str) -> bool {
    let after = after.trim_start_matches([' ', ':', '号', '也', '(']);
    SAME.iter().any(|word| after.starts_with(word))
}

/// `微信同号：否`, `微信同号吗？不是`
fn is_denied(after: &str) -> bool {
    let Some((_, answer)) = after.split_once([':', '?', ')']) else { return false };
    let answer = answer.trim_start_matches([':', '?', ')', ' ']);
    let word = answer.split(|c: char| !c.is_alphanumeric()).next().unwrap_or("");
    ["否", "不是", "不同", "非"].iter().any(|no| word.starts_with(no))
        || ["不", "没有", "no", "n"].contains(&word)
}

/// The value of a label for it: `微信/QQ：…`, `您的微信号码：…`; or the number behind `手机号（微信同号）：…`.
fn labelled(reading: &Reading<'_>) -> Option<(String, Span, f64)> {
    let page = &reading.page;
    for label in &reading.labels {
        let name = page.lower_cut(label.name);
        let place = page.among(LABELS).filter_map(|word| name.find(word).map(|at| at + word.len())).max();
        let Some(end) = place else { continue };
        if is_same(name.get(end..).unwrap_or("")) {
            let mobile = reading
                .phones
                .iter()
                .find(|phone| phone.kind == Kind::Mobile && label.value.holds(phone.span));
            match mobile.filter(|_| label.field == Field::Phone) {
                Some(mobile) => {
                    return Some((mobile.e164.trim_start_matches("+86").to_owned(), mobile.span, 0.9));
                }
                None => continue,
            }
        }
        if label.field != Field::Wechat || reading.reaches_nobody(label.value) {
            continue;
        }
        let words = page.cut(label.value);
        let length =
            words.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')).count();
        let id = words.get(..length).unwrap_or("");
        let span = Span::new(label.value.start, label.value.start + length);
        // A row of digits under a label for both is a number of QQ, or a phone.
        let is_number = id.bytes().all(|b| b.is_ascii_digit());
        let is_either = name.contains("qq") || name.contains("电话") || name.contains("手机");
        let ends = words.get(length..).is_none_or(|rest| !rest.starts_with(['@', '.']));
        if is_id(id)
            && !is_plain(id)
            && ends
            && !(is_number && is_either)
            && (is_number || !reading.mask.touches(span))
        {
            return Some((id.to_owned(), span, 0.95));
        }
    }
    None
}

/// A word that is no id: `wechat me please`.
fn is_plain(word: &str) -> bool {
    const PLAIN: [&str; 12] = [
        "group",
        "preferred",
        "please",
        "contact",
        "number",
        "whatsapp",
        "email",
        "phone",
        "or phone",
        "tel",
        "mobile",
        "google",
    ];
    PLAIN.contains(&word.to_ascii_lowercase().as_str())
}

/// A letter or digits, then letters, digits, `_` and `-`, five to twenty in all.
fn is_id(id: &str) -> bool {
    let is_number = id.bytes().all(|b| b.is_ascii_digit());
    (5..=20).contains(&id.len())
        && (id.starts_with(|c: char| c.is_ascii_alphabetic())
            || is_number && (id.len() == 11 || id.len() <= 10))
}

/// The mobile that 微信同号 at this byte speaks of: the one before it in its sentence, else the nearest in it,
/// else the nearest.
fn beside<'r>(reading: &'r Reading<'_>, at: usize) -> Option<&'r Phone> {
    let mobiles = || reading.phones.iter().filter(|phone| phone.kind == Kind::Mobile);
    let sentence = reading.clauses.sentence(Span::new(at, at));
    let before = mobiles().rev().find(|phone| sentence.start <= phone.span.start && phone.span.end <= at);
    let distance = |phone: &&Phone| {
        if phone.span.end <= at { at - phone.span.end } else { phone.span.start.saturating_sub(at) }
    };
    before
        .or_else(|| mobiles().filter(|phone| sentence.holds(phone.span)).min_by_key(distance))
        .or_else(|| mobiles().min_by_key(distance))
}

/// The id after the word for WeChat.
fn id_after(page: &Normal<'_>, end: usize) -> Option<(usize, usize)> {
    let rest = page.after(end, 40);
    // wxid_… is an id from its own beginning.
    if rest.starts_with("id_") && page.lower_before(end, 2) == "wx" {
        let length = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
        return Some((end - 2, end + length));
    }
    let lead: usize = rest
        .chars()
        .take_while(|c| {
            matches!(c, ' ' | ':' | '号' | '是' | '为' | '(' | '|' | '/' | '-')
                || matches!(c, '手' | '机' | 'I' | 'D')
        })
        .map(char::len_utf8)
        .sum();
    let labelled = rest.get(..lead)?.contains(':');
    let word = rest.get(lead..)?;
    let word = word
        .strip_prefix("is ")
        .or_else(|| word.strip_prefix("id "))
        .or_else(|| word.strip_prefix("id:"))
        .unwrap_or(word)
        .trim_start_matches([' ', ':']);
    let lead = rest.len() - word.len().min(rest.len());
    let length = word.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')).count();
    let id = word.get(..length)?.trim_end_matches(['-', '_']);
    let next = word.get(length..).and_then(|rest| rest.chars().next());
    // `wechat me please`: a plain word is an id only behind a colon or in a Chinese sentence.
    let chinese = page.char_before(end).is_some_and(is_han);
    let signed = id.contains(|c: char| c.is_ascii_digit() || matches!(c, '_' | '-'));
    (is_id(id) && !is_plain(id) && (labelled || chinese || signed) && !matches!(next, Some('@' | '.')))
        .then(|| (end + lead, end + lead + id.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wechat_of(text: &str) -> Option<String> {
        wechat(&Reading::of(text)).map(|(id, _, _)| id)
    }

    #[test]
    fn no_answer_is_no_account() {
        for account in ["zhou", "zhou_88", "lihua-8899", "987654321", "wxid_abc123", "ｗｅｉｘｉｎ８"]
        {
            assert!(could_be_an_account(account), "{account}");
        }
        for nothing in [
            "",
            "无",
            "没有",
            "暂无",
            "-",
            "n/a",
            "None",
            "WeChat",
            "same as phone",
            "nope",
            "同手机",
            "微信",
            "@",
        ] {
            assert!(!could_be_an_account(nothing), "{nothing}");
        }
    }

    #[test]
    fn half_an_address_is_none() {
        let email = |text: &str| crate::facts::understand_text(text).words(Member::Email).map(str::to_owned);
        for text in
            ["邮箱：li gong@example.com", "Email: li gong@example.com", "邮箱：zhou(a)gong@example.com"]
        {
            assert_eq!(email(text), None, "{text}");
        }
        for text in [
            "邮箱：gong@example.com",
            "Email: Li Gong gong@example.com",
            "Email: Ann gong@example.com",
            "Email(必填)gong@example.com",
            "Email: <gong@example.com>",
            "(邮箱)gong@example.com",
            "Li gong@example.com",
        ] {
            assert_eq!(email(text).as_deref(), Some("gong@example.com"), "{text}");
        }
    }

    #[test]
    fn ids_of_wechat() {
        for (text, expected) in [
            ("微信 abc_test_1", Some("abc_test_1")),
            ("QQ/VX: abc_test_2024 手机13800001234", Some("abc_test_2024")),
            ("wechat: foo_test", Some("foo_test")),
            ("王经理 138 0000 1234 微信同号", Some("13800001234")),
            ("微信：13800001234", Some("13800001234")),
            ("张三 13800000001，李四 13800000002（微信同号）", Some("13800000002")),
            ("张三 13800000001（微信同号），李四 13800000002", Some("13800000001")),
            ("微信同号 13800000002；办公室 13800000001", Some("13800000002")),
            ("王 13800000001\n李 13800000002 微信同号\n赵 13800000003", Some("13800000002")),
            ("手机：13800000001\n备注：微信同号", Some("13800000001")),
            ("微信/手机:13800001234", None),
            ("手机：13800000001 微信同号：否", None),
            ("手机：13800000001，微信同号吗？不是", None),
            ("手机13800000001，微信号不同是wxid_abc123", Some("wxid_abc123")),
            ("微信/QQ：zhou_1988", Some("zhou_1988")),
            ("微信/QQ：1234567", None),
            ("微信号/QQ号: zhou_1988", Some("zhou_1988")),
            ("微信或电话：zhou_1988", Some("zhou_1988")),
            ("WeChat ID: zhou_1988", Some("zhou_1988")),
            ("您的微信号码：zhou_1988", Some("zhou_1988")),
            ("手机号（微信同号）：13800000001", Some("13800000001")),
            ("13800000001 微信同号 Nancy", Some("13800000001")),
            ("13800000001 微信同号 不急", Some("13800000001")),
            ("WeChat: please call", None),
            ("WeChat: email me", None),
            ("please wechat me later", None),
            ("加微信详聊", None),
        ] {
            assert_eq!(wechat_of(text).as_deref(), expected, "{text}");
        }
    }
}
