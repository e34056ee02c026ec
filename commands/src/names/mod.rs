//! Unique names without transactions over two streams (`docs/adr/0005-name-claims.md`).
//!
//! A name is claimed for whoever shall bear it, then they come to bear it, then what they bore before is released. Each of
//! these steps may be the last one before a crash; whoever wants the name next finds out and puts it right.

mod bearer;
mod settle;

use std::time::Duration;

use fieldlog_domain::account::{Account, AccountCommand};
use fieldlog_domain::name_claim::{ClaimedName, NameClaim, NameClaimCommand, NameClaimRefusal};
use fieldlog_domain::resource::{Resource, ResourceCommand};
use fieldlog_domain::{ResourceId, StreamId, StreamKind};
use fieldlog_eventlog::LogError;
use tokio::time::{Instant, timeout_at};

use self::bearer::{Bearing, bearing};
use crate::CommandError;
use crate::dispatch::Dispatch;

/// How often somebody else's broken-off claim is put right before giving up.
const ATTEMPTS: usize = 8;

impl Dispatch<'_> {
    /// Claims a name for `holder`. Refused only when somebody bears it.
    pub(crate) async fn claim(
        &self,
        name: &ClaimedName,
        holder: &StreamId,
    ) -> Result<(), CommandError<NameClaimRefusal>> {
        let stream = name.stream();
        for _ in 0..ATTEMPTS {
            let claim = NameClaimCommand::Claim { holder: holder.clone() };
            let other = match self.dispatch::<NameClaim>(&stream, claim).await {
                Ok(_) => return Ok(()),
                Err(CommandError::Refused(NameClaimRefusal::Taken { holder })) => holder,
                Err(error) => return Err(error),
            };
            if self.is_borne(&other, name).await? {
                return Err(CommandError::Refused(NameClaimRefusal::Taken { holder: other }));
            }
            self.release(name, &other).await?;
        }
        Err(CommandError::Conflict)
    }

    /// Lets a name go, if `holder` has it.
    pub(crate) async fn release(
        &self,
        name: &ClaimedName,
        holder: &StreamId,
    ) -> Result<(), CommandError<NameClaimRefusal>> {
        let release = NameClaimCommand::Release { holder: holder.clone() };
        self.step(format!("release {holder} {}", self.step_name()))
            .dispatch::<NameClaim>(&name.stream(), release)
            .await?;
        Ok(())
    }

    /// Whether the holder of a claim bears the name. A holder who does not in the end can no longer come to bear it by
    /// registering; one who renames itself finds that it lost the claim (see [`settle`]).
    async fn is_borne(&self, holder: &StreamId, name: &ClaimedName) -> Result<bool, CommandError<NameClaimRefusal>> {
        let found = self.wait_for_bearer(holder, name, self.app().settings().claim_patience).await?;
        if found != Bearing::Unregistered {
            return Ok(found == Bearing::Bears);
        }
        if self.abandon(holder).await? {
            tracing::info!(%holder, "gave up a registration that broke off after it had claimed its name");
            return Ok(false);
        }
        Ok(bearing(self.app(), holder, name).await? == Bearing::Bears)
    }

    /// Somebody who claimed the name a moment ago is probably about to bear it; giving them that moment spares both the trouble.
    async fn wait_for_bearer(
        &self,
        holder: &StreamId,
        name: &ClaimedName,
        patience: Duration,
    ) -> Result<Bearing, LogError> {
        let deadline = Instant::now() + patience;
        let mut changes = self.app().log().changes();
        loop {
            changes.mark_unchanged();
            let found = bearing(self.app(), holder, name).await?;
            if matches!(found, Bearing::Bears | Bearing::Never) {
                return Ok(found);
            }
            if !matches!(timeout_at(deadline, changes.changed()).await, Ok(Ok(()))) {
                return bearing(self.app(), holder, name).await;
            }
        }
    }

    /// Makes sure that an empty stream never becomes an account or resource. `false`: it became one.
    async fn abandon(&self, holder: &StreamId) -> Result<bool, CommandError<NameClaimRefusal>> {
        match holder.kind {
            StreamKind::Resource => {
                let id = ResourceId(holder.id.parse().unwrap_or_default());
                became_nothing(self.clone().about(id).dispatch::<Resource>(holder, ResourceCommand::Abandon).await)
            }
            StreamKind::Account => became_nothing(self.dispatch::<Account>(holder, AccountCommand::Abandon).await),
            StreamKind::Session
            | StreamKind::NameClaim
            | StreamKind::File
            | StreamKind::Job
            | StreamKind::ChangeSet
            | StreamKind::Secret => Ok(true),
        }
    }
}

/// That it refuses to be given up means that it became something.
fn became_nothing<T, R, Q>(answer: Result<T, CommandError<R>>) -> Result<bool, CommandError<Q>> {
    match answer.map_err(CommandError::refusal) {
        Ok(_) => Ok(true),
        Err(Ok(_refusal)) => Ok(false),
        Err(Err(error)) => Err(error),
    }
}
