//! How large the free members of an inquiry may grow, `custom` and `facts`, and what changed in them.
//! Texts have their limits in `kernel/text.rs`.

use serde_json::{Map, Value};

use crate::kernel::error::{Fault, Faults, TOO_LARGE};
use crate::kernel::language::Bilingual;
use crate::kernel::size::json_size;

/// Bytes of `custom`, and of `facts` without what belongs to the text that was read, each as JSON.
pub const JSON_MAX: usize = 64 << 10;
/// Members of `facts` that do not count: the text has its own limit, and the places in it follow from the
/// text.
const NOT_COUNTED: [&str; 2] = ["text", "spans"];

/// Bytes that a member takes in its object: name, colon, value, comma.
fn member_size(name: &str, value: &Value) -> usize {
    json_size(&name).saturating_add(json_size(value)).saturating_add(2)
}

/// Bytes of an object as JSON, without the members that do not count.
fn counted_size(object: &Map<String, Value>) -> usize {
    let counted = object.iter().filter(|(name, _)| !NOT_COUNTED.contains(&name.as_str()));
    counted.map(|(name, value)| member_size(name, value)).sum::<usize>().saturating_add(1)
}

/// Bytes of `custom` or `facts` for the bound. In `custom` every member counts.
fn size(pointer: &str, object: &Map<String, Value>) -> usize {
    if pointer == "/facts" { counted_size(object) } else { json_size(object) }
}

/// Tells if a change makes an object too large. What is too large already may be made smaller.
pub fn check(pointer: &str, before: &Map<String, Value>, after: &Map<String, Value>, faults: &mut Faults) {
    let now = size(pointer, after);
    if now > JSON_MAX && now > size(pointer, before) {
        faults.add(Fault::with(pointer, &TOO_LARGE, Bilingual::same("64 KiB")));
    }
}

/// Adds a member if the object stays within its bound. Tells whether it did.
pub fn insert_within(object: &mut Map<String, Value>, name: &str, value: &Value) -> bool {
    let mut size = counted_size(object).saturating_add(member_size(name, value));
    if let Some(before) = object.get(name) {
        size = size.saturating_sub(member_size(name, before));
    }
    let fits = NOT_COUNTED.contains(&name) || size <= JSON_MAX;
    if fits {
        object.insert(name.to_owned(), value.clone());
    }
    fits
}

/// An object without the members that are too much: each is kept whole or not at all.
pub fn within(object: Map<String, Value>) -> Map<String, Value> {
    if json_size(&object) <= JSON_MAX {
        return object;
    }
    let mut kept = Map::new();
    for (name, value) in &object {
        insert_within(&mut kept, name, value);
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

    #[test]
    fn only_the_members_that_changed_are_told() {
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
        assert!(insert_within(&mut grown, "m0", &json!("short")), "what makes it smaller fits");
        assert!(
            insert_within(&mut grown, "small", &json!(1))
                && !insert_within(&mut grown, "large", &json!("x".repeat(JSON_MAX)))
        );
    }

    #[test]
    fn what_is_too_much_is_left_out_as_a_whole() {
        let small = object(json!({"a": 1}));
        assert_eq!(within(small.clone()), small);
        let kept =
            within(object(json!({"a": "x".repeat(JSON_MAX), "b": "kept", "text": "y".repeat(JSON_MAX)})));
        assert_eq!(kept.keys().collect::<Vec<_>>(), ["b", "text"]);
    }

    #[test]
    fn the_bound_is_that_of_the_whole_object() {
        let exact = object(json!({"a": "x".repeat(JSON_MAX - 8)}));
        assert_eq!(json_size(&exact), JSON_MAX);
        let code = |pointer: &str, before: &Map<String, Value>, after: &Map<String, Value>| {
            let mut faults = Faults::default();
            check(pointer, before, after, &mut faults);
            faults.none_or(&crate::kernel::error::INVALID).map_err(|error| error.field_faults()[0].kind.code)
        };
        let over = object(json!({"a": "x".repeat(JSON_MAX - 7)}));
        assert_eq!(code("/custom", &Map::new(), &exact), Ok(()));
        assert_eq!(code("/custom", &exact, &over), Err("too_large"));
        let larger = object(json!({"a": "x".repeat(JSON_MAX)}));
        assert_eq!(code("/custom", &larger, &over), Ok(()), "it may shrink");
        let read = object(json!({"text": "x".repeat(JSON_MAX), "spans": {}, "need_kind": "land"}));
        assert_eq!(code("/facts", &Map::new(), &read), Ok(()));
        assert_eq!(code("/custom", &Map::new(), &read), Err("too_large"));
    }
}
