//! From the document to pairs: name, label and value of each thing that was filled in, wherever the sender
//! puts them. Which pair is which item is said in `mapping.rs`.

use std::collections::HashMap;

use serde_json::Value;

use super::decode::inner_json;
use super::paths::{Path, Start};
use super::values::text_of;
use super::work::{WORDS_MAX, Words, Work};
use crate::intake::forms::settings::Profile;
use crate::kernel::error::{Fault, Faults, TOO_MANY_ITEMS, WRONG_TYPE};
use crate::kernel::language::Bilingual;

/// Paths of one part of an entry.
const PATHS_MAX: usize = 20;

/// One thing that was filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    pub name: String,
    pub label: Option<String>,
    pub value: String,
    /// The JSON pointer of its place in the document.
    pub place: String,
    /// It holds links to files and nothing else, as services write them.
    pub is_file: bool,
}

impl Pair {
    #[cfg(test)]
    pub fn new(name: &str, label: Option<&str>, value: &str) -> Self {
        Self {
            name: name.to_owned(),
            label: label.map(str::to_owned),
            value: value.to_owned(),
            place: format!("/{name}"),
            is_file: false,
        }
    }
}

/// Where the pairs of a form's submissions are.
#[derive(Debug, Clone, Default)]
pub struct Places {
    parse_json: Vec<Path>,
    root: Option<Path>,
    entries: Option<Entries>,
    labels: Option<Labels>,
    ignore: Vec<Pattern>,
    only: Vec<Pattern>,
}

/// Pairs that are entries of a list: inside them `$` is the entry.
#[derive(Debug, Clone)]
struct Entries {
    each: Path,
    key: Vec<Path>,
    label: Vec<Path>,
    value: Vec<Path>,
    options: Option<Labels>,
}

/// Texts of ids.
#[derive(Debug, Clone)]
struct Labels {
    each: Path,
    id: Vec<Path>,
    text: Vec<Path>,
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
fn paths(value: &Value, pointer: &str, faults: &mut Faults) -> Vec<Path> {
    let one = |text: &str, at: &str, faults: &mut Faults| {
        let member = || format!("$[{}]", Value::String(text.to_owned()));
        if text.starts_with('$') {
            Path::parse(text, Start::Entry, at, faults)
        } else {
            Path::parse(&member(), Start::Entry, at, faults)
        }
    };
    match value {
        Value::Null => Vec::new(),
        Value::String(text) => one(text, pointer, faults).into_iter().collect(),
        Value::Array(texts) if texts.len() > PATHS_MAX => {
            faults.add(Fault::with(pointer, &TOO_MANY_ITEMS, PATHS_MAX));
            Vec::new()
        }
        Value::Array(texts) => {
            let mut all = Vec::new();
            for (n, text) in texts.iter().enumerate() {
                let at = format!("{pointer}/{n}");
                match text.as_str() {
                    Some(text) => all.extend(one(text, &at, faults)),
                    None => faults.add(Fault::with(at, &WRONG_TYPE, Bilingual::types(["string"]))),
                }
            }
            all
        }
        _ => {
            faults.add(Fault::with(pointer, &WRONG_TYPE, Bilingual::types(["string", "array"])));
            Vec::new()
        }
    }
}

fn labels(
    of: &crate::intake::forms::settings::Labels,
    start: Start,
    pointer: &str,
    faults: &mut Faults,
) -> Option<Labels> {
    Some(Labels {
        each: Path::parse(of.each.as_deref().unwrap_or("$"), start, &format!("{pointer}/each"), faults)?,
        id: paths(of.id.as_ref().unwrap_or(&Value::Null), &format!("{pointer}/id"), faults),
        text: paths(of.text.as_ref().unwrap_or(&Value::Null), &format!("{pointer}/text"), faults),
    })
}

impl Places {
    pub fn parse(profile: &Profile, pointer: &str, faults: &mut Faults) -> Self {
        let entries = profile.entries.as_ref().and_then(|entries| {
            let at = format!("{pointer}/entries");
            let each = Path::parse(
                entries.each.as_deref().unwrap_or("$"),
                Start::Document,
                &format!("{at}/each"),
                faults,
            )?;
            let mut part = |name: &str, value: &Option<Value>| {
                paths(value.as_ref().unwrap_or(&Value::Null), &format!("{at}/{name}"), faults)
            };
            let (key, label, value) =
                (part("key", &entries.key), part("label", &entries.label), part("value", &entries.value));
            let options = entries
                .options
                .as_ref()
                .and_then(|options| labels(options, Start::Entry, &format!("{at}/options"), faults));
            Some(Entries { each, key, label, value, options })
        });
        let mut path =
            |text: &str, at: &str| Path::parse(text, Start::Document, &format!("{pointer}/{at}"), faults);
        let parse_json = profile
            .parse_json
            .iter()
            .flatten()
            .enumerate()
            .filter_map(|(n, text)| path(text, &format!("parse_json/{n}")))
            .collect();
        let root = profile.root.as_deref().and_then(|text| path(text, "root"));
        let known = profile
            .labels
            .as_ref()
            .and_then(|of| labels(of, Start::Document, &format!("{pointer}/labels"), faults));
        let patterns =
            |texts: &Option<Vec<String>>| texts.iter().flatten().map(|text| Pattern::of(text)).collect();
        Self {
            parse_json,
            root,
            entries,
            labels: known,
            ignore: patterns(&profile.ignore),
            only: patterns(&profile.only),
        }
    }

    /// Replaces JSON texts inside the document by their values. False if one of them is none.
    pub fn open(&self, document: &mut Value, work: &Work) -> bool {
        let mut all_read = true;
        for path in &self.parse_json {
            let places: Vec<String> = path
                .query_located(document, work)
                .iter()
                .take(WORDS_MAX)
                .map(|hit| hit.location().to_json_pointer())
                .collect();
            for place in places {
                let Some(slot) = document.pointer_mut(&place) else { continue };
                let Value::String(text) = slot else { continue };
                let depth = place.matches('/').count();
                match Some(text)
                    .filter(|text| work.spend_parse(text.len()))
                    .and_then(|text| inner_json(text, depth))
                {
                    Some(value) => *slot = value,
                    None => all_read = false,
                }
            }
        }
        all_read
    }

    /// The pairs of a document, in its order.
    pub fn pairs(&self, document: &Value, work: &Work) -> Vec<Pair> {
        let mut pairs = match &self.entries {
            Some(entries) => entries.pairs(document, work),
            None => self.members(document, work),
        };
        if let Some(labels) = &self.labels {
            let texts = labels.texts(document, work);
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

    fn members(&self, document: &Value, work: &Work) -> Vec<Pair> {
        let (root, at) = match &self.root {
            None => (Some(document), String::new()),
            Some(path) => {
                let hit = path.query_located(document, work).into_iter().next();
                hit.map_or((None, String::new()), |hit| (Some(hit.node()), hit.location().to_json_pointer()))
            }
        };
        let pair = |(name, value): (&String, &Value)| Pair {
            name: name.clone(),
            label: None,
            value: text_of(value),
            place: format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")),
            is_file: is_file(value),
        };
        root.and_then(Value::as_object).into_iter().flatten().map(pair).collect()
    }
}

/// What the paths give on an entry: the first that gives something.
fn first(paths: &[Path], entry: &Value, work: &Work) -> Option<String> {
    let text = |value: &Value| {
        let text = text_of(value);
        work.spend_text(text.len()).then_some(text)
    };
    paths.iter().find_map(|path| {
        path.query(entry, work).into_iter().map_while(text).find(|text| !text.trim().is_empty())
    })
}

impl Entries {
    fn pairs(&self, document: &Value, work: &Work) -> Vec<Pair> {
        let mut pairs = Vec::new();
        for hit in self.each.query_located(document, work) {
            if pairs.len() >= WORDS_MAX {
                work.exceed();
                break;
            }
            let entry = hit.node();
            let label = first(&self.label, entry, work);
            let Some(name) = first(&self.key, entry, work).or_else(|| label.clone()) else { continue };
            let options = self.options.as_ref().map(|options| options.texts(entry, work)).unwrap_or_default();
            let is_file = self.value.iter().flat_map(|path| path.query(entry, work)).any(is_file);
            pairs.push(Pair {
                name,
                label,
                value: self.value(entry, &options, work),
                place: hit.location().to_json_pointer(),
                is_file,
            });
        }
        pairs
    }

    /// All that the paths of the value give, as far as a value may hold it.
    fn value(&self, entry: &Value, options: &HashMap<String, String>, work: &Work) -> String {
        let mut words = Words::default();
        let mut put = |value: &Value| {
            let text = text_of(value);
            let word = options.get(&text).cloned().unwrap_or(text);
            if word.trim().is_empty() {
                return true;
            }
            let fits = work.spend_text(word.len()) && words.push(word).is_some();
            if !fits {
                work.exceed();
            }
            fits
        };
        for value in self.value.iter().flat_map(|path| path.query(entry, work)) {
            let goes_on = match value {
                Value::Array(items) => items.iter().all(&mut put),
                plain => put(plain),
            };
            if !goes_on {
                break;
            }
        }
        words.into_vec().join("、")
    }
}

/// Whether a value is what services send for a file: its link, an object with it, or a list of such.
fn is_file(value: &Value) -> bool {
    let is_link = |text: &str| text.starts_with("https://") || text.starts_with("http://");
    match value {
        Value::String(text) => {
            let mut words =
                text.split([' ', '\n', ',', '、', '，', ';']).filter(|word| !word.is_empty()).peekable();
            words.peek().is_some() && words.all(is_link)
        }
        Value::Array(items) => !items.is_empty() && items.iter().all(is_file),
        Value::Object(members) => members.values().filter_map(Value::as_str).any(is_link),
        _ => false,
    }
}

impl Labels {
    fn texts(&self, context: &Value, work: &Work) -> HashMap<String, String> {
        let mut texts = HashMap::new();
        for entry in self.each.query(context, work) {
            if texts.len() >= WORDS_MAX {
                work.exceed();
                break;
            }
            texts.extend(first(&self.id, entry, work).zip(first(&self.text, entry, work)));
        }
        texts
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
        let work = Work::default();
        places.open(&mut document, &work);
        places.pairs(&document, &work).into_iter().map(|pair| (pair.name, pair.label, pair.value)).collect()
    }

    fn pair(name: &str, label: Option<&str>, value: &str) -> (String, Option<String>, String) {
        (name.to_owned(), label.map(str::to_owned), value.to_owned())
    }

    #[test]
    fn pairs_are_the_members_of_the_root() {
        let document = json!({"z": 1, "a": ["x", "y"], "_wpcf7_x": 5,
            "rawRequest": "{\"q3_name\":{\"first\":\"Dana\",\"last\":\"W\"}}", "bad": "{"});
        assert_eq!(
            pairs(json!({"ignore": ["_wpcf7*", "rawRequest", "bad"]}), document.clone()),
            [pair("z", None, "1"), pair("a", None, "x、y")],
            "in the order of the document"
        );
        assert_eq!(
            pairs(json!({"parse_json": ["$.rawRequest", "$.bad"], "root": "$.rawRequest"}), document.clone()),
            [pair("q3_name", None, "Dana W")]
        );
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
            "entries": {"each": "$.list[*]", "key": "key", "label": "$.label",
                "value": ["$.value", "$.phone"],
                    "options": {"each": "$.options[*]", "id": "$.id", "text": "text"}},
            "labels": {"each": "$.names[*]", "id": "$.ref", "text": "$.title"},
        });
        assert_eq!(
            pairs(profile, document),
            [pair("r1", Some("需求类型"), "租厂房、o9"), pair("r2", Some("电话"), "138 0000 0001")]
        );
    }
}
