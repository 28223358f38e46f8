//! JSONPaths (RFC 9535) of a profile, with what a query may cost: refused when written, or counted when it
//! runs. What is made of the hits is `selector.rs` and `pairs.rs`.

use serde_json::Value;
use serde_json_path::{JsonPath, LocatedNode};

use super::work::Work;
use crate::kernel::error::{Fault, FaultKind, Faults, TOO_LONG};

/// Characters in a path.
const PATH_MAX: usize = 500;
/// Ways that one path may go on from a node, all its brackets together: `[0,1]['a','b']` has four.
const WAYS_MAX: usize = 10;
/// A descendant segment keeps the location of all that it passes.
const DESCENT: usize = 4;

pub static BAD_PATH: FaultKind = FaultKind::new(
    "bad_path",
    "不是有效的 JSONPath（RFC 9535）。",
    "This is not a valid JSONPath (RFC 9535).",
);
static COSTLY_PATH: FaultKind = FaultKind::new(
    "costly_path",
    "这个 JSONPath 的开销可能过大：“..” 最多一个，且不能用在 entries 内部、选项和标签里；条件中不能有 “..”、嵌套条件、match 或 search；分支最多 10 个。",
    "This JSONPath could cost too much. Use at most one `..`, and none inside entries, options and labels; \
    in a filter no `..`, no further filter, no match or search; at most 10 branches.",
);

/// A compiled path.
#[derive(Debug, Clone)]
pub struct Path {
    path: JsonPath,
    shape: Shape,
}

/// Where a path begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    Document,
    /// An entry of a list: it is asked for each, so it may not look through everything.
    Entry,
}

/// What decides how many nodes a query looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shape {
    descents: usize,
    /// It can hit more than one node.
    is_plural: bool,
    ways: usize,
    has_filter: bool,
    length: usize,
}

impl Path {
    /// Compiles a path, or adds the fault.
    pub fn parse(text: &str, start: Start, pointer: &str, faults: &mut Faults) -> Option<Self> {
        faults.keep(Self::parsed(text, start, pointer))
    }

    fn parsed(text: &str, start: Start, pointer: &str) -> Result<Self, Fault> {
        if text.chars().count() > PATH_MAX {
            return Err(Fault::with(pointer, &TOO_LONG, PATH_MAX));
        }
        let path = JsonPath::parse(text).map_err(|_| Fault::new(pointer, &BAD_PATH))?;
        let shape = Shape::of(text).filter(|shape| {
            shape.ways <= WAYS_MAX && shape.descents <= usize::from(start == Start::Document)
        });
        shape.map(|shape| Self { path, shape }).ok_or_else(|| Fault::new(pointer, &COSTLY_PATH))
    }

    /// The nodes that it hits, in order; none where the query would cost more than is left.
    pub fn query<'d>(&self, value: &'d Value, work: &Work) -> Vec<&'d Value> {
        if work.spend(self.cost(value, work.left())) { self.path.query(value).all() } else { Vec::new() }
    }

    /// The same with their places.
    pub fn query_located<'d>(&self, value: &'d Value, work: &Work) -> Vec<LocatedNode<'d>> {
        if work.spend(self.cost(value, work.left())) {
            self.path.query_located(value).into_iter().collect()
        } else {
            Vec::new()
        }
    }

    /// The text of the path in its normal form.
    pub fn text(&self) -> String {
        self.path.to_string()
    }

    /// What a query on this value costs. Beyond `enough` it is not counted to the end.
    fn cost(&self, value: &Value, enough: usize) -> usize {
        let Shape { descents, is_plural, ways, has_filter, length } = self.shape;
        if !is_plural {
            return 1;
        }
        let filter = if has_filter { length / 10 } else { 0 };
        let descent = if descents > 0 { DESCENT } else { 1 };
        nodes(value, enough)
            .saturating_mul(ways)
            .saturating_mul(descent)
            .saturating_mul(filter.saturating_add(1))
    }
}

/// Nodes of a value, itself included; once there are more than `enough`, no further ones are looked at.
fn nodes(value: &Value, enough: usize) -> usize {
    let add = |sum: usize, item: &Value| {
        if sum > enough { sum } else { sum.saturating_add(nodes(item, enough - sum)) }
    };
    match value {
        Value::Array(items) => items.iter().fold(1, add),
        Value::Object(members) => members.values().fold(1, add),
        _ => 1,
    }
}

/// One bracket that is open, or a parenthesis in a filter.
#[derive(Clone, Copy)]
enum Open {
    Bracket { ways: usize, is_filter: bool },
    Parenthesis,
}

impl Shape {
    /// The shape of a valid path; none if a filter does what may cost too much.
    fn of(text: &str) -> Option<Self> {
        let mut shape =
            Self { descents: 0, is_plural: false, ways: 1, has_filter: false, length: text.len() };
        let (mut open, mut rest): (Vec<Open>, &str) = (Vec::new(), text);
        let (mut filter_is_absolute, mut filter_is_plural) = (false, false);
        while let Some(c) = rest.chars().next() {
            let in_filter = open.iter().any(|open| matches!(open, Open::Bracket { is_filter: true, .. }));
            let behind = rest.get(c.len_utf8()..)?;
            match c {
                '\'' | '"' => {
                    rest = behind_quoted(behind, c);
                    continue;
                }
                '.' if behind.starts_with('.') => {
                    shape.descents = shape.descents.saturating_add(1);
                    if in_filter {
                        return None;
                    }
                    rest = behind.get(1..)?;
                    continue;
                }
                '*' | ':' => (shape.is_plural, filter_is_plural) = (true, filter_is_plural || in_filter),
                '$' => filter_is_absolute |= in_filter,
                '[' => open.push(Open::Bracket { ways: 1, is_filter: false }),
                ']' => {
                    if let Some(Open::Bracket { ways, .. }) = open.pop() {
                        shape.ways = shape.ways.saturating_mul(ways);
                    }
                }
                '(' => open.push(Open::Parenthesis),
                ')' => drop(open.pop()),
                ',' => {
                    if let Some(Open::Bracket { ways, .. }) = open.last_mut() {
                        *ways = ways.saturating_add(1);
                    }
                }
                '?' => {
                    // `[?a, ?b]` has two filters side by side, `[?@[?a]]` one in the other.
                    let others = open.split_last().map(|(_, others)| others).unwrap_or_default();
                    if others.iter().any(|open| matches!(open, Open::Bracket { is_filter: true, .. })) {
                        return None;
                    }
                    if let Some(Open::Bracket { is_filter, .. }) = open.last_mut() {
                        *is_filter = true;
                    }
                    shape.has_filter = true;
                }
                _ if in_filter && ["match(", "search("].iter().any(|function| rest.starts_with(function)) => {
                    return None;
                }
                _ => {}
            }
            rest = behind;
        }
        // Parsed at each node, the whole document would be looked through at each.
        if filter_is_absolute && filter_is_plural {
            return None;
        }
        shape.is_plural |= shape.descents > 0 || shape.has_filter || shape.ways > 1;
        Some(shape)
    }
}

/// What follows a quoted name.
fn behind_quoted(text: &str, quote: char) -> &str {
    let mut is_escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            c if c == quote => return text.get(at.saturating_add(c.len_utf8())..).unwrap_or_default(),
            _ => {}
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::super::work::WORK_MAX;
    use super::*;
    use serde_json::json;

    fn path(text: &str) -> Result<Path, &'static str> {
        Path::parsed(text, Start::Document, "/p").map_err(|fault| fault.kind.code)
    }

    #[test]
    fn usual_paths_are_taken() {
        for text in [
            "$",
            "$.a.b",
            "$['a..b']['[*,*]'][\"?'match(\"]",
            "$.a[*].b[*]",
            "$.a[0,1]",
            "$.a[1:3]",
            "$..email",
            "$.options[?@.checked==1].text",
            "$.a[?@.b == 'x..y' && length(@.c) > 3]",
            "$.a[?count(@.b[*]) > 1]",
            "$.a[?@.k == $.key].v",
            "$.a[?@.x, ?@.y]",
        ] {
            assert!(path(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_could_cost_too_much_is_refused_when_it_is_written() {
        for text in [
            "$..*..*",
            "$..a..b",
            "$[?@..a]",
            "$[?@[?@.a]]",
            "$..[?match(@.a, '.*')]",
            "$[?search(@.a, $.b)]",
            "$[?count($[*]) > 1]",
            "$[0,0,0,0][0,0,0,0]",
            "$[*,*,*,*,*,*,*,*,*,*,*]",
        ] {
            assert_eq!(path(text).unwrap_err(), "costly_path", "{text}");
        }
        assert_eq!(path(&format!("$.{}", "a".repeat(PATH_MAX))).unwrap_err(), "too_long");
        assert_eq!(path("$[").unwrap_err(), "bad_path");
        assert_eq!(Path::parsed("$..a", Start::Entry, "/p").unwrap_err().kind.code, "costly_path");
    }

    #[test]
    fn a_query_is_paid_before_it_runs() {
        let wide: Value = json!({"a": vec![0; 30_000], "b": {"c": 1}});
        let work = Work::default();
        assert_eq!((path("$.b.c").unwrap().query(&wide, &work), work.spent()), (vec![&json!(1)], 1));
        assert_eq!(path("$.a[*]").unwrap().query(&wide, &work).len(), 30_000);
        let spent = work.spent();
        assert!((30_000..31_000).contains(&spent), "{spent}");
        let many = path("$..*").unwrap();
        let hits = std::iter::repeat_with(|| many.query_located(&wide, &work).len()).take(100);
        assert_eq!(hits.filter(|hits| *hits > 0).count(), (WORK_MAX - spent) / (DESCENT * 30_003));
        assert!(work.is_exceeded());
    }
}
