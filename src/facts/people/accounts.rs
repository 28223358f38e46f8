//! Ways to write to a person and the code of a company: e-mail, WeChat id, 统一社会信用代码.
//! Phone numbers are found in the room `phones`.

use unicode_normalization::UnicodeNormalization;

use crate::facts::form::labels::{Field, Label};
use crate::facts::model::findings::Findings;
use crate::facts::model::kinds::Member;
use crate::facts::phones::number::{Kind, Phone};
use crate::facts::phones::veto;
use crate::facts::reading::Reading;
use crate::facts::text::mask::Code;
use crate::facts::text::normal::{Normal, Span, is_han};
use crate::facts::words::lists::List;

/// Letters and digits that what somebody writes for an account has at least; real ones have five or more.
const ACCOUNT_MIN: usize = 3;
/// Words that are written where there is no account.
static NO_ACCOUNT: List = List::named("no account");
/// What begins where somebody says that the account is the number given before.
static NO_ACCOUNT_BEGINS: List = List::named("begins no account");
/// Words for WeChat, before an id.
static LABELS: List = List::named("words for wechat");
/// Behind the word for WeChat: the id is the phone's number.
static SAME: List = List::named("wechat is the phone");
/// Right before the word for WeChat: the id is the phone's number.
static SAME_BEFORE: List = List::named("same before wechat");
/// Says by itself that the id is the phone's number.
static SAID_SAME: List = List::named("says that wechat is the phone");
/// A word for the phone and WeChat, right before the number of both.
static BOTH: List = List::named("phone and wechat");
/// Right before the word for WeChat: that there is none.
static NO_WECHAT: List = List::named("no wechat");
/// What an answer begins with that denies it.
static DENIES: List = List::named("denies an account");
/// An answer of one word that denies it.
static DENIAL: List = List::named("denial of an account");
/// In a label for WeChat: it asks for a number of something else as well.
static OR_A_NUMBER: List = List::named("label of another number");
/// Words that are no id: `wechat me please`.
static PLAIN: List = List::named("plain words no account");
/// Between the word for WeChat and the id.
static BEFORE_IDS: List = List::named("before an account");

/// Whether somebody could be found in a chat by it: `无`, `-` and `同手机` name nobody.
pub fn could_be_an_account(text: &str) -> bool {
    let signs: String =
        text.nfkc().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    signs.len() >= ACCOUNT_MIN && !NO_ACCOUNT.has(&signs) && !NO_ACCOUNT_BEGINS.begins(&signs)
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
    let mut same = None;
    for word in words_for_wechat(page) {
        if is_no_word(page, word) || NO_WECHAT.ends(page.before(word.start, 3)) {
            continue;
        }
        if is_same_around(page, word) {
            same = same.or(Some(word.start).filter(|_| !is_denied(page.lower_after(word.end, 14))));
            continue;
        }
        if let Some(id) = id_after(page, word.end)
            && !reading.mask.spans().any(|masked| masked.touches(id))
            && is_theirs(reading, id)
        {
            return Some((page.cut(id).to_owned(), id, 0.93));
        }
    }
    let mobile = beside(reading, same.or_else(|| said_same(page)).or_else(|| both(reading))?)?;
    Some(number_of(mobile))
}

/// The places of the words for WeChat, in order.
fn words_for_wechat(page: &Normal<'_>) -> Vec<Span> {
    let of_label = |label: &'static str| {
        page.places(label).take(10).map(|at| Span::new(at, at + label.len())).collect::<Vec<_>>()
    };
    let mut places: Vec<Span> = page.among(LABELS.words()).flat_map(of_label).collect();
    places.sort();
    places
}

/// Whether the letters of a word for WeChat belong to a longer word or to an id: 加vx_… is no 加v.
fn is_no_word(page: &Normal<'_>, word: Span) -> bool {
    let is_vx = page.cut(word).ends_with(['v', 'V']) && page.from(word.end).starts_with(['x', 'X']);
    // 李采薇 is a name.
    let is_in_name = page.cut(word) == "薇" && page.char_before(word.start).is_some_and(is_han);
    let is_latin = page.from(word.start).starts_with(|c: char| c.is_ascii_alphabetic());
    is_vx
        || is_in_name
        || is_latin && page.char_before(word.start).is_some_and(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether the words around the word for WeChat say that it is the phone's.
fn is_same_around(page: &Normal<'_>, word: Span) -> bool {
    let before = page.before(word.start, 3);
    is_same(page.lower_after(word.end, 14)) || SAME_BEFORE.ends(before) && !before.contains('不')
}

/// 139…同v, 138…（v同号）: the number right before it.
fn said_same(page: &Normal<'_>) -> Option<usize> {
    page.among(SAID_SAME.words())
        .find_map(|word| page.places(word).next().map(|at| (at, at + word.len())))
        .filter(|(_, end)| !is_denied(page.lower_after(*end, 14)))
        .map(|(at, _)| at)
}

/// 电话微信138…: the number right behind it.
fn both(reading: &Reading<'_>) -> Option<usize> {
    let is_before_phone =
        |end: usize| reading.phones.iter().any(|phone| (end..=end + 1).contains(&phone.span.start));
    let first =
        |word: &'static str| reading.page.places(word).next().filter(|at| is_before_phone(at + word.len()));
    BOTH.words().iter().find_map(|word| first(word))
}

/// The number of a mobile as the id of its account.
fn number_of(mobile: &Phone) -> (String, Span, f64) {
    (mobile.e164.trim_start_matches("+86").to_owned(), mobile.span, 0.9)
}

/// Whether the words behind the word for WeChat say that it is the phone's.
fn is_same(after: &str) -> bool {
    let after = after.trim_start_matches([' ', ':', '号', '也', '(']);
    SAME.begins(after)
}

/// `微信同号：否`, `微信同号吗？不是`
fn is_denied(after: &str) -> bool {
    let Some((_, answer)) = after.split_once([':', '?', ')']) else { return false };
    let answer = answer.trim_start_matches([':', '?', ')', ' ']);
    let word = answer.split(|c: char| !c.is_alphanumeric()).next().unwrap_or("");
    DENIES.begins(word) || DENIAL.has(word)
}

/// The value of a label for it: `微信/QQ：…`, `您的微信号码：…`; or the number behind `手机号（微信同号）：…`.
fn labelled(reading: &Reading<'_>) -> Option<(String, Span, f64)> {
    reading.labels.iter().find_map(|label| {
        let name = reading.page.lower_cut(label.name);
        let words = reading.page.among(LABELS.words());
        let end = words.filter_map(|word| name.find(word).map(|at| at + word.len())).max()?;
        if is_same(name.get(end..).unwrap_or("")) {
            mobile_in(reading, label).map(number_of)
        } else {
            id_in(reading, label).map(|id| (reading.page.cut(id).to_owned(), id, 0.95))
        }
    })
}

/// The mobile that is the value of a label for a phone.
fn mobile_in<'r>(reading: &'r Reading<'_>, label: &Label) -> Option<&'r Phone> {
    let mut phones = reading.phones.iter();
    let mobile = phones.find(|phone| phone.kind == Kind::Mobile && label.value.holds(phone.span));
    mobile.filter(|_| label.field == Field::Phone)
}

/// The id that the value of a label for WeChat begins with.
fn id_in(reading: &Reading<'_>, label: &Label) -> Option<Span> {
    if label.field != Field::Wechat || reading.reaches_nobody(label.value) {
        return None;
    }
    let words = reading.page.cut(label.value);
    let length = words.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')).count();
    let id = words.get(..length)?;
    let span = Span::new(label.value.start, label.value.start + length);
    // A row of digits under a label for both is a number of QQ, or a phone.
    let is_number = id.bytes().all(|b| b.is_ascii_digit());
    let is_either = OR_A_NUMBER.is_in(reading.page.lower_cut(label.name));
    let ends = words.get(length..).is_none_or(|rest| !rest.starts_with(['@', '.']));
    let is_account = is_id(id) && !is_plain(id) && ends && !(is_number && is_either);
    (is_account && (is_number || !reading.mask.touches(span))).then_some(span)
}

/// A word that is no id: `wechat me please`.
fn is_plain(word: &str) -> bool {
    PLAIN.has(&word.to_ascii_lowercase())
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
fn id_after(page: &Normal<'_>, end: usize) -> Option<Span> {
    let rest = page.after(end, 40);
    // wxid_… is an id from its own beginning.
    if rest.starts_with("id_") && page.lower_before(end, 2) == "wx" {
        let length = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
        return Some(Span::new(end - 2, end + length));
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
    let led = BEFORE_IDS.words().iter().find_map(|lead| word.strip_prefix(lead));
    let word = led.unwrap_or(word).trim_start_matches([' ', ':']);
    let lead = rest.len() - word.len().min(rest.len());
    let length = word.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')).count();
    let id = word.get(..length)?.trim_end_matches(['-', '_']);
    let next = word.get(length..).and_then(|rest| rest.chars().next());
    // `wechat me please`: a plain word is an id only behind a colon or in a Chinese sentence.
    let chinese = page.char_before(end).is_some_and(is_han);
    let signed = id.contains(|c: char| c.is_ascii_digit() || matches!(c, '_' | '-'));
    (is_id(id) && !is_plain(id) && (labelled || chinese || signed) && !matches!(next, Some('@' | '.')))
        .then(|| Span::new(end + lead, end + lead + id.len()))
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
            ("加我薇 fox_cd7 小白", Some("fox_cd7")),
            ("联系小满 薇fox_art70", Some("fox_art70")),
            ("我叫李采薇 abc12", None),
        ] {
            assert_eq!(wechat_of(text).as_deref(), expected, "{text}");
        }
    }
}
