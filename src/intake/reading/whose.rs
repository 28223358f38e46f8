//! Of whom a field speaks, by its name: of who asks, of the matter, or of a machine or somebody else. Nobody
//! is called by a number in the field of an amount or of a colleague. Which field becomes which item is
//! decided in `mapping.rs`.

use crate::facts::Reads;
use crate::kernel::search;

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
    "发票",
    "护照",
    "识别号",
    "支付宝",
    "会员号",
    "客户号",
];
/// Parts of names of fields in which people say how to reach them, whatever else is in the name.
const OF_PEOPLE: &[&str] = &[
    "phone",
    "mobile",
    "tel",
    "telephone",
    "cell",
    "cellphone",
    "whatsapp",
    "wechat",
    "weixin",
    "email",
    "mail",
    "contact",
    "name",
];
const OF_PEOPLE_CHINESE: &[&str] = &[
    "手机",
    "電話",
    "手機",
    "电话",
    "微信",
    "邮箱",
    "電郵",
    "郵箱",
    "联系",
    "聯絡",
    "聯繫",
    "姓名",
    "称呼",
    "联络",
    "怎么找",
];
/// Parts of names of fields in which people write whatever they like.
const OF_WORDS: &[&str] = &[
    "need",
    "needs",
    "requirement",
    "requirements",
    "demand",
    "message",
    "msg",
    "comment",
    "comments",
    "note",
    "notes",
    "remark",
    "remarks",
    "description",
    "detail",
    "details",
    "question",
    "questions",
    "inquiry",
    "enquiry",
    "text",
    "content",
    "other",
    "others",
    "about",
    "info",
];
const OF_WORDS_CHINESE: &[&str] = &[
    "需求", "备注", "備註", "留言", "说明", "描述", "内容", "咨询", "问题", "要求", "其他", "其它", "补充",
    "意向", "信息", "详情", "情况",
];
/// Parts of names that say nothing, as forms give them to fields that nobody has named: `field_3`, `q7`,
/// `entry.1234`, `单行文本2`.
const OF_NOTHING: &[&str] = &[
    "field",
    "fields",
    "input",
    "q",
    "entry",
    "item",
    "column",
    "col",
    "answer",
    "value",
    "widget",
    "custom",
    "form",
    "x",
    "f",
    "a",
    "c",
    "key",
    "字段",
    "题",
    "题目",
    "单行文本",
    "多行文本",
    "文本",
    "输入框",
    "填空",
];

/// People who are not the one who asks: their numbers are not to be called, and join nobody. Names of whole
/// fields, but for
/// `OF_A_PERSON`.
const OF_OTHERS: &[&str] = &[
    "推荐人",
    "推荐者",
    "推荐单位",
    "介绍人",
    "引荐人",
    "紧急联系人",
    "紧急联系",
    "业务员",
    "上级",
    "担保人",
    "客服",
    "招商经理",
    "招商专员",
    "招商人员",
    "招商顾问",
    "客户经理",
    "项目经理",
    "销售",
    "销售员",
    "销售人员",
    "销售代表",
    "销售顾问",
    "顾问",
    "接待人",
    "接待人员",
    "担当",
    "推广人",
    "渠道",
    "渠道商",
    "中介",
    "经纪人",
    "法人",
    "法人代表",
    "法定代表人",
    "前台",
    "房东",
    "现房东",
    "抄送",
    "抄送人",
    "接收人",
    "接收",
    "emergency",
    "emergencycontact",
    "referee",
    "referredby",
    "recommender",
    "referral",
    "referrer",
    "legalrepresentative",
    "sales",
    "salesperson",
    "salesrep",
    "agent",
    "broker",
    "admin",
    "staff",
    "assignee",
    "manager",
    "accountmanager",
    "operator",
    "cc",
    "bcc",
    "from",
    "sender",
    "recipient",
    "receiver",
];
/// What such a field may have of them.
const OF_A_PERSON: &[&str] = &[
    "您的",
    "你的",
    "联系方式",
    "联系电话",
    "手机号码",
    "手机号",
    "手机",
    "电话号码",
    "电话",
    "电子邮箱",
    "邮箱",
    "微信号",
    "微信",
    "姓名",
    "名称",
    "phone",
    "mobile",
    "email",
    "mail",
    "wechat",
    "name",
    "tel",
    "number",
];

/// Of whom a field speaks, by its name and its value. What is about a machine (ids, addresses, times,
/// browsers) or about somebody else is not read; in a field of the matter, such as an amount, digits are no
/// number of who asks.
pub fn reads(name: &str, value: &str) -> Reads {
    let value = value.trim();
    let is_address = !value.contains(char::is_whitespace)
        && ["http://", "https://"].iter().any(|start| value.to_ascii_lowercase().starts_with(start));
    if is_address || value.starts_with("Mozilla/") || value.contains("AppleWebKit/") {
        return Reads::Nothing;
    }
    let parts = parts(name);
    let whole = parts.concat();
    let has = |words: &[&str]| parts.iter().any(|part| words.contains(&part.as_str()));
    let holds = |words: &[&str]| words.iter().any(|word| whole.contains(word));
    let role = OF_A_PERSON.iter().fold(whole.clone(), |rest, part| rest.replacen(part, "", 1));
    if OF_MACHINES_WHOLE.contains(&whole.as_str()) || OF_OTHERS.contains(&role.as_str()) {
        return Reads::Nothing;
    }
    if has(OF_PEOPLE) || holds(OF_PEOPLE_CHINESE) {
        return Reads::Everything;
    }
    if has(OF_MACHINES) || holds(OF_MACHINES_CHINESE) {
        return Reads::Nothing;
    }
    let is_unnamed = parts.iter().all(|part| {
        OF_NOTHING.contains(&part.as_str()) || part.chars().all(char::is_numeric) || unnumbered(part)
    });
    if is_unnamed || has(OF_WORDS) || holds(OF_WORDS_CHINESE) { Reads::Everything } else { Reads::NoContact }
}

/// `q7`, `input12`, `字段3`: a part that says nothing, with its number.
fn unnumbered(part: &str) -> bool {
    OF_NOTHING.contains(&part.trim_end_matches(|c: char| c.is_numeric()))
}

/// The words of a name, folded: `userAgent`, `user_agent` and `User Agent` have two.
fn parts(name: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut previous = ' ';
    for c in name.chars() {
        let begins = !c.is_alphanumeric()
            || previous.is_lowercase() && c.is_uppercase()
            || c.is_ascii() != previous.is_ascii();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_machines_fill_in_and_what_is_about_others_is_not_read() {
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
            "发票号码",
            "护照号",
            "纳税人识别号",
            "支付宝",
            "会员号",
            "form_name",
            "业务员电话",
            "招商经理",
            "招商专员",
            "渠道",
            "sales",
            "agent",
            "销售员电话",
            "法人手机",
            "legal representative phone",
            "抄送邮箱",
            "admin_email",
            "from_email",
            "推荐单位",
            "推广人",
        ] {
            assert_eq!(reads(name, "x"), Reads::Nothing, "{name}");
        }
        assert_eq!(reads("field_9", "https://example.com/13800138000"), Reads::Nothing);
        assert_eq!(reads("field_9", "Mozilla/5.0 (X11) AppleWebKit/537.36"), Reads::Nothing);
    }

    #[test]
    fn whoever_asks_is_reached_by_what_is_asked_of_them() {
        for name in [
            "field_3",
            "WORK_PHONE",
            "Work Email",
            "联系方式",
            "联系人编号电话",
            "mobile_id",
            "补充",
            "",
            "q7",
            "entry.1234567",
            "单行文本2",
            "备用电话",
            "您的联系方式是？",
            "手机号码",
            "聯絡電話",
            "message",
            "comments",
            "full_name",
            "需求描述",
            "3",
        ] {
            assert_eq!(reads(name, "13800138000"), Reads::Everything, "{name}");
        }
        assert_eq!(reads("field_9", "见 https://example.com 求租"), Reads::Everything);
        for name in [
            "层高",
            "面积（㎡）",
            "idea",
            "position",
            "入驻时间",
            "budget",
            "年产值",
            "注册资本",
            "来源",
            "年税收（元）",
            "年销售额（万元）",
            "期望接待时间",
            "Available from",
            "Annual sales",
            "承租方",
        ] {
            assert_eq!(reads(name, "13800138000"), Reads::NoContact, "{name}");
        }
    }
}
