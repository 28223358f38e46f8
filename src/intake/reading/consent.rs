//! Consent: whether the person agreed to the form's notice, and the evidence of it.
//! Whether a form requires it is in `required.rs`.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::mapping::MappedFields;
use super::names::Item;
use super::raw::RawSubmission;
use crate::intake::forms::compiled::CompiledForm;
use crate::kernel::clock::Timestamp;

/// What the word for yes is where somebody agrees.
const YES: [&str; 8] = ["true", "1", "on", "yes", "y", "agree", "同意", "是"];

/// What the person agreed to, and how that can be shown.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = ReceiptConsent)]
pub struct ConsentRecord {
    pub given: bool,
    /// Which version of the notice was seen.
    pub version: Option<String>,
    /// SHA-256 of that text, in hex; null if the version is not known.
    pub text_sha256: Option<String>,
    pub at: Option<Timestamp>,
    pub page_url: Option<String>,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
}

/// The record of consent: given only if the notice that was seen is the form's present one.
pub fn consent(
    form: &CompiledForm,
    raw: &RawSubmission,
    fields: &MappedFields,
    referer: Option<&str>,
) -> ConsentRecord {
    let version = fields.consent_version.clone();
    let ours = form.consent.version.as_ref().map(|version| version.0.as_str());
    let is_known = version.is_some() && version.as_deref() == ours;
    let agreed =
        fields.get(Item::Consent).is_some_and(|word| YES.contains(&word.trim().to_lowercase().as_str()));
    let text = form.consent.text.as_ref().filter(|_| is_known);
    ConsentRecord {
        given: agreed && is_known,
        version,
        text_sha256: text.map(|text| data_encoding::HEXLOWER.encode(&Sha256::digest(text.0.as_bytes()))),
        at: Some(raw.at),
        page_url: fields.get(Item::PageUrl).or(referer).map(str::to_owned),
        ip: raw.address.map(|address| address.to_string()),
        user_agent: raw.header("user-agent").map(str::to_owned),
    }
}
