//! A scripted container.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::Utc;
use tokio::sync::watch;

use super::Act;
use crate::containers::{ContainerSpec, ContainerState, Exit};

pub(super) struct Container {
    pub(super) id: String,
    pub(super) spec: ContainerSpec,
    pub(super) life: watch::Sender<Life>,
}

pub(super) struct Life {
    pub(super) state: ContainerState,
    pub(super) printed: Vec<Bytes>,
}

impl Container {
    /// Does what the script says, then ends.
    pub(super) async fn play(self: Arc<Self>, acts: Vec<Act>) {
        let folder = self.spec.mounts.first().map(|mount| mount.source.clone()).unwrap_or_default();
        for act in acts {
            if matches!(self.life.borrow().state, ContainerState::Exited(_)) {
                return;
            }
            match act {
                Act::Print(line) => self.life.send_modify(|life| life.printed.push(format!("{line}\n").into())),
                // A folder that was taken away is the worker's affair, as it is with a real container.
                Act::Leave(name, content) => drop(std::fs::write(folder.join(name), content)),
                Act::Do(anything) => anything(&folder),
                Act::Take(time) => tokio::time::sleep(time).await,
                Act::Hold(gate) => gate.passed().await,
                Act::End { code, out_of_memory } => self.end(code, out_of_memory),
            }
        }
        self.end(0, false);
    }

    /// Ends it, if it has not ended yet.
    pub(super) fn end(&self, code: i64, out_of_memory: bool) {
        self.life.send_if_modified(|life| {
            let ran_for = match &life.state {
                ContainerState::Exited(_) => return false,
                ContainerState::Created => Duration::ZERO,
                ContainerState::Running { started_at } => (Utc::now() - *started_at).to_std().unwrap_or_default(),
            };
            life.state = ContainerState::Exited(Exit { code, out_of_memory, ran_for });
            true
        });
    }
}
