//! The names that fields go by: each item with its usual Chinese and English synonyms, and how a name is
//! folded before it is compared. Which field becomes which item is decided in `mapping.rs`.

use crate::inquiries::items::{self, each_item};
use crate::kernel::search;
use crate::text_enum;

macro_rules! submission_item {
    ({} $(($name:ident $variant:ident $word:literal $($row:tt)*))+) => {
        text_enum! {
            /// What a field of a submission can be.
            pub enum Item as "SubmissionItem" {
                $($variant => $word,)+
                /// All in one.
                Text => "text",
                PageUrl => "page_url",
                Referrer => "referrer",
                Consent => "consent",
            }
        }

        impl Item {
            /// The item of an inquiry that it becomes, if it is one.
            pub const fn kept(self) -> Option<items::Item> {
                match self {
                    $(Self::$variant => Some(items::Item::$variant),)+
                    Self::Text | Self::PageUrl | Self::Referrer | Self::Consent => None,
                }
            }
        }

        impl From<items::Item> for Item {
            fn from(item: items::Item) -> Self {
                match item { $(items::Item::$variant => Self::$variant),+ }
            }
        }
    };
}
each_item!(submission_item);

/// Names of items, folded. Without a row an item goes by its own word.
const NAMES: &[(Item, &[&str])] = &[
    (
        Item::Need,
        &[
            "需求",
            "需求类型",
            "具体需求",
            "需求描述",
            "求租求购",
            "demand",
            "requirement",
            "requirements",
            "need",
        ],
    ),
    (
        Item::Usage,
        &["用途", "使用用途", "行业", "所属行业", "产品", "主营", "usage", "use", "purpose", "industry"],
    ),
    (
        Item::Tax,
        &["税收", "年税收", "稅收", "年稅收", "纳税", "年纳税", "年纳税额", "预计年税收", "tax", "annualtax"],
    ),
    (
        Item::Company,
        &[
            "公司",
            "公司名称",
            "公司名稱",
            "企業名稱",
            "单位",
            "单位名称",
            "企业",
            "企业名称",
            "company",
            "companyname",
            "organization",
            "organisation",
            "corp",
        ],
    ),
    (
        Item::Contact,
        &[
            "姓名",
            "联系人",
            "聯絡人",
            "聯繫人",
            "联系人姓名",
            "称呼",
            "贵姓",
            "name",
            "contact",
            "contacts",
            "contactperson",
            "fullname",
            "truename",
        ],
    ),
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
            "手機",
            "手機號",
            "手機號碼",
            "電話",
            "電話號碼",
            "聯絡電話",
            "聯繫電話",
            "phone",
            "phonenumber",
            "mobile",
            "mobilephone",
            "tel",
            "telephone",
            "cell",
        ],
    ),
    (
        Item::Email,
        &["邮箱", "电子邮箱", "邮件", "電郵", "電子郵箱", "電子郵件", "郵箱", "email", "mail", "replyto"],
    ),
    (Item::Wechat, &["微信", "微信号", "微信號", "wechat", "weixin", "wx", "vx"]),
    (
        Item::Message,
        &[
            "留言",
            "备注",
            "備註",
            "内容",
            "说明",
            "补充说明",
            "其他要求",
            "咨询内容",
            "message",
            "msg",
            "content",
            "remark",
            "note",
            "comments",
        ],
    ),
    (Item::Text, &["全文", "text"]),
    (Item::PageUrl, &["pageurl", "来源页面", "sourceurl"]),
    (Item::Referrer, &["referrer", "referer"]),
    (Item::Consent, &["同意", "隐私", "consent", "agree", "privacy"]),
];

/// What a folded name means.
pub fn item(folded: &str) -> Option<Item> {
    let named = NAMES.iter().find(|(_, names)| names.contains(&folded)).map(|(item, _)| *item);
    named.or_else(|| items::Item::from_word(folded).map(Item::from))
}

impl Item {
    /// What a person calls it, in Chinese.
    pub const fn label(self) -> &'static str {
        match (self.kept(), self) {
            (Some(item), _) => item.label().0,
            (None, Self::Text) => "全文",
            (None, Self::PageUrl) => "来源页面",
            (None, Self::Referrer) => "来源",
            (None, _) => "同意",
        }
    }

    /// Whether its text is kept on one line.
    pub const fn is_one_line(self) -> bool {
        match self.kept() {
            Some(item) => item.limit().is_one_line(),
            None => !matches!(self, Self::Text),
        }
    }
}

/// The name of a campaign parameter, without its `utm_`: however a sender or a person writes it
/// (`UTM_Source`, `utm source`).
pub fn campaign(name: &str) -> Option<String> {
    let lower = search::folded(name);
    let rest = lower.trim().strip_prefix("utm")?;
    let bare = rest.trim_start_matches(['_', '-', ' ', '.', ':']);
    let is_known = ["source", "medium", "campaign", "term", "content", "id"].contains(&bare);
    (!bare.is_empty() && (is_known || bare.len() < rest.len())).then(|| bare.replace([' ', '-'], "_"))
}

/// A name without what writers vary: width, case, blanks, signs, numbering, and the usual words before it.
pub fn folded(name: &str) -> String {
    fold(&search::folded(name))
}

/// The same without what is in brackets; none if nothing does, or nothing else.
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
    let mut name: String = trimmed
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '_' | '.' | '*' | ':' | '?' | '(' | ')'))
        .collect();
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
    let Some((number, rest)) = name.strip_prefix('q').and_then(|rest| rest.split_once('_')) else {
        return name;
    };
    if !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()) && !rest.is_empty() {
        rest
    } else {
        name
    }
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
            (
                Item::Phone,
                &[
                    "手机号码",
                    "联系电话*",
                    "1.电话",
                    "tel-123",
                    "Mobile",
                    "phone_number",
                    "q7_phone",
                    "Phone?",
                ],
            ),
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
}
