//! What the name of a company is made of: the brand, the trade, the words that lead to it.
//! Which company writes is decided in `company.rs`.

use std::sync::LazyLock;

use crate::facts::people::names;
use crate::facts::text::normal::{self, is_han};
use crate::facts::words::dictionary::Dictionary;
use crate::facts::words::gazetteer::Gazetteer;
use crate::facts::words::lists::{List, listed};
use crate::facts::words::segments::is_word;

/// Bodies that many trades have; a name before them must say more than the trade.
static BODIES: List = List::named("bodies of many trades");
/// Trades that are only before such a body: 律师事务所.
static TRADES_OF_BODIES: List = List::named("trades of bodies");
/// Words that are in what somebody says and in no name.
static IN_SENTENCES: List = List::named("in sentences not in names");

/// Trades of studios: 摄影, 插画.
static TRADES_OF_STUDIOS: List = List::named("trades of studios");
/// Words of a studio that is nobody's by name: 个人, 儿童.
static NO_STUDIOS: List = List::named("no names of studios");
/// Wares at the end of the name of a factory: 五金制品.
static WARES: List = List::named("wares of factories");

/// 三只猫摄影(工作室): the name without the trades of the studio, if it says who and nothing else.
pub fn brand_of_studio(core: &str) -> Option<&str> {
    let mut brand = core;
    for _ in 0..3 {
        let Some(trade) = TRADES_OF_STUDIOS.end_of(brand) else { break };
        brand = brand.strip_suffix(trade).unwrap_or(brand);
    }
    let is_name = (2..=6).contains(&brand.chars().count())
        && brand.chars().all(|c| is_han(c) || c.is_ascii_alphabetic());
    // 木石间, in quotation marks, holds no trade: it may hold a word that others may not.
    let has_trade = brand.len() < core.len();
    let is_of_many =
        NO_STUDIOS.words().iter().any(|word| (has_trade || word.chars().count() > 1) && brand.contains(word));
    let is_said = IN_SENTENCES.is_in(brand) || is_of_many;
    (is_name && !is_said && brand_of(brand) == brand && !is_place(brand)).then_some(brand)
}

/// 泓曜五金制品(厂): the name before the wares, if one is there.
pub fn brand_of_wares(core: &str) -> Option<&str> {
    let brand = brand_of(core.strip_suffix(WARES.end_of(core)?)?);
    let is_name = (2..=4).contains(&brand.chars().count());
    (is_name && !IN_SENTENCES.is_in(brand) && !begins_generic(brand) && !is_place(brand)).then_some(brand)
}

/// 老陈记酱园(厂): a surname with 记 at the beginning of a name, or behind its place.
pub fn is_old_shop(core: &str) -> bool {
    let Some((before, _)) = core.split_once('记') else { return false };
    let surname = normal::tail(before, 1);
    let place = before.strip_suffix(surname).unwrap_or("");
    let place = place.strip_suffix('老').unwrap_or(place);
    surname.chars().all(names::is_surname)
        && !surname.is_empty()
        && !is_word(&format!("{surname}记"))
        && (place.is_empty() || is_place(place))
}

fn is_place(words: &str) -> bool {
    Gazetteer::get().is_place(words)
}

/// 律师事务所, 勘察设计院 alone say what they are, not who: `core` is all that is before the `ending`.
pub fn is_only_a_body(core: &str, ending: &str) -> bool {
    BODIES.has(ending) && brand_of(core).chars().count() < 2
}

/// A name without the city before it and without the words of its trade.
pub fn brand_of(core: &str) -> &str {
    let mut brand = core;
    let seat = brand
        .find(['市', '省', '县'])
        .filter(|at| (6..=12).contains(at))
        .and_then(|at| brand.get(at + '市'.len_utf8()..));
    brand = seat.unwrap_or(brand);
    for _ in 0..4 {
        let trade = TRADE.at_end(brand, |_| true).map(|(trade, ())| trade);
        let end = trade.or_else(|| TRADES_OF_BODIES.end_of(brand));
        let Some(end) = end else { break };
        brand = brand.get(..brand.len() - end.len()).unwrap_or("");
    }
    brand
}

/// 自称甲乙塑胶, 我们公司甲乙塑胶: without the words that lead to a name. 和顺机械 and 致远软件 keep theirs.
pub fn without_leads(name: &str) -> &str {
    let mut rest = name;
    while let Some((lead, ())) = LEAD.at_beginning(rest, |_| true) {
        let inner = rest.get(lead.len()..).unwrap_or("");
        let brands =
            matches!(lead, "致" | "和" | "为" | "与" | "及" | "由" | "系" | "附") && rest.len() == name.len();
        if brands && ![4, 3, 2].iter().any(|length| Gazetteer::get().is_place(normal::head(inner, *length))) {
            break;
        }
        rest = inner;
    }
    rest
}

/// Whether the words are what many companies are, and nothing else.
pub fn is_generic(name: &str) -> bool {
    GENERIC.at_beginning(name, |_| true).is_some_and(|(word, ())| word == name)
}

/// Whether the words begin so.
pub fn begins_generic(name: &str) -> bool {
    GENERIC.at_beginning(name, |word| word.chars().count() > 1).is_some()
}

/// The trade that ends a name.
pub fn trade_at_end(name: &str) -> Option<&'static str> {
    TRADE.at_end(name, |_| true).map(|(trade, ())| trade)
}

/// Whether a name ends with a trade and has at least so many characters before it.
pub fn has_trade(name: &str, before: usize) -> bool {
    let length = name.chars().count();
    TRADE.at_end(name, |trade| length >= trade.chars().count() + before).is_some()
}

static TRADE: LazyLock<Dictionary<()>> =
    LazyLock::new(|| Dictionary::of_ends(listed("trades").map(|word| (word, ()))));
/// Names that only say what sort of company it is.
static GENERIC: LazyLock<Dictionary<()>> =
    LazyLock::new(|| Dictionary::of_beginnings(listed("no company names").map(|word| (word, ()))));
static LEAD: LazyLock<Dictionary<()>> =
    LazyLock::new(|| Dictionary::of_beginnings(listed("before company names").map(|word| (word, ()))));

/// Whether a word is in them that is in what somebody says and in no short name.
pub fn is_said(words: &str) -> bool {
    IN_SENTENCES.is_in(words)
}

/// Whether the words could be a name without its legal form.
pub fn is_short_name(token: &str) -> bool {
    let length = token.chars().count();
    (3..=12).contains(&length)
        && token.chars().any(is_han)
        && !token.starts_with(|c: char| c.is_ascii_digit())
        && !IN_SENTENCES.is_in(token)
        && !is_generic(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brands_of_studios_and_factories() {
        for (core, brand) in [
            ("云朵陶艺", Some("云朵")),
            ("青鸟建筑设计", Some("青鸟")),
            ("松间", Some("松间")),
            ("北京摄影", None),
            ("儿童摄影", None),
            ("婚纱摄影", None),
            ("想开插画", None),
            ("共享", None),
        ] {
            assert_eq!(brand_of_studio(core), brand, "{core}");
        }
        for (core, brand) in [
            ("佛山市凯越塑料制品", Some("凯越")),
            ("恒力不锈钢制品", Some("恒力")),
            ("竹木制品", None),
            ("苏州塑料制品", None),
        ] {
            assert_eq!(brand_of_wares(core), brand, "{core}");
        }
        assert!(is_old_shop("李记糕点") && is_old_shop("苏州老周记酱菜"));
        assert!(!is_old_shop("登记") && !is_old_shop("游记") && !is_old_shop("大李记糕点"));
    }

    #[test]
    fn brands_and_leads() {
        assert_eq!(brand_of("张家港市澈禾五金"), "澈禾");
        assert_eq!(brand_of("律师"), "");
        assert_eq!(without_leads("自称峤安玩具"), "峤安玩具");
        assert_eq!(without_leads("致远软件"), "致远软件");
        assert!(is_short_name("峤安玩具") && !is_short_name("某央企产业基金"));
    }
}
