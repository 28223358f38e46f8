//! The reply to a sender: what a form answers to every submission that is kept, whatever becomes of it, and
//! the status of a refusal. What the form's answer says is `../reading/answer.rs`.

use crate::intake::forms::compiled::CompiledForm;
use crate::intake::reading::Submission;
use crate::intake::reading::raw::RawSubmission;
use crate::kernel::error::Result;
use crate::kernel::id::ReceiptId;
use crate::platform::http::{Reply, problem};

/// The reply to a submission that is kept.
pub fn reply(
    form: &CompiledForm,
    raw: &RawSubmission,
    submission: &Submission,
    receipt: ReceiptId,
) -> Result<Reply> {
    let destination =
        raw.wants_html().then(|| form.destinations.after(&submission.fields, &form.key, raw.is_framed()));
    form.answer.reply(receipt, destination)
}

/// The status that the sender is answered with: that of the reply, or of the refusal.
pub fn status(reply: &Reply, submission: &Submission) -> u16 {
    match &submission.refused {
        Some(refused) => problem::status(refused.refusal.class).as_u16(),
        None => reply.status,
    }
}
