//! Which characters a text has, so that most of the words that are not in it need not be searched for.
//! Texts are brought into their plain form in `normal.rs`.

/// Bits kept; a text of a hundred different characters leaves nine of ten unset.
const BITS: u32 = 1024;
const CELLS: usize = 16;

/// The characters of a text, small and capital Latin letters alike. Some that it has not may seem to be
/// there.
#[derive(Default)]
pub struct Characters([u64; CELLS]);

impl Characters {
    /// Those of a text.
    pub fn of(text: &str) -> Self {
        let mut all = Self::default();
        for c in text.chars() {
            let (cell, bit) = place(c);
            if let Some(cell) = all.0.get_mut(cell) {
                *cell |= bit;
            }
        }
        all
    }

    /// Whether all characters of a word are there: only then can the word be.
    pub fn may_hold(&self, word: &str) -> bool {
        word.chars().all(|c| {
            let (cell, bit) = place(c);
            self.0.get(cell).is_some_and(|cell| cell & bit != 0)
        })
    }
}

/// The cell of a character and its bit there.
fn place(c: char) -> (usize, u64) {
    // Neighbours such as the numerals and the Latin letters come to lie apart by the factor of Fibonacci
    // hashing.
    let spread = u32::from(c.to_ascii_lowercase()).wrapping_mul(0x9E37_79B9) >> (32 - BITS.trailing_zeros());
    (usize::try_from(spread / u64::BITS).unwrap_or_default(), 1 << (spread % u64::BITS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_never_denied() {
        let text = "求租厂房3000平, Call Mr. Lin 138-0000-1234。有没有月台";
        let all = Characters::of(text);
        for (from, _) in text.char_indices() {
            for (to, _) in text.char_indices().filter(|(to, _)| *to > from) {
                let word = text.get(from..to).unwrap_or_default();
                assert!(all.may_hold(word) && all.may_hold(&word.to_lowercase()), "{word}");
            }
        }
        let absent = ["仓库", "昆山", "预算", "投产", "总价", "业主", "传真", "微信"];
        assert!(absent.iter().filter(|word| all.may_hold(word)).count() <= 1);
    }
}
