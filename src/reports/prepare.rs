//! What is read before a report is computed: who asks, the calendar, and whom and what it is about. And what
//! is read after it: names.
//! What is computed is in `outcome.rs`.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono_tz::Tz;
use diesel::{QueryDsl, RunQueryDsl};

use super::groups::GroupBy;
use super::query::Asked;
use crate::access::store::UserFilter;
use crate::access::{self, Caller, Role, Scope};
use crate::calendar::{Calendar, ElapsedWork, WorkingTime};
use crate::inquiries::schema::inquiries;
use crate::inquiries::{Filter, list};
use crate::intake::forms;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::{InquiryId, UserId};
use crate::platform::db::{DbConnection, Read};
use crate::platform::settings;

/// 2020-01-01 UTC: working time since then is looked up quickly.
const FIRST: i64 = 1_577_836_800_000;

/// What a report is computed with.
#[derive(Debug, Clone)]
pub struct Prepared {
    pub scope: Scope,
    pub now: Timestamp,
    pub working_time: WorkingTime,
    pub calendar_version: i64,
    /// The active agents within reach, where the report has a row for each.
    pub people: Vec<UserId>,
    /// The inquiries that fit the present conditions, if there are such.
    pub inquiries: Option<Arc<HashSet<InquiryId>>>,
}

impl Prepared {
    pub fn zone(&self) -> Tz {
        self.working_time.zone()
    }

    /// Working time up to a moment, ready to be asked often.
    pub fn elapsed_work(&self, until: Timestamp) -> ElapsedWork {
        ElapsedWork::within(self.working_time.clone(), Timestamp::from_millis(FIRST), until)
    }
}

pub fn prepare(read: &mut Read<'_>, caller: &Caller, asked: &Asked) -> Result<Prepared> {
    let calendar = settings::stored::<Calendar>(read.conn)?;
    let present = &asked.narrowing.present;
    let inquiries = if *present == Filter::default() {
        None
    } else {
        let those = list::filtered(&caller.scope, present).select(inquiries::id);
        let those: HashSet<InquiryId> = those.load(read.conn)?.into_iter().collect();
        Some(Arc::new(those))
    };
    Ok(Prepared {
        scope: caller.scope,
        now: read.now,
        working_time: WorkingTime::new(&calendar.value, read.zone.default_of()),
        calendar_version: calendar.version,
        people: agents(read.conn, &caller.scope)?,
        inquiries,
    })
}

/// The active agents within reach.
fn agents(conn: &mut DbConnection, scope: &Scope) -> Result<Vec<UserId>> {
    let filter = UserFilter { roles: vec![Role::Agent], active: Some(true), team: None };
    access::store::ids(conn, scope, &filter)
}

/// The names of keys, where they are ids.
pub fn names(conn: &mut DbConnection, group: GroupBy, keys: &[String]) -> Result<HashMap<String, String>> {
    fn parsed<T: std::str::FromStr>(keys: &[String]) -> Vec<T> {
        keys.iter().filter_map(|key| key.parse().ok()).collect()
    }
    fn written<K: ToString>(names: Vec<(K, String)>) -> HashMap<String, String> {
        names.into_iter().map(|(id, name)| (id.to_string(), name)).collect()
    }
    Ok(match group {
        GroupBy::Agent => written(access::store::names(conn, &parsed(keys))?),
        GroupBy::Team => written(access::teams::store::names(conn, &parsed(keys))?),
        GroupBy::Form => written(forms::store::names(conn, &parsed(keys))?),
        _ => HashMap::new(),
    })
}
