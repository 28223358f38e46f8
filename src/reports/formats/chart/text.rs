//! Text in charts: what of it may be drawn, how wide it is, where it is cut, how it is written in XML.
//! Numbers become text in `number.rs`.

/// Neither seen nor printed: controls, marks that turn the direction of text, and what is no character.
fn is_dropped(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
        || (u32::from(c) & 0xfffe) == 0xfffe
        || matches!(c, '\u{fdd0}'..='\u{fdef}')
}

/// One line of what can be seen of a text; runs of white space are one space.
pub fn clean(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.chars() {
        if c.is_whitespace() {
            gap = true;
        } else if !is_dropped(c) {
            if gap && !plain.is_empty() {
                plain.push(' ');
            }
            gap = false;
            plain.push(c);
        }
    }
    plain
}

/// Added to the character before, without a width of its own.
fn is_joined(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{64b}'..='\u{65f}'
        | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{200c}' | '\u{200d}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}'
        | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0100}'..='\u{e01ef}')
}

/// A character's estimated width in em.
fn em(c: char) -> f64 {
    match c {
        _ if is_joined(c) => 0.0,
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' => 0.32,
        'm' | 'w' | 'M' | 'W' | '%' | '@' | '—' | '…' => 0.92,
        'A'..='Z' | '&' | '+' | '−' | '–' | '=' | '<' | '>' | '~' => 0.68,
        '\0'..='\u{10ff}' => 0.57,
        _ if ('\u{1e00}'..'\u{2000}').contains(&c) => 0.57,
        _ => 1.0,
    }
}

/// The estimated width of a text at a font size.
pub fn width(text: &str, size: f64) -> f64 {
    text.chars().map(em).sum::<f64>() * size
}

/// The text, or as much of it as fits and "…".
pub fn cut(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let room = room / size - em('…');
    let mut used = 0.0;
    let mut short = String::new();
    for c in text.chars() {
        used += em(c);
        if used > room {
            break;
        }
        short.push(c);
    }
    let mut short = short.trim_end_matches(['\u{200d}', ' ']).to_owned();
    short.push('…');
    short
}

/// As text or attribute in XML, cleaned. No word of a label reads as a reference or a rule, not even to a
/// search in the bytes: "url(", "javascript:" and "@" are written with their numbers.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    for c in clean(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '@' => out.push_str("&#64;"),
            '(' if before.is_ascii_alphabetic() => out.push_str("&#40;"),
            ':' if before.is_ascii_alphabetic() => out.push_str("&#58;"),
            _ => out.push(c),
        }
        before = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_dropped() {
        assert_eq!(clean("a\u{0}b\u{1b}[31m\u{202e}c\u{ffff}\u{85}d"), "ab[31mc d");
        assert_eq!(clean("  a\r\n\t b  "), "a b");
        assert_eq!(clean("陈👩\u{200d}💻"), "陈👩\u{200d}💻");
    }

    #[test]
    fn what_is_cut_fits() {
        for text in
            ["启澜精密制造（苏州）有限公司", "Suzhou Industrial Park", "🏭🏭🏭🏭🏭🏭🏭🏭", "مرحبا بالعالم"]
        {
            for room in [30.0, 60.0, 90.0, 500.0] {
                let short = cut(text, 12.0, room);
                assert!(width(&short, 12.0) <= room, "{short}");
                assert_eq!(short.ends_with('…'), width(text, 12.0) > room);
            }
        }
    }

    #[test]
    fn no_label_reads_as_markup_or_reference() {
        let out = escape("<script>url(https://x) javascript:x @import \"'&");
        for part in ["<", ">", "url(", "javascript:", "@", "\"", "'"] {
            assert!(!out.contains(part), "{out}");
        }
        assert_eq!(escape("收到 31 (12)"), "收到 31 (12)");
    }
}
