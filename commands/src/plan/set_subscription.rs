//! Put an account on a plan.

use chrono::{DateTime, Utc};
use fieldlog_domain::account::{Account, AccountCommand, AccountRefusal, PlanCode, SubscriptionStatus};
use fieldlog_domain::{AccountId, CommandId};

use super::UNCONFIGURED;
use crate::authz::{Action, ServerAction};
use crate::{App, CommandError, Done, Viewer, streams};

/// Put an account on a plan.
#[derive(Debug, Clone)]
pub struct SetSubscription {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The account.
    pub account: AccountId,
    /// The plan's code.
    pub plan: String,
    /// How it stands.
    pub status: SubscriptionStatus,
    /// When it ends; none: never.
    pub until: Option<DateTime<Utc>>,
}

/// Put an account on a plan.
pub async fn set_subscription(
    app: &App,
    viewer: &Viewer,
    input: SetSubscription,
) -> Result<Done<()>, CommandError<AccountRefusal>> {
    let granted = app.authorise(viewer, Action::Server(ServerAction::SetSubscriptions))?;
    app.view().account(input.account)?.ok_or(CommandError::NotFound("account"))?;
    let plan = PlanCode::try_new(&input.plan).map_err(|bad| CommandError::invalid("plan", bad))?;
    if app.settings().plan(&plan).is_none() {
        let configured = app.settings().plans.codes().map(PlanCode::as_str);
        let known: Vec<&str> = configured.chain([UNCONFIGURED]).collect();
        let message = format!("expected one of the plans {}, found {plan}", known.join(", "));
        return Err(CommandError::Invalid { field: "plan", message });
    }
    let command = AccountCommand::SetSubscription { plan, status: input.status, until: input.until };
    let stream = streams::account(input.account);
    let receipt = app.command(granted, viewer, input.command_id).dispatch::<Account>(&stream, command).await?;
    Ok(Done::new((), receipt))
}
