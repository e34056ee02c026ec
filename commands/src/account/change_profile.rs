//! Change a person's mail address and names.

use crate::account::ChangeProfileRefusal;
use fieldlog_domain::account::{Account, AccountCommand, AccountEvent};
use fieldlog_domain::name_claim::ClaimedName;
use fieldlog_domain::name_claim::NameClaimRefusal;
use fieldlog_domain::shared::EmailAddress;
use fieldlog_domain::{AccountId, CommandId, Event, Sealed, StreamId};
use fieldlog_eventlog::LogError;

use crate::account::register::{EMAIL, check_names, seal_profile};
use crate::account::{Profile, open_sealed_profile, person};
use crate::authz::{Action, PersonAction};
use crate::dispatch::{Dispatch, read};
use crate::{App, CommandError, Done, Viewer, streams};

/// Change a person's mail address and names.
#[derive(Debug, Clone)]
pub struct ChangeProfile {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// The person.
    pub account: AccountId,
    /// Mail address; none: as it is.
    pub email: Option<String>,
    /// First name; none: as it is.
    pub first_name: Option<String>,
    /// Last name; none: as it is.
    pub last_name: Option<String>,
}

/// Change a person's mail address and names.
pub async fn change_profile(
    app: &App,
    viewer: &Viewer,
    input: ChangeProfile,
) -> Result<Done<()>, CommandError<ChangeProfileRefusal>> {
    let granted = app.authorise(viewer, Action::Person(PersonAction::ChangeProfile, input.account))?;
    person(app, "account", input.account)?;
    let command = app.command(granted, viewer, input.command_id);
    let stream = streams::account(input.account);
    if let Some(first) = command.repeated(&stream).await? {
        return Ok(Done::new((), Some(first.receipt)));
    }
    let former = app.fresh::<Account, _>(&stream, |account, _| account.profile().cloned()).await?;
    let current = open_sealed_profile(app, former.as_ref()).await?.unwrap_or_default();
    let next = Profile {
        email: input.email.unwrap_or_else(|| current.email.clone()),
        first_name: input.first_name.unwrap_or_else(|| current.first_name.clone()),
        last_name: input.last_name.unwrap_or_else(|| current.last_name.clone()),
    };
    if next == current {
        return Ok(Done::new((), None));
    }
    let email = EmailAddress::try_new(&next.email).map_err(|bad| CommandError::invalid("email", bad))?;
    check_names(&next.first_name, &next.last_name)?;
    let email_index = app.vault().blind_index(EMAIL, &email.key());
    let next = Profile { email: email.as_str().to_owned(), ..next };
    let profile = seal_profile(app, input.account, &next).await?;

    let taken = |_| ChangeProfileRefusal::EmailTaken;
    let claimed = command.claim(&ClaimedName::EmailIndex(email_index.clone()), &stream).await;
    claimed.map_err(|error| error.map_refusal(taken))?;
    let change = AccountCommand::SealProfile { profile, email_index };
    let receipt = command.dispatch::<Account>(&stream, change).await;
    let receipt = receipt.map_err(|error| error.map_refusal(ChangeProfileRefusal::Account))?;
    settle_email(&command, input.account).await.map_err(|error| error.map_refusal(taken))?;
    Ok(Done::new((), receipt))
}

/// Puts the claims of a person's mail addresses right after a change; gives the former address back when the new one is
/// somebody else's by now.
pub(crate) async fn settle_email(
    command: &Dispatch<'_>,
    account: AccountId,
) -> Result<(), CommandError<NameClaimRefusal>> {
    let stream = streams::account(account);
    let taken = match command.settle(&stream).await {
        Err(taken @ CommandError::Refused(_)) => taken,
        settled => return settled,
    };
    if let Some((profile, email_index)) = former_profile(command.app(), &stream).await? {
        let back = AccountCommand::SealProfile { profile, email_index };
        let undone = command.step("undo ").dispatch::<Account>(&stream, back).await;
        undone.map_err(|error| error.refusal().err().unwrap_or(CommandError::Conflict))?;
        command.step("undo ").settle(&stream).await?;
    }
    Err(taken)
}

/// The last profile with another mail address than the current one.
async fn former_profile(app: &App, stream: &StreamId) -> Result<Option<(Sealed, String)>, LogError> {
    let mut profiles = Vec::new();
    for recorded in app.log().read_stream(stream, 0, usize::MAX).await? {
        if let Event::Account(AccountEvent::ProfileSealed { profile, email_index }) = read(&recorded)? {
            profiles.push((profile, email_index));
        }
    }
    let Some((_, current)) = profiles.pop() else { return Ok(None) };
    Ok(profiles.into_iter().rev().find(|(_, index)| *index != current))
}
