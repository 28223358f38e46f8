//! What a robot says: the line of a fact, and as many lines in one message as fit. Nobody's number and
//! nobody's name is in it, for a group is read by many. Pure.
//! Which facts there are is in `store.rs`, in which form a message travels in `wire.rs`.

use super::kind::RobotKind;
use crate::assignment::terms::events::{SlaBreached, SlaEscalated};
use crate::facts::{Facts, Member, short_name};
use crate::follow_ups::events as follow_ups;
use crate::inquiries::Inquiry;
use crate::inquiries::events as inquiries;
use crate::inquiries::items::Item;
use crate::inquiries::masking::{Known, Mask, contact_masked, phone_masked};
use crate::kernel::language::Language;
use crate::kernel::size::json_size;
use crate::kernel::text::cut;
use crate::notifications::events::{ChannelDisabled, WebhookDisabled};
use crate::notifications::headline::{discreet, tax, wanted};
use crate::notifications::message_settings::MessageSettings;
use crate::platform::events::Fact;

/// Bytes of a text of WeCom.
const WECOM_MAX: usize = 2_048;
/// Bytes of the text of others as JSON: their bodies have 20,000, of which these leave the rest enough.
const OTHERS_MAX: usize = 19_000;
/// Code points of somebody's own words in a line, and of those that are looked through for it.
const NEED_MAX: usize = 30;
const NEED_READ: usize = 300;
/// Code points of a region.
const REGION_MAX: usize = 20;

/// The language of a robot.
pub fn language(settings: &MessageSettings) -> Language {
    Language::of_locale(&settings.locale)
}

/// The line of a fact about an inquiry.
pub fn line(settings: &MessageSettings, event: &str, inquiry: &Inquiry) -> String {
    let language = language(settings);
    let content = &inquiry.content;
    let (items, facts) = (&content.items, &*content.facts.0);
    let contact = items.get(Item::Contact).or_else(|| facts.words(Member::Contact)).map(contact_masked);
    let phone = items.get(Item::Phone).or(content.phone_e164.as_deref());
    let phone = phone.map(|phone| phone_masked(phone, content.phone_e164.as_deref()));
    let mask = mask(inquiry);
    let wanted = wanted(facts, language).or_else(|| own_words(inquiry, &mask));
    let region = region(facts).filter(|region| mask.text(region) == *region);
    let parts = [Some(prefix(event, language)), region, wanted, tax(facts, language), contact, phone];
    let parts: Vec<String> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    format!("{} → {}", parts.join(" "), settings.link(inquiry.id))
}

/// The line of a fact about no inquiry.
pub fn line_of_none(settings: &MessageSettings, event: &str) -> String {
    let language = language(settings);
    let words =
        language.pick("已自动停用 → 请管理员查看", "switched off by itself → an admin should have a look");
    format!("{} {words}", prefix(event, language))
}

/// The message by which a robot is tried.
pub fn trial(language: Language) -> String {
    language.pick("[测试] 机器人 → 已接通", "[Test] This robot → connected").to_owned()
}

/// What a line begins with.
fn prefix(event: &str, language: Language) -> String {
    let (zh, en) = match event {
        inquiries::Received::KIND => ("收到线索", "Received"),
        inquiries::Assigned::KIND => ("新线索", "New inquiry"),
        inquiries::Claimed::KIND => ("已认领", "Claimed"),
        inquiries::Accepted::KIND => ("已接单", "Accepted"),
        inquiries::Declined::KIND => ("已拒接", "Declined"),
        inquiries::Released::KIND => ("已退回", "Given back"),
        inquiries::Recycled::KIND => ("已回收", "Recycled"),
        inquiries::RecycleWarned::KIND => ("即将回收", "About to be recycled"),
        inquiries::Unassigned::KIND => ("待分配", "Unassigned"),
        inquiries::StatusChanged::KIND => ("状态变更", "Status changed"),
        inquiries::Updated::KIND => ("信息变更", "Changed"),
        inquiries::Reparsed::KIND => ("重新识别", "Read again"),
        inquiries::Repeated::KIND => ("再次咨询", "Asked again"),
        inquiries::SenderUpdated::KIND => ("来源更新", "Changed by the sender"),
        inquiries::SenderDeleted::KIND => ("来源删除", "Deleted by the sender"),
        inquiries::Deleted::KIND => ("已删除", "Deleted"),
        inquiries::Restored::KIND => ("已恢复", "Restored"),
        follow_ups::Planned::KIND => ("新计划", "Follow-up planned"),
        follow_ups::Changed::KIND => ("计划变更", "Follow-up changed"),
        follow_ups::Due::KIND => ("待跟进", "Follow-up due"),
        follow_ups::Done::KIND => ("已跟进", "Followed up"),
        follow_ups::Deleted::KIND => ("计划取消", "Follow-up dropped"),
        SlaBreached::KIND => ("逾期", "Deadline passed"),
        SlaEscalated::KIND => ("超时", "Overdue"),
        WebhookDisabled::KIND => ("回调停用", "Webhook off"),
        ChannelDisabled::KIND => ("机器人停用", "Robot off"),
        other => (other, other),
    };
    format!("[{}]", language.pick(zh, en))
}

/// The last part of the region, without its kind of division.
fn region(facts: &Facts) -> Option<String> {
    let last = facts.words(Member::Region)?.rsplit('/').next()?.trim();
    let name = short_name(last);
    // Somebody may have written anything there.
    let is_name = name.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '·' | '-'));
    (is_name && name.chars().count() <= REGION_MAX).then(|| name.to_owned())
}

/// Hides how the person of an inquiry is reached, and who that is.
fn mask(inquiry: &Inquiry) -> Mask {
    let content = &inquiry.content;
    let (items, facts) = (&content.items, &*content.facts.0);
    let written = Known {
        phone: items.get(Item::Phone),
        phone_e164: content.phone_e164.as_deref(),
        phones: facts.phones().iter().map(String::as_str).collect(),
        email: items.get(Item::Email),
        wechat: items.get(Item::Wechat),
        contact: items.get(Item::Contact),
    };
    let understood = Known {
        phone: None,
        phone_e164: None,
        phones: facts.words(Member::Phone).into_iter().collect(),
        email: facts.words(Member::Email),
        wechat: facts.words(Member::Wechat),
        contact: facts.words(Member::Contact),
    };
    Mask::of(written).and(understood)
}

/// The beginning of what somebody wrote, without numbers, addresses and names.
fn own_words(inquiry: &Inquiry, mask: &Mask) -> Option<String> {
    let (items, facts) = (&inquiry.content.items, &*inquiry.content.facts.0);
    let companies = [items.get(Item::Company), facts.words(Member::Company)];
    let companies: Vec<&str> =
        companies.into_iter().flatten().filter(|name| name.chars().count() > 1).collect();
    let about = [Item::Need, Item::Usage, Item::Message].into_iter().filter_map(|item| items.get(item));
    let about = about.map(|words| discreet(&mask.text(&cut(words.to_owned(), NEED_READ)), &companies));
    let about = about.into_iter().find(|words| words.chars().any(char::is_alphanumeric))?;
    let about = without_markup(&about);
    let short = cut(about.clone(), NEED_MAX);
    let dots = if short.len() < about.len() && !short.ends_with('…') { "…" } else { "" };
    Some(format!("{short}{dots}"))
}

/// Words without what a chat would take for a mention, a link, a picture or a heading.
fn without_markup(words: &str) -> String {
    let plain = |c: char| match c {
        '<' => '＜',
        '>' => '＞',
        '[' => '［',
        ']' => '］',
        '(' => '（',
        ')' => '）',
        '!' => '！',
        '@' => '＠',
        '*' | '_' | '#' | '`' | '~' | '|' | '\\' => ' ',
        other => other,
    };
    words.chars().map(plain).collect::<String>().replace("://", " ")
}

/// The lines of one message.
pub struct Composition {
    kind: RobotKind,
    text: String,
    /// Of the text, as the robot counts it.
    bytes: usize,
}

impl Composition {
    pub fn new(kind: RobotKind) -> Self {
        Self { kind, text: String::new(), bytes: 0 }
    }

    pub fn text(self) -> String {
        self.text
    }

    /// Adds a line; false if it does not fit. The first one is cut if it is too long by itself.
    pub fn add(&mut self, line: &str) -> bool {
        let line: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        if self.text.is_empty() {
            self.text = self.cut_to_fit(&line);
            self.bytes = self.size(&self.text);
            return true;
        }
        // A line of Markdown ends with two blanks.
        let end = if self.kind == RobotKind::Dingtalk { "  \n" } else { "\n" };
        let bytes = self.bytes.saturating_add(self.size(end)).saturating_add(self.size(&line));
        if bytes > self.room() {
            return false;
        }
        self.text.push_str(end);
        self.text.push_str(&line);
        self.bytes = bytes;
        true
    }

    fn room(&self) -> usize {
        match self.kind {
            RobotKind::Wecom => WECOM_MAX,
            RobotKind::Dingtalk | RobotKind::Feishu => OTHERS_MAX,
        }
    }

    fn size(&self, text: &str) -> usize {
        match self.kind {
            RobotKind::Wecom => text.len(),
            // Without the quotes around it.
            RobotKind::Dingtalk | RobotKind::Feishu => json_size(&text).saturating_sub(2),
        }
    }

    fn cut_to_fit(&self, line: &str) -> String {
        if self.size(line) <= self.room() {
            return line.to_owned();
        }
        let mut left = self.room().saturating_sub('…'.len_utf8());
        let fitting = line.chars().take_while(|c| {
            let bytes = self.size(c.encode_utf8(&mut [0; 4]));
            let fits = bytes <= left;
            left = left.saturating_sub(bytes);
            fits
        });
        let mut cut: String = fitting.collect();
        cut.push('…');
        cut
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inquiries::model::{Channel, Items};
    use crate::inquiries::{NewInquiry, Source};
    use crate::kernel::clock::Timestamp;
    use crate::kernel::id::InquiryId;
    use serde_json::{Value, json};

    fn settings(locale: &str) -> MessageSettings {
        MessageSettings {
            organisation: "x".to_owned(),
            locale: locale.to_owned(),
            inquiry_link: "https://a.example/i/{id}".to_owned(),
            action_link: String::new(),
            password_link: String::new(),
            report_link: String::new(),
        }
    }

    fn facts(value: Value) -> Facts {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn what_a_stranger_wrote_is_no_markup_of_a_chat() {
        for (words, plain) in [
            ("<at user_id=\"all\"></at>你好", "＜at user id=\"all\"＞＜/at＞你好"),
            ("[领取补贴](http://a.cn/x)", "［领取补贴］（http a.cn/x）"),
            ("![](//a.cn/x) **急** `x`", "！［］（//a.cn/x）   急    x "),
            ("@所有人 # 大", "＠所有人   大"),
        ] {
            assert_eq!(without_markup(words), plain);
        }
    }

    #[test]
    fn a_region_is_a_name_and_nothing_else() {
        assert_eq!(region(&facts(json!({"region": "江苏省/苏州市/吴江区"}))).as_deref(), Some("吴江"));
        for region_written in ["13800138000", "联系 a@b.example", &"长".repeat(21), ""] {
            assert!(region(&facts(json!({"region": region_written}))).is_none_or(|name| name.is_empty()));
        }
    }

    #[test]
    fn every_public_event_has_a_prefix_in_both_languages() {
        for event in crate::notifications::catalogue::PUBLIC_EVENTS {
            let (zh, en) = (prefix(event, Language::Zh), prefix(event, Language::En));
            assert!(zh != en && !zh.contains('.') && !en.contains('.'), "{event} {zh} {en}");
        }
        assert_eq!(prefix("inquiry.assigned", Language::Zh), "[新线索]");
        assert_eq!(prefix("inquiry.unassigned", Language::Zh), "[待分配]");
        assert_eq!(prefix("sla.escalated", Language::Zh), "[超时]");
        assert_eq!(
            line_of_none(&settings("zh-CN"), "webhook.disabled"),
            "[回调停用] 已自动停用 → 请管理员查看"
        );
    }

    #[test]
    fn a_message_has_as_many_lines_as_fit() {
        for (kind, room) in
            [(RobotKind::Wecom, 2_048), (RobotKind::Dingtalk, 20_000), (RobotKind::Feishu, 20_000)]
        {
            let line = "[新线索] \"吴江\" 求租厂房3000–5000㎡ 😀 → https://a.example/i/inq_1";
            let mut composition = Composition::new(kind);
            let mut lines = 0;
            while composition.add(line) {
                lines += 1;
            }
            let text = composition.text();
            assert_eq!(text.lines().count(), lines);
            assert!(text.lines().all(|written| written.trim_end() == line));
            let size = if kind == RobotKind::Wecom { text.len() } else { json!(text).to_string().len() };
            assert!(size <= room && size > room * 9 / 10, "{kind:?} {size}");
        }
    }

    #[test]
    fn a_single_line_is_cut_between_characters() {
        for kind in [RobotKind::Wecom, RobotKind::Dingtalk, RobotKind::Feishu] {
            for unit in ["厂", "😀", "a", "\"", "\\", "\u{e9}"] {
                for lead in ["", "a", "ab", "abc"] {
                    let mut composition = Composition::new(kind);
                    assert!(composition.add(&format!("{lead}{}", unit.repeat(30_000))));
                    let room = composition.room();
                    let size = composition.size(&composition.text);
                    assert!(size <= room && size + 8 > room, "{kind:?} {unit} {size}");
                    let text = composition.text();
                    assert!(text.ends_with(&format!("{unit}…")), "{kind:?} {unit}");
                }
            }
        }
        let mut composition = Composition::new(RobotKind::Wecom);
        composition.add("a\r\nb\tc");
        assert_eq!(composition.text(), "a  b c", "a line is one line");
    }

    #[test]
    fn nobody_is_named_in_their_own_words() {
        let items = Items {
            need: Some("我是周启澜，电话13800138000，微信 zhou_qilan，想咨询苏州启澜精密的扩产".to_owned()),
            company: Some("苏州启澜精密".to_owned()),
            contact: Some("周启澜".to_owned()),
            phone: Some("138 0013 8000".to_owned()),
            wechat: Some("zhou_qilan".to_owned()),
            ..Items::default()
        };
        let new = NewInquiry::new(items, Source::of(Channel::Api));
        let inquiry = inquiry_of(new);
        let said = line(&settings("zh-CN"), "inquiry.assigned", &inquiry);
        assert!(
            said.starts_with("[新线索] ") && said.contains(" 周** 138****8000 → https://a.example/i/inq_")
        );
        for word in ["周启澜", "启澜", "13800138000", "zhou_qilan", "8001380"] {
            assert!(!said.contains(word), "{said}");
        }
        let words = own_words(&inquiry, &mask(&inquiry)).unwrap();
        assert!(words.chars().count() <= NEED_MAX + 1, "{words}");
    }

    fn inquiry_of(new: NewInquiry) -> Inquiry {
        use crate::inquiries::model::{Content, Deadlines};
        use crate::platform::db::types::Json;
        let at = Timestamp::from_millis(0);
        Inquiry {
            id: InquiryId::floor(at),
            content: Content {
                phone_e164: new.phone_e164().map(str::to_owned),
                items: new.items,
                facts: Json(new.facts),
                custom: Json(new.custom),
                source: Json(new.source),
            },
            status: crate::inquiries::Status::New,
            reason: None,
            tags: Json(Vec::new()),
            form_id: None,
            assignee_id: None,
            team_id: None,
            duplicate_of: None,
            received_at: at,
            assigned_at: None,
            accepted_at: None,
            first_contacted_at: None,
            last_contacted_at: None,
            next_follow_up_at: None,
            closed_at: None,
            created_at: at,
            updated_at: at,
            deleted_at: None,
            version: 1,
            status_changed_at: None,
            deadlines: Deadlines::default(),
        }
    }
}
