//! Who a request is answered for: a person at a browser, whose errors are pages, or a program, whose errors
//! are problem+json. Decided once, by the area of the path, before anything is handled.
//! What an error looks like is in `page.rs` and `problem.rs`.

use actix_web::HttpRequest;

/// Who is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    Person,
    Program,
}

/// Who asks below a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Area {
    People,
    Programs,
}

/// The areas of an app: how the paths in each begin. What is in none is for both: a browser's navigation is
/// a person's.
pub type Areas = &'static [(&'static str, Area)];

impl Audience {
    pub fn of(request: &HttpRequest, areas: Areas) -> Self {
        let area = areas.iter().find(|(begin, _)| request.path().starts_with(begin)).map(|(_, area)| area);
        let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
        match area {
            Some(Area::People) => Self::Person,
            None if is_navigation(header) => Self::Person,
            None | Some(Area::Programs) => Self::Program,
        }
    }
}

/// Whether these headers are of a browser navigation and not of a script's request (Fetch Metadata Request
/// Headers).
pub fn is_navigation<'h>(header: impl Fn(&str) -> Option<&'h str>) -> bool {
    let by_script = header("x-requested-with").is_some_and(|by| by.eq_ignore_ascii_case("xmlhttprequest"));
    let goes_there = matches!(header("sec-fetch-mode"), None | Some("" | "navigate"));
    header("accept").is_some_and(|accept| accept.contains("text/html")) && goes_there && !by_script
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    const AREAS: Areas = &[("/api/", Area::Programs), ("/pages/", Area::People)];

    #[test]
    fn the_scope_says_who_is_answered_and_elsewhere_the_headers() {
        let audience = |path: &str, accept: &str| {
            let request = TestRequest::with_uri(path).insert_header(("Accept", accept)).to_http_request();
            Audience::of(&request, AREAS)
        };
        for accept in ["text/html,*/*;q=0.8", "application/json", "*/*"] {
            assert_eq!(audience("/api/v1/inquiries", accept), Audience::Program, "{accept}");
            assert_eq!(audience("/pages/one", accept), Audience::Person, "{accept}");
        }
        assert_eq!(audience("/f/default", "text/html,*/*;q=0.8"), Audience::Person);
        assert_eq!(audience("/f/default", "*/*"), Audience::Program);
    }
}
