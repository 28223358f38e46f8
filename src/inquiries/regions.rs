//! The condition that an inquiry is for one of some regions, by prefixes of their codes (GB/T 2260).
//! The other filters of a list are in `list.rs`.

use diesel::sql_types::Bool;
use diesel::{BoolExpressionMethods, BoxableExpression, ExpressionMethods, QueryDsl};

use super::schema::{inquiries, inquiry_facts};
use crate::platform::db::MultiBackend;

type Condition = Box<dyn BoxableExpression<inquiries::table, MultiBackend, SqlType = Bool>>;

/// That the region code begins with any of these prefixes; none without prefixes.
pub fn any(prefixes: &[String]) -> Option<Condition> {
    any_region(&outermost(prefixes))
}

/// The prefixes that no other one contains: 3205 asks for nothing that 32 does not.
fn outermost(prefixes: &[String]) -> Vec<&str> {
    let mut sorted: Vec<&str> = prefixes.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    // In this order a prefix comes right before all that begin with it.
    sorted.dedup_by(|next, outer| next.starts_with(*outer));
    sorted
}

/// That the region code begins with any of these prefixes. Halved again and again, so that many of them nest
/// only a few levels deep: the databases bound the depth of a condition.
fn any_region(prefixes: &[&str]) -> Option<Condition> {
    match prefixes {
        [] => None,
        [prefix] => Some(in_region(prefix)),
        few if few.len() <= REGIONS_AT_ONCE => Some(in_regions(few)),
        many => {
            let (first, second) = many.split_at(many.len() / 2);
            match (any_region(first), any_region(second)) {
                (Some(first), Some(second)) => Some(Box::new(first.or(second))),
                (one, other) => one.or(other),
            }
        }
    }
}

/// Codes are digits: everything from the prefix up to the prefix with the sign that follows 9.
macro_rules! begins_with {
    ($prefix:expr) => {
        inquiry_facts::region_code
            .ge($prefix.to_owned())
            .and(inquiry_facts::region_code.lt(format!("{}:", $prefix)))
    };
}

fn in_region(prefix: &str) -> Condition {
    Box::new(
        inquiries::id
            .eq_any(inquiry_facts::table.filter(begins_with!(prefix)).select(inquiry_facts::inquiry_id)),
    )
}

/// Prefixes that one subquery looks for.
const REGIONS_AT_ONCE: usize = 8;

/// The same for a few prefixes in one subquery, whose type is that of eight.
fn in_regions(prefixes: &[&str]) -> Condition {
    let last = prefixes.last().copied().unwrap_or_default();
    let mut next = prefixes.iter().copied().chain(std::iter::repeat(last));
    let [a, b, c, d, e, f, g, h]: [&str; REGIONS_AT_ONCE] =
        std::array::from_fn(|_| next.next().unwrap_or(last));
    let first = begins_with!(a).or(begins_with!(b)).or(begins_with!(c)).or(begins_with!(d));
    let any = first.or(begins_with!(e)).or(begins_with!(f)).or(begins_with!(g)).or(begins_with!(h));
    Box::new(inquiries::id.eq_any(inquiry_facts::table.filter(any).select(inquiry_facts::inquiry_id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_contains_its_parts() {
        let words = ["3205", "32", "310000", "3", "4401", "440106", "44010"].map(str::to_owned);
        assert_eq!(outermost(&words), ["3", "4401"]);
        assert!(outermost(&[]).is_empty() && any_region(&[]).is_none());
    }
}
