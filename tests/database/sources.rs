//! What the sources declare: the tables for diesel, and the migrations.
//! Read as text, because most of it is private to its room.

use std::path::{Path, PathBuf};

use leaddock::inquiries::items::Item;

/// A column as diesel knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub table: String,
    pub name: String,
    /// The SQL type, without `Nullable`.
    pub kind: String,
    pub nullable: bool,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folders of the migrations of one database.
pub fn migrations(database: &str) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(root().join("migrations").join(database))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.sort();
    folders
}

/// Every column of every `table!`.
pub fn columns() -> Vec<Column> {
    let mut files = Vec::new();
    collect(&root().join("src"), &mut files);
    let declarations = files
        .iter()
        .flat_map(|text| text.split("diesel::table! {").skip(1).map(of_table).collect::<Vec<_>>());
    declarations.flatten().collect()
}

fn collect(folder: &Path, files: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(std::fs::read_to_string(path).unwrap());
        }
    }
}

/// The columns of one declaration: `… name (key) { column -> Type, … } }`. `$($name -> Type,)+` is one for
/// each item of an inquiry.
fn of_table(declaration: &str) -> Vec<Column> {
    let (head, body) = declaration.split_once(") {").unwrap();
    let table = head.rsplit_once(" (").unwrap().0.rsplit(char::is_whitespace).next().unwrap();
    let lines = body.split_once('}').unwrap().0.lines().flat_map(|line| {
        match line.trim().strip_prefix("$($name -> ").and_then(|line| line.strip_suffix(",)+")) {
            Some(kind) => Item::ALL.iter().map(|item| (item.word(), kind)).collect(),
            None => Vec::from_iter(line.trim().trim_end_matches(',').split_once(" -> ")),
        }
    });
    let column = |(name, kind): (&str, &str)| {
        let inner = kind.strip_prefix("Nullable<").and_then(|kind| kind.strip_suffix('>'));
        Column {
            table: table.to_owned(),
            name: name.to_owned(),
            kind: inner.unwrap_or(kind).to_owned(),
            nullable: inner.is_some(),
        }
    };
    lines.map(column).collect()
}
