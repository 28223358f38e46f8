//! The work limit of one submission: a profile decides what is done with it, so a profile could make one cost
//! minutes and gigabytes. Work is counted, not timed: the same submission comes to the same end on any
//! machine.

use std::cell::Cell;

/// Units of work for one submission: a fraction of a second at worst (docs/forms.md has the measurement).
pub const WORK_MAX: usize = 2_000_000;
/// Bytes of all words of one value, after each step.
pub const VALUE_MAX: usize = 64 << 10;
/// Words of one value, hits of a path, entries of a list.
pub const WORDS_MAX: usize = 1_000;
/// Units for each byte that a value hands on.
const TEXT_BYTE: usize = 4;
/// Bytes of a compiled expression for which one byte of a text costs a unit: at worst every state of it is
/// followed.
const EXPRESSION_UNIT: usize = 2 << 10;

/// What is left of the limit. One for each submission, handed along by reference.
#[derive(Debug)]
pub struct Work {
    left: Cell<usize>,
    exceeded: Cell<bool>,
}

impl Default for Work {
    fn default() -> Self {
        Self { left: Cell::new(WORK_MAX), exceeded: Cell::new(false) }
    }
}

impl Work {
    /// Takes so many units. False if they are not left: then the work is not to be done.
    #[must_use]
    pub fn spend(&self, units: usize) -> bool {
        match self.left.get().checked_sub(units) {
            Some(left) => {
                self.left.set(left);
                true
            }
            None => {
                self.exceed();
                false
            }
        }
    }

    /// The units for a text that is handed on.
    #[must_use]
    pub fn spend_text(&self, bytes: usize) -> bool {
        self.spend(bytes.saturating_mul(TEXT_BYTE))
    }

    /// The units for a text that is parsed, whether it turns out to be JSON or not.
    #[must_use]
    pub fn spend_parse(&self, bytes: usize) -> bool {
        self.spend(bytes.saturating_mul(TEXT_BYTE).saturating_add(TEXT_BYTE))
    }

    /// The units for a text that an expression of this compiled size looks through.
    #[must_use]
    pub fn spend_expression(&self, bytes: usize, size: usize) -> bool {
        self.spend(bytes.saturating_add(1).saturating_mul(size / EXPRESSION_UNIT))
    }

    /// Notes that something was left undone.
    pub fn exceed(&self) {
        self.exceeded.set(true);
    }

    /// Whether something was left undone because it was too much.
    pub fn is_exceeded(&self) -> bool {
        self.exceeded.get()
    }

    /// Units that are left.
    pub fn left(&self) -> usize {
        self.left.get()
    }

    /// Units that were spent.
    #[cfg(test)]
    pub fn spent(&self) -> usize {
        WORK_MAX - self.left.get()
    }
}

/// Words of one value within their bounds: collected until one more would be too much.
#[derive(Debug, Default)]
pub struct Words {
    words: Vec<String>,
    bytes: usize,
}

impl Words {
    /// Adds a word, or tells that it does not fit. `None` ends a `?` chain: what was collected is then not
    /// used.
    pub fn push(&mut self, word: String) -> Option<()> {
        self.reserve(word.len())?;
        self.words.push(word);
        Some(())
    }

    /// Whether a word of so many bytes would fit, counted in already: asked before the word is made.
    fn reserve(&mut self, bytes: usize) -> Option<()> {
        let sum = self.bytes.saturating_add(bytes);
        if sum > VALUE_MAX || self.words.len() >= WORDS_MAX {
            return None;
        }
        self.bytes = sum;
        Some(())
    }

    /// Adds a word that is made of several, or tells that it does not fit before it is made.
    pub fn push_joined(&mut self, parts: &[&str], sign: &str) -> Option<()> {
        let signs = sign.len().saturating_mul(parts.len().saturating_sub(1));
        self.reserve(parts.iter().fold(signs, |sum, part| sum.saturating_add(part.len())))?;
        self.words.push(parts.join(sign));
        Some(())
    }

    /// Adds a word character by character.
    pub fn push_chars(&mut self, chars: impl Iterator<Item = char>) -> Option<()> {
        let mut word = String::new();
        for c in chars {
            if word.len() > VALUE_MAX {
                return None;
            }
            word.push(c);
        }
        self.push(word)
    }

    pub fn into_vec(self) -> Vec<String> {
        self.words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_ends_at_its_limit() {
        let work = Work::default();
        assert!(work.spend(WORK_MAX - 1) && !work.is_exceeded());
        assert!(!work.spend(2) && work.is_exceeded());
        assert!(work.spend(1), "what is small enough still goes");
        assert_eq!(work.spent(), WORK_MAX);
    }

    #[test]
    fn words_end_at_their_bounds() {
        let mut words = Words::default();
        assert_eq!(words.push("x".repeat(VALUE_MAX)), Some(()));
        assert_eq!(
            (words.push("x".to_owned()), words.push_joined(&["a", "b"], ""), words.push_chars("ab".chars())),
            (None, None, None)
        );
        let mut words = Words::default();
        assert!((0..WORDS_MAX).all(|_| words.push(String::new()).is_some()));
        assert_eq!(words.push(String::new()), None);
        assert_eq!(Words::default().push_joined(&["a", "b"], &"-".repeat(VALUE_MAX)), None, "never made");
        assert_eq!(Words::default().push_chars(std::iter::repeat('x')), None);
    }
}
