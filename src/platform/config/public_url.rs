//! The public URL: the base of all links and addresses. It may have a path, which a reverse proxy strips.
//! Paths below it are defined by the rooms.

use std::net::SocketAddr;

use url::Url;

/// Where people reach this server. Addresses are composed here and nowhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    /// In the form of an Origin header: scheme, host, and the port unless it is the default.
    origin: String,
    /// Empty, or begins with a slash and ends without one.
    path: String,
}

impl PublicUrl {
    /// An http or https URL without user, query or fragment; else none.
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let is_base = matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.query().is_none()
            && url.fragment().is_none();
        let is_anonymous = url.username().is_empty() && url.password().is_none();
        let path = url.path().trim_end_matches('/');
        // `//` at the beginning of a reference would be read as a host.
        (is_base && is_anonymous && !path.starts_with("//"))
            .then(|| Self { origin: url.origin().ascii_serialization(), path: path.to_owned() })
    }

    /// The default, from the address that the server is bound to.
    pub fn of_address(bound: SocketAddr) -> Self {
        Self { origin: format!("http://{bound}"), path: String::new() }
    }

    /// Whether an address leads to this server.
    pub fn is_base_of(&self, url: &Url) -> bool {
        let below = url.path().strip_prefix(self.path.as_str());
        let Ok(own) = Url::parse(&self.origin) else { return false };
        // A name with a dot at its end is the same, and so is, as a rule, what answers at the usual ports.
        let host = |url: &Url| url.host_str().map(|host| host.trim_end_matches('.').to_owned());
        let ports = [own.port_or_known_default(), Some(80), Some(443)];
        host(&own) == host(url)
            && ports.contains(&url.port_or_known_default())
            && below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The origin (RFC 6454), to be compared with what browsers send.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The whole address of a path of this server: for mails, other sites and printed codes.
    pub fn absolute(&self, path: &str) -> String {
        format!("{}{}{path}", self.origin, self.path)
    }

    /// A path of this server as browsers request it: for links, forms and redirects of its own pages.
    pub fn local(&self, path: &str) -> String {
        format!("{}{path}", self.path)
    }
}

impl std::fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.absolute(""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_begins_with_it() {
        for (text, local, absolute) in [
            ("https://park.example", "/f/x", "https://park.example/f/x"),
            ("https://Park.example:443/", "/f/x", "https://park.example/f/x"),
            ("https://park.example/crm", "/crm/f/x", "https://park.example/crm/f/x"),
            ("http://park.example:8080/a/b/", "/a/b/f/x", "http://park.example:8080/a/b/f/x"),
        ] {
            let url = PublicUrl::parse(text).unwrap();
            assert_eq!((url.local("/f/x").as_str(), url.absolute("/f/x").as_str()), (local, absolute));
            assert!(!url.origin().ends_with('/') && absolute.starts_with(url.origin()));
        }
        let url = PublicUrl::parse("https://park.example/crm").unwrap();
        let is_ours = |text: &str| url.is_base_of(&Url::parse(text).unwrap());
        for ours in [
            "https://PARK.example:443/crm",
            "https://park.example/crm/f/x?y",
            "http://park.example/crm",
            "https://park.example./crm/",
        ] {
            assert!(is_ours(ours), "{ours}");
        }
        for other in
            ["https://park.example/crmx", "https://park.example:8443/crm", "https://a.park.example/crm"]
        {
            assert!(!is_ours(other), "{other}");
        }
        for no in [
            "ftp://a.example",
            "https://a@b.example",
            "https://a.example?x",
            "https://a.example/#x",
            "a.example",
            "https://a.example//b",
        ] {
            assert_eq!(PublicUrl::parse(no), None, "{no}");
        }
    }
}
