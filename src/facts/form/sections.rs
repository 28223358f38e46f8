//! The input of a reading: sections that know which item they are, and how they become the text that is kept,
//! `label：value` a line. What a label in running text means is decided in `labels.rs`.

use crate::facts::form::labels::Field;
use crate::facts::model::fact::Place;

/// Which item of an inquiry a section is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// Running text, in which anything may be said.
    Text,
    Need,
    Usage,
    Tax,
    Company,
    Contact,
    Phone,
    Email,
    Wechat,
    Message,
    /// A field of the form's own; its name says what it is.
    Other,
}

impl Topic {
    /// What it is called in the text that is kept. Stored facts point into such texts: a label never changes.
    const fn label(self) -> &'static str {
        match self {
            Self::Text | Self::Other => "",
            Self::Need => "需求",
            Self::Usage => "用途",
            Self::Tax => "税收",
            Self::Company => "公司",
            Self::Contact => "联系人",
            Self::Phone => "手机号",
            Self::Email => "邮箱",
            Self::Wechat => "微信",
            Self::Message => "留言",
        }
    }

    /// What its words are; unknown for a field of the form's own.
    const fn field(self) -> Option<Field> {
        match self {
            Self::Text | Self::Other => None,
            Self::Need => Some(Field::Need),
            Self::Usage => Some(Field::Usage),
            Self::Tax => Some(Field::Tax),
            Self::Company => Some(Field::Company),
            Self::Contact => Some(Field::Contact),
            Self::Phone => Some(Field::Phone),
            Self::Email => Some(Field::Email),
            Self::Wechat => Some(Field::Wechat),
            Self::Message => Some(Field::Other),
        }
    }
}

/// What a section is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// Who asks, and what they want.
    Everything,
    /// The same, but no number and no address: those in it are not to reach them by.
    NoContact,
    /// Nothing: ids, addresses and times of machines, and what is about somebody else, are no words of an
    /// inquiry.
    Nothing,
}

/// One field of what somebody sent, or running text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Section<'a> {
    pub item: Topic,
    /// The field's own name, as the form has it.
    pub name: Option<&'a str>,
    /// What the field's label says in brackets, brackets included: `（万元）`; else empty.
    pub unit: &'a str,
    pub words: &'a str,
    pub reads: Reads,
}

impl<'a> Section<'a> {
    /// The words of an item, or running text.
    pub const fn of(item: Topic, words: &'a str) -> Self {
        // An amount of eleven digits is no number to call.
        let reads = if matches!(item, Topic::Tax) { Reads::NoContact } else { Reads::Everything };
        Self { item, name: None, unit: "", words, reads }
    }

    /// A field that is no item.
    pub const fn other(name: &'a str, words: &'a str, reads: Reads) -> Self {
        Self { item: Topic::Other, name: Some(name), unit: "", words, reads }
    }

    /// A field of the form's own with nothing in it is not kept.
    fn is_kept(&self) -> bool {
        self.item != Topic::Other || !self.words.trim().is_empty()
    }

    fn label(&self) -> &'a str {
        match self.item {
            Topic::Text | Topic::Other => self.name.unwrap_or_default(),
            item => item.label(),
        }
    }
}

/// A line of the text that is a field: where its label is, in code points, the end exclusive, and where the
/// line ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    pub label: (u32, u32),
    pub end: u32,
    pub reads: Reads,
    /// What the line is, if the section knows it; else its label says it.
    pub field: Option<Field>,
}

/// The text that sections make, with the places of the fields in it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Script {
    pub text: String,
    pub lines: Vec<Line>,
}

/// Behind a label.
const SIGN: char = '：';

impl Script {
    /// Running text as it is; each field behind its label, on a line of its own.
    pub fn of(sections: &[Section<'_>]) -> Self {
        let room =
            |section: &Section<'_>| section.label().len() + section.unit.len() + section.words.len() + 4;
        let mut script = Self {
            text: String::with_capacity(sections.iter().map(room).sum()),
            lines: Vec::with_capacity(sections.len()),
        };
        let mut points = 0;
        for section in sections.iter().filter(|section| section.is_kept()) {
            if !script.text.is_empty() {
                script.text.push('\n');
                points += 1;
            }
            if section.item != Topic::Text {
                let start = points;
                for part in [section.label(), section.unit] {
                    script.text.push_str(part);
                    points += length(part);
                }
                let label = (start, points);
                script.text.push(SIGN);
                points += 1;
                let end = points + length(section.words);
                script.lines.push(Line { label, end, reads: section.reads, field: section.item.field() });
            }
            script.text.push_str(section.words);
            points += length(section.words);
        }
        script
    }

    /// A text that was kept, with those lines of it that these sections made.
    pub fn kept(text: &str, sections: &[Section<'_>]) -> Self {
        let mut lines: Vec<Line> = Vec::with_capacity(sections.len());
        for section in sections.iter().filter(|section| section.is_kept()) {
            let Some((at, sign)) = line_of(text, section) else { continue };
            let start = length(text.get(..at).unwrap_or_default());
            let label = (start, start + length(text.get(at..sign).unwrap_or_default()));
            let end = label.1 + 1 + length(section.words);
            lines.push(Line { label, end, reads: section.reads, field: section.item.field() });
        }
        lines.sort_by_key(|line| line.label);
        Self { text: text.to_owned(), lines }
    }
}

/// Where the last line of a section begins in a text that was kept, and where its sign is. The unit of an
/// item's label is known no more: 税收（万元） is the item 税收.
fn line_of(text: &str, section: &Section<'_>) -> Option<(usize, usize)> {
    let value = format!("{SIGN}{}", section.words);
    let mut signs = text.rmatch_indices(&value).map(|(sign, _)| sign);
    signs.find_map(|sign| {
        let at = text.get(..sign)?.rfind('\n').map_or(0, |line| line + 1);
        let name = text.get(at..sign)?;
        let unit = name.strip_prefix(section.label())?;
        let is_unit = unit == section.unit
            || section.item != Topic::Other && unit.starts_with(['(', '（']) && unit.ends_with([')', '）']);
        let behind = text.get(sign + value.len()..)?;
        (is_unit && (behind.is_empty() || behind.starts_with('\n'))).then_some((at, sign))
    })
}

/// The place of a field's words in a text that was kept: behind the sign, to the end of the line, for the
/// same words may be a part of others. The last such line counts.
pub fn place_of_field(text: &str, words: &str) -> Option<Place> {
    let lines = text.match_indices(words).filter(|(at, _)| {
        let (before, after) =
            (text.get(..*at).unwrap_or_default(), text.get(at + words.len()..).unwrap_or_default());
        before.ends_with(SIGN) && (after.is_empty() || after.starts_with('\n'))
    });
    let start = length(text.get(..lines.last()?.0)?);
    Some(Place([start, start + length(words)]))
}

/// Code points; a body is far shorter than four thousand million of them.
fn length(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::form::labels;
    use crate::facts::text::normal::{Normal, between};
    use crate::facts::{Member, Name, understand, understand_again, understand_text};
    use proptest::prelude::*;

    const ITEMS: [Topic; 9] = [
        Topic::Need,
        Topic::Usage,
        Topic::Tax,
        Topic::Company,
        Topic::Contact,
        Topic::Phone,
        Topic::Email,
        Topic::Wechat,
        Topic::Message,
    ];

    fn everything() -> Vec<Section<'static>> {
        vec![
            Section::of(Topic::Text, "想看看厂房"),
            Section::of(Topic::Need, "求租厂房3000平"),
            Section::of(Topic::Usage, "注塑"),
            Section { unit: "（万元）", ..Section::of(Topic::Tax, "13800138") },
            Section::of(Topic::Company, "甲乙机械（苏州）有限公司"),
            Section::of(Topic::Contact, "王小北"),
            Section::of(Topic::Phone, "138 0000 1234"),
            Section::of(Topic::Email, "a@example.com"),
            Section::of(Topic::Wechat, "wang_88"),
            Section::of(Topic::Message, "尽快\n谢谢"),
            Section::other("层高（米）", "9", Reads::NoContact),
            Section::other("备注", " \n", Reads::Everything),
            Section::other("备用电话", "13900000002", Reads::Everything),
            Section::other("年产值", "13700000003", Reads::NoContact),
            Section::other("业务员电话", "13600000004", Reads::Nothing),
        ]
    }

    #[test]
    fn stored_facts_point_into_this_text() {
        let script = Script::of(&everything());
        assert_eq!(
            script.text,
            "想看看厂房\n需求：求租厂房3000平\n用途：注塑\n税收（万元）：13800138\n公司：甲乙机械（苏州）有限公司\n\
             联系人：王小北\n手机号：138 0000 1234\n邮箱：a@example.com\n微信：wang_88\n留言：尽快\n谢谢\n\
             层高（米）：9\n备用电话：13900000002\n年产值：13700000003\n业务员电话：13600000004"
        );
        let written: Vec<(&str, &str)> = script
            .lines
            .iter()
            .map(|line| {
                let words = between(&script.text, line.label.1 + 1, line.end);
                (between(&script.text, line.label.0, line.label.1), words)
            })
            .collect();
        assert_eq!(written.len(), 13);
        assert_eq!((written[2], written[8]), (("税收（万元）", "13800138"), ("留言", "尽快\n谢谢")));
        assert_eq!(written[12], ("业务员电话", "13600000004"));
    }

    #[test]
    fn an_empty_item_keeps_its_label_and_an_empty_field_of_the_form_s_own_is_left_out() {
        let sections = [
            Section::of(Topic::Text, ""),
            Section::of(Topic::Need, ""),
            Section::other("层高", "", Reads::Everything),
        ];
        assert_eq!(Script::of(&sections).text, "需求：");
        assert_eq!(Script::of(&[]), Script::default());
        assert!(understand(&[]).is_empty() && understand(&[Section::of(Topic::Text, "")]).is_empty());
        assert_eq!(understand_text("").text(), Some(""));
    }

    #[test]
    fn what_a_section_is_says_what_its_words_are() {
        let facts = understand(&everything());
        for (member, words) in [
            (Member::Company, "甲乙机械（苏州）有限公司"),
            (Member::Contact, "王小北"),
            (Member::Phone, "138 0000 1234"),
            (Member::Email, "a@example.com"),
            (Member::Wechat, "wang_88"),
            (Member::Industry, "注塑"),
        ] {
            assert_eq!(facts.as_written(member), Some(words), "{member:?}");
        }
        assert_eq!(facts.phones(), ["+8613800001234", "+8613900000002"]);
    }

    #[test]
    fn a_number_in_a_label_is_the_form_s() {
        let label = Section::other("有问题联系张经理 13512348002", "好", Reads::Everything);
        let facts = understand(&[Section::of(Topic::Need, "求租厂房"), label]);
        assert!(facts.phones().is_empty());
    }

    #[test]
    fn an_item_is_what_its_label_would_be_in_running_text() {
        for item in ITEMS {
            let text = format!("{}：x", item.label());
            let found = labels::find(&Normal::of(&text), &[]);
            assert_eq!(found.first().map(|label| label.field), item.field(), "{item:?}");
        }
    }

    #[test]
    fn a_kept_text_is_read_like_the_sections_that_made_it() {
        let mut everything = everything();
        // Eleven digits under 税收 are no number to call, not even where the unit of its label is forgotten.
        everything[3].words = "13800138000";
        let forgotten: Vec<Section<'_>> = everything
            .iter()
            .filter(|one| one.item != Topic::Text)
            .map(|one| Section { unit: if one.item == Topic::Tax { "" } else { one.unit }, ..*one })
            .collect();
        let all = understand(&everything);
        let text = all.text().unwrap();
        assert_eq!(Script::kept(text, &forgotten).lines, Script::of(&everything).lines);
        assert_eq!(understand_again(text, &forgotten), all);
        assert_eq!(all.phones(), ["+8613800001234", "+8613900000002"]);
        assert_eq!(Script::kept("层高：9", &[Section::other("层高", "9", Reads::Nothing)]).lines.len(), 1);
        assert_eq!(Script::kept("层高：9", &[Section::other("高", "9", Reads::Nothing)]).lines, []);
    }

    #[test]
    fn a_field_s_words_are_those_of_its_line() {
        let text = "王小北\n公司：王小北\n联系人：王小北\n需求：王小北的厂房";
        assert_eq!(place_of_field(text, "王小北"), Some(Place([15, 18])));
        assert_eq!(place_of_field(text, "厂房"), None);
    }

    fn section() -> impl Strategy<Value = (Topic, &'static str, String, Reads)> {
        let item =
            prop::sample::select(ITEMS.into_iter().chain([Topic::Text, Topic::Other]).collect::<Vec<_>>());
        let name = prop::sample::select(vec!["", "层高", "a：b", "WORK_PHONE", "备注（㎡）", "😀"]);
        let reads = prop::sample::select(vec![Reads::Everything, Reads::NoContact, Reads::Nothing]);
        let words = "(厂房|3000平|：|:|税收|13800138000|王经理|\n| |é|😀|a@b\\.cn|微信){0,8}";
        (item, name, words, reads)
    }

    proptest! {
        #[test]
        fn every_place_is_within_the_text(parts in prop::collection::vec(section(), 0..8)) {
            let sections: Vec<Section<'_>> = parts
                .iter()
                .map(|(item, name, words, reads)| Section {
                    item: *item, name: Some(name), unit: "", words, reads: *reads,
                })
                .collect();
            let script = Script::of(&sections);
            let fields = sections.iter().filter(|one| one.is_kept() && one.item != Topic::Text);
            prop_assert_eq!(script.lines.len(), fields.clone().count());
            for (line, section) in script.lines.iter().zip(fields) {
                prop_assert_eq!(between(&script.text, line.label.0, line.label.1), section.label());
                prop_assert_eq!(between(&script.text, line.label.1 + 1, line.end), section.words);
            }
            let facts = understand(&sections);
            let length = length(&script.text);
            for (name, Place([start, end])) in facts.spans().into_iter().flat_map(|spans| spans.iter()) {
                prop_assert!(start <= end && *end <= length, "{name:?}");
                prop_assert!(facts.named(name).is_some() && matches!(name, Name::Known(_)));
            }
        }
    }
}
