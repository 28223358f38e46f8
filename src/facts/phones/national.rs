//! The numbering plan of China: mobiles, area codes with seven or eight digits behind, hotlines, and the
//! groupings that people write. Rows of digits in a text are walked through in `phones.rs`.

use crate::facts::phones::cluster::Group;
use crate::facts::phones::number::Kind;
pub use crate::kernel::phone::is_mobile;
use crate::kernel::phone::{area_code, is_landline};

/// The digits as a number of China, if their grouping is one that people use.
pub fn national(digits: &str, sizes: &[usize], groups: &[Group], free: bool) -> Option<(String, Kind)> {
    let dotted = groups.iter().skip(1).any(|group| group.dotted);
    // 1 3 8-0000-1234: digits one by one at the beginning are one group.
    let singles = sizes.iter().take_while(|size| **size == 1).count();
    let merged: Vec<usize> = if singles > 1 && singles < sizes.len() {
        std::iter::once(singles).chain(sizes.iter().skip(singles).copied()).collect()
    } else {
        sizes.to_vec()
    };
    if is_mobile(digits) {
        // 1 650 253 0000: North America's country code set apart.
        if sizes.first() == Some(&1) && matches!(sizes.len(), 2..=4) {
            return None;
        }
        let spoken = free && singles > 1 && matches!(merged.as_slice(), [3, 4, 4] | [3, 8] | [7, 4]);
        let usual = matches!(sizes, [11] | [3, 4, 4] | [3, 3, 5] | [3, 8] | [7, 4] | [3, 5, 3]);
        let spelled = sizes.len() == 11
            || sizes.iter().all(|size| *size <= 2)
            || matches!(
                sizes,
                [3, 4, 2, 2] | [3, 2, 2, 2, 2] | [4, 4, 3] | [4, 3, 4] | [5, 6] | [3, 2, 3, 3] | [3, 3, 3, 2]
            );
        return (usual && (!dotted || sizes.len() <= 3) || spoken || spelled && free && !dotted)
            .then(|| (format!("+86{digits}"), Kind::Mobile));
    }
    // In Germany and elsewhere mobiles begin with 015 to 017.
    if digits.get(1..).is_some_and(is_mobile)
        && ["013", "018", "019"].iter().any(|start| digits.starts_with(start))
        && sizes == [12]
    {
        return Some((format!("+86{}", digits.get(1..)?), Kind::Mobile));
    }
    if dotted && sizes.len() > 3 {
        return None;
    }
    if digits.starts_with('0') {
        let area = area_code(digits)?;
        // Eleven digits in one piece may be a mobile of half the world, unless a Chinese word says that it is
        // a phone.
        let is_landline_here = groups.first().is_some_and(|group| group.labelled_in_chinese);
        let is_whole = digits.len() == area + 8 && (sizes.len() == 1 || matches!(sizes, [11, 1]));
        let split = sizes.first() == Some(&area) || is_whole || sizes.len() == 1 && is_landline_here;
        return (is_landline(digits, area) && split)
            .then(|| (format!("+86{}", digits.get(1..).unwrap_or("")), Kind::Fixed));
    }
    // Behind +86 the zero of the area code is left out.
    if free && groups.first().is_some_and(|group| group.after_86) {
        let zeroed = format!("0{digits}");
        let area = area_code(&zeroed)?;
        if is_landline(&zeroed, area) && (sizes.first() == Some(&(area - 1)) || sizes.len() == 1) {
            return Some((format!("+86{digits}"), Kind::Fixed));
        }
    }
    let hotline = digits.len() == 10 && (digits.starts_with("400") || digits.starts_with("800"));
    let usual = matches!(sizes, [3, 3, 4] | [3, 4, 3] | [3, 7] | [4, 3, 3] | [3, 2, 2, 3] | [6, 4])
        || sizes == [10] && groups.first().is_some_and(|group| group.labelled);
    (hotline && usual).then(|| (format!("+86{digits}"), Kind::Fixed))
}
