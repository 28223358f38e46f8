//! Whether a place is where the inquirer is or comes from: 广东客商, 我们公司在深圳, `Currently in … Wuxi`.
//! Places that are wanted are put together in `regions.rs`.

use crate::facts::people::names;
use crate::facts::reading::Reading;
use crate::facts::text::normal::{self, Normal, Span};
use crate::facts::words::gazetteer::Gazetteer;
use crate::facts::words::lexicon::Topic;

/// Whether the words around say where the inquirer is or comes from.
#[expect(clippy::too_many_lines, reason = "rules in the order in which they are tried")]
pub fn is_origin(reading: &Reading<'_>, span: Span) -> bool {
    let page = &reading.page;
    let after = page.after(span.end, 6);
    let after = after.strip_prefix(['市', '省', '区', '县']).unwrap_or(after);
    let people = [
        "客商",
        "客户",
        "老板",
        "企业",
        "公司",
        "人",
        "籍",
        "商会",
        "总部",
        "的公司",
        "的企业",
        "的客户",
        "厂搬",
        "搬",
        "迁",
        "外迁",
        "迁出",
        "本部",
        "母公司",
        "分公司",
        "老厂",
        "那边到期",
        "总公司",
        "工厂要搬",
        "号码",
        "本地企业",
        "这边厂房到期",
        "有工厂",
        "工厂搬",
    ];
    let is_other_word = ["人民", "人才", "人工", "人防"].iter().any(|word| after.starts_with(word));
    if people.iter().any(|word| after.starts_with(word)) && !is_other_word {
        return true;
    }
    if after.starts_with("有厂") && !after.starts_with("有厂房") {
        return true;
    }
    // 我们是东莞的工厂: what they are, and where.
    let before = page.before(span.start, 6);
    if ["我们是", "我是", "我司是", "本公司是"].iter().any(|word| before.ends_with(word))
        && ["的工厂", "的公司", "的企业", "的厂", "的一家", "一家", "的贸易", "的制造", "这边的"]
            .iter()
            .any(|word| after.starts_with(word))
    {
        return true;
    }
    // 在宁波做注塑，想到滁州: what they do there is said, and then a wish for another place.
    if before.ends_with('在')
        && ["做", "开", "经营", "生产", "有一家", "有个", "注册", "上班"]
            .iter()
            .any(|word| after.starts_with(word))
        && wishes_another(page, span)
    {
        return true;
    }
    // 芜湖的吴总: where a person is from. 我公司（江阴）: where the company is.
    if after.strip_prefix('的').is_some_and(|person| names::short_of(person).is_some()) {
        return true;
    }
    let before = page.before(span.start, 6);
    if ["公司(", "我司(", "我厂(", "总部(", "企业("].iter().any(|word| before.ends_with(word)) {
        return true;
    }
    let from = [
        "来自",
        "从",
        "由",
        "总部在",
        "总部位于",
        "总部",
        "公司在",
        "工厂在",
        "现在在",
        "目前在",
        "现位于",
        "厂在",
        "厂子在",
        "注册在",
        "现在",
        "人在",
        "我们在",
        "我司在",
        "老厂在",
        "目前位于",
        "现址在",
        "厂房在",
        "公司位于",
        "注册地",
    ];
    let hit = from.iter().filter(|word| before.ends_with(**word)).max_by_key(|word| word.len());
    let sought = reading.before_in_part(span, Topic::Want, &[Topic::Current])
        || reading.before_in_part(span, Topic::Rent, &[Topic::Current]);
    if let Some(word) =
        hit.filter(|word| !(sought && matches!(**word, "厂房在" | "工厂在" | "厂在" | "厂子在")))
    {
        // 想从苏州找, 我们在苏州找: a wish follows.
        let part = reading.part(span);
        let rest = page.text().get(span.end..part.end).map_or("", |rest| normal::head(rest, 8));
        let behind = reading.words.within(Span::new(span.end, span.end + rest.len()));
        let wish = behind.iter().any(|hit| {
            hit.topics.has(Topic::Want) || hit.topics.has(Topic::Rent) || hit.topics.has(Topic::Buy)
        }) || ["拿地", "选址", "建", "设立", "投资", "看"].iter().any(|wish| rest.contains(wish));
        // 目前在福州租了4000平: what they have already.
        if ["租了", "租着", "租用了", "租有", "已租", "在租", "租的是", "有厂", "有自己"]
            .iter()
            .any(|had| rest.contains(had))
        {
            return true;
        }
        return !(wish && matches!(*word, "我们在" | "我司在" | "现在在" | "现在" | "目前在" | "公司在"));
    }
    // Currently in 4,000 sqm in Wuxi
    if reading.before_in_part(span, Topic::Current, &[Topic::Want, Topic::Offer]) {
        return true;
    }
    let before = page.lower_before(span.start, 24);
    [
        " from ",
        "headquartered in ",
        "based in ",
        "relocating from ",
        "currently in ",
        "our plant in ",
        "hq in ",
        "moving from ",
        "move from ",
        "presently in ",
        "located in ",
    ]
    .iter()
    .any(|word| before.ends_with(word))
        && !before.ends_with("an from ")
}

/// Whether a place that somebody wants to go to is named soon after this one.
fn wishes_another(page: &Normal<'_>, span: Span) -> bool {
    let rest = page.after(span.end, 40);
    Gazetteer::get().find(rest).any(|(from, ..)| {
        rest.get(..from).is_some_and(|before| before.ends_with(['到', '去', '在', '往', '至']))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_somebody_comes_from() {
        for (text, place, origin) in [
            ("广东客商想去惠州", "广东", true),
            ("广东客商想去惠州", "惠州", false),
            ("我们公司在深圳，想搬到东莞", "深圳", true),
            ("我们在苏州找厂房", "苏州", false),
            ("Currently in 4,000 sqm in Wuxi", "Wuxi", true),
            ("芜湖的吴总", "芜湖", true),
        ] {
            let reading = Reading::of(text);
            let at = reading.page.text().find(place).unwrap_or_default();
            assert_eq!(is_origin(&reading, Span::new(at, at + place.len())), origin, "{place} in {text}");
        }
    }
}
