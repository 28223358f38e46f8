//! All SQL on inquiries, their indexed facts and their tags; lists are in `list.rs`.
//! Every read on somebody's behalf starts at `visible`.

use diesel::{BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};

use super::model::Inquiry;
use crate::access::{Reach, Scope};
use crate::facts::Indexed;
use crate::kernel::error::Result;
use crate::kernel::id::{InquiryId, TeamId};
use crate::on_each;
use crate::platform::db::{DbConnection, MultiBackend, Tx, dialect, lost_race};

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    inquiries (id) {
        id -> Uid,
        need -> Nullable<Text>,
        usage -> Nullable<Text>,
        tax -> Nullable<Text>,
        company -> Nullable<Text>,
        contact -> Nullable<Text>,
        phone -> Nullable<Text>,
        phone_e164 -> Nullable<Text>,
        email -> Nullable<Text>,
        wechat -> Nullable<Text>,
        message -> Nullable<Text>,
        facts -> Document,
        status -> Text,
        reason -> Nullable<Text>,
        tags -> Document,
        custom -> Document,
        form_id -> Nullable<Uid>,
        source -> Document,
        assignee_id -> Nullable<Uid>,
        team_id -> Nullable<Uid>,
        duplicate_of -> Nullable<Uid>,
        received_at -> Moment,
        assigned_at -> Nullable<Moment>,
        accepted_at -> Nullable<Moment>,
        first_contacted_at -> Nullable<Moment>,
        last_contacted_at -> Nullable<Moment>,
        next_follow_up_at -> Nullable<Moment>,
        closed_at -> Nullable<Moment>,
        created_at -> Moment,
        updated_at -> Moment,
        deleted_at -> Nullable<Moment>,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    inquiry_facts (inquiry_id) {
        inquiry_id -> Uid,
        need_kind -> Nullable<Text>,
        region_code -> Nullable<Text>,
        tax_fen_per_year -> Nullable<BigInt>,
        area_min_sqm -> Nullable<Double>,
        area_max_sqm -> Nullable<Double>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    inquiry_tags (tag, inquiry_id) {
        tag -> Text,
        inquiry_id -> Uid,
    }
}

diesel::allow_tables_to_appear_in_same_query!(inquiries, inquiry_facts, inquiry_tags);

/// A query on inquiries that is still being narrowed.
pub type InquiryQuery = inquiries::BoxedQuery<'static, MultiBackend>;

/// Where every read of inquiries on somebody's behalf starts: within reach, and not in the bin.
pub fn visible(scope: &Scope) -> InquiryQuery {
    within_reach(scope).filter(inquiries::deleted_at.is_null())
}

/// The same for those in the bin.
fn binned(scope: &Scope) -> InquiryQuery {
    within_reach(scope).filter(inquiries::deleted_at.is_not_null())
}

fn within_reach(scope: &Scope) -> InquiryQuery {
    let query = inquiries::table.into_boxed();
    match scope.reach {
        Reach::Everything => query,
        Reach::Team => match scope.team {
            Some(team) => query.filter(of_team_or_none(team)),
            None => query.filter(inquiries::team_id.is_null()),
        },
        Reach::Own => query.filter(inquiries::assignee_id.eq(scope.user)),
        Reach::Nothing => query.filter(inquiries::id.is_null()),
    }
}

/// That it belongs to this team or to none. Said backwards, because SQLite would read all rows of an `OR` by the index of
/// the teams and then sort them, instead of following the order that is asked for. PostgreSQL sees the `OR` in it.
#[diesel::dsl::auto_type(no_type_alias)]
pub fn of_team_or_none(team: TeamId) -> _ {
    diesel::dsl::not(inquiries::team_id.is_not_null().and(inquiries::team_id.ne(team)))
}

pub fn find(conn: &mut DbConnection, scope: &Scope, id: InquiryId) -> Result<Option<Inquiry>> {
    Ok(visible(scope).filter(inquiries::id.eq(id)).select(Inquiry::as_select()).first(conn).optional()?)
}

pub fn find_binned(conn: &mut DbConnection, scope: &Scope, id: InquiryId) -> Result<Option<Inquiry>> {
    Ok(binned(scope).filter(inquiries::id.eq(id)).select(Inquiry::as_select()).first(conn).optional()?)
}

/// Whether it is within reach: for what hangs on it.
pub fn reaches(conn: &mut DbConnection, scope: &Scope, id: InquiryId) -> Result<bool> {
    let found: Option<InquiryId> = visible(scope).filter(inquiries::id.eq(id)).select(inquiries::id).first(conn).optional()?;
    Ok(found.is_some())
}

/// Without regard to reach, and not in the bin: for the jobs.
pub fn by_id(conn: &mut DbConnection, id: InquiryId) -> Result<Option<Inquiry>> {
    let inquiry = inquiries::table.filter(inquiries::id.eq(id)).filter(inquiries::deleted_at.is_null());
    Ok(inquiry.select(Inquiry::as_select()).first(conn).optional()?)
}

/// Lays down a new inquiry with everything it is found by.
pub fn insert(tx: &mut Tx<'_>, inquiry: &Inquiry) -> Result<()> {
    on_each!(tx.conn, conn => diesel::insert_into(inquiries::table).values(inquiry).execute(conn))?;
    let facts = Indexed::of(&inquiry.facts.0);
    if !facts.is_empty() {
        insert_facts(tx, inquiry.id, &facts)?;
    }
    insert_tags(tx, inquiry)?;
    dialect::index_text(tx, inquiry.id, &inquiry.searchable())
}

fn insert_facts(tx: &mut Tx<'_>, id: InquiryId, facts: &Indexed) -> Result<()> {
    let row = (
        inquiry_facts::inquiry_id.eq(id),
        inquiry_facts::need_kind.eq(facts.need_kind.map(|kind| kind.word())),
        inquiry_facts::region_code.eq(&facts.region_code),
        inquiry_facts::tax_fen_per_year.eq(facts.tax_fen_per_year),
        inquiry_facts::area_min_sqm.eq(facts.area_min_sqm),
        inquiry_facts::area_max_sqm.eq(facts.area_max_sqm),
    );
    diesel::insert_into(inquiry_facts::table).values(row).execute(tx.conn)?;
    Ok(())
}

fn insert_tags(tx: &mut Tx<'_>, inquiry: &Inquiry) -> Result<()> {
    for tag in &inquiry.tags.0 {
        diesel::insert_into(inquiry_tags::table).values((inquiry_tags::tag.eq(tag), inquiry_tags::inquiry_id.eq(inquiry.id))).execute(tx.conn)?;
    }
    Ok(())
}

/// Lays a changed inquiry over the one it was read as. Whoever changed it in between makes this change run again.
pub fn update(tx: &mut Tx<'_>, before: &Inquiry, after: &Inquiry) -> Result<()> {
    let target = inquiries::table.filter(inquiries::id.eq(after.id)).filter(inquiries::version.eq(before.version));
    if diesel::update(target).set(after).execute(tx.conn)? != 1 {
        return Err(lost_race(diesel::result::Error::NotFound));
    }
    let facts = Indexed::of(&after.facts.0);
    if facts != Indexed::of(&before.facts.0) {
        diesel::delete(inquiry_facts::table.filter(inquiry_facts::inquiry_id.eq(after.id))).execute(tx.conn)?;
        insert_facts(tx, after.id, &facts)?;
    }
    if after.tags != before.tags {
        diesel::delete(inquiry_tags::table.filter(inquiry_tags::inquiry_id.eq(after.id))).execute(tx.conn)?;
        insert_tags(tx, after)?;
    }
    let text = after.searchable();
    if text != before.searchable() {
        dialect::index_text(tx, after.id, &text)?;
    }
    Ok(())
}
