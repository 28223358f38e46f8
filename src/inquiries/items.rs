//! The items of an inquiry: what people say of themselves and of what they want, one row each, from which
//! structs, columns, checks and API members are generated. The values are in `content.rs`.

use crate::facts::Topic;
use crate::kernel::error::Fault;
use crate::kernel::line::{Line, Lines};
use crate::kernel::text::{lines, one_line};
use crate::text_enum;

/// The table of items, expanded by a callback macro, which receives `{ … }` with whatever else it was given,
/// then the rows: member and column, variant, word, `[type in requests]`, `[more of its schema]`,
/// `{attributes of the member in answers}`, `{a member derived from it, with attributes}`, Chinese and
/// English label, rank, topic for the extraction of facts. A new item is a row, and a migration that adds its
/// column.
macro_rules! each_item {
    ($expand:ident $($more:tt)*) => {
        $expand! {
            { $($more)* }
            (need Need "need" [Lines<10_000>] [] {} {} "需求" "Need" Essential Need)
            (usage Usage "usage" [Lines<10_000>] [] {} {} "用途" "Usage" Essential Usage)
            (tax Tax "tax" [Lines<10_000>] [] {} {} "税收" "Tax" Essential Tax)
            (company Company "company" [Line<0, 200>] [] {} {} "公司" "Company" Essential Company)
            (contact Contact "contact" [Line<0, 200>] [] {} {} "联系人" "Contact" Essential Contact)
            (phone Phone "phone" [Line<0, 100>] [] {
                /// As it was written.
            } {
                phone_e164
                /// The same in E.164, if it is a number.
            } "手机号" "Phone" Essential Phone)
            (email Email "email" [Line<0, 254>] [] {
                /// As it was written.
            } {}
                "邮箱" "E-mail" Optional Email)
            (wechat Wechat "wechat" [Line<0, 200>] [] {} {} "微信" "WeChat" Optional Wechat)
            (message Message "message" [Lines<10_000>] [] {} {} "留言" "Message" Standard Message)
        }
    };
}
pub(crate) use each_item;

/// How much an item is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rank {
    /// One of the six items: a mail says so if it is missing.
    Essential,
    /// On a form's page unless it says otherwise.
    Standard,
    /// On a form's page only if it says so; alone it says nothing.
    Optional,
}

/// How long and in what form an item may be written by a caller of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Code points, on one line.
    Line(usize),
    /// Code points, on any number of lines.
    Lines(usize),
}

impl Limit {
    pub const fn max(self) -> usize {
        match self {
            Self::Line(max) | Self::Lines(max) => max,
        }
    }

    pub const fn is_one_line(self) -> bool {
        !matches!(self, Self::Lines(_))
    }

    fn check(self, pointer: &str, text: &str) -> Result<(), Fault> {
        match self {
            Self::Line(max) => one_line(pointer, text, max),
            Self::Lines(max) => lines(pointer, text, max),
        }
    }
}

/// The type of an item in requests, from which its limit follows.
pub trait Shape {
    const LIMIT: Limit;
    fn into_text(self) -> String;
}

impl<const MAX: usize> Shape for Line<0, MAX> {
    const LIMIT: Limit = Limit::Line(MAX);
    fn into_text(self) -> String {
        self.0
    }
}

impl<const MAX: usize> Shape for Lines<MAX> {
    const LIMIT: Limit = Limit::Lines(MAX);
    fn into_text(self) -> String {
        self.0
    }
}

macro_rules! item_enum {
    ({} $(($name:ident $variant:ident $word:literal [$($shape:tt)+] [$($schema:tt)*] {$($doc:tt)*}
        {$($derived:tt)*} $zh:literal $en:literal $rank:ident $topic:ident))+) => {
        text_enum! {
            /// An item of an inquiry.
            pub enum Item as "InquiryItem" { $($variant => $word),+ }
        }

        impl Item {
            /// What people call it, in Chinese and in English.
            pub const fn label(self) -> (&'static str, &'static str) {
                match self { $(Self::$variant => ($zh, $en)),+ }
            }

            pub const fn rank(self) -> Rank {
                match self { $(Self::$variant => Rank::$rank),+ }
            }

            pub const fn limit(self) -> Limit {
                match self { $(Self::$variant => <$($shape)+ as Shape>::LIMIT),+ }
            }

            /// What its words are about, for the extraction of facts.
            pub const fn topic(self) -> Topic {
                match self { $(Self::$variant => Topic::$topic),+ }
            }
        }
    };
}
each_item!(item_enum);

impl Item {
    /// What is wrong with its text, as a caller of the API may hear it.
    pub fn check(self, text: &str) -> Result<(), Fault> {
        self.limit().check(&format!("/{}", self.word()), text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::text::{NAME_MAX, PHONE_MAX, TEXT_MAX};

    #[test]
    fn the_limits_are_those_of_the_types_in_requests() {
        assert_eq!(Item::Need.limit(), Limit::Lines(TEXT_MAX));
        assert_eq!(Item::Company.limit(), Limit::Line(NAME_MAX));
        assert_eq!(Item::Phone.limit(), Limit::Line(PHONE_MAX));
        assert!(Item::Email.check("name@example.com").is_ok());
        assert!(Item::Email.check("name at example").is_ok(), "as it was written");
        assert_eq!(Item::Contact.check("a\tb").unwrap_err().kind.code, "control_character");
    }
}
