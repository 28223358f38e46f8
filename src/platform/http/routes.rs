//! The methods of each path: of the OpenAPI document, and of the pages outside it.
//! What another method or path is answered with is in `document.rs`.

use serde_json::Value;

use super::openapi::METHODS;

/// A page, and its methods.
pub type Page = (&'static str, &'static [&'static str]);

/// The pages of the document itself.
const PAGES: [Page; 3] = [("/openapi.json", &["GET"]), ("/docs", &["GET"]), ("/docs/", &["GET"])];

/// The methods of each path.
pub struct Routes(Vec<(Vec<String>, Vec<String>)>);

impl Routes {
    /// Those of a document, and the pages.
    pub fn of(document: &Value, pages: &[Page]) -> Self {
        let paths = document.get("paths").and_then(Value::as_object);
        let route = |(path, item): (&String, &Value)| {
            let methods = METHODS
                .iter()
                .filter(|method| item.get(method).is_some())
                .map(|method| method.to_uppercase());
            (path.split('/').map(str::to_owned).collect(), methods.collect())
        };
        let page = |(path, methods): &Page| {
            (
                path.split('/').map(str::to_owned).collect(),
                methods.iter().map(|method| (*method).to_owned()).collect(),
            )
        };
        Self(paths.into_iter().flatten().map(route).chain(PAGES.iter().chain(pages).map(page)).collect())
    }

    /// The methods of a path; none if there is no such path.
    pub fn allowed(&self, path: &str) -> Vec<String> {
        let segments: Vec<&str> = path.split('/').collect();
        let fits = |pattern: &[String]| {
            pattern.len() == segments.len()
                && pattern
                    .iter()
                    .zip(&segments)
                    .all(|(p, s)| if p.starts_with('{') { !s.is_empty() } else { p == s })
        };
        let mut allowed: Vec<String> = Vec::new();
        for method in self.0.iter().filter(|(pattern, _)| fits(pattern)).flat_map(|(_, methods)| methods) {
            if !allowed.contains(method) {
                allowed.push(method.clone());
            }
        }
        if allowed.iter().any(|method| method == "GET") {
            allowed.push("HEAD".to_owned());
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_are_matched_by_segments() {
        let routes = Routes::of(
            &json!({"paths": {"/a/{id}": {"get": {}, "patch": {}}, "/a/b": {"post": {}}}}),
            &[("/page/{id}", &["GET"])],
        );
        assert_eq!(routes.allowed("/a/x"), ["GET", "PATCH", "HEAD"]);
        let mut allowed = routes.allowed("/a/b");
        allowed.sort();
        assert_eq!(allowed, ["GET", "HEAD", "PATCH", "POST"]);
        assert_eq!(routes.allowed("/page/x"), ["GET", "HEAD"]);
        assert!(routes.allowed("/a").is_empty() && routes.allowed("/a/").is_empty());
    }
}
