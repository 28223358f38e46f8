//! What is known of who asked for what, of many inquiries at once and in whatever state: for rooms that
//! follow what became of them. Where each is now is in `model.rs`.

use diesel::{ExpressionMethods, QueryDsl, Queryable, RunQueryDsl, Selectable, SelectableHelper};

use super::content::{self, Items};
use super::schema::{inquiries, inquiry_contents};
use crate::kernel::error::Result;
use crate::kernel::id::{FormId, InquiryId};
use crate::platform::db::types::JsonText;
use crate::platform::db::{DbConnection, MultiBackend};

/// What an inquiry came with, as it is known now.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = inquiries, check_for_backend(MultiBackend))]
pub struct Asked {
    pub id: InquiryId,
    pub form_id: Option<FormId>,
    #[diesel(embed)]
    pub content: AskedContent,
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = inquiry_contents, check_for_backend(MultiBackend))]
pub struct AskedContent {
    pub phone: Option<String>,
    pub email: Option<String>,
    pub wechat: Option<String>,
    pub phone_e164: Option<String>,
    pub facts: JsonText,
    pub source: JsonText,
}

impl AskedContent {
    /// Whether there is no way to reach the person.
    pub fn unreachable(&self) -> bool {
        let Self { phone, email, wechat, phone_e164, .. } = self.clone();
        content::unreachable(&Items { phone, email, wechat, ..Items::default() }, phone_e164.as_deref())
    }

    /// What it says under the name of a member, if that is a way to reach the person.
    pub fn way(&mut self, member: &str) -> Option<&mut Option<String>> {
        match member {
            "phone" => Some(&mut self.phone),
            "email" => Some(&mut self.email),
            "wechat" => Some(&mut self.wechat),
            "phone_e164" => Some(&mut self.phone_e164),
            _ => None,
        }
    }
}

/// These inquiries, also those in the bin.
pub fn among(conn: &mut DbConnection, ids: &[InquiryId]) -> Result<Vec<Asked>> {
    let those = inquiries::table.inner_join(inquiry_contents::table);
    let those = those.filter(inquiries::id.eq_any(ids.to_vec())).order(inquiries::id.asc());
    Ok(those.select(Asked::as_select()).load(conn)?)
}

/// The ids of those after one, in the order of receipt, also of those in the bin.
pub fn ids_after(conn: &mut DbConnection, after: Option<InquiryId>, limit: i64) -> Result<Vec<InquiryId>> {
    let all = inquiries::table.select(inquiries::id).order(inquiries::id.asc()).limit(limit);
    let mut all = all.into_boxed::<MultiBackend>();
    if let Some(after) = after {
        all = all.filter(inquiries::id.gt(after));
    }
    Ok(all.load(conn)?)
}
