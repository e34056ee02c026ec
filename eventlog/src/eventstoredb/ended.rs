//! A subscription that its server ends without an error is asked again and again by the client, in one poll, which nothing
//! can interrupt. All that is seen of it is a warning, over and over: it is counted here, and ended.

use std::sync::atomic::{AtomicU32, Ordering};

use tracing::instrument::WithSubscriber;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::NoSubscriber;
use tracing::{Event, Level, Metadata, Subscriber};

/// A message of a newer server may come once in a while; so many without anything between do not.
const TOO_MANY: u32 = 1_000;

/// Runs `work`, one poll of which panics when it does nothing but warn.
pub(super) async fn ended_when_stuck<T>(work: impl Future<Output = T>) -> T {
    work.with_subscriber(CountsWarnings(AtomicU32::new(0))).await
}

/// Keeps what the client says for itself: its errors come back as answers, too.
struct CountsWarnings(AtomicU32);

impl Subscriber for CountsWarnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("eventstore") && *metadata.level() <= Level::WARN
    }

    fn event(&self, event: &Event<'_>) {
        let is_warning = *event.metadata().level() == Level::WARN;
        assert!(
            !is_warning || self.0.fetch_add(1, Ordering::Relaxed) < TOO_MANY,
            "the server ended a subscription as if there were nothing more to come"
        );
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        NoSubscriber::default().new_span(span)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
