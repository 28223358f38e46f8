//! What other sites load: the script that shows the hosted page in a frame, what the frame reports to that
//! script, and the QR code. Which sites may do so is `../reading/answer.rs`; the scripts are in `templates/`.

use qrcode::QrCode;
use qrcode::render::svg;
use serde_json::json;

use crate::intake::forms::compiled::CompiledForm;
use crate::kernel::error::{Error, Result};
use crate::kernel::text::{NAME_MAX, cut};
use crate::platform::config::PublicUrl;

/// Campaign parameters that a QR code has at most.
const CAMPAIGN_MAX: usize = 10;
/// Bytes of them in a QR code; of longer ones it has none.
const QR_CAMPAIGN_MAX: usize = 1_000;

const EMBED: &str = include_str!("templates/embed.js");
/// Where a framed page has its script from. No form's key has a dot in it.
pub const FRAME_PATH: &str = "/f/frame.js";
/// What a framed page runs: it reports its height to the page around it.
pub const FRAME: &str = include_str!("templates/frame.js");

/// The script by which another site shows the page.
pub fn script(public_url: &PublicUrl, form: &CompiledForm) -> Result<String> {
    let title = form
        .page
        .title()
        .unwrap_or_else(|| form.language.pick("告诉我们您的需求", "Tell us what you need").to_owned());
    let settings = json!({
        "page": public_url.absolute(&format!("/f/{}", form.key)),
        "origin": public_url.origin(),
        "key": form.key,
        "title": title,
        // As the browser will hold it against the page around; nothing in here that the policy of the page
        // does not say.
        "allowed": form.destinations.framed_by(),
    });
    Ok(EMBED.replace("\"SETTINGS\"", &serde_json::to_string(&settings).map_err(Error::internal)?))
}

/// The QR code of the page, as SVG.
pub fn qr_code(public_url: &PublicUrl, form: &CompiledForm, query: &str) -> Result<String> {
    let mut campaign = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in url::form_urlencoded::parse(query.as_bytes())
        .filter(|(name, _)| name.starts_with("utm_"))
        .take(CAMPAIGN_MAX)
    {
        campaign.append_pair(&name, &cut(value.into_owned(), NAME_MAX));
    }
    // A code holds some two thousand bytes, and reads the worse the more there are.
    let campaign =
        Some(campaign.finish()).filter(|campaign| campaign.len() <= QR_CAMPAIGN_MAX).unwrap_or_default();
    let mark = if campaign.is_empty() { "" } else { "?" };
    let code = QrCode::new(public_url.absolute(&format!("/f/{}{mark}{campaign}", form.key)))
        .map_err(Error::internal)?;
    Ok(code.render::<svg::Color<'_>>().min_dimensions(240, 240).build())
}
