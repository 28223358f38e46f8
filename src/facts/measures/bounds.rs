//! The words that make a quantity a bound: 不低于, 以内, at least, up to.
//! Numbers are read in `quantity.rs`.

use std::sync::LazyLock;

use crate::facts::text::normal::Normal;
use crate::facts::words::dictionary::Dictionary;
use crate::facts::words::lists::{List, listed};

/// What the words around a quantity make of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// The amount itself, about or exactly.
    Around,
    AtLeast,
    AtMost,
}

/// Right before an amount that is the least: 超过. With a negator it is the most.
static MORE_THAN: List = List::named("more than");
/// Right before an amount that is the most: 低于. With a negator it is the least.
static LESS_THAN: List = List::named("less than");
static NEGATORS: List = List::named("negators");
/// Right behind an amount that is meant about: 左右.
static AROUND: List = List::named("around");
/// Changes nothing where it is between an amount and its bound: 左右, 每年, total.
static PASSED: List = List::named("between amount and bound");

static BOUNDS_BEFORE: LazyLock<Dictionary<Bound>> = LazyLock::new(|| {
    let compared = of_both(&MORE_THAN, &LESS_THAN);
    let negated = NEGATORS.words().iter().flat_map(|negator| {
        // 不过 is "however".
        of_both(&LESS_THAN, &MORE_THAN).filter(|(word, _)| *word != "过").map(move |(word, bound)| {
            let word: &'static str = String::leak(format!("{negator}{word}"));
            (word, bound)
        })
    });
    let said = of_both(&List::named("least before"), &List::named("most before")).collect::<Vec<_>>();
    Dictionary::of_ends(said.into_iter().chain(compared).chain(negated))
});
static BOUNDS_BEHIND: LazyLock<Dictionary<Bound>> = LazyLock::new(|| {
    Dictionary::of_beginnings(of_both(&List::named("least behind"), &List::named("most behind")))
});
static FILLERS: LazyLock<Dictionary<()>> =
    LazyLock::new(|| Dictionary::of_ends(listed("between bound and amount").map(|word| (word, ()))));

/// The words of two lists with what they make of an amount.
fn of_both(least: &List, most: &List) -> impl Iterator<Item = (&'static str, Bound)> + use<> {
    let least = least.words().iter().map(|word| (*word, Bound::AtLeast));
    least.chain(most.words().iter().map(|word| (*word, Bound::AtMost)))
}

/// The bound before a place.
pub fn before(page: &Normal<'_>, at: usize) -> Bound {
    let mut rest = page.lower_before(at, 24).trim_end();
    for _ in 0..3 {
        if let Some((_, bound)) = BOUNDS_BEFORE.at_end(rest, |word| ends_with(rest, word)) {
            return bound;
        }
        let Some((filler, ())) = FILLERS.at_end(rest, |word| ends_with(rest, word)) else { break };
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
            bound.or_else(|| FILLERS.at_end(rest, |word| ends_with(rest, word)).map(|(word, ())| word))
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
    for filler in PASSED.words() {
        rest = rest.strip_prefix(filler).unwrap_or(rest);
    }
    let passed = window.len() - rest.len();
    let words = rest.trim_start();
    let blank = rest.len() - words.len();
    match BOUNDS_BEHIND.at_beginning(words, |word| starts_with(words, word)) {
        Some((word, bound)) => (bound, at + passed + blank + word.len()),
        None => {
            let words = window.trim_start();
            let around = AROUND.beginning_of(words).map_or(0, |word| window.len() - words.len() + word.len());
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
