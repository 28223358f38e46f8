//! Who is to be called: a labelled name, a surname with its form of address, a name beside the phone.
//! What names look like is in `names.rs`, companies are in `company.rs`.

use super::company::{self, Company};
use super::labels::Field;
use super::latin::{self, Row};
use super::names;
use super::normal::{Normal, Span, is_han};
use super::reading::Reading;

/// The contact at its place, and the title if one is told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contact {
    pub span: Span,
    pub confidence: f64,
    pub title: Option<Span>,
}

/// Candidates looked at in one text.
const MAX: usize = 60;

pub fn find(reading: &Reading<'_>, companies: &[Company], rows: &[Row]) -> Option<Contact> {
    let mut best: Option<Contact> = None;
    let mut consider = |candidate: Option<Contact>| {
        if let Some(candidate) = candidate {
            if best.is_none_or(|best| candidate.confidence > best.confidence) {
                best = Some(candidate);
            }
        }
    };
    consider(labelled(reading));
    consider(surname_told(&reading.page));
    consider(addressed(reading, companies));
    consider(bare_name(reading, companies));
    consider(latin_name(reading, companies, rows));
    best
}

/// `联系人：周一（项目总监）`, `姓名：罗总`, `Name: Lin`.
fn labelled(reading: &Reading<'_>) -> Option<Contact> {
    let page = &reading.page;
    for label in reading.labels.iter().filter(|label| label.field == Field::Contact) {
        if let Some(contact) = in_value(reading, label.value) {
            return Some(contact);
        }
    }
    // 联系人 孙经理, 联系人余主任: without a colon.
    for word in ["联系人", "联络人", "对接人", "Contact ", "Contact person "] {
        for (at, _) in page.text().match_indices(word).take(3) {
            let start = at + word.len();
            let value = page.trim(Span::new(start, start + page.after(start, 30).len()));
            if page.char_at(start) == Some(':') || page.cut(value).starts_with(['是', '为']) {
                continue;
            }
            if let Some(contact) = in_value(reading, value) {
                return Some(Contact { confidence: 0.94, ..contact });
            }
        }
    }
    None
}

/// The name at the beginning of a value, with the title after it or before it.
fn in_value(reading: &Reading<'_>, value: Span) -> Option<Contact> {
    let page = &reading.page;
    let mut value = page.trim(value);
    if reading.mask.end_at(value.start).is_some() {
        // 联系：138…（何小姐）
        return None;
    }
    let mut title = None;
    let words = page.cut(value);
    // 投资经理 唐一: the title may come first.
    if let Some(first) = names::title_at(words) {
        let rest = words.get(first.len()..).unwrap_or("");
        if rest.starts_with([' ', ':']) || token_of(rest).is_some_and(names::is_full_name) {
            title = Some(Span::new(value.start, value.start + first.len()));
            value = page.trim(Span::new(value.start + first.len(), value.end));
            if page.cut(value).starts_with(':') {
                value = page.trim(Span::new(value.start + 1, value.end));
            }
        }
    }
    let words = page.cut(value);
    let first = words.chars().next()?;
    let end = if is_han(first) {
        let token = token_of(words)?;
        // 王一工程部: a name and what follows without a blank.
        match short_of(token) {
            Some(end) => end,
            None => token.len(),
        }
    } else if first.is_ascii_alphabetic() || matches!(first, '\u{c0}'..='\u{24f}') {
        let end = words.char_indices().find(|(at, c)| !(c.is_alphabetic() && !is_han(*c) || matches!(c, '\'' | '-' | ' ') || *c == '.' && latin::has_address(words.get(..at + 2).unwrap_or(words)) && *at < 6 || *c == '.' && initial(words, *at))).map_or(words.len(), |(at, _)| at);
        words.get(..end)?.trim_end().len()
    } else {
        return None;
    };
    let name = words.get(..end)?;
    let mut span = Span::new(value.start, value.start + end);
    let count = name.chars().count();
    let refused = ["先生", "女士", "经理", "无", "匿名", "保密", "不愿", "电话", "手机", "微信", "同上", "本人", "方式", "我们", "email", "phone", "me", "us", "person", "at", "via", "by", "info"];
    if first.is_ascii_alphabetic() {
        let mut words: Vec<&str> = name.split(' ').collect();
        while words.len() > 1 && words.last().is_some_and(|word| matches!(word.to_ascii_lowercase().as_str(), "at" | "on" | "tel" | "phone" | "mobile" | "email" | "or" | "via" | "from" | "and" | "of" | "wechat" | "whatsapp" | "mob" | "m" | "t")) {
            words.pop();
        }
        if let Some(place) = words.iter().position(|word| matches!(word.to_ascii_lowercase().as_str(), "from" | "at" | "tel" | "of" | "on" | "or" | "mobile" | "phone" | "email")) {
            words.truncate(place);
        }
        let length = words.join(" ").len();
        if words.len() > 4 || length < 2 || words.iter().all(|word| word.starts_with(|c: char| c.is_ascii_lowercase())) && words.len() > 2 {
            return None;
        }
        span.end = span.start + length;
    } else if count > 5 && !name.contains('·') || count > 12 {
        return None;
    }
    if refused.contains(&page.cut(span).to_ascii_lowercase().as_str()) {
        return None;
    }
    let title = title.or_else(|| title_after(page, span.end));
    Some(Contact { span, confidence: 0.96, title })
}

fn initial(words: &str, at: usize) -> bool {
    words.get(..at).is_some_and(|before| {
        let last = before.rsplit(' ').next().unwrap_or("");
        last.len() == 1 && last.starts_with(|c: char| c.is_ascii_uppercase())
    })
}

/// The run of Chinese characters (and ·) at the beginning.
fn token_of(words: &str) -> Option<&str> {
    let length: usize = words.chars().take_while(|c| is_han(*c) || *c == '·').map(char::len_utf8).sum();
    words.get(..length).filter(|token| !token.is_empty())
}

/// The end of `余主任` or `王一先生` at the beginning of a run; of a full name before a title (`王一采购总监`).
fn short_of(run: &str) -> Option<usize> {
    let surname = names::surname_length(run);
    if surname == 0 {
        return None;
    }
    let borders: Vec<usize> = run.char_indices().map(|(at, _)| at).chain([run.len()]).collect();
    for given in 0..=2 {
        let at = *borders.get(surname + given)?;
        let rest = run.get(at..)?;
        if given >= 1 {
            if let Some(title) = names::title_at(rest) {
                return if title.chars().count() > 2 { Some(at) } else { Some(at + title.len()) };
            }
        }
        if let Some(address) = names::address_at(rest) {
            if address_fits(rest, address) {
                return Some(at + address.len());
            }
        }
    }
    None
}

/// Whether a form of address ends there: not 总价, 工厂, 总投资.
fn address_fits(rest: &str, address: &str) -> bool {
    let next = rest.get(address.len()..).and_then(|rest| rest.chars().next());
    match (address, next) {
        ("总", Some(c)) => !matches!(c, '价' | '额' | '量' | '投' | '面' | '计' | '体' | '数' | '是' | '共' | '部' | '建' | '高' | '裁' | '包' | '预' | '租' | '平' | '产' | '装' | '用' | '功' | '长' | '重' | '成'),
        ("工", Some(c)) => !matches!(c, '厂' | '业' | '程' | '作' | '人' | '艺' | '具' | '商' | '位' | '地' | '期' | '况' | '序' | '贸' | '件' | '时' | '资' | '装' | '学'),
        ("哥" | "姐" | "叔" | "姨", Some(c)) => !matches!(c, '伦' | '特'),
        ("生", Some(c)) => !matches!(c, '产' | '物' | '活' | '鲜' | '态' | '意' | '化' | '医' | '命' | '效' | '成' | '命' | '长'),
        ("生", None) => false,
        ("局" | "处" | "采购" | "姑娘", _) => next.is_none_or(|c| !is_han(c)),
        ("董", Some(c)) => !matches!(c, '事' | '秘'),
        ("助理" | "老师" | "老板", Some(c)) => c != '娘',
        ("会计" | "主管" | "部长", Some(c)) => !matches!(c, '部' | '师' | '单'),
        _ => true,
    }
}

/// 我姓陈, 老板姓许, 免贵姓欧阳.
fn surname_told(page: &Normal<'_>) -> Option<Contact> {
    for (at, _) in page.text().match_indices('姓').take(20) {
        let start = at + '姓'.len_utf8();
        let rest = page.from(start);
        if rest.starts_with(['名', '氏']) || page.before(at, 1) == "贵" && page.before(at, 2) != "免贵" {
            continue;
        }
        let length = names::surname_length(rest);
        if length == 0 {
            continue;
        }
        let surname: usize = rest.chars().take(length).map(char::len_utf8).sum();
        return Some(Contact { span: Span::new(start, start + surname), confidence: 0.93, title: None });
    }
    None
}

/// Surnames with a form of address: 王经理, 小宋, 老李, 马哥, 王一先生. The one beside a phone counts most.
fn addressed(reading: &Reading<'_>, companies: &[Company]) -> Option<Contact> {
    let page = &reading.page;
    let text = page.text();
    let mut best: Option<Contact> = None;
    let mut looked = 0;
    let mut passed = 0;
    for (at, c) in text.char_indices() {
        if at < passed || !is_han(c) || names::surname_length(c.encode_utf8(&mut [0; 4])) == 0 && !names_compound(page, at) {
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
        if refused(page, span, name) || companies.iter().any(|company| company.span.touches(span)) {
            passed = at;
            continue;
        }
        let confidence = 0.6 + nearness(reading, span);
        if best.is_none_or(|best| confidence > best.confidence) {
            best = Some(Contact { span, confidence, title: title_after(page, span.end) });
        }
    }
    // 小宋 139…, 老李 139…: only beside the phone.
    for phone in reading.phones.iter().take(3) {
        let before = page.before(phone.span.start, 12);
        let trimmed = before.trim_end_matches([' ', ',', ':', '(', '-', '~', '☎']);
        let trimmed = ["电话", "手机", "微信", "联系电话", "手机号"].iter().fold(trimmed, |rest, label| rest.strip_suffix(label).unwrap_or(rest)).trim_end();
        let tail = super::normal::tail(trimmed, 2);
        let familiar = tail.starts_with(['小', '老', '阿']) && tail.chars().nth(1).is_some_and(|c| names::surname_length(c.encode_utf8(&mut [0; 4])) > 0) && tail.chars().count() == 2;
        let border = super::normal::tail(trimmed, 3).chars().next().is_none_or(|c| !is_han(c) || matches!(c, '系' | '找' | '是' | '叫' | '打' | '部')) || tail.starts_with('小');
        if familiar && border {
            let start = phone.span.start - before.len() + trimmed.len() - tail.len();
            let candidate = Contact { span: Span::new(start, start + tail.len()), confidence: 0.85, title: None };
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
fn refused(page: &Normal<'_>, span: Span, name: &str) -> bool {
    let head2 = super::normal::head(name, 2);
    let ordinary = ["项目", "高级", "高管", "商务", "安全", "项总", "方经", "全总", "和总", "于总", "都总", "公总", "平总", "方总面", "成总", "金总", "万总", "师傅", "石工", "水工", "木工", "金工", "加工", "施工", "竣工", "易工", "化工", "全工", "包工", "都工", "车工", "时工", "员工", "班主任", "厂长", "房老", "高处", "那处", "明处", "何处", "党委", "党总", "国总", "区总", "宗工", "计工"];
    if ordinary.contains(&head2) || ordinary.contains(&name) {
        // 高总, 金总 are people when they stand alone beside a border.
        let alone = page.char_before(span.start).is_none_or(|c| !is_han(c)) && page.char_at(span.end).is_none_or(|c| !is_han(c));
        if !(alone && matches!(name, "金总" | "万总" | "成总" | "于总" | "方总" | "平总" | "项总" | "石工" | "水工" | "和总")) {
            return true;
        }
    }
    let before = page.before(span.start, 5);
    // 建议安排张顾问, 请贵司李经理回电, 致王总: our own people.
    ["安排", "转给", "转", "派", "贵司", "招商部", "招商局", "找你们", "致", "尊敬的", "抄送", "指派", "跟进人", "记录人", "接线", "客服", "请", "由", "顾问", "你们", "经办", "上次", "之前和", "您好", "你好", "亲爱的", "员", "分配给", "交给"].iter().any(|word| before.ends_with(word))
        // A given name before the surname's character: 小王子总 and the like are rare; 加工, 员工 are not.
        || name.ends_with('工') && name.chars().count() == 2 && page.char_before(span.start).is_some_and(|c| is_han(c) && !matches!(c, '系' | '找' | '是' | '叫' | '部' | '人' | '装' | '械' | '技' | '子' | '料' | '件' | '密'))
}

/// How near to a phone, an address of mail or a telling word: 0 to 0.33.
fn nearness(reading: &Reading<'_>, span: Span) -> f64 {
    let page = &reading.page;
    let before = page.before(span.start, 6);
    let told = ["我是", "我叫", "联系", "找", "业主", "房东", "老板", "叫我", "姓名", "联系我", "联络", "是"].iter().any(|word| before.trim_end_matches([' ', ':', ',']).ends_with(word));
    let phone = reading.phones.iter().map(|phone| gap(page, span, phone.span)).chain(reading.mask.of_code(super::mask::Code::Email).map(|email| gap(page, span, email))).min().unwrap_or(usize::MAX);
    let by_phone = match phone {
        0..=3 => 0.3,
        4..=10 => 0.25,
        11..=24 => 0.15,
        _ => 0.0,
    };
    let at_end: f64 = if page.from(span.end).trim().is_empty() { 0.1 } else { 0.0 };
    let told: f64 = if told { 0.2 } else { 0.0 };
    f64::max(by_phone, f64::max(told, at_end)) + f64::min(told, 0.03)
}

/// The characters between two pieces.
fn gap(page: &Normal<'_>, a: Span, b: Span) -> usize {
    let (from, to) = if a.end <= b.start { (a.end, b.start) } else { (b.end, a.start) };
    if to.saturating_sub(from) > 120 {
        return usize::MAX;
    }
    page.text().get(from..to).map_or(usize::MAX, |between| between.chars().filter(|c| !matches!(c, ' ' | ':' | ',' | '(' | ')')).count())
}

/// A title right after a name: `（采购总监）`, ` 副总经理`.
fn title_after(page: &Normal<'_>, at: usize) -> Option<Span> {
    let after = page.after(at, 16);
    let inner = after.trim_start_matches([' ', '(', ',', '-', '/', '|']);
    let start = at + after.len() - inner.len();
    let title = names::title_at(inner)?;
    (inner.len() < after.len() && title.chars().count() > 2 || inner.len() < after.len() && inner.get(title.len()..).is_some_and(|rest| !rest.starts_with(is_han))).then(|| Span::new(start, start + title.len()))
}

/// A full Chinese name that stands alone beside a phone, a title or a department: `林小北 电话…`, `汪一（采购总监）138…`.
fn bare_name(reading: &Reading<'_>, companies: &[Company]) -> Option<Contact> {
    let page = &reading.page;
    let mut best: Option<Contact> = None;
    let mut looked = 0;
    let mut at = 0;
    while let Some(offset) = page.from(at).find(is_han) {
        let start = at + offset;
        let run: usize = page.from(start).chars().take_while(|c| is_han(*c)).map(char::len_utf8).sum();
        let end = start + run;
        at = end;
        looked += 1;
        if looked > 400 {
            break;
        }
        let words = page.text().get(start..end).unwrap_or("");
        let (name_start, told) = ["我是", "我叫", "联系", "找", "本人", "叫", "联系人", "请找", "来电人"].iter().find_map(|lead| words.strip_prefix(lead).map(|rest| (end - rest.len(), true))).unwrap_or((start, false));
        let name = page.text().get(name_start..end).unwrap_or("");
        let (name_end, title) = match name_before_title(name) {
            Some(length) => (name_start + length, Some(Span::new(name_start + length, end))),
            None => (end, title_after(page, end)),
        };
        let span = Span::new(name_start, name_end);
        // 13800001234王小北, 工程部王小北
        if !names::is_full_name(page.cut(span)) || companies.iter().any(|company| company.span.touches(span)) || reading.words.within(span).iter().any(|hit| !hit.topics.has(super::lexicon::Topic::Nothing) && hit.span.end - hit.span.start > 3) {
            continue;
        }
        let near = reading.phones.iter().map(|phone| gap(page, span, phone.span)).chain(reading.mask.of_code(super::mask::Code::Email).map(|email| gap(page, span, email))).min().unwrap_or(usize::MAX);
        let near = match near {
            0 => 0.28,
            1..=4 => 0.25,
            5..=9 => 0.18,
            10..=30 if title.is_some() => 0.18,
            _ => 0.0,
        };
        let alone_in_line = page.char_before(start).is_none_or(|c| c == '\n') && page.char_at(end).is_none_or(|c| c == '\n');
        let before = page.before(span.start, 10).trim_end();
        let after_department = before.ends_with('部') || names::TITLES.iter().any(|title| before.ends_with(title));
        let score = near + if title.is_some() { 0.1 } else { 0.0 } + if told { 0.15 } else { 0.0 } + if after_department { 0.12 } else { 0.0 } + if alone_in_line { 0.1 } else { 0.0 };
        if score < 0.15 {
            continue;
        }
        let title = title.or_else(|| {
            let title = names::TITLES.iter().filter(|title| before.ends_with(**title)).max_by_key(|title| title.len())?;
            let end = span.start - (page.before(span.start, 10).len() - before.len());
            Some(Span::new(end - title.len(), end))
        });
        let confidence = 0.58 + score;
        if best.is_none_or(|best| confidence > best.confidence) {
            best = Some(Contact { span, confidence: f64::min(confidence, 0.92), title });
        }
    }
    best
}

/// `王小北采购总监`: where the name ends.
fn name_before_title(words: &str) -> Option<usize> {
    let borders: Vec<usize> = words.char_indices().map(|(at, _)| at).take(6).collect();
    borders.into_iter().skip(2).find(|at| words.get(*at..).is_some_and(|rest| names::TITLES.contains(&rest)) && words.get(..*at).is_some_and(names::is_full_name))
}

/// Names in Latin letters: with Mr or Dr, beside a phone or an address, after `call` and `I'm`, under `Regards`.
fn latin_name(reading: &Reading<'_>, companies: &[Company], rows: &[Row]) -> Option<Contact> {
    let page = &reading.page;
    let mut best: Option<Contact> = None;
    let line = page.text();
    for address in ["Mr", "Ms", "Mrs", "Miss", "Dr", "Prof"] {
        for (at, _) in line.match_indices(address).take(5) {
            let after = page.from(at + address.len());
            let skip = after.len() - after.trim_start_matches(['.', ' ']).len();
            let name: usize = after.get(skip..).map_or(0, |rest| {
                let mut length = 0;
                for word in rest.split(' ').take(2) {
                    let own: usize = word.chars().take_while(|c| c.is_alphabetic() && !is_han(*c) || *c == '-').map(char::len_utf8).sum();
                    if own == 0 || !word.starts_with(char::is_uppercase) {
                        break;
                    }
                    length += own + usize::from(length > 0);
                    if own < word.len() {
                        break;
                    }
                }
                length
            });
            let clear = page.char_before(at).is_none_or(|c| !c.is_ascii_alphanumeric()) && page.before(at, 6).trim_end() != "Dear";
            if skip > 0 && name > 0 && clear {
                let span = Span::new(at, at + address.len() + skip + name);
                best = better(best, Contact { span, confidence: 0.9, title: title_after(page, span.end) });
            }
        }
    }
    for row in rows.iter().filter(|row| !row.legal && row.words <= 3 && !reading.mask.touches(row.span)) {
        if companies.iter().any(|company| company.span.touches(row.span)) || company::is_latin_title(page.cut(row.span)) {
            continue;
        }
        let before = page.before(row.span.start, 16).to_ascii_lowercase();
        let led = ["call ", "i'm ", "i am ", "this is ", "my name is ", "ask for ", "contact ", "regards,\n", "regards\n", "best,\n", "thanks,\n", "sincerely,\n", "reach ", "speak to ", "attn ", "lead: ", "regards, ", "thanks, ", "best, ", "-- ", "我是", "我叫", "联系"].iter().any(|lead| before.ends_with(lead));
        let near = reading.phones.iter().map(|phone| gap_latin(page, row.span, phone.span)).chain(reading.mask.of_code(super::mask::Code::Email).map(|email| gap_latin(page, row.span, email))).min().unwrap_or(usize::MAX);
        // `Sam Okoro, Ledgerlark Ltd, +44 …`
        let before_company = companies.iter().any(|company| company.span.start > row.span.end && page.text().get(row.span.end..company.span.start).is_some_and(|gap| gap.len() <= 40 && gap.starts_with([',', '\n', ' ', '('])));
        let signature = row.words >= 2 && page.text().get(row.span.end..).is_some_and(|rest| rest.starts_with([',', '\n']));
        let score = if led { 0.3 } else { 0.0 } + if near <= 2 { 0.22 } else if near <= 60 && signature { 0.2 } else { 0.0 } + if before_company && row.words >= 2 { 0.2 } else { 0.0 };
        if score >= 0.2 {
            best = better(best, Contact { span: row.span, confidence: f64::min(0.6 + score, 0.91), title: None });
        }
    }
    best
}

fn better(best: Option<Contact>, next: Contact) -> Option<Contact> {
    if best.is_none_or(|best| next.confidence > best.confidence) { Some(next) } else { best }
}

/// The characters between a Latin name and what follows it; nothing for what stands before it.
fn gap_latin(page: &Normal<'_>, name: Span, other: Span) -> usize {
    let between = if name.end <= other.start { page.text().get(name.end..other.start) } else { page.text().get(other.end..name.start) };
    let Some(between) = between.filter(|between| between.len() <= 80 && !between.contains(". ")) else { return usize::MAX };
    let after = name.end <= other.start;
    let count = between.chars().filter(|c| !matches!(c, ' ' | ':' | ',' | '(' | ')' | '\n')).count();
    let labels = ["tel", "mobile", "phone", "m", "t", "whatsapp", "email", "wechat"];
    let label = between.trim_matches([' ', ':', ',', '(', ')', '.', '\n']).to_ascii_lowercase();
    if labels.contains(&label.as_str()) {
        return 0;
    }
    if after { count } else { count.saturating_add(if between.contains(['(', ' ']) { 0 } else { 9 }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(text: &str) -> Option<String> {
        let reading = Reading::of(text);
        let rows = latin::rows(&reading.page, |_| false);
        let companies = company::full_names(&reading, &rows);
        find(&reading, &companies, &rows).map(|contact| reading.page.written(contact.span))
    }

    #[test]
    fn who_is_to_be_called() {
        for (text, expected) in [
            ("联系人：王小北；手机号：13800001234", Some("王小北")),
            ("联系人 孙经理 手机13800001234", Some("孙经理")),
            ("联系人余主任，027-80000009", Some("余主任")),
            ("我姓陈 电话13800001234", Some("陈")),
            ("免贵姓欧阳", Some("欧阳")),
            ("总价800万，王总 13800001234", Some("王总")),
            ("项目经理催得急，小宋 13800001234", Some("小宋")),
            ("投资部 林小北 电话0512-60000009", Some("林小北")),
            ("汪小北（采购总监）13800001234", Some("汪小北")),
            ("Contact: Ann Smith, Foo Inc., +1 202-555-0143.", Some("Ann Smith")),
            ("Tel 138-0000-1234 (Mr Gu)", Some("Mr Gu")),
            ("联系人：Mr. Klein（项目总监）", Some("Mr. Klein")),
            ("Agents welcome. Leo 13800001234", Some("Leo")),
            ("建议安排张经理回访", None),
            ("厂房加工，员工50人", None),
        ] {
            assert_eq!(contact(text).as_deref(), expected, "{text}");
        }
    }
}
