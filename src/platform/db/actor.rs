//! Who causes a change: an open kind, registered by the room that knows it, and an id.
//! Which kinds there are, beside the system itself, is not known here.

use std::borrow::Cow;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;
use diesel::{Insertable, Queryable, Selectable};

use super::connection::MultiBackend;
use crate::kernel::id::Id;
use crate::platform::events::schema::events;

/// A kind of actor: an open set of words, which rooms extend by a `const` of their own.
#[derive(Debug, Clone, PartialEq, Eq, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct ActorKind(Cow<'static, str>);

impl ActorKind {
    /// The program itself.
    pub const SYSTEM: Self = Self::new("system");

    pub const fn new(word: &'static str) -> Self {
        Self(Cow::Borrowed(word))
    }

    /// The word for it, in the database and on the wire.
    pub fn word(&self) -> &str {
        &self.0
    }
}

impl<DB: Backend> ToSql<Text, DB> for ActorKind
where
    str: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        <str as ToSql<Text, DB>>::to_sql(&self.0, out)
    }
}

impl<DB: Backend> FromSql<Text, DB> for ActorKind
where
    String: FromSql<Text, DB>,
{
    /// Any word is good: one that only a newer version knows must not make the log unreadable.
    fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> {
        <String as FromSql<Text, DB>>::from_sql(value).map(|word| Self(Cow::Owned(word)))
    }
}

/// What the id of an actor names; its `ActorKind` says which.
#[derive(Debug)]
pub enum AnyActor {}

/// The principal that causes a change.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = events, check_for_backend(MultiBackend), treat_none_as_default_value = false)]
pub struct Actor {
    #[diesel(column_name = actor)]
    pub kind: ActorKind,
    #[diesel(column_name = actor_id)]
    pub id: Option<Id<AnyActor>>,
}

impl Actor {
    /// The program itself.
    pub const SYSTEM: Self = Self { kind: ActorKind::SYSTEM, id: None };

    pub const fn new<K>(kind: ActorKind, id: Id<K>) -> Self {
        Self { kind, id: Some(Id::from_uuid(id.uuid())) }
    }
}
