//! A TCP proxy that does to connections what networks do.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What happens to bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    /// They pass.
    None,
    /// New and old connections are closed at once.
    Refuse,
    /// They are swallowed: whoever sent them waits.
    Hang,
    /// Each connection is closed once this many went up (towards the server).
    CutUpAfter(u64),
    /// Each connection is closed once this many came down.
    CutDownAfter(u64),
    /// Each 64 KiB take this long.
    Slow(Duration),
}

#[derive(Clone)]
pub struct Proxy {
    address: String,
    fault: Arc<Mutex<Fault>>,
    /// How many connections may still suffer the fault.
    times: Arc<AtomicUsize>,
    up: Arc<AtomicU64>,
}

#[derive(Clone, Copy, PartialEq)]
enum Direction {
    Up,
    Down,
}

impl Proxy {
    pub async fn before(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Self {
            address: listener.local_addr().unwrap().to_string(),
            fault: Arc::new(Mutex::new(Fault::None)),
            times: Arc::new(AtomicUsize::new(usize::MAX)),
            up: Arc::default(),
        };
        let (accepting, server) = (proxy.clone(), server.to_owned());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(accepting.clone().serve(client, server.clone()));
            }
        });
        proxy
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    /// All connections suffer from now on.
    pub fn set(&self, fault: Fault) {
        self.times.store(usize::MAX, Ordering::SeqCst);
        *self.fault.lock() = fault;
    }

    /// Only so many connections suffer.
    pub fn set_for(&self, times: usize, fault: Fault) {
        self.times.store(times, Ordering::SeqCst);
        *self.fault.lock() = fault;
    }

    /// How many bytes went up so far.
    pub fn up(&self) -> u64 {
        self.up.load(Ordering::SeqCst)
    }

    fn fault(&self) -> Fault {
        *self.fault.lock()
    }

    async fn serve(self, client: TcpStream, server: String) {
        if self.fault() == Fault::Refuse {
            return;
        }
        let Ok(server) = TcpStream::connect(server).await else { return };
        let (client_read, client_write) = client.into_split();
        let (server_read, server_write) = server.into_split();
        let mut up = tokio::spawn(self.clone().pump(client_read, server_write, Direction::Up));
        let mut down = tokio::spawn(self.pump(server_read, client_write, Direction::Down));
        // When one direction ends, for whatever reason, the connection is cut in both.
        tokio::select! { _ = &mut up => down.abort(), _ = &mut down => up.abort() }
    }

    async fn pump(self, mut from: impl AsyncReadExt + Unpin, mut to: impl AsyncWriteExt + Unpin, direction: Direction) {
        let mut buffer = vec![0; 64 * 1024];
        let mut passed = 0;
        loop {
            let size = match from.read(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(size) => size as u64,
            };
            passed += size;
            match (self.fault(), direction) {
                (Fault::Refuse, _) => return,
                (Fault::Hang, _) => {
                    while self.fault() == Fault::Hang {
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                    // What was swallowed is lost, so this connection is too.
                    return;
                }
                (Fault::CutUpAfter(limit), Direction::Up) | (Fault::CutDownAfter(limit), Direction::Down)
                    if passed > limit && self.suffers() =>
                {
                    let rest = size.saturating_sub(passed - limit);
                    let _ = to.write_all(&buffer[..rest as usize]).await;
                    return;
                }
                (Fault::Slow(pause), _) => tokio::time::sleep(pause).await,
                _ => {}
            }
            if direction == Direction::Up {
                self.up.fetch_add(size, Ordering::SeqCst);
            }
            if to.write_all(&buffer[..size as usize]).await.is_err() {
                return;
            }
        }
    }

    fn suffers(&self) -> bool {
        let spend = |left: usize| (left > 0).then(|| if left == usize::MAX { left } else { left - 1 });
        self.times.fetch_update(Ordering::SeqCst, Ordering::SeqCst, spend).is_ok()
    }
}
