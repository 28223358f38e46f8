//! A member of a merge patch (RFC 7396): absent, null or a value.
//! Which members a thing has is its room's matter.

use serde::{Deserialize, Deserializer};

/// `None` = absent, `Some(None)` = null, `Some(Some(v))` = a value. Use with `#[serde(default,
/// deserialize_with = "patched")]`.
pub type Patch<T> = Option<Option<T>>;

/// Tells null from absent.
pub fn patched<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Patch<T>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

/// Lays the member over a value; tells whether it changed.
pub fn merge<T: PartialEq>(target: &mut Option<T>, member: Patch<T>) -> bool {
    match member {
        Some(value) if value != *target => {
            *target = value;
            true
        }
        _ => false,
    }
}
