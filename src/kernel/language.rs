//! The two languages the product speaks. Which one a caller wants is decided from `Accept-Language` in platform/http.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    Zh,
    #[default]
    En,
}

impl Language {
    /// The language of a locale such as `zh-CN`; English for what we do not speak.
    pub fn of_locale(locale: &str) -> Self {
        let primary = locale.split(['-', '_']).next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("zh") { Self::Zh } else { Self::En }
    }

    pub fn pick<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }

    /// The one of two that this language has, else the other.
    pub fn pick_of<T>(self, zh: Option<T>, en: Option<T>) -> Option<T> {
        match self {
            Self::Zh => zh.or(en),
            Self::En => en.or(zh),
        }
    }

    pub fn tag(self) -> &'static str {
        self.pick("zh-CN", "en")
    }
}
