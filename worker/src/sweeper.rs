//! Sweeps whenever something may have been left behind: at the start, after the engine was away, after trouble.

use std::sync::Arc;

use crate::context::Context;
use crate::run::sweep;

/// Sweeps, for ever.
pub(crate) async fn keep_clean(ctx: Arc<Context>) {
    let mut engine = ctx.engine.changes();
    loop {
        if engine.wait_for(|state| state.is_ready()).await.is_err() {
            return;
        }
        if let Err(why) = sweep(&ctx).await {
            tracing::warn!(why, "cleaning up is put off");
            tokio::time::sleep(ctx.options.look_again).await;
            continue;
        }
        let was_away = async { engine.wait_for(|state| !state.is_ready()).await.is_ok() };
        let has_debris = tokio::select! {
            _ = was_away => false,
            () = ctx.debris.notified() => true,
        };
        if has_debris {
            tokio::time::sleep(ctx.options.look_again).await;
        }
    }
}
