//! A calendar feed: the plans in it, how they are written down, and by what a reader knows that nothing has
//! changed. Pure. How lines are written is in `ics.rs`.

use std::collections::{BTreeSet, HashMap};

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};

use super::ics::Calendar;
use crate::access::{Seen, User};
use crate::facts::PARSER_VERSION;
use crate::follow_ups::FollowUp;
use crate::inquiries::pool_view::{Masking, VisibleInquiry};
use crate::kernel::id::InquiryId;
use crate::kernel::language::Language;
use crate::kernel::text::cut;

/// Events of a feed.
pub const EVENTS_MAX: usize = 2_000;
/// Bytes of the inquiries and notes that a feed is made of, about.
pub const BYTES_MAX: usize = 16 << 20;
/// Code points of what is wanted in a title.
const NEED_MAX: usize = 200;
/// Code points of what is wanted that are read for it: a contact before the cut may end behind it.
const NEED_READ: usize = 400;
/// Octets of the digest that a tag holds.
const TAG_LENGTH: usize = 16;

/// What is the same in all feeds.
#[derive(Debug, Clone)]
pub struct Frame {
    pub organisation: String,
    /// The locale of users who have chosen none.
    pub locale: String,
    /// Where people open an inquiry, with `{id}` for its id.
    pub inquiry_link: String,
}

/// The plans of a user, by the time they are due, and the inquiries that they belong to.
#[derive(Debug)]
pub struct Feed {
    pub user: User,
    pub plans: Vec<Seen<FollowUp>>,
    pub inquiries: HashMap<InquiryId, Seen<VisibleInquiry>>,
}

/// What is shown of an inquiry beside its plans.
struct Subject {
    title: String,
    masking: Masking,
}

impl Subject {
    /// Calendars are kept by other firms, and seen by whoever looks over a shoulder: there is no way to reach
    /// the person in it.
    fn of(inquiry: &VisibleInquiry) -> Self {
        let masking = Masking::of(&inquiry.inquiry, &BTreeSet::new());
        let items = &inquiry.inquiry.content.items;
        let company = items.company.as_deref().map(|company| masking.text(company));
        let need = items.need.as_deref().map(|need| {
            let read = masking.text(&cut(need.to_owned(), NEED_READ));
            let shown = cut(read, NEED_MAX);
            if need.chars().count() > NEED_MAX { format!("{shown}…") } else { shown }
        });
        let title = company.into_iter().chain(need).map(|words| format!(" · {words}")).collect();
        Self { title, masking }
    }
}

impl Feed {
    fn language(&self, frame: &Frame) -> Language {
        Language::of_locale(self.user.locale.map_or(frame.locale.as_str(), |locale| locale.word()))
    }

    /// A digest of all that the feed is written from: it is known without reading any text for contacts.
    pub fn tag(&self, frame: &Frame) -> String {
        let mut digest = Sha256::new();
        let mut add = |text: &str| {
            digest.update(text.as_bytes());
            // In no text that is stored.
            digest.update([0]);
        };
        let language = self.language(frame);
        [env!("CARGO_PKG_VERSION"), PARSER_VERSION, language.tag()].into_iter().for_each(&mut add);
        [&frame.organisation, &frame.inquiry_link].into_iter().for_each(|text| add(text));
        for plan in &self.plans {
            [plan.id.to_string(), plan.inquiry_id.to_string(), plan.version.to_string()]
                .iter()
                .for_each(|id| add(id));
            [plan.due_at, Some(plan.updated_at)]
                .iter()
                .flatten()
                .for_each(|at| add(&at.millis().to_string()));
            [plan.kind.word(), plan.note.as_deref().unwrap_or_default()].into_iter().for_each(&mut add);
            if let Some(inquiry) = self.inquiries.get(&plan.inquiry_id) {
                let content = &inquiry.inquiry.content;
                content.items.iter().for_each(|(_, said)| add(said.unwrap_or_default()));
                add(content.phone_e164.as_deref().unwrap_or_default());
                add(content.facts.as_str());
            }
        }
        let digest = digest.finalize();
        BASE64URL_NOPAD.encode(digest.get(..TAG_LENGTH).unwrap_or_default())
    }

    /// The feed as iCalendar.
    pub fn text(&self, frame: &Frame) -> String {
        let language = self.language(frame);
        let name = format!("{} · {}", language.pick("跟进", "Follow-ups"), frame.organisation);
        let mut calendar = Calendar::default();
        calendar.property("BEGIN", "VCALENDAR");
        calendar.property("VERSION", "2.0");
        calendar.property("PRODID", "-//Leaddock//Follow-ups//EN");
        calendar.property("CALSCALE", "GREGORIAN");
        calendar.property("METHOD", "PUBLISH");
        calendar.text("NAME", &name);
        calendar.text("X-WR-CALNAME", &name);
        calendar.property("REFRESH-INTERVAL;VALUE=DURATION", "PT15M");
        calendar.property("X-PUBLISHED-TTL", "PT15M");
        let mut subjects = HashMap::new();
        for plan in &self.plans {
            if let Some(inquiry) = self.inquiries.get(&plan.inquiry_id) {
                let subject = subjects.entry(plan.inquiry_id).or_insert_with(|| Subject::of(inquiry));
                event(&mut calendar, plan, subject, language, frame);
            }
        }
        calendar.property("END", "VCALENDAR");
        calendar.into_text()
    }
}

fn event(
    calendar: &mut Calendar,
    plan: &Seen<FollowUp>,
    subject: &Subject,
    language: Language,
    frame: &Frame,
) {
    let Some(due_at) = plan.due_at else { return };
    let (zh, en) = plan.kind.label();
    calendar.property("BEGIN", "VEVENT");
    // Not the host of the public URL: a calendar would take the same plan for another one when that changes.
    calendar.property("UID", &format!("{}@leaddock", plan.id));
    calendar.time("DTSTAMP", plan.updated_at);
    calendar.property("SEQUENCE", &plan.version.saturating_sub(1).max(0).to_string());
    calendar.time("DTSTART", due_at);
    calendar.property("DURATION", "PT30M");
    calendar.text("SUMMARY", &format!("{}{}", language.pick(zh, en), subject.title));
    if let Some(note) = &plan.note {
        calendar.text("DESCRIPTION", &subject.masking.text(note));
    }
    calendar.property("URL", &frame.inquiry_link.replace("{id}", &plan.inquiry_id.to_string()));
    calendar.property("END", "VEVENT");
}
