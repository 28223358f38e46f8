//! The pages of a form: to be filled in, the thanks, and what is wrong; and the start page. Plain HTML
//! without scripts. The templates are in `pages/`; what is refused is decided in `reading`, what other sites
//! load is `embed.rs`.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, REFERRER_POLICY};
use askama::Template;

use super::embed::FRAME_PATH;
use crate::inquiries::items::{self, Limit};
use crate::intake::forms::compiled::CompiledForm;
use crate::intake::forms::settings::Field;
use crate::intake::reading::answer::FRAMED;
use crate::intake::reading::mapping::{CONSENT_VERSION_FIELD, MappedFields};
use crate::intake::reading::names::Item;
use crate::kernel::error::{Class, Error, Fault, REQUIRED, Result};
use crate::kernel::language::Language;
use crate::kernel::text::{NAME_MAX, TEXT_MAX, cleaned_line, cut};
use crate::platform::http::Requester;
use crate::platform::http::page::{self, Layout, Policy, Site};
use crate::platform::http::theme::Theme;

/// Campaign parameters that ride along.
const CAMPAIGN_MAX: usize = 10;

/// Who looks at a form's pages: in which language, and whether in a frame of another site.
#[derive(Debug, Clone, Copy)]
pub struct Visitor {
    pub language: Language,
    pub framed: bool,
}

/// What is known of what was filled in before: from a link, or from a submission that was refused.
pub struct Sent<'a> {
    pub values: &'a [(String, String)],
    /// What was read of it.
    pub items: Option<&'a MappedFields>,
    pub refused: Option<(&'a Error, Requester)>,
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
    layout: Layout<'a>,
    title: String,
    intro: String,
    action: String,
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
struct ThanksPage<'a> {
    layout: Layout<'a>,
    words: String,
    /// Where another one is begun.
    again: String,
}

/// What this server is, and where to go.
#[derive(Template)]
#[template(path = "start.html")]
struct StartPage<'a> {
    layout: Layout<'a>,
    /// Whether the form that exists from the start takes submissions.
    has_form: bool,
}

fn layout<'a>(site: &'a Site, form: &'a CompiledForm, visitor: Visitor) -> Layout<'a> {
    Layout {
        site,
        language: visitor.language,
        theme: form.page.theme.as_ref().unwrap_or_else(|| Theme::own()),
        logo: form.page.logo(),
        frame_script: visitor.framed.then_some(FRAME_PATH),
    }
}

/// What the pages of a form may do: they may be shown in frames of the sites that it allows.
fn policy(form: &CompiledForm, visitor: Visitor) -> Policy {
    let destinations = &form.destinations;
    Policy {
        form_action: destinations.form_actions(),
        frame_ancestors: destinations.frame_ancestors(),
        scripts: visitor.framed,
    }
}

/// Under `no-referrer` a browser names no origin with what the page sends: it would be refused as a
/// stranger's.
fn with_origin_policy(mut response: HttpResponse) -> HttpResponse {
    response.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}

/// A path of a form, in a frame or not.
fn path(site: &Site, form: &CompiledForm, visitor: Visitor) -> String {
    site.public_url.local(&format!("/f/{}{}", form.key, if visitor.framed { FRAMED } else { "" }))
}

pub fn thanks(site: &Site, form: &CompiledForm, visitor: Visitor) -> Result<HttpResponse> {
    let words = form.page.thanks().unwrap_or_else(|| {
        visitor.language.pick("我们会尽快与您联系。", "We will be in touch soon.").to_owned()
    });
    let template =
        ThanksPage { layout: layout(site, form, visitor), words, again: path(site, form, visitor) };
    page::page(&template, StatusCode::OK, &policy(form, visitor)).map(with_origin_policy)
}

/// The start page, which looks like the form that it leads to.
pub fn start(site: &Site, form: Option<&CompiledForm>, language: Language) -> Result<HttpResponse> {
    let visitor = Visitor { language, framed: false };
    let layout = form.map_or_else(|| Layout::own(site, language), |form| layout(site, form, visitor));
    page::page(&StartPage { layout, has_form: form.is_some() }, StatusCode::OK, &Policy::default())
}

/// The page of an error in the look of the form that was asked for.
pub fn error(
    site: &Site,
    form: &CompiledForm,
    visitor: Visitor,
    error: &Error,
    requester: &Requester,
) -> Result<HttpResponse> {
    page::error_page(error, requester, layout(site, form, visitor), &policy(form, visitor))
}

/// The form's page.
pub fn form(
    site: &Site,
    form: &CompiledForm,
    visitor: Visitor,
    token: String,
    sent: &Sent<'_>,
    status: StatusCode,
) -> Result<HttpResponse> {
    let language = visitor.language;
    let faults = sent.refused.map(|(error, _)| error.field_faults()).unwrap_or_default();
    let fault = |name: &str| faults.iter().find(|fault| fault.pointer.strip_prefix('/') == Some(name));
    let shown = form.fields.each();
    let fields = shown.into_iter().filter(|(item, field)| field.is_shown(*item)).map(|(item, field)| {
        let label = label(item, &field, language);
        FieldView {
            // What to choose from says it itself.
            hint: if field.options.is_some() { "" } else { hint(item, language) },
            value: filled(item, sent),
            error: fault(item.word())
                .map(|fault| about_field(fault, &label, field.options.is_some(), language)),
            required: field.is_required(),
            options: field.options.iter().flatten().map(|option| option.0.clone()).collect(),
            label,
            ..view(item)
        }
    });
    let fields: Vec<FieldView> = fields.collect();
    let consent =
        form.consent.text.as_ref().filter(|text| !text.0.trim().is_empty()).map(|text| ConsentView {
            text: text.0.clone(),
            version: form.consent.version.as_ref().map(|version| version.0.clone()).unwrap_or_default(),
            required: form.consent.required == Some(true),
            // Only what was sent counts: nobody agrees by a link.
            given: sent.items.is_some_and(|items| items.get(Item::Consent).is_some()),
            error: fault(Item::Consent.word())
                .map(|_| language.pick("请勾选同意。", "Please tick this box.").to_owned()),
        });
    let template = FormPage {
        layout: layout(site, form, visitor),
        title: form
            .page
            .title()
            .unwrap_or_else(|| language.pick("告诉我们您的需求", "Tell us what you need").to_owned()),
        intro: form.page.intro().unwrap_or_else(|| intro(&fields, language).to_owned()),
        action: path(site, form, visitor),
        alert: sent.refused.map(|(error, requester)| alert(error, &requester, language)),
        fields,
        consent,
        riding: riding(sent),
        honeypot: form.mapping.honeypot(),
        token,
    };
    page::page(&template, status, &policy(form, visitor)).map(with_origin_policy)
}

/// What a form that says nothing else says above its fields.
fn intro(fields: &[FieldView], language: Language) -> &'static str {
    if fields.iter().any(|field| field.required) {
        return language.pick(
            "厂房、土地、办公室或政策：告诉我们您的需求，我们会尽快与您联系。",
            "A factory, land, an office or incentives: tell us what you need, and we will be in touch soon.",
        );
    }
    language.pick(
        "厂房、土地、办公室或政策，填写任意一项即可，我们会尽快与您联系。",
        "A factory, land, an office or incentives: fill in whatever you like, and we will be in touch soon.",
    )
}

/// The alert above the form when something is wrong.
fn alert(error: &Error, requester: &Requester, language: Language) -> String {
    if !error.field_faults().is_empty() {
        return language.pick("请补充或更正：", "Please complete or correct:").to_owned();
    }
    let kept = language.pick("您填写的内容都还在。", " What you filled in is still here.");
    match error.class() {
        Class::TooMany | Class::TooLarge | Class::Unavailable => {
            format!("{}{kept}", page::error_text(error, language))
        }
        Class::Internal => format!("{}{kept} ({})", page::error_text(error, language), requester.id),
        _ => language.pick(error.refusal().zh, error.refusal().en).to_owned(),
    }
}

/// What is wrong with a field, by the name that the page gives it.
fn about_field(fault: &Fault, label: &str, is_choice: bool, language: Language) -> String {
    match (fault.kind.code == REQUIRED.code, is_choice) {
        (true, true) => language.pick("请选择“{}”。", "Please choose “{}”.").replace("{}", label),
        (true, false) => language.pick("请填写“{}”。", "Please fill in “{}”.").replace("{}", label),
        (false, _) => fault.message(language),
    }
}

fn label(item: Item, field: &Field, language: Language) -> String {
    let own = field
        .label
        .as_ref()
        .and_then(|label| language.pick_of(label.zh.as_ref(), label.en.as_ref()))
        .map(|label| label.0.clone());
    own.filter(|label| !label.trim().is_empty()).unwrap_or_else(|| name_of(item, language).to_owned())
}

/// What a field holds already.
fn filled(item: Item, sent: &Sent<'_>) -> String {
    let by_name = sent.values.iter().find(|(name, _)| name == item.word()).map(|(_, value)| value.clone());
    by_name.or_else(|| sent.items.and_then(|items| items.get(item)).map(str::to_owned)).unwrap_or_default()
}

/// What rides along unseen: the campaign, and the page that shows this one.
fn riding(sent: &Sent<'_>) -> Vec<(String, String)> {
    let rides = |name: &str| {
        (name.starts_with("utm_") || name == "page_url" || name == "referrer")
            && name != CONSENT_VERSION_FIELD
    };
    let values = sent.values.iter().filter(|(name, _)| rides(name));
    let clean = values.filter_map(|(name, value)| {
        Some((cut(cleaned_line(name)?, NAME_MAX), cut(cleaned_line(value)?, TEXT_MAX)))
    });
    clean.take(CAMPAIGN_MAX).collect()
}

fn view(item: Item) -> FieldView {
    let limit = item.kept().map_or(Limit::Lines(TEXT_MAX), items::Item::limit);
    let (kind, autocomplete) = match item {
        Item::Company => ("text", Some("organization")),
        Item::Contact => ("text", Some("name")),
        Item::Phone => ("tel", Some("tel")),
        Item::Email => ("email", Some("email")),
        _ => ("text", None),
    };
    FieldView {
        name: item.word(),
        label: String::new(),
        hint: "",
        value: String::new(),
        error: None,
        required: false,
        options: Vec::new(),
        max: limit.max(),
        is_long: matches!(item, Item::Need | Item::Message),
        kind,
        autocomplete,
    }
}

fn name_of(item: Item, language: Language) -> &'static str {
    let english = match item {
        Item::Need => "What are you looking for?",
        Item::Usage => "Use",
        Item::Tax => "Tax per year",
        Item::Contact => "Your name",
        Item::Message => "Anything else",
        _ => item.kept().map_or("Anything else", |item| item.label().1),
    };
    language.pick(item.label(), english)
}

fn hint(item: Item, language: Language) -> &'static str {
    match item {
        Item::Need => language.pick(
            "如：求租一楼厂房 3000–5000 平方米，近高速",
            "e.g. a ground-floor factory of 3,000–5,000 m²",
        ),
        Item::Usage => language.pick("如：汽车零部件机加工", "e.g. machining of car parts"),
        Item::Tax => language.pick("如：年税收约 300 万元", "e.g. about 3 million yuan"),
        _ => "",
    }
}
