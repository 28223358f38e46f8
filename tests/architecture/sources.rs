//! The sources below `src/` as text, and what can be seen in them: imports, words, tables, writes.
//! Which of it is allowed is said in `../architecture.rs`.

use std::path::Path;
use std::sync::OnceLock;

/// A file of `src/`.
pub struct Source {
    pub path: String,
    pub text: String,
    /// The text with blanks in place of comments and of what stands in quotation marks.
    pub code: String,
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

pub fn sources() -> &'static [Source] {
    static SOURCES: OnceLock<Vec<Source>> = OnceLock::new();
    SOURCES.get_or_init(|| {
        let mut paths = Vec::new();
        collect(&root().join("src"), &["rs"], &mut paths);
        paths.sort();
        assert!(paths.len() > 50, "src/ was not found");
        paths.into_iter().map(Source::of).collect()
    })
}

pub fn collect(folder: &Path, extensions: &[&str], paths: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, extensions, paths);
        } else if path.extension().is_some_and(|own| extensions.iter().any(|extension| own == *extension)) {
            paths.push(path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/"));
        }
    }
}

impl Source {
    pub fn of(path: String) -> Self {
        let text = read(&path);
        let code = code_of(&text);
        Self { path, text, code }
    }

    /// The room it is in; none for lib.rs and main.rs.
    pub fn room(&self) -> Option<String> {
        let first = self.path.strip_prefix("src/")?.split('/').next()?.trim_end_matches(".rs");
        (!["lib", "main"].contains(&first)).then(|| first.to_owned())
    }

    /// The modules from the root of the crate to this file.
    pub fn modules(&self) -> Vec<&str> {
        let path = self.path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
        path.split('/').collect()
    }

    pub fn outside_tests(&self) -> Self {
        let is_test = self.path.starts_with("src/")
            && (self.path.ends_with("/tests.rs") || self.path.contains("/tests/"));
        let code = if is_test { "" } else { self.code.split("#[cfg(test)]").next().unwrap_or_default() };
        let code = code.to_owned();
        Self { path: self.path.clone(), text: self.text.clone(), code }
    }

    pub fn line(&self, number: usize) -> &str {
        self.code.lines().nth(number - 1).unwrap_or_default()
    }

    pub fn line_at(&self, position: usize) -> usize {
        self.code[..position].matches('\n').count() + 1
    }

    pub fn lines_with<'a>(&'a self, needle: &'a str) -> impl Iterator<Item = usize> + 'a {
        self.code.lines().enumerate().filter(move |(_, line)| line.contains(needle)).map(|(n, _)| n + 1)
    }

    /// The identifiers, each with its line.
    pub fn words(&self) -> impl Iterator<Item = (usize, &str)> {
        let split = |line| str::split(line, |c: char| !is_ident(c)).filter(|word| !word.is_empty());
        self.code.lines().enumerate().flat_map(move |(n, line)| split(line).map(move |word| (n + 1, word)))
    }

    /// The names at the root of the crate that it imports or calls by path, each with its line.
    pub fn imports(&self) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        for start in
            ["crate::", "super::"].iter().flat_map(|way| self.code.match_indices(way)).map(|(at, _)| at)
        {
            let before = &self.code[..start];
            if before.ends_with(is_ident) || before.ends_with("super::") {
                continue;
            }
            let mut rest = &self.code[start..];
            let mut levels = self.modules().len();
            if let Some(after) = rest.strip_prefix("crate::") {
                (rest, levels) = (after, 0);
            }
            while let Some(after) = rest.strip_prefix("super::") {
                (rest, levels) = (after, levels.wrapping_sub(1));
            }
            if levels == 0 {
                found.extend(heads(rest).into_iter().map(|head| (self.line_at(start), head)));
            }
        }
        found
    }

    /// The tables that it declares.
    pub fn tables(&self) -> Vec<String> {
        let bodies = self.code.split("table! {").skip(1);
        // The imports of the declaration end with a semicolon, its name stands before a bracket.
        bodies
            .map(|body| body.split('(').next().unwrap_or_default())
            .map(|head| last_word(head).to_owned())
            .collect()
    }

    /// The changes it makes, each with its line and the table, as far as that can be seen.
    pub fn writes(&self) -> Vec<(usize, Option<String>)> {
        let verbs = [
            "insert_into(",
            "insert_or_ignore_into(",
            "replace_into(",
            "diesel::update(",
            "diesel::delete(",
            "copy_from(",
        ];
        let calls = verbs
            .iter()
            .flat_map(|verb| self.code.match_indices(verb).map(|(at, verb)| (at, at + verb.len())));
        // In the macro of rows the table is a variable.
        let calls = calls.filter(|(_, argument)| !self.code[*argument..].starts_with("$table"));
        let calls = calls.map(|(at, argument)| (self.line_at(at), self.target(argument)));
        // The first argument of that macro is the table.
        let rows = self
            .code
            .match_indices("row!(")
            .map(|(at, verb)| (self.line_at(at), Some(first_word(&self.code[at + verb.len()..]).to_owned())));
        calls.chain(rows).collect()
    }

    /// The table that an expression at this place begins with: directly, by a local name, or by another name
    /// of the table.
    pub fn target(&self, at: usize) -> Option<String> {
        let argument = self.code[at..].trim_start();
        let word = first_word(argument);
        let mut table = if argument.starts_with(&format!("{word}::table")) {
            word.to_owned()
        } else {
            let declared = self.code[..at].rfind(&format!("let {word} ="))?;
            let statement = self.code[declared..].split(';').next()?;
            last_word(statement.split("::table").next()?).to_owned()
        };
        let renamed = format!(" as {table};");
        if let Some(end) = self.code.find(&renamed) {
            table = last_word(&self.code[..end]).to_owned();
        }
        Some(table)
    }
}

pub fn is_ident(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

pub fn first_word(text: &str) -> &str {
    text.split(|c| !is_ident(c)).next().unwrap_or_default()
}

pub fn last_word(text: &str) -> &str {
    text.trim_end().rsplit(|c| !is_ident(c)).next().unwrap_or_default()
}

/// The first names of a path, or of each path in braces.
pub fn heads(path: &str) -> Vec<String> {
    let Some(list) = path.strip_prefix('{') else { return vec![first_word(path).to_owned()] };
    let mut depth = 1;
    let mut heads = vec![String::new()];
    for c in list.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => heads.push(String::new()),
            _ if depth == 1 => heads.last_mut().unwrap().push(c),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    heads.iter().map(|head| first_word(head.trim()).to_owned()).filter(|head| !head.is_empty()).collect()
}

/// Blanks out comments, texts and single characters; line ends stay.
pub fn code_of(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let quoted = match c {
            '/' if rest.starts_with("//") => Some(rest.find('\n').unwrap_or(rest.len())),
            '/' if rest.starts_with("/*") => Some(rest.find("*/").map_or(rest.len(), |end| end + 2)),
            '"' => Some(text_length(rest)),
            'r' if !code.ends_with(is_ident) => raw_text_length(rest),
            '\'' => character_length(rest),
            _ => None,
        };
        let taken = quoted.unwrap_or(c.len_utf8());
        if quoted.is_some() {
            code.extend(rest[..taken].chars().map(|c| if c == '\n' { c } else { ' ' }));
        } else {
            code.push(c);
        }
        rest = &rest[taken..];
    }
    code
}

/// Bytes of a text in quotation marks, these included.
pub fn text_length(rest: &str) -> usize {
    let mut escaped = false;
    let end = rest.char_indices().skip(1).find(|(_, c)| {
        let ends = *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        ends
    });
    end.map_or(rest.len(), |(at, _)| at + 1)
}

/// Bytes of a raw text, if one begins here.
pub fn raw_text_length(rest: &str) -> Option<usize> {
    let hashes = rest[1..].bytes().take_while(|byte| *byte == b'#').count();
    rest[1 + hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let body = 2 + hashes;
    Some(rest[body..].find(&end).map_or(rest.len(), |at| body + at + end.len()))
}

/// Bytes of a character in single marks; none for a lifetime.
pub fn character_length(rest: &str) -> Option<usize> {
    let mut inside = rest.char_indices().skip(1);
    let (_, first) = inside.next()?;
    if first == '\\' {
        return rest[2..].char_indices().skip(1).find(|(_, c)| *c == '\'').map(|(at, _)| at + 3);
    }
    inside.next().filter(|(_, c)| *c == '\'').map(|(at, _)| at + 1)
}

#[test]
pub fn the_reader_of_sources_sees_what_is_there() {
    let text = "use crate::{inquiries::{store, list}, reports};\n// crate::cli\nlet a = \"crate::app\"; \
        let q = '\"'; \
                x::<'a>(crate::intake::f, r#\"crate::cli\"#);\nuse super::super::cli;";
    let source =
        Source { path: "src/access/tokens.rs".to_owned(), text: text.to_owned(), code: code_of(text) };
    let expected = [(1, "inquiries"), (1, "reports"), (3, "intake"), (4, "cli")]
        .map(|(line, name)| (line, name.to_owned()));
    assert_eq!(source.imports(), expected);
    let text = "let mine = users::table.filter(teams::id.eq(1));\ndiesel::update(mine).set(1);\n\
        use keys as table;\n\
                diesel::insert_into(table::table)\ndiesel::delete(row)";
    let source =
        Source { path: "src/access/store.rs".to_owned(), text: text.to_owned(), code: code_of(text) };
    let mut writes = source.writes();
    writes.sort();
    assert_eq!(writes, [(2, Some("users".to_owned())), (4, Some("keys".to_owned())), (5, None)]);
}
