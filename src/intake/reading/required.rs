//! Required fields: what a submission must have to be accepted.
//! Which fields a form requires is a setting of the form.

use super::consent::ConsentRecord;
use super::mapping::MappedFields;
use super::names::Item;
use super::submission::Refused;
use crate::intake::forms::compiled::CompiledForm;
use crate::kernel::error::{Class, Fault, FaultKind, INVALID, REQUIRED, Refusal};
use crate::kernel::phone;

static NOTHING_IN_IT: Refusal =
    Refusal::new(Class::Invalid, "empty", "请至少填写一项。", "Fill in at least one field.");
static NO_NUMBER: FaultKind = FaultKind::new(
    "no_phone_number",
    "这不是可以拨打的电话号码。请填写手机号，或带区号的座机号，例如 138 0013 8000、0512-6395 0000；国外号码请以 + 开头。",
    "This number cannot be called. Give a mobile number, or a landline with its area code, such as 138 0013 \
    8000; outside China begin with +.",
);

/// The refusal of a submission that says nothing at all.
pub fn nothing_in(fields: &MappedFields) -> Option<Refused> {
    fields.is_empty().then(|| Refused::of(&NOTHING_IN_IT))
}

/// What the hosted page's form asks for and is not there. Only what was sent from the page is held to it.
pub fn missing(form: &CompiledForm, fields: &MappedFields, consent: &ConsentRecord) -> Option<Refused> {
    fields.token.as_ref()?;
    let asked = form.fields.each();
    let required = asked.iter().filter(|(item, field)| field.is_shown(*item) && field.is_required());
    let fault = |item: Item| match fields.get(item) {
        None => Some(&REQUIRED),
        Some(written) if item == Item::Phone && !has_number(written) => Some(&NO_NUMBER),
        Some(_) => None,
    };
    let mut faults: Vec<Fault> = required
        .filter_map(|(item, _)| Some(Fault::new(format!("/{}", item.word()), fault(*item)?)))
        .collect();
    if form.consent.required == Some(true) && !consent.given {
        faults.push(Fault::new("/consent", &REQUIRED));
    }
    (!faults.is_empty()).then_some(Refused { refusal: &INVALID, faults })
}

/// Whether there is a number in it that can be called.
fn has_number(written: &str) -> bool {
    phone::to_e164(written).is_some() || crate::facts::understand(written).contains_key("phone")
}
