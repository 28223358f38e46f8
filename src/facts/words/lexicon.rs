//! The words of the trade that a text is searched for once, each with what it speaks of.
//! What follows from them together is decided in the files of the facts.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::facts::text::normal::{Normal, Span};
use crate::facts::words::lists::{List, listed};

/// What a word speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// A longer word that hides one of the others in it.
    Nothing,
    Tax,
    /// 亩均: what follows is per mu.
    MuAverage,
    Invoiced,
    Output,
    Investment,
    FixedAsset,
    Capital,
    /// A price that the inquirer would pay or asks.
    Price,
    /// Money that is none of these: deposits, fees, sales.
    OtherMoney,
    Rent,
    Buy,
    /// To lease out, to sell.
    Offer,
    Factory,
    Warehouse,
    Office,
    Lab,
    Land,
    Yard,
    /// A shop: no place of the park's.
    Shop,
    Custom,
    Policy,
    /// Whole properties as an investment.
    Asset,
    /// The writer owns what is spoken of.
    Owner,
    Spam,
    /// What the inquirer uses at present.
    Current,
    Want,
    Dorm,
    /// Without, no need of.
    Without,
    /// Comes with the main thing: 带, 配套.
    Besides,
}

/// A word at its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    pub topics: Topics,
    pub span: Span,
}

/// What one word speaks of; a few words speak of two things (月租: a rent and a price).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Topics(u64);

impl Topics {
    const NONE: Self = Self(0);

    fn and(self, topic: Topic) -> Self {
        let place = ORDER
            .iter()
            .position(|(known, _)| *known == topic)
            .and_then(|place| u32::try_from(place).ok())
            .unwrap_or_default();
        Self(self.0 | (1 << place))
    }

    /// Whether the topic is one of them.
    pub fn has(self, topic: Topic) -> bool {
        self.and(topic) == self
    }
}

/// Every topic with the name of its list; the place is its bit.
const ORDER: &[(Topic, &str)] = &[
    (Topic::Nothing, "topic nothing"),
    (Topic::Tax, "topic tax"),
    (Topic::MuAverage, "topic mu average"),
    (Topic::Invoiced, "topic invoiced"),
    (Topic::Output, "topic output"),
    (Topic::Investment, "topic investment"),
    (Topic::FixedAsset, "topic fixed asset"),
    (Topic::Capital, "topic capital"),
    (Topic::Price, "topic price"),
    (Topic::OtherMoney, "topic other money"),
    (Topic::Rent, "topic rent"),
    (Topic::Buy, "topic buy"),
    (Topic::Offer, "topic offer"),
    (Topic::Factory, "topic factory"),
    (Topic::Warehouse, "topic warehouse"),
    (Topic::Office, "topic office"),
    (Topic::Lab, "topic lab"),
    (Topic::Land, "topic land"),
    (Topic::Yard, "topic yard"),
    (Topic::Shop, "topic shop"),
    (Topic::Custom, "topic custom"),
    (Topic::Policy, "topic policy"),
    (Topic::Asset, "topic asset"),
    (Topic::Owner, "topic owner"),
    (Topic::Spam, "topic spam"),
    (Topic::Current, "topic current"),
    (Topic::Want, "topic want"),
    (Topic::Dorm, "topic dorm"),
    (Topic::Without, "topic without"),
    (Topic::Besides, "topic besides"),
];

struct Lexicon {
    search: Option<AhoCorasick>,
    topics: Vec<Topics>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let words_of = |(topic, list): &(Topic, &str)| {
        listed(list).map(|word| (word, Topics::NONE.and(*topic))).collect::<Vec<_>>()
    };
    let mut words: Vec<(&str, Topics)> = ORDER.iter().flat_map(words_of).collect();
    words.sort_by_key(|(word, _)| *word);
    words.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 = Topics(kept.1.0 | next.1.0);
        }
        same
    });
    let search = AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .ascii_case_insensitive(true)
        .build(words.iter().map(|(word, _)| word))
        .ok();
    Lexicon { search, topics: words.into_iter().map(|(_, topics)| topics).collect() }
});

/// More words than these in one text are noise.
const MAX: usize = 1500;

/// The words of a text in their order.
pub struct Words {
    hits: Vec<Hit>,
}

impl Words {
    /// Searches a text once.
    pub fn of(page: &Normal<'_>) -> Self {
        let Some(search) = &LEXICON.search else { return Self { hits: Vec::new() } };
        let mut hits = Vec::new();
        for found in search.find_iter(page.text()).take(4 * MAX) {
            let span = Span::new(found.start(), found.end());
            if page.is_whole(span) && is_alone_if_short(page, span) && hits.len() < MAX {
                let topics = LEXICON.topics.get(found.pattern().as_usize()).copied().unwrap_or(Topics::NONE);
                hits.push(Hit { topics, span });
            }
        }
        Self { hits }
    }

    /// All of them.
    pub fn all(&self) -> &[Hit] {
        &self.hits
    }

    /// The words that begin within a piece.
    pub fn within(&self, span: Span) -> &[Hit] {
        let from = self.hits.partition_point(|hit| hit.span.start < span.start);
        let to = self.hits.partition_point(|hit| hit.span.start < span.end);
        self.hits.get(from..to).unwrap_or(&[])
    }

    /// Whether a word of the topic begins within a piece.
    pub fn any(&self, span: Span, topic: Topic) -> bool {
        self.within(span).iter().any(|hit| hit.topics.has(topic))
    }

    /// How many words of the topic there are.
    pub fn count(&self, topic: Topic) -> usize {
        self.hits.iter().filter(|hit| hit.topics.has(topic)).count()
    }

    /// The place of the first word of the topic.
    pub fn first(&self, topic: Topic) -> Option<Span> {
        self.hits.iter().find(|hit| hit.topics.has(topic)).map(|hit| hit.span)
    }
}

/// Right before and right behind a word of one character that is a place: 的仓有.
static BEFORE_A_LONE_PLACE: List = List::named("before a lone place");
static BEHIND_A_LONE_PLACE: List = List::named("behind a lone place");

/// 仓 and 库 count only where they are no part of another word, such as 太仓 and 库存.
fn is_alone_if_short(page: &Normal<'_>, span: Span) -> bool {
    if !matches!(page.cut(span), "仓" | "库") {
        return true;
    }
    let is_apart = |c: Option<char>| !c.is_some_and(char::is_alphanumeric);
    let before = page.before(span.start, 1);
    let behind = page.after(span.end, 1);
    (is_apart(before.chars().next()) || BEFORE_A_LONE_PLACE.has(before))
        && (is_apart(behind.chars().next()) || BEHIND_A_LONE_PLACE.has(behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topics(text: &str) -> Vec<Topic> {
        let page = Normal::of(text);
        let words = Words::of(&page);
        words
            .all()
            .iter()
            .filter_map(|hit| ORDER.iter().map(|(topic, _)| *topic).find(|topic| hit.topics.has(*topic)))
            .collect()
    }

    #[test]
    fn the_longest_word_hides_the_others() {
        assert_eq!(topics("保税仓库"), [Topic::Warehouse]);
        assert_eq!(topics("含税单价"), [Topic::Nothing, Topic::Price]);
        assert_eq!(topics("采购总监"), [Topic::Nothing]);
        assert_eq!(topics("Rental of plants, planting"), [Topic::Price, Topic::Factory]);
        assert_eq!(topics("vat and private"), [Topic::Tax]);
    }

    #[test]
    fn every_topic_has_a_bit() {
        assert!(ORDER.len() <= 64);
        assert!(ORDER.iter().all(|(_, list)| listed(list).count() > 0));
    }
}
