//! Merge patches (RFC 7396): a member that is absent, null or a value, and a patch over a JSON object.
//! The members of a resource are defined in its room.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// `None` = absent, `Some(None)` = null, `Some(Some(v))` = a value. Use with `#[serde(default,
/// deserialize_with = "patched")]`.
pub type Patch<T> = Option<Option<T>>;

/// Distinguishes null from absent.
pub fn patched<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Patch<T>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

/// Applies the member to a value. Returns whether it changed.
pub fn merge<T: PartialEq>(target: &mut Option<T>, member: Patch<T>) -> bool {
    match member {
        Some(value) if value != *target => {
            *target = value;
            true
        }
        _ => false,
    }
}

/// A merge patch over an object (RFC 7396).
pub fn merge_json(target: &mut Map<String, Value>, patch: &Patch<Map<String, Value>>) {
    match patch {
        None => {}
        Some(None) => target.clear(),
        Some(Some(patch)) => {
            for (name, value) in patch {
                match value {
                    Value::Null => {
                        target.remove(name);
                    }
                    Value::Object(inner) => {
                        let slot = target.entry(name.clone()).or_insert_with(|| Value::Object(Map::new()));
                        if !slot.is_object() {
                            *slot = Value::Object(Map::new());
                        }
                        if let Value::Object(slot) = slot {
                            merge_json(slot, &Some(Some(inner.clone())));
                        }
                    }
                    plain => {
                        target.insert(name.clone(), plain.clone());
                    }
                }
            }
        }
    }
}

/// A new object without its nulls.
pub fn without_nulls(object: Map<String, Value>) -> Map<String, Value> {
    let mut kept = Map::new();
    merge_json(&mut kept, &Some(Some(object)));
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn a_patch_of_an_object_merges() {
        let mut target = object(json!({"a": 1, "b": {"c": 2, "d": 3}}));
        merge_json(&mut target, &Some(Some(object(json!({"a": null, "b": {"c": 4}, "e": [1]})))));
        assert_eq!(Value::Object(target.clone()), json!({"b": {"c": 4, "d": 3}, "e": [1]}));
        merge_json(&mut target, &Some(None));
        assert!(target.is_empty());
        assert_eq!(without_nulls(object(json!({"a": null, "b": {"c": null}}))), object(json!({"b": {}})));
    }
}
