//! Accounts of chats and mail: what is behind a word for one (`vx: hidden77`), right before one
//! (`hidden77是我微信`) or begins as WeChat's own ids do (`wxid_…`). Whether an account is that of who asks is
//! not asked here; facts take it from `people/accounts.rs`.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use super::dates::is_compact_date;
use crate::facts::measures::units::unit_at;
use crate::facts::people::accounts::could_be_an_account;
use crate::facts::text::normal::{Normal, Span, is_han};
use crate::facts::words::lists::List;

static LABELS: List = List::named("account labels");
static OTHER_WORDS: List = List::named("no account label");
static BETWEEN: List = List::named("between label and account");
static PLAIN: List = List::named("plain words behind a label");
/// All labels at once.
static SEARCH: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let words = LABELS.words().iter().chain(&["wxid"]);
    AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(words).ok()
});
/// Signs and words between a label and an account at most, and accounts behind one label.
const LEAD_MAX: usize = 8;
const IN_A_ROW: usize = 4;
/// The longest account that is looked at.
const ACCOUNT_MAX: usize = 64;
/// From so many letters on a word without digits is an account where nothing but a Chinese label says so.
const WORD_MIN: usize = 5;
const ACCOUNT_MIN: usize = 3;
/// From so many digits on a number is an account.
const DIGITS_MIN: usize = 5;

/// The places of the accounts of a page.
pub fn find(page: &Normal<'_>) -> Vec<Span> {
    let mut found = Vec::new();
    let Some(search) = SEARCH.as_ref() else { return found };
    let mut end_of_last = 0;
    for label in search.find_iter(page.lower()).map(|label| Span::new(label.start(), label.end())) {
        if page.lower_cut(label) == "wxid" {
            found.push(own_id(page, label));
        } else if is_label(page, label) && label.start >= end_of_last {
            found.extend(before(page, label.start));
            let last = behind(page, label, &mut found);
            end_of_last = last.unwrap_or(end_of_last);
        }
    }
    found
}

/// wxid_…, also with a blank in it.
fn own_id(page: &Normal<'_>, start: Span) -> Span {
    let signs = page.after(start.end, 3);
    let signs = signs.len() - signs.trim_start_matches([' ', '_', '-', ':']).len();
    let id = word(page, start.end + signs);
    if id.start == id.end { start } else { start.to(id) }
}

/// Whether a word for an account is one here: 微信小程序 is another, and letters within a word are none.
fn is_label(page: &Normal<'_>, label: Span) -> bool {
    let is_latin = page.char_at(label.start).is_some_and(|c| c.is_ascii_alphabetic());
    let is_in_word =
        is_latin && page.char_before(label.start).is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
    // 380 V 50 Hz
    let is_volt = page.lower_cut(label).starts_with('v')
        && page.before(label.start, 2).trim_end().ends_with(|c: char| c.is_ascii_digit());
    // 李采薇 is a name.
    let is_in_name = page.cut(label) == "薇" && page.char_before(label.start).is_some_and(is_han);
    !is_in_word && !is_volt && !is_in_name && !OTHER_WORDS.begins(page.after(label.end, 4))
}

/// The accounts behind a label; the end of the last.
fn behind(page: &Normal<'_>, label: Span, found: &mut Vec<Span>) -> Option<usize> {
    let (mut at, is_said) = past_lead(page, label.end);
    let is_chinese = page.cut(label).contains(is_han);
    let mut end = None;
    for _ in 0..IN_A_ROW {
        let account = word(page, at);
        let clings = account.start == label.end && !is_chinese;
        // V2024 is a model, VX2024 an account.
        let is_model = clings && matches!(page.lower_cut(label), "v" | "vv");
        if is_model || !is_account(page, account, is_said && !clings, is_chinese) {
            break;
        }
        found.push(account);
        end = Some(account.end);
        let rest = page.after(account.end, 3);
        let sign = rest.trim_start_matches([' ', '/', '、', '或', ',', '|', '&']);
        if sign.len() == rest.len() || !has_sign(page.cut(word(page, account.end + rest.len() - sign.len())))
        {
            break;
        }
        at = account.end + rest.len() - sign.len();
    }
    end
}

/// The byte behind what leads from a label to an account, and whether that says that one comes.
fn past_lead(page: &Normal<'_>, from: usize) -> (usize, bool) {
    let mut at = from;
    let mut is_said = false;
    for _ in 0..LEAD_MAX {
        let rest = page.lower_after(at, 8);
        let signs = rest.trim_start_matches([
            ' ', ':', '=', '(', ')', '/', '-', '+', '>', '"', '\'', '<', '~', '、', '|', '“', '”', '→',
        ]);
        let lead = rest.get(..rest.len() - signs.len()).unwrap_or_default();
        is_said |= lead.contains([':', '=', '“', '"', '→', '<']);
        let word = BETWEEN.beginning_of(signs).filter(|word| !word.is_ascii() || ends(signs, word));
        is_said |= matches!(word, Some("是" | "为" | "is" | "id" | "号" | "号码" | "账号"));
        // **hidden77**; more stars are what was hidden before.
        let stars = signs.bytes().take_while(|b| *b == b'*').count();
        let bold = if stars <= 2 { stars } else { 0 };
        let passed = lead.len() + word.map_or(bold, str::len);
        if passed == 0 {
            break;
        }
        at += passed;
    }
    (at, is_said)
}

/// Whether a Latin word ends where it seems to.
fn ends(text: &str, word: &str) -> bool {
    text.strip_prefix(word)
        .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
}

/// The letters, digits and signs of an account from a byte on.
fn word(page: &Normal<'_>, from: usize) -> Span {
    let in_word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let length = page.from(from).bytes().take(ACCOUNT_MAX).take_while(in_word).count();
    let own = page.cut(Span::new(from, from + length));
    Span::new(from, from + own.trim_end_matches(['.', '-']).len())
}

/// Whether a word has what words of a language have not.
fn has_sign(word: &str) -> bool {
    word.len() >= ACCOUNT_MIN && word.contains(|c: char| c.is_ascii_digit() || c == '_')
}

fn is_account(page: &Normal<'_>, account: Span, is_said: bool, is_chinese: bool) -> bool {
    let words = page.lower_cut(account);
    let letters = words.bytes().filter(u8::is_ascii_alphabetic).count();
    if letters == 0 {
        return is_number(page, account);
    }
    let is_measure = words.starts_with(|c: char| c.is_ascii_digit()) && is_measure(page, account);
    if is_measure || PLAIN.has(words) || !has_sign(words) && !could_be_an_account(words) {
        return false;
    }
    has_sign(words)
        || is_said && words.len() >= ACCOUNT_MIN
        || is_chinese && words.len() >= WORD_MIN
        || words.contains('-') && words.len() > WORD_MIN
}

/// Whether digits behind a label are an account: no area and no date.
fn is_number(page: &Normal<'_>, account: Span) -> bool {
    let words = page.cut(account);
    let digits = words.bytes().filter(u8::is_ascii_digit).count();
    digits >= DIGITS_MIN
        && digits == words.len()
        && !is_measure(page, account)
        && !(is_compact_date(words) && words.starts_with("20"))
}

/// 3000m2, 5000 平: whether a unit is behind the digits that a word begins with.
fn is_measure(page: &Normal<'_>, account: Span) -> bool {
    let words = page.cut(account);
    let digits = words.bytes().take_while(|b| b.is_ascii_digit() || matches!(b, b'-' | b'.')).count();
    let end = account.start + digits;
    let at = if page.char_at(end) == Some(' ') { end + 1 } else { end };
    let is_counted =
        unit_at(page, at).is_some() || page.char_at(at).is_some_and(|c| "万亿千kKwW".contains(c));
    is_counted && digits < 8
}

/// The account right before a label: `hidden77（微信）`, `hidden77是我的微信`.
fn before(page: &Normal<'_>, label: usize) -> Option<Span> {
    let lead = page.before(label, 5);
    let trimmed = lead.trim_end_matches([' ', '(', '是', '我', '的', ':', '为', '/', '加']);
    let end = label - (lead.len() - trimmed.len());
    let in_word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    let text = page.text().get(..end)?;
    let start = end - text.bytes().rev().take(ACCOUNT_MAX).take_while(in_word).count();
    let words = page.cut(Span::new(start, end));
    let is_id =
        words.len() > WORD_MIN && words.starts_with(|c: char| c.is_ascii_alphabetic()) && has_sign(words);
    is_id.then(|| Span::new(start, end))
}
