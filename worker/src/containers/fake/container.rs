//! A scripted container.

use std::collections::BTreeMap;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use chrono::Utc;
use serde_json::Value;
use tokio::sync::watch;

use super::{Act, Script};
use crate::containers::{ContainerSpec, ContainerState, Exit};

pub(super) struct Container {
    pub(super) id: String,
    spec: Mutex<ContainerSpec>,
    pub(super) life: watch::Sender<Life>,
}

pub(super) struct Life {
    pub(super) state: ContainerState,
    pub(super) printed: Vec<Bytes>,
}

impl Container {
    pub(super) fn new(id: String, spec: ContainerSpec) -> Self {
        let life = watch::Sender::new(Life { state: ContainerState::Created, printed: vec![] });
        Self { id, spec: Mutex::new(spec), life }
    }

    pub(super) fn spec(&self) -> MutexGuard<'_, ContainerSpec> {
        self.spec.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for its order if it was told to, does what the script says, then ends.
    pub(super) fn play(self: Arc<Self>, script: Script) -> impl Future<Output = ()> + Send {
        // An open folder is found again whatever its name is by then, as by a real container. It is open when the start is answered.
        let folder = self.spec().mounts.first().and_then(|mount| std::fs::File::open(&mount.source).ok());
        self.work(script, folder)
    }

    async fn work(self: Arc<Self>, script: Script, folder: Option<std::fs::File>) {
        let folder = folder.as_ref().map(|folder| format!("/proc/self/fd/{}", folder.as_raw_fd())).unwrap_or_default();
        let folder = Path::new(&folder);
        if self.spec().command.last().is_some_and(|last| last == "--wait") && !self.wait_for_order(folder).await {
            return self.end(1, false);
        }
        let acts = script(&self.spec());
        for act in acts {
            if matches!(self.life.borrow().state, ContainerState::Exited(_)) {
                return;
            }
            match act {
                Act::Print(line) => self.life.send_modify(|life| life.printed.push(format!("{line}\n").into())),
                // A folder that was taken away is the worker's affair, as it is with a real container.
                Act::Leave(name, content) => drop(std::fs::write(folder.join(name), content)),
                Act::Do(anything) => anything(folder),
                Act::Take(time) => tokio::time::sleep(time).await,
                Act::Hold(gate) => gate.passed().await,
                Act::End { code, out_of_memory } => self.end(code, out_of_memory),
            }
        }
        self.end(0, false);
    }

    /// What worker/qgis/entrypoint.py does with `--wait`.
    async fn wait_for_order(&self, folder: &Path) -> bool {
        let wake = tokio::net::unix::pipe::OpenOptions::new().read_write(true).open_receiver(folder.join("wake"));
        let Ok(wake) = wake else { return false };
        let order = loop {
            if let Ok(order) = std::fs::read(folder.join("order.json")) {
                break order;
            }
            let mut ended = self.life.subscribe();
            tokio::select! {
                _ = wake.readable() => drop(wake.try_read(&mut [0; 1])),
                _ = ended.wait_for(|life| matches!(life.state, ContainerState::Exited(_))) => return false,
            }
        };
        drop(std::fs::write(folder.join("taken"), ""));
        let Ok(Value::Object(mut order)) = serde_json::from_slice(&order) else { return false };
        let mut take = |key: &str| order.remove(key).unwrap_or_default();
        let (arguments, environment) = (take("arguments"), take("environment"));
        let mut spec = self.spec();
        spec.command.pop();
        spec.command.extend(serde_json::from_value::<Vec<String>>(arguments).unwrap_or_default());
        spec.env.extend(serde_json::from_value::<BTreeMap<String, String>>(environment).unwrap_or_default());
        true
    }

    /// Ends it, if it has not ended yet.
    pub(super) fn end(&self, code: i64, out_of_memory: bool) {
        self.life.send_if_modified(|life| {
            let ended_at = Utc::now();
            let started_at = match &life.state {
                ContainerState::Exited(_) => return false,
                ContainerState::Created => ended_at,
                ContainerState::Running { started_at } => *started_at,
            };
            life.state = ContainerState::Exited(Exit { code, out_of_memory, started_at, ended_at });
            true
        });
    }
}
