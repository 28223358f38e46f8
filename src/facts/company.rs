//! Which company writes: a labelled one, a full registered name, a short one beside the contact or the phone.
//! People are found in `contact.rs`.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use super::labels::Field;
use super::latin::Row;
use super::names;
use super::normal::{Normal, Span, is_han};
use super::reading::Reading;

/// The ends of registered names; such a row of characters is a company wherever it stands.
const LEGAL: &[&str] = &["有限责任公司", "股份有限公司", "集团有限公司", "有限公司", "股份公司", "集团公司", "总公司", "分公司", "专业合作社", "合作社", "有限合伙", "研究院", "研究所", "设计院", "事务所", "(有限合伙)"];
/// Ends that need a name before them that says more than the trade.
const LOOSE: &[&str] = &["公司", "集团", "厂", "实验室", "中心", "商会", "协会", "工作室", "经营部", "商行", "学院", "大学", "医院", "店"];

/// What short company names end with.
pub const TRADES: &[&str] = &[
    "科技", "软件", "重工", "涂装", "速运", "物流", "机械", "电子", "精密", "精工", "贸易", "生物", "医药", "药业", "食品", "包装", "新材料", "材料", "智能", "智造", "装备", "实业", "制造", "印刷", "服饰", "服装", "家具", "家居", "化工", "能源", "新能源", "电气", "电器", "仪器", "仪表", "光电", "半导体", "塑胶", "塑料", "塑业", "橡塑", "五金", "模具", "汽配", "汽车", "零部件", "自动化", "机器人", "机电", "电机", "电力",
    "环保", "医疗", "器械", "医疗器械", "供应链", "快递", "冷链", "传媒", "文化", "网络", "信息", "数据", "咨询", "投资", "资本", "基金", "置业", "地产", "建材", "建设", "工程", "钢构", "钢铁", "金属", "铝业", "纺织", "纸业", "玻璃", "陶瓷", "农业", "饮料", "乳业", "酒业", "茶业", "餐饮", "集团", "控股", "股份", "国际", "电商", "跨境", "航空", "航天", "船舶", "重机", "工业", "电缆", "线缆", "光学", "微电子", "集成", "芯片", "检测",
    "技术", "制药", "日化", "化妆品", "玩具", "体育", "户外", "照明", "阀门", "轴承", "泵业", "门业", "木业", "厨具", "卫浴", "储能", "锂电", "动力", "数控", "机床", "激光", "传感", "通信", "通讯", "仓储", "货运", "运输", "优选", "商贸", "进出口", "外贸", "设备", "系统", "电控", "热控", "配件", "工贸", "印务", "彩印", "服务", "健康", "宠物", "母婴", "教育", "设计", "装饰", "基因", "诊断", "试剂", "涂料", "油墨", "胶业", "电池", "光伏", "风电", "氢能", "车业", "铸造", "锻造", "热处理", "表面处理", "注塑", "冲压", "钣金",
];

/// Words before a name that do not belong to it; after the last of `是`, `叫`, `的` nothing before counts either.
const LEADS: &[&str] = &[
    "我们公司", "我公司", "本公司", "贵公司", "我司", "贵司", "公司名称", "公司名", "公司全称", "单位名称", "公司", "单位", "企业", "我们", "我", "这里", "来自", "代表", "对方为", "对方", "客户为", "客户", "联系", "您好", "你好", "落款", "隶属", "旗下", "受", "帮", "替", "由", "为", "在", "与", "和", "及", "系", "附", "来电", "我方", "本人在", "致", "一家", "某", "业主", "甲方", "乙方", "委托方", "任职于", "就职于", "推荐", "项目方", "投资方", "申请人", "需求方", "企业名称", "名称",
];

/// Names that only say what sort of company it is.
const GENERIC: &[&str] = &[
    "贸易", "软件", "科技", "外贸", "物流", "股份", "注册", "子", "分", "母", "总", "新", "小", "大", "一个", "一家", "国内", "国外", "外资", "德资", "日资", "美资", "台资", "港资", "民营", "国有", "上市", "电商", "跨境电商", "制造", "生产", "食品", "服装", "投资", "建筑", "设计", "文化", "传媒", "互联网", "医疗", "医疗器械", "机械", "电子", "生物", "生物医药", "新能源", "研发", "检测", "初创", "创业", "中小", "大型", "中型", "小型", "家", "空壳", "有限", "什么",
    "运输", "快递", "广告", "咨询", "人力资源", "劳务", "装修", "建设", "房地产", "物业", "中介", "母婴", "化妆品", "宠物食品", "高新技术", "高科技", "龙头", "世界500强", "个体", "皮包", "兄弟", "关联", "全资", "控股", "国贸", "供应链", "教育", "培训", "餐饮", "保险", "基金", "资产管理", "环保", "包装", "印刷", "家具", "注塑", "五金", "模具",
];

struct Ends {
    search: Option<AhoCorasick>,
}

static ENDS: LazyLock<Ends> = LazyLock::new(|| Ends { search: AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(LEGAL.iter().chain(LOOSE)).ok() });

/// A company at its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Company {
    pub span: Span,
    pub confidence: f64,
}

/// Names looked at in one text.
const MAX: usize = 40;
/// The longest name, in characters.
const LONGEST: usize = 36;

/// The companies with a full name, in order. Words within them say nothing about the inquiry.
pub fn full_names(reading: &Reading<'_>, rows: &[Row]) -> Vec<Company> {
    let page = &reading.page;
    let mut found: Vec<Company> = Vec::new();
    if let Some(search) = &ENDS.search {
        for end in search.find_iter(page.text()).take(10 * MAX) {
            if found.len() >= MAX {
                break;
            }
            let legal = end.pattern().as_usize() < LEGAL.len();
            let name = chinese(page, Span::new(end.start(), end.end()), legal);
            if let Some(span) = name.filter(|span| !reading.mask.touches(*span)) {
                match found.last_mut() {
                    Some(last) if last.span.touches(span) => last.span = last.span.to(span),
                    _ => found.push(Company { span, confidence: if legal { 0.95 } else { 0.7 } }),
                }
            }
        }
    }
    found.extend(rows.iter().filter(|row| row.legal && row.words > 1 && !reading.mask.touches(row.span)).map(|row| Company { span: row.span, confidence: 0.9 }));
    found.sort_by_key(|company| company.span);
    found
}

/// The name that ends with these words.
fn chinese(page: &Normal<'_>, end: Span, legal: bool) -> Option<Span> {
    let words = page.cut(end);
    // 分公司注册, 公司地址: the word goes on.
    if !legal && page.char_at(end.end).is_some_and(|c| is_han(c) && !matches!(c, '的' | '在' | '拟' | '想' | '要' | '需' | '现' | '计' | '求' | '有' | '准' | '打')) {
        return None;
    }
    let before = page.before(end.start, LONGEST);
    let mut start = before.len();
    let mut brackets = 0_i32;
    for (at, c) in before.char_indices().rev() {
        match c {
            ')' => brackets += 1,
            '(' if brackets > 0 => brackets -= 1,
            c if is_han(c) || c.is_ascii_alphanumeric() || matches!(c, '·' | '&' | '-') => {}
            _ => break,
        }
        start = at;
    }
    if brackets != 0 {
        start += before.get(start..).and_then(|name| name.find(')')).map_or(0, |at| at + 1);
    }
    let mut name = before.get(start..)?;
    for cut in ["是", "叫", "的", "有家", "一家", "帮", "替"] {
        if let Some(at) = name.rfind(cut) {
            name = name.get(at + cut.len()..)?;
        }
    }
    while let Some(lead) = LEADS.iter().filter(|lead| name.starts_with(**lead)).max_by_key(|lead| lead.len()) {
        name = name.get(lead.len()..)?;
    }
    let name = name.trim_start_matches(['-', '·', '&', ')']);
    let name = name.trim_start_matches(|c: char| c.is_ascii_digit());
    let core = name.trim();
    let length = core.chars().count();
    if length < 2 || GENERIC.contains(&core) {
        return None;
    }
    if !legal {
        let trade = TRADES.iter().filter(|trade| core.ends_with(**trade)).map(|trade| trade.chars().count()).max();
        let branded = match words {
            "集团" => length >= 2,
            "大学" | "学院" | "医院" | "商会" | "协会" => length >= 2,
            "公司" => trade.is_some_and(|trade| length >= trade + 2) && !GENERIC.iter().any(|generic| core.starts_with(generic)),
            "厂" => trade.is_some_and(|trade| length >= trade + 2),
            _ => length >= 4 && trade.is_some(),
        };
        if !branded || core.contains(['租', '买', '找', '做', '建', '新', '老', '旧', '想', '要', '个', '家', '处', '间', '在', '平']) {
            return None;
        }
    }
    Some(Span::new(end.start - name.len(), end.end))
}

/// The company that writes. `contact`: where the contact stands.
pub fn find(reading: &Reading<'_>, full: &[Company], rows: &[Row], contact: Option<Span>, is_place: impl Fn(&str) -> bool) -> Option<Company> {
    let page = &reading.page;
    if let Some(value) = reading.labelled(Field::Company) {
        let span = value_of(page, value);
        let inner = full.iter().find(|company| value.holds(company.span));
        if let Some(company) = inner {
            return Some(Company { span: company.span, confidence: 0.98 });
        }
        let words = page.cut(span);
        let empty = matches!(words, "无" | "暂无" | "没有" | "个人" | "保密" | "-" | "/" | "none" | "None" | "n/a" | "N/A" | "未注册" | "个体" | "待注册" | "筹备中" | "未定" | "暂未注册" | "不方便透露");
        if !empty && words.chars().count() >= 2 && words.chars().count() <= 60 {
            return Some(Company { span, confidence: 0.9 });
        }
    }
    let first_legal = full.iter().find(|company| company.confidence > 0.8);
    if let Some(company) = first_legal {
        return Some(*company);
    }
    beside(reading, contact, &is_place).or_else(|| full.first().copied()).or_else(|| latin_beside(reading, rows, contact))
}

/// A labelled value up to a comma, or to a blank between Chinese words.
fn value_of(page: &Normal<'_>, value: Span) -> Span {
    let words = page.cut(value);
    let end = words
        .char_indices()
        .find(|(at, c)| {
            let han_before = words.get(..*at).and_then(|before| before.chars().next_back()).is_some_and(|c| is_han(c) || c == ')');
            matches!(c, ';' | '。' | '|') || *c == ',' && han_before || *c == ' ' && han_before && words.get(at + 1..).and_then(|rest| rest.chars().next()).is_some_and(|c| is_han(c) || c.is_ascii_digit())
        })
        .map_or(words.len(), |(at, _)| at);
    page.trim(Span::new(value.start, value.start + end))
}

/// A short name right before the contact or the phone: `甲乙软件 刘女士`, `甲乙重工 工程部 高工 138…`.
fn beside(reading: &Reading<'_>, contact: Option<Span>, is_place: &impl Fn(&str) -> bool) -> Option<Company> {
    let page = &reading.page;
    let anchors = [contact, reading.phones.first().map(|phone| phone.span)];
    for (place, anchor) in anchors.into_iter().enumerate() {
        let Some(anchor) = anchor else { continue };
        let beside_contact = place == 0;
        // The two or three tokens before: departments and titles are passed.
        let mut end = anchor.start;
        for step in 0..4 {
            let before = page.before(end, 40);
            let trimmed = before.trim_end_matches([' ', '-', ':', '|', '\n', '·', '/', '(', '~']);
            let gap = before.get(trimmed.len()..).unwrap_or("");
            let comma = trimmed.ends_with([',', '、']) && gap.is_empty();
            let trimmed = if comma { trimmed.trim_end_matches([',', '、', ' ']) } else { trimmed };
            let token_start = trimmed.char_indices().rev().find(|(_, c)| !(is_han(*c) || c.is_ascii_alphanumeric() || matches!(c, '&'))).map_or(0, |(at, c)| at + c.len_utf8());
            let token = trimmed.get(token_start..).unwrap_or("");
            if token.is_empty() {
                break;
            }
            let start = end - before.len() + token_start;
            let span = Span::new(start, start + token.len());
            let label = matches!(token, "联系人" | "联系电话" | "电话" | "手机" | "联系" | "联系方式" | "Tel" | "M" | "T" | "Mob" | "微信" | "手机号" | "座机" | "热线" | "采购" | "姓名");
            if label || names::is_department(token) || names::TITLES.contains(&token) || step > 0 && contact.is_some_and(|contact| contact.touches(span)) {
                end = start;
                continue;
            }
            let trade = TRADES.iter().any(|trade| token.ends_with(trade) && token.len() > trade.len() + 3);
            let separate = gap.contains(' ') || gap.contains('\n') || gap.contains('-') || gap.contains('|') || gap.contains('·') || gap.contains('/');
            let glued = !separate && !comma;
            // A name without a trade counts only when it stands alone before a contact, with a border before it.
            let alone = beside_contact && separate && !gap.contains('\n') && page.before(start, 1).chars().all(|c| matches!(c, ',' | '。' | ';' | '\n' | '|' | '!' | '?' | '/' | ' '));
            let sound = is_short_name(token) && !is_place(token) && reading.words.within(span).iter().all(|hit| hit.span.start > span.start || hit.topics.has(super::lexicon::Topic::Nothing)) && !reading.mask.touches(span);
            if sound && (trade && (!glued || beside_contact) || alone && token.chars().count() >= 3 && !names::is_full_name(token)) && !(trade && glued && token.chars().count() > 8) {
                let confidence = if trade { 0.85 } else { 0.6 };
                return Some(Company { span, confidence });
            }
            break;
        }
        if beside_contact {
            // 刘女士（甲乙软件）, 李工 甲乙涂装 186…
            let after = page.after(anchor.end, 16);
            let inner = after.trim_start_matches([' ', '(', ',', '-', '/']);
            let length: usize = inner.chars().take_while(|c| is_han(*c) || c.is_ascii_alphanumeric()).map(char::len_utf8).sum();
            let token = inner.get(..length).unwrap_or("");
            let start = anchor.end + after.len() - inner.len();
            let span = Span::new(start, start + length);
            if start > anchor.end && is_short_name(token) && TRADES.iter().any(|trade| token.ends_with(trade) && token.len() > trade.len() + 3) && !is_place(token) && !reading.mask.touches(span) {
                return Some(Company { span, confidence: 0.75 });
            }
        }
    }
    None
}

fn is_short_name(token: &str) -> bool {
    let length = token.chars().count();
    let sentence = ["租", "买", "要", "做", "找", "想", "需", "求", "平", "亩", "可以", "以内", "以上", "左右", "元", "万", "的", "附近", "优先", "面议", "勿扰", "谢谢", "联系", "电话", "急", "都行", "都可", "预算", "厂房", "仓库", "用于", "主营", "生产", "我", "你", "您", "先生", "女士", "经理", "吗", "请", "尽快", "能", "有", "是", "在", "放"];
    (3..=12).contains(&length) && token.chars().any(is_han) && !token.starts_with(|c: char| c.is_ascii_digit()) && !sentence.iter().any(|word| token.contains(word)) && !GENERIC.contains(&token)
}

/// `Ann Smith, Foo Wind Components, ann@example.com`, `from Foo Systems`.
fn latin_beside(reading: &Reading<'_>, rows: &[Row], contact: Option<Span>) -> Option<Company> {
    let page = &reading.page;
    let free = |row: &&Row| !reading.mask.touches(row.span) && contact.is_none_or(|contact| !contact.touches(row.span));
    if let Some(contact) = contact {
        let next = rows.iter().filter(free).find(|row| row.span.start >= contact.end);
        if let Some(row) = next {
            let gap = page.text().get(contact.end..row.span.start).unwrap_or("");
            let title = gap.len() <= 60 && gap.split([',', '(', ')']).map(str::trim).all(|word| word.is_empty() || is_latin_title(word));
            let from = matches!(gap.trim(), "from" | "of" | "at" | "with" | "@" | "-" | "|");
            if (gap.starts_with(',') && title || gap.trim_matches([' ', '\n']).is_empty() && gap.contains('\n') || from) && page.cut(row.span).len() > 3 && !is_latin_title(page.cut(row.span)) {
                return Some(Company { span: row.span, confidence: 0.75 });
            }
        }
    }
    let led = rows.iter().filter(free).find(|row| {
        let before = page.before(row.span.start, 24).to_ascii_lowercase();
        let after = page.after(row.span.end, 24).to_ascii_lowercase();
        let lead = ["on behalf of ", "representing ", "we are ", "i work for ", "i'm with ", "here at ", "i am with ", "i'm from ", "this is "].iter().any(|lead| before.ends_with(lead));
        let acts = [" is looking", " is seeking", " plans to", " wants to", " intends to", " needs ", " is planning", " would like", " seeks ", " is expanding"].iter().any(|act| after.starts_with(act));
        row.words >= 2 && lead && !before.ends_with("this is ") || row.words >= 2 && acts || lead && acts
    });
    led.map(|row| Company { span: row.span, confidence: 0.7 })
}

pub fn is_latin_title(words: &str) -> bool {
    let lower = words.to_ascii_lowercase();
    ["manager", "director", "head", "vp", "president", "engineer", "officer", "lead", "ceo", "cfo", "coo", "cto", "gm", "buyer", "purchas", "procurement", "founder", "partner", "assistant", "secretary", "controller", "chief"].iter().any(|title| lower.contains(title))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::latin;

    fn names(text: &str) -> Vec<String> {
        let reading = Reading::of(text);
        let rows = latin::rows(&reading.page, |_| false);
        full_names(&reading, &rows).into_iter().map(|company| reading.page.written(company.span)).collect()
    }

    #[test]
    fn full_names_end_with_their_form() {
        assert_eq!(names("我们是做注塑的，我司苏州甲乙智能装备有限公司，求租"), ["苏州甲乙智能装备有限公司"]);
        assert_eq!(names("公司：甲乙精密机械（苏州）有限公司；"), ["甲乙精密机械(苏州)有限公司"]);
        assert_eq!(names("有限公司注册，贸易公司，软件公司60人，德资企业"), Vec::<String>::new());
        assert_eq!(names("Foo Tooling Inc. and Bar GmbH"), ["Foo Tooling Inc.", "Bar GmbH"]);
    }
}
