//! The same promises over PostgreSQL, and what only a server can do to us. One test, because one server serves all.

use std::time::{Duration, Instant};

use fieldlog_vault::{Vault, VaultError, VaultUrl};
use uuid::Uuid;

use crate::homes::{Home, Postgres};
use crate::promises::{self, value};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_holds_on_a_real_postgresql() {
    let server = Postgres::start();
    for (name, case) in promises::CASES {
        eprintln!("postgres: {name}");
        case(Home::postgres(&server).await).await;
    }
    many_open_a_new_vault_at_once(&server).await;
    a_server_that_was_gone_is_used_again(&server).await;
}

async fn many_open_a_new_vault_at_once(server: &Postgres) {
    let home = Home::postgres(server).await;
    let vaults = futures::future::join_all((0..8).map(|_| home.open())).await;
    let indexes: Vec<String> = vaults.iter().map(|vault| vault.blind_index("mail", "x")).collect();
    assert!(indexes.iter().all(|index| *index == indexes[0]));
}

async fn a_server_that_was_gone_is_used_again(server: &Postgres) {
    let home = Home::postgres(server).await;
    let vault = home.open().await;
    let sealed = vault.seal(Uuid::from_u128(1), "mail", b"x").await.unwrap();
    server.stop();
    let started = Instant::now();
    let failed = vault.seal(Uuid::from_u128(2), "mail", b"y").await.unwrap_err();
    assert!(matches!(failed, VaultError::Unavailable { .. }) && failed.is_retryable(), "{failed:?}");
    assert!(started.elapsed() < Duration::from_secs(15), "it took {:?}", started.elapsed());
    server.start_again();
    assert_eq!(vault.open_sealed(&sealed).await.unwrap(), value("x"));
    vault.seal(Uuid::from_u128(2), "mail", b"y").await.unwrap();
}

#[tokio::test]
async fn a_server_that_is_not_there_is_an_error_in_bounded_time() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let master = fieldlog_vault::MasterKey::generate();
    let url = VaultUrl::Postgres(format!("postgres://app:secret@{address}/x"));
    let started = Instant::now();
    // The listener accepts and never says a word.
    let failed = Vault::open(&url, master).await.unwrap_err();
    assert!(matches!(failed, VaultError::Unavailable { .. }), "{failed:?}");
    assert!(started.elapsed() < Duration::from_secs(10));
}
