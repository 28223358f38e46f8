//! The colours of charts, light and dark, and the style rules that set them.
//! Which mark has which colour is said where it is drawn.

use std::fmt::Write as _;

use super::options::Theme;

/// What a colour is for. Text and marks have these, never a colour of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    Surface,
    /// Text that matters.
    Ink,
    /// Text beside it.
    Muted,
    Grid,
    /// The line at zero.
    Axis,
    /// The main series.
    Main,
    /// Text upon the main series.
    OnMain,
    /// The second series: the previous period, or the second figure.
    Second,
    /// The sum of the others.
    Other,
    /// What joins the steps of a funnel.
    Join,
}

/// A paint, its class, its light and its dark colour.
const COLOURS: &[(Paint, &str, &str, &str)] = &[
    (Paint::Surface, "surface", "#ffffff", "#12191f"),
    (Paint::Ink, "ink", "#18262f", "#e9eff2"),
    (Paint::Muted, "muted", "#556570", "#a4b2bb"),
    (Paint::Grid, "grid", "#e6ebee", "#27333b"),
    (Paint::Axis, "axis", "#7d8c96", "#71828d"),
    (Paint::Main, "main", "#0e7490", "#45b3c9"),
    (Paint::OnMain, "on-main", "#ffffff", "#08161b"),
    (Paint::Second, "second", "#a9540c", "#f2b457"),
    (Paint::Other, "other", "#72828d", "#8696a0"),
    (Paint::Join, "join", "#dcebef", "#1b3640"),
];

impl Paint {
    fn row(self) -> (&'static str, &'static str, &'static str) {
        let found = COLOURS.iter().find(|(paint, ..)| *paint == self);
        found.map_or(("ink", "#000000", "#ffffff"), |(_, class, light, dark)| (class, light, dark))
    }

    pub fn class(self) -> &'static str {
        self.row().0
    }

    /// The colour of a fixed theme; of `auto` the light one, for readers without styles.
    pub fn colour(self, theme: Theme) -> &'static str {
        let (_, light, dark) = self.row();
        if theme == Theme::Dark { dark } else { light }
    }
}

/// The style rules that the elements in `body` need, which hold below the element of this id alone.
pub fn style(id: &str, theme: Theme, body: &str) -> String {
    let mut css = format!("#{id} text{{font-variant-numeric:tabular-nums}}");
    match theme {
        Theme::Light => rules(&mut css, id, false, body),
        Theme::Dark => rules(&mut css, id, true, body),
        Theme::Auto => {
            rules(&mut css, id, false, body);
            css.push_str("@media (prefers-color-scheme: dark){");
            rules(&mut css, id, true, body);
            css.push_str("}@media print{");
            rules(&mut css, id, false, body);
            css.push('}');
        }
    }
    css
}

fn rules(css: &mut String, id: &str, dark: bool, body: &str) {
    for (_, class, light, of_dark) in COLOURS {
        let colour = if dark { of_dark } else { light };
        for (prefix, property) in [("f", "fill"), ("s", "stroke")] {
            if body.contains(&format!("{prefix}-{class}")) {
                // Writing to a string cannot fail.
                let _ = write!(css, "#{id} .{prefix}-{class}{{{property}:{colour}}}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of WCAG 2.2.
    fn luminance(colour: &str) -> f64 {
        let part = |from: usize| {
            let part = f64::from(u8::from_str_radix(&colour[from..from + 2], 16).unwrap()) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    }

    fn contrast(a: Paint, b: Paint, theme: Theme) -> f64 {
        let (a, b) = (luminance(a.colour(theme)), luminance(b.colour(theme)));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_and_marks_have_contrast_in_both_themes() {
        let text = [
            (Paint::Ink, Paint::Surface),
            (Paint::Muted, Paint::Surface),
            (Paint::Second, Paint::Surface),
            (Paint::OnMain, Paint::Main),
        ];
        let marks = [Paint::Main, Paint::Second, Paint::Other, Paint::Axis];
        for theme in [Theme::Light, Theme::Dark] {
            for (front, back) in text {
                let found = contrast(front, back, theme);
                assert!(found >= 4.5, "{front:?} on {back:?} in {theme:?}: {found:.2}");
            }
            for mark in marks {
                let found = contrast(mark, Paint::Surface, theme);
                assert!(found >= 3.0, "{mark:?} in {theme:?}: {found:.2}");
            }
            let step = contrast(Paint::Main, Paint::Join, theme);
            assert!(step >= 3.0, "a step of the funnel against what joins it in {theme:?}: {step:.2}");
        }
    }

    #[test]
    fn every_rule_is_for_the_chart_of_the_id() {
        for theme in Theme::ALL {
            let css = style("a", *theme, "f-ink f-main s-second");
            assert!(css.contains("#a .f-ink{fill:#") && !css.contains("s-ink"));
            let selectors = css.split('{').map(|part| part.rsplit('}').next().unwrap());
            for selector in selectors.filter(|selector| !selector.is_empty()) {
                assert!(selector.starts_with("#a ") || selector.starts_with("@media "), "{selector}");
            }
            assert_eq!(css.contains("prefers-color-scheme"), *theme == Theme::Auto);
            assert_eq!(css.contains("print"), *theme == Theme::Auto);
            assert_eq!(css.matches('{').count(), css.matches('}').count());
        }
    }
}
