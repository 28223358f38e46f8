//! What the SQL of a condition is made of: a predicate on the work on an inquiry, or on what belongs to it in
//! another table. Which condition asks for what is in `fields.rs`.

use diesel::sql_types::Bool;
use diesel::{BoxableExpression, ExpressionMethods};

use crate::inquiries::schema::{inquiries, inquiry_facts, inquiry_tags};
use crate::platform::db::dialect::{Search, found};
use crate::platform::db::{Form, MultiBackend, Related};

/// A condition on a row of a table.
type On<T> = Box<dyn BoxableExpression<T, MultiBackend, SqlType = Bool>>;
pub type OnWork = On<inquiries::table>;
pub type OnFacts = On<inquiry_facts::table>;

/// The SQL of a condition, by the table that it asks.
pub enum Predicate {
    Work(OnWork),
    Facts(OnFacts),
    /// It has one of these tags.
    Tagged(Vec<String>),
    Found(Search),
}

/// How inquiries are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Traversal {
    /// Along an order until enough fit: each is looked at by itself.
    Ordered,
    /// All that fit, in no order.
    Unordered,
}

impl Predicate {
    /// The same as a condition on the work on an inquiry.
    pub fn on_work(self, traversal: Traversal) -> OnWork {
        use inquiries::id as outer;
        let form = if traversal == Traversal::Ordered { Form::Exists } else { Form::In };
        match self {
            Self::Work(predicate) => predicate,
            Self::Facts(condition) => {
                let (table, key) = (inquiry_facts::table, inquiry_facts::inquiry_id);
                Box::new(Related { table, key, outer, condition, form })
            }
            Self::Tagged(tags) => {
                let (table, key) = (inquiry_tags::table, inquiry_tags::inquiry_id);
                Box::new(Related { table, key, outer, condition: inquiry_tags::tag.eq_any(tags), form })
            }
            Self::Found(search) => Box::new(found(outer, search)),
        }
    }
}

/// That a code begins with any of these prefixes: everything from the prefix up to the prefix with the sign
/// that follows 9. Halved again and again, so that many of them nest only a few levels deep: the databases
/// bound the depth of a condition.
macro_rules! begins_with_any {
    ($column:ident, $prefixes:expr) => {{
        fn any(prefixes: &[&str]) -> $crate::inquiries::conditions::predicate::OnFacts {
            use diesel::{BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods};
            use $crate::inquiries::schema::inquiry_facts::$column as code;
            match prefixes {
                [] => Box::new(code.is_null().and(code.is_not_null())),
                [prefix] => {
                    let begins = code.ge((*prefix).to_owned()).and(code.lt(format!("{prefix}:")));
                    Box::new(begins.assume_not_null())
                }
                many => {
                    let (first, second) = many.split_at(many.len() / 2);
                    Box::new(any(first).or(any(second)))
                }
            }
        }
        any($prefixes)
    }};
}
pub(super) use begins_with_any;
