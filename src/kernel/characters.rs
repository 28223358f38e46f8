//! Character classes across scripts: decimal digits and invisible characters.
//! What a text means is not decided here.

/// The zero of each row of ten decimal digits (Unicode 16, general category Nd), in order.
const ZEROS: [u32; 76] = [
    0x0030, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66,
    0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50,
    0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30,
    0x10D40, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x116D0,
    0x116DA, 0x11730, 0x118E0, 0x11950, 0x11BF0, 0x11C50, 0x11D50, 0x11DA0, 0x11F50, 0x16130, 0x16A60,
    0x16AC0, 0x16B50, 0x16D70, 0x1CCF0, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0,
    0x1E4F0, 0x1E5F1, 0x1E950, 0x1FBF0,
];

/// A decimal digit of any script as the ASCII digit of its value: `٣` and `３` are `3`.
pub fn ascii_digit(c: char) -> Option<char> {
    if c.is_ascii() {
        return c.is_ascii_digit().then_some(c);
    }
    let code = u32::from(c);
    let zero =
        ZEROS.partition_point(|zero| *zero <= code).checked_sub(1).and_then(|place| ZEROS.get(place))?;
    char::from_digit(code.checked_sub(*zero)?, 10)
}

/// An invisible character of no width (Unicode default ignorable): zero width, byte order mark,
/// soft hyphen, direction marks, variation selectors, fillers.
pub fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_many_scripts() {
        for (digits, wanted) in
            [("٠١٩", "019"), ("۵", "5"), ("०९", "09"), ("０９", "09"), ("𝟘𝟡𝟎", "090"), ("๓", "3")]
        {
            assert_eq!(digits.chars().filter_map(ascii_digit).collect::<String>(), wanted, "{digits}");
        }
        for other in ['a', 'O', '一', '²', '½', '①', '٪', 'l', '\u{0}', '\u{10ffff}', ':', '/'] {
            assert_eq!(ascii_digit(other), None, "{other:?}");
        }
        assert!(ZEROS.is_sorted());
    }

    #[test]
    fn what_nobody_sees() {
        for invisible in
            ['\u{200b}', '\u{feff}', '\u{ad}', '\u{202e}', '\u{2069}', '\u{2060}', '\u{fe0f}', '\u{3164}']
        {
            assert!(is_invisible(invisible), "{invisible:?}");
        }
        for visible in ['a', ' ', '\u{3000}', '\n', '厂', '\u{301}', '😀', '\u{e000}', '\u{fffd}', '\u{2028}']
        {
            assert!(!is_invisible(visible), "{visible:?}");
        }
    }
}
