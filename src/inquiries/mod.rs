//! The inquiry: what somebody who looks for space tells us, its status, and how it is found again.
//! Owns the tables inquiries, inquiry_contents, inquiry_facts, inquiry_tags. Who gets it is `assignment`'s
//! matter, how it came in is `intake`'s.

pub mod actions;
pub mod agreement;
pub mod api;
pub mod asked;
pub mod bounds;
pub mod conditions;
pub mod content;
pub mod deadlines;
pub mod event_view;
pub mod events;
pub mod history;
pub mod items;
pub mod list;
pub mod masking;
pub mod model;
pub mod need_names;
pub mod pages;
pub mod pool_list;
pub mod pool_view;
pub mod resubmission;
pub mod schema;
pub mod status;
pub mod store;
pub mod stored;
pub mod upkeep;
pub mod view;
mod walk;

pub use conditions::{Condition, Filter};
pub use list::Sort;
pub use model::{Inquiry, NewInquiry, Owner, Source, Submitted};
pub use status::{Category, Status};
