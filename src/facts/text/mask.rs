//! Pieces that are no words of the inquiry: addresses of mail and web, codes of companies and persons, dates,
//! times, numbers of orders and accounts. Addresses of mail are found in `addresses.rs`; phone numbers in
//! `phones/number.rs`, and masked by it.

use crate::facts::text::addresses;
use crate::facts::text::normal::{Normal, Span};

/// What a masked piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    Email,
    Url,
    /// 统一社会信用代码
    Uscc,
    /// Digits that belong to something else: an identity card, an order, an account, a date, an IP address.
    Other,
    Phone,
}

/// The masked pieces of a text, in order.
#[derive(Default)]
pub struct Mask {
    pieces: Vec<(Span, Code)>,
}

impl Mask {
    /// The codes and addresses of a text.
    pub fn of(page: &Normal<'_>) -> Self {
        let mut mask = Self::default();
        mask.runs(page);
        for address in addresses::find(page) {
            if !mask.touches(address.span) {
                mask.add(address.span, if address.is_whole { Code::Email } else { Code::Other });
            }
        }
        mask
    }

    /// Masks one more piece.
    pub fn add(&mut self, span: Span, code: Code) {
        let at = self.pieces.partition_point(|(piece, _)| piece.start < span.start);
        self.pieces.insert(at, (span, code));
    }

    /// The end of the masked piece that this byte lies in.
    pub fn end_at(&self, at: usize) -> Option<usize> {
        let next = self.pieces.partition_point(|(piece, _)| piece.start <= at);
        self.pieces
            .get(..next)?
            .iter()
            .rev()
            .take(2)
            .find(|(piece, _)| piece.end > at)
            .map(|(piece, _)| piece.end)
    }

    /// Whether a piece shares a byte with a masked one.
    pub fn touches(&self, span: Span) -> bool {
        let next = self.pieces.partition_point(|(piece, _)| piece.start < span.end);
        self.pieces
            .get(..next)
            .is_some_and(|before| before.iter().rev().take(2).any(|(piece, _)| piece.touches(span)))
    }

    /// The pieces of one sort.
    pub fn of_code(&self, code: Code) -> impl Iterator<Item = Span> + '_ {
        self.pieces.iter().filter(move |(_, found)| *found == code).map(|(span, _)| *span)
    }

    /// All pieces.
    pub fn spans(&self) -> impl Iterator<Item = Span> + '_ {
        self.pieces.iter().map(|(span, _)| *span)
    }

    /// Looks once at each run of letters, digits and the signs of addresses.
    fn runs(&mut self, page: &Normal<'_>) {
        let text = page.text();
        let mut at = 0;
        while at < text.len() {
            let rest = page.from(at);
            let length = rest.bytes().take_while(|b| in_run(*b)).count();
            if length == 0 {
                at += rest.chars().next().map_or(1, char::len_utf8);
                continue;
            }
            let span = Span::new(at, at + length);
            at += length;
            if self.pieces.len() < 500 {
                self.run(page, span, rest.get(..length).unwrap_or(""));
            }
        }
    }

    fn run(&mut self, page: &Normal<'_>, span: Span, run: &str) {
        if let Some((from, to)) = url(run, page.lower_cut(span)) {
            return self.add(Span::new(span.start + from, span.start + to), Code::Url);
        }
        if run.contains('@') {
            return;
        }
        let mut from = 0;
        for piece in run.split(|c: char| !c.is_ascii_alphanumeric()) {
            let inner = Span::new(span.start + from, span.start + from + piece.len());
            from += piece.len() + 1;
            let code = (piece.len() == 18).then(|| code_of(page, inner, piece)).flatten();
            if let Some(code) = code {
                return self.add(inner, code);
            }
        }
        for (from, to) in dates(page, span, run) {
            self.add(Span::new(span.start + from, span.start + to), Code::Other);
        }
    }
}

fn in_run(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'@' | b'.' | b'_' | b'-' | b'+' | b'/' | b':' | b'?' | b'=' | b'&' | b'%' | b'#')
}

/// `https://…` or `www.…`
fn url(run: &str, lower: &str) -> Option<(usize, usize)> {
    if !lower.contains(['w', '/']) {
        return None;
    }
    let lower = lower.get(..400).unwrap_or(lower);
    let from = ["http://", "https://", "www."].iter().filter_map(|start| lower.find(start)).min()?;
    Some((from, run.trim_end_matches(['.', ',', ':', '?']).len().max(from)))
}

/// What eighteen letters and digits are. Without a letter they are a company's code only behind a word for
/// it.
fn code_of(page: &Normal<'_>, span: Span, piece: &str) -> Option<Code> {
    let named = page.lower_before(span.start, 14);
    let named =
        ["信用", "税号", "纳税人识别号", "uscc", "credit code"].iter().any(|word| named.contains(word));
    if is_identity_card(piece) && !named {
        return Some(Code::Other);
    }
    let letters = piece.bytes().any(|b| b.is_ascii_alphabetic());
    (is_uscc(piece) && (named || letters)).then_some(Code::Uscc).or_else(|| (!letters).then_some(Code::Other))
}

/// Eighteen signs of GB 32100: two for the authority, six of the place, nine of the body, a check sign that
/// must be right.
fn is_uscc(run: &str) -> bool {
    let upper = run.to_ascii_uppercase();
    let sign = |b: u8| {
        b.is_ascii_digit() || (b.is_ascii_uppercase() && !matches!(b, b'I' | b'O' | b'Z' | b'S' | b'V'))
    };
    upper
        .bytes()
        .enumerate()
        .all(|(place, b)| if (2..8).contains(&place) { b.is_ascii_digit() } else { sign(b) })
        && check_is_right(&upper)
}

/// The check sign of GB 32100: weights are the powers of 3, modulo 31.
fn check_is_right(code: &str) -> bool {
    const SIGNS: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let (mut sum, mut weight) = (0, 1);
    for sign in code.chars().take(17) {
        let Some(value) = SIGNS.find(sign) else { return false };
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    code.chars().nth(17).is_some_and(|sign| SIGNS.find(sign) == Some((31 - sum % 31) % 31))
}

/// Eighteen signs of GB 11643: six of the place, a date of birth, three digits and a check sign.
fn is_identity_card(run: &str) -> bool {
    let digits = run.get(..17).is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
    let birth = run.get(6..8).is_some_and(|century| matches!(century, "19" | "20"))
        && run.get(10..12).is_some_and(|month| ("01"..="12").contains(&month));
    digits && birth
}

/// Dates, times, version numbers and IP addresses within a run.
fn dates(page: &Normal<'_>, span: Span, run: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    // A run of normal length only: nobody writes a date of a thousand signs.
    let run = run.get(..200).unwrap_or(run);
    while at < run.len() {
        let rest = run.get(at..).unwrap_or("");
        let length =
            rest.bytes().take_while(|b| b.is_ascii_digit() || matches!(b, b'-' | b'/' | b'.' | b':')).count();
        let piece = rest.get(..length).unwrap_or("").trim_end_matches(['-', '/', '.', ':']);
        let parts: Vec<&str> = piece.split(['-', '/', '.', ':']).collect();
        let year = |part: &str| part.len() == 4 && (part.starts_with("19") || part.starts_with("20"));
        let small = |part: &str, most: u32| {
            (1..=2).contains(&part.len()) && part.parse::<u32>().is_ok_and(|value| value <= most)
        };
        let is_date = match parts.as_slice() {
            [y, m, d] if year(y) => small(m, 12) && small(d, 31),
            [y, m, d, ..] if year(y) && piece.contains(':') => small(m, 12) && small(d, 31),
            [h, m] if piece.contains(':') => small(h, 24) && m.len() == 2 && small(m, 59),
            [h, m, s] if piece.contains(':') => small(h, 24) && small(m, 59) && small(s, 59),
            [a, b, c, d] if piece.matches('.').count() == 3 => {
                [a, b, c, d].iter().all(|part| part.parse::<u32>().is_ok_and(|value| value <= 255))
            }
            _ => false,
        };
        if is_date {
            found.push((at, at + piece.len()));
        }
        at += length.max(1);
    }
    // 2026年, 2026 Q1: years are no quantities.
    if found.is_empty()
        && run.len() == 4
        && (run.starts_with("20") || run.starts_with("19"))
        && run.bytes().all(|b| b.is_ascii_digit())
        && page.after(span.end, 2).trim_start().starts_with('年')
    {
        found.push((0, 4));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<(String, Code)> {
        let page = Normal::of(text);
        Mask::of(&page).pieces.iter().map(|(span, code)| (page.cut(*span).to_owned(), *code)).collect()
    }

    #[test]
    fn codes_and_addresses() {
        assert_eq!(pieces("邮箱lin@example.com，回"), [("lin@example.com".to_owned(), Code::Email)]);
        assert_eq!(
            pieces("见 https://example.com/a?b=1 。"),
            [("https://example.com/a?b=1".to_owned(), Code::Url)]
        );
        assert_eq!(pieces("代码913205000000T00003"), [("913205000000T00003".to_owned(), Code::Uscc)]);
        assert_eq!(pieces("代码:913205000000T0000P"), []);
        assert_eq!(pieces("身份证320500199001010000"), [("320500199001010000".to_owned(), Code::Other)]);
        assert_eq!(
            pieces("2026-03-01 10:32 192.168.1.10"),
            ["2026-03-01", "10:32", "192.168.1.10"].map(|text| (text.to_owned(), Code::Other))
        );
        assert_eq!(pieces("3000-5000 a@b @x a@.b"), []);
    }

    #[test]
    fn a_mask_knows_its_places() {
        let page = Normal::of("a@example.com 12");
        let mask = Mask::of(&page);
        assert_eq!(mask.end_at(0), Some(13));
        assert_eq!(mask.end_at(13), None);
        assert!(mask.touches(Span::new(12, 20)) && !mask.touches(Span::new(13, 20)));
    }
}
