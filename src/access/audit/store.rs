//! All SQL on the audit log: appended and read, never changed.
//! What is recorded is decided in `model.rs`.

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper};

use super::model::{AuditRow, Outcome};
use super::schema::audit;
use crate::access::policy::{Reach, Scope};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::{AuditId, UserId};
use crate::kernel::page::Direction::Descending;
use crate::kernel::page::{Page, PageRequest};
use crate::platform::db::keyset::after_id;
use crate::platform::db::{DbConnection, MultiBackend, Tx};
use crate::prepared;

pub fn insert(tx: &mut Tx<'_>, row: &AuditRow) -> Result<()> {
    prepared!(tx.conn, run, diesel::insert_into(audit::table).values(row))?;
    Ok(())
}

/// Filters of the audit list.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    pub actor: Option<UserId>,
    pub action: Option<String>,
    pub target: Option<String>,
    pub outcome: Option<Outcome>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
}

type AuditQuery = audit::BoxedQuery<'static, MultiBackend>;

impl AuditFilter {
    /// Only a caller whose reach is everything sees any entry.
    fn filtered(&self, scope: &Scope) -> AuditQuery {
        let mut query = audit::table.into_boxed();
        if scope.reach != Reach::Everything {
            query = query.filter(audit::id.is_null());
        }
        if let Some(actor) = self.actor {
            query = query.filter(audit::actor_id.eq(actor));
        }
        if let Some(action) = self.action.clone() {
            query = query.filter(audit::action.eq(action));
        }
        if let Some(target) = self.target.clone() {
            query = query.filter(audit::target.eq(target));
        }
        if let Some(outcome) = self.outcome {
            query = query.filter(audit::outcome.eq(outcome));
        }
        if let Some(from) = self.from {
            query = query.filter(audit::id.ge(AuditId::floor(from)));
        }
        if let Some(to) = self.to {
            query = query.filter(audit::id.lt(AuditId::floor(to)));
        }
        query
    }
}

/// One page, the newest first.
pub fn list(
    conn: &mut DbConnection,
    scope: &Scope,
    filter: &AuditFilter,
    page: &PageRequest,
) -> Result<Page<AuditRow>> {
    let query = after_id(filter.filtered(scope), audit::id, page.after::<AuditId>()?, Descending);
    let rows = query.limit(page.rows()).select(AuditRow::as_select()).load(conn)?;
    Page::cut(rows, page, |row: &AuditRow| row.id)?
        .counted(page, || Ok(filter.filtered(scope).count().get_result(conn)?))
}
