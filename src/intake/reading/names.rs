//! The names that fields go by: each item with its usual Chinese and English synonyms, and how a name is folded before it is compared.
//! Which field becomes which item is decided in `mapping.rs`.

use crate::kernel::search;
use crate::words;

words! {
    /// What a field of a submission can be.
    pub enum Item as "SubmissionItem" {
        Need => "need",
        Usage => "usage",
        Tax => "tax",
        Company => "company",
        Contact => "contact",
        Phone => "phone",
        Email => "email",
        Wechat => "wechat",
        Message => "message",
        /// All in one.
        Text => "text",
        PageUrl => "page_url",
        Referrer => "referrer",
        Consent => "consent",
    }
}

/// Names of each item, folded.
const NAMES: &[(Item, &[&str])] = &[
    (Item::Need, &["需求", "需求类型", "具体需求", "需求描述", "求租求购", "demand", "requirement", "requirements", "need"]),
    (Item::Usage, &["用途", "使用用途", "行业", "所属行业", "产品", "主营", "usage", "use", "purpose", "industry"]),
    (Item::Tax, &["税收", "年税收", "纳税", "年纳税", "年纳税额", "预计年税收", "tax", "annualtax"]),
    (Item::Company, &["公司", "公司名称", "单位", "单位名称", "企业", "企业名称", "company", "companyname", "organization", "organisation", "corp"]),
    (Item::Contact, &["姓名", "联系人", "联系人姓名", "称呼", "贵姓", "name", "contact", "contacts", "contactperson", "fullname", "truename"]),
    (
        Item::Phone,
        &[
            "手机",
            "手机号",
            "手机号码",
            "电话",
            "电话号码",
            "联系电话",
            "联系方式",
            "phone",
            "phonenumber",
            "mobile",
            "mobilephone",
            "tel",
            "telephone",
            "cell",
        ],
    ),
    (Item::Email, &["邮箱", "电子邮箱", "邮件", "email", "mail", "replyto"]),
    (Item::Wechat, &["微信", "微信号", "wechat", "weixin", "wx", "vx"]),
    (Item::Message, &["留言", "备注", "内容", "说明", "补充说明", "其他要求", "咨询内容", "message", "msg", "content", "remark", "note", "comments"]),
    (Item::Text, &["全文", "text"]),
    (Item::PageUrl, &["pageurl", "来源页面", "sourceurl"]),
    (Item::Referrer, &["referrer", "referer"]),
    (Item::Consent, &["同意", "隐私", "consent", "agree", "privacy"]),
];

/// What a folded name means.
pub fn item(folded: &str) -> Option<Item> {
    NAMES.iter().find(|(_, names)| names.contains(&folded)).map(|(item, _)| *item)
}

impl Item {
    /// What a person calls it, where facts are read out of what fields hold.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Need => "需求",
            Self::Usage => "用途",
            Self::Tax => "税收",
            Self::Company => "公司",
            Self::Contact => "联系人",
            Self::Phone => "手机号",
            Self::Email => "邮箱",
            Self::Wechat => "微信",
            Self::Message => "留言",
            Self::Text => "全文",
            Self::PageUrl => "来源页面",
            Self::Referrer => "来源",
            Self::Consent => "同意",
        }
    }

    /// Whether its text is kept on one line.
    pub const fn is_one_line(self) -> bool {
        !matches!(self, Self::Need | Self::Usage | Self::Tax | Self::Message | Self::Text)
    }
}

/// The name of a campaign parameter, without its `utm_`: however a sender or a person writes it (`UTM_Source`, `utm source`).
pub fn campaign(name: &str) -> Option<String> {
    let lower = search::folded(name);
    let rest = lower.trim().strip_prefix("utm")?;
    let bare = rest.trim_start_matches(['_', '-', ' ', '.', ':']);
    let is_known = ["source", "medium", "campaign", "term", "content", "id"].contains(&bare);
    (!bare.is_empty() && (is_known || bare.len() < rest.len())).then(|| bare.replace([' ', '-'], "_"))
}

/// Parts of names of fields that machines fill in.
const OF_MACHINES: &[&str] = &[
    "id",
    "ids",
    "uid",
    "uuid",
    "guid",
    "openid",
    "unionid",
    "ip",
    "ua",
    "url",
    "uri",
    "href",
    "link",
    "referer",
    "referrer",
    "token",
    "hash",
    "sign",
    "signature",
    "nonce",
    "timestamp",
    "ts",
    "cookie",
    "session",
    "gclid",
    "fbclid",
    "msclkid",
    "clickid",
    "browser",
    "os",
    "device",
    "screen",
    "viewport",
    "resolution",
    "lang",
    "timezone",
    "tz",
    "lat",
    "lng",
    "latitude",
    "longitude",
    "captcha",
    "csrf",
    "checksum",
    "md5",
    "sha1",
    "key",
    "code",
    "zip",
    "postcode",
    "postal",
    "version",
    "imei",
    "idfa",
    "oaid",
    "mac",
    "campaign",
    "adgroup",
    "adset",
    "creative",
    "order",
    "serial",
    "sn",
    "ticket",
    "invoice",
    "tracking",
    "trace",
    "batch",
    "sku",
    "iban",
    "account",
    "passport",
];
/// The same, whole: names of several parts.
const OF_MACHINES_WHOLE: &[&str] = &[
    "useragent",
    "formname",
    "adname",
    "pagetitle",
    "createdat",
    "updatedat",
    "submittedat",
    "createtime",
    "createdtime",
    "updatetime",
    "submittime",
    "submitdate",
];
/// The same in Chinese.
const OF_MACHINES_CHINESE: &[&str] = &[
    "编号",
    "序号",
    "订单",
    "单号",
    "流水",
    "工单",
    "账号",
    "帐号",
    "卡号",
    "身份证",
    "证件",
    "税号",
    "邮政编码",
    "邮编",
    "浏览器",
    "设备型号",
    "操作系统",
    "网址",
    "链接",
    "来源页",
    "落地页",
    "时间戳",
    "提交时间",
    "创建时间",
    "更新时间",
    "填写时间",
    "提交日期",
    "验证码",
    "指纹",
    "会话",
];
/// Parts of names of fields in which people say how to reach them, whatever else is in the name.
const OF_PEOPLE: &[&str] = &["phone", "mobile", "tel", "telephone", "cell", "cellphone", "whatsapp", "wechat", "weixin", "email", "mail"];
const OF_PEOPLE_CHINESE: &[&str] = &["手机", "电话", "微信", "邮箱", "联系"];

/// People who are not the one who asks: their numbers are not to be called, and join nobody.
const OF_OTHERS: &[&str] =
    &["推荐人", "推荐者", "介绍人", "引荐人", "紧急联系", "业务员", "上级", "担保人", "客服", "emergency", "referee", "referredby", "recommender"];

/// Whether a field says nothing of the person, by its name or its value: what machines fill in (ids, addresses, times, browsers), and
/// what is about somebody else. Digits in it are no phone number of theirs.
pub fn is_of_machines(name: &str, value: &str) -> bool {
    let value = value.trim();
    let is_address = !value.contains(char::is_whitespace) && ["http://", "https://"].iter().any(|start| value.to_ascii_lowercase().starts_with(start));
    if is_address || value.starts_with("Mozilla/") || value.contains("AppleWebKit/") {
        return true;
    }
    let parts = parts(name);
    let whole = parts.concat();
    if OF_OTHERS.iter().any(|word| whole.contains(word)) {
        return true;
    }
    let has = |words: &[&str]| parts.iter().any(|part| words.contains(&part.as_str()));
    let holds = |words: &[&str]| words.iter().any(|word| whole.contains(word));
    if has(OF_PEOPLE) || holds(OF_PEOPLE_CHINESE) {
        return false;
    }
    has(OF_MACHINES) || OF_MACHINES_WHOLE.contains(&whole.as_str()) || holds(OF_MACHINES_CHINESE)
}

/// The words of a name, folded: `userAgent`, `user_agent` and `User Agent` have two.
fn parts(name: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut previous = ' ';
    for c in name.chars() {
        let begins = !c.is_alphanumeric() || previous.is_lowercase() && c.is_uppercase() || c.is_ascii() != previous.is_ascii();
        if begins || parts.is_empty() {
            parts.push(String::new());
        }
        if let Some(part) = parts.last_mut().filter(|_| c.is_alphanumeric()) {
            part.push_str(&search::folded(c.encode_utf8(&mut [0; 4])));
        }
        previous = c;
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// A name without what writers vary: width, case, blanks, signs, numbering, and the usual words before it.
pub fn folded(name: &str) -> String {
    fold(&search::folded(name))
}

/// The same without what stands in brackets; none if nothing does, or nothing else.
pub fn folded_without_brackets(name: &str) -> Option<String> {
    let lower = search::folded(name);
    let (mut depth, mut kept) = (0_usize, String::new());
    for c in lower.chars() {
        match c {
            '(' | '[' | '【' | '（' => depth = depth.saturating_add(1),
            ')' | ']' | '】' | '）' => depth = depth.saturating_sub(1),
            _ if depth == 0 => kept.push(c),
            _ => {}
        }
    }
    (kept.len() < lower.len()).then(|| fold(&kept)).filter(|name| !name.is_empty())
}

fn fold(lower: &str) -> String {
    let trimmed = without_question_number(without_numbering(lower.trim()));
    let mut name: String = trimmed.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '_' | '.' | '*' | ':' | '?' | '(' | ')')).collect();
    for before in ["your", "您的", "请填写"] {
        if let Some(rest) = name.strip_prefix(before).filter(|rest| !rest.is_empty()) {
            name = rest.to_owned();
        }
    }
    let without_digits = name.trim_end_matches(|c: char| c.is_ascii_digit());
    if without_digits.is_empty() { name } else { without_digits.to_owned() }
}

/// Without the `1.`, `2、` or `3)` of a list.
fn without_numbering(name: &str) -> &str {
    let rest = name.trim_start_matches(|c: char| c.is_ascii_digit());
    if rest.len() == name.len() {
        return name;
    }
    rest.strip_prefix(['.', '、', ')']).map_or(name, str::trim_start)
}

/// Without the `q7_` that some services put before a name.
fn without_question_number(name: &str) -> &str {
    let Some((number, rest)) = name.strip_prefix('q').and_then(|rest| rest.split_once('_')) else { return name };
    if !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()) && !rest.is_empty() { rest } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(name: &str) -> Option<Item> {
        item(&folded(name)).or_else(|| item(&folded_without_brackets(name)?))
    }

    #[test]
    fn usual_names_are_known_however_they_are_written() {
        for (wanted, names) in [
            (Item::Need, &["需求", "您的需求", "Requirement", "请填写需求", "２、需求类型"][..]),
            (Item::Usage, &["行业", "Industry"]),
            (Item::Tax, &["年纳税额", "annual_tax", "预计年税收（万元）"]),
            (Item::Company, &["企业名称（全称）", "your-company", "Organization", "公司 名称："]),
            (Item::Contact, &["您的姓名", "联系人：", "full_name", "your-name", "Name"]),
            (Item::Phone, &["手机号码", "联系电话*", "1.电话", "tel-123", "Mobile", "phone_number", "q7_phone", "Phone?"]),
            (Item::Email, &["E-mail", "_replyto"]),
            (Item::Wechat, &["微信号", "WeChat"]),
            (Item::Message, &["备注（选填）", "your-message"]),
            (Item::PageUrl, &["page_url"]),
        ] {
            for name in names {
                assert_eq!(known(name), Some(wanted), "{name}");
            }
        }
        for name in ["", "状态", "status", "名称", "q_phone_x", "123", "yourself", "id"] {
            assert_eq!(known(name), None, "{name}");
        }
    }

    #[test]
    fn campaigns_however_they_are_written() {
        for (name, wanted) in [
            ("utm_source", Some("source")),
            ("UTM_Source", Some("source")),
            ("utm source", Some("source")),
            ("UTM Campaign", Some("campaign")),
            ("utm-term", Some("term")),
            ("utmSource", Some("source")),
            ("utm_my_own", Some("my_own")),
            ("ＵＴＭ＿content", Some("content")),
            ("utm_", None),
            ("utm", None),
            ("utmost", None),
            ("source", None),
        ] {
            assert_eq!(campaign(name).as_deref(), wanted, "{name}");
        }
    }

    #[test]
    fn what_machines_fill_in() {
        for name in [
            "user_agent",
            "userAgent",
            "User-Agent",
            "UA",
            "ip",
            "client_ip",
            "IP地址",
            "order_id",
            "orderId",
            "order_no",
            "订单编号",
            "openid",
            "gclid",
            "page_url",
            "landing page URL",
            "timestamp",
            "created_at",
            "提交时间",
            "postal_code",
            "邮政编码",
            "session",
            "token",
            "serial_number",
        ] {
            assert!(is_of_machines(name, "x"), "{name}");
        }
        for name in [
            "field_3",
            "WORK_PHONE",
            "Work Email",
            "联系方式",
            "联系人编号电话",
            "mobile_id",
            "层高",
            "面积（㎡）",
            "idea",
            "position",
            "补充",
            "入驻时间",
            "budget",
            "",
        ] {
            assert!(!is_of_machines(name, "13800138000"), "{name}");
        }
        assert!(is_of_machines("field_9", "https://example.com/13800138000") && is_of_machines("field_9", "Mozilla/5.0 (X11) AppleWebKit/537.36"));
        assert!(!is_of_machines("field_9", "见 https://example.com 求租"));
    }
}
