//! A wire between the log and its server that can be cut.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const LEAVE: u8 = 0;
const BEFORE_COMMIT: u8 = 1;
const AFTER_COMMIT: u8 = 2;

/// Passes everything on until it is told to cut.
pub struct Proxy {
    pub url: String,
    wire: Arc<Wire>,
}

struct Wire {
    /// Bytes of answers until the cut; negative means none is planned.
    answer_bytes: AtomicI64,
    commit: AtomicU8,
}

impl Proxy {
    pub async fn before(url: &str) -> Self {
        let (start, rest) = url.split_once('@').unwrap();
        let (server, database) = rest.split_once('/').unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("{start}@{}/{database}", listener.local_addr().unwrap());
        let wire = Arc::new(Wire { answer_bytes: AtomicI64::new(-1), commit: AtomicU8::new(LEAVE) });
        let (server, wires) = (server.to_owned(), Arc::clone(&wire));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (server, wire) = (server.clone(), Arc::clone(&wires));
                tokio::spawn(async move { wire.carry(client, TcpStream::connect(server).await.unwrap()).await });
            }
        });
        Self { url, wire }
    }

    /// Cuts the connection over which so many bytes of answers have come from now on.
    pub fn cut_after(&self, bytes: i64) {
        self.wire.answer_bytes.store(bytes, Ordering::SeqCst);
    }

    /// Cuts the next connection that commits, before the server hears of it.
    pub fn lose_next_commit(&self) {
        self.wire.commit.store(BEFORE_COMMIT, Ordering::SeqCst);
    }

    /// Cuts the next connection that commits, once the server has answered.
    pub fn lose_answer_to_next_commit(&self) {
        self.wire.commit.store(AFTER_COMMIT, Ordering::SeqCst);
    }

    pub fn has_cut(&self) -> bool {
        self.wire.commit.load(Ordering::SeqCst) == LEAVE && self.wire.answer_bytes.load(Ordering::SeqCst) < 0
    }
}

impl Wire {
    /// Returning drops both ends.
    async fn carry(&self, mut client: TcpStream, mut server: TcpStream) {
        let (mut question, mut answer) = (vec![0; 1 << 16], vec![0; 1 << 16]);
        loop {
            tokio::select! {
                read = client.read(&mut question) => {
                    let Ok(size @ 1..) = read else { return };
                    let sent = &question[..size];
                    let commits = sent.windows(6).any(|window| window == b"COMMIT");
                    let cut = if commits { self.commit.swap(LEAVE, Ordering::SeqCst) } else { LEAVE };
                    if cut == BEFORE_COMMIT || server.write_all(sent).await.is_err() {
                        return;
                    }
                    if cut == AFTER_COMMIT {
                        assert!(server.read(&mut answer).await.unwrap() > 0, "the server answers a commit");
                        return;
                    }
                }
                read = server.read(&mut answer) => {
                    let Ok(size @ 1..) = read else { return };
                    let planned = self.answer_bytes.load(Ordering::SeqCst);
                    if planned >= 0 && self.answer_bytes.fetch_sub(size as i64, Ordering::SeqCst) < size as i64 {
                        self.answer_bytes.store(-1, Ordering::SeqCst);
                        client.write_all(&answer[..size / 2]).await.ok();
                        return;
                    }
                    if client.write_all(&answer[..size]).await.is_err() {
                        return;
                    }
                }
            }
        }
    }
}
