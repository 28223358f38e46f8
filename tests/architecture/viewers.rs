//! No record is shown without saying to whom: functions that are handed one, by the syntax tree. The other
//! rules are in `../architecture.rs`.

use syn::visit::{self, Visit};

use crate::sources::{Source, sources};
use crate::verdict;

/// Files that make answers and messages of records, and the records that are not shown to everybody alike.
const SHOWN_IN: &[&str] = &["/api.rs", "/view.rs", "/pages.rs", "/messages.rs", "/api/"];
const RECORDS: &[&str] =
    &["Inquiry", "StoredInquiry", "FollowUp", "FollowUpWithOwner", "Event", "Repeated", "Receipt"];

#[test]
fn nothing_is_shown_without_a_viewer() {
    let shows = |source: &&Source| SHOWN_IN.iter().any(|place| source.path.contains(place));
    let shown: Vec<&Source> = sources().iter().filter(shows).collect();
    assert!(shown.len() > 10, "the files that show records were not found");
    let faults = shown.iter().flat_map(|source| {
        let found = shown_to_nobody(&source.text, RECORDS);
        found.into_iter().map(|name| format!("{} fn {name}", source.path))
    });
    verdict(
        "a record is shown to somebody: take it as `Seen<…>` (`viewer.sees(record)`), or with its `&Viewer`",
        faults.collect(),
    );
    let text = "fn a(x: &Inquiry) {} fn b(x: Seen<Inquiry>) {} fn c(x: Option<Event>, v: &Viewer) {} \
        impl From<Event> for View { fn from(x: Event) -> Self {} } m! { fn d(x: Inquiry) {} fn e(y: i64) {} }";
    assert_eq!(shown_to_nobody(text, RECORDS), ["a", "from", "d"]);
}

/// The functions of a file that take one of these records, neither seen nor with its viewer beside it.
fn shown_to_nobody(text: &str, records: &[&str]) -> Vec<String> {
    let mut functions =
        Functions { records: records.iter().map(|name| (*name).to_owned()).collect(), found: Vec::new() };
    functions.visit_file(&syn::parse_file(text).unwrap());
    functions.found
}

struct Functions {
    records: Vec<String>,
    found: Vec<String>,
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        let mut types = Types { records: &self.records, record: false, viewer: false };
        for input in &signature.inputs {
            types.visit_fn_arg(input);
        }
        if types.record && !types.viewer {
            self.found.push(signature.ident.to_string());
        }
        visit::visit_signature(self, signature);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        // What a macro declares is no syntax tree yet: the bodies of its functions are looked at one by one.
        let declared = call.tokens.to_string();
        for rest in declared.split("fn ").skip(1) {
            let Some((name, inputs)) = rest.split_once('(') else { continue };
            let inputs = inputs.split(')').next().unwrap_or_default();
            let plain = inputs.replace(' ', "");
            let bare =
                |record: &String| plain.split([',', '&']).any(|part| part.ends_with(&format!(":{record}")));
            if self.records.iter().any(bare) && !plain.contains("Viewer") {
                self.found.push(name.trim().to_owned());
            }
        }
    }
}

struct Types<'a> {
    records: &'a [String],
    record: bool,
    viewer: bool,
}

impl<'ast> Visit<'ast> for Types<'_> {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        // The kind of an id is named like its record.
        if path.segments.first().is_some_and(|first| first.ident != "kind") {
            visit::visit_path(self, path);
        }
    }

    fn visit_path_segment(&mut self, segment: &'ast syn::PathSegment) {
        match segment.ident.to_string().as_str() {
            "Seen" => {}
            "Viewer" => self.viewer = true,
            name => {
                self.record |= self.records.iter().any(|record| record == name);
                visit::visit_path_segment(self, segment);
            }
        }
    }
}
