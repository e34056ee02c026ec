//! Log lines of running jobs, between processes.

use std::pin::pin;

use fieldlog_commands::live_lines::{count_told_lines, forget_lines, tell_lines, told_lines};
use fieldlog_domain::JobId;
use fieldlog_storage::Storage;
use futures::{FutureExt, StreamExt};
use uuid::Uuid;

fn texts(lines: &[&str]) -> Vec<String> {
    lines.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn lines_are_heard_in_their_order_and_numbered_over_all_attempts() {
    let (storage, job) = (Storage::in_memory(), JobId(Uuid::now_v7()));
    tell_lines(&storage, (job, 1), 1, &texts(&["one", "two"])).await.unwrap();
    let mut lines = pin!(told_lines(storage.clone(), job));
    assert_eq!(lines.next().await.unwrap().len(), 2);
    tell_lines(&storage, (job, 1), 3, &texts(&["", "four"])).await.unwrap();
    tell_lines(&storage, (job, 2), 1, &texts(&["again"])).await.unwrap();
    let heard = lines.next().await.unwrap();
    let heard: Vec<_> = heard.iter().map(|line| (line.number, line.attempt, line.text.as_str())).collect();
    assert_eq!(heard, [(3, 1, ""), (4, 1, "four"), (5, 2, "again")]);
    let late = pin!(told_lines(storage.clone(), job)).next().await.unwrap();
    assert_eq!(late.len(), 5);
    assert_eq!(lines.next().now_or_never(), None, "nothing more was told");
}

#[tokio::test]
async fn whoever_goes_on_telling_knows_how_much_was_told() {
    let (storage, job, other) = (Storage::in_memory(), JobId(Uuid::now_v7()), JobId(Uuid::now_v7()));
    let count = async |attempt| count_told_lines(&storage, (job, attempt)).await.unwrap();
    assert_eq!(count(1).await, 0);
    for (attempt, first, lines) in [(1, 1, &["a", "b"][..]), (1, 3, &["c"]), (2, 1, &["d"])] {
        tell_lines(&storage, (job, attempt), first, &texts(lines)).await.unwrap();
    }
    tell_lines(&storage, (other, 1), 1, &texts(&["other"])).await.unwrap();
    assert_eq!((count(1).await, count(2).await, count(3).await), (3, 1, 0));
    forget_lines(&storage, job).await.unwrap();
    assert_eq!(count(1).await, 0);
    assert_eq!(count_told_lines(&storage, (other, 1)).await.unwrap(), 1);
}
