//! Waking readers: this process and others.
//!
//! Never inside the transaction that appends: commits that notify wait for each other, flush included.

use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::{Notify, watch};
use tokio::time::sleep;

use crate::head::advance;
use crate::recorded::Position;

const RECONNECT_AFTER: Duration = Duration::from_millis(500);

pub(super) struct Hints {
    pub(super) pool: PgPool,
    pub(super) channel: String,
    pub(super) head: Arc<watch::Sender<Position>>,
}

impl Hints {
    /// After commits of this process, at most once every `every`.
    pub(super) async fn send(self: Arc<Self>, committed: Arc<Notify>, every: Duration) {
        loop {
            committed.notified().await;
            let head = self.head.borrow().to_string();
            let sent = sqlx::query("SELECT pg_notify($1, $2)").bind(&self.channel).bind(head).execute(&self.pool).await;
            if let Err(error) = sent {
                tracing::debug!(%error, "other processes were not woken; they will look by themselves");
            }
            sleep(every).await;
        }
    }

    /// Of commits of other processes, for ever, over as many connections as it takes.
    pub(super) async fn listen(self: Arc<Self>) {
        loop {
            if let Err(error) = self.listen_once().await {
                tracing::debug!(%error, "listening for new events again soon");
            }
            sleep(RECONNECT_AFTER).await;
        }
    }

    async fn listen_once(&self) -> sqlx::Result<()> {
        let mut listener = PgListener::connect_with(&self.pool).await?;
        listener.listen(&self.channel).await?;
        // `None`: the connection was lost, and with it perhaps a notification.
        while let Some(notification) = listener.try_recv().await? {
            if let Ok(head) = notification.payload().parse() {
                advance(&self.head, head);
            }
        }
        Ok(())
    }

    /// Behind both: a notification may get lost, this does not.
    pub(super) async fn look(self: Arc<Self>, every: Duration) {
        loop {
            sleep(every).await;
            let head =
                sqlx::query_scalar::<_, Option<i64>>("SELECT max(position) FROM events").fetch_one(&self.pool).await;
            if let Ok(Some(head)) = head {
                advance(&self.head, Position(head.cast_unsigned()));
            }
        }
    }
}
