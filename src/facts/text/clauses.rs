//! The borders of a text: sentences (。；! and lines) and the parts between commas.
//! Which words are in a part is not known here.

use crate::facts::text::normal::{Normal, Span, is_han};

/// How much a border parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Border {
    /// A comma, or a blank between Chinese words.
    Soft,
    /// The end of a sentence or of a line.
    Hard,
}

/// The borders of one text, in order.
pub struct Clauses {
    /// First byte of the border, the byte after it, its kind.
    borders: Vec<(usize, usize, Border)>,
    length: usize,
}

impl Clauses {
    /// The borders of a text.
    pub fn of(page: &Normal<'_>) -> Self {
        let text = page.text();
        let mut borders = Vec::new();
        let mut previous = '\n';
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let next = chars.peek().map_or('\n', |(_, next)| *next);
            let border = match c {
                '。' | ';' | '\n' | '!' | '?' | '|' => Some(Border::Hard),
                '.' if next == ' ' || next == '\n' => (!abbreviates(page, at)).then_some(Border::Hard),
                ',' if previous.is_ascii_digit() && next.is_ascii_digit() => None,
                ',' | '、' => Some(Border::Soft),
                '/' if previous == ' ' && next == ' ' => Some(Border::Hard),
                ' ' if is_han(previous) && is_han(next) => Some(Border::Soft),
                _ => None,
            };
            if let Some(border) = border {
                borders.push((at, at + c.len_utf8(), border));
            }
            previous = c;
        }
        Self { borders, length: text.len() }
    }

    /// The part between two borders that a piece begins in.
    pub fn part(&self, span: Span) -> Span {
        self.around(span, |_| true)
    }

    /// The sentence that a piece begins in.
    pub fn sentence(&self, span: Span) -> Span {
        self.around(span, |border| border == Border::Hard)
    }

    fn around(&self, span: Span, counts: impl Fn(Border) -> bool) -> Span {
        let next = self.borders.partition_point(|(at, _, _)| *at < span.start);
        let (before, after) = self.borders.split_at(next.min(self.borders.len()));
        // A sentence of hundreds of commas is not searched to its ends.
        let start = before
            .iter()
            .rev()
            .take(64)
            .find(|(_, _, border)| counts(*border))
            .map_or_else(|| self.far(before), |(_, end, _)| *end);
        let end = after
            .iter()
            .take(64)
            .find(|(at, _, border)| *at >= span.end && counts(*border))
            .map_or(self.length, |(at, _, _)| *at);
        Span::new(start.min(span.start), end.max(span.end))
    }

    fn far(&self, before: &[(usize, usize, Border)]) -> usize {
        before.len().checked_sub(64).and_then(|first| before.get(first)).map_or(0, |(_, end, _)| *end)
    }

    /// All parts, in order.
    pub fn parts(&self) -> impl Iterator<Item = Span> {
        let ends = self.borders.iter().map(|(at, _, _)| *at).chain([self.length]);
        let starts = std::iter::once(0).chain(self.borders.iter().map(|(_, end, _)| *end));
        starts.zip(ends).map(|(start, end)| Span::new(start, end.max(start)))
    }

    /// The part before this one in the same sentence.
    pub fn part_before(&self, part: Span) -> Option<Span> {
        let next = self.borders.partition_point(|(at, _, _)| *at < part.start);
        let (at, _, border) = next.checked_sub(1).and_then(|last| self.borders.get(last))?;
        (*border == Border::Soft).then(|| self.part(Span::new(*at, *at)))
    }
}

/// Whether the point belongs to `Co.`, `Mr.`, `sq.` and the like.
fn abbreviates(page: &Normal<'_>, at: usize) -> bool {
    let word: String = page.before(at, 7).chars().rev().take_while(|c| c.is_ascii_alphabetic()).collect();
    let word: String = word.chars().rev().collect::<String>().to_ascii_lowercase();
    word.len() == 1
        || matches!(
            word.as_str(),
            "co" | "mr"
                | "mrs"
                | "ms"
                | "dr"
                | "sq"
                | "min"
                | "max"
                | "no"
                | "approx"
                | "tel"
                | "mob"
                | "prof"
                | "ltd"
                | "ca"
                | "st"
                | "ext"
                | "est"
                | "pte"
                | "corp"
                | "inc"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_and_sentences() {
        let page = Normal::of("产值5亿元、年税收2,500万元，亩均50万。联系人 林");
        let clauses = Clauses::of(&page);
        let at = page.text().find("2,500").unwrap_or_default();
        let span = Span::new(at, at + 5);
        let part = clauses.part(span);
        assert_eq!(page.cut(part), "年税收2,500万元");
        assert_eq!(page.cut(clauses.sentence(span)), "产值5亿元、年税收2,500万元,亩均50万");
        assert_eq!(clauses.part_before(part).map(|part| page.cut(part)), Some("产值5亿元"));
    }
}
