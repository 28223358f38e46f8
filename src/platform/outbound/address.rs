//! Which addresses may be posted to: plain web addresses, and unless the settings say otherwise only those on
//! the public internet. Names are looked up, and looked at once more, when connecting: `client.rs`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use crate::kernel::error::FaultKind;
use crate::platform::config::Webhooks;

/// Code points of an address.
const ADDRESS_MAX: usize = 2_048;
/// Mail servers answer there.
const SMTP_PORT: u16 = 25;

static BAD_URL: FaultKind = FaultKind::new(
    "bad_url",
    "需为 http:// 或 https:// 地址，不含用户名和密码，端口不能是 25。",
    "It must be an http:// or https:// address without a user name or password, and not on port 25.",
);

static PRIVATE_HOST: FaultKind = FaultKind::new(
    "private_host",
    "不能使用本机、内网或其他保留地址。",
    "Addresses of this machine, of private networks, and other special ones are not allowed.",
);

/// Whether private addresses may be posted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressPolicy {
    PublicOnly,
    Any,
}

impl AddressPolicy {
    /// The policy that the settings say.
    pub fn of(settings: &Webhooks) -> Self {
        if settings.allow_private_hosts { Self::Any } else { Self::PublicOnly }
    }
}

/// Reads an address that somebody wrote, or says what is wrong with it.
pub fn parse_address(text: &str, policy: AddressPolicy) -> Result<Url, &'static FaultKind> {
    let is_plain = |c: char| !c.is_control() && !c.is_whitespace() && c != '\\';
    if text.chars().count() > ADDRESS_MAX || !text.chars().all(is_plain) {
        return Err(&BAD_URL);
    }
    // Parsers forgive a third slash.
    let (_, behind) = text.split_once("://").ok_or(&BAD_URL)?;
    if behind.starts_with('/') {
        return Err(&BAD_URL);
    }
    let url = Url::parse(text).map_err(|_| &BAD_URL)?;
    let is_web = matches!(url.scheme(), "http" | "https");
    let has_user = !url.username().is_empty() || url.password().is_some();
    if !is_web || has_user || url.port() == Some(SMTP_PORT) || url.port() == Some(0) {
        return Err(&BAD_URL);
    }
    if policy == AddressPolicy::PublicOnly && !may_be_public(&url) {
        return Err(&PRIVATE_HOST);
    }
    Ok(url)
}

/// An address without what opens it: its host.
pub fn shown_address(text: &str) -> String {
    let url = Url::parse(text).ok();
    let host = url.as_ref().and_then(|url| Some((url, url.host_str()?)));
    match host {
        Some((url, host)) => match url.port() {
            Some(port) => format!("{}://{host}:{port}/…", url.scheme()),
            None => format!("{}://{host}/…", url.scheme()),
        },
        None => "…".to_owned(),
    }
}

/// Whether its host may be on the public internet, as far as can be seen without looking it up.
pub(super) fn may_be_public(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => is_public(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => is_public(IpAddr::V6(address)),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            let is_local = |suffix: &str| {
                name.strip_suffix(suffix).is_some_and(|front| front.is_empty() || front.ends_with('.'))
            };
            !name.is_empty() && !["localhost", "local", "internal", "home.arpa"].into_iter().any(is_local)
        }
        None => false,
    }
}

/// Whether an address is on the public internet: none of the special-purpose ones of the IANA registries
/// (RFC 6890), and no multicast.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = matches!(
        (a, b, c),
        (0 | 10 | 127, ..)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 0, 0 | 2)
            | (192, 31, 196)
            | (192, 52, 193)
            | (192, 88, 99)
            | (192, 168, _)
            | (192, 175, 48)
            | (198, 18..=19, _)
            | (198, 51, 100)
            | (203, 0, 113)
            | (224..=255, ..)
    );
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    // Those that hold an address of the other kind are what that one is.
    if let Some(inside) = address.to_ipv4_mapped() {
        return is_public_v4(inside);
    }
    let segments = address.segments();
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match segments {
        // NAT64 (RFC 6052) and 6to4 (RFC 3056).
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        [0x2002, high, low, ..] => embedded(high, low),
        // Protocol assignments, among them Teredo; documentation.
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => false,
        // Global unicast is all that is left.
        [first, ..] => (0x2000..=0x3fff).contains(&first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_the_host_of_an_address_is_shown() {
        for (url, shown) in [
            ("https://oapi.dingtalk.com/robot/send?access_token=x", "https://oapi.dingtalk.com/…"),
            ("http://127.0.0.1:81/cgi-bin?key=1", "http://127.0.0.1:81/…"),
            ("?", "…"),
        ] {
            assert_eq!(shown_address(url), shown);
        }
    }

    fn fault(text: &str) -> Option<&'static str> {
        parse_address(text, AddressPolicy::PublicOnly).err().map(|kind| kind.code)
    }

    #[test]
    fn special_addresses_are_refused_in_every_spelling() {
        for host in [
            "127.0.0.1",
            "localhost",
            "LOCALHOST",
            "localhost.",
            "a.localhost",
            "printer.local",
            "[::1]",
            "[::]",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "2130706433",
            "0x7f.1",
            "0177.0.0.1",
            "127.1",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[fe80::1]",
            "[fc00::1]",
            "[64:ff9b::7f00:1]",
            "[64:ff9b:1::1]",
            "[2002:7f00:1::]",
            "①②⑦.0.0.1",
            "１２７.0.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "[ff02::1]",
            "[2001::1]",
            "[2001:db8::1]",
            "0",
            "metadata.google.internal",
        ] {
            assert_eq!(fault(&format!("http://{host}/x")), Some("private_host"), "{host}");
            assert!(parse_address(&format!("http://{host}/x"), AddressPolicy::Any).is_ok(), "{host}");
        }
    }

    #[test]
    fn public_ones_are_taken() {
        for url in [
            "https://hooks.example.com/a?b=c",
            "http://hooks.example.com:8080/",
            "https://1.1.1.1/",
            "https://172.32.0.1/",
            "https://[2606:4700:4700::1111]/",
            "https://[64:ff9b::101:101]/",
            "https://例子.公司/钩子",
            "https://localhost.example.com/",
        ] {
            assert_eq!(fault(url), None, "{url}");
        }
    }

    #[test]
    fn only_plain_web_addresses_are_taken() {
        for url in [
            "",
            "ftp://hooks.example.com/",
            "file:///etc/passwd",
            "gopher://hooks.example.com/",
            "javascript:alert(1)",
            "http://user:pw@hooks.example.com/",
            "http://user@hooks.example.com/",
            "https://hooks.example.com:25/",
            "https://hooks.example.com:0/",
            "hooks.example.com",
            "http:///x",
            "http://a b/",
            "http://",
            "https://hooks.example.com/\r\nX: y",
            "https://hooks.example.com\\@127.0.0.1/",
            "//hooks.example.com/",
        ] {
            assert_eq!(fault(url), Some("bad_url"), "{url}");
        }
        assert_eq!(fault(&format!("https://example.com/{}", "a".repeat(ADDRESS_MAX))), Some("bad_url"));
    }
}
