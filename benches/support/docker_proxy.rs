//! A socket in front of Docker's that notes when a container is asked for.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

/// When each job's container was asked for, by the job's id.
pub type Asked = Arc<Mutex<HashMap<String, DateTime<Utc>>>>;

/// Passes everything on to `docker` until the runtime ends.
pub fn start(socket: &Path, docker: PathBuf) -> std::io::Result<Asked> {
    let asked = Asked::default();
    let listener = UnixListener::bind(socket)?;
    let noted = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(pass(client, docker.clone(), Arc::clone(&noted)));
        }
    });
    Ok(asked)
}

async fn pass(client: UnixStream, docker: PathBuf, asked: Asked) -> std::io::Result<()> {
    let (mut from_docker, mut to_docker) = UnixStream::connect(docker).await?.into_split();
    let (mut from_client, mut to_client) = client.into_split();
    let back = tokio::spawn(async move {
        let passed = tokio::io::copy(&mut from_docker, &mut to_client).await;
        to_client.shutdown().await.ok();
        passed
    });
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = from_client.read(&mut buffer).await?;
        if count == 0 {
            break;
        }
        if let Some(job) = created_for(&buffer[..count]) {
            asked.lock().entry(job).or_insert_with(Utc::now);
        }
        to_docker.write_all(&buffer[..count]).await?;
    }
    to_docker.shutdown().await?;
    back.await.map_err(std::io::Error::other)?.map(|_| ())
}

/// The job in `POST /v1.41/containers/create?name=fieldlog-JOB-1`. A request's head is written at once.
fn created_for(bytes: &[u8]) -> Option<String> {
    let line = bytes.split(|byte| *byte == b'\r').next()?;
    let line = std::str::from_utf8(line).ok()?;
    let name = line.strip_prefix("POST ")?.split_once("/containers/create?")?.1.split_once("fieldlog-")?.1;
    Some(name.get(..36)?.to_owned())
}
