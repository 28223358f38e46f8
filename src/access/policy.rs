//! The policy: one table of role and permission, saying which records. The only place where a role means something.
//! How a reach becomes a condition on a table is each room's `visible`.

use super::model::Role;
use crate::kernel::id::{TeamId, UserId};

/// Which records a permission covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The operation is refused (403).
    Nothing,
    /// What the caller owns.
    Own,
    /// What belongs to the caller's team, and what belongs to none.
    Team,
    Everything,
}

impl Reach {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Nothing => "–",
            Self::Own => "own",
            Self::Team => "team",
            Self::Everything => "everything",
        }
    }
}

/// The records within somebody's reach.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    pub user: UserId,
    pub team: Option<TeamId>,
    pub reach: Reach,
}

/// A permission as a type, for the signature of a handler.
pub trait Grant: 'static {
    const PERMISSION: Permission;
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident $word:literal: agent $agent:ident, manager $manager:ident, admin $admin:ident;)*) => {
        /// What can be permitted.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Permission {
            $($(#[$doc])* $name),*
        }

        impl Permission {
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word),* }
            }

            /// The policy itself.
            pub const fn reach(self, role: Role) -> Reach {
                match (self, role) {
                    $(
                        (Self::$name, Role::Agent) => Reach::$agent,
                        (Self::$name, Role::Manager) => Reach::$manager,
                        (Self::$name, Role::Admin) => Reach::$admin,
                    )*
                }
            }
        }

        /// The permissions as types: `Allowed<may::AssignInquiry>`.
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
    ReadSelf "me.read": agent Own, manager Own, admin Own;
    ReadUsers "users.read": agent Nothing, manager Team, admin Everything;
    WriteUsers "users.write": agent Nothing, manager Nothing, admin Everything;
    ReadInquiries "inquiries.read": agent Own, manager Team, admin Everything;
    CreateInquiry "inquiries.create": agent Own, manager Team, admin Everything;
    WriteInquiry "inquiries.write": agent Own, manager Team, admin Everything;
    AssignInquiry "inquiries.assign": agent Nothing, manager Team, admin Everything;
    /// Into the bin and back.
    DeleteInquiry "inquiries.delete": agent Nothing, manager Nothing, admin Everything;
    ReadStatuses "statuses.read": agent Everything, manager Everything, admin Everything;
    ReadFollowUps "follow_ups.read": agent Own, manager Team, admin Everything;
    WriteFollowUps "follow_ups.write": agent Own, manager Team, admin Everything;
    ReadNotifications "notifications.read": agent Own, manager Own, admin Everything;
    RetryNotification "notifications.retry": agent Nothing, manager Nothing, admin Everything;
    ReadReports "reports.read": agent Own, manager Team, admin Everything;
}

/// The policy as a page in Markdown: what `leaddock print permissions` says, and what `docs/permissions.md` holds.
pub fn printed() -> String {
    let mut page = String::from(
        "<!-- printed by: leaddock print permissions -->\n# Permissions\n\n\
         Which role may do what, and to which records: none (–), its own, those of its team and of no team, or everything.\n\
         What is not permitted at all is answered with 403; a record outside the reach, as one that does not exist, with 404.\n\n\
         | permission | agent | manager | admin |\n| --- | --- | --- | --- |\n",
    );
    for permission in Permission::ALL {
        let cells: Vec<&str> = Role::ALL.iter().map(|role| permission.reach(*role).word()).collect();
        page.push_str(&format!("| `{}` | {} |\n", permission.word(), cells.join(" | ")));
    }
    page
}
