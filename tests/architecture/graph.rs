//! The graph of the files of `src/`: which file names something that another one declares, by the syntax
//! tree. Declaring a module and re-exporting a name are no edges: a name counts where it is declared. Which
//! graphs are allowed is in `../architecture.rs`.

use std::collections::{BTreeMap, BTreeSet};

use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};

use crate::sources::{Source, sources};

/// Each file with the files that it depends on.
pub type Graph = BTreeMap<String, BTreeSet<String>>;

/// The files of the crate by their module paths, and the names that each re-exports.
pub struct Modules {
    files: BTreeMap<Vec<String>, String>,
    exports: BTreeMap<Vec<String>, Vec<(String, Vec<String>)>>,
}

impl Modules {
    fn of(sources: &[Source]) -> Self {
        let path = |source: &Source| source.modules().into_iter().map(str::to_owned).collect::<Vec<_>>();
        let files = sources.iter().map(|source| (path(source), source.path.clone())).collect();
        let mut modules = Self { files, exports: BTreeMap::new() };
        for source in sources {
            let file =
                syn::parse_file(&source.text).unwrap_or_else(|error| panic!("{}: {error}", source.path));
            let public = file.items.iter().filter_map(|item| match item {
                syn::Item::Use(item) if !matches!(item.vis, syn::Visibility::Inherited) => Some(item),
                _ => None,
            });
            let here = path(source);
            let all = public.flat_map(|item| names(&item.tree)).filter_map(|name| {
                let last = name.last()?.clone();
                Some((last, modules.absolute(&here, &name)?))
            });
            let all = all.collect();
            modules.exports.insert(here, all);
        }
        modules
    }

    /// A path from the root of the crate; none for one of another crate.
    fn absolute(&self, here: &[String], path: &[String]) -> Option<Vec<String>> {
        let (mut base, mut rest) = match path.first()?.as_str() {
            "crate" => (Vec::new(), &path[1..]),
            "self" => (here.to_vec(), &path[1..]),
            "super" => (here.to_vec(), path),
            child if self.files.contains_key(&[here, &[child.to_owned()]].concat()) => (here.to_vec(), path),
            _ => return None,
        };
        while let Some(("super", after)) = rest.split_first().map(|(first, after)| (first.as_str(), after)) {
            base.pop()?;
            rest = after;
        }
        base.extend_from_slice(rest);
        Some(base)
    }

    /// The file in which what a path names is declared.
    fn file_of(&self, path: &[String]) -> Option<&str> {
        self.declared(path, 0)
    }

    fn declared(&self, path: &[String], depth: usize) -> Option<&str> {
        let length = (0..=path.len()).rev().find(|length| self.files.contains_key(&path[..*length]))?;
        let (module, rest) = path.split_at(length);
        if let Some(name) = rest.first().filter(|_| depth < 8)
            && let Some((_, target)) = self.exports.get(module)?.iter().find(|(known, _)| known == name)
        {
            return self.declared(target, depth + 1);
        }
        self.files.get(module).map(String::as_str)
    }
}

/// The paths that a `use` names.
fn names(tree: &syn::UseTree) -> Vec<Vec<String>> {
    match tree {
        syn::UseTree::Path(path) => {
            let under = names(&path.tree).into_iter();
            under.map(|rest| [vec![path.ident.to_string()], rest].concat()).collect()
        }
        syn::UseTree::Name(name) if name.ident == "self" => vec![Vec::new()],
        syn::UseTree::Name(name) => vec![vec![name.ident.to_string()]],
        syn::UseTree::Rename(name) if name.ident == "self" => vec![Vec::new()],
        syn::UseTree::Rename(name) => vec![vec![name.ident.to_string()]],
        syn::UseTree::Glob(_) => vec![Vec::new()],
        syn::UseTree::Group(group) => group.items.iter().flat_map(names).collect(),
    }
}

/// The paths of a file outside its tests, with the names that it imported written out.
struct Paths<'m> {
    modules: &'m Modules,
    here: Vec<String>,
    imported: BTreeMap<String, Vec<String>>,
    found: BTreeSet<Vec<String>>,
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Ident>().is_ok_and(|argument| argument == "test")
    })
}

impl<'ast> Visit<'ast> for Paths<'_> {
    /// A macro is looked into where its arguments are expressions.
    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        let arguments = item.parse_body_with(Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated);
        for argument in arguments.into_iter().flatten() {
            Paths::visit_expr(self, &argument);
        }
        visit::visit_macro(self, item);
    }

    /// Who may see a name is no use of it.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if !matches!(item.vis, syn::Visibility::Inherited) || is_test(&item.attrs) {
            return;
        }
        for name in names(&item.tree) {
            if let Some(path) = self.modules.absolute(&self.here, &name) {
                if let Some(last) = name.last() {
                    self.imported.insert(last.clone(), path.clone());
                }
                self.found.insert(path);
            }
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        let absolute = match segments.first().and_then(|first| self.imported.get(first)) {
            Some(base) => Some([base.as_slice(), &segments[1..]].concat()),
            None => self.modules.absolute(&self.here, &segments),
        };
        self.found.extend(absolute.filter(|path| !path.is_empty()));
        visit::visit_path(self, path);
    }
}

/// Whether a file has anything but modules and re-exports.
pub fn has_logic(text: &str) -> bool {
    let items = syn::parse_file(text).unwrap().items;
    items.iter().any(|item| match item {
        syn::Item::Mod(item) => item.content.is_some(),
        syn::Item::Use(item) => matches!(item.vis, syn::Visibility::Inherited),
        _ => true,
    })
}

/// The graph of all files.
pub fn graph() -> Graph {
    let sources = sources();
    let modules = Modules::of(sources);
    let edges = sources.iter().filter(|source| !source.path.ends_with("/tests.rs")).map(|source| {
        let file = syn::parse_file(&source.text).unwrap();
        let here = source.modules().into_iter().map(str::to_owned).collect();
        let mut paths = Paths { modules: &modules, here, imported: BTreeMap::new(), found: BTreeSet::new() };
        paths.visit_file(&file);
        let files = paths.found.iter().filter_map(|path| modules.file_of(path));
        let others = files.filter(|file| *file != source.path).map(str::to_owned);
        (source.path.clone(), others.collect())
    });
    edges.collect()
}

/// The circles of a graph: files that depend on each other, over however many others.
pub fn circles(graph: &Graph) -> Vec<BTreeSet<String>> {
    let reachable: BTreeMap<&str, BTreeSet<&str>> =
        graph.keys().map(|file| (file.as_str(), reached(graph, file))).collect();
    let mut circles: Vec<BTreeSet<String>> = Vec::new();
    for (file, reached) in &reachable {
        let circle: BTreeSet<String> = reached
            .iter()
            .filter(|other| reachable.get(*other).is_some_and(|back| back.contains(file)))
            .map(|other| (*other).to_owned())
            .collect();
        if !circle.is_empty() && !circles.contains(&circle) {
            circles.push(circle);
        }
    }
    circles
}

fn reached<'g>(graph: &'g Graph, from: &str) -> BTreeSet<&'g str> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&str> = graph.get(from).into_iter().flatten().map(String::as_str).collect();
    while let Some(file) = next.pop() {
        if reached.insert(file) {
            next.extend(graph.get(file).into_iter().flatten().map(String::as_str));
        }
    }
    reached
}
