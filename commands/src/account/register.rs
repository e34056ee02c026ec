//! What every registration does: seal, claim, register.

use fieldlog_domain::account::{Account, AccountCommand, AccountKind, RegisterAccount as Register};
use fieldlog_domain::name_claim::ClaimedName;
use fieldlog_domain::shared::{AccountName, EmailAddress};
use fieldlog_domain::{AccountId, Sealed};

use super::{Password, Profile, RegistrationRefusal};
use crate::dispatch::Dispatch;
use crate::{App, CommandError, Done, streams};

/// The purpose of the key that profiles are sealed under.
pub(crate) const PROFILE: &str = "profile";
/// The purpose of the keys that password hashes are sealed under, each under its own.
pub(crate) const CREDENTIAL: &str = "credential";
/// The purpose of the index of mail addresses.
pub(crate) const EMAIL: &str = "email";

/// A person who is to be registered, as they were typed in.
pub(super) struct Person<'a> {
    pub(super) name: &'a str,
    pub(super) email: &'a str,
    pub(super) password: Password,
    pub(super) first_name: String,
    pub(super) last_name: String,
    pub(super) is_admin: bool,
}

type Registered = Result<Done<AccountId>, CommandError<RegistrationRefusal>>;

/// Registers a person.
pub(super) async fn register_person(command: &Dispatch<'_>, person: Person<'_>) -> Registered {
    let name = AccountName::try_new(person.name).map_err(|bad| CommandError::invalid("name", bad))?;
    let email = EmailAddress::try_new(person.email).map_err(|bad| CommandError::invalid("email", bad))?;
    check_names(&person.first_name, &person.last_name)?;
    person.password.check(&[name.as_str(), email.as_str()]).map_err(|bad| CommandError::invalid("password", bad))?;

    let app = command.app();
    let account = AccountId(command.derive("account"));
    if let Some(first) = command.repeated(&streams::account(account)).await? {
        return Ok(Done::new(account, Some(first.receipt)));
    }
    // A look before the work: the claims below decide.
    if app.view().account_by_name(name.as_str())?.is_some() {
        return Err(CommandError::Refused(RegistrationRefusal::NameTaken { name }));
    }
    let email_index = app.vault().blind_index(EMAIL, &email.key());
    let profile =
        Profile { email: email.as_str().to_owned(), first_name: person.first_name, last_name: person.last_name };
    let registration = Register {
        name,
        kind: AccountKind::Person,
        owner: None,
        profile: Some((seal_profile(app, account, &profile).await?, email_index)),
        password_hash: Some(seal_password(app, account, person.password).await?),
        is_admin: person.is_admin,
    };
    register(command, account, registration).await
}

/// Claims the names and registers the account.
pub(super) async fn register(command: &Dispatch<'_>, account: AccountId, registration: Register) -> Registered {
    let stream = streams::account(account);
    let name = registration.name.clone();
    let by_name = ClaimedName::Account(name.clone());
    let by_email = registration.profile.as_ref().map(|(_, index)| ClaimedName::EmailIndex(index.clone()));

    command
        .claim(&by_name, &stream)
        .await
        .map_err(|error| error.map_refusal(|_| RegistrationRefusal::NameTaken { name }))?;
    if let Some(by_email) = &by_email
        && let Err(error) = command.claim(by_email, &stream).await
    {
        release(command, &by_name, &stream).await?;
        return Err(error.map_refusal(|_| RegistrationRefusal::EmailTaken));
    }
    match command.dispatch::<Account>(&stream, AccountCommand::Register(registration)).await {
        Ok(receipt) => Ok(Done::new(account, receipt)),
        Err(error @ CommandError::Refused(_)) => {
            release(command, &by_name, &stream).await?;
            if let Some(by_email) = &by_email {
                release(command, by_email, &stream).await?;
            }
            Err(error.map_refusal(RegistrationRefusal::Account))
        }
        Err(error) => Err(error.map_refusal(RegistrationRefusal::Account)),
    }
}

async fn release(
    command: &Dispatch<'_>,
    name: &ClaimedName,
    holder: &fieldlog_domain::StreamId,
) -> Result<(), CommandError<RegistrationRefusal>> {
    let taken = |_| RegistrationRefusal::EmailTaken;
    command.release(name, holder).await.map_err(|error| error.map_refusal(taken))
}

/// First and last names are free text, within reason.
pub(super) fn check_names<R>(first_name: &str, last_name: &str) -> Result<(), CommandError<R>> {
    const MAX: usize = 150;
    for (field, name) in [("first_name", first_name), ("last_name", last_name)] {
        let found = name.chars().count();
        if found > MAX || name.chars().any(char::is_control) {
            let message = format!("a name has at most {MAX} characters and no control characters, found {found}");
            return Err(CommandError::Invalid { field, message });
        }
    }
    Ok(())
}

/// Mail and names under the person's profile key.
pub(super) async fn seal_profile<R>(
    app: &App,
    account: AccountId,
    profile: &Profile,
) -> Result<Sealed, CommandError<R>> {
    let json = serde_json::to_vec(profile).map_err(|error| CommandError::Damaged(error.to_string()))?;
    Ok(app.vault().seal(account.uuid(), PROFILE, &json).await?)
}

/// The password's hash under a key of its own, which is destroyed when the next password comes.
pub(super) async fn seal_password<R>(
    app: &App,
    account: AccountId,
    password: Password,
) -> Result<Sealed, CommandError<R>> {
    let hash = app.hasher().hash(password).await.map_err(|error| CommandError::Unavailable(error.to_string()))?;
    let key = app.vault().new_key(account.uuid(), CREDENTIAL).await?;
    Ok(app.vault().seal_with(key, hash.as_bytes()).await?)
}
