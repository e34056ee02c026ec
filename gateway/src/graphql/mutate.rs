//! What every mutation does around its use case: read the arguments, wait for the model, name the outcome.

use std::sync::Arc;

use async_graphql::{Context, ID};
use fieldlog_commands::authz::{Action, ServerAction};
use fieldlog_commands::{CommandError, Done, Never};
use fieldlog_domain::{AccountId, CommandId};
use uuid::Uuid;

use super::context::RequestContext;
use super::failure::Failure;
use super::global_id::Named;
use super::reading::Reading;
use super::refusal::{Conflict, InvalidInput, NotAuthenticated, NotFound, PermissionDenied, Refusal};

/// What stops a mutation: a refusal, which is data, or a failure, which is an error.
pub enum Stop {
    /// Data.
    Refusal(Refusal),
    /// An error.
    Failure(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}

impl<R: Into<Refusal>> From<CommandError<R>> for Stop {
    fn from(error: CommandError<R>) -> Self {
        match error {
            CommandError::Refused(refusal) => refusal.into().into(),
            CommandError::Invalid { field, message } => {
                Refusal::InvalidInput(InvalidInput { message, field: field.to_owned() }).into()
            }
            CommandError::Unauthenticated => {
                Refusal::NotAuthenticated(NotAuthenticated { message: "please log in".into() }).into()
            }
            CommandError::Forbidden => {
                Refusal::PermissionDenied(PermissionDenied { message: "you may not do this".into() }).into()
            }
            CommandError::NotFound(what) => not_found(what).into(),
            CommandError::Conflict => {
                let message = "others changed it at the same time; please try again".into();
                Refusal::Conflict(Conflict { message }).into()
            }
            CommandError::Unavailable(why) => Failure::unavailable(why).into(),
            CommandError::Damaged(why) => Failure::internal(why).into(),
        }
    }
}

/// There is none, or the viewer may not see it.
pub fn not_found(what: &str) -> Refusal {
    let message = format!("there is no such {what}, or you may not see it");
    Refusal::NotFound(NotFound { message, what: what.to_owned() })
}

/// A refusal as the payload it belongs to; a failure as an error.
pub fn outcome<T, P: From<T> + From<Refusal>>(result: Result<T, Stop>) -> Result<P, Failure> {
    match result {
        Ok(done) => Ok(done.into()),
        Err(Stop::Refusal(refusal)) => Ok(refusal.into()),
        Err(Stop::Failure(failure)) => Err(failure),
    }
}

/// The things as they are once the model has seen what was done, and what came of it.
pub async fn settled<T>(context: &Context<'_>, done: Done<T>) -> Result<(T, Arc<Reading>), Failure> {
    let context = RequestContext::of(context);
    let patience = context.gateway.options().catch_up_timeout;
    context.gateway.app().wait_for(done.receipt, patience).await?;
    Ok((done.value, context.fresh()?))
}

/// An id of one kind.
pub fn id<T: Named>(field: &'static str, id: &ID) -> Result<T, Stop> {
    T::named(id)
        .map_err(|error| Refusal::InvalidInput(InvalidInput { message: error.to_string(), field: field.into() }).into())
}

/// The client's name for a command.
pub fn command_id(id: Option<Uuid>) -> Option<CommandId> {
    id.map(CommandId)
}

/// The account of this name, for people who are logged in.
pub fn account_named(request: &RequestContext, name: &str) -> Result<AccountId, Stop> {
    let app = request.gateway.app();
    let see = Action::Server(ServerAction::SeeAccounts);
    let _granted = app.authorise(&request.caller.viewer, see).map_err(CommandError::<Never>::from)?;
    let found = app.view().account_by_name(name).map_err(Failure::from)?;
    Ok(found.ok_or_else(|| not_found("account"))?.id)
}
