//! Keeps as many containers waiting as are wanted.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::join_all;

use super::{IDLE, WarmContainer, WarmPool};
use crate::containers::{ContainerId, ContainerSpec, Image};
use crate::context::Context;
use crate::memory;
use crate::run::waiting_spec;
use crate::staging::JobDirectory;
use crate::status::EngineState;

/// Nothing may be known of a change of the machine's memory.
const LOOK_AGAIN: Duration = Duration::from_secs(10);
/// The engine may take this long to remove what waits when the worker stops.
const PATIENCE: Duration = Duration::from_secs(10);
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
        let room = Room::of(memory::available(), ctx.options.limits.memory_bytes);
        for surplus in ctx.warm.surplus(image.as_ref(), room, Instant::now()) {
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
    fn of(available: Option<u64>, memory_of_a_job: u64) -> Self {
        match available {
            Some(available) if available < memory_of_a_job => Self::Nothing,
            Some(available) if available < 2 * memory_of_a_job => Self::Same,
            _ => Self::More,
        }
    }
}

impl WarmPool {
    /// Takes out those that are not to wait any longer: of another image than the one that jobs run in, too old, or too many.
    fn surplus(&self, image: Option<&Image>, room: Room, now: Instant) -> Vec<WarmContainer> {
        let mut shelf = self.shelf();
        if shelf.last_taken.is_none_or(|taken| now.duration_since(taken) > IDLE) && shelf.wanted > 1 {
            shelf.wanted -= 1;
            shelf.last_taken = Some(now);
        }
        let all = std::mem::take(&mut shelf.waiting);
        let is_of_use = |waiting: &WarmContainer| {
            image.is_some_and(|image| image.digest == waiting.image) && now.duration_since(waiting.since) < OLDEST
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

/// Removes all that wait. What an engine that does not answer keeps is swept away at the next start.
pub(crate) async fn let_cool(ctx: &Context) {
    let surplus = ctx.warm.surplus(None, Room::Nothing, Instant::now());
    let removed = join_all(surplus.iter().map(|surplus| throw_away(ctx, surplus)));
    if tokio::time::timeout(PATIENCE, removed).await.is_err() {
        tracing::warn!("containers that waited could not be removed in time; they are at the next start");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::containers::Contract;

    const MINUTE: Duration = Duration::from_secs(60);

    fn image(digest: &str) -> Image {
        Image { name: "qgis".to_owned(), digest: digest.to_owned(), contract: Contract::Folder, can_wait: true }
    }

    /// A pool in which as many wait as are wanted, since now.
    fn pool_of(wanted: usize) -> (WarmPool, Instant) {
        let (pool, now) = (WarmPool::of(wanted), Instant::now());
        let mut shelf = pool.shelf();
        shelf.wanted = wanted;
        shelf.last_taken = Some(now);
        shelf.waiting = (0..wanted)
            .map(|number| {
                let name = format!("fieldlog-warm-{number}");
                let directory = JobDirectory::of_warm(std::path::Path::new("."), &name);
                WarmContainer { id: ContainerId(name.clone()), name, directory, image: "new".to_owned(), since: now }
            })
            .collect();
        drop(shelf);
        (pool, now)
    }

    #[test]
    fn one_less_waits_each_time_none_was_taken_for_a_while_and_one_always_stays() {
        let (pool, now) = pool_of(3);
        for (minutes, left) in [(4, 3), (6, 2), (10, 2), (12, 1), (40, 1)] {
            let surplus = pool.surplus(Some(&image("new")), Room::More, now + minutes * MINUTE);
            assert_eq!(pool.len(), left, "after {minutes} minutes; {} went", surplus.len());
        }
    }

    #[test]
    fn what_is_of_another_image_or_too_old_goes_and_others_take_its_place() {
        for (digest, minutes) in [("newer", 1), ("new", 46)] {
            let (pool, now) = pool_of(1);
            assert_eq!(pool.surplus(Some(&image(digest)), Room::More, now + minutes * MINUTE).len(), 1);
            assert!(pool.is_short());
        }
    }

    #[test]
    fn all_go_when_jobs_need_the_memory() {
        let (pool, now) = pool_of(2);
        assert_eq!(pool.surplus(Some(&image("new")), Room::Same, now).len(), 0);
        assert_eq!(pool.surplus(Some(&image("new")), Room::Nothing, now).len(), 2);
    }

    #[test]
    fn how_much_room_there_is_follows_from_what_a_job_may_use() {
        for (available, room) in
            [(None, Room::More), (Some(9), Room::Nothing), (Some(10), Room::Same), (Some(20), Room::More)]
        {
            assert_eq!(Room::of(available, 10), room);
        }
    }
}
