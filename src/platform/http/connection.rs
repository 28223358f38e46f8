//! A client's connection: without HTTP pipelining, and with a minimum data rate against slow-read attacks and
//! slowloris. It passes on one request at a time, and is reset if its client hardly reads the answer or does
//! not finish its request. How long a handler may take is decided in `middleware.rs`; where a request
//! ends, in `framing.rs`.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

use super::flow::{Due, Flow};
use super::framing::{Body, ChunksEnd, HeadEnd};

/// Bytes a second that a client must read, once it is behind and has used up its `stall`.
const MIN_RATE: u32 = 1 << 10;

/// `TCP_NOTSENT_LOWAT`: bytes the kernel holds that the client has no room for. With more, its reading
/// speed could not be measured.
#[cfg(target_os = "linux")]
const NOTSENT_LOWAT: u32 = 32 << 10;

/// How slow a client may be.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long it may be behind in reading; reading faster than `MIN_RATE` makes up for it.
    pub stall: Duration,
    /// How long a request may take to come, from the connection's beginning or the last byte of the answer
    /// before, to the end of its head.
    pub head: Duration,
    /// How long it may then take until the first byte of its answer, and between two bytes of it.
    pub answer: Duration,
}

/// The transport below.
pub trait Transport: AsyncRead + AsyncWrite + Unpin + 'static {
    /// Has the connection reset (RST, `SO_LINGER` 0) when it is closed: what was not sent is thrown away.
    fn reset_on_close(&self);
}

impl Transport for TcpStream {
    fn reset_on_close(&self) {
        if let Err(error) = socket2::SockRef::from(self).set_linger(Some(Duration::ZERO)) {
            tracing::debug!(%error, "a connection that is closed with what it has to send");
        }
    }
}

pub struct Connection<T> {
    transport: T,
    limits: Limits,
    flow: Flow,
    /// Bytes read from the client that must not be passed on yet.
    held: VecDeque<u8>,
    head: HeadEnd,
    chunks: ChunksEnd,
    /// The server must process what it has before it gets more.
    pauses: bool,
    timer: Pin<Box<Sleep>>,
    last_sent: Instant,
    /// Since when the transport takes no more bytes.
    behind_since: Option<Instant>,
    /// What is left of `limits.stall`.
    stall_left: Duration,
}

impl Connection<TcpStream> {
    /// Wraps an accepted connection. The kernel ends it too if nothing that was sent is acknowledged for that
    /// long: the peer is gone, or its window stays closed (`TCP_USER_TIMEOUT`, RFC 5482), also
    /// after the server has closed its side.
    pub fn accepted(stream: TcpStream, limits: Limits) -> Self {
        #[cfg(target_os = "linux")]
        {
            let socket = socket2::SockRef::from(&stream);
            let set = socket
                .set_tcp_user_timeout(Some(limits.stall))
                .and_then(|()| socket.set_tcp_notsent_lowat(NOTSENT_LOWAT));
            if let Err(error) = set {
                tracing::debug!(%error, "a connection without a send timeout of the kernel");
            }
        }
        Self::new(stream, limits)
    }
}

impl<T: Transport> Connection<T> {
    fn new(transport: T, limits: Limits) -> Self {
        let now = Instant::now();
        let timer = Box::pin(sleep_until(now + limits.head));
        let (flow, held) = (Flow::default(), VecDeque::new());
        Self {
            transport,
            limits,
            flow,
            held,
            head: HeadEnd::default(),
            chunks: ChunksEnd::default(),
            pauses: false,
            timer,
            last_sent: now,
            behind_since: None,
            stall_left: limits.stall,
        }
    }

    /// For the requests on this connection.
    pub fn flow(&self) -> Flow {
        self.flow.clone()
    }

    /// Whether nothing may be passed on now: this request is complete, or earlier output cannot be sent yet.
    fn is_full(&self) -> bool {
        match self.flow.due() {
            Due::Head => self.behind_since.is_some(),
            Due::Body(body) => body == Body::Bytes(0),
        }
    }

    /// How many of these bytes may be passed on now.
    fn due<'b>(&mut self, mut bytes: impl Iterator<Item = &'b u8>, count: usize) -> usize {
        match self.flow.due() {
            Due::Head => {
                let end = bytes.position(|byte| self.head.ends_with(*byte));
                self.pauses = end.is_some();
                self.chunks = ChunksEnd::default();
                end.map_or(count, |last| last + 1)
            }
            Due::Body(Body::Bytes(left)) => {
                let count = count.min(usize::try_from(left).unwrap_or(usize::MAX));
                self.flow.consume(count);
                count
            }
            Due::Body(Body::Chunked) => {
                let end = bytes.position(|byte| self.chunks.ends_with(*byte));
                if end.is_some() {
                    self.flow.end_body();
                }
                end.map_or(count, |last| last + 1)
            }
        }
    }

    /// Passes on held bytes, as far as allowed.
    fn hand_over(&mut self, buffer: &mut ReadBuf<'_>) {
        let held = std::mem::take(&mut self.held);
        let room = held.len().min(buffer.remaining());
        let count = self.due(held.iter().take(room), room);
        let (front, back) = held.as_slices();
        let of_front = front.len().min(count);
        buffer.put_slice(front.get(..of_front).unwrap_or_default());
        buffer.put_slice(back.get(..count - of_front).unwrap_or_default());
        if count < held.len() {
            self.held = held;
            self.held.drain(..count);
        }
    }

    /// Moves bytes that were just read but must not be passed on yet back to the held ones.
    fn hold_back(&mut self, buffer: &mut ReadBuf<'_>, before: usize) {
        let came = buffer.filled().get(before..).unwrap_or_default();
        let count = self.due(came.iter(), came.len());
        self.held.extend(came.get(count..).unwrap_or_default());
        buffer.set_filled(before + count);
    }

    /// The client's deadline.
    fn deadline(&self) -> Instant {
        if let Some(since) = self.behind_since {
            return since + self.stall_left;
        }
        match self.flow.serving_since() {
            Some(since) => self.last_sent.max(since) + self.limits.answer,
            None => self.last_sent + self.limits.head,
        }
    }

    /// Pending while there is time, and an error afterwards. The task is woken at the latest at the deadline.
    fn poll_deadline<R>(&mut self, context: &mut Context<'_>) -> Poll<io::Result<R>> {
        let deadline = self.deadline();
        if deadline < self.timer.deadline() {
            self.timer.as_mut().reset(deadline);
        }
        loop {
            ready!(self.timer.as_mut().poll(context));
            if Instant::now() >= deadline {
                self.transport.reset_on_close();
                metrics::counter!("leaddock_http_connections_cut_off_total").increment(1);
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client is too slow")));
            }
            self.timer.as_mut().reset(deadline);
        }
    }

    /// Records that the client has accepted this many more bytes.
    fn sent(&mut self, bytes: usize) {
        let now = Instant::now();
        self.last_sent = now;
        if let Some(since) = self.behind_since.take() {
            self.stall_left = self.stall_left.saturating_sub(now - since);
        }
        if self.stall_left < self.limits.stall {
            let earned =
                Duration::from_secs(1).saturating_mul(u32::try_from(bytes).unwrap_or(u32::MAX)) / MIN_RATE;
            self.stall_left = self.limits.stall.min(self.stall_left + earned);
        }
    }
}

impl<T: Transport> AsyncRead for Connection<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.flow.note_read();
        if std::mem::take(&mut this.pauses) {
            context.waker().wake_by_ref();
            return this.poll_deadline(context);
        }
        if this.is_full() {
            this.flow.wait(context.waker());
            return this.poll_deadline(context);
        }
        if !this.held.is_empty() {
            this.hand_over(buffer);
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        match Pin::new(&mut this.transport).poll_read(context, buffer) {
            Poll::Pending => this.poll_deadline(context),
            Poll::Ready(Ok(())) => {
                this.hold_back(buffer, before);
                Poll::Ready(Ok(()))
            }
            failed => failed,
        }
    }
}

impl<T: Transport> AsyncWrite for Connection<T> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        match Pin::new(&mut this.transport).poll_write(context, bytes) {
            Poll::Pending => {
                this.behind_since.get_or_insert_with(Instant::now);
                this.poll_deadline(context)
            }
            Poll::Ready(Ok(count)) => {
                this.sent(count);
                this.flow.wake();
                Poll::Ready(Ok(count))
            }
            failed => failed,
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio::time::{pause, sleep, timeout};

    use super::*;

    const LIMITS: Limits = Limits {
        stall: Duration::from_secs(30),
        head: Duration::from_secs(20),
        answer: Duration::from_secs(35),
    };
    const LONG: Duration = Duration::from_secs(3600);

    impl Transport for DuplexStream {
        fn reset_on_close(&self) {}
    }

    fn on_paused_clock<F: Future>(
        test: impl FnOnce(Connection<DuplexStream>, DuplexStream) -> F,
    ) -> F::Output {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
            pause();
            let (server, client) = duplex(1 << 10);
            test(Connection::new(server, LIMITS), client).await
        })
    }

    #[test]
    fn one_request_is_handed_over_at_a_time() {
        on_paused_clock(|mut connection, mut client| async move {
            client
                .write_all(b"\r\nGET / HTTP/1.1\r\n\r\nPOST / HTTP/1.1\n\nbodyGET /next HTTP/1.1\r\n\r\n")
                .await
                .unwrap();
            let flow = connection.flow();
            let read = async |connection: &mut Connection<DuplexStream>| {
                let mut bytes = [0; 100];
                let count =
                    timeout(Duration::from_secs(1), connection.read(&mut bytes)).await.map(Result::unwrap);
                count.map(|count| String::from_utf8(bytes[..count].to_vec()).unwrap()).unwrap_or_default()
            };
            assert_eq!(read(&mut connection).await, "\r\nGET / HTTP/1.1\r\n\r\n");
            let serving = flow.start(Body::Bytes(0));
            assert_eq!(read(&mut connection).await, "");
            drop(serving);
            assert_eq!(read(&mut connection).await, "POST / HTTP/1.1\n\n");
            let serving = flow.start(Body::Bytes(4));
            assert_eq!(read(&mut connection).await, "body");
            assert_eq!(read(&mut connection).await, "");
            drop(serving);
            assert_eq!(read(&mut connection).await, "GET /next HTTP/1.1\r\n\r\n");
        });
    }

    #[test]
    fn a_client_that_sends_a_byte_now_and_then_is_cut_off() {
        on_paused_clock(|mut connection, mut client| async move {
            let began = Instant::now();
            let sender = tokio::spawn(async move {
                while client.write_all(b"G").await.is_ok() {
                    sleep(Duration::from_secs(1)).await
                }
            });
            let mut request = Vec::new();
            let error = connection.read_to_end(&mut request).await.unwrap_err();
            assert_eq!(
                (error.kind(), began.elapsed().as_secs()),
                (io::ErrorKind::TimedOut, LIMITS.head.as_secs())
            );
            drop(connection);
            sender.await.unwrap();
        });
    }

    #[test]
    fn every_answer_gives_time_for_the_next_request() {
        on_paused_clock(|mut connection, mut client| async move {
            for _ in 0..10 {
                sleep(Duration::from_secs(15)).await;
                client.write_all(b"question").await.unwrap();
                let mut question = [0; 8];
                connection.read_exact(&mut question).await.unwrap();
                connection.write_all(b"answer").await.unwrap();
            }
            let began = Instant::now();
            assert!(connection.read_u8().await.is_err());
            assert_eq!(began.elapsed().as_secs(), LIMITS.head.as_secs());
        });
    }

    #[test]
    fn an_answer_has_time_of_its_own() {
        on_paused_clock(|mut connection, mut client| async move {
            client.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
            sleep(Duration::from_secs(19)).await;
            let mut head = [0; 18];
            connection.read_exact(&mut head).await.unwrap();
            let _serving = connection.flow().start(Body::Chunked);
            let began = Instant::now();
            assert!(connection.read_u8().await.is_err());
            assert_eq!(began.elapsed().as_secs(), LIMITS.answer.as_secs());
        });
    }

    #[test]
    fn a_client_that_reads_a_byte_a_second_is_cut_off() {
        for (bytes, seconds) in [(1, 1), (20, 1), (512, 29)] {
            on_paused_clock(|mut connection, mut client| async move {
                let reader = tokio::spawn(async move {
                    let mut taken = vec![0; bytes];
                    while client.read_exact(&mut taken).await.is_ok() {
                        sleep(Duration::from_secs(seconds)).await;
                    }
                });
                let error = timeout(LONG, connection.write_all(&[0; 1 << 20])).await.unwrap().unwrap_err();
                assert_eq!(error.kind(), io::ErrorKind::TimedOut, "{bytes} bytes each {seconds} s");
                drop(connection);
                reader.await.unwrap();
            });
        }
    }

    #[test]
    fn a_client_that_takes_its_answer_slowly_gets_all_of_it() {
        on_paused_clock(|mut connection, mut client| async move {
            let reader = tokio::spawn(async move {
                let mut all = Vec::new();
                let mut taken = [0; 256];
                while let Ok(count @ 1..) = client.read(&mut taken).await {
                    all.extend_from_slice(&taken[..count]);
                    sleep(Duration::from_millis(200)).await;
                }
                all.len()
            });
            connection.write_all(&[0; 300 << 10]).await.unwrap();
            drop(connection);
            assert_eq!(reader.await.unwrap(), 300 << 10);
        });
    }
}
