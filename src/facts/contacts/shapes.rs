//! Groups of digits that are written as phone numbers are, so surely that no unit behind them says otherwise.
//! Looser rows are judged in `numbers.rs`.

use super::rows::{Gap, Group};
use crate::kernel::phone::{area_code, is_landline, is_mobile};

/// Groups and digits of one number at most, with the country's code.
const GROUPS_MAX: usize = 14;
const DIGITS_MAX: usize = 16;
/// In so many groups no area and no sum is written.
const SINGLE: usize = 8;
/// So many noughts at the end are a sum's.
const NOUGHTS: &str = "00000";

/// How many of the groups from the first on are surely one number. `counts`: whether a unit is behind a
/// group.
pub fn number_of(groups: &[Group], counts: impl Fn(&Group) -> bool) -> Option<usize> {
    let mut digits = String::new();
    let mut best = None;
    let mut is_tight = true;
    for (place, group) in groups.iter().take(GROUPS_MAX).enumerate() {
        if place > 0 && matches!(group.gap, Gap::First | Gap::Range) {
            break;
        }
        is_tight &= place == 0 || group.gap.is_tight();
        digits.push_str(&group.digits);
        if digits.len() > DIGITS_MAX || !may_begin(&digits) {
            break;
        }
        // Before its tenth digit no number ends.
        if digits.len() < 10 {
            continue;
        }
        let row = Row { groups: groups.get(..=place)?, is_tight };
        if row.is_number(&digits, || counts(group)) {
            best = Some(place + 1);
        }
    }
    best
}

/// Whether a number of China may begin so: 013…, 0512, 0086, 138…, 86, 400, 800.
fn may_begin(digits: &str) -> bool {
    let mut head = digits.bytes();
    match (head.next(), head.next()) {
        (_, None) | (Some(b'0'), _) => true,
        (Some(b'1'), Some(second)) => second >= b'3',
        (Some(b'8'), Some(second)) => matches!(second, b'0' | b'6'),
        (Some(b'4'), Some(second)) => second == b'0',
        _ => false,
    }
}

struct Row<'g> {
    groups: &'g [Group],
    is_tight: bool,
}

impl Row<'_> {
    fn is_number(&self, digits: &str, counts: impl Fn() -> bool) -> bool {
        let (national, skipped) = without_86(digits, self.groups);
        if is_mobile(national) {
            return self.is_mobile(national, &sizes(self.groups, skipped), counts);
        }
        let is_spaced = skipped == 0
            && self.groups.len() > 1
            && self.groups.first().is_some_and(|first| first.size() < 2);
        if !self.is_tight || is_spaced {
            return false;
        }
        let sizes = sizes(self.groups, skipped);
        let is_hotline = national.len() == 10
            && (national.starts_with("400") || national.starts_with("800"))
            && matches!(
                sizes.as_slice(),
                [10] | [3, 7] | [3, 3, 4] | [3, 4, 3] | [4, 3, 3] | [6, 4] | [3, 2, 2, 3]
            );
        if is_hotline {
            return !counts() && !national.ends_with("000000");
        }
        let may_have_area = matches!(sizes.as_slice(), [_] | [2..=4, ..]);
        let Some(area) = may_have_area.then(|| area_code(national)).flatten() else { return false };
        is_landline(national, area) && (sizes.first() == Some(&area) || sizes.len() == 1)
    }

    fn is_mobile(&self, digits: &str, sizes: &[usize], counts: impl Fn() -> bool) -> bool {
        match sizes {
            [11] => !(digits.ends_with(NOUGHTS) && counts()),
            [3, 4, 4] | [3, 8] => true,
            [3, ..] if self.is_tight => true,
            [7, ..] if self.is_tight => !counts(),
            // 1、3、8、…: one after the other they count something, such as floors.
            _ if sizes.len() >= SINGLE => !self.is_ascending(),
            _ => sizes.iter().all(|size| *size <= 3) && !counts() && !self.is_ascending(),
        }
    }

    fn is_ascending(&self) -> bool {
        self.groups.len() > 4 && self.groups.is_sorted_by(|a, b| a.value() < b.value())
    }
}

/// The digits without 86 or 0086, and how many digits that are.
fn without_86<'d>(digits: &'d str, groups: &[Group]) -> (&'d str, usize) {
    let codes: &[&str] = &["0086", "086", "86"];
    let apart = groups.first().is_some_and(|first| codes.contains(&first.digits.as_str()));
    let code = codes.iter().find_map(|code| Some((digits.strip_prefix(code)?, code.len())));
    code.filter(|(rest, _)| apart || is_mobile(rest)).unwrap_or((digits, 0))
}

/// The sizes of the groups without the first so many digits.
fn sizes(groups: &[Group], mut skipped: usize) -> Vec<usize> {
    let mut sizes = Vec::with_capacity(groups.len());
    for group in groups {
        let size = group.size().saturating_sub(skipped);
        skipped = skipped.saturating_sub(group.size());
        if size > 0 {
            sizes.push(size);
        }
    }
    sizes
}
