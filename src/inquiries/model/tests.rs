//! Tests of `model.rs`.
//! What goes over HTTP is tested in `tests/api`.

use super::*;
use serde_json::json;

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

#[test]
fn free_json_holds_no_control_characters() {
    let mut faults = Faults::default();
    check_json(
        "/custom",
        &object(json!({"a": ["x", {"b": "\u{0}"}], "c\u{0}": 1, "d": "tab\tand\nlines"})),
        &mut faults,
    );
    let error = faults.none_or(&crate::kernel::error::INVALID).unwrap_err();
    let mut pointers: Vec<&str> = error.field_faults().iter().map(|fault| fault.pointer.as_str()).collect();
    pointers.sort_unstable();
    assert_eq!(pointers, ["/custom", "/custom/a/1/b"]);
}

#[test]
fn tags_are_distinct() {
    assert_eq!(distinct(&["急".to_owned(), " 急 ".to_owned(), " ".to_owned(), "A".to_owned()]), ["急", "A"]);
}
