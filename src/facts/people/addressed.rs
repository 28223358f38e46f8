//! Contacts by a surname with its form of address (王经理, 小宋, 老李) or alone (我姓陈).
//! Which of several candidates is taken is decided in `contact.rs`.

use crate::facts::people::company::Company;
use crate::facts::people::contact::{Contact, gap, title_after, token_of};
use crate::facts::people::names;
use crate::facts::reading::Reading;
use crate::facts::text::mask::Code;
use crate::facts::text::normal::{self, Normal, Span, is_han};
use crate::facts::words::lists::listed;

/// Candidates looked at in one text.
const MAX: usize = 60;

/// ，蒲 139…, 联系人楚139…: a surname alone, right before a phone.
fn lone_surname(reading: &Reading<'_>, phone: Span) -> Option<Contact> {
    let page = &reading.page;
    let before = page.before(phone.start, 8).trim_end_matches([' ', ':', ',']);
    let end = phone.start - (page.before(phone.start, 8).len() - before.len());
    let run = before.rsplit(|c| !is_han(c)).next().unwrap_or_default();
    let led = ["联系人", "联系", "找"].iter().find_map(|lead| run.strip_prefix(lead));
    let name = led.unwrap_or(run);
    let count = name.chars().count();
    let is_alone = run.len() < before.len() || end == run.len();
    let span = Span::new(end - name.len(), end);
    let is_counted = reading.quantities.iter().any(|quantity| quantity.whole.touches(span));
    // 打 139… 和 138…: a word that a surname is written like.
    let is_word = led.is_none() && listed("no lone surnames").any(|word| word == name);
    (count > 0 && count == names::surname_length(name) && is_alone && !is_counted && !is_word)
        .then_some(Contact { span, confidence: 0.82, title: None })
}

/// 我姓陈, 老板姓许, 免贵姓欧阳.
pub fn surname_addressed(page: &Normal<'_>) -> Option<Contact> {
    for (at, _) in page.text().match_indices('姓').take(20) {
        let start = at + '姓'.len_utf8();
        let rest = page.from(start);
        if rest.starts_with(['名', '氏']) || page.before(at, 1) == "贵" && page.before(at, 2) != "免贵" {
            continue;
        }
        // Behind 我姓 every character is a surname.
        let introduced = ["我", "免贵", "敝", "老板", "鄙人", "本人"]
            .iter()
            .any(|word| page.before(at, 2).ends_with(word))
            && rest.starts_with(is_han);
        // 对方姓眭，: so it is when nothing but the one character follows.
        let alone = rest.starts_with(is_han)
            && rest.chars().nth(1).is_none_or(|c| !is_han(c))
            && !page.before(at, 1).contains(['百', '同', '贵', '复']);
        let introduced = introduced || alone;
        let length = names::surname_length(rest).max(usize::from(introduced));
        if length == 0 {
            continue;
        }
        let surname: usize = rest.chars().take(length).map(char::len_utf8).sum();
        return Some(Contact { span: Span::new(start, start + surname), confidence: 0.93, title: None });
    }
    None
}

/// Surnames with a form of address: 王经理, 小宋, 老李, 马哥, 王一先生. The one beside a phone counts most.
#[expect(clippy::too_many_lines, reason = "rules in the order in which they are tried")]
pub fn addressed(reading: &Reading<'_>, companies: &[Company]) -> Option<Contact> {
    let page = &reading.page;
    let text = page.text();
    let mut best: Option<Contact> = None;
    let mut looked = 0;
    let mut passed = 0;
    for (at, c) in text.char_indices() {
        if at < passed
            || !is_han(c)
            || names::surname_length(c.encode_utf8(&mut [0; 4])) == 0 && !names_compound(page, at)
        {
            continue;
        }
        let run = token_of(page.after(at, 9)).unwrap_or("");
        let Some(end) = short_of(run) else { continue };
        looked += 1;
        if looked > MAX {
            break;
        }
        let span = Span::new(at, at + end);
        passed = span.end;
        let name = page.cut(span);
        if refused(page, span, name)
            || reading.names_nobody(span)
            || companies.iter().any(|company| company.span.touches(span))
        {
            passed = at;
            continue;
        }
        let confidence = 0.6 + nearness(reading, span);
        if best.is_none_or(|best| confidence > best.confidence) {
            best = Some(Contact { span, confidence, title: title_after(page, span.end) });
        }
    }
    // 找老楼, 叫我小宋: after such a word.
    for lead in
        ["找", "联系", "叫我", "我是", "喊我", "姓名", "中介", "经纪", "对接", "厂的", "公司的", "这边的"]
    {
        for at in page.places(lead).take(5) {
            let span = Span::new(at + lead.len(), at + lead.len() + page.after(at + lead.len(), 2).len());
            let name = page.cut(span);
            let second =
                name.chars().nth(1).is_some_and(|c| names::surname_length(c.encode_utf8(&mut [0; 4])) > 0);
            let ends =
                page.char_at(span.end).is_none_or(|c| !is_han(c) || matches!(c, '电' | '手' | '微' | '就'));
            if name.starts_with(['小', '老', '阿']) && second && ends {
                let candidate = Contact { span, confidence: 0.84, title: None };
                if best.is_none_or(|best| candidate.confidence > best.confidence) {
                    best = Some(candidate);
                }
            }
        }
    }
    // 139…（老陈）, 136… 葛: right behind the phone, at the end.
    for phone in reading.phones.iter().take(3) {
        let after = page.after(phone.span.end, 8);
        let rest = after.trim_start_matches([' ', ',', '(', '-']);
        let name = token_of(rest).unwrap_or("");
        let ends =
            rest.get(name.len()..).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()));
        let second =
            name.chars().nth(1).is_some_and(|c| names::surname_length(c.encode_utf8(&mut [0; 4])) > 0);
        let familiar = name.chars().count() == 2 && name.starts_with(['小', '老', '阿']) && second;
        let lone = name.chars().count() == 1
            && names::surname_length(name) == 1
            && rest.len() < after.len()
            && page.from(phone.span.end).trim().len() <= name.len() + 3;
        if ends && (familiar || lone) {
            let start = phone.span.end + after.len() - rest.len();
            let candidate =
                Contact { span: Span::new(start, start + name.len()), confidence: 0.82, title: None };
            if best.is_none_or(|best| candidate.confidence > best.confidence) {
                best = Some(candidate);
            }
        }
    }
    for candidate in reading.phones.iter().take(3).filter_map(|phone| lone_surname(reading, phone.span)) {
        if best.is_none_or(|best| candidate.confidence > best.confidence) {
            best = Some(candidate);
        }
    }
    // 小宋 139…, 老李 139…: only beside the phone.
    for phone in reading.phones.iter().take(3) {
        let before = page.before(phone.span.start, 12);
        let trimmed = before.trim_end_matches([' ', ',', ':', '(', '-', '~', '☎']);
        let trimmed = ["电话", "手机", "微信", "联系电话", "手机号"]
            .iter()
            .fold(trimmed, |rest, label| rest.strip_suffix(label).unwrap_or(rest))
            .trim_end();
        let tail = normal::tail(trimmed, 2);
        let familiar = tail.starts_with(['小', '老', '阿'])
            && tail.chars().nth(1).is_some_and(|c| names::surname_length(c.encode_utf8(&mut [0; 4])) > 0)
            && tail.chars().count() == 2;
        let border = normal::tail(trimmed, 3)
            .chars()
            .next()
            .is_none_or(|c| !is_han(c) || matches!(c, '系' | '找' | '是' | '叫' | '打' | '部'))
            || tail.starts_with('小');
        if familiar && border {
            let start = phone.span.start - before.len() + trimmed.len() - tail.len();
            let candidate =
                Contact { span: Span::new(start, start + tail.len()), confidence: 0.85, title: None };
            if best.is_none_or(|best| candidate.confidence > best.confidence) {
                best = Some(candidate);
            }
        }
    }
    best
}

fn names_compound(page: &Normal<'_>, at: usize) -> bool {
    names::surname_length(page.after(at, 2)) == 2
}

/// Words that only look like a surname with a form of address, and people on our side.
#[expect(clippy::too_many_lines, reason = "rules in the order in which they are tried")]
fn refused(page: &Normal<'_>, span: Span, name: &str) -> bool {
    let head2 = normal::head(name, 2);
    let ordinary = [
        "项目",
        "高级",
        "高管",
        "商务",
        "安全",
        "项总",
        "方经",
        "全总",
        "和总",
        "于总",
        "都总",
        "公总",
        "平总",
        "方总面",
        "成总",
        "金总",
        "万总",
        "师傅",
        "石工",
        "水工",
        "木工",
        "金工",
        "加工",
        "施工",
        "竣工",
        "易工",
        "化工",
        "全工",
        "包工",
        "都工",
        "车工",
        "时工",
        "员工",
        "班主任",
        "厂长",
        "房老",
        "高处",
        "那处",
        "明处",
        "何处",
        "党委",
        "党总",
        "国总",
        "区总",
        "宗工",
        "计工",
    ];
    if ordinary.contains(&head2) || ordinary.contains(&name) {
        // 高总, 金总 are people when they are alone beside a border.
        let alone = page.char_before(span.start).is_none_or(|c| !is_han(c))
            && page.char_at(span.end).is_none_or(|c| !is_han(c));
        if !(alone
            && matches!(
                name,
                "金总" | "万总" | "成总" | "于总" | "方总" | "平总" | "项总" | "石工" | "水工" | "和总"
            ))
        {
            return true;
        }
    }
    let before = page.before(span.start, 5);
    let given = name.chars().count() > 2;
    if before.ends_with('招')
        || name.ends_with("专员")
        || given && names::begins_ordinary(name)
        || name.contains('的')
    {
        return true;
    }
    // 建议安排张顾问, 请贵司李经理回电, 致王总: our own people.
    ["安排", "转给", "转", "派", "贵司", "招商部", "招商局", "找你们", "致", "尊敬的", "抄送", "指派", "跟进人", "记录人", "接线", "客服", "请",
        "由", "顾问", "你们", "经办", "上次", "之前和", "您好", "你好", "亲爱的", "员", "分配给",
            "交给"].iter().any(|word| before.ends_with(word))
        // A given name before the surname's character: 小王子总 and the like are rare; 加工, 员工 are not.
        || ["加工", "员工", "施工", "化工", "手工", "竣工", "开工", "用工", "职工", "招工", "民工",
            "焊工"].iter().any(|word| name.ends_with(word))
        || name.ends_with('工') && page.char_before(span.start).is_some_and(|c| is_han(c) && !matches!(c,
            '系' | '找' | '是' | '叫' | '部' | '人' | '装' | '械' | '技' | '子' | '料' | '件' | '密'))
}

/// How near to a phone, an address of mail or a telling word: 0 to 0.33.
fn nearness(reading: &Reading<'_>, span: Span) -> f64 {
    let page = &reading.page;
    let before = page.before(span.start, 6);
    let introduced =
        ["我是", "我叫", "联系", "找", "业主", "房东", "老板", "叫我", "姓名", "联系我", "联络", "是"]
            .iter()
            .any(|word| before.trim_end_matches([' ', ':', ',']).ends_with(word));
    let phone = reading
        .phones
        .iter()
        .map(|phone| gap(page, span, phone.span))
        .chain(reading.mask.of_code(Code::Email).map(|email| gap(page, span, email)))
        .min()
        .unwrap_or(usize::MAX);
    let by_phone = match phone {
        0..=3 => 0.3,
        4..=10 => 0.25,
        11..=24 => 0.15,
        _ => 0.0,
    };
    let at_end: f64 = if page.from(span.end).trim().is_empty() { 0.1 } else { 0.0 };
    let introduced: f64 = if introduced { 0.2 } else { 0.0 };
    f64::max(by_phone, f64::max(introduced, at_end)) + f64::min(introduced, 0.03)
}

/// The end of `余主任` or `王一先生` at the beginning of a run; of a full name before a title (`王一采购总监`).
pub fn short_of(run: &str) -> Option<usize> {
    let surname = names::surname_length(run);
    if surname == 0 {
        return None;
    }
    let borders: Vec<usize> = run.char_indices().map(|(at, _)| at).chain([run.len()]).collect();
    for given in 0..=2 {
        let at = *borders.get(surname + given)?;
        let rest = run.get(at..)?;
        if given >= 1
            && let Some(title) = names::title_at(rest)
        {
            return if title.chars().count() > 2 { Some(at) } else { Some(at + title.len()) };
        }
        if let Some(address) = names::address_at(rest)
            && address_fits(rest, address)
        {
            return Some(at + address.len());
        }
    }
    None
}

/// Whether a form of address ends there: not 总价, 工厂, 总投资.
#[expect(clippy::too_many_lines, reason = "rules in the order in which they are tried")]
fn address_fits(rest: &str, address: &str) -> bool {
    let next = rest.get(address.len()..).and_then(|rest| rest.chars().next());
    match (address, next) {
        ("总", Some(c)) => !matches!(
            c,
            '价' | '额'
                | '量'
                | '投'
                | '面'
                | '计'
                | '体'
                | '数'
                | '是'
                | '共'
                | '部'
                | '建'
                | '高'
                | '裁'
                | '包'
                | '预'
                | '租'
                | '平'
                | '产'
                | '装'
                | '用'
                | '功'
                | '长'
                | '重'
                | '成'
        ),
        ("工", Some(c)) => !matches!(
            c,
            '厂' | '业'
                | '程'
                | '作'
                | '人'
                | '艺'
                | '具'
                | '商'
                | '位'
                | '地'
                | '期'
                | '况'
                | '序'
                | '贸'
                | '件'
                | '时'
                | '资'
                | '装'
                | '学'
        ),
        ("哥" | "姐" | "叔" | "姨", Some(c)) => !matches!(c, '伦' | '特'),
        ("伯", Some(c)) => !matches!(c, '乐' | '父' | '克' | '利' | '明'),
        ("爷" | "嫂", Some(c)) => !is_han(c),
        ("生", Some(c)) => {
            !matches!(c, '产' | '物' | '活' | '鲜' | '态' | '意' | '化' | '医' | '命' | '效' | '成' | '长')
        }
        ("生", None) => false,
        ("局" | "处" | "采购" | "姑娘", _) => next.is_none_or(|c| !is_han(c)),
        ("董", Some(c)) => !matches!(c, '事' | '秘'),
        ("助理" | "老师" | "老板", Some(c)) => c != '娘',
        ("会计" | "主管" | "部长", Some(c)) => !matches!(c, '部' | '师' | '单'),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_address() {
        for (run, expected) in [
            ("余主任", Some("余主任")),
            ("王小北先生好", Some("王小北先生")),
            ("总经理", None),
            ("金总价", None),
            ("于工业区", None),
        ] {
            assert_eq!(short_of(run).and_then(|end| run.get(..end)), expected, "{run}");
        }
        let page = Normal::of("免贵姓佘");
        assert_eq!(surname_addressed(&page).map(|contact| page.cut(contact.span)), Some("佘"));
        assert_eq!(surname_addressed(&Normal::of("您贵姓？姓名在哪填")), None);
    }
}
