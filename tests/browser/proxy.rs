//! Behind a proxy that cuts a path off: the public URL has that path, the server behind it does not know of
//! it. That every address begins with it is held in tests/api/pages.rs; here a person goes the way.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use chrono::Duration as Span;
use leaddock::platform::config::PublicUrl;
use serde_json::json;

use crate::app_at;
use crate::chromium::Visitor;
use crate::site::Site;
use crate::support::TestApp;
use crate::support::desk::INQUIRIES;
use crate::support::intake::{form, inquiries};

const PREFIX: &str = "/crm";

/// A proxy that hands on what is below its prefix, and answers 404 for everything else. It ends with the
/// process.
struct Proxy {
    address: SocketAddr,
    behind: Arc<OnceLock<SocketAddr>>,
}

impl Proxy {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let behind: Arc<OnceLock<SocketAddr>> = Arc::default();
        let known = Arc::clone(&behind);
        std::thread::spawn(move || {
            for visitor in listener.incoming().map_while(Result::ok) {
                let Some(behind) = known.get().copied() else { continue };
                std::thread::spawn(move || hand_on(visitor, behind));
            }
        });
        Self { address, behind }
    }

    /// The app that is reached through it.
    fn app(&self) -> TestApp {
        let app = app_at(PublicUrl::parse(&self.url()));
        self.behind.set(app.address.trim_start_matches("http://").parse().unwrap()).unwrap();
        app
    }

    fn url(&self) -> String {
        format!("http://{}{PREFIX}", self.address)
    }
}

/// One request on each connection.
fn hand_on(mut visitor: TcpStream, behind: SocketAddr) -> std::io::Result<()> {
    visitor.set_read_timeout(Some(Duration::from_secs(5)))?;
    let (mut asked, mut part) = (Vec::new(), [0; 8192]);
    let end = loop {
        if let Some(at) = asked.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        match visitor.read(&mut part)? {
            0 => return Ok(()),
            length => asked.extend_from_slice(&part[..length]),
        }
    };
    let head = String::from_utf8_lossy(&asked[..end]).into_owned();
    let length = head
        .lines()
        .find_map(|line| {
            line.to_ascii_lowercase()
                .strip_prefix("content-length:")
                .and_then(|text| text.trim().parse().ok())
        })
        .unwrap_or(0);
    while asked.len() < end + length {
        let more = visitor.read(&mut part)?;
        asked.extend_from_slice(&part[..more]);
    }
    let (method, rest) = head.split_once(' ').unwrap();
    let Some(inside) = rest.strip_prefix(PREFIX).filter(|inside| inside.starts_with('/')) else {
        return visitor
            .write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 7\r\nConnection: close\r\n\r\nnowhere");
    };
    let kept: Vec<&str> = inside
        .trim_end()
        .split("\r\n")
        .filter(|line| !line.to_ascii_lowercase().starts_with("connection:"))
        .collect();
    let mut server = TcpStream::connect(behind)?;
    write!(server, "{method} {}\r\nConnection: close\r\n\r\n", kept.join("\r\n"))?;
    server.write_all(&asked[end..])?;
    std::io::copy(&mut server, &mut visitor)?;
    Ok(())
}

#[test]
fn the_form_is_sent_through_it_and_every_link_stays_behind_it() {
    let proxy = Proxy::start();
    let Some(browser) = Visitor::chinese().arrives() else { return };
    let app = proxy.app();
    form(
        &app,
        json!({"key": "listed", "allowed_origins": ["https://www.example.com"],
            "fields": {"company": {"required": true}}}),
    );
    browser.open(&format!("{}/", proxy.url()));
    browser.click("a.action");
    browser.arrives_at("/crm/f/default");
    browser.write("#need", "求租厂房3000平米");
    app.advance(Span::seconds(30));
    browser.click("button");
    browser.arrives_at("/crm/f/default/thanks");
    browser.click("main a");
    browser.arrives_at("/crm/f/default");
    // Sent from the form's own origin, which has no path.
    browser.open(&format!("{}/f/listed", proxy.url()));
    browser.write("#need", "求租仓库");
    app.advance(Span::seconds(30));
    browser.click("button");
    browser.element("#company-error");
    browser.write("#company", "启澜");
    browser.click("button");
    browser.arrives_at("/crm/f/listed/thanks");
    assert_eq!(app.admin().all(INQUIRIES).len(), 2);
    browser.open(&format!("{}/f/not-there", proxy.url()));
    browser.click("main a");
    browser.arrives_at("/crm/");
}

#[test]
fn the_documentation_works_behind_it() {
    let proxy = Proxy::start();
    let Some(browser) = Visitor::chinese().arrives() else { return };
    let _app = proxy.app();
    browser.open(&format!("{}/docs", proxy.url()));
    browser.arrives_at("/crm/docs/");
    browser.element(".opblock");
    let health = browser.run_to_its_end("fetch('../healthz').then(answer => answer.json())");
    assert_eq!(health["status"], "ok");
}

#[test]
fn other_sites_show_the_form_from_behind_it() {
    let proxy = Proxy::start();
    let Some(browser) = Visitor::chinese().arrives() else { return };
    let app = proxy.app();
    let site = Site::showing(&format!(
        "<div id=spot><script async src=\"{}/f/park/embed.js\"></script></div>",
        proxy.url()
    ));
    let form = form(&app, json!({"key": "park", "allowed_origins": [site.origin()]}));
    browser.open(&site.origin());
    browser.element("#spot iframe");
    browser.enter_frame();
    browser.write("#need", "求租厂房3000平米");
    app.advance(Span::seconds(30));
    browser.click("button");
    browser.until("the inquiry", || (!inquiries(&app, &form).is_empty()).then_some(()));
    browser.leave_frame();
    browser.until("the lower frame", || {
        let [_, top, _, bottom] = browser.place("iframe");
        (bottom - top < 500.0).then_some(())
    });
}
