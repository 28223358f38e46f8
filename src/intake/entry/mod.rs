//! What a user enters, and how it becomes an inquiry: facts are read from it as from a form's submission.
//! Submissions of forms are in `../submissions`.

pub mod actions;
pub mod api;
