//! The TLS provider of the process, which the client of EventStoreDB insists on installing itself.
//!
//! When one is there already, it panics in a task of its own, and from then on says of everything that its connection is
//! closed; even without TLS. So it has to be first.

use std::time::Duration;

use rustls::crypto::CryptoProvider;
use tokio::sync::OnceCell;

use crate::port::LogError;

static INSTALLED: OnceCell<()> = OnceCell::const_new();

/// Lets the client install the process's TLS provider (`aws-lc-rs`). To be called before anything else uses TLS or
/// installs one; once it was done, calling it again does nothing.
pub async fn install_tls_provider() -> Result<(), LogError> {
    INSTALLED.get_or_try_init(install).await.map(|_| ())
}

async fn install() -> Result<(), LogError> {
    let failed = |why: &str| LogError::Unavailable(format!("the client of EventStoreDB cannot be used: {why}"));
    if CryptoProvider::get_default().is_some() {
        return Err(failed("another part of this process has installed a TLS provider before it"));
    }
    // With one attempt it gives up before it has made any: it asks nobody.
    let nobody = "esdb://127.0.0.1:1?tls=false&maxDiscoverAttempts=1&discoveryInterval=0";
    let settings = nobody.parse().map_err(|_| failed("it does not understand its own settings"))?;
    let client = eventstore::Client::new(settings).map_err(|error| failed(&error.to_string()))?;
    let answer = tokio::time::timeout(Duration::from_secs(30), client.server_info()).await;
    match answer {
        Ok(Err(eventstore::Error::ConnectionClosed)) => {
            Err(failed("it could not start; are this machine's root certificates readable?"))
        }
        _ if CryptoProvider::get_default().is_none() => Err(failed("it did not install a TLS provider")),
        _ => Ok(()),
    }
}
