//! Validates JSON against the schemas of the OpenAPI document, and reports every fault with its pointer.
//! The schemas are derived from the rooms' request types.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{ValidationError, Validator};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::kernel::clock::Timestamp;
use crate::kernel::email::is_address;
use crate::kernel::error::{
    BAD_FORMAT, BAD_PATTERN, BAD_VALUE, CONTROL_CHARACTER, Error, FAULTS_MAX, Fault, NOT_ONE_OF,
    OUT_OF_RANGE, REQUIRED, Result, TOO_LONG, TOO_MANY_ITEMS, TOO_SHORT, UNKNOWN_MEMBER, WRONG_TYPE,
};
use crate::kernel::language::Bilingual;
use crate::kernel::line::{FILLED, FILLED_LINE, LINES, ONE_LINE};

/// JSON Schema validators, each compiled at its first use.
pub struct Schemas {
    components: Value,
    compiled: RwLock<HashMap<String, Arc<Validator>>>,
}

impl Schemas {
    /// Over the `components` of an OpenAPI document.
    pub fn new(document: &Value) -> Self {
        Self {
            components: document.get("components").cloned().unwrap_or_default(),
            compiled: RwLock::default(),
        }
    }

    /// Validates a value against the published schema of `T`.
    pub fn check<T: ToSchema>(&self, value: &Value) -> Result<()> {
        let validator = self.validator(&T::name())?;
        let mut faults: Vec<Fault> = Vec::new();
        // Not many more than an answer lists; some more, since one place may break several rules.
        for error in validator.iter_errors(value) {
            add_faults(&error, &mut faults);
            if faults.len() > 2 * FAULTS_MAX {
                break;
            }
        }
        faults.sort_by(|a, b| a.pointer.cmp(&b.pointer));
        faults.dedup_by(|a, b| a.pointer == b.pointer);
        if faults.is_empty() { Ok(()) } else { Err(Error::invalid(faults)) }
    }

    fn validator(&self, name: &str) -> Result<Arc<Validator>> {
        let known = self.compiled.read().ok().and_then(|compiled| compiled.get(name).cloned());
        if let Some(validator) = known {
            return Ok(validator);
        }
        if self.components.pointer(&format!("/schemas/{name}")).is_none() {
            return Err(Error::internal(format!("the OpenAPI document has no schema {name}")));
        }
        let schema = json!({"$ref": format!("#/components/schemas/{name}"), "components": self.components});
        let validator = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .with_format("date-time", |text: &str| Timestamp::parse(text).is_some())
            // A blank text clears a member or means an absent one; where it must not, the schema has a
            // minimum length.
            .with_format("email", |text: &str| {
                (text.trim().is_empty() && !text.chars().any(char::is_control)) || is_address(text)
            })
            .should_validate_formats(true)
            .build(&schema)
            .map_err(|error| Error::internal(error.to_string()))?;
        let validator = Arc::new(validator);
        if let Ok(mut compiled) = self.compiled.write() {
            compiled.insert(name.to_owned(), Arc::clone(&validator));
        }
        Ok(validator)
    }
}

/// The name of a member as a part of a JSON pointer.
pub fn escaped(member: &str) -> String {
    member.replace('~', "~0").replace('/', "~1")
}

fn type_names(kind: &TypeKind) -> Vec<String> {
    match kind {
        TypeKind::Single(one) => vec![one.to_string()],
        TypeKind::Multiple(all) => all.iter().map(|one| one.to_string()).collect(),
    }
}

fn types(names: &[String]) -> Bilingual {
    Bilingual::types(names.iter().map(String::as_str))
}

/// What a format of JSON Schema means.
fn format_words(format: &str) -> Bilingual {
    match format {
        "date-time" => {
            ("时间（RFC 3339），例如 2026-11-23T08:30:00Z", "an RFC 3339 time such as 2026-11-23T08:30:00Z")
                .into()
        }
        "date" => ("日期，例如 2026-11-23", "a date such as 2026-11-23").into(),
        "email" => ("邮箱地址，例如 name@example.com", "an e-mail address such as name@example.com").into(),
        "uri" | "url" => {
            ("完整网址，例如 https://www.example.com/", "a complete URL such as https://www.example.com/")
                .into()
        }
        other => Bilingual::new("另一种格式的文本", format!("a text of the format {other}")),
    }
}

/// Adds the faults of a violation.
fn add_faults(error: &ValidationError<'_>, faults: &mut Vec<Fault>) {
    let at = error.instance_path().to_string();
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            faults.extend(
                unexpected
                    .iter()
                    .take(FAULTS_MAX)
                    .map(|member| Fault::new(format!("{at}/{}", escaped(member)), &UNKNOWN_MEMBER)),
            );
        }
        ValidationErrorKind::Required { property } => {
            faults.push(Fault::new(
                format!("{at}/{}", escaped(property.as_str().unwrap_or_default())),
                &REQUIRED,
            ));
        }
        ValidationErrorKind::Type { kind } => {
            faults.push(Fault::with(at, &WRONG_TYPE, types(&type_names(kind))))
        }
        ValidationErrorKind::MaxLength { limit } => faults.push(Fault::with(at, &TOO_LONG, *limit)),
        ValidationErrorKind::MinLength { limit: 1 } => faults.push(Fault::new(at, &REQUIRED)),
        ValidationErrorKind::MinLength { limit } => faults.push(Fault::with(at, &TOO_SHORT, *limit)),
        ValidationErrorKind::MaxItems { limit } => faults.push(Fault::with(at, &TOO_MANY_ITEMS, *limit)),
        ValidationErrorKind::Enum { options } => {
            let words: Vec<&str> =
                options.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            faults.push(Fault::with(at, &NOT_ONE_OF, &words.join(", ")));
        }
        ValidationErrorKind::Minimum { limit } | ValidationErrorKind::ExclusiveMinimum { limit } => {
            faults.push(Fault::with(at, &OUT_OF_RANGE, Bilingual::same(format!("≥ {limit}"))))
        }
        ValidationErrorKind::Maximum { limit } | ValidationErrorKind::ExclusiveMaximum { limit } => {
            faults.push(Fault::with(at, &OUT_OF_RANGE, Bilingual::same(format!("≤ {limit}"))))
        }
        ValidationErrorKind::Format { format } => {
            faults.push(Fault::with(at, &BAD_FORMAT, format_words(format)))
        }
        ValidationErrorKind::Pattern { pattern } => {
            faults.push(pattern_fault(at, pattern, error.instance().as_str().unwrap_or_default()))
        }
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            alternatives(context, at, faults)
        }
        _ => faults.push(Fault::new(at, &BAD_VALUE)),
    }
}

/// The fault of a text that a pattern does not match.
fn pattern_fault(at: String, pattern: &str, text: &str) -> Fault {
    match pattern {
        FILLED => Fault::new(at, &REQUIRED),
        FILLED_LINE if text.trim().is_empty() => Fault::new(at, &REQUIRED),
        FILLED_LINE | ONE_LINE | LINES => Fault::new(at, &CONTROL_CHARACTER),
        _ => Fault::with(at, &BAD_PATTERN, Bilingual::same(pattern)),
    }
}

/// Reports the faults of the alternative that was meant, whose type matches, such as the object in "an object
/// or null".
fn alternatives(context: &[Vec<ValidationError<'static>>], at: String, faults: &mut Vec<Fault>) {
    let wrong_type = |error: &ValidationError<'_>| {
        matches!(error.kind(), ValidationErrorKind::Type { .. }) && error.instance_path().to_string() == at
    };
    match context.iter().find(|branch| !branch.iter().any(wrong_type)) {
        Some(branch) => branch.iter().for_each(|error| add_faults(error, faults)),
        None => {
            let mut words: Vec<String> = Vec::new();
            for error in context.iter().flatten() {
                if let ValidationErrorKind::Type { kind } = error.kind() {
                    words.extend(type_names(kind));
                }
            }
            words.dedup();
            faults.push(Fault::with(at, &WRONG_TYPE, types(&words)));
        }
    }
}
