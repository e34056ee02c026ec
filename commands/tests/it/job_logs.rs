//! Log lines, from a worker to whoever looks on.

use std::pin::pin;

use fieldlog_commands::JobLogs;
use fieldlog_domain::JobId;
use futures::StreamExt;
use uuid::Uuid;

#[tokio::test]
async fn whoever_comes_late_gets_what_was_printed_and_then_each_new_line() {
    let (logs, job) = (JobLogs::default(), JobId(Uuid::now_v7()));
    logs.append(job, 1, ["one", "two"]);
    let mut lines = pin!(logs.subscribe(job, 2));
    let first = lines.next().await.unwrap();
    assert_eq!(first.iter().map(|line| (line.number, line.text.as_str())).collect::<Vec<_>>(), [(2, "two")]);
    logs.append(job, 2, ["three"]);
    assert_eq!(lines.next().await.unwrap()[0].attempt, 2);
    logs.close(job);
    assert_eq!(lines.next().await, None);
}

#[tokio::test]
async fn a_job_that_prints_without_end_keeps_its_last_lines() {
    let (logs, job) = (JobLogs::default(), JobId(Uuid::now_v7()));
    logs.append(job, 1, (0..25_000).map(|n| n.to_string()));
    logs.close(job);
    let pages: Vec<_> = logs.subscribe(job, 0).collect().await;
    let lines = pages.concat();
    assert_eq!((lines.len(), lines[0].number, lines[lines.len() - 1].number), (10_000, 15_001, 25_000));
}
