//! The numbering plan of China: mobiles, area codes with seven or eight digits behind, hotlines, and the groupings that people write.
//! Rows of digits in a text are walked through in `phones.rs`.

use super::cluster::Group;
use super::phones::Kind;

/// Eleven digits from 13 to 19.
pub fn is_mobile(digits: &str) -> bool {
    let mut head = digits.bytes();
    digits.len() == 11 && head.next() == Some(b'1') && matches!(head.next(), Some(b'3'..=b'9'))
}

/// The digits as a number of China, if their grouping is one that people use.
pub fn national(digits: &str, sizes: &[usize], groups: &[Group], free: bool) -> Option<(String, Kind)> {
    let dotted = groups.iter().skip(1).any(|group| group.dotted);
    // 1 3 8-0000-1234: digits one by one at the beginning are one group.
    let singles = sizes.iter().take_while(|size| **size == 1).count();
    let merged: Vec<usize> =
        if singles > 1 && singles < sizes.len() { std::iter::once(singles).chain(sizes.iter().skip(singles).copied()).collect() } else { sizes.to_vec() };
    if is_mobile(digits) {
        let spoken = free && singles > 1 && matches!(merged.as_slice(), [3, 4, 4] | [3, 8] | [7, 4]);
        let usual = matches!(sizes, [11] | [3, 4, 4] | [3, 3, 5] | [3, 8] | [7, 4] | [3, 5, 3]);
        let spelled = sizes.len() == 11
            || sizes.iter().all(|size| *size <= 2)
            || matches!(sizes, [3, 4, 2, 2] | [3, 2, 2, 2, 2] | [4, 4, 3] | [4, 3, 4] | [5, 6] | [3, 2, 3, 3] | [3, 3, 3, 2]);
        return (usual && (!dotted || sizes.len() <= 3) || spoken || spelled && free && !dotted).then(|| (format!("+86{digits}"), Kind::Mobile));
    }
    if digits.len() == 12 && digits.starts_with('0') && digits.get(1..).is_some_and(is_mobile) && sizes == [12] {
        return Some((format!("+86{}", digits.get(1..)?), Kind::Mobile));
    }
    if dotted && sizes.len() > 3 {
        return None;
    }
    if digits.starts_with('0') {
        let area = area_code(digits)?;
        let subscriber = digits.get(area..)?;
        let good = (subscriber.len() == 8 || subscriber.len() == 7 && area == 4) && subscriber.starts_with(|c: char| ('2'..='9').contains(&c));
        let split = sizes.first() == Some(&area) || sizes.len() == 1;
        return (good && split).then(|| (format!("+86{}", digits.get(1..).unwrap_or("")), Kind::Fixed));
    }
    // Behind +86 the zero of the area code is left out.
    if free && groups.first().is_some_and(|group| group.after_86) {
        let zeroed = format!("0{digits}");
        let area = area_code(&zeroed)?;
        let subscriber = zeroed.get(area..)?;
        let good = (subscriber.len() == 8 || subscriber.len() == 7 && area == 4) && subscriber.starts_with(|c: char| ('2'..='9').contains(&c));
        if good && (sizes.first() == Some(&(area - 1)) || sizes.len() == 1) {
            return Some((format!("+86{digits}"), Kind::Fixed));
        }
    }
    let hotline = digits.len() == 10 && (digits.starts_with("400") || digits.starts_with("800"));
    let usual = matches!(sizes, [3, 3, 4] | [3, 4, 3] | [3, 7] | [4, 3, 3] | [3, 2, 2, 3] | [6, 4])
        || sizes == [10] && groups.first().is_some_and(|group| group.labelled);
    (hotline && usual).then(|| (format!("+86{digits}"), Kind::Fixed))
}

/// The length of the area code (with its zero) at the beginning: 010, 02x, 03xx–09xx.
fn area_code(digits: &str) -> Option<usize> {
    let mut bytes = digits.bytes();
    let (zero, second, third) = (bytes.next()?, bytes.next()?, bytes.next()?);
    match (zero, second, third) {
        (b'0', b'1', b'0') | (b'0', b'2', b'0'..=b'9') => Some(3),
        (b'0', b'3'..=b'9', b'1'..=b'9') => Some(4),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mobiles_and_area_codes() {
        assert!(is_mobile("13800001234") && !is_mobile("12800001234") && !is_mobile("1380000123"));
        for (digits, length) in [("01060000009", Some(3)), ("02150000009", Some(3)), ("051260000009", Some(4)), ("00", None), ("0138", None)] {
            assert_eq!(area_code(digits), length, "{digits}");
        }
    }
}
