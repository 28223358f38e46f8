//! The kinds of group robots.
//! What each is sent, and what its answers mean, is in `wire.rs`.

use crate::text_enum;

text_enum! {
    /// Whose robot it is.
    pub enum RobotKind {
        Dingtalk => "dingtalk",
        Feishu => "feishu",
        Wecom => "wecom",
    }
}
