//! What a number is multiplied with: 万, 亿, k, million, and the vague words before it.
//! Numbers themselves are read in `digits.rs` and `han.rs`.

use crate::facts::measures::numerals::number::Context;
use crate::facts::text::normal::Normal;

const WORD_SCALES: &[(&str, f64)] = &[
    ("million", 1e6),
    ("billion", 1e9),
    ("thousand", 1e3),
    ("mln", 1e6),
    ("mio", 1e6),
    ("mil", 1e6),
    ("mn", 1e6),
    ("bn", 1e9),
    ("mm", 1e6),
];

/// The scale that one character is.
pub fn scale_of(c: char) -> Option<f64> {
    match c {
        '百' => Some(1e2),
        '千' => Some(1e3),
        '万' => Some(1e4),
        '亿' => Some(1e8),
        _ => None,
    }
}

/// 万, 亿, k, million … at a place, and the byte after it.
pub fn scale_at(page: &Normal<'_>, at: usize, context: Context) -> Option<(f64, usize)> {
    let vague = skip_vague(page, at);
    let blank = page.from(vague).bytes().take_while(|b| *b == b' ').count();
    let place = if blank <= 1 { vague + blank } else { vague };
    let c = page.char_at(place)?;
    if let Some(han) = scale_of(c).or((c == '十').then_some(1e1)) {
        let end = place + c.len_utf8();
        // 万达, 千克, 千瓦, 千伏安, 百分 are other words.
        let other = matches!(
            (c, page.char_at(end)),
            ('千', Some('克' | '瓦' | '伏' | '米')) | ('百', Some('分')) | ('万', Some('达' | '科'))
        );
        return (!other).then(|| match (c, page.char_at(end)) {
            ('万', Some('亿')) => (1e12, end + 3),
            _ => (han, end),
        });
    }
    if !c.is_ascii_alphabetic() {
        return None;
    }
    let rest = page.from(place);
    let length = rest.bytes().take(10).take_while(u8::is_ascii_alphabetic).count();
    let word = rest.get(..length)?;
    let lower = word.to_ascii_lowercase();
    // 1w5
    let mut behind = page.from(place + length).chars();
    let has_tail = lower == "w" && behind.next().is_some_and(|c| c.is_ascii_digit());
    let is_glued = page.char_at(place + length).is_some_and(|c| c.is_ascii_digit());
    if is_glued && !(has_tail && behind.next().is_some_and(|c| matches!(c, '平' | '方' | '元' | '块'))) {
        return None;
    }
    if let Some((_, factor)) = WORD_SCALES.iter().find(|(name, _)| *name == lower) {
        return Some((*factor, place + length));
    }
    if place != vague {
        return None;
    }
    let factor = match lower.as_str() {
        "k" => 1e3,
        "w" => 1e4,
        "m" if context == Context::Money => 1e6,
        "b" if context == Context::Money => 1e9,
        _ => return None,
    };
    Some((factor, place + length))
}

/// Like `scale_at`, with 千万 and 百万 as one scale.
pub fn whole_scale_at(page: &Normal<'_>, at: usize, context: Context) -> Option<(f64, usize)> {
    let (factor, end) = scale_at(page, at, context)?;
    let larger = if factor < 1e4 {
        scale_at(page, end, Context::Plain).filter(|(larger, _)| *larger >= 1e4)
    } else {
        None
    };
    Some(larger.map_or((factor, end), |(larger, end)| (factor * larger, end)))
}

/// 多, 余, 来, 几 and 个 between a number and its scale: `600多万`, `两个亿`.
pub fn skip_vague(page: &Normal<'_>, at: usize) -> usize {
    let mut end = past_blank(page, at, &['多', '余', '来']);
    for _ in 0..3 {
        match page.char_at(end) {
            Some(c @ ('个' | '多' | '余' | '来')) => end += c.len_utf8(),
            _ => break,
        }
    }
    end
}

/// The place behind one blank, if one of these is there: some write blanks around all digits.
pub fn past_blank(page: &Normal<'_>, at: usize, before: &[char]) -> usize {
    let is_spaced =
        page.char_at(at) == Some(' ') && page.char_at(at + 1).is_some_and(|c| before.contains(&c));
    if is_spaced { at + 1 } else { at }
}
