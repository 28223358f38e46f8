//! All SQL on inquiries, their indexed facts and their tags; lists are in `list.rs`.
//! Every read on somebody's behalf starts at `visible`.

use std::collections::HashSet;

use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, Selectable,
    SelectableHelper,
};

use super::model::Inquiry;
use super::status::{Category, Status};
use crate::access::{Reach, Scope};
use crate::facts::Indexed;
use crate::kernel::error::Result;
use crate::kernel::id::{InquiryId, TeamId};
use crate::platform::db::dialect::SearchText;
use crate::platform::db::{DbConnection, MultiBackend, Row, Tx, dialect, lost_race};
use crate::{insert_rows, prepared};

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

/// Narrows a query to what is within reach, and goes on with it: the one place where reach becomes a
/// condition. Each reach is a statement of its own, so that a text can be fixed and each is answered by its
/// index.
macro_rules! within_reach {
    ($scope:expr, $query:expr, $narrowed:ident => $go_on:expr) => {
        match ($scope.reach, $scope.team) {
            (Reach::Everything, _) => {
                let $narrowed = $query;
                $go_on
            }
            (Reach::Team, Some(team)) => {
                let $narrowed = $query.filter(of_team_or_none(team));
                $go_on
            }
            (Reach::Team, None) => {
                let $narrowed = $query.filter(inquiries::team_id.is_null());
                $go_on
            }
            (Reach::Own, _) => {
                let $narrowed = $query.filter(inquiries::assignee_id.eq($scope.user));
                $go_on
            }
            (Reach::Nothing, _) => {
                let $narrowed = $query.filter(inquiries::id.is_null());
                $go_on
            }
        }
    };
}

/// Where every list of inquiries on somebody's behalf starts: within reach, and not in the bin.
pub fn visible(scope: &Scope) -> InquiryQuery {
    within_reach!(scope, inquiries::table.filter(inquiries::deleted_at.is_null()),
        visible => visible.into_boxed())
}

/// That it belongs to this team or to none. Said backwards, because SQLite would read all rows of an `OR` by
/// the index of the teams and then sort them, instead of following the order that is asked for. PostgreSQL
/// sees the `OR` in it.
#[diesel::dsl::auto_type(no_type_alias)]
pub fn of_team_or_none(team: TeamId) -> _ {
    diesel::dsl::not(inquiries::team_id.is_not_null().and(inquiries::team_id.ne(team)))
}

pub fn find(conn: &mut DbConnection, scope: &Scope, id: InquiryId) -> Result<Option<Inquiry>> {
    let one = || inquiries::table.filter(inquiries::id.eq(id)).filter(inquiries::deleted_at.is_null());
    let found =
        within_reach!(scope, one(), one => prepared!(conn, get_result, one.select(Inquiry::as_select())));
    Ok(found.optional()?)
}

/// The same in the bin.
pub fn find_binned(conn: &mut DbConnection, scope: &Scope, id: InquiryId) -> Result<Option<Inquiry>> {
    let one = || inquiries::table.filter(inquiries::id.eq(id)).filter(inquiries::deleted_at.is_not_null());
    let found =
        within_reach!(scope, one(), one => prepared!(conn, get_result, one.select(Inquiry::as_select())));
    Ok(found.optional()?)
}

/// Whether it is within reach: for what hangs on it.
pub fn reaches(conn: &mut DbConnection, scope: &Scope, id: InquiryId) -> Result<bool> {
    let found: Option<InquiryId> =
        visible(scope).filter(inquiries::id.eq(id)).select(inquiries::id).first(conn).optional()?;
    Ok(found.is_some())
}

/// Without regard to reach, and not in the bin: for the jobs.
pub fn by_id(conn: &mut DbConnection, id: InquiryId) -> Result<Option<Inquiry>> {
    let inquiry = inquiries::table.filter(inquiries::id.eq(id)).filter(inquiries::deleted_at.is_null());
    Ok(prepared!(conn, get_result, inquiry.select(Inquiry::as_select())).optional()?)
}

/// Open inquiries with this number (E.164), newest first: of somebody who is known.
pub fn open_with_phone(conn: &mut DbConnection, number: &str, limit: i64) -> Result<Vec<Inquiry>> {
    let open: Vec<Status> =
        Status::ALL.iter().copied().filter(|status| status.category() == Category::Open).collect();
    let known =
        inquiries::table.filter(inquiries::phone_e164.eq(number)).filter(inquiries::deleted_at.is_null());
    // Which of them are open is looked at here: a list of statuses in the statement would have no fixed text.
    let known = known.order(inquiries::id.desc()).limit(limit);
    let mut found: Vec<Inquiry> = prepared!(conn, get_results, known.select(Inquiry::as_select()))?;
    found.retain(|inquiry| open.contains(&inquiry.status));
    Ok(found)
}

/// How many inquiries there are, in the bin or not.
pub fn count_all(conn: &mut DbConnection) -> Result<i64> {
    Ok(inquiries::table.count().get_result(conn)?)
}

/// Ids of inquiries after this one in the order of receipt, in the bin or not: for going through all of them.
pub fn ids_after(conn: &mut DbConnection, after: Option<InquiryId>, limit: i64) -> Result<Vec<InquiryId>> {
    let mut ids = inquiries::table
        .select(inquiries::id)
        .order(inquiries::id.asc())
        .limit(limit)
        .into_boxed::<MultiBackend>();
    if let Some(after) = after {
        ids = ids.filter(inquiries::id.gt(after));
    }
    Ok(ids.load(conn)?)
}

/// The same, with all that they hold.
pub fn all_after(conn: &mut DbConnection, after: Option<InquiryId>, limit: i64) -> Result<Vec<Inquiry>> {
    let mut all = inquiries::table.order(inquiries::id.asc()).limit(limit).into_boxed::<MultiBackend>();
    if let Some(after) = after {
        all = all.filter(inquiries::id.gt(after));
    }
    Ok(all.select(Inquiry::as_select()).load(conn)?)
}

/// These as they are now, held until the transaction ends: nobody changes them in between.
pub fn locked(tx: &mut Tx<'_>, ids: &[InquiryId]) -> Result<Vec<Inquiry>> {
    let these = inquiries::table.filter(inquiries::id.eq_any(ids.to_vec()));
    // An update that changes nothing waits for whoever is changing a row, and then reads what they wrote.
    let held = diesel::update(these).set(inquiries::version.eq(inquiries::version));
    Ok(held.returning(<Inquiry as Selectable<MultiBackend>>::construct_selection()).get_results(tx.conn)?)
}

/// Lays down a new inquiry with everything it is found by, such as its searchable text.
pub fn insert(tx: &mut Tx<'_>, inquiry: Inquiry, searchable: String) -> Result<()> {
    let (id, facts, tags) = (inquiry.id, Indexed::of(&inquiry.facts.0), inquiry.tags.0.clone());
    tx.insert(inquiry)?;
    if !facts.is_empty() {
        tx.insert(FactsRow { id, facts })?;
    }
    tags.into_iter().try_for_each(|tag| tx.insert(TagRow { id, tag }))?;
    tx.insert(SearchText::new(id, searchable))
}

impl Row for Inquiry {
    fn insert_all(conn: &mut DbConnection, rows: &[Self]) -> Result<()> {
        insert_rows!(conn, inquiries::table, rows, |row| row);
        Ok(())
    }
}

/// The facts that an inquiry is found by.
struct FactsRow {
    id: InquiryId,
    facts: Indexed,
}

impl Row for FactsRow {
    fn insert_all(conn: &mut DbConnection, rows: &[Self]) -> Result<()> {
        insert_rows!(conn, inquiry_facts::table, rows, |row| (
            inquiry_facts::inquiry_id.eq(row.id),
            inquiry_facts::need_kind.eq(row.facts.need_kind.map(|kind| kind.word())),
            inquiry_facts::region_code.eq(&row.facts.region_code),
            inquiry_facts::tax_fen_per_year.eq(row.facts.tax_fen_per_year),
            inquiry_facts::area_min_sqm.eq(row.facts.area_min_sqm),
            inquiry_facts::area_max_sqm.eq(row.facts.area_max_sqm),
        ));
        Ok(())
    }
}

/// A tag of an inquiry.
struct TagRow {
    id: InquiryId,
    tag: String,
}

impl Row for TagRow {
    fn insert_all(conn: &mut DbConnection, rows: &[Self]) -> Result<()> {
        insert_rows!(conn, inquiry_tags::table, rows, |row| (
            inquiry_tags::tag.eq(&row.tag),
            inquiry_tags::inquiry_id.eq(row.id)
        ));
        Ok(())
    }
}

/// Which of these numbers (E.164) some inquiry has that is not in the bin.
pub fn known_numbers(tx: &mut Tx<'_>, numbers: &[&str]) -> Result<HashSet<String>> {
    let with_number = || inquiries::table.filter(inquiries::deleted_at.is_null());
    if !dialect::is_single_writer(tx) {
        let known = with_number().filter(inquiries::phone_e164.eq_any(numbers.to_vec()));
        let known: Vec<Option<String>> = known.select(inquiries::phone_e164).distinct().load(tx.conn)?;
        return Ok(known.into_iter().flatten().collect());
    }
    let mut known = HashSet::new();
    for number in numbers {
        let one =
            with_number().filter(inquiries::phone_e164.eq(*number)).order(inquiries::id.desc()).limit(1);
        let found: Option<InquiryId> =
            prepared!(tx.conn, get_result, one.select(inquiries::id)).optional()?;
        known.extend(found.map(|_| (*number).to_owned()));
    }
    Ok(known)
}

/// Lays a changed inquiry over the one it was read as. Whoever changed it in between makes this change run
/// again.
pub fn update(tx: &mut Tx<'_>, before: &Inquiry, after: &Inquiry) -> Result<()> {
    let target =
        inquiries::table.filter(inquiries::id.eq(after.id)).filter(inquiries::version.eq(before.version));
    if diesel::update(target).set(after).execute(tx.conn)? != 1 {
        return Err(lost_race(diesel::result::Error::NotFound));
    }
    let facts = Indexed::of(&after.facts.0);
    if facts != Indexed::of(&before.facts.0) {
        diesel::delete(inquiry_facts::table.filter(inquiry_facts::inquiry_id.eq(after.id)))
            .execute(tx.conn)?;
        tx.insert(FactsRow { id: after.id, facts })?;
    }
    if after.tags != before.tags {
        diesel::delete(inquiry_tags::table.filter(inquiry_tags::inquiry_id.eq(after.id))).execute(tx.conn)?;
        let tags = after.tags.0.iter().cloned();
        tags.map(|tag| TagRow { id: after.id, tag }).try_for_each(|row| tx.insert(row))?;
    }
    if !after.is_found_like(before) {
        dialect::index_text(tx, after.id, &after.searchable())?;
    }
    Ok(())
}
