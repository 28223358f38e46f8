//! The words that make a quantity a bound: 不低于, 以内, at least, up to.
//! Numbers are read in `quantity.rs`.

use std::sync::LazyLock;

use crate::facts::text::normal::Normal;
use crate::facts::words::dictionary::Dictionary;

/// What the words around a quantity make of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// The amount itself, about or exactly.
    Around,
    AtLeast,
    AtMost,
}

/// Words that compare, before the amount. With a negator before them each is the other bound.
const COMPARATORS: &[(&str, Bound)] = &[
    ("超过", Bound::AtLeast),
    ("超出", Bound::AtLeast),
    ("大于", Bound::AtLeast),
    ("高于", Bound::AtLeast),
    ("高过", Bound::AtLeast),
    ("多于", Bound::AtLeast),
    ("贵过", Bound::AtLeast),
    ("超", Bound::AtLeast),
    ("过", Bound::AtLeast),
    ("低于", Bound::AtMost),
    ("低过", Bound::AtMost),
    ("小于", Bound::AtMost),
    ("小过", Bound::AtMost),
    ("少于", Bound::AtMost),
    ("下于", Bound::AtMost),
];

const NEGATORS: &[&str] = &[
    "不",
    "勿",
    "别",
    "莫",
    "毋",
    "冇",
    "没",
    "不要",
    "不能",
    "不得",
    "不可",
    "不可以",
    "不应",
    "不会",
    "不想",
    "勿要",
    "切勿",
    "没有",
    "冇得",
    "唔好",
    "唔",
    "请勿",
    "请别",
    "最好不要",
    "最好别",
];

/// Words before the amount, in lower case.
const BEFORE: &[(&str, Bound)] = &[
    ("至少要", Bound::AtLeast),
    ("至少", Bound::AtLeast),
    ("最少要", Bound::AtLeast),
    ("最少", Bound::AtLeast),
    ("最低", Bound::AtLeast),
    ("最小", Bound::AtLeast),
    ("起码要", Bound::AtLeast),
    ("起码", Bound::AtLeast),
    ("少说", Bound::AtLeast),
    ("大于等于", Bound::AtLeast),
    ("≥", Bound::AtLeast),
    ("≧", Bound::AtLeast),
    (">=", Bound::AtLeast),
    (">", Bound::AtLeast),
    ("at least", Bound::AtLeast),
    ("minimum of", Bound::AtLeast),
    ("minimum", Bound::AtLeast),
    ("min.", Bound::AtLeast),
    ("min", Bound::AtLeast),
    ("not less than", Bound::AtLeast),
    ("no less than", Bound::AtLeast),
    ("not below", Bound::AtLeast),
    ("more than", Bound::AtLeast),
    ("over", Bound::AtLeast),
    ("above", Bound::AtLeast),
    ("starting from", Bound::AtLeast),
    ("不到", Bound::AtMost),
    ("最多", Bound::AtMost),
    ("最高", Bound::AtMost),
    ("最大", Bound::AtMost),
    ("至多", Bound::AtMost),
    ("顶多", Bound::AtMost),
    ("撑死", Bound::AtMost),
    ("顶天", Bound::AtMost),
    ("at most", Bound::AtMost),
    ("at the most", Bound::AtMost),
    ("at minimum", Bound::AtLeast),
    ("upwards of", Bound::AtLeast),
    ("no smaller than", Bound::AtLeast),
    ("no larger than", Bound::AtMost),
    ("no bigger than", Bound::AtMost),
    ("上限", Bound::AtMost),
    ("封顶", Bound::AtMost),
    ("控制在", Bound::AtMost),
    ("≤", Bound::AtMost),
    ("≦", Bound::AtMost),
    ("<=", Bound::AtMost),
    ("<", Bound::AtMost),
    ("up to", Bound::AtMost),
    ("maximum of", Bound::AtMost),
    ("maximum", Bound::AtMost),
    ("max.", Bound::AtMost),
    ("max", Bound::AtMost),
    ("no more than", Bound::AtMost),
    ("not more than", Bound::AtMost),
    ("not to exceed", Bound::AtMost),
    ("not exceed", Bound::AtMost),
    ("not exceeding", Bound::AtMost),
    ("within", Bound::AtMost),
    ("under", Bound::AtMost),
    ("below", Bound::AtMost),
    ("less than", Bound::AtMost),
    ("capped at", Bound::AtMost),
    ("cap of", Bound::AtMost),
];

/// Words after the amount, in lower case.
const AFTER: &[(&str, Bound)] = &[
    ("以上的就别", Bound::AtMost),
    ("以上就别", Bound::AtMost),
    ("以上的别", Bound::AtMost),
    ("以上不考虑", Bound::AtMost),
    ("以上的不考虑", Bound::AtMost),
    ("以上免谈", Bound::AtMost),
    ("以上不要", Bound::AtMost),
    ("以上的不要", Bound::AtMost),
    ("及以上", Bound::AtLeast),
    ("或以上", Bound::AtLeast),
    ("以上", Bound::AtLeast),
    ("起步", Bound::AtLeast),
    ("往上", Bound::AtLeast),
    ("朝上", Bound::AtLeast),
    ("起", Bound::AtLeast),
    ("打底", Bound::AtLeast),
    ("+", Bound::AtLeast),
    ("or more", Bound::AtLeast),
    ("or above", Bound::AtLeast),
    ("and above", Bound::AtLeast),
    ("or larger", Bound::AtLeast),
    ("and up", Bound::AtLeast),
    ("minimum", Bound::AtLeast),
    ("min", Bound::AtLeast),
    ("at least", Bound::AtLeast),
    ("at minimum", Bound::AtLeast),
    ("and over", Bound::AtLeast),
    ("or over", Bound::AtLeast),
    ("upwards", Bound::AtLeast),
    ("at most", Bound::AtMost),
    ("at the most", Bound::AtMost),
    ("in total at most", Bound::AtMost),
    ("in total max", Bound::AtMost),
    ("total at most", Bound::AtMost),
    ("or under", Bound::AtMost),
    ("at maximum", Bound::AtMost),
    ("及以下", Bound::AtMost),
    ("或以下", Bound::AtMost),
    ("以下", Bound::AtMost),
    ("以内", Bound::AtMost),
    ("之内", Bound::AtMost),
    ("以里", Bound::AtMost),
    ("封顶", Bound::AtMost),
    ("上限", Bound::AtMost),
    ("顶天", Bound::AtMost),
    ("到顶", Bound::AtMost),
    ("到头", Bound::AtMost),
    ("为限", Bound::AtMost),
    ("往下", Bound::AtMost),
    ("为上限", Bound::AtMost),
    ("内", Bound::AtMost),
    ("or less", Bound::AtMost),
    ("or below", Bound::AtMost),
    ("maximum", Bound::AtMost),
    ("max", Bound::AtMost),
    ("tops", Bound::AtMost),
    ("cap", Bound::AtMost),
];

/// Words that may be between a bound and the amount; they change nothing.
const FILLERS: &[&str] = &[
    "大概",
    "大约",
    "差不多",
    "左右",
    "约",
    "在",
    "要",
    "是",
    "为",
    "于",
    "到",
    "的",
    "达",
    "达到",
    "about",
    "around",
    "approx.",
    "approx",
    "roughly",
    "~",
    "=",
    ":",
    "a",
    "of",
    "rmb",
    "cny",
    "usd",
    "¥",
    "$",
    "人民币",
    "每平",
    "每亩",
    "每平米",
    "每月",
];

static BOUNDS_BEFORE: LazyLock<Dictionary<Bound>> = LazyLock::new(|| {
    let negated = NEGATORS.iter().flat_map(|negator| {
        // 不过 is "however".
        COMPARATORS.iter().filter(|(word, _)| *word != "过").map(move |(word, bound)| {
            let bound = if *bound == Bound::AtLeast { Bound::AtMost } else { Bound::AtLeast };
            let word: &'static str = String::leak(format!("{negator}{word}"));
            (word, bound)
        })
    });
    Dictionary::of_ends(BEFORE.iter().chain(COMPARATORS).copied().chain(negated))
});
static BOUNDS_AFTER: LazyLock<Dictionary<Bound>> =
    LazyLock::new(|| Dictionary::of_beginnings(AFTER.iter().copied()));
static FILLER: LazyLock<Dictionary<()>> =
    LazyLock::new(|| Dictionary::of_ends(FILLERS.iter().map(|word| (*word, ()))));

/// The bound before a place.
pub fn before(page: &Normal<'_>, at: usize) -> Bound {
    let mut rest = page.lower_before(at, 24).trim_end();
    for _ in 0..3 {
        if let Some((_, bound)) = BOUNDS_BEFORE.at_end(rest, |word| ends_with(rest, word)) {
            return bound;
        }
        let Some((filler, ())) = FILLER.at_end(rest, |word| ends_with(rest, word)) else { break };
        rest = rest.get(..rest.len() - filler.len()).unwrap_or("").trim_end();
    }
    Bound::Around
}

/// The words without a bound and fillers at their end.
pub fn without_bound(words: &str) -> &str {
    let mut rest = words.trim_end();
    for _ in 0..4 {
        let bound = BOUNDS_BEFORE.at_end(rest, |word| ends_with(rest, word)).map(|(word, _)| word);
        let Some(word) =
            bound.or_else(|| FILLER.at_end(rest, |word| ends_with(rest, word)).map(|(word, ())| word))
        else {
            break;
        };
        rest = rest.get(..rest.len() - word.len()).unwrap_or("").trim_end();
    }
    rest
}

/// The bound after a place, and the byte after it (after 左右 and 多 too).
pub fn after(page: &Normal<'_>, at: usize) -> (Bound, usize) {
    let window = page.lower_after(at, 22);
    let mut rest = window;
    for filler in [
        "左右",
        "上下",
        "多",
        "的",
        "(含)",
        "每年",
        "(含税)",
        "(不含税)",
        " in total",
        " total",
        " all in",
        " overall",
    ] {
        rest = rest.strip_prefix(filler).unwrap_or(rest);
    }
    let passed = window.len() - rest.len();
    let words = rest.trim_start();
    let blank = rest.len() - words.len();
    match BOUNDS_AFTER.at_beginning(words, |word| starts_with(words, word)) {
        Some((word, bound)) => (bound, at + passed + blank + word.len()),
        None => {
            let around =
                ["左右", "上下"].iter().find(|word| window.starts_with(**word)).map_or(0, |word| word.len());
            (Bound::Around, at + around)
        }
    }
}

/// Like `str::ends_with`, but a Latin word must begin there, too.
fn ends_with(text: &str, word: &str) -> bool {
    let Some(rest) = text.strip_suffix(word) else { return false };
    if word.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return !rest.ends_with(|c: char| c.is_ascii_alphanumeric());
    }
    // 经过, 通过, 看过, 做过 are no bounds; 不超, 别超 are words of their own.
    match word {
        "过" => {
            !rest.ends_with(['经', '通', '看', '做', '不', '租', '去', '来', '有', '谈', '难', '能', '超'])
        }
        "超" => !rest.ends_with(['商', '高', '不', '别']),
        "~" | "=" | ":" | "a" | "的" | "到" => !rest.ends_with(|c: char| c.is_ascii_digit()),
        _ => true,
    }
}

fn starts_with(text: &str, word: &str) -> bool {
    let Some(rest) = text.strip_prefix(word) else { return false };
    if word.ends_with(|c: char| c.is_ascii_alphabetic()) {
        return !rest.starts_with(|c: char| c.is_ascii_alphanumeric());
    }
    match word {
        "内" => !rest.starts_with(['部', '环', '外', '资', '陆', '贸', '含', '有', '蒙']),
        "起" => !rest.starts_with(['重', '吊', '草', '诉', '源', '飞']),
        "+" => {
            !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || crate::facts::text::normal::is_han(c))
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_on_either_side() {
        for (text, bound) in [
            ("年税收不低于约", Bound::AtLeast),
            ("预算控制在", Bound::AtMost),
            ("纳税过", Bound::AtLeast),
            ("经过", Bound::Around),
            ("up to RMB ", Bound::AtMost),
            ("warmin", Bound::Around),
        ] {
            let page = Normal::of(text);
            assert_eq!(before(&page, page.text().len()), bound, "{text}");
        }
        for (text, bound) in [
            ("以上", Bound::AtLeast),
            ("左右", Bound::Around),
            ("内,", Bound::AtMost),
            ("内部", Bound::Around),
            (" or more", Bound::AtLeast),
            ("起重机", Bound::Around),
        ] {
            assert_eq!(after(&Normal::of(text), 0).0, bound, "{text}");
        }
    }
}
