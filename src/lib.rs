//! Leaddock: a lead desk for industrial parks and commercial property. One crate, one binary.
//! What each room is about is its own documentation; what is in none of them is `main.rs`.
//!
//! The floor plan, from the ground up; imports go down only:
//!
//! | floor | room | what it is about |
//! | --- | --- | --- |
//! | 0 | [`kernel`] | words that every room uses; pure |
//! | 1 | [`platform`] | machines that know no word of the trade: database, HTTP, events, timers, jobs,
//! delivery |
//! | 2 | [`access`] | who may do what to which records |
//! | 2 | [`facts`] | what was understood of an inquiry; pure |
//! | 3 | [`calendar`] | working time |
//! | 3 | [`inquiries`] | the inquiry itself |
//! | 4 | [`follow_ups`] | calling back |
//! | 5 | [`assignment`] | who gets it, and until when they have to do something |
//! | 6 | [`intake`] | everything that turns the outside into an inquiry |
//! | 6 | [`worklist`] | what somebody has to do now |
//! | 7 | [`reports`] | figures, and when they are mailed |
//! | 8 | [`notifications`] | messages: who gets which, by which channel |
//! | 9 | [`app`] | the composition root: the only module that knows every room |
//! | 10 | [`cli`] | the commands |

#![cfg_attr(test, expect(clippy::too_many_lines, reason = "a test may list many cases"))]
// Both panic on a closed pipe; `cli/output.rs` does not.
#![deny(clippy::print_stdout, clippy::print_stderr)]

pub mod kernel;
pub mod platform;

pub mod access;
pub mod facts;

pub mod calendar;
pub mod inquiries;

pub mod follow_ups;

pub mod assignment;

pub mod intake;
pub mod worklist;

pub mod reports;

pub mod notifications;

pub mod app;
pub mod cli;
