//! Posts to an address, within ten seconds, without following redirects, and reads a bounded part of the
//! answer. An address is looked at where the connection is made, so that no name can change in between.

use std::error::Error as StdError;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use rustls::{ClientConfig, RootCertStore};
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::address::{AddressPolicy, is_public, may_be_public};
use crate::kernel::error::{Error, Result};

/// From the first look-up to the last byte that is read.
const ANSWERED_WITHIN: Duration = Duration::from_secs(10);
const CONNECTED_WITHIN: Duration = Duration::from_secs(5);
/// Bytes of an answer that are read.
const ANSWER_MAX: usize = 64 * 1024;
/// Connections to one host that are kept for the next post, and for how long; a target has as many at once.
const IDLE_MAX: usize = 4;
const IDLE_FOR: Duration = Duration::from_secs(30);
/// Code points of the reason of a failure.
const WORDS_MAX: usize = 200;

/// What is posted.
pub struct Post {
    pub url: Url,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

/// An answer: its status, and the beginning of its body.
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

/// Why there is no answer. The words name no address: that may hold a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PostFailure {
    /// The address is not on the public internet, and nobody was asked.
    Private,
    /// No connection came about.
    Unreachable(String),
    /// It did not answer in time.
    Silent,
    /// The connection ended before the answer.
    Cut(String),
}

impl PostFailure {
    pub fn words(&self) -> String {
        match self {
            Self::Private => "the address is not on the public internet".to_owned(),
            Self::Unreachable(why) => format!("it cannot be reached: {why}"),
            Self::Silent => "it did not answer in time".to_owned(),
            Self::Cut(why) => format!("the connection ended before the answer: {why}"),
        }
    }
}

/// Posts to addresses. Cloning gives another handle.
#[derive(Clone)]
pub struct Outbound {
    client: reqwest::Client,
    policy: AddressPolicy,
}

impl Outbound {
    pub fn new(policy: AddressPolicy) -> Result<Self> {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls()?)
            .dns_resolver(Arc::new(Resolver { policy }))
            .redirect(Policy::none())
            .referer(false)
            .no_proxy()
            .http1_only()
            .connect_timeout(CONNECTED_WITHIN)
            .pool_max_idle_per_host(IDLE_MAX)
            .pool_idle_timeout(IDLE_FOR)
            .user_agent(concat!("Leaddock/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(Error::internal)?;
        Ok(Self { client, policy })
    }

    pub fn policy(&self) -> AddressPolicy {
        self.policy
    }

    /// Posts, and returns what was answered.
    pub async fn post(&self, post: Post) -> std::result::Result<Answer, PostFailure> {
        // A host that is a number is not looked up.
        if self.policy == AddressPolicy::PublicOnly && !may_be_public(&post.url) {
            return Err(PostFailure::Private);
        }
        let end = Instant::now() + ANSWERED_WITHIN;
        let mut headers = HeaderMap::new();
        for (name, value) in post.headers {
            let value = HeaderValue::try_from(value).map_err(|_| PostFailure::Cut("a header".to_owned()))?;
            headers.insert(HeaderName::from_static(name), value);
        }
        let sending = self.client.post(post.url).headers(headers).body(post.body).send();
        let mut response = match timeout_at(end, sending).await {
            Ok(response) => response.map_err(failure)?,
            Err(_) => return Err(PostFailure::Silent),
        };
        let mut body = Vec::new();
        // Whatever becomes of its body, its status has been answered.
        while body.len() < ANSWER_MAX
            && let Ok(Ok(Some(chunk))) = timeout_at(end, response.chunk()).await
        {
            let left = ANSWER_MAX.saturating_sub(body.len());
            body.extend(chunk.iter().take(left));
        }
        Ok(Answer { status: response.status().as_u16(), body })
    }
}

/// The certificates of the system, and those of Mozilla where it has none.
fn tls() -> Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(Error::internal)?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// Looks names up, and gives no address that may not be posted to.
struct Resolver {
    policy: AddressPolicy,
}

/// A name has only addresses that may not be posted to.
#[derive(Debug, thiserror::Error)]
#[error("the address is not on the public internet")]
struct NotPublic;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = self.policy;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let usable: Vec<SocketAddr> = found
                .into_iter()
                .filter(|address| policy == AddressPolicy::Any || is_public(address.ip()))
                .collect();
            if usable.is_empty() {
                return Err(NotPublic.into());
            }
            let addresses: Addrs = Box::new(usable.into_iter());
            Ok(addresses)
        })
    }
}

fn failure(error: reqwest::Error) -> PostFailure {
    let error = error.without_url();
    let mut deepest: &dyn StdError = &error;
    while let Some(cause) = deepest.source() {
        if cause.is::<NotPublic>() {
            return PostFailure::Private;
        }
        deepest = cause;
    }
    if error.is_timeout() {
        return PostFailure::Silent;
    }
    let words = crate::kernel::text::cut(deepest.to_string(), WORDS_MAX);
    if error.is_connect() { PostFailure::Unreachable(words) } else { PostFailure::Cut(words) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    /// A server for one connection, which answers this and then says what it was asked.
    fn server(answer: &'static [u8]) -> (Url, std::thread::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = Url::parse(&format!("http://{}/x?y=1", listener.local_addr().unwrap())).unwrap();
        let asked = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = Vec::new();
            let mut part = [0; 4096];
            while !asked.ends_with(b"{\"a\":1}") {
                let read = stream.read(&mut part).unwrap();
                asked.extend(&part[..read]);
            }
            let _ = stream.write_all(answer);
            String::from_utf8(asked).unwrap()
        });
        (url, asked)
    }

    fn post(url: Url) -> Post {
        Post {
            url,
            headers: vec![("content-type", "application/json".to_owned())],
            body: b"{\"a\":1}".to_vec(),
        }
    }

    #[tokio::test]
    async fn an_answer_is_read_as_far_as_it_is_bounded() {
        let long: &'static [u8] = Box::leak(
            [
                b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 10000000\r\n\r\n"
                    .to_vec(),
                vec![b'x'; 1_000_000],
            ]
            .concat()
            .into_boxed_slice(),
        );
        let (url, asked) = server(long);
        let answer = Outbound::new(AddressPolicy::Any).unwrap().post(post(url)).await.ok().unwrap();
        assert_eq!((answer.status, answer.body.len()), (302, ANSWER_MAX));
        let asked = asked.join().unwrap().to_lowercase();
        assert!(
            asked.starts_with("post /x?y=1 http/1.1\r\n") && asked.contains("user-agent: leaddock/"),
            "{asked}"
        );
    }

    #[tokio::test]
    async fn a_connection_that_ends_or_never_was_is_a_failure() {
        let (url, _asked) = server(b"");
        let outbound = Outbound::new(AddressPolicy::Any).unwrap();
        assert!(matches!(outbound.post(post(url)).await, Err(PostFailure::Cut(_))));
        let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let url = Url::parse(&format!("http://{nobody}/secret")).unwrap();
        let Err(PostFailure::Unreachable(words)) = outbound.post(post(url)).await else { panic!("reached") };
        assert!(!words.contains("secret"));
    }

    #[tokio::test]
    async fn a_name_is_looked_at_where_the_connection_is_made() {
        let outbound = Outbound::new(AddressPolicy::PublicOnly).unwrap();
        for url in ["http://127.0.0.1:1/", "http://localhost:1/"] {
            assert_eq!(outbound.post(post(Url::parse(url).unwrap())).await.err(), Some(PostFailure::Private));
        }
        // A name that does not look private.
        let resolved =
            Resolver { policy: AddressPolicy::PublicOnly }.resolve("localhost".parse().unwrap()).await;
        assert!(resolved.is_err_and(|error| error.is::<NotPublic>()));
    }
}
