//! Reads an SVG back, strictly, so that tests can judge what is in it.
//! The tests are in `tests.rs`; no product code uses this.

#[derive(Debug, Clone)]
pub struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    /// Directly in it.
    pub text: String,
}

impl Element {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub fn number(&self, name: &str) -> f64 {
        self.get(name).unwrap_or_else(|| panic!("{name} of {self:?}")).parse().unwrap()
    }
}

fn unescape(text: &str) -> String {
    assert!(!text.contains('<') && !text.contains('>'), "{text}");
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let (entity, after) = after.split_once(';').unwrap();
        out.push(match entity {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            _ => char::from_u32(entity.strip_prefix('#').unwrap().parse().unwrap()).unwrap(),
        });
        rest = after;
    }
    out.push_str(rest);
    let is_xml = |c: char| matches!(c, '\n' | '\u{20}'..='\u{7e}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..);
    assert!(out.chars().all(is_xml), "{out:?}");
    out
}

fn attributes(mut rest: &str) -> Vec<(String, String)> {
    let mut attributes: Vec<(String, String)> = Vec::new();
    while !rest.trim().is_empty() {
        assert!(rest.starts_with(' '), "{rest}");
        let (name, after) = rest.trim_start().split_once("=\"").unwrap();
        let (value, after) = after.split_once('"').unwrap();
        assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-:".contains(&byte)), "{name}");
        assert!(attributes.iter().all(|(known, _)| known != name), "{name} twice");
        attributes.push((name.to_owned(), unescape(value)));
        rest = after;
    }
    attributes
}

/// All elements in their order. Panics unless the document is well-formed.
pub fn read(svg: &str) -> Vec<Element> {
    let mut rest = svg.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").unwrap_or(svg);
    let mut elements: Vec<Element> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    while let Some((before, after)) = rest.split_once('<') {
        if let Some(index) = open.last() {
            elements[*index].text.push_str(&unescape(before));
        } else {
            assert!(before.trim().is_empty(), "text outside the root: {before}");
        }
        let (tag, after) = after.split_once('>').unwrap();
        if let Some(name) = tag.strip_prefix('/') {
            let index = open.pop().unwrap();
            assert_eq!(elements[index].name, name);
        } else {
            let inner = tag.strip_suffix('/').unwrap_or(tag);
            let end = inner.find(' ').unwrap_or(inner.len());
            let (name, of_name) = inner.split_at(end);
            assert!(!open.is_empty() || elements.is_empty(), "a second root");
            let attributes = attributes(of_name);
            elements.push(Element { name: name.to_owned(), attributes, text: String::new() });
            if inner == tag {
                open.push(elements.len() - 1);
            }
        }
        rest = after;
    }
    assert!(open.is_empty() && rest.trim().is_empty());
    elements
}
