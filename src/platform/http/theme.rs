//! Page colours derived from one accent, for light and dark schemes, always readable (WCAG 2.2, contrast
//! 4.5). The accent is chosen by the caller.

use std::sync::LazyLock;

/// The least contrast of text (WCAG 2.2, 1.4.3).
pub const CONTRAST_MIN: f64 = 4.5;
/// The contrast of an accent in the dark scheme, with some room above the least.
const CONTRAST_DARK: f64 = 6.0;

const WHITE: Colour = Colour([0xff; 3]);
/// The page background in the dark scheme; base.html has the same.
const DARK_SHEET: Colour = Colour([0x1a, 0x26, 0x22]);
/// The default accent.
const OWN: Colour = Colour([0x0a, 0x6b, 0x56]);

/// A colour of sRGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour([u8; 3]);

impl Colour {
    /// From `#RRGGBB`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
        let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// Relative luminance, 0 to 1.
    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        let [r, g, b] = self.0.map(linear);
        0.2126f64.mul_add(r, 0.7152f64.mul_add(g, 0.0722 * b))
    }

    /// Contrast ratio, 1 to 21.
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// Whether white text can be read on it, and it on white.
    pub fn is_readable_with_white(self) -> bool {
        self.contrast(WHITE) >= CONTRAST_MIN
    }

    /// So many hundredths of another colour mixed in.
    fn mixed(self, other: Self, percent: u16) -> Self {
        let mut parts = self.0;
        for (part, other) in parts.iter_mut().zip(other.0) {
            let sum = u16::from(*part) * (100 - percent) + u16::from(other) * percent;
            *part = u8::try_from(sum / 100).unwrap_or(u8::MAX);
        }
        Self(parts)
    }

    /// So many tenths of its brightness, as far as the brightest part allows.
    fn brightened(self, tenths: u16) -> Self {
        let brightest = self.0.into_iter().max().map_or(1, u16::from).max(1);
        let tenths = tenths.min(2_300 / brightest).max(10);
        Self(self.0.map(|part| u8::try_from(u16::from(part) * tenths / 10).unwrap_or(u8::MAX)))
    }

    fn css(self) -> String {
        format!("#{}", data_encoding::HEXLOWER.encode(&self.0))
    }
}

/// The accents of both schemes, as CSS colours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    pub accent: String,
    pub tint: String,
    /// Lighter, so that it can be read on dark ground.
    pub dark_accent: String,
    pub dark_tint: String,
}

impl Theme {
    /// From an accent that is readable with white.
    pub fn of(accent: Colour) -> Self {
        // Brighter first, so that it stays the same colour; then with ever more white in it.
        let brighter = (10..=30).map(|tenths| accent.brightened(tenths).mixed(WHITE, 20));
        let paler = (4..=20).map(|step| accent.brightened(30).mixed(WHITE, step * 5));
        let lighter = brighter
            .chain(paler)
            .find(|colour| colour.contrast(DARK_SHEET) >= CONTRAST_DARK)
            .unwrap_or(WHITE);
        Self {
            accent: accent.css(),
            tint: WHITE.mixed(accent, 11).css(),
            dark_accent: lighter.css(),
            dark_tint: DARK_SHEET.mixed(lighter, 14).css(),
        }
    }

    /// The default theme.
    pub fn own() -> &'static Self {
        static THEME: LazyLock<Theme> = LazyLock::new(|| Theme::of(OWN));
        &THEME
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_that_of_wcag() {
        let black = Colour::parse("#000000").unwrap();
        assert!((WHITE.contrast(black) - 21.0).abs() < 1e-9 && (WHITE.contrast(WHITE) - 1.0).abs() < 1e-9);
        let readable = |text: &str| Colour::parse(text).unwrap().is_readable_with_white();
        assert!(readable("#767676") && !readable("#777777") && readable("#0A6B56") && !readable("#ffcc00"));
        for bad in ["", "#fff", "red", "0a6b56", "#0a6b5g", "#0a6b560"] {
            assert_eq!(Colour::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn every_accent_is_readable_in_the_dark() {
        let ink = Colour([0x0b, 0x15, 0x12]);
        for accent in ["#000000", "#0a6b56", "#b00020", "#0000ff", "#767676", "#7a1fa2", "#004d40"] {
            let theme = Theme::of(Colour::parse(accent).unwrap());
            let dark = Colour::parse(&theme.dark_accent).unwrap();
            assert!(
                dark.contrast(DARK_SHEET) >= CONTRAST_MIN && dark.contrast(ink) >= CONTRAST_MIN,
                "{accent} → {}",
                theme.dark_accent
            );
        }
    }
}
