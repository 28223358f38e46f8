//! Who is notified of what, by which channel: from events to notifications, and what their messages say.
//! Owns the table notifications. What was handed over is the matter of `platform/delivery`.

pub mod api;
pub mod backlog;
mod messages;
pub mod model;
pub mod recipients;
pub mod source;
pub mod store;

pub use recipients::subscribe;

use crate::platform::config::{PublicUrl, Settings};
use messages::Setting;

/// What messages are made with, from the settings.
pub fn message_setting(settings: &Settings, public_url: &PublicUrl) -> Setting {
    Setting {
        organisation: settings.organisation.name.clone(),
        zone: settings.organisation.timezone,
        locale: settings.organisation.locale.clone(),
        inquiry_link: settings.links.inquiry.replace("{public_url}", &public_url.to_string()),
        password_link: settings.links.password.replace("{public_url}", &public_url.to_string()),
    }
}
