//! How large the free members of an inquiry may grow, `custom` and `facts`, and what changed in them.
//! Texts have their limits in `kernel/text.rs`.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::facts::{Fact, Facts, Member, Name};
use crate::kernel::error::{Fault, Faults, TOO_LARGE};
use crate::kernel::language::Bilingual;
use crate::kernel::size::json_size;

/// Bytes of `custom`, and of `facts` without what belongs to the text that was read, each as JSON.
pub const JSON_MAX: usize = 64 << 10;

/// An object that may grow to the bound, member by member.
pub trait Bounded: Serialize + Default {
    type Name;
    type Member: Clone + Serialize;

    fn each(&self) -> impl Iterator<Item = (&Self::Name, &Self::Member)>;
    fn find(&self, name: &Self::Name) -> Option<&Self::Member>;
    fn put(&mut self, name: &Self::Name, member: Self::Member);
    fn word(name: &Self::Name) -> &str;
    /// Whether a member counts for the bound.
    fn counts(name: &Self::Name) -> bool;
}

/// `custom`, of which every member counts.
impl Bounded for Map<String, Value> {
    type Name = String;
    type Member = Value;

    fn each(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.iter()
    }

    fn find(&self, name: &String) -> Option<&Value> {
        self.get(name)
    }

    fn put(&mut self, name: &String, member: Value) {
        self.insert(name.clone(), member);
    }

    fn word(name: &String) -> &str {
        name
    }

    fn counts(_: &String) -> bool {
        true
    }
}

/// Of facts the text does not count, which has its own limit, nor the places in it, which follow from it.
impl Bounded for Facts {
    type Name = Name;
    type Member = Fact;

    fn each(&self) -> impl Iterator<Item = (&Name, &Fact)> {
        self.iter()
    }

    fn find(&self, name: &Name) -> Option<&Fact> {
        self.named(name)
    }

    fn put(&mut self, name: &Name, member: Fact) {
        self.insert(name.clone(), member);
    }

    fn word(name: &Name) -> &str {
        name.as_str()
    }

    fn counts(name: &Name) -> bool {
        !matches!(name, Name::Known(Member::Text | Member::Spans))
    }
}

/// Bytes that a member takes in its object: name, colon, value, comma.
fn member_size<T: Bounded>(name: &T::Name, member: &T::Member) -> usize {
    json_size(&T::word(name)).saturating_add(json_size(member)).saturating_add(2)
}

/// Bytes of an object as JSON, without the members that do not count.
fn size<T: Bounded>(object: &T) -> usize {
    let counted = object.each().filter(|(name, _)| T::counts(name));
    counted.map(|(name, member)| member_size::<T>(name, member)).sum::<usize>().saturating_add(1)
}

/// Adds a fault if a change makes an object too large. What is too large already may be made smaller.
pub fn check<T: Bounded>(pointer: &str, before: &T, after: &T, faults: &mut Faults) {
    let now = size(after);
    if now > JSON_MAX && now > size(before) {
        faults.add(Fault::with(pointer, &TOO_LARGE, Bilingual::same("64 KiB")));
    }
}

/// Adds a member if the object stays within its bound, and answers whether it did.
pub fn insert_within<T: Bounded>(object: &mut T, name: &T::Name, member: &T::Member) -> bool {
    let mut size = size(object).saturating_add(member_size::<T>(name, member));
    if let Some(before) = object.find(name) {
        size = size.saturating_sub(member_size::<T>(name, before));
    }
    let fits = !T::counts(name) || size <= JSON_MAX;
    if fits {
        object.put(name, member.clone());
    }
    fits
}

/// An object without the members that are too much: each is kept whole or not at all.
pub fn within<T: Bounded>(object: T) -> T {
    if json_size(&object) <= JSON_MAX {
        return object;
    }
    let mut kept = T::default();
    for (name, member) in object.each() {
        insert_within(&mut kept, name, member);
    }
    kept
}

/// The members in which two objects differ, at every depth: the new values and the old ones, null where there
/// is none.
pub fn changes(
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> (Map<String, Value>, Map<String, Value>) {
    let (mut new, mut old) = (Map::new(), Map::new());
    for name in before.keys().chain(after.keys().filter(|name| !before.contains_key(*name))) {
        match (before.get(name), after.get(name)) {
            (was, is) if was == is => {}
            (Some(Value::Object(was)), Some(Value::Object(is))) => {
                let (is, was) = changes(was, is);
                new.insert(name.clone(), Value::Object(is));
                old.insert(name.clone(), Value::Object(was));
            }
            (was, is) => {
                new.insert(name.clone(), is.cloned().unwrap_or_default());
                old.insert(name.clone(), was.cloned().unwrap_or_default());
            }
        }
    }
    (new, old)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    fn code<T: Bounded>(before: &T, after: &T) -> Result<(), &'static str> {
        let mut faults = Faults::default();
        check("/custom", before, after, &mut faults);
        faults.none_or(&crate::kernel::error::INVALID).map_err(|error| error.field_faults()[0].kind.code)
    }

    #[test]
    fn only_the_members_that_changed_are_kept() {
        let before = object(json!({"a": 1, "b": "x", "c": {"d": 1, "e": 2}, "gone": true}));
        let after = object(json!({"a": 1, "b": "y", "c": {"d": 1, "e": 3}, "fresh": [1]}));
        let (new, old) = changes(&before, &after);
        assert_eq!(Value::Object(new), json!({"b": "y", "c": {"e": 3}, "fresh": [1], "gone": null}));
        assert_eq!(Value::Object(old), json!({"b": "x", "c": {"e": 2}, "fresh": null, "gone": true}));
    }

    #[test]
    fn an_object_grows_to_its_bound_and_not_further() {
        let mut grown = Map::new();
        let taken = (0..40)
            .filter(|n| insert_within(&mut grown, &format!("m{n}"), &json!("厂".repeat(1_000))))
            .count();
        assert!(json_size(&grown) <= JSON_MAX && json_size(&grown) > JSON_MAX - 4_000, "{taken}");
        assert!(insert_within(&mut grown, &"m0".to_owned(), &json!("short")), "what makes it smaller fits");
        assert!(
            insert_within(&mut grown, &"small".to_owned(), &json!(1))
                && !insert_within(&mut grown, &"large".to_owned(), &json!("x".repeat(JSON_MAX)))
        );
    }

    #[test]
    fn what_is_too_much_is_left_out_as_a_whole() {
        let small = object(json!({"a": 1}));
        assert_eq!(within(small.clone()), small);
        let large = object(json!({"a": "x".repeat(JSON_MAX), "b": "kept", "text": "y".repeat(JSON_MAX)}));
        let kept = within(Facts::from(large));
        assert_eq!(kept.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["b", "text"]);
    }

    #[test]
    fn the_bound_is_that_of_the_whole_object() {
        let exact = object(json!({"a": "x".repeat(JSON_MAX - 8)}));
        assert_eq!(json_size(&exact), JSON_MAX);
        let over = object(json!({"a": "x".repeat(JSON_MAX - 7)}));
        assert_eq!(code(&Map::new(), &exact), Ok(()));
        assert_eq!(code(&exact, &over), Err("too_large"));
        let larger = object(json!({"a": "x".repeat(JSON_MAX)}));
        assert_eq!(code(&larger, &over), Ok(()), "it may shrink");
        let read = object(json!({"text": "x".repeat(JSON_MAX), "spans": {}, "need_kind": "land"}));
        assert_eq!(code(&Facts::default(), &read.clone().into()), Ok(()));
        assert_eq!(code(&Map::new(), &read), Err("too_large"));
    }
}
