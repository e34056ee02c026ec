//! Registering, and changing accounts.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use fieldlog_commands::account as commands;
use fieldlog_domain::AccountId;
use uuid::Uuid;

use super::{Account, found};
use crate::graphql::context::RequestContext;
use crate::graphql::failure::Failure;
use crate::graphql::mutate::{self, Stop, command_id, outcome, settled};
use crate::graphql::refusal::{NotAuthenticated, Refusal};

/// A new account of a person.
#[derive(InputObject)]
pub struct RegisterInput {
    /// Names this command; sending it again is answered, not done again.
    command_id: Option<Uuid>,
    /// Public name, unique whatever the case.
    name: String,
    /// Mail address.
    email: String,
    /// At least 8 characters.
    password: String,
    /// May be empty.
    #[graphql(default)]
    first_name: String,
    /// May be empty.
    #[graphql(default)]
    last_name: String,
}

/// A new account of a person, made by an administrator.
#[derive(InputObject)]
pub struct CreateAccountInput {
    /// Names this command; sending it again is answered, not done again.
    command_id: Option<Uuid>,
    /// Public name, unique whatever the case.
    name: String,
    /// Mail address.
    email: String,
    /// At least 8 characters.
    password: String,
    /// May be empty.
    #[graphql(default)]
    first_name: String,
    /// May be empty.
    #[graphql(default)]
    last_name: String,
    /// Whether the person administers the server.
    #[graphql(default)]
    is_admin: bool,
}

/// Another password.
#[derive(InputObject)]
pub struct ChangePasswordInput {
    /// Names this command; sending it again is answered, not done again.
    command_id: Option<Uuid>,
    /// Whose; the viewer when left out.
    account: Option<ID>,
    /// The password so far.
    current_password: Option<String>,
    /// At least 8 characters.
    new_password: String,
}

/// Another mail address or other names; what is left out stays.
#[derive(InputObject)]
pub struct UpdateProfileInput {
    /// Names this command; sending it again is answered, not done again.
    command_id: Option<Uuid>,
    /// Whose; the viewer when left out.
    account: Option<ID>,
    /// Mail address.
    email: Option<String>,
    /// May be empty.
    first_name: Option<String>,
    /// May be empty.
    last_name: Option<String>,
}

/// Whose picture is taken away. A picture is set by `PUT /accounts/{uuid}/avatar`.
#[derive(InputObject)]
pub struct RemoveAvatarInput {
    /// Names this command; sending it again is answered, not done again.
    command_id: Option<Uuid>,
    /// Whose; the viewer's when left out.
    account: Option<ID>,
}

/// Whether nobody can use an account for now.
#[derive(InputObject)]
pub struct SetAccountDisabledInput {
    /// Names this command; sending it again is answered, not done again.
    command_id: Option<Uuid>,
    /// The account.
    account: ID,
    /// Whether it is disabled from now on.
    is_disabled: bool,
}

/// The account exists.
#[derive(SimpleObject)]
pub struct AccountRegistered {
    /// The account.
    account: Account,
}

/// The account exists.
#[derive(SimpleObject)]
pub struct AccountCreated {
    /// The account.
    account: Account,
}

/// The password is the new one; all sessions of the account have ended.
#[derive(SimpleObject)]
pub struct PasswordChanged {
    /// The account.
    account: Account,
}

/// The profile is the new one.
#[derive(SimpleObject)]
pub struct ProfileUpdated {
    /// The account.
    account: Account,
}

/// The account has no picture.
#[derive(SimpleObject)]
pub struct AvatarRemoved {
    /// The account.
    account: Account,
}

/// The account is disabled, or enabled.
#[derive(SimpleObject)]
pub struct AccountDisabledSet {
    /// The account.
    account: Account,
}

payload! {
    /// What comes of `register`.
    RegisterPayload { AccountRegistered; RegistrationClosed, NameTaken, EmailTaken }
}
payload! {
    /// What comes of `createAccount`.
    CreateAccountPayload { AccountCreated; NameTaken, EmailTaken }
}
payload! {
    /// What comes of `changePassword`.
    ChangePasswordPayload { PasswordChanged; WrongPassword, TooManyAttempts, NotAPerson }
}
payload! {
    /// What comes of `updateProfile`.
    UpdateProfilePayload { ProfileUpdated; EmailTaken, NotAPerson }
}
payload! {
    /// What comes of `removeAvatar`.
    RemoveAvatarPayload { AvatarRemoved }
}
payload! {
    /// What comes of `setAccountDisabled`.
    SetAccountDisabledPayload { AccountDisabledSet }
}

/// Registering, and changing accounts.
#[derive(Default)]
pub struct AccountMutations;

#[Object]
impl AccountMutations {
    /// Registers the viewer as a person, where registration is open.
    async fn register(&self, context: &Context<'_>, input: RegisterInput) -> Result<RegisterPayload, Failure> {
        outcome(register(context, input).await)
    }

    /// Creates an account for a person; for administrators.
    async fn create_account(
        &self,
        context: &Context<'_>,
        input: CreateAccountInput,
    ) -> Result<CreateAccountPayload, Failure> {
        outcome(create_account(context, input).await)
    }

    /// Changes a password; all sessions of the account end.
    async fn change_password(
        &self,
        context: &Context<'_>,
        input: ChangePasswordInput,
    ) -> Result<ChangePasswordPayload, Failure> {
        outcome(change_password(context, input).await)
    }

    /// Changes a person's mail address and names.
    async fn update_profile(
        &self,
        context: &Context<'_>,
        input: UpdateProfileInput,
    ) -> Result<UpdateProfilePayload, Failure> {
        outcome(update_profile(context, input).await)
    }

    /// Takes the picture of a person or an organization away. One is set by `PUT /accounts/{uuid}/avatar`, a PNG or JPEG.
    async fn remove_avatar(
        &self,
        context: &Context<'_>,
        input: RemoveAvatarInput,
    ) -> Result<RemoveAvatarPayload, Failure> {
        outcome(remove_avatar(context, input).await)
    }

    /// Disables an account or enables it again; for administrators. Disabling ends all its sessions.
    async fn set_account_disabled(
        &self,
        context: &Context<'_>,
        input: SetAccountDisabledInput,
    ) -> Result<SetAccountDisabledPayload, Failure> {
        outcome(set_account_disabled(context, input).await)
    }
}

async fn register(context: &Context<'_>, input: RegisterInput) -> Result<AccountRegistered, Stop> {
    let request = RequestContext::of(context);
    let command = commands::RegisterAccount {
        command_id: command_id(input.command_id),
        name: input.name,
        email: input.email,
        password: commands::Password::new(input.password),
        first_name: input.first_name,
        last_name: input.last_name,
    };
    let done = commands::register_account(request.gateway.app(), &request.caller.viewer, command).await?;
    let (account, reading) = settled(context, done).await?;
    Ok(AccountRegistered { account: found(&reading, account).await? })
}

async fn create_account(context: &Context<'_>, input: CreateAccountInput) -> Result<AccountCreated, Stop> {
    let request = RequestContext::of(context);
    let command = commands::CreateAccount {
        command_id: command_id(input.command_id),
        name: input.name,
        email: input.email,
        password: commands::Password::new(input.password),
        first_name: input.first_name,
        last_name: input.last_name,
        is_admin: input.is_admin,
    };
    let done = commands::create_account(request.gateway.app(), &request.caller.viewer, command).await?;
    let (account, reading) = settled(context, done).await?;
    Ok(AccountCreated { account: found(&reading, account).await? })
}

async fn change_password(context: &Context<'_>, input: ChangePasswordInput) -> Result<PasswordChanged, Stop> {
    let request = RequestContext::of(context);
    let account = of(request, input.account.as_ref())?;
    let command = commands::ChangePassword {
        command_id: command_id(input.command_id),
        account,
        current: input.current_password.map(commands::Password::new),
        new: commands::Password::new(input.new_password),
    };
    let done = commands::change_password(request.gateway.app(), &request.caller.viewer, command).await?;
    let ((), reading) = settled(context, done).await?;
    Ok(PasswordChanged { account: found(&reading, account).await? })
}

async fn update_profile(context: &Context<'_>, input: UpdateProfileInput) -> Result<ProfileUpdated, Stop> {
    let request = RequestContext::of(context);
    let account = of(request, input.account.as_ref())?;
    let command = commands::ChangeProfile {
        command_id: command_id(input.command_id),
        account,
        email: input.email,
        first_name: input.first_name,
        last_name: input.last_name,
    };
    let done = commands::change_profile(request.gateway.app(), &request.caller.viewer, command).await?;
    let ((), reading) = settled(context, done).await?;
    Ok(ProfileUpdated { account: found(&reading, account).await? })
}

async fn remove_avatar(context: &Context<'_>, input: RemoveAvatarInput) -> Result<AvatarRemoved, Stop> {
    let request = RequestContext::of(context);
    let account = of(request, input.account.as_ref())?;
    let command = commands::RemoveAvatar { command_id: command_id(input.command_id), account };
    let done = commands::remove_avatar(request.gateway.app(), &request.caller.viewer, command).await?;
    let ((), reading) = settled(context, done).await?;
    Ok(AvatarRemoved { account: found(&reading, account).await? })
}

async fn set_account_disabled(
    context: &Context<'_>,
    input: SetAccountDisabledInput,
) -> Result<AccountDisabledSet, Stop> {
    let request = RequestContext::of(context);
    let account = mutate::id("account", &input.account)?;
    let command = commands::SetAccountDisabled {
        command_id: command_id(input.command_id),
        account,
        is_disabled: input.is_disabled,
    };
    let done = commands::set_account_disabled(request.gateway.app(), &request.caller.viewer, command).await?;
    let ((), reading) = settled(context, done).await?;
    Ok(AccountDisabledSet { account: found(&reading, account).await? })
}

/// The account that is named, or the viewer's.
fn of(request: &RequestContext, account: Option<&ID>) -> Result<AccountId, Stop> {
    match account {
        Some(id) => mutate::id("account", id),
        None => request
            .caller
            .viewer
            .account
            .ok_or_else(|| Refusal::NotAuthenticated(NotAuthenticated { message: "please log in".into() }).into()),
    }
}
