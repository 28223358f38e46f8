//! An inquiry as it is read to be shown: its JSON stays the text that it is stored as. What changes one is
//! made from `model.rs`.

use diesel::{Queryable, Selectable};

use super::content::{self, Items};
use super::model::Inquiry;
use super::schema::{inquiries, inquiry_contents};
use super::status::Status;
use crate::facts::Facts;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::{FormId, InquiryId, TeamId, UserId};
use crate::platform::db::MultiBackend;
use crate::platform::db::types::JsonText;

/// The columns of an inquiry and of what was said in it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = inquiries, check_for_backend(MultiBackend))]
pub struct StoredInquiry {
    pub id: InquiryId,
    #[diesel(embed)]
    pub content: StoredContent,
    pub status: Status,
    pub reason: Option<String>,
    pub tags: JsonText,
    pub form_id: Option<FormId>,
    pub assignee_id: Option<UserId>,
    pub team_id: Option<TeamId>,
    pub duplicate_of: Option<InquiryId>,
    pub received_at: Timestamp,
    pub assigned_at: Option<Timestamp>,
    pub accepted_at: Option<Timestamp>,
    pub first_contacted_at: Option<Timestamp>,
    pub last_contacted_at: Option<Timestamp>,
    pub next_follow_up_at: Option<Timestamp>,
    pub closed_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub version: i64,
    pub recycle_at: Option<Timestamp>,
    pub accept_due_at: Option<Timestamp>,
    pub first_contact_due_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = inquiry_contents, check_for_backend(MultiBackend))]
pub struct StoredContent {
    #[diesel(embed)]
    pub items: Items,
    pub phone_e164: Option<String>,
    pub facts: JsonText,
    pub custom: JsonText,
    pub source: JsonText,
}

impl StoredContent {
    /// The text that it is found by, made of what is in it.
    pub fn searchable(&self) -> String {
        content::searchable(&self.items, self.phone_e164.as_deref(), &Facts::default())
    }

    /// Whether there is no way to reach the person.
    pub fn unreachable(&self) -> bool {
        content::unreachable(&self.items, self.phone_e164.as_deref())
    }
}

impl StoredInquiry {
    /// Bytes of what is free in it: texts, facts, tags and `custom`.
    pub fn size(&self) -> usize {
        let texts: usize = self.content.items.said().map(|(_, text)| text.len()).sum();
        let documents = [&self.content.facts, &self.content.custom, &self.tags];
        documents.into_iter().map(JsonText::len).fold(texts, usize::saturating_add)
    }
}

impl TryFrom<Inquiry> for StoredInquiry {
    type Error = Error;

    fn try_from(inquiry: Inquiry) -> Result<Self> {
        let content = inquiry.content;
        Ok(Self {
            id: inquiry.id,
            content: StoredContent {
                items: content.items,
                phone_e164: content.phone_e164,
                facts: JsonText::of(&content.facts.0)?,
                custom: JsonText::of(&content.custom.0)?,
                source: JsonText::of(&content.source.0)?,
            },
            status: inquiry.status,
            reason: inquiry.reason,
            tags: JsonText::of(&inquiry.tags.0)?,
            form_id: inquiry.form_id,
            assignee_id: inquiry.assignee_id,
            team_id: inquiry.team_id,
            duplicate_of: inquiry.duplicate_of,
            received_at: inquiry.received_at,
            assigned_at: inquiry.assigned_at,
            accepted_at: inquiry.accepted_at,
            first_contacted_at: inquiry.first_contacted_at,
            last_contacted_at: inquiry.last_contacted_at,
            next_follow_up_at: inquiry.next_follow_up_at,
            closed_at: inquiry.closed_at,
            created_at: inquiry.created_at,
            updated_at: inquiry.updated_at,
            version: inquiry.version,
            recycle_at: inquiry.deadlines.recycle_at,
            accept_due_at: inquiry.deadlines.accept_due_at,
            first_contact_due_at: inquiry.deadlines.first_contact_due_at,
        })
    }
}
