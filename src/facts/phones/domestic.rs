//! Numbers of China at the beginning of a row of groups: how many of the groups are one, and its extension.
//! Which groupings are a number is in `national.rs`.

use crate::facts::phones::cluster::{self, Group};
use crate::facts::phones::model::{Kind, Phone};
use crate::facts::phones::national::national;
use crate::facts::text::normal::{Normal, Span};

/// Groups of one number at most, and its digits.
const GROUPS_MAX: usize = 12;
const DIGITS_MAX: usize = 13;

/// A number and the groups that it is made of.
struct Number {
    used: usize,
    e164: String,
    kind: Kind,
    end: usize,
}

/// A number of China without its country code at the beginning of the groups, and how many of them it and its
/// extension use. `free`: nothing is in a row before it.
pub fn chinese(page: &Normal<'_>, groups: &[Group], free: bool) -> Option<(usize, Phone)> {
    let start = groups.first()?.span.start;
    let Number { used, e164, kind, end } = number(groups, free)?;
    let (used, extension) = with_extension(page, groups, used, end)?;
    Some((used, Phone { e164, span: Span::new(start, end), kind, extension }))
}

/// The longest number of the first groups, or the first mobile.
fn number(groups: &[Group], free: bool) -> Option<Number> {
    let mut digits = String::new();
    let mut sizes: Vec<usize> = Vec::new();
    let mut best = None;
    for (count, group) in groups.iter().take(GROUPS_MAX).enumerate() {
        digits.push_str(&group.digits);
        sizes.push(group.digits.len());
        if count > 0 && group.plus || digits.len() > DIGITS_MAX {
            break;
        }
        let Some((e164, kind)) = national(&digits, &sizes, groups.get(..=count)?, free) else { continue };
        if may_end(groups, count, kind) {
            best = Some(Number { used: count + 1, e164, kind, end: group.span.end });
            if kind == Kind::Mobile {
                break;
            }
        }
    }
    best
}

/// Whether a number may end with a group: nothing clings to it but an extension. 17000138000-1234: such
/// mobiles are lent out, and the extension says to whom.
fn may_end(groups: &[Group], last: usize, kind: Kind) -> bool {
    let next = groups.get(last + 1);
    let is_followed = next.is_some_and(|next| !next.parted) && !is_decimal(groups, last);
    let is_lent = next.is_some_and(|next| !next.dotted && (2..=6).contains(&next.digits.len()));
    !is_followed || kind == Kind::Fixed || is_lent
}

/// How many groups a number uses with its extension, and the extension: 021-5000 0003-8012, a short group
/// behind a hyphen, or what words lead to. None if another group clings to the number.
fn with_extension(
    page: &Normal<'_>,
    groups: &[Group],
    used: usize,
    end: usize,
) -> Option<(usize, Option<String>)> {
    if used.checked_sub(1).is_some_and(|last| is_decimal(groups, last)) {
        return Some((used + 1, None));
    }
    match groups.get(used).filter(|next| !next.parted) {
        Some(next) if (1..=6).contains(&next.digits.len()) => Some((used + 1, Some(next.digits.clone()))),
        Some(_) => None,
        None => Some((used, cluster::extension(page, end).0)),
    }
}

/// 13800138000.0: a spreadsheet wrote it as a number with a point.
fn is_decimal(groups: &[Group], last: usize) -> bool {
    let whole = last == 0 && groups.first().is_some_and(|group| group.digits.len() >= 10);
    let noughts =
        groups.get(last + 1).is_some_and(|next| next.dotted && matches!(next.digits.as_str(), "0" | "00"));
    whole && noughts && groups.get(last + 2).is_none_or(|after| after.parted)
}
