//! The hosted page of a form, its thanks, what other sites embed, and the page that a link to an inquiry leads to.
//! Plain HTML, no script. The templates are in `pages/`; what is refused is decided in `reading`.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, REFERRER_POLICY};
use askama::Template;
use qrcode::QrCode;
use qrcode::render::svg;
use serde_json::Value;

use super::forms::checked::Checked;
use super::reading::mapping::{CONSENT_VERSION_FIELD, Submission};
use super::reading::names::Item;
use crate::kernel::email::EMAIL_MAX;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::RequestId;
use crate::kernel::language::Language;
use crate::kernel::text::{NAME_MAX, PHONE_MAX, TEXT_MAX, cleaned_line, cut};
use crate::platform::http;

/// Campaign parameters that ride along.
const CAMPAIGN_MAX: usize = 10;
/// Bytes of them in a QR code; of longer ones it has none.
const QR_CAMPAIGN_MAX: usize = 1_000;

/// What is known of what was filled in before: from a link, or from a submission that was refused.
pub struct Sent<'a> {
    pub values: &'a [(String, String)],
    /// What was read of it.
    pub items: Option<&'a Submission>,
    pub error: Option<&'a Error>,
    pub request_id: Option<RequestId>,
}

/// One field as the page shows it.
struct FieldView {
    name: &'static str,
    label: String,
    hint: &'static str,
    value: String,
    error: Option<String>,
    required: bool,
    options: Vec<String>,
    max: usize,
    /// Several lines.
    is_long: bool,
    kind: &'static str,
    autocomplete: Option<&'static str>,
}

struct ConsentView {
    text: String,
    version: String,
    required: bool,
    given: bool,
    error: Option<String>,
}

/// The form, to be filled in.
#[derive(Template)]
#[template(path = "form.html")]
struct FormPage<'a> {
    language: Language,
    organisation: &'a str,
    key: &'a str,
    alert: Option<String>,
    fields: Vec<FieldView>,
    consent: Option<ConsentView>,
    /// Parameters that ride along.
    riding: Vec<(String, String)>,
    honeypot: Option<&'a str>,
    token: String,
}

/// What is seen after a submission.
#[derive(Template)]
#[template(path = "thanks.html")]
pub struct ThanksPage<'a> {
    pub language: Language,
    pub organisation: &'a str,
    pub key: &'a str,
}

/// Where a mail's link leads: the same for every id, it names no data.
#[derive(Template)]
#[template(path = "inquiry.html")]
pub struct InquiryPage<'a> {
    pub language: Language,
    pub organisation: &'a str,
}

/// One of these pages as an answer. Those of a form may be shown in frames of the sites that it allows.
pub fn page(template: &impl Template, status: StatusCode, rules: Option<&Checked>) -> Result<HttpResponse> {
    let ancestors = rules.map_or_else(|| "'self'".to_owned(), |rules| rules.destinations.frame_ancestors());
    let actions = rules.map_or_else(|| "'self'".to_owned(), |rules| rules.destinations.form_actions());
    let policy = format!("default-src 'none'; style-src 'unsafe-inline'; form-action {actions}; base-uri 'none'; frame-ancestors {ancestors}");
    let mut response = http::page(template, status, &policy)?;
    if rules.is_some() {
        // Under `no-referrer` a browser tells no origin with what the page sends: it would be refused as a stranger's.
        response.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    }
    Ok(response)
}

/// The form's page.
pub fn form(rules: &Checked, organisation: &str, language: Language, token: String, sent: &Sent<'_>, status: StatusCode) -> Result<HttpResponse> {
    let faults = sent.error.map(Error::field_faults).unwrap_or_default();
    let fault = |name: &str| faults.iter().find(|fault| fault.pointer.strip_prefix('/') == Some(name)).map(|fault| fault.message(language));
    let alert = sent.error.map(|error| match (faults.is_empty(), sent.request_id) {
        (true, Some(id)) if status.is_server_error() => format!("{} ({id})", language.pick(error.refusal().zh, error.refusal().en)),
        _ => language.pick(error.refusal().zh, error.refusal().en).to_owned(),
    });
    let shown = rules.fields.each();
    let fields = shown.into_iter().filter(|(item, field)| field.is_shown(*item)).map(|(item, field)| {
        let own = field.label.as_ref().and_then(|label| language.pick_of(label.zh.as_ref(), label.en.as_ref())).map(|label| label.0.clone());
        FieldView {
            label: own.filter(|label| !label.trim().is_empty()).unwrap_or_else(|| name_of(item, language).to_owned()),
            hint: hint(item, language),
            value: filled(item, sent),
            error: fault(item.word()),
            required: field.is_required(),
            options: field.options.iter().flatten().map(|option| option.0.clone()).collect(),
            ..view(item)
        }
    });
    let consent = rules.consent.text.as_ref().filter(|text| !text.0.trim().is_empty()).map(|text| ConsentView {
        text: text.0.clone(),
        version: rules.consent.version.as_ref().map(|version| version.0.clone()).unwrap_or_default(),
        required: rules.consent.required == Some(true),
        // Only what was sent counts: nobody agrees by a link.
        given: sent.items.is_some_and(|items| items.get(Item::Consent).is_some()),
        error: fault(Item::Consent.word()),
    });
    let template = FormPage {
        language,
        organisation,
        key: &rules.key,
        alert,
        fields: fields.collect(),
        consent,
        riding: riding(sent),
        honeypot: rules.mapping.honeypot(),
        token,
    };
    page(&template, status, Some(rules))
}

/// What a field holds already.
fn filled(item: Item, sent: &Sent<'_>) -> String {
    let by_name = sent.values.iter().find(|(name, _)| name == item.word()).map(|(_, value)| value.clone());
    by_name.or_else(|| sent.items.and_then(|items| items.get(item)).map(str::to_owned)).unwrap_or_default()
}

/// What rides along unseen: the campaign, and the page that shows this one.
fn riding(sent: &Sent<'_>) -> Vec<(String, String)> {
    let rides = |name: &str| (name.starts_with("utm_") || name == "page_url" || name == "referrer") && name != CONSENT_VERSION_FIELD;
    let values = sent.values.iter().filter(|(name, _)| rides(name));
    let clean = values.filter_map(|(name, value)| Some((cut(cleaned_line(name)?, NAME_MAX), cut(cleaned_line(value)?, TEXT_MAX))));
    clean.take(CAMPAIGN_MAX).collect()
}

fn view(item: Item) -> FieldView {
    let (max, is_long, kind, autocomplete) = match item {
        Item::Company => (NAME_MAX, false, "text", Some("organization")),
        Item::Contact => (NAME_MAX, false, "text", Some("name")),
        Item::Phone => (PHONE_MAX, false, "tel", Some("tel")),
        Item::Email => (EMAIL_MAX, false, "email", Some("email")),
        Item::Wechat => (NAME_MAX, false, "text", None),
        Item::Need | Item::Message => (TEXT_MAX, true, "text", None),
        _ => (TEXT_MAX, false, "text", None),
    };
    FieldView {
        name: item.word(),
        label: String::new(),
        hint: "",
        value: String::new(),
        error: None,
        required: false,
        options: Vec::new(),
        max,
        is_long,
        kind,
        autocomplete,
    }
}

fn name_of(item: Item, language: Language) -> &'static str {
    let english = match item {
        Item::Need => "Need: what you look for",
        Item::Usage => "Use",
        Item::Tax => "Tax per year",
        Item::Company => "Company",
        Item::Contact => "Your name",
        Item::Phone => "Phone",
        Item::Email => "E-mail",
        Item::Wechat => "WeChat",
        _ => "Anything else",
    };
    language.pick(item.label(), english)
}

fn hint(item: Item, language: Language) -> &'static str {
    match item {
        Item::Need => language.pick("如：求租一楼厂房 3000–5000 平方米，近高速", "e.g. a ground-floor factory of 3,000–5,000 m²"),
        Item::Usage => language.pick("如：汽车零部件机加工", "e.g. machining of car parts"),
        Item::Tax => language.pick("如：年税收约 300 万元", "e.g. about 3 million yuan"),
        _ => "",
    }
}

/// The script by which another site shows the page.
pub fn embed_script(public_url: &str, rules: &Checked) -> Result<String> {
    let address = serde_json::to_string(&format!("{public_url}/f/{}", rules.key)).map_err(Error::internal)?;
    let title = Value::String(rules.language.pick("告诉我们您的需求", "Tell us what you need").to_owned());
    Ok(format!(
        "(function () {{\n  var tag = document.currentScript;\n  if (!tag || !tag.parentNode) return;\n  var frame = document.createElement('iframe');\n  \
         frame.src = {address} + '?page_url=' + encodeURIComponent(location.origin + location.pathname);\n  frame.title = {title};\n  \
         frame.loading = 'lazy';\n  frame.style.cssText = 'width:100%;border:0;min-height:' + (parseInt(tag.getAttribute('data-height'), 10) || 980) + 'px';\n  \
         tag.parentNode.replaceChild(frame, tag);\n}})();\n"
    ))
}

/// The QR code of the page, as SVG.
pub fn qr_code(public_url: &str, rules: &Checked, query: &str) -> Result<String> {
    let mut campaign = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name.starts_with("utm_")).take(CAMPAIGN_MAX) {
        campaign.append_pair(&name, &cut(value.into_owned(), NAME_MAX));
    }
    // A code holds some two thousand bytes, and reads the worse the more there are.
    let campaign = Some(campaign.finish()).filter(|campaign| campaign.len() <= QR_CAMPAIGN_MAX).unwrap_or_default();
    let mark = if campaign.is_empty() { "" } else { "?" };
    let code = QrCode::new(format!("{public_url}/f/{}{mark}{campaign}", rules.key)).map_err(Error::internal)?;
    Ok(code.render::<svg::Color<'_>>().min_dimensions(240, 240).build())
}
