//! Finds what a repeated command did the first time.

use fieldlog_domain::{Event, StreamId};
use fieldlog_eventlog::{LogError, Receipt, RecordedEvent};

use super::{Dispatch, load};

const PAGE: usize = 16;

/// What a command did to a stream the first time.
pub(crate) struct First {
    /// Of its last event.
    pub(crate) receipt: Receipt,
    event: RecordedEvent,
}

impl First {
    /// Its first event.
    pub(crate) fn event(&self) -> Result<Event, LogError> {
        load::read(&self.event)
    }
}

impl Dispatch<'_> {
    /// What this command did to this stream when it was sent before. Only a command that its sender named can be repeated.
    pub(crate) async fn repeated(&self, stream: &StreamId) -> Result<Option<First>, LogError> {
        if !self.is_given {
            return Ok(None);
        }
        let log = self.app.log();
        let Some(event) = log.event(self.event_id(stream, 0)).await?.filter(|event| event.stream == *stream) else {
            return Ok(None);
        };
        let mut receipt = Receipt { position: event.position, sequence: event.sequence };
        loop {
            let page = log.read_stream(stream, receipt.sequence, PAGE).await?;
            let of_this = page.iter().enumerate().take_while(|(index, next)| {
                let place = receipt.sequence - event.sequence + 1 + *index as u64;
                next.event_id == self.event_id(stream, place as usize)
            });
            let (count, last) = of_this.fold((0, None), |(count, _), (_, next)| (count + 1, Some(next)));
            if let Some(last) = last {
                receipt = Receipt { position: last.position, sequence: last.sequence };
            }
            if count < PAGE {
                return Ok(Some(First { receipt, event }));
            }
        }
    }
}
