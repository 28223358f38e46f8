//! The access policy: one table from role and permission to the reach (which records). The only place that
//! interprets roles. How a reach becomes an SQL condition is each room's `visible`.

use serde_json::{Map, Value, json};

use super::model::Role;
use crate::kernel::id::{TeamId, UserId};
use crate::text_enum;

/// Which records a permission covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The operation is refused (403).
    Nothing,
    /// What the caller owns.
    Own,
    /// What has no owner and belongs to the caller's team, or to none.
    Pool,
    /// Both.
    OwnAndPool,
    /// What belongs to the caller's team, and what belongs to none.
    Team,
    Everything,
}

impl Reach {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Nothing => "–",
            Self::Own => "own",
            Self::Pool => "pool",
            Self::OwnAndPool => "own, pool",
            Self::Team => "team",
            Self::Everything => "everything",
        }
    }
}

/// A caller's reach, with the ids needed to apply it to a query.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    pub user: UserId,
    pub team: Option<TeamId>,
    pub reach: Reach,
}

impl Scope {
    /// Without the ids that its reach does not ask for: two that are equal reach the same.
    pub fn comparable(self) -> (Reach, Option<UserId>, Option<TeamId>) {
        let (own, team) = match self.reach {
            Reach::Nothing | Reach::Everything => (false, false),
            Reach::Own => (true, false),
            Reach::Pool | Reach::Team => (false, true),
            Reach::OwnAndPool => (true, true),
        };
        (self.reach, Some(self.user).filter(|_| own), self.team.filter(|_| team))
    }

    /// Whether what belongs to this owner and this team is within reach, where it is not asked in a query.
    /// What is in the pool is what nobody owns; whether it is open is not known here.
    pub fn covers(&self, owner: Option<UserId>, team: Option<TeamId>) -> bool {
        let is_own = owner == Some(self.user);
        let of_team_or_none = team.is_none() || team == self.team;
        match self.reach {
            Reach::Nothing => false,
            Reach::Own => is_own,
            Reach::Pool => owner.is_none() && of_team_or_none,
            Reach::OwnAndPool => is_own || owner.is_none() && of_team_or_none,
            Reach::Team => of_team_or_none,
            Reach::Everything => true,
        }
    }
}

/// A permission as a type, for the signature of a handler.
pub trait Grant: 'static {
    const PERMISSION: Permission;
}

text_enum! {
    /// What an API key may be used for.
    pub enum KeyScope {
        /// `POST /f/*` and `POST /inquiries`, nothing else.
        Intake => "intake",
        Read => "read",
        /// Changes, with the response to the change but no other reads.
        Write => "write",
        Reports => "reports",
        /// Users, keys and the audit.
        Admin => "admin",
    }
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident $word:literal: agent $agent:ident, manager $manager:ident,
        admin $admin:ident, key [$($scope:ident)*];)*) => {
        /// A permission.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Permission {
            $($(#[$doc])* $name),*
        }

        impl Permission {
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word),* }
            }

            /// The policy table.
            pub const fn reach(self, role: Role) -> Reach {
                match (self, role) {
                    $(
                        (Self::$name, Role::Agent) => Reach::$agent,
                        (Self::$name, Role::Manager) => Reach::$manager,
                        (Self::$name, Role::Admin) => Reach::$admin,
                    )*
                }
            }

            /// The API key scopes that grant this, any of them, within the reach of the key's creator.
            pub const fn key_scopes(self) -> &'static [KeyScope] {
                match self { $(Self::$name => &[$(KeyScope::$scope),*]),* }
            }
        }

        /// The permissions as types: `Authorized<may::AssignInquiry>`.
        pub mod may {
            use super::{Grant, Permission};
            $(
                #[derive(Debug)]
                pub enum $name {}
                impl Grant for $name {
                    const PERMISSION: Permission = Permission::$name;
                }
            )*
        }
    };
}

permissions! {
    /// One's own account.
    ReadSelf "me.read": agent Own, manager Own, admin Own, key [Read];
    /// One's own name, password, second factor, sessions and calendar feed. Never with an API key: its holder
    /// need not be the user.
    WriteSelf "me.write": agent Own, manager Own, admin Own, key [];
    ReadUsers "users.read": agent Nothing, manager Team, admin Everything, key [Admin];
    WriteUsers "users.write": agent Nothing, manager Nothing, admin Everything, key [Admin];
    ReadTeams "teams.read": agent Own, manager Team, admin Everything, key [Read];
    WriteTeams "teams.write": agent Nothing, manager Nothing, admin Everything, key [Admin];
    ManageKeys "api_keys.manage": agent Nothing, manager Nothing, admin Everything, key [Admin];
    ReadAudit "audit.read": agent Nothing, manager Nothing, admin Everything, key [Admin];
    ReadInquiries "inquiries.read": agent Own, manager Team, admin Everything, key [Read];
    CreateInquiry "inquiries.create": agent Own, manager Team, admin Everything, key [Intake Write];
    WriteInquiry "inquiries.write": agent Own, manager Team, admin Everything, key [Write];
    AssignInquiry "inquiries.assign": agent Nothing, manager Team, admin Everything, key [Write];
    /// One by its id, with its history: what the pool shows, too.
    ViewInquiry "inquiries.view": agent OwnAndPool, manager Team, admin Everything, key [Read];
    /// What can be claimed.
    ReadPool "pool.read": agent Pool, manager Team, admin Everything, key [Read];
    /// Taking an inquiry from the pool.
    ClaimInquiry "inquiries.claim": agent OwnAndPool, manager Nothing, admin Nothing, key [Write];
    /// What happens to inquiries, in order.
    ReadChanges "changes.read": agent OwnAndPool, manager Team, admin Everything, key [Read];
    ReadRules "assignment_rules.read": agent Nothing, manager Everything, admin Everything, key [Read];
    WriteRules "assignment_rules.write": agent Nothing, manager Nothing, admin Everything, key [Admin];
    /// Pauses, shifts, absences, limits.
    ReadAvailability "availability.read": agent Own, manager Team, admin Everything, key [Read];
    WriteAvailability "availability.write": agent Own, manager Team, admin Everything, key [Write];
    /// Giving the open work of somebody who leaves to others.
    HandOver "users.hand_over": agent Nothing, manager Team, admin Everything, key [Write];
    /// Deleting to the bin, and restoring.
    DeleteInquiry "inquiries.delete": agent Nothing, manager Nothing, admin Everything, key [Write];
    /// Parsing a text without storing it.
    ParseText "inquiries.parse": agent Everything, manager Everything, admin Everything, key [Read Write];
    ReadForms "forms.read": agent Nothing, manager Everything, admin Everything, key [Read];
    WriteForms "forms.write": agent Nothing, manager Everything, admin Everything, key [Write];
    /// Receipts and raw submissions.
    ReadReceipts "receipts.read": agent Nothing, manager Everything, admin Everything, key [Read];
    ReplayReceipt "receipts.replay": agent Nothing, manager Everything, admin Everything, key [Write];
    ReadStatuses "statuses.read": agent Everything, manager Everything, admin Everything, key [Read];
    ReadFollowUps "follow_ups.read": agent Own, manager Team, admin Everything, key [Read];
    WriteFollowUps "follow_ups.write": agent Own, manager Team, admin Everything, key [Write];
    ReadNotifications "notifications.read": agent Own, manager Own, admin Everything, key [Read];
    RetryNotification "notifications.retry": agent Nothing, manager Nothing, admin Everything, key [Write];
    ManageWebhooks "webhooks.manage": agent Nothing, manager Nothing, admin Everything, key [Admin];
    /// Group robots.
    ManageChannels "channels.manage": agent Nothing, manager Nothing, admin Everything, key [Admin];
    /// Working time, deadlines, the rules of the pool.
    ReadSettings "settings.read": agent Everything, manager Everything, admin Everything, key [Read];
    WriteSettings "settings.write": agent Nothing, manager Nothing, admin Everything, key [Admin];
    ReadReports "reports.read": agent Own, manager Team, admin Everything, key [Reports];
    /// Reports by mail.
    ReadReportSchedules "report_schedules.read": agent Own, manager Own, admin Everything, key [Reports];
    /// Never with an API key: mails would go out that nobody logged in has asked for.
    WriteReportSchedules "report_schedules.write": agent Own, manager Own, admin Everything, key [];
}

impl Permission {
    /// Whether the scopes of a key cover this; none are no key's.
    pub fn is_in(self, scopes: Option<&[KeyScope]>) -> bool {
        scopes.is_none_or(|scopes| self.key_scopes().iter().any(|scope| scopes.contains(scope)))
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|permission| permission.word() == word)
    }
}

/// Adds to each operation of an OpenAPI document who may call it, from its `x-permission`: `x-reach` and
/// `x-key-scopes`, and that API keys are not accepted if none is.
pub fn annotate_document(document: &mut Value) {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    let operations =
        paths.into_iter().flatten().flat_map(|(_, item)| item.as_object_mut().into_iter().flatten());
    for operation in operations.filter_map(|(_, operation)| operation.as_object_mut()) {
        let Some(permission) =
            operation.get("x-permission").and_then(Value::as_str).and_then(Permission::from_word)
        else {
            continue;
        };
        let reach: Map<String, Value> = Role::ALL
            .iter()
            .map(|role| (role.word().to_owned(), json!(permission.reach(*role).word())))
            .collect();
        operation.insert("x-reach".to_owned(), Value::Object(reach));
        operation.insert("x-key-scopes".to_owned(), json!(permission.key_scopes()));
        if permission.key_scopes().is_empty() {
            operation.insert("security".to_owned(), json!([{"bearer": []}]));
        }
    }
}

/// The policy as Markdown: the output of `leaddock print permissions` and the content of
/// `docs/permissions.md`.
pub fn to_markdown() -> String {
    let mut page = String::from(
        "<!-- printed by: leaddock print permissions -->\n# Permissions\n\n\
         Which role may do what, and to which records: none (–), its own, those of its team and of no team, \
         or everything.\n\
         What is not permitted at all is answered with 403; a record outside the reach, \
         as one that does not exist, with 404.\n\n\
         An API key reaches what its maker reaches, \
         for what one of its scopes is named beside; with no scope named, no key does.\n\n\
         | permission | agent | manager | admin | scope of a key |\n| --- | --- | --- | --- | --- |\n",
    );
    for permission in Permission::ALL {
        let cells: Vec<&str> = Role::ALL.iter().map(|role| permission.reach(*role).word()).collect();
        let scopes: Vec<&str> = permission.key_scopes().iter().map(|scope| scope.word()).collect();
        let scopes = if scopes.is_empty() { Reach::Nothing.word().to_owned() } else { scopes.join(", ") };
        page.push_str(&format!("| `{}` | {} | {scopes} |\n", permission.word(), cells.join(" | ")));
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_a_line_for_each_permission() {
        let page = to_markdown();
        for permission in Permission::ALL {
            assert_eq!(page.matches(&format!("| `{}` |", permission.word())).count(), 1);
        }
        assert!(page.contains("| `inquiries.assign` | – | team | everything | write |"), "{page}");
    }
}
