//! Finding accounts.

use async_graphql::{Context, Object};
use fieldlog_commands::authz::{Action, ServerAction};

use super::Account;
use crate::graphql::as_of::AsOf;
use crate::graphql::context::RequestContext;
use crate::graphql::failure::Failure;

/// Finding accounts.
#[derive(Default)]
pub struct AccountQueries;

#[Object]
impl AccountQueries {
    /// Who is logged in; null when nobody is.
    async fn viewer(&self, context: &Context<'_>) -> Result<Option<Account>, Failure> {
        let context = RequestContext::of(context);
        let Some(id) = context.caller.viewer.account else { return Ok(None) };
        let reading = context.now()?;
        Ok(reading.account(id)?.map(|row| Account::new(row, &reading)))
    }

    /// A person or an organization by its public name in any case; for people who are logged in.
    async fn account(
        &self,
        context: &Context<'_>,
        name: String,
        #[graphql(desc = "As of a moment of the past.")] as_of: Option<AsOf>,
    ) -> Result<Option<Account>, Failure> {
        let reading = RequestContext::of(context).reading(as_of).await?;
        reading.demand_other(Action::Server(ServerAction::SeeAccounts))?;
        Ok(reading.view.account_by_name(&name)?.map(|row| Account::new(row, &reading)))
    }
}
