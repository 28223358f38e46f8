//! The two languages of the product, and message arguments in both.
//! The caller's language is negotiated from `Accept-Language` in platform/http.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    Zh,
    #[default]
    En,
}

impl Language {
    /// The language of a locale such as `zh-CN`; English for others.
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

    /// The value for this language, else for the other.
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

/// A message argument in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bilingual {
    zh: Cow<'static, str>,
    en: Cow<'static, str>,
}

impl Bilingual {
    pub fn new(zh: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// The same in both: a number, or a literal.
    pub fn same(text: impl ToString) -> Self {
        let text = text.to_string();
        Self { zh: text.clone().into(), en: text.into() }
    }

    /// A list of API keywords, separated by `, `.
    pub fn words(list: &str) -> Self {
        Self { zh: list.replace(", ", "、").into(), en: list.to_owned().into() }
    }

    /// Types of JSON, any of which will do.
    pub fn types<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let (mut zh, mut en) = (Vec::new(), Vec::new());
        for name in names {
            zh.push(match name {
                "string" => "字符串",
                "number" => "数字",
                "integer" => "整数",
                "boolean" => "布尔值",
                "object" => "对象",
                "array" => "数组",
                "null" => "空值",
                _ => "其他类型",
            });
            if !en.contains(&name) {
                en.push(name);
            }
        }
        zh.dedup();
        Self { zh: zh.join("或").into(), en: en.join(" or ").into() }
    }

    pub fn pick(&self, language: Language) -> &str {
        language.pick(&self.zh, &self.en)
    }
}

/// Chinese, English.
impl From<(&'static str, &'static str)> for Bilingual {
    fn from((zh, en): (&'static str, &'static str)) -> Self {
        Self::new(zh, en)
    }
}

/// API keywords.
impl From<&String> for Bilingual {
    fn from(list: &String) -> Self {
        Self::words(list)
    }
}

macro_rules! numbers {
    ($($number:ty),+) => {
        $(impl From<$number> for Bilingual {
            fn from(number: $number) -> Self {
                Self::same(number)
            }
        })+
    };
}

numbers!(usize, u64, i64, f64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_worded_in_both_languages() {
        let both = |text: Bilingual| (text.pick(Language::Zh).to_owned(), text.pick(Language::En).to_owned());
        assert_eq!(
            both(Bilingual::types(["string", "null"])),
            ("字符串或空值".to_owned(), "string or null".to_owned())
        );
        assert_eq!(both(Bilingual::words("day, none")), ("day、none".to_owned(), "day, none".to_owned()));
        assert_eq!(both(200_usize.into()), ("200".to_owned(), "200".to_owned()));
    }
}
