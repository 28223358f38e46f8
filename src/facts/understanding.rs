//! The reading of a text: from what somebody wrote to the facts it says, one sort of fact after the other.
//! How each sort is found is in the rooms beside; what facts are is in `model`.

use std::borrow::Cow;

use crate::facts::form::sections::{Line, Reads, Script, Section};
use crate::facts::model::document::Facts;
use crate::facts::model::findings::Findings;
use crate::facts::model::kinds::{Member, NeedKind};
use crate::facts::people::{accounts, asker};
use crate::facts::phones::number;
use crate::facts::places::regions;
use crate::facts::reading::Reading;
use crate::facts::text::normal;
use crate::facts::wants::{areas, extra, industry, money, need};

/// Which rules read a text; another number may read it otherwise.
pub const PARSER_VERSION: &str = "5";

/// What running text says: the members of `Facts` that it names, with `text`, `spans`, `confidence` (0 to 1)
/// and `parser_version`. What it does not say is absent; nothing is derived.
pub fn understand_text(text: &str) -> Facts {
    read(text.to_owned(), &[])
}

/// The same of the sections of a form: what a section is about is known, and what no person wrote is passed
/// over. Empty if they say nothing at all.
pub fn understand(sections: &[Section<'_>]) -> Facts {
    let script = Script::of(sections);
    if script.text.is_empty() { Facts::default() } else { read(script.text, &script.lines) }
}

/// The same of the text that `understand` kept. `sections`: those that are known of it still.
pub fn understand_again(text: &str, sections: &[Section<'_>]) -> Facts {
    let script = Script::kept(text, sections);
    if script.text.is_empty() { Facts::default() } else { read(script.text, &script.lines) }
}

fn read(text: String, lines: &[Line]) -> Facts {
    crate::kernel::threads::assert_no_database_thread("reading a text");
    let found = find(&readable(&text, lines), lines);
    found.into_facts(text, PARSER_VERSION)
}

fn find(visible: &str, lines: &[Line]) -> Findings {
    let reading = Reading::of_form(visible, lines);
    let mut found = Findings::default();
    let mut names = asker::put(&reading, &mut found);
    let need = need::find(&reading, &names);
    if let Some(need) = &need {
        need::put(&reading, need, &mut found);
    }
    phones(&reading, &mut found);
    accounts::put(&reading, &mut found);
    areas::put(&reading, need.as_ref(), &mut found);
    money::put(&reading, need.as_ref(), &mut found);
    if need.as_ref().is_none_or(|need| need.kind != NeedKind::Spam) {
        names.extend(&reading.label_names);
        regions::put(&reading, need.as_ref().map(|need| need.kind), &names, &mut found);
        industry::put(&reading, need.as_ref(), &names, &mut found);
        extra::put(&reading, need.as_ref(), &mut found);
    }
    found
}

/// The text with blanks in the place of each line that no person wrote: every place stays what it is.
fn readable<'t>(text: &'t str, lines: &[Line]) -> Cow<'t, str> {
    let mut hidden = lines.iter().filter(|line| line.reads == Reads::Nothing).peekable();
    if hidden.peek().is_none() {
        return Cow::Borrowed(text);
    }
    let shown = (0u32..).zip(text.chars()).map(|(point, c)| {
        while hidden.peek().is_some_and(|line| line.end <= point) {
            hidden.next();
        }
        let is_hidden = hidden.peek().is_some_and(|line| line.label.0 <= point);
        if is_hidden && c != '\n' { ' ' } else { c }
    });
    Cow::Owned(shown.collect())
}

/// Reads the tables of words, places and numbering plans in, which takes a moment; else the first inquiry
/// waits for it.
pub fn warm() {
    understand_text(
        "求租苏州厂房3000平，做注塑，甲乙精密机械有限公司，王经理 +49 30 23125 017, a unit for lease, Ann Smith, Foo Ltd",
    );
}

/// Writes the phones: `phone` is the first mobile, else the first number.
fn phones(reading: &Reading<'_>, found: &mut Findings) {
    let page = &reading.page;
    let first = reading
        .phones
        .iter()
        .find(|phone| phone.kind == number::Kind::Mobile)
        .or_else(|| reading.phones.first());
    let Some(first) = first else { return };
    found.put(page, Member::Phone, first.e164.clone(), first.span, 0.98);
    if reading.phones.len() > 1 {
        let all: Vec<String> = reading.phones.iter().map(|phone| phone.e164.clone()).collect();
        let whole = reading.phones.iter().fold(first.span, |span, phone| span.to(phone.span));
        found.put(page, Member::Phones, all, whole, 0.97);
    }
}

/// The phone numbers of a text as they are written in it, the first of equal ones.
pub fn phones_written(text: &str) -> Vec<String> {
    let reading = Reading::of(text);
    let page = &reading.page;
    reading
        .phones
        .iter()
        .map(|phone| page.in_source(phone.span))
        .map(|(start, end)| normal::between(text, start, end).to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::facts::*;
    use proptest::prelude::*;
    use serde_json::{Map, Value, json};

    /// Whether a member is one that the schema names, and has a value of its form.
    fn is_of_the_schema(name: &Name, fact: &Fact) -> bool {
        matches!(name, Name::Known(_)) && !matches!(fact, Fact::Odd(_))
    }

    #[test]
    fn a_whole_inquiry() {
        let text = "需求：厂房，2000-3000平；用途：注塑；税收：年税收约200万元；公司：甲乙塑业（昆山）有限公司；联系人：王小北；手机号：138 0000 1234";
        let facts = understand_text(text);
        let members = Map::from(facts.clone());
        for (field, expected) in [
            ("need_kind", json!("factory_rent")),
            ("area_min_sqm", json!(2000)),
            ("area_max_sqm", json!(3000)),
            ("industry", json!("注塑")),
            ("industry_code", json!("C29")),
            ("tax_wan_per_year", json!(200)),
            ("company", json!("甲乙塑业(昆山)有限公司")),
            ("contact", json!("王小北")),
            ("phone", json!("+8613800001234")),
        ] {
            assert_eq!(members.get(field), Some(&expected), "{field}");
        }
        assert_eq!(members.get("region_code"), None);
        assert_eq!(facts.as_written(Member::Company), Some("甲乙塑业（昆山）有限公司"));
        assert_eq!(facts.as_written(Member::Phone), Some("138 0000 1234"));
        assert_eq!(facts.as_written(Member::Email), None);
        assert!(facts.iter().all(|(name, fact)| is_of_the_schema(name, fact)));
    }

    #[test]
    fn nothing_said_nothing_found() {
        for text in ["", " ", "。", "🏭", "-"] {
            let facts = understand_text(text);
            let mut members: Vec<&str> = facts.iter().map(|(name, _)| name.as_str()).collect();
            members.sort_unstable();
            assert_eq!(members, ["confidence", "parser_version", "spans", "text"], "{text:?}");
        }
    }

    /// Pieces that inquiries are made of, and pieces that are none.
    fn pieces() -> impl Strategy<Value = String> {
        let words = prop::sample::select(vec![
            "求租",
            "厂房",
            "3000",
            "-",
            "5000",
            "平",
            "亩",
            "万",
            "亿",
            "元",
            "税收",
            "年",
            "公司：",
            "有限公司",
            "王",
            "经理",
            "138",
            "0000",
            "1234",
            "+86",
            " ",
            "，",
            "；",
            "\n",
            "苏州",
            "或",
            "昆山",
            "每",
            "/",
            "天",
            "一",
            "三",
            "千",
            "点",
            "个",
            "半",
            "(",
            "）",
            "@",
            "a.b",
            "Ltd",
            "Mr",
            "Foo",
            "USD",
            "million",
            "m2",
            "k",
            "转",
            "微信",
            "同号",
            "２５",
            "㎡",
            "😀",
            "é",
            "ﷺ",
            "\u{200b}",
            "0",
            ":",
            "块",
            "毛",
            "±",
            "以内",
            "不低于",
            "姓",
            "总",
        ]);
        prop::collection::vec(words, 0..40).prop_map(|words| words.concat())
    }

    fn holds(text: &str) -> Result<(), TestCaseError> {
        let understood = understand_text(text);
        prop_assert!(understood.iter().all(|(name, fact)| is_of_the_schema(name, fact)), "{understood:?}");
        let written = serde_json::to_string(&understood).unwrap();
        let read: Facts = serde_json::from_str(&written).unwrap();
        prop_assert_eq!(&read, &understood);
        prop_assert_eq!(serde_json::to_string(&read).unwrap(), written);
        let facts = Map::from(understood);
        let length = u64::try_from(text.chars().count()).unwrap_or_default();
        if let Some(Value::Object(spans)) = facts.get("spans") {
            for (field, span) in spans {
                let (start, end) =
                    (span[0].as_u64().unwrap_or(u64::MAX), span[1].as_u64().unwrap_or(u64::MAX));
                prop_assert!(start <= end && end <= length, "{field} {span} of {length}");
                prop_assert!(facts.contains_key(field), "{field}");
                prop_assert!(
                    facts["confidence"][field].as_f64().is_some_and(|sure| (0.0..=1.0).contains(&sure)),
                    "{field}"
                );
            }
        }
        for part in labelled_parts(text) {
            prop_assert!(text.contains(part.label) && text.contains(part.value));
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn no_text_is_too_much(text in "\\PC{0,80}") {
            holds(&text)?;
        }

        #[test]
        fn no_inquiry_is_too_much(text in pieces()) {
            holds(&text)?;
        }
    }
}
