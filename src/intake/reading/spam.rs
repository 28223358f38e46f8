//! The verdict on a submission, from itself alone: no outside service is asked. The outside never learns of
//! it. How often the page's token was used is asked of the database, in `decision.rs`.

use super::mapping::MappedFields;
use super::names::Item;
use super::token::PageToken;
use crate::facts::{Member, NeedKind};
use crate::inquiries::NewInquiry;
use crate::intake::forms::settings::Spam as Settings;
use crate::kernel::clock::Timestamp;
use crate::kernel::email::is_address;
use chrono::Duration;

/// A token older than this says nothing.
const TOKEN_LIFE: Duration = Duration::hours(24);
/// Times that one page may be sent: going back and correcting is human.
pub const USES_MAX: i64 = 5;
pub const TOKEN_REUSED: &str = "token_reused";
const TOO_FAST: &str = "too_fast";
const LINKS: &str = "links";
/// Reasons that a person gives as well: a prefilled page sent at once, a page that was copied and sent on, a
/// firm's own site.
const WEAK: [&str; 3] = [TOO_FAST, TOKEN_REUSED, LINKS];
/// Facts of which a person who looks for something tells one at least. The kind of the need is another.
const PLAUSIBLE: [Member; 13] = [
    Member::AreaMinSqm,
    Member::AreaMaxSqm,
    Member::LandMu,
    Member::LandMuMin,
    Member::LandMuMax,
    Member::Region,
    Member::RegionCode,
    Member::Industry,
    Member::Company,
    Member::TaxWanPerYear,
    Member::TaxWanPerYearMax,
    Member::TaxWanPerMu,
    Member::Budget,
];

/// Whether somebody who can be reached says what is looked for, or who it is for.
pub fn is_plausible(new: &NewInquiry) -> bool {
    let can_be_reached = new.phone_e164().is_some() || new.items.email.as_deref().is_some_and(is_address);
    let kind = new.facts.need_kind();
    can_be_reached
        && (kind.is_some_and(|kind| !matches!(kind, NeedKind::Spam | NeedKind::Other))
            || PLAUSIBLE.iter().any(|fact| new.facts.has(*fact)))
}

/// Whether these reasons make a submission spam. Weak ones alone do not, if it is plausible.
pub fn is_spam(reasons: &[&'static str], is_plausible: bool) -> bool {
    reasons.iter().any(|reason| !is_plausible || !WEAK.contains(reason))
}

/// What makes a submission of a form spam.
#[derive(Debug, Clone, Copy)]
pub struct Spam {
    min_fill: Duration,
    token_required: bool,
    max_links: usize,
}

impl From<Option<&Settings>> for Spam {
    fn from(settings: Option<&Settings>) -> Self {
        let none = Settings::default();
        let settings = settings.unwrap_or(&none);
        Self {
            min_fill: Duration::seconds(settings.min_fill_seconds.unwrap_or(2)),
            token_required: settings.token_required.unwrap_or(false),
            max_links: settings.max_links.and_then(|max| usize::try_from(max).ok()).unwrap_or(3),
        }
    }
}

impl Spam {
    /// The reasons to take a submission for spam; none of them, and it is none. `token` is the page's, if it
    /// is genuine. The files that a service adds by itself, with a right proof, are no links.
    pub fn reasons(
        &self,
        fields: &MappedFields,
        token: Option<PageToken>,
        now: Timestamp,
        is_proven: bool,
    ) -> Vec<&'static str> {
        let mut reasons = Vec::new();
        if fields.is_trapped {
            reasons.push("honeypot");
        }
        match (&fields.token, token) {
            (None, _) if self.token_required => reasons.push("token_missing"),
            (Some(_), None) => reasons.push("token_invalid"),
            (_, Some(token)) if token.is_older(TOKEN_LIFE, now) => {}
            (_, Some(token)) if !token.is_older(self.min_fill, now) => reasons.push(TOO_FAST),
            _ => {}
        }
        let said =
            [Item::Need, Item::Usage, Item::Tax, Item::Company, Item::Contact, Item::Message, Item::Text];
        let items = said.into_iter().filter_map(|item| fields.get(item)).collect::<Vec<&str>>().join("\n");
        let custom = fields
            .custom
            .iter()
            .filter(|(name, _)| !is_proven || !fields.files.contains(*name))
            .filter_map(|(_, value)| value.as_str())
            .collect::<Vec<&str>>()
            .join("\n");
        let said = Words {
            links: links(&items),
            links_in_custom: links(&custom).len(),
            items: &items,
            custom: &custom,
        };
        if said.has_too_many_links(self.max_links) {
            reasons.push(LINKS);
        }
        if said.has_markup() {
            reasons.push("markup");
        }
        if said.is_foreign() {
            reasons.push("foreign_script");
        }
        reasons
    }
}

impl PageToken {
    /// Whether the number of its uses counts.
    pub fn counts(&self, now: Timestamp) -> bool {
        !self.is_older(TOKEN_LIFE, now)
    }
}

/// What a person wrote, as far as links and markup have no business in it.
struct Words<'a> {
    items: &'a str,
    custom: &'a str,
    /// Those in the items.
    links: Vec<&'a str>,
    links_in_custom: usize,
}

impl Words<'_> {
    /// More than are allowed, or more than half of what was written.
    fn has_too_many_links(&self, max: usize) -> bool {
        let count = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count();
        let linked: usize = self.links.iter().map(|link| count(link)).sum();
        self.links.len().saturating_add(self.links_in_custom) > max
            || linked > 0 && linked.saturating_mul(2) > count(self.items)
    }

    fn has_markup(&self) -> bool {
        [self.items, self.custom].iter().filter(|text| text.contains(['<', '['])).any(|text| {
            let lower = text.to_lowercase();
            ["<script", "<a href", "[url="].iter().any(|mark| lower.contains(mark))
        })
    }

    /// A link, among letters of which most are of a script that is not written here.
    fn is_foreign(&self) -> bool {
        if self.links.is_empty() && self.links_in_custom == 0 {
            return false;
        }
        let others = self.items.chars().filter(|c| c.is_alphabetic() && !is_ours(*c)).count();
        let all = self.items.chars().filter(|c| c.is_alphabetic()).count();
        // The letters of the links themselves do not count.
        let linked: usize =
            self.links.iter().map(|link| link.chars().filter(|c| c.is_alphabetic()).count()).sum();
        others.saturating_mul(2) > all.saturating_sub(linked)
    }
}

/// The links in a text, each as it is written.
fn links(text: &str) -> Vec<&str> {
    // Each has one of these; most texts have neither.
    if !text.contains(['/', 'w', 'W']) {
        return Vec::new();
    }
    let ends = |c: char| {
        c.is_whitespace() || matches!(c, '<' | '>' | '"' | '\'' | '，' | '。' | '；' | '、' | '）' | '】')
    };
    let mut found = Vec::new();
    for word in text.split(ends) {
        // Bytes of these are one character each, in either case.
        let lower = word.to_ascii_lowercase();
        let mut from = 0;
        while let Some(start) = begin(&lower, from) {
            let next = begin(&lower, start.saturating_add(8)).unwrap_or(word.len());
            found.extend(word.get(start..next));
            from = next;
        }
    }
    found
}

/// Where the next link begins, at this byte or after it.
fn begin(lower: &str, from: usize) -> Option<usize> {
    let rest = lower.get(from..)?;
    let scheme = ["http://", "https://"].iter().filter_map(|scheme| rest.find(scheme)).min();
    let bare = (from == 0)
        .then(|| rest.find("www."))
        .flatten()
        .filter(|at| !rest.get(..*at).is_some_and(|before| before.ends_with(char::is_alphanumeric)));
    Some(from.saturating_add(scheme.into_iter().chain(bare).min()?))
}

/// Han, kana, hangul or Latin.
fn is_ours(c: char) -> bool {
    matches!(
        c, '\0'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' | '\u{2e80}'..='\u{9fff}' | '\u{1100}'..='\u{11ff}'
            | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}'
            | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::super::mapping::Mapping;
    use super::super::pairs::Places;
    use super::super::raw::tests::raw;
    use super::super::selector::EvalContext;
    use super::super::work::Work;
    use super::*;
    use crate::intake::forms::settings::Profile;
    use crate::kernel::error::Faults;
    use serde_json::{Value, json};

    fn reasons(document: Value) -> Vec<&'static str> {
        let (profile, mut faults) = (Profile::default(), Faults::default());
        let work = Work::default();
        let pairs = Places::parse(&profile, "", &mut faults).pairs(&document, &work);
        let raw = raw("application/json", b"");
        let read = Mapping::parse(&profile, "", &mut faults).read(&EvalContext {
            document: Some(&document),
            pairs: &pairs,
            raw: &raw,
            work: &work,
        });
        Spam::from(None).reasons(&read, None, Timestamp::from_millis(0), false)
    }

    #[test]
    fn spam_has_its_reasons() {
        for (document, wanted) in [
            (
                json!({"message": "http://a.example http://b.example http://c.example http://d.example 看看 \
                    价格好 欢迎来电 随时可以 还有很多很多别的话可以说在这里一直说下去"}),
                &["links"][..],
            ),
            (json!({"message": "https://spam.example/aaaaaaaaaaaaaaaaaaaaaaaaaaa 买"}), &["links"]),
            (json!({"need": "<A HREF=x>click</a>"}), &["markup"]),
            (json!({"message": "[url=x]x[/url]", "_gotcha": "1"}), &["honeypot", "markup"]),
            (
                json!({"message": "Продвижение сайтов в поисковых системах быстро http://x.example"}),
                &["foreign_script"],
            ),
            (json!({"need": "x", "_t": "forged.token"}), &["token_invalid"]),
        ] {
            assert_eq!(reasons(document.clone()), wanted, "{document}");
        }
    }

    #[test]
    fn links_are_found_wherever_they_are() {
        assert_eq!(
            links("看HTTP://a.example/x，http://b.examplehttps://c.example www.d.example/www.x awww.no"),
            ["HTTP://a.example/x", "http://b.example", "https://c.example", "www.d.example/www.x"]
        );
    }

    #[test]
    fn what_people_write_is_no_spam() {
        for document in [
            json!({"message": "我们公司网站 https://www.example.com ，想租 2000 平厂房做汽车零部件，年税收 300 万，请联系"}),
            json!({"message": "Мы ищем завод площадью 2000 кв.м в Сучжоу"}),
            json!({"message": "面积 < 2000 & 层高 > 8", "need": "=1+1"}),
            json!({"phone": "13800000000",
                "page_url": "https://www.example.com/a/very/long/address/of/a/page",
                    "网站": "https://www.example.com"}),
        ] {
            assert_eq!(reasons(document.clone()), [""; 0], "{document}");
        }
    }
}
