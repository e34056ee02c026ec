//! Looks at an aggregate as the log has it now.

use fieldlog_domain::StreamId;
use fieldlog_eventlog::LogError;

use super::HotAggregate;
use super::load::{catch_up, load};
use crate::App;

impl App {
    /// Looks at an aggregate as the log has it now; `sequence` 0 means that the stream is empty.
    pub(crate) async fn fresh<A: HotAggregate, T>(
        &self,
        stream: &StreamId,
        look: impl FnOnce(&A, u64) -> T,
    ) -> Result<T, LogError> {
        let slot = self.hot().slot::<A>(stream);
        let mut slot = slot.lock().await;
        let kept = match slot.take() {
            Some(mut kept) => {
                catch_up(self.log(), stream, &mut kept).await?;
                kept
            }
            None => load(self.log(), stream).await?,
        };
        let kept = slot.insert(kept);
        Ok(look(&kept.state, kept.sequence))
    }
}
