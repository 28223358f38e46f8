//! The client's address: the peer's, or behind trusted proxies the one that they report (`X-Forwarded-For`),
//! or unknown. Limits by address are elsewhere.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use ipnet::IpNet;

/// The address of a client; none where a trusted proxy did not know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(Option<IpAddr>);

/// The rate limit key of a client: an IPv4 address, the /64 of an IPv6 address, which is what one subscriber
/// has (RFC 6177), or the one key of all clients that are unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientKey(Option<IpAddr>);

impl ClientAddress {
    /// From the peer and the lines of `X-Forwarded-For` in order. The header is trusted from a trusted proxy
    /// only, and read from the end, since each proxy appends to it: the client is the last hop that is not a
    /// trusted proxy. A hop that is not an address makes the client unknown.
    pub fn of<'a>(
        peer: Option<IpAddr>,
        forwarded: impl DoubleEndedIterator<Item = &'a [u8]>,
        trusted: &[IpNet],
    ) -> Self {
        let is_trusted = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
        let Some(mut client) = peer.map(|peer| peer.to_canonical()) else { return Self(None) };
        for hop in forwarded.rev().flat_map(|line| line.rsplit(|byte| *byte == b',')) {
            if !is_trusted(&client) {
                break;
            }
            match address_of(hop) {
                Some(address) => client = address,
                None => return Self(None),
            }
        }
        Self(Some(client))
    }

    /// From the stored text.
    pub fn from_stored(text: Option<&str>) -> Self {
        Self(text.and_then(|text| text.parse().ok()))
    }

    /// The address, where it is known.
    pub fn known(self) -> Option<IpAddr> {
        self.0
    }

    /// Whether it is a loopback address. An unknown client never is.
    pub fn is_loopback(self) -> bool {
        self.0.is_some_and(|address| address.is_loopback())
    }

    /// The key for rate limits.
    pub fn key(self) -> ClientKey {
        ClientKey(self.0.map(|address| match address {
            IpAddr::V4(_) => address,
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        }))
    }
}

impl From<IpAddr> for ClientAddress {
    fn from(address: IpAddr) -> Self {
        Self(Some(address.to_canonical()))
    }
}

impl fmt::Display for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(address) => address.fmt(f),
            None => f.write_str("unknown"),
        }
    }
}

/// The address of a hop, without its port and brackets: `203.0.113.9:4711`, `[2001:db8::1]:4711`,
/// `[2001:db8::1]`.
fn address_of(hop: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(hop).ok()?.trim_matches([' ', '\t']);
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let address = match bare {
        Some(inside) => inside.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        None => {
            text.parse::<IpAddr>().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
        }
    };
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PROXY: &str = "10.0.0.1";

    fn of(peer: &str, lines: &[&str]) -> String {
        let trusted: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        ClientAddress::of(Some(peer.parse().unwrap()), lines.iter().map(|line| line.as_bytes()), &trusted)
            .to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(of("203.0.113.9", &["1.2.3.4"]), "203.0.113.9");
        assert_eq!(of(PROXY, &["1.2.3.4, 203.0.113.9, 10.9.9.9"]), "203.0.113.9");
        assert_eq!(of(PROXY, &[]), PROXY);
        assert_eq!(of(PROXY, &["10.1.1.1, 10.2.2.2"]), "10.1.1.1", "all are ours: the first of them asks");
        assert_eq!(ClientAddress::of(None, std::iter::empty(), &[]).known(), None);
    }

    #[test]
    fn all_lines_are_one_list() {
        assert_eq!(
            of(PROXY, &["127.0.0.1", "203.0.113.9"]),
            "203.0.113.9",
            "a line of the client's own, then the proxy's"
        );
        assert_eq!(of(PROXY, &["203.0.113.9", "10.9.9.9"]), "203.0.113.9");
        assert_eq!(of(PROXY, &["1.1.1.1, 203.0.113.9", "10.9.9.9, 10.8.8.8"]), "203.0.113.9");
    }

    #[test]
    fn ports_and_brackets_are_cut_off() {
        for (hop, address) in [
            ("203.0.113.9:4711", "203.0.113.9"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            (" \t203.0.113.9 ", "203.0.113.9"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("[::ffff:203.0.113.9]:80", "203.0.113.9"),
        ] {
            assert_eq!(of(PROXY, &[hop]), address, "{hop}");
        }
        assert_eq!(of("::ffff:10.0.0.1", &["203.0.113.9"]), "203.0.113.9", "the peer is canonical, too");
        assert_eq!(of("fd00::1", &["[fd00::2]:99, 10.1.1.1:80"]), "fd00::2");
    }

    #[test]
    fn a_hop_that_is_no_address_is_nobodys() {
        for hop in [
            "unknown",
            "",
            "_hidden",
            "127.0.0.1:x",
            "[127.0.0.1]",
            "300.1.1.1",
            "localhost",
            "[::1",
            "::1]",
            "\"::1\"",
            "127.0.0.1:99999",
            "fe80::1%eth0",
        ] {
            assert_eq!(of(PROXY, &[hop]), "unknown", "{hop}");
            assert_eq!(of(PROXY, &["203.0.113.9", hop]), "unknown", "{hop}");
            assert_eq!(of(PROXY, &[hop, "203.0.113.9"]), "203.0.113.9", "what the client wrote before {hop}");
        }
        let unknown = ClientAddress(None);
        assert!(!unknown.is_loopback() && unknown.known().is_none());
        assert_eq!(
            ClientAddress::of(
                Some("10.0.0.1".parse().unwrap()),
                std::iter::once(&b"\xff"[..]),
                &["10.0.0.0/8".parse().unwrap()]
            ),
            unknown
        );
    }

    #[test]
    fn a_limit_counts_an_ipv6_subscriber_once() {
        let key = |text: &str| ClientAddress::from(text.parse::<IpAddr>().unwrap()).key();
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff:ffff:ffff:ffff"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_ne!(key("203.0.113.9"), key("203.0.113.8"));
        assert_eq!(key("::ffff:203.0.113.9"), key("203.0.113.9"));
        assert_ne!(key("::1"), ClientAddress(None).key());
    }

    proptest! {
        #[test]
        fn what_a_client_writes_changes_nothing(written in proptest::collection::vec("[ -~]{0,40}", 0..4),
            last in any::<u32>()) {
            let last = std::net::Ipv4Addr::from(last);
            prop_assume!(last.octets()[0] != 10);
            let lines: Vec<String> = written.into_iter().chain([last.to_string()]).collect();
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            prop_assert_eq!(of(PROXY, &lines), last.to_string());
        }
    }
}
