//! From the fields of a submission to the items of an inquiry: known names and their usual synonyms, texts cleaned.
//! What a person wrote is never refused for what it says; the receipt keeps every byte.

use serde_json::{Map, Value};
use unicode_normalization::UnicodeNormalization;

use crate::inquiries::model::Items;
use crate::kernel::text::{NAME_MAX, PHONE_MAX, TEXT_MAX, cleaned_line, cleaned_lines, cut};

/// What a submission says.
#[derive(Debug, Default, PartialEq)]
pub struct Submission {
    pub items: Items,
    pub page_url: Option<String>,
    pub referrer: Option<String>,
    /// Campaign parameters, without `utm_`.
    pub utm: Map<String, Value>,
    /// What no item took, by its name.
    pub leftover: Map<String, Value>,
}

/// What a field is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Item {
    Need,
    Usage,
    Tax,
    Company,
    Contact,
    Phone,
    Email,
    Wechat,
    Message,
    Text,
    PageUrl,
    Referrer,
}

/// Names of each item, folded as `plain` folds.
const NAMES: &[(Item, &[&str])] = &[
    (Item::Need, &["need", "需求", "需求类型", "具体需求", "需求描述", "求租求购", "demand", "requirement", "requirements"]),
    (Item::Usage, &["usage", "用途", "使用用途", "行业", "所属行业", "产品", "主营", "use", "purpose", "industry"]),
    (Item::Tax, &["tax", "税收", "年税收", "纳税", "年纳税", "年纳税额", "预计年税收", "annualtax"]),
    (Item::Company, &["company", "公司", "公司名称", "单位", "单位名称", "企业", "企业名称", "companyname", "organization", "organisation", "corp"]),
    (Item::Contact, &["contact", "姓名", "联系人", "联系人姓名", "称呼", "贵姓", "name", "contacts", "contactperson", "fullname", "truename"]),
    (
        Item::Phone,
        &[
            "phone",
            "手机",
            "手机号",
            "手机号码",
            "电话",
            "电话号码",
            "联系电话",
            "联系方式",
            "phonenumber",
            "mobile",
            "mobilephone",
            "tel",
            "telephone",
            "cell",
        ],
    ),
    (Item::Email, &["email", "邮箱", "电子邮箱", "邮件", "mail", "replyto"]),
    (Item::Wechat, &["wechat", "微信", "微信号", "weixin", "wx", "vx"]),
    (Item::Message, &["message", "留言", "备注", "内容", "说明", "补充说明", "其他要求", "咨询内容", "msg", "content", "remark", "note", "comments"]),
    (Item::Text, &["text", "全文"]),
    (Item::PageUrl, &["pageurl", "来源页面", "sourceurl"]),
    (Item::Referrer, &["referrer", "referer"]),
];

/// A name without what writers vary: width, case, blanks and joining signs.
fn plain(name: &str) -> String {
    name.nfkc().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '_' | '.' | '*' | ':' | '?')).flat_map(char::to_lowercase).collect()
}

fn item(name: &str) -> Option<Item> {
    let name = plain(name);
    NAMES.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(item, _)| *item)
}

/// The text of a value; lists and objects as their parts.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(values) => values.iter().map(text).filter(|text| !text.is_empty()).collect::<Vec<_>>().join("、"),
        Value::Object(members) => members.values().map(text).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" "),
    }
}

/// Reads the fields of a submission.
pub fn read(fields: Map<String, Value>) -> Submission {
    let mut read = Submission::default();
    let mut blob = None;
    for (name, value) in fields {
        let words = text(&value);
        if let Some(campaign) = name.strip_prefix("utm_") {
            if let (Some(campaign), Some(words)) = (cleaned_line(campaign), cleaned_line(&words)) {
                read.utm.insert(cut(campaign, NAME_MAX), Value::String(cut(words, NAME_MAX)));
            }
            continue;
        }
        let slot = match item(&name) {
            Some(Item::Need) => Some((&mut read.items.need, TEXT_MAX, true)),
            Some(Item::Usage) => Some((&mut read.items.usage, TEXT_MAX, true)),
            Some(Item::Tax) => Some((&mut read.items.tax, TEXT_MAX, true)),
            Some(Item::Company) => Some((&mut read.items.company, NAME_MAX, false)),
            Some(Item::Contact) => Some((&mut read.items.contact, NAME_MAX, false)),
            Some(Item::Phone) => Some((&mut read.items.phone, PHONE_MAX, false)),
            Some(Item::Email) => Some((&mut read.items.email, NAME_MAX, false)),
            Some(Item::Wechat) => Some((&mut read.items.wechat, NAME_MAX, false)),
            Some(Item::Message) => Some((&mut read.items.message, TEXT_MAX, true)),
            Some(Item::Text) => Some((&mut blob, TEXT_MAX, true)),
            Some(Item::PageUrl) => Some((&mut read.page_url, 2_000, false)),
            Some(Item::Referrer) => Some((&mut read.referrer, 2_000, false)),
            None => None,
        };
        let cleaned = match slot {
            Some((_, _, false)) => cleaned_line(&words),
            _ => cleaned_lines(&words),
        };
        let Some(cleaned) = cleaned else { continue };
        match slot {
            Some((slot, max, _)) if slot.is_none() => *slot = Some(cut(cleaned, max)),
            // A second field of the same meaning, or one that is not known: kept under its own name.
            _ => {
                if let Some(name) = cleaned_line(&name) {
                    read.leftover.insert(cut(name, NAME_MAX), Value::String(cut(cleaned, TEXT_MAX)));
                }
            }
        }
    }
    read.items.message = joined(read.items.message.take(), blob);
    read
}

/// All in one blob is kept as the message, after an own message if there is one.
fn joined(message: Option<String>, blob: Option<String>) -> Option<String> {
    match (message, blob) {
        (Some(message), Some(blob)) => Some(cut(format!("{message}\n{blob}"), TEXT_MAX)),
        (one, other) => one.or(other),
    }
}

impl Submission {
    /// Whether there is nothing in it at all.
    pub fn is_empty(&self) -> bool {
        self.items == Items::default() && self.leftover.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn submission(value: Value) -> Submission {
        read(value.as_object().cloned().unwrap())
    }

    #[test]
    fn usual_names_are_known() {
        let read =
            submission(json!({"需求": "厂房", "Company-Name": "甲", "手机号码": "138", "您好": "x", "utm_source": "baidu", "page_url": "https://e.com/?x=1"}));
        assert_eq!(read.items.need.as_deref(), Some("厂房"));
        assert_eq!(read.items.company.as_deref(), Some("甲"));
        assert_eq!(read.items.phone.as_deref(), Some("138"));
        assert_eq!(Value::Object(read.leftover), json!({"您好": "x"}));
        assert_eq!(Value::Object(read.utm), json!({"source": "baidu"}));
        assert_eq!(read.page_url.as_deref(), Some("https://e.com/?x=1"));
    }

    #[test]
    fn odd_values_are_cleaned_and_kept() {
        let read = submission(json!({"company": "a\u{0}b\r\nc", "need": ["a", "b"], "tax": 300, "phone": null, "contact": "  ", "x": {"y": true}}));
        assert_eq!(read.items.company.as_deref(), Some("ab c"));
        assert_eq!(read.items.need.as_deref(), Some("a、b"));
        assert_eq!(read.items.tax.as_deref(), Some("300"));
        assert_eq!((read.items.phone, read.items.contact), (None, None));
        assert_eq!(Value::Object(read.leftover), json!({"x": "true"}));
    }

    #[test]
    fn a_blob_is_the_message() {
        assert_eq!(submission(json!({"text": "急求厂房"})).items.message.as_deref(), Some("急求厂房"));
        assert_eq!(submission(json!({"text": "b", "message": "a"})).items.message.as_deref(), Some("a\nb"));
        assert!(submission(json!({"company": " ", "need": ""})).is_empty());
    }

    #[test]
    fn too_long_a_text_is_cut_not_refused() {
        assert_eq!(submission(json!({"company": "厂".repeat(500)})).items.company.unwrap().chars().count(), NAME_MAX);
    }
}
