//! What a caller may choose of a chart: its figure, theme, width, language.
//! What is drawn for it is said in `render.rs`.

use crate::kernel::language::Language;
use crate::word_enum;

/// The narrowest and the widest chart, and the one drawn for a request without a width.
pub const WIDTHS: std::ops::RangeInclusive<u32> = 320..=1600;
pub const DEFAULT_WIDTH: u32 = 720;

/// Bars of a chart unless it has room for fewer.
const MOST_BARS: usize = 20;

word_enum! {
    #[derive(Default)]
    pub enum Theme as "ChartTheme" {
        /// As the reader's system has it; light on paper.
        #[default]
        Auto => "auto",
        Light => "light",
        Dark => "dark",
    }
}

#[derive(Debug, Clone, Copy)]
pub struct ChartOptions<'a> {
    /// A figure's key; the report's main figure without one or with an unknown one.
    pub chart: Option<&'a str>,
    pub theme: Theme,
    /// 320 to 1600; what is beyond is drawn at the bound.
    pub width: u32,
    pub language: Language,
    /// Bars that are drawn one by one; the others are put together.
    pub most_bars: usize,
    /// For a place inside an HTML page: without an XML declaration.
    pub inline: bool,
    /// The root's id, which every other id and every style rule begins with.
    pub id: &'a str,
}

impl Default for ChartOptions<'_> {
    fn default() -> Self {
        Self {
            chart: None,
            theme: Theme::Auto,
            width: DEFAULT_WIDTH,
            language: Language::Zh,
            most_bars: MOST_BARS,
            inline: false,
            id: "chart",
        }
    }
}

impl ChartOptions<'_> {
    pub fn lang_tag(&self) -> &'static str {
        self.language.pick("zh-CN", "en")
    }

    pub(super) fn bounded_width(&self) -> f64 {
        f64::from(self.width.clamp(*WIDTHS.start(), *WIDTHS.end()))
    }

    /// The id as HTML, XML and CSS all take it.
    pub(super) fn plain_id(&self) -> String {
        let plain: String = self
            .id
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
            .take(64)
            .collect();
        if plain.starts_with(|c: char| c.is_ascii_alphabetic()) { plain } else { format!("chart{plain}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_one_that_css_takes() {
        let id = |id| ChartOptions { id, ..ChartOptions::default() }.plain_id();
        assert_eq!(id("overview-1"), "overview-1");
        assert_eq!(id("1\"><script>"), "chart1script");
        assert_eq!(id(""), "chart");
    }
}
