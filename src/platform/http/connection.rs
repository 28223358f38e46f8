//! A client's connection that ends when the client is too slow: one that takes next to nothing of its answers, or that keeps a
//! request waiting for its own end. How long a handler may take is not here: that is in `floor.rs`.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

/// Bytes a second that a client must take, once it is behind and has used up its `stall`.
const SLOWEST: u32 = 1 << 10;

/// Bytes the kernel holds that the client has no room for; with more of them nobody could tell how fast it reads.
#[cfg(target_os = "linux")]
const NOT_YET_SENT: u32 = 32 << 10;

/// How slow a client may be.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long it may be behind in taking what is there for it; what it takes at more than `SLOWEST` makes up for it.
    pub stall: Duration,
    /// How long it may be without sending a request that can be answered.
    pub silence: Duration,
}

/// What carries the bytes.
pub trait Transport: AsyncRead + AsyncWrite + Unpin + 'static {
    /// Has everything that was not sent thrown away when the connection is closed.
    fn abandon(&self);
}

impl Transport for TcpStream {
    fn abandon(&self) {
        if let Err(error) = socket2::SockRef::from(self).set_linger(Some(Duration::ZERO)) {
            tracing::debug!(%error, "a connection that is closed with what it has to send");
        }
    }
}

pub struct Connection<T> {
    transport: T,
    limits: Limits,
    timer: Pin<Box<Sleep>>,
    last_sent: Instant,
    behind_since: Option<Instant>,
    /// What is left of `limits.stall`.
    patience: Duration,
}

impl Connection<TcpStream> {
    /// Takes a connection that was accepted. The kernel ends it as well when nothing of what was sent is taken for so long: the
    /// peer is gone, or its window stays closed (`TCP_USER_TIMEOUT`, RFC 5482), also after the server has closed its side.
    pub fn accepted(stream: TcpStream, limits: Limits) -> Self {
        #[cfg(target_os = "linux")]
        {
            let socket = socket2::SockRef::from(&stream);
            let set = socket.set_tcp_user_timeout(Some(limits.stall)).and_then(|()| socket.set_tcp_notsent_lowat(NOT_YET_SENT));
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
        let timer = Box::pin(sleep_until(now + limits.silence));
        Self { transport, limits, timer, last_sent: now, behind_since: None, patience: limits.stall }
    }

    /// Until when the client has time.
    fn deadline(&self) -> Instant {
        let silent_until = self.last_sent + self.limits.silence;
        self.behind_since.map_or(silent_until, |since| silent_until.min(since + self.patience))
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
                self.transport.abandon();
                metrics::counter!("leaddock_http_connections_cut_off_total").increment(1);
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client is too slow")));
            }
            self.timer.as_mut().reset(deadline);
        }
    }

    /// Notes that the client has made room for so many bytes more.
    fn sent(&mut self, bytes: usize) {
        let now = Instant::now();
        self.last_sent = now;
        if let Some(since) = self.behind_since.take() {
            self.patience = self.patience.saturating_sub(now - since);
        }
        if self.patience < self.limits.stall {
            let earned = Duration::from_secs(1).saturating_mul(u32::try_from(bytes).unwrap_or(u32::MAX)) / SLOWEST;
            self.patience = self.limits.stall.min(self.patience + earned);
        }
    }
}

impl<T: Transport> AsyncRead for Connection<T> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        match Pin::new(&mut this.transport).poll_read(context, buffer) {
            Poll::Pending => this.poll_deadline(context),
            read => read,
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

    const LIMITS: Limits = Limits { stall: Duration::from_secs(30), silence: Duration::from_secs(55) };
    const LONG: Duration = Duration::from_secs(3600);

    impl Transport for DuplexStream {
        fn abandon(&self) {}
    }

    fn on_paused_clock<F: Future>(test: impl FnOnce(Connection<DuplexStream>, DuplexStream) -> F) -> F::Output {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
            pause();
            let (server, client) = duplex(1 << 10);
            test(Connection::new(server, LIMITS), client).await
        })
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
            assert_eq!((error.kind(), began.elapsed().as_secs()), (io::ErrorKind::TimedOut, LIMITS.silence.as_secs()));
            drop(connection);
            sender.await.unwrap();
        });
    }

    #[test]
    fn every_answer_gives_time_for_the_next_request() {
        on_paused_clock(|mut connection, mut client| async move {
            for _ in 0..10 {
                sleep(Duration::from_secs(50)).await;
                client.write_all(b"question").await.unwrap();
                let mut question = [0; 8];
                connection.read_exact(&mut question).await.unwrap();
                connection.write_all(b"answer").await.unwrap();
            }
            let began = Instant::now();
            assert!(connection.read_u8().await.is_err());
            assert_eq!(began.elapsed().as_secs(), LIMITS.silence.as_secs());
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
