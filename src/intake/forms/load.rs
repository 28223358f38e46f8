//! How much a form's settings ask to be compiled and done for each submission, and the limits of it: counted
//! before anything is compiled. What one path, step or constant may be is said where it is parsed, in
//! `../reading`.

use serde_json::{Map, Value};

use crate::kernel::error::{Fault, FaultKind, Faults};
use crate::kernel::language::Bilingual;

/// Bytes of a profile and of a proof, as JSON.
const PROFILE_MAX: usize = 128 << 10;
const PROOF_MAX: usize = 32 << 10;
/// JSONPaths of one form; those with a descendant segment; steps; expressions.
const PATHS_MAX: usize = 500;
const DESCENTS_MAX: usize = 10;
const STEPS_MAX: usize = 500;
const EXPRESSIONS_MAX: usize = 300;
/// What one expression weighs against a path or a step, and how many bytes of compiled ones weigh as much as
/// a path.
const EXPRESSION: usize = 16;
const WEIGHED_BYTES: usize = 4 << 10;
/// Bytes of all compiled expressions of one form.
const COMPILED_MAX: usize = 16 << 20;

static TOO_MUCH: FaultKind =
    FaultKind::new("too_much", "内容过多，上限为：{}。", "There is too much in it. The limit is: {}.");

/// What is in the settings of one form, its preset included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Load {
    profile_bytes: usize,
    proof_bytes: usize,
    paths: usize,
    descents: usize,
    steps: usize,
    expressions: usize,
}

impl Load {
    pub fn of(profile: &Map<String, Value>, proof: &Map<String, Value>) -> Self {
        let bytes = |settings: &Map<String, Value>| {
            serde_json::to_vec(settings).map_or(usize::MAX, |text| text.len())
        };
        let mut load = Self { profile_bytes: bytes(profile), proof_bytes: bytes(proof), ..Self::default() };
        profile.iter().chain(proof).for_each(|(name, value)| load.add(name, value));
        load
    }

    fn add(&mut self, name: &str, value: &Value) {
        match value {
            Value::String(text) if name == "regex" => {
                self.expressions = self.expressions.saturating_add(usize::from(!text.is_empty()))
            }
            Value::String(text) if text.starts_with('$') => {
                self.paths = self.paths.saturating_add(1);
                self.descents = self.descents.saturating_add(usize::from(text.contains("..")));
            }
            Value::Array(items) => {
                if name == "transform" {
                    self.steps = self.steps.saturating_add(items.len());
                }
                items.iter().for_each(|item| self.add("", item));
            }
            Value::Object(members) => members.iter().for_each(|(name, member)| self.add(name, member)),
            _ => {}
        }
    }

    /// Whether all of it is within its limits; else it adds the faults.
    pub fn is_within(&self, faults: &mut Faults) -> bool {
        let Self { profile_bytes, proof_bytes, paths, descents, steps, expressions } = *self;
        let mut within = true;
        for (at, count, max, (zh, en)) in [
            ("/profile", profile_bytes, PROFILE_MAX, ("字节", "bytes")),
            ("/proof", proof_bytes, PROOF_MAX, ("字节", "bytes")),
            ("/profile", paths, PATHS_MAX, ("个 JSONPath", "JSONPaths")),
            ("/profile", descents, DESCENTS_MAX, ("个含“..”的 JSONPath", "JSONPaths with `..`")),
            ("/profile", steps, STEPS_MAX, ("个转换步骤", "transforms")),
            ("/profile", expressions, EXPRESSIONS_MAX, ("个正则表达式", "regular expressions")),
        ] {
            if count > max {
                within = false;
                faults.add(Fault::with(
                    at,
                    &TOO_MUCH,
                    Bilingual::new(format!("{max} {zh}"), format!("{max} {en}")),
                ));
            }
        }
        within
    }

    /// One figure for all of it, or the fault if its expressions are too large together.
    pub fn weight(&self, compiled_bytes: usize) -> Result<usize, Fault> {
        if compiled_bytes > COMPILED_MAX {
            return Err(Fault::with(
                "/profile",
                &TOO_MUCH,
                Bilingual::new(
                    format!("编译后的正则表达式共 {COMPILED_MAX} 字节"),
                    format!("{COMPILED_MAX} bytes of compiled regular expressions"),
                ),
            ));
        }
        let counted =
            self.paths.saturating_add(self.steps).saturating_add(self.expressions.saturating_mul(EXPRESSION));
        Ok(counted.saturating_add(compiled_bytes / WEIGHED_BYTES).saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::language::Language;
    use serde_json::json;

    fn faults(profile: Value, proof: Value) -> Vec<String> {
        let mut faults = Faults::default();
        let within =
            Load::of(profile.as_object().unwrap(), proof.as_object().unwrap()).is_within(&mut faults);
        let messages = faults.none_or(&crate::kernel::error::INVALID).err();
        let messages: Vec<String> = messages
            .iter()
            .flat_map(|error| error.field_faults())
            .map(|fault| fault.value.clone().unwrap().pick(Language::En).to_owned())
            .collect();
        assert_eq!(within, messages.is_empty());
        messages
    }

    #[test]
    fn expressions_weigh_what_is_compiled_for_them() {
        let load = Load::of(json!({"map": {"need": "$.a"}}).as_object().unwrap(), &Map::new());
        assert_eq!(
            (load.weight(0).unwrap(), load.weight(COMPILED_MAX).unwrap()),
            (2, 2 + COMPILED_MAX / WEIGHED_BYTES)
        );
        assert_eq!(load.weight(COMPILED_MAX + 1).unwrap_err().kind.code, "too_much");
    }

    #[test]
    fn each_limit_holds_by_itself() {
        let many = |n: usize, value: Value| vec![value; n];
        let map = |steps: usize, step: Value| {
            json!({"map": (0..steps / 10).map(|n| (format!("utm_{n}"),
                json!({"from": "a", "transform": many(10, step.clone())}))).collect::<Map<_, _>>()})
        };
        assert_eq!(faults(map(300, json!({"regex": "a"})), json!({})), [""; 0]);
        assert_eq!(faults(map(310, json!({"regex": "a"})), json!({})), ["300 regular expressions"]);
        assert_eq!(faults(map(510, json!("trim")), json!({})), ["500 transforms"]);
        assert_eq!(faults(json!({"map": {"need": many(501, json!("$.a"))}}), json!({})), ["500 JSONPaths"]);
        assert_eq!(
            faults(json!({"parse_json": many(8, json!("$..a"))}), json!({"nonce": many(3, json!("$..b"))})),
            ["10 JSONPaths with `..`"]
        );
        assert_eq!(
            faults(json!({"ignore": ["x".repeat(PROFILE_MAX)]}), json!({"prefix": "x".repeat(PROOF_MAX)})),
            ["131072 bytes", "32768 bytes"]
        );
    }
}
