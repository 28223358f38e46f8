//! From the document to pairs: name, label and value of each thing that was filled in, wherever the sender puts them.
//! Which pair is which item is said in `mapping.rs`.

use std::collections::HashMap;

use serde_json::Value;
use serde_json_path::JsonPath;

use super::decode::inner_json;
use super::selector::{path, text_of};
use crate::intake::forms::settings::Profile;
use crate::kernel::error::{Fault, Faults, WRONG_TYPE};

/// One thing that was filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    pub name: String,
    pub label: Option<String>,
    pub value: String,
    /// The JSON pointer of its place in the document.
    pub place: String,
}

impl Pair {
    #[cfg(test)]
    pub fn new(name: &str, label: Option<&str>, value: &str) -> Self {
        Self { name: name.to_owned(), label: label.map(str::to_owned), value: value.to_owned(), place: format!("/{name}") }
    }
}

/// Where the pairs of a form's submissions are.
#[derive(Debug, Clone, Default)]
pub struct Places {
    parse_json: Vec<JsonPath>,
    root: Option<JsonPath>,
    entries: Option<Entries>,
    labels: Option<Labels>,
    ignore: Vec<Pattern>,
    only: Vec<Pattern>,
}

/// Pairs that are entries of a list: inside them `$` is the entry.
#[derive(Debug, Clone)]
struct Entries {
    each: JsonPath,
    key: Vec<JsonPath>,
    label: Vec<JsonPath>,
    value: Vec<JsonPath>,
    options: Option<Labels>,
}

/// Texts of ids.
#[derive(Debug, Clone)]
struct Labels {
    each: JsonPath,
    id: Vec<JsonPath>,
    text: Vec<JsonPath>,
}

/// A name, or the beginning of one: `_wpcf7*`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pattern {
    text: String,
    open: bool,
}

impl Pattern {
    fn of(text: &str) -> Self {
        match text.strip_suffix('*') {
            Some(start) => Self { text: start.to_owned(), open: true },
            None => Self { text: text.to_owned(), open: false },
        }
    }

    fn fits(&self, name: &str) -> bool {
        if self.open { name.starts_with(&self.text) } else { name == self.text }
    }
}

/// A path, several, or the names of members, on an entry.
fn paths(value: &Value, pointer: &str, faults: &mut Faults) -> Vec<JsonPath> {
    let one = |text: &str, at: &str, faults: &mut Faults| {
        if text.starts_with('$') { path(text, at, faults) } else { path(&format!("$[{}]", Value::String(text.to_owned())), at, faults) }
    };
    match value {
        Value::Null => Vec::new(),
        Value::String(text) => one(text, pointer, faults).into_iter().collect(),
        Value::Array(texts) => {
            let mut all = Vec::new();
            for (n, text) in texts.iter().enumerate() {
                let at = format!("{pointer}/{n}");
                match text.as_str() {
                    Some(text) => all.extend(one(text, &at, faults)),
                    None => faults.add(Fault::with(at, &WRONG_TYPE, "string")),
                }
            }
            all
        }
        _ => {
            faults.add(Fault::with(pointer, &WRONG_TYPE, "string or array"));
            Vec::new()
        }
    }
}

fn labels(of: &crate::intake::forms::settings::Labels, pointer: &str, faults: &mut Faults) -> Option<Labels> {
    Some(Labels {
        each: path(of.each.as_deref().unwrap_or("$"), &format!("{pointer}/each"), faults)?,
        id: paths(of.id.as_ref().unwrap_or(&Value::Null), &format!("{pointer}/id"), faults),
        text: paths(of.text.as_ref().unwrap_or(&Value::Null), &format!("{pointer}/text"), faults),
    })
}

impl Places {
    pub fn parse(profile: &Profile, pointer: &str, faults: &mut Faults) -> Self {
        let entries = profile.entries.as_ref().and_then(|entries| {
            let at = format!("{pointer}/entries");
            let each = path(entries.each.as_deref().unwrap_or("$"), &format!("{at}/each"), faults)?;
            let mut part = |name: &str, value: &Option<Value>| paths(value.as_ref().unwrap_or(&Value::Null), &format!("{at}/{name}"), faults);
            let (key, label, value) = (part("key", &entries.key), part("label", &entries.label), part("value", &entries.value));
            let options = entries.options.as_ref().and_then(|options| labels(options, &format!("{at}/options"), faults));
            Some(Entries { each, key, label, value, options })
        });
        let parse_json =
            profile.parse_json.iter().flatten().enumerate().filter_map(|(n, text)| path(text, &format!("{pointer}/parse_json/{n}"), faults)).collect();
        let root = profile.root.as_deref().and_then(|text| path(text, &format!("{pointer}/root"), faults));
        let known = profile.labels.as_ref().and_then(|of| labels(of, &format!("{pointer}/labels"), faults));
        let patterns = |texts: &Option<Vec<String>>| texts.iter().flatten().map(|text| Pattern::of(text)).collect();
        Self { parse_json, root, entries, labels: known, ignore: patterns(&profile.ignore), only: patterns(&profile.only) }
    }

    /// Replaces JSON texts inside the document by their values. False if one of them is none.
    pub fn open(&self, document: &mut Value) -> bool {
        let mut all_read = true;
        for path in &self.parse_json {
            let places: Vec<String> = path.query_located(document).all().iter().map(|hit| hit.location().to_json_pointer()).collect();
            for place in places {
                let Some(slot) = document.pointer_mut(&place) else { continue };
                let Value::String(text) = slot else { continue };
                match inner_json(text) {
                    Some(value) => *slot = value,
                    None => all_read = false,
                }
            }
        }
        all_read
    }

    /// The pairs of a document, in its order.
    pub fn pairs(&self, document: &Value) -> Vec<Pair> {
        let mut pairs = match &self.entries {
            Some(entries) => entries.pairs(document),
            None => self.members(document),
        };
        if let Some(labels) = &self.labels {
            let texts = labels.texts(document);
            for pair in &mut pairs {
                pair.label = texts.get(&pair.name).cloned().or_else(|| pair.label.take());
            }
        }
        pairs.retain(|pair| {
            let named = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.fits(&pair.name));
            (self.only.is_empty() || named(&self.only)) && !named(&self.ignore)
        });
        pairs
    }

    fn members(&self, document: &Value) -> Vec<Pair> {
        let (root, at) = match &self.root {
            None => (Some(document), String::new()),
            Some(path) => {
                let hit = path.query_located(document).all().into_iter().next();
                hit.map_or((None, String::new()), |hit| (Some(hit.node()), hit.location().to_json_pointer()))
            }
        };
        let pair = |(name, value): (&String, &Value)| Pair {
            name: name.clone(),
            label: None,
            value: text_of(value),
            place: format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")),
        };
        root.and_then(Value::as_object).into_iter().flatten().map(pair).collect()
    }
}

/// What the paths give on an entry: the first that gives something.
fn first(paths: &[JsonPath], entry: &Value) -> Option<String> {
    paths.iter().find_map(|path| path.query(entry).all().into_iter().map(text_of).find(|text| !text.trim().is_empty()))
}

impl Entries {
    fn pairs(&self, document: &Value) -> Vec<Pair> {
        let mut pairs = Vec::new();
        for hit in self.each.query_located(document).all() {
            let entry = hit.node();
            let (Some(name), label) = (first(&self.key, entry).or_else(|| first(&self.label, entry)), first(&self.label, entry)) else { continue };
            let options = self.options.as_ref().map(|options| options.texts(entry)).unwrap_or_default();
            let mut words: Vec<String> = Vec::new();
            for value in self.value.iter().flat_map(|path| path.query(entry).all()) {
                match value {
                    Value::Array(items) => words.extend(items.iter().map(|item| named(item, &options))),
                    plain => words.push(named(plain, &options)),
                }
            }
            words.retain(|word| !word.trim().is_empty());
            pairs.push(Pair { name, label, value: words.join("、"), place: hit.location().to_json_pointer() });
        }
        pairs
    }
}

/// The text of a value, or of the option that it is the id of.
fn named(value: &Value, options: &HashMap<String, String>) -> String {
    let text = text_of(value);
    options.get(&text).cloned().unwrap_or(text)
}

impl Labels {
    fn texts(&self, ground: &Value) -> HashMap<String, String> {
        let each = self.each.query(ground).all().into_iter();
        each.filter_map(|entry| Some((first(&self.id, entry)?, first(&self.text, entry)?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pairs(profile: Value, mut document: Value) -> Vec<(String, Option<String>, String)> {
        let profile: Profile = serde_json::from_value(profile).unwrap();
        let mut faults = Faults::default();
        let places = Places::parse(&profile, "/profile", &mut faults);
        faults.none_or(&crate::kernel::error::INVALID).unwrap();
        places.open(&mut document);
        places.pairs(&document).into_iter().map(|pair| (pair.name, pair.label, pair.value)).collect()
    }

    fn pair(name: &str, label: Option<&str>, value: &str) -> (String, Option<String>, String) {
        (name.to_owned(), label.map(str::to_owned), value.to_owned())
    }

    #[test]
    fn pairs_are_the_members_of_the_root() {
        let document = json!({"z": 1, "a": ["x", "y"], "_wpcf7_x": 5, "rawRequest": "{\"q3_name\":{\"first\":\"Dana\",\"last\":\"W\"}}", "bad": "{"});
        assert_eq!(
            pairs(json!({"ignore": ["_wpcf7*", "rawRequest", "bad"]}), document.clone()),
            [pair("z", None, "1"), pair("a", None, "x、y")],
            "in the order of the document"
        );
        assert_eq!(pairs(json!({"parse_json": ["$.rawRequest", "$.bad"], "root": "$.rawRequest"}), document.clone()), [pair("q3_name", None, "Dana W")]);
        assert_eq!(pairs(json!({"only": ["a"]}), document.clone()), [pair("a", None, "x、y")]);
        assert_eq!(pairs(json!({"root": "$.nowhere"}), document), []);
    }

    #[test]
    fn pairs_are_entries_with_labels_and_options() {
        let document = json!({
            "names": [{"ref": "r1", "title": "需求类型"}],
            "list": [
                {"key": "r1", "value": ["o2", "o9"], "options": [{"id": "o2", "text": "租厂房"}]},
                {"key": "r2", "label": "电话", "value": null, "phone": "138 0000 0001"},
                {"no": "key"},
            ],
        });
        let profile = json!({
            "entries": {"each": "$.list[*]", "key": "key", "label": "$.label", "value": ["$.value", "$.phone"], "options": {"each": "$.options[*]", "id": "$.id", "text": "text"}},
            "labels": {"each": "$.names[*]", "id": "$.ref", "text": "$.title"},
        });
        assert_eq!(pairs(profile, document), [pair("r1", Some("需求类型"), "租厂房、o9"), pair("r2", Some("电话"), "138 0000 0001")]);
    }
}
