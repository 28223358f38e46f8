//! Addresses of mail, also those that are taken apart: `zhou @ example . com`, `zhou(at)example(dot)com`,
//! `zhou#qq.com`; and names behind an `@`. Addresses that can be mailed are found in `text/addresses.rs`.

use crate::facts::text::normal::{Normal, Span, is_han};
use crate::facts::words::lists::List;

static AT: List = List::named("at in an address");
static POINT: List = List::named("point in an address");
static PROVIDERS: List = List::named("mails sure");
/// The longest local part and domain that are looked at, and parts of either.
const LOCAL_MAX: usize = 64;
const DOMAIN_MAX: usize = 128;
const PARTS_MAX: usize = 32;
/// Chinese characters of a local part at most.
const HAN_MAX: usize = 4;

/// What is written for `@`, and how sure it says that an address is around.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sure {
    /// `@` itself.
    Sign,
    /// `(at)`
    Word,
    /// ` at `, `#`: only before a provider of mail.
    Vaguely,
}

/// The places of the addresses of a page.
pub fn find(page: &Normal<'_>) -> Vec<Span> {
    let mut found = Vec::new();
    let mut put = |word: &'static str, sure: Sure| {
        let places = page.places(word).map(|at| Span::new(at, at + word.len()));
        found.extend(places.filter_map(|at| around(page, at, sure)));
    };
    put("@", Sure::Sign);
    AT.words().iter().for_each(|word| put(word, Sure::Word));
    put(" at ", Sure::Vaguely);
    put("#", Sure::Vaguely);
    found
}

fn around(page: &Normal<'_>, at: Span, sure: Sure) -> Option<Span> {
    let domain = domain(page, at.end)?;
    let local = local(page, at.start);
    let name = page.lower_cut(domain);
    let first = name.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    let is_provider = PROVIDERS.has(first);
    let has_letter = name.contains(|c: char| c.is_alphabetic());
    let is_parted = is_parted(name);
    let is_near = domain.start == at.end && local.is_some_and(|local| local.end == at.start);
    let is_address = match sure {
        Sure::Sign if local.is_some() => is_provider || has_letter && (is_parted || is_near),
        Sure::Sign => has_letter && name.len() > 2 && domain.start == at.end,
        Sure::Word => local.is_some() && has_letter && (is_provider || is_parted),
        Sure::Vaguely => local.is_some() && is_provider && is_parted,
    };
    let whole = local.map_or(at, |local| local.to(at)).to(domain);
    is_address.then(|| Span::new(with_han(page, whole.start, is_parted), whole.end))
}

fn is_parted(name: &str) -> bool {
    name.contains('.') || POINT.words().iter().any(|word| name.contains(word))
}

/// The domain behind a byte: its parts with the points between them.
fn domain(page: &Normal<'_>, from: usize) -> Option<Span> {
    let start = from + blanks(page.from(from), 3);
    let mut end = start;
    for _ in 0..PARTS_MAX {
        let part = part(page, end);
        if part == 0 || end - start > DOMAIN_MAX {
            break;
        }
        end += part;
        let Some(point) = point(page, end).filter(|point| self::part(page, end + point) > 0) else { break };
        end += point;
    }
    (end > start).then(|| Span::new(start, end))
}

/// The bytes of a part of a domain; a Chinese one is short and has a point behind it or before it.
fn part(page: &Normal<'_>, from: usize) -> usize {
    let rest = page.from(from);
    let latin = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    let length = latin.take(DOMAIN_MAX).count();
    if length > 0 {
        return length;
    }
    let other: usize = rest.chars().take(9).take_while(|c| is_abroad(*c)).map(char::len_utf8).sum();
    let han: usize = rest.chars().take(9).take_while(|c| is_han(*c)).map(char::len_utf8).sum();
    let ends = |length: usize| rest.get(length..).is_some_and(|rest| rest.starts_with('.'));
    match (other, han) {
        (1.., _) => other,
        (_, 1..) if ends(han) || page.char_before(from) == Some('.') && han <= 6 => han,
        _ => 0,
    }
}

/// The bytes of what is written for a point, and a blank between single letters.
fn point(page: &Normal<'_>, from: usize) -> Option<usize> {
    let rest = page.lower_after(from, 8);
    if rest.starts_with('.') && !rest.starts_with(". ") {
        return Some(1);
    }
    if let Some(word) = POINT.beginning_of(rest) {
        return Some(word.len());
    }
    let is_spaced = page.char_before(from.saturating_sub(1)).is_none_or(|c| !c.is_ascii_alphanumeric());
    let mut next = rest.chars().skip(1);
    let is_single = next.next().is_some_and(|c| c.is_ascii_alphanumeric())
        && next.next().is_none_or(|c| !c.is_ascii_alphanumeric());
    (is_spaced && is_single && rest.starts_with(' ')).then_some(1)
}

/// The local part before a byte.
fn local(page: &Normal<'_>, before: usize) -> Option<Span> {
    let text = page.text().get(..before)?;
    let end = before - (text.len() - text.trim_end_matches(' ').len()).min(3);
    let mut start = end;
    for _ in 0..PARTS_MAX {
        let rest = page.text().get(..start)?;
        let word: usize =
            rest.chars().rev().take(LOCAL_MAX).take_while(|c| in_local(*c)).map(char::len_utf8).sum();
        if word == 0 || end - start > LOCAL_MAX {
            break;
        }
        start -= word;
        let Some(joint) = joint(page, start, word) else { break };
        start -= joint;
    }
    // The blanks before a joint that joins nothing.
    let own = page.cut(Span::new(start, end));
    start += own.len() - own.trim_start_matches([' ', '-', '+', '*', '\'', '.']).len();
    (start < end).then(|| Span::new(start, end))
}

/// The bytes between a word and the one before it, if both are of one local part: `zhou . li`, `z h o u`.
fn joint(page: &Normal<'_>, start: usize, word: usize) -> Option<usize> {
    let before = page.before(start, 4);
    if let Some(joint) = [" . ", " _ ", " - ", " .", " _"].iter().find(|joint| before.ends_with(**joint)) {
        return Some(joint.len());
    }
    let mut letters = before.chars().rev();
    let is_spaced = word == 1
        && letters.next() == Some(' ')
        && letters.next().is_some_and(in_local)
        && letters.next().is_none_or(|c| !in_local(c));
    is_spaced.then_some(1)
}

fn in_local(c: char) -> bool {
    c.is_ascii_alphanumeric() || "._%+-'*~&$!".contains(c) || is_abroad(c)
}

/// A letter of another script than Latin and Chinese, or with an accent.
fn is_abroad(c: char) -> bool {
    !c.is_ascii() && c.is_alphabetic() && !is_han(c)
}

/// Where an address begins before which Chinese characters are: nothing parts `欧阳致远@例子.公司` from its
/// name.
fn with_han(page: &Normal<'_>, start: usize, is_whole: bool) -> usize {
    let is_bare = page.char_at(start) == Some('@') && is_whole;
    let before = page.text().get(..start).filter(|_| is_bare).unwrap_or_default();
    start - before.chars().rev().take(HAN_MAX).take_while(|c| is_han(*c)).map(char::len_utf8).sum::<usize>()
}

fn blanks(text: &str, most: usize) -> usize {
    text.bytes().take(most).take_while(|b| *b == b' ').count()
}
