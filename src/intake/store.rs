//! All SQL on forms and receipts.
//! What becomes of a submission is decided in `actions.rs`.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};

use super::model::{Form, Receipt};
use crate::fixed;
use crate::kernel::error::Result;
use crate::platform::db::{DbConnection, Tx, is_unique_violation, lost_race};

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    forms (id) {
        id -> Uid,
        key -> Text,
        name -> Text,
        active -> Bool,
        created_at -> Moment,
        updated_at -> Moment,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    receipts (id) {
        id -> Uid,
        form_id -> Uid,
        received_at -> Moment,
        content_type -> Nullable<Text>,
        body -> Binary,
        outcome -> Text,
        reason -> Nullable<Text>,
        inquiry_id -> Nullable<Uid>,
    }
}

/// The form of this key, if it takes submissions.
pub fn active_form(conn: &mut DbConnection, key: &str) -> Result<Option<Form>> {
    // PostgreSQL does not even look for a text with a NUL in it.
    if key.contains('\0') {
        return Ok(None);
    }
    let form = forms::table.filter(forms::key.eq(key)).filter(forms::active.eq(true));
    Ok(fixed!(conn, get_result, form.select(Form::as_select())).optional()?)
}

pub fn form_exists(conn: &mut DbConnection, key: &str) -> Result<bool> {
    Ok(forms::table.filter(forms::key.eq(key)).count().get_result::<i64>(conn)? > 0)
}

pub fn insert_form(tx: &mut Tx<'_>, form: &Form) -> Result<()> {
    match diesel::insert_into(forms::table).values(form).execute(tx.conn) {
        Ok(_) => Ok(()),
        Err(error) if is_unique_violation(&error) => Err(lost_race(error)),
        Err(error) => Err(error.into()),
    }
}

pub fn insert_receipt(tx: &mut Tx<'_>, receipt: &Receipt) -> Result<()> {
    fixed!(tx.conn, run, diesel::insert_into(receipts::table).values(receipt))?;
    Ok(())
}
