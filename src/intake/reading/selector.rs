//! Selectors: where in a submission a value is — a JSONPath (RFC 9535), a header, a query parameter, or a
//! pair of the form. What is done to the value afterwards is in `transform.rs`.

use serde_json::Value;

use super::pairs::Pair;
use super::paths::{Path, Start};
use super::raw::{Place, RawSubmission};
use super::transform::{CONSTANT_MAX, Transform};
use super::values::{joined, text_of};
use super::work::{Words, Work};
use crate::kernel::error::{
    BAD_FORMAT, Fault, FaultKind, Faults, TOO_LONG, TOO_MANY_ITEMS, UNKNOWN_MEMBER, WRONG_TYPE,
};
use crate::kernel::language::Bilingual;

/// Places that one selector looks at, one after the other.
const SOURCES_MAX: usize = 20;
static EMPTY_SELECTOR: FaultKind =
    FaultKind::new("empty_selector", "选择器不能为空。", "A selector may not be empty.");

/// What a selector looks at.
#[derive(Debug, Clone, Copy)]
pub struct EvalContext<'a> {
    /// None where the body could not be decoded.
    pub document: Option<&'a Value>,
    pub pairs: &'a [Pair],
    pub raw: &'a RawSubmission,
    /// What may still be spent on this submission.
    pub work: &'a Work,
}

/// One place to look.
#[derive(Debug, Clone)]
enum Source {
    Path(Path),
    Outside(Place),
    /// The pair of this name, else of this label.
    Pair(String),
}

/// Where a value is, and what becomes of it.
#[derive(Debug, Clone)]
pub struct Selector {
    sources: Vec<Source>,
    /// All hits of a path instead of the first.
    all: bool,
    transforms: Vec<Transform>,
    constant: Option<String>,
}

/// What a selector found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    pub text: String,
    /// JSON pointers of the places in the document that it stood at.
    pub places: Vec<String>,
    /// The pair that it was.
    pub pair: Option<usize>,
    pub transform_failed: bool,
}

fn source(text: &str, pointer: &str, faults: &mut Faults) -> Option<Source> {
    if text.is_empty() {
        faults.add(Fault::new(pointer, &EMPTY_SELECTOR));
        return None;
    }
    if text.starts_with('$') {
        return Path::parse(text, Start::Document, pointer, faults).map(Source::Path);
    }
    if text.chars().count() > CONSTANT_MAX {
        faults.add(Fault::with(pointer, &TOO_LONG, CONSTANT_MAX));
        return None;
    }
    Some(match text.split_once(':') {
        Some(("header", name)) => {
            let name = name.trim().to_ascii_lowercase();
            // A token (RFC 9110 §5.6.2): anything else would never be found.
            if name.is_empty()
                || !name.bytes().all(|c| c.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&c))
            {
                faults.add(Fault::with(
                    pointer,
                    &BAD_FORMAT,
                    ("形如 header:Name 的写法", "something like header:Name"),
                ));
                return None;
            }
            Source::Outside(Place::Header(name))
        }
        Some(("query", name)) => Source::Outside(Place::Query(name.trim().to_owned())),
        _ => Source::Pair(text.to_owned()),
    })
}

impl Selector {
    /// Reads a text, a list of texts, `{"from": …, "all": …, "transform": […]}` or `{"value": …}`.
    pub fn parse(value: &Value, pointer: &str, faults: &mut Faults) -> Option<Self> {
        let plain =
            |sources: Vec<Source>| Self { sources, all: false, transforms: Vec::new(), constant: None };
        match value {
            Value::String(text) => source(text, pointer, faults).map(|source| plain(vec![source])),
            Value::Array(texts) if texts.len() > SOURCES_MAX => {
                faults.add(Fault::with(pointer, &TOO_MANY_ITEMS, SOURCES_MAX));
                None
            }
            Value::Array(texts) if !texts.is_empty() => {
                let mut sources = Vec::new();
                for (n, text) in texts.iter().enumerate() {
                    let at = format!("{pointer}/{n}");
                    match text.as_str() {
                        Some(text) => sources.extend(source(text, &at, faults)),
                        None => faults.add(Fault::with(at, &WRONG_TYPE, Bilingual::types(["string"]))),
                    }
                }
                Some(plain(sources))
            }
            Value::Object(members) => Self::parse_object(members, pointer, faults),
            _ => {
                faults.add(Fault::with(
                    pointer,
                    &WRONG_TYPE,
                    Bilingual::types(["string", "array", "object"]),
                ));
                None
            }
        }
    }

    fn parse_object(
        members: &serde_json::Map<String, Value>,
        pointer: &str,
        faults: &mut Faults,
    ) -> Option<Self> {
        for name in
            members.keys().filter(|name| !["from", "all", "transform", "value"].contains(&name.as_str()))
        {
            faults.add(Fault::new(
                format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")),
                &UNKNOWN_MEMBER,
            ));
        }
        if let Some(constant) = members.get("value").map(text_of) {
            if constant.chars().count() > CONSTANT_MAX {
                faults.add(Fault::with(format!("{pointer}/value"), &TOO_LONG, CONSTANT_MAX));
            }
            return Some(Self {
                sources: Vec::new(),
                all: false,
                transforms: Vec::new(),
                constant: Some(constant),
            });
        }
        let from = match members.get("from") {
            Some(from @ (Value::String(_) | Value::Array(_))) => {
                Self::parse(from, &format!("{pointer}/from"), faults)?
            }
            _ => {
                faults.add(Fault::with(
                    format!("{pointer}/from"),
                    &WRONG_TYPE,
                    Bilingual::types(["string", "array"]),
                ));
                return None;
            }
        };
        let all = match members.get("all") {
            None | Some(Value::Null) => false,
            Some(Value::Bool(all)) => *all,
            Some(_) => {
                faults.add(Fault::with(format!("{pointer}/all"), &WRONG_TYPE, Bilingual::types(["boolean"])));
                false
            }
        };
        let transforms = members.get("transform").map_or_else(Vec::new, |list| {
            Transform::parse_all(list, &format!("{pointer}/transform"), faults)
        });
        Some(Self { all, transforms, ..from })
    }

    /// Bytes that are compiled for its expressions.
    pub fn compiled_bytes(&self) -> usize {
        self.transforms.iter().fold(0, |sum, step| sum.saturating_add(step.compiled_bytes()))
    }

    /// The places outside the body that this selector reads.
    pub fn outside(&self) -> impl Iterator<Item = &Place> {
        self.sources
            .iter()
            .filter_map(|source| if let Source::Outside(place) = source { Some(place) } else { None })
    }

    /// The first of its places that gives something, or gave something that is kept as a digest only.
    pub fn first_place(&self, context: &EvalContext<'_>) -> Option<&Place> {
        let gives = |source: &&Source| match source {
            Source::Outside(place) => {
                context.raw.hidden_at(place).is_some() || self.look(source, context).is_some()
            }
            _ => self.look(source, context).is_some(),
        };
        match self.sources.iter().find(gives)? {
            Source::Outside(place) => Some(place),
            _ => None,
        }
    }

    /// The one member at the top of the document that this selector reads, if it is such.
    pub fn top_member(&self) -> Option<String> {
        match self.sources.as_slice() {
            [Source::Path(path)] => {
                let text = path.text();
                let name = text
                    .strip_prefix("$['")
                    .and_then(|rest| rest.strip_suffix("']"))
                    .or_else(|| text.strip_prefix("$."))?;
                Some(name.to_owned())
            }
            [Source::Pair(name)] => Some(name.clone()),
            _ => None,
        }
    }

    /// The first of its places that gives something.
    pub fn find(&self, context: &EvalContext<'_>) -> Option<Found> {
        if let Some(constant) = &self.constant {
            return Some(Found { text: constant.clone(), ..Found::default() });
        }
        let (mut found, mut words) = self.sources.iter().find_map(|source| self.look(source, context))?;
        for transform in &self.transforms {
            match transform.apply(&words, context.work) {
                Some(changed) => words = changed,
                None => found.transform_failed = true,
            }
        }
        found.text = joined(words.iter().map(String::as_str));
        Some(found).filter(|found| !found.text.trim().is_empty() && context.work.spend_text(found.text.len()))
    }

    fn look(&self, source: &Source, context: &EvalContext<'_>) -> Option<(Found, Vec<String>)> {
        match source {
            Source::Path(path) => self.hits(path, context),
            Source::Outside(place) => {
                let text = context.raw.at_place(place).filter(|text| !text.trim().is_empty())?;
                Some((Found::default(), vec![text]))
            }
            Source::Pair(name) => {
                let filled =
                    || context.pairs.iter().enumerate().filter(|(_, pair)| !pair.value.trim().is_empty());
                let of_name = filled().find(|(_, pair)| pair.name == *name);
                let (n, pair) = of_name
                    .or_else(|| filled().find(|(_, pair)| pair.label.as_deref() == Some(name.as_str())))?;
                Some((Found { pair: Some(n), ..Found::default() }, vec![pair.value.clone()]))
            }
        }
    }

    /// What a path hits: the first text, or all of them as far as a value may hold them.
    fn hits(&self, path: &Path, context: &EvalContext<'_>) -> Option<(Found, Vec<String>)> {
        let (mut places, mut words) = (Vec::new(), Words::default());
        for hit in path.query_located(context.document?, context.work) {
            let text = text_of(hit.node());
            if text.trim().is_empty() {
                continue;
            }
            if !context.work.spend(text.len()) || words.push(text).is_none() {
                context.work.exceed();
                break;
            }
            places.push(hit.location().to_json_pointer());
            if !self.all {
                break;
            }
        }
        let words = words.into_vec();
        (!words.is_empty()).then(|| (Found { places, ..Found::default() }, words))
    }

    /// The text that it finds.
    pub fn text(&self, context: &EvalContext<'_>) -> Option<String> {
        self.find(context).map(|found| found.text)
    }
}

#[cfg(test)]
mod tests {
    use super::super::raw::tests::raw;
    use super::*;
    use serde_json::json;

    fn find(selector: Value, document: &Value) -> Option<String> {
        let mut faults = Faults::default();
        let selector = Selector::parse(&selector, "/s", &mut faults).unwrap();
        let mut raw = raw("application/json", b"");
        raw.query = "note=%E5%A4%87%E6%B3%A8&empty=".to_owned();
        raw.headers.push(("x-wx".to_owned(), "wx1".to_owned()));
        let pairs = [Pair::new("f1", Some("单位"), "甲公司"), Pair::new("f2", None, " ")];
        selector.text(&EvalContext {
            document: Some(document),
            pairs: &pairs,
            raw: &raw,
            work: &Work::default(),
        })
    }

    #[test]
    fn a_selector_reads_paths_headers_parameters_and_pairs() {
        let document = json!({"a": {"b": ["", null, "x", "y"]}, "n": {"first": "秋", "last": "湛"},
            "m": {"full": "全名", "x": "y"}, "e": {"a": "Dana", "b": "W"}});
        for (selector, wanted) in [
            (json!("$.a.b[*]"), Some("x")),
            (json!({"from": "$.a.b[*]", "all": true}), Some("x、y")),
            (json!("$.a.b"), Some("x、y")),
            (json!("$.n"), Some("秋湛")),
            (json!("$.m"), Some("全名")),
            (json!("$.e"), Some("Dana W")),
            (json!("header:X-Wx"), Some("wx1")),
            (json!("query:note"), Some("备注")),
            (json!("query:empty"), None),
            (json!("f1"), Some("甲公司")),
            (json!("单位"), Some("甲公司")),
            (json!(["f2", "$.none", "f1"]), Some("甲公司")),
            (json!({"value": "来自展会"}), Some("来自展会")),
            (json!({"from": "query:note", "transform": [{"prefix": "→"}]}), Some("→备注")),
        ] {
            assert_eq!(find(selector.clone(), &document).as_deref(), wanted, "{selector}");
        }
    }

    #[test]
    fn every_fault_of_a_selector_is_reported() {
        let mut faults = Faults::default();
        for selector in [
            json!("$["),
            json!(["$.a[?", 5]),
            json!({"all": true}),
            json!({"from": "a", "colour": 1, "transform": ["explode"]}),
            json!(7),
            json!(""),
        ] {
            Selector::parse(&selector, "/s", &mut faults);
        }
        let error = faults.none_or(&crate::kernel::error::INVALID).unwrap_err();
        let pointers: Vec<&str> = error.field_faults().iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(pointers, ["/s", "/s/0", "/s/1", "/s/from", "/s/colour", "/s/transform/0", "/s", "/s"]);
    }
}
