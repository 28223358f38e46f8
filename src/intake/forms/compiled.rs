//! A form's settings, checked and made ready for use: the preset with the form's own laid over it.
//! What the settings look like is `settings.rs`; what they do to a submission is `reading`.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::load::Load;
use super::model::Form;
use super::page::PageRules;
use super::presets;
use super::settings::{
    Answer as AnswerSettings, Consent, EventRule, Fields, Profile, Proof as ProofSettings, Repeat, TestRule,
};
use crate::intake::reading::answer::{Answer, Destinations};
use crate::intake::reading::mapping::Mapping;
use crate::intake::reading::pairs::Places;
use crate::intake::reading::proof::Proof;
use crate::intake::reading::selector::Selector;
use crate::intake::reading::spam::Spam;
use crate::intake::reading::values::text_of;
use crate::kernel::error::{BAD_VALUE, Error, Fault, FaultKind, Faults, INVALID, REQUIRED, Result};
use crate::kernel::id::FormId;
use crate::kernel::language::Language;
use crate::kernel::threads::assert_no_database_thread;
use crate::platform::config::PublicUrl;

/// Beyond this weight a form has more than any preset, or an expression.
const HEAVY: usize = 60;

static NO_PRESET: FaultKind =
    FaultKind::new("no_such_preset", "没有这个预设，可用：{}。", "There is no such preset. Use one of: {}.");
static NO_CHARSET: FaultKind =
    FaultKind::new("no_such_charset", "不支持的字符集。", "This character set is not supported.");

/// A form, ready to take submissions.
#[derive(Debug, Clone)]
pub struct CompiledForm {
    pub id: FormId,
    pub key: String,
    pub version: i64,
    pub charset: Option<String>,
    pub places: Places,
    pub mapping: Mapping,
    pub external_id: Option<Selector>,
    pub repeat: Repeat,
    pub event: Option<Event>,
    pub test: Option<Test>,
    pub spam: Spam,
    pub proof: Proof,
    pub answer: Answer,
    pub destinations: Destinations,
    pub fields: Fields,
    pub consent: Consent,
    pub page: PageRules,
    pub language: Language,
    /// How much is compiled for it: selectors, steps, expressions.
    pub weight: usize,
}

/// Whether the proof that counts has a secret, and one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Secrets {
    pub present: bool,
    pub previous: bool,
}

impl Secrets {
    /// By the settings alone: nothing is compiled.
    pub fn of(form: &Form) -> Self {
        let preset =
            form.profile.0.get("preset").and_then(Value::as_str).and_then(presets::find).unwrap_or_default();
        let proof = merged(&preset.proof, &form.proof.0);
        let is_filled =
            |name: &str| proof.get(name).and_then(Value::as_str).is_some_and(|secret| !secret.is_empty());
        Self { present: is_filled("secret"), previous: is_filled("previous_secret") }
    }
}

/// Which values mean what.
#[derive(Debug, Clone)]
pub struct Event {
    pub at: Selector,
    pub create: Vec<String>,
    pub update: Vec<String>,
    pub delete: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct Test {
    pub at: Selector,
    pub equals: Vec<String>,
}

/// A patch laid over an object (RFC 7396).
pub fn merged(under: &Map<String, Value>, over: &Map<String, Value>) -> Map<String, Value> {
    let mut all = under.clone();
    for (name, value) in over {
        match value {
            Value::Null => {
                all.remove(name);
            }
            Value::Object(inner) => {
                let none = Map::new();
                let below = all.get(name).and_then(Value::as_object).unwrap_or(&none);
                let inner = merged(below, inner);
                all.insert(name.clone(), Value::Object(inner));
            }
            plain => {
                all.insert(name.clone(), plain.clone());
            }
        }
    }
    all
}

/// The typed form of what the schema has let through already, or of a preset.
fn typed<T: DeserializeOwned + Default>(
    settings: Map<String, Value>,
    pointer: &str,
    faults: &mut Faults,
) -> T {
    faults
        .keep(serde_json::from_value(Value::Object(settings)).map_err(|_| Fault::new(pointer, &BAD_VALUE)))
        .unwrap_or_default()
}

impl CompiledForm {
    /// Compiles a form that is about to be written, or tells everything that is wrong with it.
    pub fn of(form: &Form, public_url: &PublicUrl) -> Result<Self> {
        let mut faults = Faults::default();
        let compiled = Self::compiled(form, public_url, &mut faults);
        faults.none_or(&INVALID).map(|()| compiled)
    }

    /// Compiles a form that is stored. Limits may have come since it was written: what its profile has beyond
    /// them is left out, and its submissions are kept all the same. Without its proof it takes nothing.
    pub fn stored(form: &Form, public_url: &PublicUrl) -> Result<Self> {
        let mut faults = Faults::default();
        let compiled = Self::compiled(form, public_url, &mut faults);
        let Err(error) = faults.none_or(&INVALID) else { return Ok(compiled) };
        let pointers: Vec<&str> = error.field_faults().iter().map(|fault| fault.pointer.as_str()).collect();
        if pointers.iter().any(|pointer| pointer.starts_with("/proof")) {
            return Err(Error::internal("the proof of a stored form is not valid"));
        }
        tracing::warn!(form = %form.id, ?pointers,
            "the settings of a form are beyond the present limits: these parts are left out until it is \
            changed");
        Ok(compiled)
    }

    fn compiled(form: &Form, public_url: &PublicUrl, faults: &mut Faults) -> Self {
        assert_no_database_thread("compiling a form");
        let own: Profile = typed(form.profile.0.clone(), "/profile", faults);
        let named = own.preset.as_ref().map(|name| name.0.as_str());
        let preset = match named.map(presets::find) {
            Some(None) => {
                faults.add(Fault::with("/profile/preset", &NO_PRESET, &presets::names().join(", ")));
                None
            }
            found => found.flatten(),
        };
        let preset = preset.unwrap_or_default();
        let (mut profile, proof) =
            (merged(&preset.profile, &form.profile.0), merged(&preset.proof, &form.proof.0));
        let load = Load::of(&profile, &proof);
        if !load.is_within(faults) {
            // Nothing of it is compiled.
            profile.clear();
        }
        let profile: Profile = typed(profile, "/profile", faults);
        let proof: ProofSettings = typed(proof, "/proof", faults);
        let answer: AnswerSettings = typed(merged(&preset.answer, &form.answer.0), "/answer", faults);
        let mut compiled = Self {
            id: form.id,
            key: form.key.clone(),
            version: form.version,
            charset: charset(&profile, faults),
            places: Places::parse(&profile, "/profile", faults),
            mapping: Mapping::parse(&profile, "/profile", faults),
            external_id: profile
                .external_id
                .as_ref()
                .filter(|value| !value.is_null())
                .and_then(|value| Selector::parse(value, "/profile/external_id", faults)),
            repeat: profile.repeat.unwrap_or(Repeat::Duplicate),
            event: profile.event.as_ref().and_then(|rule| event(rule, faults)),
            test: profile.test.as_ref().and_then(|rule| test(rule, faults)),
            spam: profile.spam.as_ref().into(),
            proof: Proof::parse(&proof, "/proof", faults),
            answer: Answer::parse(&answer, "/answer", faults),
            destinations: Destinations::parse(
                form.redirect_url.as_deref(),
                &form.allowed_origins.0,
                public_url,
                faults,
            ),
            fields: typed(form.fields.0.clone(), "/fields", faults),
            consent: typed(form.consent.0.clone(), "/consent", faults),
            page: PageRules::parse(typed(form.page.0.clone(), "/page", faults), "/page", faults),
            language: Language::of_locale(&form.locale),
            weight: 0,
        };
        if compiled.consent.required == Some(true)
            && compiled.consent.version.as_ref().is_none_or(|version| version.0.trim().is_empty())
        {
            faults.add(Fault::new("/consent/version", &REQUIRED));
        }
        compiled.weight =
            faults.keep(load.weight(compiled.compiled_bytes())).unwrap_or(HEAVY.saturating_add(1));
        compiled
    }

    fn compiled_bytes(&self) -> usize {
        let selectors = [
            self.external_id.as_ref(),
            self.event.as_ref().map(|event| &event.at),
            self.test.as_ref().map(|test| &test.at),
        ];
        let alone = selectors
            .into_iter()
            .flatten()
            .fold(0, |sum: usize, selector| sum.saturating_add(selector.compiled_bytes()));
        alone.saturating_add(self.mapping.compiled_bytes()).saturating_add(self.proof.compiled_bytes())
    }

    /// Whether a submission may take long to read: then it is read on a thread where nobody waits for it.
    pub fn is_heavy(&self) -> bool {
        self.weight > HEAVY
    }
}

fn charset(profile: &Profile, faults: &mut Faults) -> Option<String> {
    let label = profile.charset.as_ref().map(|label| label.0.clone()).filter(|label| label != "auto")?;
    let known = encoding_rs::Encoding::for_label(label.as_bytes()).map(|_| label);
    faults.keep(known.ok_or_else(|| Fault::new("/profile/charset", &NO_CHARSET)))
}

fn event(rule: &EventRule, faults: &mut Faults) -> Option<Event> {
    let words = |words: &Option<Vec<String>>| words.clone().unwrap_or_default();
    let at = place(&rule.at, "/profile/event/at", faults)?;
    Some(Event { at, create: words(&rule.create), update: words(&rule.update), delete: words(&rule.delete) })
}

fn test(rule: &TestRule, faults: &mut Faults) -> Option<Test> {
    let at = place(&rule.at, "/profile/test/at", faults)?;
    Some(Test { at, equals: rule.equals.iter().flatten().map(text_of).collect() })
}

fn place(value: &Option<Value>, pointer: &str, faults: &mut Faults) -> Option<Selector> {
    match value {
        None | Some(Value::Null) => {
            faults.add(Fault::new(pointer, &REQUIRED));
            None
        }
        Some(value) => Selector::parse(value, pointer, faults),
    }
}
