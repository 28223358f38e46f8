//! What the database knows of a group of submissions, asked for all of them at once. What it means for each
//! is decided in `group.rs` and `decision.rs`.

use std::collections::{HashMap, HashSet};

use diesel::dsl::count_star;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};
use diesel::{
    CombineDsl, ExpressionMethods, IntoSql, NullableExpressionMethods, PgConnection, QueryDsl, RunQueryDsl,
};

use super::decision::counted_token;
use super::incoming::IncomingSubmission;
use crate::inquiries;
use crate::inquiries::schema::inquiry_contents;
use crate::intake::forms;
use crate::intake::forms::schema::forms as forms_table;
use crate::intake::reading::token::PageToken;
use crate::intake::receipts::schema::receipts;
use crate::intake::receipts::store::{equal_since, uses_of};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::{FormId, InquiryId, ReceiptId};
use crate::platform::db::types::{Moment, Uid};
use crate::platform::db::{DbConnection, Prepared, Tx};

/// What was there before a group of submissions.
#[derive(Debug, Default)]
pub struct Known {
    /// The present versions of their forms, of those that take submissions.
    pub versions: HashMap<FormId, i64>,
    /// The inquiry of the first submission that was equal, for each of the group that has one.
    pub equals: HashMap<usize, InquiryId>,
    /// Numbers (E.164) that some inquiry has.
    pub numbers: HashSet<String>,
    /// How often the tokens of pages came back.
    pub uses: HashMap<Vec<u8>, i64>,
}

impl Known {
    /// Asks for all of a group.
    pub fn of(tx: &mut Tx<'_>, group: &[&IncomingSubmission]) -> Result<Self> {
        let asked = Asked::of(group);
        tx.conn.each_or_at_once(|conn| asked.one_by_one(conn), |conn| asked.at_once(conn))
    }
}

/// What is asked of a group.
struct Asked<'a> {
    group: &'a [&'a IncomingSubmission],
    forms: HashSet<FormId>,
    numbers: HashSet<&'a str>,
    tokens: HashSet<Vec<u8>>,
}

impl<'a> Asked<'a> {
    fn of(group: &'a [&'a IncomingSubmission]) -> Self {
        let tokens = group.iter().filter_map(|incoming| token(incoming));
        Self {
            group,
            forms: group.iter().map(|incoming| incoming.form.id).collect(),
            numbers: group.iter().filter_map(|incoming| incoming.submission.new.phone_e164()).collect(),
            tokens: tokens.map(|token| token.nonce.to_vec()).collect(),
        }
    }

    /// By one prepared statement after the other.
    fn one_by_one(&self, conn: &mut DbConnection) -> Result<Known> {
        let mut known = Known::default();
        for form in &self.forms {
            known.versions.extend(forms::store::active_version(conn, *form)?.map(|version| (*form, version)));
        }
        for (place, incoming) in self.group.iter().enumerate() {
            let (key, id) = (&incoming.submission.dedup_key, incoming.receipt.id);
            let equal = equal_since(conn, &key.fingerprint, since(incoming), id)?;
            known.equals.extend(equal.map(|inquiry| (place, inquiry)));
        }
        for number in &self.numbers {
            if inquiries::store::has_number(conn, number)? {
                known.numbers.insert((*number).to_owned());
            }
        }
        for token in &self.tokens {
            known.uses.insert(token.clone(), uses_of(conn, token, None)?);
        }
        Ok(known)
    }

    /// By one statement.
    fn at_once(&self, conn: &mut PgConnection) -> Result<Known> {
        let (mut known, mut equals) = (Known::default(), Vec::new());
        for row in self.rows(conn)? {
            match row {
                (Some(form), _, _, Some(version), ..) => drop(known.versions.insert(form, version)),
                (_, Some(number), ..) => drop(known.numbers.insert(number)),
                (_, _, Some(token), Some(uses), ..) => drop(known.uses.insert(token, uses)),
                (_, _, Some(fingerprint), None, Some(receipt), at, inquiry) => {
                    equals.push((receipt, fingerprint, at, inquiry));
                }
                _ => {}
            }
        }
        equals.sort_unstable();
        for (place, incoming) in self.group.iter().enumerate() {
            let (wanted, since) = (&incoming.submission.dedup_key.fingerprint, Some(since(incoming)));
            let first = equals.iter().find(|(_, fingerprint, at, _)| fingerprint == wanted && *at >= since);
            known.equals.extend(first.and_then(|(.., inquiry)| *inquiry).map(|inquiry| (place, inquiry)));
        }
        Ok(known)
    }

    fn rows(&self, conn: &mut PgConnection) -> Result<Vec<Row>> {
        struct Here;
        let fingerprints = self.group.iter().map(|incoming| &*incoming.submission.dedup_key.fingerprint);
        let since = self.group.iter().map(|incoming| since(incoming)).min();
        let no_id = || None::<FormId>.into_sql::<Nullable<Uid>>();
        let no_text = || None::<&str>.into_sql::<Nullable<Text>>();
        let no_bytes = || None::<&[u8]>.into_sql::<Nullable<Binary>>();
        let no_count = || None::<i64>.into_sql::<Nullable<BigInt>>();
        let no_moment = || None::<Timestamp>.into_sql::<Nullable<Moment>>();
        let forms = forms_table::table
            .filter(forms_table::id.eq_any(self.forms.iter().copied().collect::<Vec<_>>()))
            .filter(forms::store::takes_submissions())
            .select((
                forms_table::id.nullable(),
                no_text(),
                no_bytes(),
                forms_table::version.nullable(),
                no_id(),
                no_moment(),
                no_id(),
            ));
        let numbers = inquiry_contents::table
            .filter(inquiry_contents::phone_e164.eq_any(self.numbers.iter().copied().collect::<Vec<_>>()))
            .distinct()
            .select((
                no_id(),
                inquiry_contents::phone_e164,
                no_bytes(),
                no_count(),
                no_id(),
                no_moment(),
                no_id(),
            ));
        let tokens = receipts::table
            .filter(receipts::token.eq_any(self.tokens.iter().cloned().collect::<Vec<_>>()))
            .group_by(receipts::token)
            .select((
                no_id(),
                no_text(),
                receipts::token,
                count_star().nullable(),
                no_id(),
                no_moment(),
                no_id(),
            ));
        let equals = receipts::table
            .filter(receipts::fingerprint.eq_any(fingerprints.collect::<Vec<_>>()))
            .filter(receipts::received_at.nullable().ge(since))
            .select((
                no_id(),
                no_text(),
                receipts::fingerprint,
                no_count(),
                receipts::id.nullable(),
                receipts::received_at.nullable(),
                receipts::inquiry_id,
            ));
        let all = forms.union_all(numbers).union_all(tokens).union_all(equals);
        Ok(Prepared::<_, Here>::new(all).load(conn)?)
    }
}

/// A form with its version, a known number, a token with its uses, or the fingerprint of an equal submission
/// with its receipt, when it came, and its inquiry.
type Row = (
    Option<FormId>,
    Option<String>,
    Option<Vec<u8>>,
    Option<i64>,
    Option<ReceiptId>,
    Option<Timestamp>,
    Option<InquiryId>,
);

/// Since when an equal submission counts.
fn since(incoming: &IncomingSubmission) -> Timestamp {
    incoming.receipt.received_at.minus(incoming.submission.dedup_key.within)
}

/// The page's token, if the number of its uses counts.
pub fn token(incoming: &IncomingSubmission) -> Option<PageToken> {
    counted_token(&incoming.submission, incoming.receipt.received_at)
}
