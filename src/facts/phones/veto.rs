//! What the words beside a row of digits say: that it is an order, an account, a fax or an amount, and no
//! phone. Rows of digits are read in `number.rs`.

use crate::facts::text::normal::{Normal, Span, is_han};
use crate::facts::words::lists::List;

/// Words before a number that make it something else; the nearest word decides.
static NO_PHONE: List = List::named("no phone");
/// Words before a number that make it a phone.
static PHONE: List = List::named("phone");
/// Words right before an amount, which may have as many digits as a number.
static AMOUNT: List = List::named("amount before");
/// Words for WeChat: right before a number they make it an id, elsewhere they say nothing of it.
static CHAT: List = List::named("chat");
/// Words in a sentence before, and behind, a number or an address that is not that of who asks.
static OTHERS_BEFORE: List = List::named("others before");
static OTHERS_RIGHT_BEFORE: List = List::named("others right before");
static OTHERS_BEHIND: List = List::named("others behind");
/// Before a person and a number: both are of the park that is written to; and what such a person is called.
static STAFF: List = List::named("staff of ours");
static STAFF_TITLES: List = List::named("staff titles");
/// Characters between such a word and the number.
const STAFF_NEAR: usize = 9;
/// In a sentence before a number: who asks speaks of themselves.
static MINE: List = List::named("mine before");
/// Right before a number: there is no way to reach somebody.
static DENIED: List = List::named("denies a phone");
/// Before a number: a fax, and what is none.
static FAX: List = List::named("fax");
static NO_FAX: List = List::named("no fax");
/// Right behind digits: they are an amount.
static UNITS: List = List::named("units behind amounts");
/// Before the word for another thing: the number is both.
static PHONE_TOO: List = List::named("phone beside another thing");

/// Whether the words beside a number say that it is none, or a unit makes it an amount.
pub fn is_vetoed(page: &Normal<'_>, span: Span) -> bool {
    let before = sentence_before(page, span);
    is_denied(before)
        || is_of_others(page, span)
        || is_amount(before)
        || is_something_else(page, before)
        || is_fax(page, before)
        || is_hidden_or_counted(page, span)
}

/// The sentence before a number. `RMB 30. 0573-…` ends one, the abbreviation in `order no. 138…` does not.
fn sentence_before<'p>(page: &'p Normal<'_>, span: Span) -> &'p str {
    let before = page.lower_before(span.start, 20).rsplit(['\n', ';', '。', ',']).next().unwrap_or("");
    before
        .rsplit_once(". ")
        .filter(|(sentence, _)| !sentence.ends_with("no") && !sentence.ends_with("id"))
        .map_or(before, |(_, rest)| rest)
}

/// Who says that they have none does not give one.
fn is_denied(before: &str) -> bool {
    DENIED.ends(before.trim_end_matches([' ', ':']))
}

/// 总金额13800001234
fn is_amount(before: &str) -> bool {
    AMOUNT.ends(before.trim_end_matches([' ', ':', '约', '是', '为', '(', ')', '元', '共']))
}

/// Where the last word of a list ends in the words before a number.
fn end_of_last(page: &Normal<'_>, before: &str, list: &List) -> Option<usize> {
    page.among(list.words()).filter_map(|word| before.rfind(word).map(|at| at + word.len())).max()
}

/// 订单号138…; 微信/手机:138… is both, then it is a phone.
fn is_something_else(page: &Normal<'_>, before: &str) -> bool {
    let Some(veto) = end_of_last(page, before, &NO_PHONE) else { return false };
    let is_phone =
        end_of_last(page, before, &PHONE).is_some_and(|phone| phone >= veto || joins(before, phone, veto));
    let rest = before.get(veto..).unwrap_or("");
    let is_chat = before.get(..veto).is_some_and(|lead| CHAT.ends(lead));
    let is_parted = rest.chars().filter(|c| is_han(*c)).count() > 3
        || is_chat && !rest.trim_matches([' ', ':', '(', '号', '是', '为', '码', '|']).is_empty();
    !is_phone && !is_parted
}

/// Faxes ring, but nobody answers.
fn is_fax(page: &Normal<'_>, before: &str) -> bool {
    end_of_last(page, before, &FAX)
        .is_some_and(|fax| end_of_last(page, before, &NO_FAX).is_none_or(|phone| phone < fax))
}

/// 138…元, 138…*. A star hides digits, but one before digits is dialled: an extension.
fn is_hidden_or_counted(page: &Normal<'_>, span: Span) -> bool {
    let after = page.after(span.end, 4);
    let after = after.strip_prefix(' ').unwrap_or(after);
    let is_hidden =
        after.strip_prefix('*').is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()));
    is_hidden || UNITS.begins(after)
}

/// Whether the sentence says that a number or an address is another one's, or serves no more: `你们400-…打不通`,
/// `不要打138…`.
pub fn is_of_others(page: &Normal<'_>, span: Span) -> bool {
    let ends = ['\n', ';', '。', ',', '!', '?'];
    let before = page.lower_before(span.start, 14).rsplit(ends).next().unwrap_or("");
    let behind = page.lower_after(span.end, 10).split(ends).next().unwrap_or("");
    let behind = behind.trim_start_matches([' ', '是', '已', '一', '直', '都', '了']);
    let last = |list: &List| list.words().iter().filter_map(|word| before.rfind(word)).max();
    // 朋友介绍的，我的电话…: who says "my" speaks of themselves.
    let mine = last(&MINE);
    let lead = before.trim_end_matches([' ', ':', '(', '+']);
    let is_right_before = OTHERS_RIGHT_BEFORE.ends(lead);
    let theirs = last(&OTHERS_BEFORE).or(lead.len().checked_sub(1).filter(|_| is_right_before));
    if is_of_our_staff(lead) {
        return true;
    }
    theirs.is_some_and(|theirs| mine.is_none_or(|mine| mine < theirs))
        || mine.is_none() && OTHERS_BEHIND.begins(behind)
}

/// 上次跟你们张经理（138…）谈过: right behind a person of the park that is written to.
fn is_of_our_staff(lead: &str) -> bool {
    let ours = STAFF.words().iter().filter_map(|word| lead.rfind(word).map(|at| at + word.len())).max();
    let person = ours.and_then(|at| lead.get(at..)).unwrap_or_default();
    person.chars().count() <= STAFF_NEAR
        && !person.contains([',', '。', ';', '\n', '我'])
        && STAFF_TITLES.is_in(person)
}

/// Whether only a sign such as `/` is between the words for a phone and for the other thing.
fn joins(before: &str, phone: usize, veto: usize) -> bool {
    let between = before.get(phone.min(veto)..phone.max(veto)).unwrap_or("");
    // 电话微信都是138…
    let is_beside = before.get(..phone.min(veto)).is_some_and(|lead| PHONE_TOO.ends(lead));
    is_beside && NO_PHONE.has(between)
        || between.contains(['/', '&', '、', '和', '(', '同', '即', '兼', '是'])
            && between.chars().count() <= 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_decides() {
        let vetoed = |text: &str| {
            let page = Normal::of(text);
            let at = page.text().find('1').unwrap_or_default();
            is_vetoed(&page, Span::new(at, at + 11))
        };
        for text in [
            "订单号13800001234",
            "微信13800001234",
            "QQ：13800001234",
            "传真13800001234",
            "13800001234元",
            "没有联系方式 13800001234",
            "order no. 13800001234",
            "13800001234*",
            "微信 13800001234",
        ] {
            assert!(vetoed(text), "{text}");
        }
        for text in [
            "你们13800001234打不通",
            "打13800001234一直占线",
            "不要打13800001234",
            "不是13800001234",
            "原号13800001234已停用",
            "我表哥13800001234让我问的",
            "13800001234是空号",
            "上家中介13800001234不靠谱",
            "园区物业13800001234没人接",
            "总金额13800001234",
            "年税收约13800001234",
            "护照13800001234",
        ] {
            assert!(vetoed(text), "{text}");
        }
        for text in [
            "你们好13800001234想看厂房",
            "请你们联系我13800001234",
            "看到广告想咨询13800001234",
            "可以微信聊 13800001234",
            "想租贵园区厂房 13800001234",
            "想了解贵司厂房 电话13800001234",
            "上海物业公司王经理 13800001234",
            "不要发短信 打13800001234",
            "电话13800001234 请报价",
            "电话13800001234请推荐合适厂房",
            "13800001234 麻烦介绍一下",
            "上海博远投资 13800001234",
            "红杉资本:13800001234",
            "wechat same 13800001234",
            "预算不限 13800001234",
            "朋友介绍来的，我电话13800001234",
            "我是王总13800001234",
            "打给我13800001234",
            "订单号见附件，13800001234",
            "微信/手机:13800001234",
            "电话13800001234",
            "13800001234方先生",
            "rent RMB 30. 13800001234",
            "手机微信一样13800001234",
            "电话微信都是13800001234",
            "13800001234*801",
        ] {
            assert!(!vetoed(text), "{text}");
        }
    }
}
