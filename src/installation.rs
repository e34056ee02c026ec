//! Whether a log and a vault belong together: on one server, or by a slip of the pen, a log may be another installation's.

use anyhow::{Result, bail};
use fieldlog_domain::Sealed;
use fieldlog_eventlog::{EventLog, Position};
use fieldlog_vault::Vault;
use serde::Deserialize;
use serde_json::Value;

use crate::settings::Settings;

/// Where the first sealed value is looked for: an installation begins with an account.
const FIRST_EVENTS: usize = 100;

/// Refuses a log whose first sealed value was sealed under a key that never was in the vault.
pub async fn check(settings: &Settings, log: &dyn EventLog, vault: &Vault) -> Result<()> {
    let Some(sealed) = first_sealed(log).await? else { return Ok(()) };
    if !vault.knows(sealed.key).await? {
        bail!(
            "the log at {} holds what was sealed with keys that are not in the vault at {}: expected a log and a vault of one \
             installation; are --log and --vault right? Nothing was written.",
            settings.log,
            settings.vault
        );
    }
    Ok(())
}

async fn first_sealed(log: &dyn EventLog) -> Result<Option<Sealed>> {
    for event in log.read_feed(Position::START, FIRST_EVENTS).await? {
        if let Some(sealed) = sealed_in(&serde_json::from_str(&event.payload)?) {
            return Ok(Some(sealed));
        }
    }
    Ok(None)
}

fn sealed_in(value: &Value) -> Option<Sealed> {
    match value {
        Value::Object(fields) => {
            let whole = if fields.len() == 2 { Sealed::deserialize(value).ok() } else { None };
            whole.or_else(|| fields.values().find_map(sealed_in))
        }
        Value::Array(items) => items.iter().find_map(sealed_in),
        _ => None,
    }
}
