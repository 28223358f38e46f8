//! The facts of hand-overs.
//! Who answers them is not known here.

use serde::{Deserialize, Serialize};

use crate::kernel::id::{InquiryId, UserId};
use crate::platform::events::Fact;

/// Somebody was given inquiries of a user who leaves.
#[derive(Debug, Serialize, Deserialize)]
pub struct HandedOver {
    pub from_user_id: UserId,
    pub assignee_id: UserId,
    pub inquiry_ids: Vec<InquiryId>,
}

impl Fact for HandedOver {
    const KIND: &'static str = "user.handed_over";
}
