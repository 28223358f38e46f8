//! Labelled parts of a text: `公司：…`, `Tel: …`, the lines of a form.
//! What the value of a label means is decided by the fact's own file.

use super::normal::{Normal, Span};

/// A label and its value, as they stand in the text, both without blanks at the ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part<'a> {
    pub label: &'a str,
    pub value: &'a str,
}

/// What a label asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Need,
    Usage,
    Tax,
    Company,
    Contact,
    Phone,
    Email,
    Wechat,
    Region,
    Area,
    Land,
    Budget,
    Other,
}

/// A label in the plain text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label {
    pub field: Field,
    /// The words before the colon, with a unit in brackets.
    pub name: Span,
    pub value: Span,
}

const NAMES: &[(Field, &[&str])] = &[
    (Field::Need, &["需求", "需求类型", "具体需求", "需求描述", "求租求购", "demand", "requirement", "requirements", "need", "租售需求", "客户需求"]),
    (Field::Usage, &["用途", "使用用途", "行业", "所属行业", "产品", "主营", "主营业务", "主营产品", "usage", "use", "purpose", "industry", "sector", "经营范围", "项目内容", "生产内容", "business"]),
    (Field::Tax, &["税收", "年税收", "纳税", "年纳税", "年纳税额", "预计年税收", "预计税收", "预计年纳税", "税收贡献", "年税收贡献", "tax", "annualtax", "annual tax"]),
    (Field::Company, &["公司", "公司名称", "公司名", "单位", "单位名称", "企业", "企业名称", "客户名称", "客户单位", "工作单位", "company", "companyname", "company name", "organisation", "organization", "corp", "firm", "抬头"]),
    (Field::Contact, &["姓名", "联系人", "联系人姓名", "称呼", "贵姓", "联络人", "对接人", "负责人", "经办人", "客户姓名", "项目联系人", "name", "contact", "contacts", "contact person", "contactperson", "fullname", "full name", "truename", "attn", "contact name", "your name", "project lead", "客户", "来电人", "联系"]),
    (
        Field::Phone,
        &["手机", "手机号", "手机号码", "电话", "电话号码", "联系电话", "联系方式", "phone", "phonenumber", "phone number", "mobile", "mobilephone", "tel", "telephone", "cell", "whatsapp", "座机", "固话", "热线", "主叫号码", "电话/微信", "手机/微信", "微信/手机", "m", "t", "mob", "ph", "联系手机", "来电号码"],
    ),
    (Field::Email, &["邮箱", "电子邮箱", "邮件", "email", "e-mail", "mail", "replyto", "邮件地址"]),
    (Field::Wechat, &["微信", "微信号", "wechat", "weixin", "wx", "vx", "qq/vx", "v"]),
    (Field::Region, &["地区", "区域", "意向区域", "地点", "位置", "意向地区", "期望区域", "目标区域", "region", "location", "area preferred", "city", "所在地", "城市", "意向城市", "选址", "选址区域", "地址", "preferred location"]),
    (Field::Area, &["面积", "需求面积", "建筑面积", "area", "size", "面积需求", "厂房面积", "floor area", "所需面积", "总面积"]),
    (Field::Land, &["用地", "用地面积", "占地", "占地面积", "土地", "土地面积", "land", "land area"]),
    (Field::Budget, &["预算", "租金", "租金预算", "价格", "budget", "price", "总价", "单价", "rent", "心理价位", "购买预算"]),
    (
        Field::Other,
        &[
            "留言", "备注", "内容", "说明", "补充说明", "其他要求", "咨询内容", "message", "msg", "content", "remark", "note", "notes", "comments", "text", "全文", "电", "用电", "电力", "层高", "楼层", "投资", "投资额", "总投资", "产值", "年产值", "环评", "承重", "荷载", "消防", "租期", "入驻时间", "时间", "日期", "统一社会信用代码", "信用代码", "税号", "开票", "年开票",
            "注册资本", "来电记录", "记录", "职位", "职务", "title", "position", "deadline", "timeline", "power", "crane", "行车", "员工", "人数", "设备", "要求", "来源", "渠道", "主题", "subject", "project", "项目", "项目名称", "传真", "fax", "qq", "编号", "订单号", "工单号", "investment", "headcount", "clear height", "附件", "业务", "website", "网址", "官网",
        ],
    ),
];

/// What a label's name asks for, after small letters, without blanks at the ends and without a unit in brackets.
fn field_of(name: &str) -> Option<Field> {
    let lower = name.to_ascii_lowercase();
    let bare = lower.split('(').next().unwrap_or("").trim();
    let bare = bare.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | '、' | '*' | '-' | ' ' | '#'));
    let bare = bare.trim_start_matches("您的").trim_start_matches("请填写").trim_start_matches("your ").trim();
    NAMES.iter().find(|(_, names)| names.contains(&bare)).map(|(field, _)| *field)
}

/// More labels than these are noise.
const MAX: usize = 100;
/// The longest label.
const LONGEST: usize = 18;

/// The labels of a text with their values.
pub fn find(page: &Normal<'_>) -> Vec<Label> {
    let text = page.text();
    let mut names: Vec<(Field, Span, usize)> = Vec::new();
    for (colon, _) in text.match_indices(':') {
        if names.len() >= MAX {
            break;
        }
        let before = page.before(colon, LONGEST).trim_end();
        let end = colon - (page.before(colon, LONGEST).len() - before.len());
        let wide = before.char_indices().rev().find(|(at, c)| ends_label(*c) && !in_brackets(before, *at)).map_or(0, |(at, c)| at + c.len_utf8());
        // `need` and `annual tax` may hold a blank, Chinese labels none: the longest that is known counts.
        let mut starts: Vec<usize> = vec![wide];
        starts.extend(before.char_indices().filter(|(at, c)| *at > wide && matches!(c, ' ' | '/') && !in_brackets(before, *at)).map(|(at, _)| at + 1));
        let found = starts.into_iter().find_map(|start| {
            let name = before.get(start..)?;
            field_of(name).map(|field| (field, Span::new(end - before.len() + start, end)))
        });
        if let Some((field, name)) = found {
            names.push((field, page.trim(name), colon + 1));
        }
    }
    let mut labels = Vec::with_capacity(names.len());
    for (place, (field, name, value)) in names.iter().enumerate() {
        let limit = names.get(place + 1).map_or(text.len(), |(_, next, _)| next.start);
        labels.push(Label { field: *field, name: *name, value: value_span(page, *value, limit) });
    }
    labels
}

fn ends_label(c: char) -> bool {
    matches!(c, ',' | ';' | '。' | '\n' | '、' | '|' | ':' | '!' | '?' | ']' | '[' | '~')
}

fn in_brackets(text: &str, at: usize) -> bool {
    text.get(..at).is_some_and(|before| before.rfind('(').is_some_and(|open| before.rfind(')').is_none_or(|close| close < open))) && text.get(at..).is_some_and(|rest| rest.contains(')'))
}

/// From the colon to the end of the line or to the next label, without the signs between.
fn value_span(page: &Normal<'_>, start: usize, limit: usize) -> Span {
    let words = page.text().get(start..limit.max(start)).unwrap_or("");
    let first = start + (words.len() - words.trim_start_matches([' ', '\n']).len());
    // A value on the line below its label is one only if a label's line follows it, too; it is left out here.
    let words = page.text().get(start..limit.max(start)).unwrap_or("");
    let line = words.split('\n').next().unwrap_or("");
    let value = page.trim(Span::new(start, start + line.len()));
    let words = page.cut(value).trim_end_matches([' ', ';', ',', '。', '/', '、', '|', '\n']);
    if words.is_empty() {
        return Span::new(value.start.min(first), value.start.min(first));
    }
    Span::new(value.start, value.start + words.len())
}

/// The labelled parts of a text, verbatim.
pub fn labelled_parts(text: &str) -> Vec<Part<'_>> {
    let page = Normal::of(text);
    let words = |span: Span| {
        let (start, end) = page.in_source(span);
        super::normal::between(text, start, end).trim()
    };
    find(&page).into_iter().map(|label| Part { label: words(label.name), value: words(label.value) }).filter(|part| !part.label.is_empty() && !part.value.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<(&str, &str)> {
        labelled_parts(text).into_iter().map(|part| (part.label, part.value)).collect()
    }

    #[test]
    fn a_form_in_one_line() {
        let text = "需求：厂房，3000平；用途：注塑；税收：300万；公司：甲乙机械（苏州）有限公司；联系人：王一；手机号：138 0000 1234";
        assert_eq!(
            parts(text),
            [("需求", "厂房，3000平"), ("用途", "注塑"), ("税收", "300万"), ("公司", "甲乙机械（苏州）有限公司"), ("联系人", "王一"), ("手机号", "138 0000 1234")]
        );
    }

    #[test]
    fn blanks_slashes_and_lines() {
        assert_eq!(parts("求租 面积：２５００㎡ 地区：宁波"), [("面积", "２５００㎡"), ("地区", "宁波")]);
        assert_eq!(parts("Name: Lin / 公司: 甲乙 / Tel: (86)13800001234"), [("Name", "Lin"), ("公司", "甲乙"), ("Tel", "(86)13800001234")]);
        assert_eq!(parts("税收(万元)：300\n层高：8\n谢谢"), [("税收(万元)", "300"), ("层高", "8")]);
        assert_eq!(parts("10:32 随便：什么"), []);
        assert_eq!(parts("：："), []);
    }
}
