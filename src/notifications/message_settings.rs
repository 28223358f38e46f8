//! What all messages are made with, from the settings.
//! What they say is in `mails` and `robots`.

use crate::kernel::id::InquiryId;
use crate::platform::config::{PublicUrl, Settings};

/// What all messages are made with.
#[derive(Debug, Clone)]
pub struct MessageSettings {
    pub organisation: String,
    pub locale: String,
    /// With `{id}` for the inquiry's id.
    pub inquiry_link: String,
    /// With `{token}` for what lets its bearer do something with one tap.
    pub action_link: String,
    /// With `{token}` for what lets its bearer set a password.
    pub password_link: String,
    /// With `{report}` for the name of a report.
    pub report_link: String,
}

impl MessageSettings {
    pub fn from_settings(settings: &Settings, public_url: &PublicUrl) -> Self {
        let link = |pattern: &str| pattern.replace("{public_url}", &public_url.to_string());
        Self {
            organisation: settings.organisation.name.clone(),
            locale: settings.organisation.locale.clone(),
            report_link: link("{public_url}/dashboard/{report}"),
            action_link: link("{public_url}/a/{token}"),
            inquiry_link: link(&settings.links.inquiry),
            password_link: link(&settings.links.password),
        }
    }

    /// Where one tap does what a token is for.
    pub fn tap(&self, token: &str) -> String {
        self.action_link.replace("{token}", token)
    }

    /// Where people open a report, by its parameters.
    pub fn report(&self, report: &str, query: &str) -> String {
        format!("{}?{query}", self.report_link.replace("{report}", report))
    }

    /// Where people open an inquiry.
    pub fn link(&self, inquiry: InquiryId) -> String {
        self.inquiry_link.replace("{id}", &inquiry.to_string())
    }
}
