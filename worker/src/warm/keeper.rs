//! Keeps as many containers waiting as are wanted.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{IDLE, WarmContainer, WarmPool};
use crate::containers::{ContainerId, ContainerSpec, Image};
use crate::context::Context;
use crate::memory;
use crate::run::waiting_spec;
use crate::staging::JobDirectory;
use crate::status::EngineState;

/// Nothing may be known of a change of the machine's memory.
const LOOK_AGAIN: Duration = Duration::from_secs(10);
/// A container ends by itself after an hour without an order (worker/qgis/README.md).
const OLDEST: Duration = Duration::from_secs(45 * 60);

/// Starts containers ahead of the jobs, for ever.
pub(crate) async fn keep_warm(ctx: Arc<Context>) {
    if ctx.warm.most == 0 {
        return;
    }
    let mut engine = ctx.engine.changes();
    loop {
        engine.mark_unchanged();
        let state = engine.borrow().clone();
        let image = match state {
            EngineState::Ready { image, .. } if image.can_wait => Some(image),
            _ => None,
        };
        ctx.publish_waiting();
        let room = Room::beside(ctx.options.limits.memory_bytes);
        for surplus in ctx.warm.surplus(image.as_ref(), room) {
            throw_away(&ctx, &surplus).await;
        }
        if let Some(image) = image.filter(|_| room == Room::More && ctx.warm.is_short()) {
            match add(&ctx, &image).await {
                Ok(()) => {
                    ctx.publish_waiting();
                    continue;
                }
                Err(why) => tracing::warn!(why, "no container could be started ahead of the jobs"),
            }
        }
        tokio::select! {
            () = ctx.warm.changed.notified() => {}
            _ = engine.changed() => {}
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
    }
}

/// How much memory there is for containers that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Room {
    /// More of them would leave jobs enough.
    More,
    /// Those that wait may stay.
    Same,
    /// Jobs need it.
    Nothing,
}

impl Room {
    fn beside(memory_of_a_job: u64) -> Self {
        match memory::available() {
            Some(available) if available < memory_of_a_job => Self::Nothing,
            Some(available) if available < 2 * memory_of_a_job => Self::Same,
            _ => Self::More,
        }
    }
}

impl WarmPool {
    /// Takes out those that are not to wait any longer: of another image than the one that jobs run in, too old, or too many.
    fn surplus(&self, image: Option<&Image>, room: Room) -> Vec<WarmContainer> {
        let mut shelf = self.shelf();
        if shelf.last_taken.is_none_or(|taken| taken.elapsed() > IDLE) && shelf.wanted > 1 {
            shelf.wanted -= 1;
            shelf.last_taken = Some(Instant::now());
        }
        let all = std::mem::take(&mut shelf.waiting);
        let is_of_use = |waiting: &WarmContainer| {
            image.is_some_and(|image| image.digest == waiting.image) && waiting.since.elapsed() < OLDEST
        };
        let (mut kept, mut surplus): (Vec<_>, Vec<_>) = all.into_iter().partition(is_of_use);
        let most = if room == Room::Nothing { 0 } else { shelf.wanted };
        surplus.extend(kept.split_off(most.min(kept.len())));
        shelf.waiting = kept.into();
        surplus
    }

    /// Whether fewer wait than are wanted.
    fn is_short(&self) -> bool {
        let shelf = self.shelf();
        shelf.waiting.len() < shelf.wanted
    }
}

/// Starts one. What is left of a start that failed is swept away.
async fn add(ctx: &Context, image: &Image) -> Result<(), String> {
    let name = format!("fieldlog-warm-{}", uuid::Uuid::now_v7().simple());
    ctx.warm.shelf().known.insert(name.clone());
    let directory = JobDirectory::of_warm(&ctx.options.dir, &name);
    let started = start(ctx, &waiting_spec(ctx, image, &name, &directory), &directory).await;
    match started {
        Ok(id) => {
            let waiting = WarmContainer { id, name, directory, image: image.digest.clone(), since: Instant::now() };
            ctx.warm.shelf().waiting.push_back(waiting);
            Ok(())
        }
        Err(why) => {
            ctx.warm.shelf().known.remove(&name);
            ctx.debris.notify_one();
            Err(why)
        }
    }
}

async fn start(ctx: &Context, spec: &ContainerSpec, directory: &JobDirectory) -> Result<ContainerId, String> {
    let (made, user) = (directory.clone(), ctx.user);
    let made = tokio::task::spawn_blocking(move || made.make_warm(user)).await;
    made.map_err(|error| error.to_string())?.map_err(|error| format!("its folder could not be made: {error}"))?;
    let id = ctx.runtime.create(spec).await.map_err(|error| ctx.engine_trouble(&error))?;
    ctx.runtime.start(&id).await.map_err(|error| ctx.engine_trouble(&error))?;
    Ok(id)
}

/// Removes one that waits no longer.
async fn throw_away(ctx: &Context, surplus: &WarmContainer) {
    ctx.warm.shelf().known.remove(&surplus.name);
    if ctx.runtime.remove(&surplus.id).await.is_err() || surplus.directory.remove().is_err() {
        ctx.debris.notify_one();
    }
}

/// Removes all that wait.
pub(crate) async fn let_cool(ctx: &Context) {
    for surplus in ctx.warm.surplus(None, Room::Nothing) {
        throw_away(ctx, &surplus).await;
    }
}
