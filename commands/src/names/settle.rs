//! Puts claims right after somebody came to bear another name, or none.

use fieldlog_domain::StreamId;
use fieldlog_domain::name_claim::{ClaimedName, NameClaimRefusal};
use fieldlog_eventlog::LogError;

use super::bearer::Borne;
use crate::CommandError;
use crate::dispatch::Dispatch;

/// How often somebody who changes the same names at the same time is followed.
const ROUNDS: usize = 4;

impl Dispatch<'_> {
    /// Makes sure that `holder` holds the name it bears and none of those it bore before.
    ///
    /// Refused when somebody else bears the name by now: between the claim and the change the claim was taken for broken
    /// off. Whoever gets this refusal has to give `holder` its former name back.
    pub(crate) async fn settle(&self, holder: &StreamId) -> Result<(), CommandError<NameClaimRefusal>> {
        for round in 0..ROUNDS {
            let step = self.step(format!("{}settle {round} ", self.step_name()));
            let borne = Borne::by(self.app(), holder).await?;
            if let Some(current) = &borne.current {
                step.claim(current, holder).await?;
            }
            for former in &borne.former {
                step.release(former, holder).await?;
            }
            // Somebody may have given it one of the released names back meanwhile.
            if Borne::by(self.app(), holder).await?.current == borne.current {
                return Ok(());
            }
        }
        Err(CommandError::Conflict)
    }

    /// What `holder` bore before the name it bears.
    pub(crate) async fn former_name(&self, holder: &StreamId) -> Result<Option<ClaimedName>, LogError> {
        Ok(Borne::by(self.app(), holder).await?.former.pop())
    }
}
