//! What an inquiry is called where bystanders see it: the subject of a mail, the title of a row. Facts where
//! there are some, else the beginning of what was said; never a number, an address or a name.

use crate::access::Seen;
use crate::facts::{self, Facts, Member, NeedKind};
use crate::inquiries::Inquiry;
use crate::inquiries::items::Item;
use crate::inquiries::need_names::name_of;
use crate::kernel::language::Language;
use crate::kernel::text::cut;

/// Code points of a subject.
pub(super) const SUBJECT_MAX: usize = 120;
/// Code points of what was said, where no facts are known.
const ABOUT_MAX: usize = 30;
/// Code points of one fact.
const FACT_MAX: usize = 30;
/// Code points of a phone number with what people write around it.
const HIDDEN_PHONE_MAX: usize = 40;
/// Replaces what is hidden.
const HIDDEN: &str = "…";

/// A subject: the prefix, then what the inquiry is about.
pub fn subject(prefix: &str, inquiry: &Seen<Inquiry>, language: Language) -> String {
    cut(format!("{prefix}{}", headline(inquiry, language)), SUBJECT_MAX).trim().to_owned()
}

/// What an inquiry is about, in one line.
pub fn headline(inquiry: &Seen<Inquiry>, language: Language) -> String {
    let said = &inquiry.content.items;
    let named = [Item::Contact, Item::Company, Item::Wechat, Item::Email].map(|item| said.get(item));
    let facts = &inquiry.content.facts.0;
    let read = [Member::Contact, Member::Company, Member::Wechat, Member::Email]
        .into_iter()
        .filter_map(|fact| facts.words(fact));
    let named = named.into_iter().flatten().chain(read);
    // A mistyped number is somebody's all the same; a whole sentence in the phone's place is more than a
    // number.
    let phone = said.phone.as_ref().filter(|phone| phone.chars().count() <= HIDDEN_PHONE_MAX);
    let hidden: Vec<&str> =
        named.chain(phone.map(String::as_str)).filter(|words| words.chars().count() > 1).collect();
    let known: Vec<String> =
        known(facts, language).into_iter().map(|fact| discreet(&cut(fact, FACT_MAX), &hidden)).collect();
    if !known.is_empty() {
        return known.join(" · ");
    }
    let items =
        [&said.need, &said.usage, &said.message].into_iter().flatten().map(|words| discreet(words, &hidden));
    let about = items.into_iter().find(|words| words.chars().any(char::is_alphanumeric));
    let about = about.unwrap_or_else(|| language.pick("有人来咨询", "somebody inquired").to_owned());
    let short = cut(about.clone(), ABOUT_MAX);
    let dots = if short.len() < about.trim_end().len() { "…" } else { "" };
    format!("{short}{dots}")
}

/// Region, kind and size, industry, tax: as far as they are known, and only where a kind is.
fn known(facts: &Facts, language: Language) -> Vec<String> {
    let Some(wanted) = wanted(facts, language) else { return Vec::new() };
    let region = facts.words(Member::Region).and_then(|path| path.rsplit('/').next()).map(str::to_owned);
    let industry = facts.words(Member::Industry).map(str::to_owned);
    [region, Some(wanted), industry, tax(facts, language)].into_iter().flatten().collect()
}

/// What is wanted, and how much of it, if the kind is known.
pub(super) fn wanted(facts: &Facts, language: Language) -> Option<String> {
    let kind = facts.need_kind().and_then(|kind| kind_label(kind, language))?;
    let size = area(facts).or_else(|| land(facts, language)).unwrap_or_default();
    let blank = if size.is_empty() { "" } else { language.pick("", " ") };
    Some(format!("{kind}{blank}{size}"))
}

/// The tax of a year, in 万元 or in millions of yuan: `税300–500万`, `tax CNY 3–5M`.
pub(super) fn tax(facts: &Facts, language: Language) -> Option<String> {
    let [min, max] = [Member::TaxWanPerYear, Member::TaxWanPerYearMax].map(|member| facts.number(member));
    let millions = |wan: f64| (wan * 100.0).round() / 10_000.0;
    match language {
        Language::Zh => range(min, max).map(|wan| format!("税{wan}万")),
        Language::En => range(min.map(millions), max.map(millions)).map(|sum| format!("tax CNY {sum}M")),
    }
}

fn kind_label(kind: NeedKind, language: Language) -> Option<&'static str> {
    let (zh, en) = name_of(kind);
    let names_a_need = !matches!(kind, NeedKind::Supply | NeedKind::Spam | NeedKind::Other);
    names_a_need.then(|| language.pick(zh, en))
}

/// `3000–5000㎡`.
fn area(facts: &Facts) -> Option<String> {
    range(facts.number(Member::AreaMinSqm), facts.number(Member::AreaMaxSqm))
        .map(|range| format!("{range}㎡"))
}

fn land(facts: &Facts, language: Language) -> Option<String> {
    let exact = facts.number(Member::LandMu).map(|mu| mu.to_string());
    let range = exact.or_else(|| range(facts.number(Member::LandMuMin), facts.number(Member::LandMuMax)))?;
    Some(format!("{range}{}", language.pick("亩", " mu")))
}

fn range(min: Option<f64>, max: Option<f64>) -> Option<String> {
    match (min, max) {
        (Some(min), Some(max)) if min < max => Some(format!("{min}–{max}")),
        (Some(one), _) | (None, Some(one)) => Some(one.to_string()),
        (None, None) => None,
    }
}

/// A text in one line, with `…` in the place of these words, of phone numbers and of mail addresses.
pub(super) fn discreet(text: &str, hidden: &[&str]) -> String {
    let mut plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    for words in hidden.iter().map(|words| (*words).to_owned()).chain(facts::phones_written(&plain)) {
        plain = plain.replace(words.as_str(), HIDDEN);
    }
    // Of what is masked for the reader not even the length is shown.
    let plain = plain.replace('*', HIDDEN);
    let plain = without_mistyped_numbers(&without_addresses(&plain));
    let mut once = String::with_capacity(plain.len());
    for c in plain.chars() {
        if c != '…' || !once.ends_with('…') {
            once.push(c);
        }
    }
    once.trim().to_owned()
}

/// The same without eleven letters and digits that are a mobile number but for a typing error: `1380013800O`,
/// `l38…`.
fn without_mistyped_numbers(text: &str) -> String {
    const LENGTH: usize = 11;
    let is_mistyped = |word: &str| {
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        let alike = word.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'O' | b'o' | b'l' | b'I' | b'i'));
        word.len() == LENGTH
            && word.starts_with(['1', 'l', 'I', 'i'])
            && alike
            && (LENGTH - 4..LENGTH).contains(&digits)
    };
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphanumeric()) {
        let (before, word) = rest.split_at(start);
        let (word, behind) =
            word.split_at(word.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(word.len()));
        kept.push_str(before);
        kept.push_str(if is_mistyped(word) { HIDDEN } else { word });
        rest = behind;
    }
    kept.push_str(rest);
    kept
}

/// A text without what is on both sides of an `@`, as far as it can belong to an address.
fn without_addresses(text: &str) -> String {
    let is_ascii_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-');
    let is_part = |c: char| is_ascii_part(c) || c.is_alphanumeric();
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(['@', '＠']) {
        let short = before.trim_end_matches(is_ascii_part);
        // Of Chinese words without a blank nobody knows which belong to it.
        kept.push_str(if short.len() < before.len() { short } else { before.trim_end_matches(is_part) });
        kept.push_str(HIDDEN);
        let trimmed = after.trim_start_matches(is_ascii_part);
        rest = if trimmed.len() < after.len() { trimmed } else { after.trim_start_matches(is_part) };
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_wanted_is_written_in_the_units_of_the_language() {
        let facts = |value| serde_json::from_value::<Facts>(value).unwrap();
        let (zh, en) = (Language::Zh, Language::En);
        let known = facts(json!({"need_kind": "factory_rent", "area_min_sqm": 3000, "area_max_sqm": 5000.0,
            "tax_wan_per_year": 300}));
        assert_eq!(wanted(&known, zh).as_deref(), Some("求租厂房3000–5000㎡"));
        assert_eq!(wanted(&known, en).as_deref(), Some("factory to rent 3000–5000㎡"));
        assert_eq!(tax(&known, zh).as_deref(), Some("税300万"));
        assert_eq!(tax(&known, en).as_deref(), Some("tax CNY 3M"));
        let land = facts(json!({"need_kind": "land", "land_mu": 12.5, "tax_wan_per_year": 55.5,
            "tax_wan_per_year_max": 110}));
        assert_eq!(wanted(&land, zh).as_deref(), Some("求地12.5亩"));
        assert_eq!(tax(&land, zh).as_deref(), Some("税55.5–110万"));
        assert_eq!(tax(&land, en).as_deref(), Some("tax CNY 0.555–1.1M"));
        assert_eq!(wanted(&facts(json!({"need_kind": "other", "area_min_sqm": 1})), zh), None);
    }

    #[test]
    fn a_subject_tells_no_number_and_no_address() {
        for (text, wanted) in [
            ("电话13800138000 急", "电话… 急"),
            ("call 138 0013 8000 now", "call … now"),
            ("mail a@b.com", "mail …"),
            ("１３８００１３８０００要厂房", "…要厂房"),
            ("邮箱zhou.q@example.com急需厂房", "邮箱…急需厂房"),
            ("求租厂房，电话1380013800O", "求租厂房，电话…"),
            ("求租厂房l38OO138000急", "求租厂房…急"),
            ("写信给 周@例子.公司 谢谢", "写信给 … 谢谢"),
            ("做医疗器械，王***********", "做医疗器械，王…"),
        ] {
            assert_eq!(discreet(text, &[]), wanted);
        }
        assert_eq!(discreet("周启澜要厂房\r\n急", &["周启澜"]), "…要厂房  急");
    }

    #[test]
    fn a_subject_keeps_every_other_number() {
        for text in [
            "需要2000-3000平米厂房，层高9米，承重2吨，预算25-30元/平/月",
            "求租厂房 3000-5000 平方米",
            "求购土地 50 亩，投资 20000000 元，年税收 3000000 元",
            "10000-20000㎡ 单层，2026-12-01 入住，450kVA，900 个车位",
        ] {
            assert_eq!(discreet(text, &[]), text);
        }
    }
}
