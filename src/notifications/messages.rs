//! What a mail says: subject, text and HTML of each message, in the recipient's language.
//! The words around the facts are in `templates/`.

use std::borrow::Cow;

use askama::Template;
use chrono_tz::Tz;

use super::setting::Setting;
use crate::access::passwords::{PasswordLink, Purpose};
use crate::access::{Seen, User};
use crate::facts::{self, Member};
use crate::follow_ups::FollowUp;
use crate::inquiries::Inquiry;
use crate::inquiries::events::Repeated;
use crate::inquiries::items::{Item, Rank};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Error, Result};
use crate::kernel::language::Language;
use crate::kernel::text::cut;
use crate::platform::http::escape;

/// Code points of a subject.
const SUBJECT_MAX: usize = 120;
/// Code points of what is wanted in a subject.
const ABOUT_MAX: usize = 60;
/// Code points of a phone number with what people write around it.
const HIDDEN_PHONE_MAX: usize = 40;
/// Replaces what is hidden.
const HIDDEN: &str = "…";
/// Code points of one item in a mail, so that a mail stays within 256 KiB whatever the inquiry holds.
const ITEM_MAX: usize = 4_000;
/// Code points of a name that is not ours.
const LABEL_MAX: usize = 60;

/// A message in all its forms.
#[derive(Debug)]
pub struct Message {
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// A labelled line of a mail.
pub struct Line {
    pub label: Cow<'static, str>,
    pub value: String,
}

impl Line {
    /// The value as HTML. Outlook knows nothing of `white-space`: a line end is a `<br>`.
    pub(super) fn html(&self) -> String {
        escape::html(&self.value).replace('\n', "<br>\n")
    }
}

#[derive(Template)]
#[template(path = "assigned.txt", escape = "none")]
struct AssignedText<'a> {
    letter: &'a Letter<'a>,
}

#[derive(Template)]
#[template(path = "assigned.html")]
struct AssignedHtml<'a> {
    letter: &'a Letter<'a>,
}

#[derive(Template)]
#[template(path = "follow_up_due.txt", escape = "none")]
struct DueText<'a> {
    letter: &'a Letter<'a>,
    plan: &'a [Line],
}

#[derive(Template)]
#[template(path = "follow_up_due.html")]
struct DueHtml<'a> {
    letter: &'a Letter<'a>,
    plan: &'a [Line],
}

#[derive(Template)]
#[template(path = "password_link.txt", escape = "none")]
struct LinkText<'a> {
    letter: &'a LinkLetter<'a>,
}

#[derive(Template)]
#[template(path = "password_link.html")]
struct LinkHtml<'a> {
    letter: &'a LinkLetter<'a>,
}

#[derive(Template)]
#[template(path = "repeated.txt", escape = "none")]
struct RepeatedText<'a> {
    letter: &'a Letter<'a>,
    said: &'a [Line],
}

#[derive(Template)]
#[template(path = "repeated.html")]
struct RepeatedHtml<'a> {
    letter: &'a Letter<'a>,
    said: &'a [Line],
}

/// What a mail with a link to set a password holds.
struct LinkLetter<'a> {
    language: Language,
    organisation: &'a str,
    name: &'a str,
    why: &'a str,
    until: String,
    link: String,
}

/// What every mail about an inquiry holds.
pub(super) struct Letter<'a> {
    pub(super) language: Language,
    pub(super) organisation: &'a str,
    pub(super) name: &'a str,
    pub(super) items: Vec<Line>,
    /// The number to call, for a link.
    pub(super) call: Option<&'a str>,
    pub(super) received: String,
    pub(super) link: String,
}

impl Setting {
    pub(super) fn language(&self, user: &User) -> Language {
        Language::of_locale(user.locale.map_or(self.locale.as_str(), |locale| locale.word()))
    }

    pub(super) fn letter<'a>(&'a self, user: &'a User, inquiry: &'a Seen<Inquiry>, zone: Tz) -> Letter<'a> {
        let language = self.language(user);
        Letter {
            language,
            organisation: &self.organisation,
            name: &user.name,
            items: items(inquiry, language),
            call: inquiry.content.phone_e164.as_deref(),
            received: moment(inquiry.received_at, zone),
            link: self.link(inquiry.id),
        }
    }

    /// To the new owner of an inquiry.
    pub fn assigned(&self, user: &User, inquiry: &Seen<Inquiry>, zone: Tz) -> Result<Message> {
        let letter = self.letter(user, inquiry, zone);
        let language = letter.language;
        let prefix = language.pick("【新线索】", "[New inquiry] ");
        Ok(Message {
            subject: subject(prefix, inquiry, language),
            text: AssignedText { letter: &letter }.render().map_err(Error::internal)?,
            html: AssignedHtml { letter: &letter }.render().map_err(Error::internal)?,
        })
    }

    /// To the owner of an inquiry whose inquirer asks again, in other words.
    pub fn repeated(
        &self,
        user: &User,
        inquiry: &Seen<Inquiry>,
        repeated: &Seen<Repeated>,
        zone: Tz,
    ) -> Result<Message> {
        let letter = self.letter(user, inquiry, zone);
        let language = letter.language;
        // What came as one text is the need, too, and is not said twice.
        let need = repeated.words.get(Item::Need.word());
        let new =
            repeated.words.iter().filter(|(name, value)| *name == Item::Need.word() || Some(*value) != need);
        let said: Vec<Line> =
            new.filter_map(|(name, value)| Some(said(name, value.as_str()?, language))).collect();
        Ok(Message {
            // Nothing of what was said is shown there: it may name somebody.
            subject: cut(
                language
                    .pick("【再次咨询】老客户又来咨询了", "[Asked again] Somebody you know inquired again")
                    .to_owned(),
                SUBJECT_MAX,
            ),
            text: RepeatedText { letter: &letter, said: &said }.render().map_err(Error::internal)?,
            html: RepeatedHtml { letter: &letter, said: &said }.render().map_err(Error::internal)?,
        })
    }

    /// To a user who is to set a password.
    pub fn password_link(&self, user: &User, link: &PasswordLink, token: &str, zone: Tz) -> Result<Message> {
        let language = self.language(user);
        let (subject, why) = match link.purpose {
            Purpose::Invitation => (
                language.pick("邀请您加入 ", "You are invited to "),
                language.pick(
                    "已为您开通账号。请打开下面的链接设置密码：",
                    "there is an account for you. Open this link to set a password:",
                ),
            ),
            Purpose::Reset => (
                language.pick("重置密码：", "Set a new password: "),
                language.pick(
                    "有人（可能是您）申请重置密码。请打开下面的链接设置新密码；如非本人操作，请忽略此邮件：",
                    "somebody, perhaps you, asked to set a new password. Open this link to do so; if it was \
                    not you, ignore this mail:",
                ),
            ),
        };
        let letter = LinkLetter {
            language,
            organisation: &self.organisation,
            name: &user.name,
            why,
            until: moment(link.expires_at, zone),
            link: self.password_link.replace("{token}", token),
        };
        Ok(Message {
            subject: format!("{subject}{}", self.organisation),
            text: LinkText { letter: &letter }.render().map_err(Error::internal)?,
            html: LinkHtml { letter: &letter }.render().map_err(Error::internal)?,
        })
    }

    /// To the owner of an inquiry that is to be followed up now.
    pub fn follow_up_due(
        &self,
        user: &User,
        inquiry: &Seen<Inquiry>,
        follow_up: &Seen<FollowUp>,
        zone: Tz,
    ) -> Result<Message> {
        let letter = self.letter(user, inquiry, zone);
        let language = letter.language;
        let mut plan = vec![Line {
            label: language.pick("方式", "How").into(),
            value: kind(follow_up, language).to_owned(),
        }];
        if let Some(due_at) = follow_up.due_at {
            plan.push(Line { label: language.pick("时间", "When").into(), value: moment(due_at, zone) });
        }
        if let Some(note) = &follow_up.note {
            plan.push(Line {
                label: language.pick("备注", "Note").into(),
                value: cut(note.clone(), ITEM_MAX),
            });
        }
        let prefix = language.pick("【待跟进】", "[Follow-up due] ");
        Ok(Message {
            subject: subject(prefix, inquiry, language),
            text: DueText { letter: &letter, plan: &plan }.render().map_err(Error::internal)?,
            html: DueHtml { letter: &letter, plan: &plan }.render().map_err(Error::internal)?,
        })
    }
}

/// A moment as a reader in a time zone writes it.
pub(super) fn moment(at: Timestamp, zone: Tz) -> String {
    at.utc().with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string()
}

fn kind(follow_up: &Seen<FollowUp>, language: Language) -> &'static str {
    use crate::follow_ups::model::Kind;
    let (zh, en) = match follow_up.kind {
        Kind::Call => ("电话", "Call"),
        Kind::Wechat => ("微信", "WeChat"),
        Kind::Sms => ("短信", "SMS"),
        Kind::Email => ("邮件", "E-mail"),
        Kind::Visit => ("拜访", "Visit"),
        Kind::Viewing => ("看房", "Viewing"),
        Kind::Meeting => ("会面", "Meeting"),
        Kind::Proposal => ("方案", "Proposal"),
        Kind::Other => ("其他", "Other"),
    };
    language.pick(zh, en)
}

/// One thing that was said, under its usual name or its own.
fn said(name: &str, value: &str, language: Language) -> Line {
    let usual = Item::from_word(name).map(|item| {
        let (zh, en) = item.label();
        Cow::Borrowed(language.pick(zh, en))
    });
    Line {
        label: usual.unwrap_or_else(|| cut(name.to_owned(), LABEL_MAX).into()),
        value: cut(value.to_owned(), ITEM_MAX),
    }
}

/// The six items, and whatever else there is, in the person's own words.
fn items(inquiry: &Seen<Inquiry>, language: Language) -> Vec<Line> {
    let all = &inquiry.content.items;
    // Of the six it is said that they are missing, too.
    // What came as one text is the need, too, and is not said twice.
    let shown = all.iter().filter(|(item, text)| {
        item.rank() == Rank::Essential || text.is_some() && *text != all.get(Item::Need)
    });
    shown.map(|(item, text)| said(item.word(), text.unwrap_or("–"), language)).collect()
}

/// The beginning of what is wanted. Phone numbers and mail addresses are hidden, for bystanders see a
/// subject; names do not come into it.
pub(super) fn subject(prefix: &str, inquiry: &Seen<Inquiry>, language: Language) -> String {
    let said = &inquiry.content.items;
    let named = [Item::Contact, Item::Company, Item::Wechat, Item::Email].map(|item| said.get(item));
    let read = [Member::Contact, Member::Company, Member::Wechat, Member::Email]
        .into_iter()
        .filter_map(|fact| inquiry.content.facts.0.words(fact));
    let named = named.into_iter().flatten().chain(read);
    // A mistyped number is somebody's all the same; a whole sentence in the phone's place is more than a
    // number.
    let phone = said.phone.as_ref().filter(|phone| phone.chars().count() <= HIDDEN_PHONE_MAX);
    let hidden: Vec<&str> =
        named.chain(phone.map(String::as_str)).filter(|words| words.chars().count() > 1).collect();
    let items =
        [&said.need, &said.usage, &said.message].into_iter().flatten().map(|words| discreet(words, &hidden));
    let about = items.into_iter().find(|words| words.chars().any(char::is_alphanumeric));
    let about = about.unwrap_or_else(|| language.pick("有人来咨询", "somebody inquired").to_owned());
    let short = cut(about.clone(), ABOUT_MAX);
    let dots = if short.len() < about.trim_end().len() { "…" } else { "" };
    cut(format!("{prefix}{short}{dots}"), SUBJECT_MAX).trim().to_owned()
}

/// A text in one line, with `…` in the place of these words, of phone numbers and of mail addresses.
pub(super) fn discreet(text: &str, hidden: &[&str]) -> String {
    let mut plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    for words in hidden.iter().map(|words| (*words).to_owned()).chain(facts::phones_written(&plain)) {
        plain = plain.replace(words.as_str(), HIDDEN);
    }
    // Of what is masked for the reader not even the length is shown.
    let plain = plain.replace('*', HIDDEN);
    let plain = without_mistyped_numbers(&without_addresses(&plain));
    let mut once = String::with_capacity(plain.len());
    for c in plain.chars() {
        if c != '…' || !once.ends_with('…') {
            once.push(c);
        }
    }
    once.trim().to_owned()
}

/// The same without eleven letters and digits that are a mobile number but for a typing error: `1380013800O`,
/// `l38…`.
fn without_mistyped_numbers(text: &str) -> String {
    const LENGTH: usize = 11;
    let is_mistyped = |word: &str| {
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        let alike = word.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'O' | b'o' | b'l' | b'I' | b'i'));
        word.len() == LENGTH
            && word.starts_with(['1', 'l', 'I', 'i'])
            && alike
            && (LENGTH - 4..LENGTH).contains(&digits)
    };
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphanumeric()) {
        let (before, word) = rest.split_at(start);
        let (word, behind) =
            word.split_at(word.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(word.len()));
        kept.push_str(before);
        kept.push_str(if is_mistyped(word) { HIDDEN } else { word });
        rest = behind;
    }
    kept.push_str(rest);
    kept
}

/// A text without what is on both sides of an `@`, as far as it can belong to an address.
fn without_addresses(text: &str) -> String {
    let is_ascii_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-');
    let is_part = |c: char| is_ascii_part(c) || c.is_alphanumeric();
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(['@', '＠']) {
        let short = before.trim_end_matches(is_ascii_part);
        // Of Chinese words without a blank nobody knows which belong to it.
        kept.push_str(if short.len() < before.len() { short } else { before.trim_end_matches(is_part) });
        kept.push_str(HIDDEN);
        let trimmed = after.trim_start_matches(is_ascii_part);
        rest = if trimmed.len() < after.len() { trimmed } else { after.trim_start_matches(is_part) };
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_tells_no_number_and_no_address() {
        for (text, wanted) in [
            ("电话13800138000 急", "电话… 急"),
            ("call 138 0013 8000 now", "call … now"),
            ("mail a@b.com", "mail …"),
            ("１３８００１３８０００要厂房", "…要厂房"),
            ("邮箱zhou.q@example.com急需厂房", "邮箱…急需厂房"),
            ("求租厂房，电话1380013800O", "求租厂房，电话…"),
            ("求租厂房l38OO138000急", "求租厂房…急"),
            ("写信给 周@例子.公司 谢谢", "写信给 … 谢谢"),
            ("做医疗器械，王***********", "做医疗器械，王…"),
        ] {
            assert_eq!(discreet(text, &[]), wanted);
        }
        assert_eq!(discreet("周启澜要厂房\r\n急", &["周启澜"]), "…要厂房  急");
    }

    #[test]
    fn a_subject_keeps_every_other_number() {
        for text in [
            "需要2000-3000平米厂房，层高9米，承重2吨，预算25-30元/平/月",
            "求租厂房 3000-5000 平方米",
            "求购土地 50 亩，投资 20000000 元，年税收 3000000 元",
            "10000-20000㎡ 单层，2026-12-01 入住，450kVA，900 个车位",
        ] {
            assert_eq!(discreet(text, &[]), text);
        }
    }

    #[test]
    fn a_line_end_is_one_in_html_too() {
        let line = |value: &str| Line { label: "x".into(), value: value.to_owned() }.html();
        assert_eq!(line("一\n<二>\n\n三"), "一<br>\n&lt;二&gt;<br>\n<br>\n三");
    }
}
