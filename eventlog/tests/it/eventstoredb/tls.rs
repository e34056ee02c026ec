//! Who installs the TLS provider of the process first.

use std::process::Command;

use fieldlog_esdb_fake::Fake;
use fieldlog_eventlog::eventstoredb::{EventStoreDbLog, EventStoreDbOptions, install_tls_provider};
use fieldlog_eventlog::{EventLog, LogError};
use rustls::crypto::CryptoProvider;

use crate::build::{several, stream};

/// Each needs a process of its own: a provider is installed once.
fn in_a_process_of_its_own(test: &str) {
    let test = format!("eventstoredb::tls::{test}");
    let output = Command::new(std::env::current_exe().unwrap()).args([&test, "--exact", "--ignored"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
fn a_provider_that_was_there_before_is_said() {
    in_a_process_of_its_own("another_is_first");
}

#[tokio::test]
#[ignore = "is what another test starts as a process"]
async fn another_is_first() {
    rustls::crypto::aws_lc_rs::default_provider().install_default().unwrap();
    let fake = Fake::start();
    let refused = EventStoreDbLog::connect(&fake.url(), EventStoreDbOptions::default()).await.map(|_| ());
    assert!(
        matches!(refused, Err(LogError::Unavailable(ref why)) if why.contains("installed a TLS provider before it")),
        "{refused:?}"
    );
}

#[test]
fn the_client_installs_one_that_everybody_can_use() {
    in_a_process_of_its_own("the_client_is_first");
}

#[tokio::test]
#[ignore = "is what another test starts as a process"]
async fn the_client_is_first() {
    assert!(CryptoProvider::get_default().is_none());
    install_tls_provider().await.unwrap();
    install_tls_provider().await.unwrap();
    assert!(CryptoProvider::get_default().is_some());
    // Whoever comes second finds it there.
    assert!(rustls::crypto::aws_lc_rs::default_provider().install_default().is_err());
    rustls::ClientConfig::builder().with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth();
    let fake = Fake::start();
    for _ in 0..2 {
        let log = EventStoreDbLog::connect(&fake.url(), EventStoreDbOptions::default()).await.unwrap();
        log.append(&stream(), 0, several(1)).await.unwrap();
    }
}
