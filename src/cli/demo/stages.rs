//! The usual progress of inquiries, stage by stage: number of follow-ups, notes, share that goes on, and
//! reasons for losing the others. `story.rs` generates an inquiry's life from these tables.

use crate::follow_ups::model::Kind;
use crate::inquiries::Status;

/// A follow-up: its kind, the note of the plan, and the note of the result.
pub type Talk = (Kind, &'static str, &'static str);

/// One stage of an inquiry that is worked on.
pub struct Stage {
    pub status: Status,
    /// How many times it is followed up here, and how many days lie between.
    pub times: (i64, i64),
    pub days: (i64, i64),
    pub talks: &'static [Talk],
    /// Of a hundred, how many go on to the next stage.
    pub go_on: i64,
    /// Why the others are lost: how often, and the reason's key.
    pub lost_for: &'static [(i64, &'static str)],
}

/// The stages from the first talk to the signature.
pub const STAGES: &[Stage] = &[
    Stage {
        status: Status::Contacted,
        times: (1, 3),
        days: (2, 9),
        talks: &[
            (Kind::Call, "再次电话，确认面积和预算", "需求确认，资料已收到，本周内部讨论"),
            (Kind::Wechat, "微信发园区资料和报价", "已加微信，资料和户型图发过去了"),
            (Kind::Email, "邮件发送招商手册", "对方回复收到，会转给负责人"),
            (Kind::Call, "了解环评和用电要求", "用电 500 千伏安，无废水，环评问题不大"),
        ],
        go_on: 74,
        lost_for: &[
            (24, "location"),
            (20, "space"),
            (20, "price"),
            (14, "no_answer"),
            (12, "postponed"),
            (6, "policy"),
            (4, "other"),
        ],
    },
    Stage {
        status: Status::Qualified,
        times: (1, 3),
        days: (4, 15),
        talks: &[
            (Kind::Call, "约看房时间", "基本定了看房时间，老板和厂长一起来"),
            (Kind::Wechat, "跟进选址进度", "在比较三家园区，我们排前两位"),
            (Kind::Proposal, "出一版选址方案", "方案已发，租金部分还想再谈"),
            (Kind::Meeting, "线上会议介绍政策", "会议开了四十分钟，对税收奖励感兴趣"),
        ],
        go_on: 74,
        lost_for: &[
            (22, "competitor"),
            (20, "price"),
            (20, "space"),
            (16, "postponed"),
            (12, "location"),
            (10, "policy"),
        ],
    },
    Stage {
        status: Status::Viewing,
        times: (1, 3),
        days: (4, 16),
        talks: &[
            (Kind::Viewing, "带看 3 号楼一层", "看了 3 号楼和 5 号楼，对层高满意"),
            (Kind::Viewing, "二次带看，带设备工程师", "量了柱距和地面承重，符合设备要求"),
            (Kind::Visit, "上门拜访对方现有工厂", "现厂房年底到期，搬迁意愿强"),
            (Kind::Call, "看房后回访", "整体满意，担心装修免租期太短"),
        ],
        go_on: 68,
        lost_for: &[(34, "competitor"), (24, "price"), (22, "space"), (12, "postponed"), (8, "location")],
    },
    Stage {
        status: Status::Negotiating,
        times: (2, 4),
        days: (5, 18),
        talks: &[
            (Kind::Meeting, "商务谈判，租金和免租期", "租金谈到 22 元，免租期要三个月，报领导批"),
            (Kind::Proposal, "发合同草稿", "合同条款对方法务在看"),
            (Kind::Meeting, "请管委会一起谈政策", "政策口径已明确，落户奖励按税收分档"),
            (Kind::Call, "催合同意见", "还有两条要改，下周能定"),
        ],
        go_on: 70,
        lost_for: &[(40, "competitor"), (26, "price"), (20, "postponed"), (14, "policy")],
    },
];

/// After the signature: seen to until it has moved in.
pub const MOVING_IN: &[Talk] = &[
    (Kind::Visit, "跟进装修进度", "装修过半，消防报审已提交"),
    (Kind::Call, "确认工商迁移材料", "材料齐了，本周去窗口"),
    (Kind::Visit, "设备进场，现场协调", "设备已进场，用电增容完成"),
    (Kind::Meeting, "对接税务和社保", "税务登记完成，专管员已对接"),
];

/// Days between the signature and the visits after it.
pub const MOVING_IN_DAYS: (i64, i64) = (12, 35);

/// What is noted when somebody is reached for the first time.
pub const FIRST_WORDS: &[&str] = &[
    "已联系，需求属实，发资料跟进",
    "接通，先了解了行业和面积，约好再聊",
    "对方在开会，简单聊了需求，明天再打",
    "加了微信，需求比较急",
    "是老板本人，意向不错",
    "行政代为咨询，决策人另约",
];

/// … and when nobody answers.
pub const UNANSWERED: &[&str] = &["无人接听", "关机", "响铃后挂断，已发短信", "占线，稍后再打"];

/// Why somebody is called once more.
pub const AGAIN: &[&str] = &["再打一次", "换个时间再联系", "下午再打"];
