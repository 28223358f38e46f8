//! A member of a merge patch (RFC 7396): absent, null or a value.
//! The members of a resource are defined in its room.

use serde::{Deserialize, Deserializer};

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
