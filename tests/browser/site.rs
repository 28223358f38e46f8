//! Another site: one page on a port of its own, the same for every path, until the value is dropped.
//! What the page does is said by the tests.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// A site of somebody else's.
pub struct Site {
    address: SocketAddr,
    closed: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Site {
    pub fn showing(body: &str) -> Self {
        Self::with_head("", body)
    }

    pub fn with_head(head: &str, body: &str) -> Self {
        Self::of(format!(
            "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>园\
            区</title>{head}</head><body>{body}</body></html>"
        ))
    }

    /// A whole page.
    pub fn of(html: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let closed = Arc::new(AtomicBool::new(false));
        let is_closed = Arc::clone(&closed);
        let thread = std::thread::spawn(move || {
            for visitor in
                listener.incoming().map_while(Result::ok).take_while(|_| !is_closed.load(Ordering::SeqCst))
            {
                let _ = answer(visitor, &html);
            }
        });
        Self { address, closed, thread: Some(thread) }
    }

    /// As browsers write it.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }
}

fn answer(mut visitor: TcpStream, html: &str) -> std::io::Result<()> {
    // A browser may open a connection on suspicion and never say anything.
    visitor.set_read_timeout(Some(Duration::from_millis(300)))?;
    let mut asked = [0; 8192];
    if visitor.read(&mut asked)? > 0 {
        let length = html.len();
        write!(
            visitor,
            "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: \
            {length}\r\nConnection: close\r\n\r\n{html}"
        )?;
    }
    Ok(())
}

impl Drop for Site {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::SeqCst);
        // So that it looks once more.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
