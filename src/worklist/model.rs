//! The buckets of a worklist, and what is in them.
//! What belongs into which is asked for in `store.rs`, how it is shown is in `api.rs`.

use crate::access::Seen;
use crate::follow_ups::store::FollowUpWithOwner;
use crate::inquiries::pool_view::VisibleInquiry;
use crate::kernel::clock::Timestamp;
use crate::word_enum;

word_enum! {
    /// What is to be done.
    pub enum Bucket as "WorklistBucket" {
        /// Not accepted yet.
        ToAccept => "to_accept",
        /// Plans that are due.
        Overdue => "overdue",
        /// Plans that are due later today.
        Today => "today",
        /// Accepted; the person was not reached yet, and there is no plan.
        New => "new",
        /// It will go back to the pool.
        RecycleSoon => "recycle_soon",
    }
}

/// One thing to do.
pub struct Item {
    pub inquiry: Seen<VisibleInquiry>,
    pub follow_up: Option<Seen<FollowUpWithOwner>>,
    pub due_at: Option<Timestamp>,
}
