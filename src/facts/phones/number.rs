//! Phone numbers in a text: mobiles, landlines with extension, hotlines, numbers abroad, numbers run
//! together. When in doubt there is none: a wrong number costs more than a missing one. Numerals read out are
//! in `spoken.rs`.

use std::collections::BTreeSet;

use phonenumber::Mode;
use phonenumber::country::Id::CN;

use crate::facts::phones::cluster::{self, Cluster, Group};
use crate::facts::phones::domestic::chinese;
pub use crate::facts::phones::model::{Kind, Phone};
use crate::facts::phones::spoken;
use crate::facts::phones::veto::is_vetoed;
use crate::facts::text::mask::{Code, Mask};
use crate::facts::text::normal::{Normal, Span, is_han};
use crate::kernel::phone::is_mobile;

/// The model holds at most so many.
const MAX: usize = 20;
/// Numbers looked at in one text; some of them are nobody's.
const LOOKED_AT: usize = 200;
/// Calls to the metadata of numbers abroad in one text.
const LOOKUPS: usize = 40;

/// The numbers in their order, each once; those in `elsewhere` are nobody's. The places of all are masked.
pub fn find(page: &Normal<'_>, mask: &mut Mask, elsewhere: &[Span]) -> Vec<Phone> {
    let mut search = Search { page, found: Vec::new(), seen: BTreeSet::new(), lookups: 0 };
    let mut at = 0;
    while at < page.text().len() && search.found.len() < LOOKED_AT {
        let cluster = cluster::next(page, at);
        let Some(cluster) = cluster else { break };
        at = cluster.span.end.max(at + 1);
        let masked = cluster.groups.iter().any(|group| mask.touches(group.span));
        if masked {
            let groups = cluster.groups.iter().filter(|group| !mask.touches(group.span)).cloned().collect();
            search.cluster(&Cluster { groups, ..cluster });
        } else {
            search.cluster(&cluster);
        }
    }
    for spoken in spoken::find(page) {
        if !mask.touches(spoken.span)
            && !search.found.iter().any(|phone| phone.span.touches(spoken.span))
            && !is_vetoed(page, spoken.span)
        {
            search.push(spoken);
        }
    }
    let mut found = search.found;
    found.sort_by_key(|phone| phone.span);
    let mut seen = BTreeSet::new();
    for phone in &found {
        mask.add(phone.span, Code::Phone);
    }
    found.retain(|phone| {
        !elsewhere.iter().any(|span| span.touches(phone.span)) && seen.insert(phone.e164.clone())
    });
    found.truncate(MAX);
    found
}

struct Search<'p, 's> {
    page: &'p Normal<'s>,
    found: Vec<Phone>,
    seen: BTreeSet<usize>,
    lookups: usize,
}

impl Search<'_, '_> {
    fn push(&mut self, phone: Phone) {
        if self.seen.insert(phone.span.start) && self.found.len() < LOOKED_AT {
            self.found.push(phone);
        }
    }

    /// Reads a cluster from its beginning; groups that are no part of a number are passed if a blank parts
    /// them from it.
    fn cluster(&mut self, cluster: &Cluster) {
        let mut rest = cluster.groups.as_slice();
        let mut passed: usize = 0;
        while !rest.is_empty() && self.found.len() < MAX {
            let at = cluster.groups.len() - rest.len();
            let before = cluster.groups.get(at.saturating_sub(1)).filter(|_| passed > 0);
            match self.number(rest, before) {
                Some(used) => {
                    rest = rest.get(used..).unwrap_or(&[]);
                    passed = 0;
                }
                None => {
                    // An account such as 6222 0200 … has groups that look like the beginning of a number.
                    passed += 1;
                    if passed > 3 {
                        return;
                    }
                    rest = rest.get(1..).unwrap_or(&[]);
                }
            }
        }
    }

    /// The number at the beginning of the groups: how many of them it uses.
    fn number(&mut self, groups: &[Group], before: Option<&Group>) -> Option<usize> {
        let first = groups.first()?;
        let in_row = before.is_some();
        if in_row && !first.parted {
            return None;
        }
        if first.plus
            || first.digits.starts_with("00") && !first.digits.starts_with("0086")
            || first.digits.starts_with("0086")
        {
            return self.international(groups);
        }
        if first.digits == "86"
            && groups.len() > 1
            && !in_row
            && let Some((used, mut phone)) = groups.get(1..).and_then(|rest| chinese(self.page, rest, true))
        {
            phone.span = first.span.to(phone.span);
            self.take(phone);
            return Some(used + 1);
        }
        if first.digits.len() == 13 && first.digits.starts_with("861") && is_mobile(first.digits.get(2..)?) {
            let phone = Phone {
                e164: format!("+{}", first.digits),
                span: first.span,
                kind: Kind::Mobile,
                extension: None,
            };
            self.take(phone);
            return Some(1);
        }
        if let Some(many) = run_together(first) {
            for phone in many {
                self.take(phone);
            }
            return Some(1);
        }
        let (used, phone) = chinese(self.page, groups, !in_row)?;
        if used > 1 && (before.is_some_and(is_single) || self.goes_on(groups, used)) {
            return None;
        }
        self.take(phone);
        Some(used)
    }

    /// 136 1111 2222 3: a digit too many, unless it counts what the words behind it name.
    fn goes_on(&self, groups: &[Group], used: usize) -> bool {
        let next = groups.get(used).filter(|next| is_single(next) && next.parted && !next.plus);
        next.is_some_and(|next| {
            let rest = self.page.after(next.span.end, 2).trim_start();
            groups.len() == used + 1
                && !rest.starts_with(|c: char| is_han(c) || c.is_ascii_alphabetic() || c == '、')
        })
    }

    /// Keeps a number unless the words around say that it is something else.
    fn take(&mut self, mut phone: Phone) {
        if !is_vetoed(self.page, phone.span) {
            // (0512)6000 0009: the bracket belongs to it.
            let opens = phone
                .span
                .start
                .checked_sub(1)
                .filter(|_| self.page.char_before(phone.span.start) == Some('('));
            if let Some(start) = opens.filter(|_| self.page.cut(phone.span).contains(')')) {
                phone.span.start = start;
            }
            self.push(phone);
        }
    }

    /// A number after `+` or `00`.
    fn international(&mut self, groups: &[Group]) -> Option<usize> {
        let first = groups.first()?;
        let digits = if first.plus { first.digits.as_str() } else { first.digits.strip_prefix("00")? };
        if let Some(rest) = digits.strip_prefix("86") {
            return self.after_86(groups, rest);
        }
        if digits.is_empty() && groups.get(1).is_some_and(|group| group.digits == "86") {
            let used = self.after_86(groups.get(1..)?, "")?;
            return Some(used + 1);
        }
        self.abroad(groups)
    }

    /// A number abroad: of as many of the groups as are one.
    fn abroad(&mut self, groups: &[Group]) -> Option<usize> {
        let first = groups.first()?;
        let together = until_next_plus(groups);
        let mut plausible = None;
        for count in (1..=together.len()).rev() {
            let used = together.get(..count)?;
            let number = digits_abroad(used)?;
            if !(8..=15).contains(&number.len()) || self.lookups >= LOOKUPS {
                continue;
            }
            self.lookups += 1;
            let Ok(parsed) = phonenumber::parse(Some(CN), format!("+{number}")) else { continue };
            // Behind a + all the digits of a plausible length are a number, though the plan of its country
            // may not hold it (yet).
            let whole = count == together.len() && first.plus && (10..=14).contains(&number.len());
            let is_valid = phonenumber::is_valid(&parsed);
            if !is_valid && !whole {
                continue;
            }
            let last = used.last()?;
            let e164 = parsed.format().mode(Mode::E164).to_string();
            let (extension, _) = cluster::extension(self.page, last.span.end);
            let phone = Phone { e164, span: first.span.to(last.span), kind: Kind::Abroad, extension };
            if is_valid {
                self.take(phone);
                return Some(count);
            }
            plausible = Some((count, phone));
        }
        let (count, phone) = plausible?;
        self.take(phone);
        Some(count)
    }

    /// What follows +86: the rest of the first group, then the others.
    fn after_86(&mut self, groups: &[Group], rest: &str) -> Option<usize> {
        let first = groups.first()?;
        let (used, mut phone) = if rest.is_empty() {
            let (used, phone) = chinese(self.page, groups.get(1..)?, true)?;
            (used + 1, phone)
        } else {
            let mut own = groups.to_vec();
            let head = own.first_mut()?;
            head.digits = rest.to_owned();
            chinese(self.page, &own, true)?
        };
        phone.span = first.span.to(phone.span);
        self.take(phone);
        Some(used)
    }
}

/// The groups of one number abroad at most: up to the next `+`.
fn until_next_plus(groups: &[Group]) -> &[Group] {
    let end = groups.iter().skip(1).position(|group| group.plus).map_or(groups.len(), |next| next + 1);
    groups.get(..end.min(7)).unwrap_or_default()
}

/// The digits of a number abroad, without 00. +44 (0)20: the zero in brackets is for calls within the
/// country.
fn digits_abroad(groups: &[Group]) -> Option<String> {
    let plus = groups.first()?.plus;
    let mut number: String = groups.iter().map(|group| group.digits.as_str()).collect();
    if !plus {
        number = number.strip_prefix("00")?.to_owned();
    }
    let Some(zero) = groups.iter().skip(1).find(|group| group.digits == "0") else { return Some(number) };
    let digits_before = groups.iter().take_while(|group| group.span.start < zero.span.start);
    let before: usize = digits_before.map(|group| group.digits.len()).sum();
    let before = if plus { before } else { before.saturating_sub(2) };
    Some(format!("{}{}", number.get(..before)?, number.get(before + 1..)?))
}

/// A digit for itself, which may belong to the groups beside it.
fn is_single(group: &Group) -> bool {
    group.digits.len() == 1
}

/// Two to six mobiles without a sign between them.
fn run_together(group: &Group) -> Option<Vec<Phone>> {
    let length = group.digits.len();
    if !length.is_multiple_of(11) || !(22..=66).contains(&length) {
        return None;
    }
    let mut phones = Vec::new();
    let mut start = 0;
    while start < length {
        let digits = group.digits.get(start..start + 11).filter(|digits| is_mobile(digits))?;
        let span = Span::new(group.span.start + start, group.span.start + start + 11);
        phones.push(Phone { e164: format!("+86{digits}"), span, kind: Kind::Mobile, extension: None });
        start += 11;
    }
    Some(phones)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(text: &str) -> Vec<String> {
        let page = Normal::of(text);
        let mut mask = Mask::of(&page);
        find(&page, &mut mask, &[]).into_iter().map(|phone| phone.e164).collect()
    }

    #[test]
    fn ways_to_write_a_number() {
        for (text, expected) in [
            ("电话13800001234", "+8613800001234"),
            ("电话=13800001234", "+8613800001234"),
            ("138 0000 1234", "+8613800001234"),
            ("138-0000-1234", "+8613800001234"),
            ("138.0000.1234", "+8613800001234"),
            ("1 3 8 0 0 0 0 1 2 3 4", "+8613800001234"),
            ("+86 138 0000 1234", "+8613800001234"),
            ("0086-13800001234", "+8613800001234"),
            ("(86)13800001234", "+8613800001234"),
            ("（+86）138 0000 1234", "+8613800001234"),
            ("86-138-0000-1234", "+8613800001234"),
            ("8613800001234", "+8613800001234"),
            ("１３８００００１２３４", "+8613800001234"),
            ("一三八零零零零一二三四", "+8613800001234"),
            ("幺三八洞洞洞洞幺两三四", "+8613800001234"),
            ("021-50000009", "+862150000009"),
            ("(0512)60000009", "+8651260000009"),
            ("0512 6000 0009", "+8651260000009"),
            ("051260000009", "+8651260000009"),
            ("+86 21 5000 0009", "+862150000009"),
            ("+86-512-6000 0009", "+8651260000009"),
            ("+86 (0)21 5000 0009", "+862150000009"),
            ("400-000-1234", "+864000001234"),
            ("+49 30 23125 017", "+493023125017"),
            ("+1 202-555-0143.", "+12025550143"),
            ("+44 (0)20 7946 0018", "+442079460018"),
            ("Tel13800001234", "+8613800001234"),
            ("+81 90-0000-1212", "+819000001212"),
            ("+65 6000 0034 3000平", "+6560000034"),
            ("电话13800001234.0", "+8613800001234"),
            ("17000001234-5678", "+8617000001234"),
            ("0512-60000009*801", "+8651260000009"),
            ("١٣٨٠٠٠٠١٢٣٤", "+8613800001234"),
            ("१३८००००१२३४", "+8613800001234"),
            ("\u{202d}138\u{200b}0000\u{ad}1234\u{2069}", "+8613800001234"),
            ("座机05376000123", "+865376000123"),
            ("0537-6000123", "+865376000123"),
            ("面积3000 13800001234", "+8613800001234"),
            ("138 0000 1234 2栋", "+8613800001234"),
            ("138 0000 1234 3000平", "+8613800001234"),
            ("1 13800001234", "+8613800001234"),
        ] {
            assert_eq!(numbers(text), [expected], "{text}");
        }
        assert_eq!(
            numbers("138000012341390000567815000009999"),
            ["+8613800001234", "+8613900005678", "+8615000009999"]
        );
        assert_eq!(numbers("0512-60000009 / 13800001234"), ["+8651260000009", "+8613800001234"]);
    }

    #[test]
    fn extensions() {
        let page = Normal::of(
            "0512-60000009转808，021-5000 0003-8012，010-60000009 ext. \
            12，0512-60000008*801，17000001234-5678，17000001235转9012",
        );
        let mut mask = Mask::of(&page);
        let extensions: Vec<_> =
            find(&page, &mut mask, &[]).into_iter().filter_map(|phone| phone.extension).collect();
        assert_eq!(extensions, ["808", "8012", "12", "801", "5678", "9012"]);
    }

    #[test]
    fn no_numbers() {
        for text in [
            "订单号13800001234",
            "账号6222 0000 1380 0001 234",
            "身份证320500199001010000",
            "913205000000T0000Q",
            "139.196.10.255",
            "2026-03-01",
            "138****1234",
            "138000012345",
            "1380000123",
            "l38oooo1234",
            "注册资本13800001234元",
            "wx13800001234",
            "tel=13800001234&x=1",
            "微信号：13800001234",
            "104板块",
            "3000-5000平方米",
            "QQ 1380000123",
            "1380000123O",
            "13800001234O",
            "1.38000012e10",
            "13800001234.5",
            "my mobile is 07912345678",
            "07911 123456",
            "415-555-2671",
            "(415) 555-2671",
            "1 415 555 2671",
            "1-650-253-0000",
            "14155552671",
            "090-2345-6789",
            "015123456789",
            "2123 4567",
            "852 2123 4567",
            "138001*2345",
            "136 1111 2222 3",
            "1 137 1234 5678",
            "0 138 0013 8000 1",
            "1 (800) 555-1299",
            "1 800 555 1234",
            "1 400 555 1234",
        ] {
            assert_eq!(numbers(text), Vec::<String>::new(), "{text}");
        }
        assert_eq!(numbers("微信/手机:13800001234"), ["+8613800001234"]);
    }
}
