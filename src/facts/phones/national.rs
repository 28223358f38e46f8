//! The numbering plan of China: mobiles, area codes with seven or eight digits behind, hotlines, and the
//! groupings that people write. Rows of digits in a text are walked through in `number.rs`.

use crate::facts::phones::cluster::Group;
use crate::facts::phones::model::Kind;
use crate::kernel::phone::{area_code, is_landline, is_mobile};

/// How mobiles begin that a zero may be dialled before: in Germany and elsewhere they begin with 015 to 017.
const ZEROED_MOBILES: [&str; 3] = ["013", "018", "019"];

/// A row of digits as it is grouped.
struct Row<'g> {
    digits: &'g str,
    sizes: &'g [usize],
    groups: &'g [Group],
    /// Nothing is in a row before it.
    free: bool,
}

/// The digits as a number of China, if their grouping is one that people use.
pub fn national(digits: &str, sizes: &[usize], groups: &[Group], free: bool) -> Option<(String, Kind)> {
    let row = Row { digits, sizes, groups, free };
    let china = |digits: &str, kind| Some((format!("+86{digits}"), kind));
    if is_mobile(digits) {
        return if row.is_mobile_grouped() { china(digits, Kind::Mobile) } else { None };
    }
    if let Some(mobile) = row.mobile_behind_zero() {
        return china(mobile, Kind::Mobile);
    }
    if row.is_dotted() && sizes.len() > 3 {
        return None;
    }
    if let Some(rest) = digits.strip_prefix('0') {
        return if row.is_landline_grouped(area_code(digits)?) { china(rest, Kind::Fixed) } else { None };
    }
    if free && groups.first().is_some_and(|group| group.after_86) {
        let zeroed = format!("0{digits}");
        if row.is_landline_behind_86(&zeroed, area_code(&zeroed)?) {
            return china(digits, Kind::Fixed);
        }
    }
    if row.is_hotline() { china(digits, Kind::Fixed) } else { None }
}

impl<'g> Row<'g> {
    /// Whether a point parts two of its groups.
    fn is_dotted(&self) -> bool {
        self.groups.iter().skip(1).any(|group| group.dotted)
    }

    /// Whether the groups of a mobile are those that people write.
    fn is_mobile_grouped(&self) -> bool {
        !self.is_of_north_america()
            && (self.is_usual_mobile() || self.is_read_out_in_part() || self.is_spelled_mobile())
    }

    /// 1 650 253 0000: North America's country code set apart.
    fn is_of_north_america(&self) -> bool {
        self.sizes.first() == Some(&1) && matches!(self.sizes.len(), 2..=4)
    }

    /// 138 0000 1234
    fn is_usual_mobile(&self) -> bool {
        let usual = matches!(self.sizes, [11] | [3, 4, 4] | [3, 3, 5] | [3, 8] | [7, 4] | [3, 5, 3]);
        usual && (!self.is_dotted() || self.sizes.len() <= 3)
    }

    /// 1 3 8-0000-1234: digits one by one at the beginning are one group.
    fn is_read_out_in_part(&self) -> bool {
        let singles = self.sizes.iter().take_while(|size| **size == 1).count();
        let rest = self.sizes.get(singles..).unwrap_or_default();
        self.free && singles > 1 && matches!((singles, rest), (3, [4, 4] | [8]) | (7, [4]))
    }

    /// 1 3 8 0 0 …, 13 80 00 01 23 4: in many groups, with nothing else around.
    fn is_spelled_mobile(&self) -> bool {
        let in_many = self.sizes.len() == 11
            || self.sizes.iter().all(|size| *size <= 2)
            || matches!(
                self.sizes,
                [3, 4, 2, 2] | [3, 2, 2, 2, 2] | [4, 4, 3] | [4, 3, 4] | [5, 6] | [3, 2, 3, 3] | [3, 3, 3, 2]
            );
        in_many && self.free && !self.is_dotted()
    }

    /// 013800001234: a mobile as it is dialled from another city.
    fn mobile_behind_zero(&self) -> Option<&'g str> {
        let mobile = self.digits.get(1..).filter(|rest| is_mobile(rest))?;
        let begins = ZEROED_MOBILES.iter().any(|start| self.digits.starts_with(start));
        (begins && self.sizes == [12]).then_some(mobile)
    }

    /// Whether a number with its area code is grouped as people write it. Eleven digits in one piece may be a
    /// mobile of half the world, unless a Chinese word says that it is a phone.
    fn is_landline_grouped(&self, area: usize) -> bool {
        let is_named = self.groups.first().is_some_and(|group| group.labelled_in_chinese);
        let is_whole =
            self.digits.len() == area + 8 && (self.sizes.len() == 1 || matches!(self.sizes, [11, 1]));
        let is_split = self.sizes.first() == Some(&area);
        is_landline(self.digits, area) && (is_split || is_whole || self.sizes.len() == 1 && is_named)
    }

    /// Behind +86 the zero of the area code is left out.
    fn is_landline_behind_86(&self, zeroed: &str, area: usize) -> bool {
        is_landline(zeroed, area) && (self.sizes.first() == Some(&(area - 1)) || self.sizes.len() == 1)
    }

    /// 400-000-1234
    fn is_hotline(&self) -> bool {
        let usual = matches!(self.sizes, [3, 3, 4] | [3, 4, 3] | [3, 7] | [4, 3, 3] | [3, 2, 2, 3] | [6, 4])
            || self.sizes == [10] && self.groups.first().is_some_and(|group| group.labelled);
        self.digits.len() == 10 && (self.digits.starts_with("400") || self.digits.starts_with("800")) && usual
    }
}
