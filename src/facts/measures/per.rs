//! What a price is per: `元/平/天`, `一平一天`, `每亩`, `per sqm per month`, `/年`.
//! Amounts are read in `quantity.rs`.

use crate::facts::text::normal::Normal;

/// What an amount is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Per {
    SqmDay,
    SqmMonth,
    SqmYear,
    Sqm,
    Day,
    Month,
    Year,
    Mu,
    /// One price for the whole.
    Total,
}

impl Per {
    /// The word in `budget.per`.
    pub fn word(self) -> &'static str {
        match self {
            Self::SqmDay => "sqm_day",
            Self::SqmMonth => "sqm_month",
            Self::SqmYear => "sqm_year",
            Self::Sqm => "sqm",
            Self::Day => "day",
            Self::Month => "month",
            Self::Year => "year",
            Self::Mu => "mu",
            Self::Total => "total",
        }
    }

    /// Whether it is for a piece of area, so that the amount is a price whatever else is said.
    pub fn is_of_area(self) -> bool {
        matches!(self, Self::SqmDay | Self::SqmMonth | Self::SqmYear)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Area,
    Mu,
    Day,
    Month,
    Year,
}

const PARTS: &[(&str, Part)] = &[
    ("平方米", Part::Area),
    ("平方", Part::Area),
    ("平米", Part::Area),
    ("平", Part::Area),
    ("方", Part::Area),
    ("m2", Part::Area),
    ("m^2", Part::Area),
    ("sqm", Part::Area),
    ("sq.m", Part::Area),
    ("sq. m", Part::Area),
    ("sq m", Part::Area),
    ("square meter", Part::Area),
    ("square metre", Part::Area),
    ("亩", Part::Mu),
    ("mu", Part::Mu),
    ("天", Part::Day),
    ("日", Part::Day),
    ("day", Part::Day),
    ("d", Part::Day),
    ("个月", Part::Month),
    ("月", Part::Month),
    ("month", Part::Month),
    ("mth", Part::Month),
    ("mo", Part::Month),
    ("m", Part::Month),
    ("年", Part::Year),
    ("year", Part::Year),
    ("annum", Part::Year),
    ("yr", Part::Year),
    ("y", Part::Year),
];

const SIGNS: &[&str] =
    &["/", "每个", "每", "一个", "一", "1", "per ", "a ", "·", ".", "*", "x", "×", "元/", "元", "钱", ",每"];

fn fitting(rest: &str) -> Option<(&'static str, Part)> {
    let fits = |word: &str| {
        rest.strip_prefix(word).is_some_and(|after| {
            !word.ends_with(|c: char| c.is_ascii_alphabetic())
                || !after.trim_start_matches('s').starts_with(|c: char| c.is_ascii_alphanumeric())
        })
    };
    PARTS.iter().filter(|(word, _)| fits(word)).max_by_key(|(word, _)| word.len()).copied()
}

/// What is after an amount, and the byte after it.
pub fn after(page: &Normal<'_>, at: usize) -> Option<(Per, usize)> {
    let window = page.lower_after(at, 40);
    let mut rest = window;
    let (mut area, mut mu, mut time) = (false, false, None);
    let mut last = rest;
    for step in 0..3 {
        let mut inner = rest.trim_start_matches(' ');
        let mut signed = false;
        for _ in 0..3 {
            let Some(sign) =
                SIGNS.iter().filter(|sign| inner.starts_with(**sign)).max_by_key(|sign| sign.len())
            else {
                break;
            };
            inner = inner.get(sign.len()..).unwrap_or("").trim_start_matches(' ');
            signed = true;
        }
        let follows = signed || step > 0 && rest.starts_with(['天', '月', '年']);
        if !follows {
            break;
        }
        let Some((word, part)) = fitting(inner) else { break };
        match part {
            Part::Area if !area => area = true,
            Part::Mu if !mu => mu = true,
            Part::Day | Part::Month | Part::Year if time.is_none() => time = Some(part),
            _ => break,
        }
        rest = inner.get(word.len()..).unwrap_or("");
        if word.ends_with(|c: char| c.is_ascii_alphabetic()) {
            rest = rest
                .strip_prefix('s')
                .filter(|after| !after.starts_with(|c: char| c.is_ascii_alphanumeric()))
                .unwrap_or(rest);
            rest = rest.strip_prefix('.').filter(|_| word.starts_with("sq")).unwrap_or(rest);
        }
        last = rest;
    }
    if !area && !mu && time.is_none() {
        for (word, per) in [
            (" psm pm", Per::SqmMonth),
            (" monthly", Per::Month),
            (" annually", Per::Year),
            (" yearly", Per::Year),
            (" p.a.", Per::Year),
            (" pa", Per::Year),
            (" pcm", Per::Month),
        ] {
            if let Some(after) = window
                .strip_prefix(word)
                .filter(|after| !after.starts_with(|c: char| c.is_ascii_alphanumeric()))
            {
                return Some((per, at + window.len() - after.len()));
            }
        }
    }
    Some((of(area, mu, time)?, at + window.len() - last.len()))
}

fn of(area: bool, mu: bool, time: Option<Part>) -> Option<Per> {
    Some(match (area, mu, time) {
        (true, _, Some(Part::Day)) => Per::SqmDay,
        (true, _, Some(Part::Month)) => Per::SqmMonth,
        (true, _, Some(Part::Year)) => Per::SqmYear,
        (true, _, _) => Per::Sqm,
        (false, true, _) => Per::Mu,
        (false, false, Some(Part::Day)) => Per::Day,
        (false, false, Some(Part::Month)) => Per::Month,
        (false, false, Some(Part::Year)) => Per::Year,
        _ => return None,
    })
}

/// What words of a text before an amount say: 每平每月25, 月租8万, 一年租金30万, 总价800万.
pub fn before(page: &Normal<'_>, words: &str) -> Option<Per> {
    let has = |list: &[&str]| page.among(list).any(|word| words.contains(word));
    let area = has(&[
        "每平",
        "每个平方",
        "每方",
        "一平",
        "per sqm",
        "每m2",
        "平米单价",
        "元/平",
        "元/m2",
        "/m2",
        "/平",
    ]);
    let mu = has(&["每亩", "一亩", "per mu", "亩价", "元/亩", "万/亩"]);
    let day = has(&["每天", "一天", "每日", "日租", "daily", "/天", "天租金"]);
    let month =
        has(&["每月", "月租", "一个月", "每个月", "一月", "monthly", "月预算", "/月", "月付", "per month"]);
    let year =
        has(&["每年", "年租", "一年", "年付", "annual rent", "yearly", "全年", "/年", "年预算", "per year"]);
    let time = if day {
        Some(Part::Day)
    } else if month {
        Some(Part::Month)
    } else if year {
        Some(Part::Year)
    } else {
        None
    };
    if !area
        && !mu
        && time.is_none()
        && has(&[
            "总价",
            "总预算",
            "全款",
            "总款",
            "总金额",
            "总额",
            "总共",
            "in total",
            "total price",
            "total budget",
            "purchase price",
            "整体价格",
        ])
    {
        return Some(Per::Total);
    }
    of(area, mu, time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_an_amount() {
        for (text, per) in [
            ("/平/天", Some(Per::SqmDay)),
            ("/㎡·天", Some(Per::SqmDay)),
            ("/天/平", Some(Per::SqmDay)),
            ("一平一天", Some(Per::SqmDay)),
            ("每平每月", Some(Per::SqmMonth)),
            (" per sqm per month", Some(Per::SqmMonth)),
            ("/sqm/day", Some(Per::SqmDay)),
            ("/亩", Some(Per::Mu)),
            ("一亩", Some(Per::Mu)),
            ("/㎡以内", Some(Per::Sqm)),
            ("/年", Some(Per::Year)),
            ("/month", Some(Per::Month)),
            ("一个月", Some(Per::Month)),
            (", 平湖", None),
            (" machines", None),
            ("", None),
        ] {
            assert_eq!(after(&Normal::of(text), 0).map(|(per, _)| per), per, "{text}");
        }
    }

    #[test]
    fn before_an_amount() {
        let said = |words: &str| before(&Normal::of(words), words);
        assert_eq!(said("月租预算"), Some(Per::Month));
        assert_eq!(said("租金每平每月"), Some(Per::SqmMonth));
        assert_eq!(said("总价"), Some(Per::Total));
        assert_eq!(said("预算"), None);
    }
}
