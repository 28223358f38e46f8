//! Statuses: their categories, the legal moves, the reasons, and their names. Data in one place.
//! Making a move is in `actions.rs`.

use serde::Serialize;
use utoipa::ToSchema;

use crate::text_enum;

text_enum! {
    /// How far an inquiry has come.
    pub enum Status {
        New => "new",
        Contacted => "contacted",
        Qualified => "qualified",
        Viewing => "viewing",
        Negotiating => "negotiating",
        Signed => "signed",
        Landed => "landed",
        Lost => "lost",
        Invalid => "invalid",
    }
}

text_enum! {
    /// What kind of status it is.
    pub enum Category {
        Open => "open",
        Won => "won",
        Lost => "lost",
        Invalid => "invalid",
    }
}

/// A name in both languages.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct Names {
    pub zh: &'static str,
    pub en: &'static str,
}

/// Why an inquiry came to an end.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct Reason {
    pub key: &'static str,
    pub names: Names,
}

const fn reason(key: &'static str, zh: &'static str, en: &'static str) -> Reason {
    Reason { key, names: Names { zh, en } }
}

const OTHER: Reason = reason("other", "其他", "Other");

static LOST: &[Reason] = &[
    reason("price", "价格不合适", "Price"),
    reason("location", "位置不合适", "Location"),
    reason("space", "面积或条件不符", "Space or condition does not fit"),
    reason("policy", "政策不符", "Policy does not fit"),
    reason("competitor", "选择了其他园区", "Chose another park"),
    reason("postponed", "项目搁置", "Project put off"),
    reason("no_answer", "联系不上", "Cannot be reached"),
    OTHER,
];

static INVALID: &[Reason] = &[
    reason("wrong_number", "号码错误", "Wrong number"),
    reason("duplicate", "重复", "Duplicate"),
    reason("advertising", "广告推销", "Advertising"),
    reason("no_need", "没有需求", "No need"),
    reason("test", "测试数据", "A test"),
    OTHER,
];

impl Status {
    pub const fn category(self) -> Category {
        match self {
            Self::New | Self::Contacted | Self::Qualified | Self::Viewing | Self::Negotiating => {
                Category::Open
            }
            Self::Signed | Self::Landed => Category::Won,
            Self::Lost => Category::Lost,
            Self::Invalid => Category::Invalid,
        }
    }

    pub const fn names(self) -> Names {
        let (zh, en) = match self {
            Self::New => ("新线索", "New"),
            Self::Contacted => ("已联系", "Contacted"),
            Self::Qualified => ("有意向", "Qualified"),
            Self::Viewing => ("看房中", "Viewing"),
            Self::Negotiating => ("洽谈中", "Negotiating"),
            Self::Signed => ("已签约", "Signed"),
            Self::Landed => ("已落地", "Landed"),
            Self::Lost => ("已流失", "Lost"),
            Self::Invalid => ("无效", "Invalid"),
        };
        Names { zh, en }
    }

    /// Whether an inquiry may go from here to there. Staying is no move.
    pub fn may_become(self, to: Self) -> bool {
        if self == to {
            return false;
        }
        match self {
            Self::Signed => matches!(to, Self::Landed | Self::Lost),
            Self::Landed => false,
            Self::Lost | Self::Invalid => to == Self::Contacted,
            _ => !matches!(to, Self::New | Self::Landed),
        }
    }

    pub fn next(self) -> Vec<Self> {
        Self::ALL.iter().copied().filter(|to| self.may_become(*to)).collect()
    }

    /// The reasons that this status can have; one is needed if there are any.
    pub fn reasons(self) -> &'static [Reason] {
        match self {
            Self::Lost => LOST,
            Self::Invalid => INVALID,
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_moves_are_those_of_the_trade() {
        use Status::*;
        assert_eq!(New.next(), [Contacted, Qualified, Viewing, Negotiating, Signed, Lost, Invalid]);
        assert_eq!(Contacted.next(), [Qualified, Viewing, Negotiating, Signed, Lost, Invalid]);
        assert_eq!(Signed.next(), [Landed, Lost]);
        assert!(Landed.next().is_empty());
        assert_eq!(Lost.next(), [Contacted]);
        assert_eq!(Invalid.next(), [Contacted]);
    }

    #[test]
    fn only_an_end_needs_a_reason() {
        for status in Status::ALL {
            assert_eq!(
                !status.reasons().is_empty(),
                matches!(status.category(), Category::Lost | Category::Invalid),
                "{status:?}"
            );
        }
    }
}
