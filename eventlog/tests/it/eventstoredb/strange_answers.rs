//! Messages the client does not know: it panics on them.

use fieldlog_esdb_fake::{Call, Fake, Fault};
use fieldlog_eventlog::{EventLog, LogError, Position};

use super::{opened, whole};
use crate::build::{several, stream};
use crate::engine::soon;

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_an_unknown_kind_in_a_read_is_an_error_and_no_panic() {
    let fake = Fake::start();
    let log = opened(&fake).await;
    let stream = stream();
    log.append(&stream, 0, several(5)).await.unwrap();
    for after in [0, 3] {
        fake.faults().next(Call::ReadStream, Fault::UnknownAfter(after));
        let error = log.read_stream(&stream, 0, 10).await.unwrap_err();
        assert!(matches!(error, LogError::Damaged(ref why) if why.contains("does not understand")), "{error:?}");
    }
    fake.faults().next(Call::ReadAll, Fault::UnknownAfter(0));
    assert!(log.read_feed(Position::START, 5).await.is_err());
    assert_eq!(log.read_stream(&stream, 0, 10).await.unwrap().len(), 5);
    assert_eq!(whole(&log).await.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_an_unknown_kind_in_a_subscription_is_passed_over() {
    let fake = Fake::start();
    fake.faults().next(Call::Subscribe, Fault::UnknownAfter(2));
    let log = opened(&fake).await;
    let stream = stream();
    for number in 0..5 {
        soon("the append", log.append(&stream, number, several(1))).await.unwrap();
    }
    assert_eq!(whole(&log).await.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_answered_in_an_unknown_way_is_found_to_be_there() {
    let fake = Fake::start();
    let log = opened(&fake).await;
    let (stream, events) = (stream(), several(2));
    fake.faults().next(Call::Append, Fault::UnknownAfter(0));
    let receipt = log.append(&stream, 0, events.clone()).await.unwrap();
    assert_eq!(receipt.sequence, 2);
    assert_eq!(log.append(&stream, 0, events).await.unwrap(), receipt);
    assert_eq!(whole(&log).await.len(), 2);
}
