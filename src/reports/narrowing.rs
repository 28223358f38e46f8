//! The filters of a report: which inquiries it is about, by what they were as of its moment.
//! How they arrive in a query string is in `query.rs`; what somebody may see is decided by their scope.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::Arc;

use super::history::{Case, Interner, Symbol, Symbols};
use crate::facts::NeedKind;
use crate::inquiries::Filter;
use crate::kernel::id::{FormId, InquiryId, TeamId, UserId};

/// Filters as they are asked for. An empty list asks for nothing.
#[derive(Debug, Clone, Default)]
pub struct Narrowing {
    /// None: nobody's.
    pub owners: Vec<Option<UserId>>,
    pub teams: Vec<Option<TeamId>>,
    pub forms: Vec<Option<FormId>>,
    pub need_kinds: Vec<NeedKind>,
    pub channels: Vec<String>,
    pub utm_sources: Vec<String>,
    pub utm_mediums: Vec<String>,
    pub utm_campaigns: Vec<String>,
    /// The first digits of codes.
    pub regions: Vec<String>,
    pub industries: Vec<String>,
    /// Other conditions of the list of inquiries, by the present value.
    pub present: Filter,
}

/// The same with numbers for ids and words, ready to be asked often.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Resolved {
    owners: Wanted<Option<Symbol>>,
    teams: Wanted<Option<Symbol>>,
    forms: Wanted<Option<Symbol>>,
    channels: Wanted<Symbol>,
    utm_sources: Wanted<Option<Symbol>>,
    utm_mediums: Wanted<Option<Symbol>>,
    utm_campaigns: Wanted<Option<Symbol>>,
    need_kinds: Wanted<Option<NeedKind>>,
    /// Prefixes.
    industries: Vec<String>,
    regions: Vec<Range>,
    asks_for_regions: bool,
    inquiries: Option<Arc<HashSet<InquiryId>>>,
}

/// A number that nothing has.
const NOBODYS: Symbol = Symbol::MAX;

/// Any of some values; none: whatever.
type Wanted<T> = Option<Vec<T>>;

/// Codes from the first to the last.
type Range = (u32, u32);

impl Narrowing {
    /// Gives numbers to all that is asked for, before the inquiries are known.
    pub fn intern(&self, symbols: &mut Symbols) {
        symbols.users.know(self.owners.iter().flatten());
        symbols.teams.know(self.teams.iter().flatten());
        symbols.forms.know(self.forms.iter().flatten());
        let words = [&self.channels, &self.utm_sources, &self.utm_mediums, &self.utm_campaigns];
        symbols.words.know(words.into_iter().flatten());
    }

    /// `inquiries` are those that fit the present conditions, if there are such. A value that no inquiry has
    /// gets a number that none has.
    pub fn resolve(&self, symbols: &Symbols, inquiries: Option<Arc<HashSet<InquiryId>>>) -> Resolved {
        let words = |words: &[String]| {
            let symbol = |word: &String| symbols.words.get(word).unwrap_or(NOBODYS);
            wanted(words, words.iter().map(symbol).collect())
        };
        let some = |found: Wanted<Symbol>| found.map(|found| found.into_iter().map(Some).collect());
        Resolved {
            owners: ids(&self.owners, &symbols.users),
            teams: ids(&self.teams, &symbols.teams),
            forms: ids(&self.forms, &symbols.forms),
            channels: words(&self.channels),
            utm_sources: some(words(&self.utm_sources)),
            utm_mediums: some(words(&self.utm_mediums)),
            utm_campaigns: some(words(&self.utm_campaigns)),
            need_kinds: wanted(&self.need_kinds, self.need_kinds.iter().copied().map(Some).collect()),
            industries: self.industries.clone(),
            regions: self.regions.iter().filter_map(|prefix| range(prefix)).collect(),
            asks_for_regions: !self.regions.is_empty(),
            inquiries,
        }
    }
}

/// What is looked for, unless nothing was asked for.
fn wanted<A, T>(asked: &[A], found: Vec<T>) -> Wanted<T> {
    (!asked.is_empty()).then_some(found)
}

/// The numbers of ids.
fn ids<T: Clone + Eq + Hash>(ids: &[Option<T>], symbols: &Interner<T>) -> Wanted<Option<Symbol>> {
    let symbol = |id: &T| symbols.get(id).unwrap_or(NOBODYS);
    wanted(ids, ids.iter().map(|id| id.as_ref().map(symbol)).collect())
}

/// The codes of six digits that begin with these.
fn range(prefix: &str) -> Option<Range> {
    let first: u32 = prefix.parse().ok()?;
    let left = u32::try_from(6_usize.checked_sub(prefix.len())?).ok()?;
    let step = 10_u32.checked_pow(left)?;
    Some((first.checked_mul(step)?, first.checked_add(1)?.checked_mul(step)?.checked_sub(1)?))
}

fn has<T: PartialEq>(wanted: &Wanted<T>, value: T) -> bool {
    wanted.as_ref().is_none_or(|wanted| wanted.contains(&value))
}

impl Resolved {
    /// Itself, unless it asks for what inquiries are at present: that may be others the next time.
    pub fn comparable(&self) -> Option<Self> {
        self.inquiries.is_none().then(|| self.clone())
    }

    /// Whether an inquiry as of a moment fits.
    pub fn fits(&self, case: &Case, symbols: &Symbols) -> bool {
        let (origin, about) = (&case.start.origin, &case.start.wanted);
        has(&self.owners, case.owner)
            && has(&self.teams, case.team)
            && has(&self.forms, origin.form)
            && has(&self.channels, origin.channel)
            && has(&self.utm_sources, origin.utm_source)
            && has(&self.utm_mediums, origin.utm_medium)
            && has(&self.utm_campaigns, origin.utm_campaign)
            && has(&self.need_kinds, about.need_kind)
            && self.is_of_industry(about.industry, symbols)
            && self.is_in_region(about.region)
            && self.inquiries.as_ref().is_none_or(|those| those.contains(&case.inquiry))
    }

    fn is_of_industry(&self, industry: Option<Symbol>, symbols: &Symbols) -> bool {
        let begins = |code: &str| self.industries.iter().any(|prefix| code.starts_with(prefix.as_str()));
        self.industries.is_empty() || industry.is_some_and(|code| begins(symbols.word_of(code)))
    }

    fn is_in_region(&self, region: Option<u32>) -> bool {
        let lies = |code: u32| self.regions.iter().any(|(first, last)| (*first..=*last).contains(&code));
        !self.asks_for_regions || region.is_some_and(lies)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_holds_the_codes_that_begin_with_it() {
        assert_eq!(range("32"), Some((320_000, 329_999)));
        assert_eq!(range("320583"), Some((320_583, 320_583)));
        assert_eq!(range("0"), Some((0, 99_999)));
        assert_eq!(range("3205831"), None);
    }
}
