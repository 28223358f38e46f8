//! The table of places of China: GB/T 2260 divisions, their short names, Pinyin, parks, towns.
//! Which of the named places is meant is decided in `meaning.rs`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::facts::text::normal::folded;
use crate::facts::words::lists::{List, listed, set_of};

/// How a name means a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// With its 省, 市, 区, 县, or another well-known form.
    Full,
    /// Without: 苏州, 北仑.
    Short,
    /// In Latin letters.
    Latin,
    /// A park or development zone.
    Zone,
    /// A town or street within a county or district.
    Town,
}

/// A place that a name may mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub code: u32,
    pub kind: Kind,
}

/// The names of all places, searched at once.
pub struct Gazetteer {
    search: Option<AhoCorasick>,
    places: Vec<Vec<Place>>,
    names: BTreeMap<u32, &'static str>,
    chinese: Vec<&'static str>,
}

/// Short names of counties and districts that are ordinary words: they count only beside their city or
/// province.
static ORDINARY: LazyLock<FxHashSet<&str>> =
    LazyLock::new(|| listed("ordinary places").map(folded).collect());
/// Full names of districts that are ordinary words all the same.
static GENERIC: LazyLock<FxHashSet<&str>> =
    LazyLock::new(|| listed("ordinary districts").map(folded).collect());
/// Names that several places share, where the inquiries of the trade mean one of them; 0 where nobody
/// knows.
static USUAL: LazyLock<FxHashMap<&str, u32>> = LazyLock::new(|| {
    let pairs = listed("usual places").filter_map(|pair| pair.split_once('='));
    pairs.filter_map(|(name, code)| Some((folded(name), code.parse().ok()?))).collect()
});
/// Pinyin that is also an ordinary word or a name.
static NO_LATIN: LazyLock<FxHashSet<&str>> = LazyLock::new(|| set_of("no pinyin"));

/// At the end of official names: the kind of division.
static KINDS: List = List::named("ends of divisions");
/// What may be behind the last of words that are places.
static CLOSES: List = List::named("closes places");

static GAZETTEER: LazyLock<Gazetteer> = LazyLock::new(Gazetteer::load);

/// The names of the tables as they are read: in the plain form that texts have, but for the official ones,
/// which are given back.
#[derive(Default)]
struct Names {
    official: BTreeMap<u32, &'static str>,
    places: BTreeMap<String, Vec<Place>>,
    chinese: Vec<&'static str>,
}

impl Names {
    /// One more place that a name may mean.
    fn add(&mut self, name: &str, code: u32, kind: Kind) {
        let places = self.places.entry(name.to_owned()).or_default();
        if !places.iter().any(|place| place.code == code) {
            places.push(Place { code, kind });
        }
    }

    /// A row of `regions.csv`: code, official name, Pinyin.
    fn division(&mut self, line: &'static str) {
        let mut cells = line.split(',');
        let (Some(Ok(code)), Some(name)) = (cells.next().map(str::parse::<u32>), cells.next()) else {
            return;
        };
        self.official.insert(code, name);
        let name = folded(name);
        self.add(name, code, Kind::Full);
        let short = short_name(name);
        self.chinese.extend([name, short]);
        let is_shadowed = self.is_shadowed(code, short);
        if short != name && short.chars().count() >= 2 && !is_shadowed {
            self.add(short, code, Kind::Short);
        }
        // Counties of one character have a Pinyin that is anything.
        if name.chars().count() > 2 && !is_shadowed {
            let latin = cells.next().unwrap_or("").split('|');
            latin
                .filter(|pinyin| pinyin.len() >= 4 && !NO_LATIN.contains(*pinyin))
                .for_each(|pinyin| self.add(pinyin, code, Kind::Latin));
        }
    }

    /// 长沙 is the city, the county beside it is 长沙县.
    fn is_shadowed(&self, code: u32, short: &str) -> bool {
        level(code) == 2
            && self.official.get(&city(code)).is_some_and(|parent| folded(short_name(parent)) == short)
    }

    /// A row of `region_aliases.csv`: another name, code, kind.
    fn alias(&mut self, line: &'static str) {
        let mut cells = line.rsplitn(3, ',');
        let (Some(kind), Some(Ok(code)), Some(alias)) =
            (cells.next(), cells.next().map(str::parse::<u32>), cells.next())
        else {
            return;
        };
        let alias = folded(alias.trim_matches('"'));
        if !alias.is_ascii() {
            self.chinese.push(alias);
        }
        let kind = match kind {
            "zone" => Kind::Zone,
            "town" => Kind::Town,
            "english" => Kind::Latin,
            "short" if alias.chars().count() < 2 => return,
            _ => Kind::Full,
        };
        let name = if alias.is_ascii() { alias.to_lowercase() } else { alias.to_owned() };
        if kind != Kind::Latin || !NO_LATIN.contains(alias.to_lowercase().as_str()) {
            self.add(&name, code, kind);
        }
    }

    /// A word that is no place, though one is written in it.
    fn hide(&mut self, word: &str) {
        self.places.entry(word.to_owned()).or_default();
    }
}

impl Gazetteer {
    /// The one table of the program, read at its first use.
    pub fn get() -> &'static Self {
        &GAZETTEER
    }

    fn load() -> Self {
        let mut names = Names::default();
        include_str!("../tables/regions.csv").lines().skip(1).for_each(|line| names.division(line));
        include_str!("../tables/region_aliases.csv").lines().skip(1).for_each(|line| names.alias(line));
        // Longer words that hide a name: 选址山东 is no 址山.
        listed("hiding places").map(folded).for_each(|word| names.hide(word));
        let (patterns, places): (Vec<String>, Vec<Vec<Place>>) = names.places.into_iter().unzip();
        let search = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .ascii_case_insensitive(true)
            .build(&patterns)
            .ok();
        Self { search, places, names: names.official, chinese: names.chinese }
    }

    /// Names in Chinese characters in the plain form: the official ones, the short ones, aliases.
    pub fn chinese_names(&self) -> impl Iterator<Item = &'static str> {
        self.chinese.iter().copied()
    }

    /// The official names with their codes.
    #[cfg(test)]
    pub fn official(&self) -> impl Iterator<Item = (u32, &'static str)> {
        self.names.iter().map(|(code, name)| (*code, *name))
    }

    /// The official name.
    pub fn name(&self, code: u32) -> Option<&'static str> {
        self.names.get(&code).copied()
    }

    /// `江苏省/苏州市/吴江区`; the city of the four municipalities is left out.
    pub fn path(&self, code: u32) -> Option<String> {
        let own = self.name(code)?;
        let mut parts = Vec::new();
        for parent in [province(code), city(code)] {
            if parent != code {
                parts.extend(self.name(parent));
            }
        }
        parts.push(own);
        parts.dedup();
        Some(parts.join("/"))
    }

    /// The names in a piece of text: first byte, byte after, and what each may mean.
    pub fn find(&'static self, text: &str) -> impl Iterator<Item = (usize, usize, &'static [Place])> {
        let search = self.search.as_ref();
        search.into_iter().flat_map(move |search| search.find_iter(text)).filter_map(|found| {
            self.places
                .get(found.pattern().as_usize())
                .map(|places| (found.start(), found.end(), places.as_slice()))
        })
    }

    /// The name that the words are from their first to their last character.
    pub fn find_whole(&self, words: &str) -> Option<(usize, usize, &[Place])> {
        let search = self.search.as_ref()?;
        let found = search
            .find_iter(words)
            .next()
            .filter(|found| found.start() == 0 && found.end() == words.len())?;
        self.places
            .get(found.pattern().as_usize())
            .map(|places| (found.start(), found.end(), places.as_slice()))
    }

    /// Whether the words are made of names of places and nothing else.
    pub fn is_place(&'static self, words: &str) -> bool {
        let mut end = 0;
        let mut seen = false;
        for (from, to, _) in self.find(words).take(8) {
            if from != end
                && !words.get(end..from).is_some_and(|gap| {
                    gap.chars().all(|c| matches!(c, '或' | '/' | '、' | '和' | '市' | '区' | '省' | '县'))
                })
            {
                return false;
            }
            (end, seen) = (to, true);
        }
        let rest = words.get(end..).unwrap_or("");
        seen && (rest.is_empty() || CLOSES.has(rest))
    }
}

/// Whether a short name is an ordinary word.
pub fn is_ordinary(name: &str) -> bool {
    ORDINARY.contains(name)
}

/// Whether a full name is what any city calls a part of it: 老城区.
pub fn is_generic(name: &str) -> bool {
    GENERIC.contains(name)
}

/// What a shared name usually means; `Some(0)`: nobody knows.
pub fn usual(name: &str) -> Option<u32> {
    let lower = name.to_ascii_lowercase();
    USUAL.get(lower.as_str()).copied()
}

/// The code of the province.
pub fn province(code: u32) -> u32 {
    code / 10_000 * 10_000
}

/// The code of the city (prefecture).
pub fn city(code: u32) -> u32 {
    code / 100 * 100
}

/// Whether one place lies in the other (or is it).
pub fn lies_in(code: u32, parent: u32) -> bool {
    code == parent
        || parent.is_multiple_of(10_000) && province(code) == parent
        || parent.is_multiple_of(100) && city(code) == parent
}

/// Whether one of the places lies in one of the others: 深圳龙华.
pub fn lies_in_one(places: &[Place], parents: &[Place]) -> bool {
    let lies_in_it = |place: &Place| {
        parents.iter().any(|parent| parent.code != place.code && lies_in(place.code, parent.code))
    };
    places.iter().any(lies_in_it)
}

/// 0 for provinces, 1 for cities, 2 for counties and districts.
pub fn level(code: u32) -> u8 {
    if code.is_multiple_of(10_000) {
        0
    } else if code.is_multiple_of(100) {
        1
    } else {
        2
    }
}

/// The official name of a region by its code of six digits, with those of the regions around it.
pub fn region_name(code: u32) -> Option<String> {
    Gazetteer::get().path(code)
}

/// The official name without its kind of division: 苏州 of 苏州市.
pub fn short_name(name: &str) -> &str {
    let mut shorter = KINDS.words().iter().filter_map(|kind| name.strip_suffix(kind));
    shorter.find(|short| short.chars().count() >= 2).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_the_parents() {
        let places = Gazetteer::get();
        assert_eq!(places.path(320_509).as_deref(), Some("江苏省/苏州市/吴江区"));
        assert_eq!(places.path(310_117).as_deref(), Some("上海市/松江区"));
        assert_eq!(places.path(320_500).as_deref(), Some("江苏省/苏州市"));
        assert_eq!(places.path(310_000).as_deref(), Some("上海市"));
        assert!(places.search.is_some());
    }

    #[test]
    fn places_and_other_words() {
        let places = Gazetteer::get();
        assert!(places.is_place("天津武清") && places.is_place("黄陂或江夏"));
        assert!(!places.is_place("甲乙涂装"));
        assert!(lies_in(320_509, 320_000) && lies_in(320_509, 320_500) && !lies_in(320_509, 310_000));
    }
}
