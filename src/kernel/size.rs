//! The size of a value as JSON in bytes, without building the text.
//! Limits of texts are in `text.rs`.

use std::io::{self, Write};

use serde::Serialize;

/// A writer that only counts bytes.
struct Counter(usize);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.saturating_add(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Bytes of a value as JSON.
pub fn json_size(value: &impl Serialize) -> usize {
    let mut counter = Counter(0);
    match serde_json::to_writer(&mut counter, value) {
        Ok(()) => counter.0,
        Err(_) => usize::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_those_of_the_text() {
        for value in
            [serde_json::json!({"a": [1, null, "厂\n"]}), serde_json::json!({}), serde_json::json!("\"")]
        {
            assert_eq!(json_size(&value), value.to_string().len());
        }
    }
}
