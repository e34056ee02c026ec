//! A new password for whoever has forgotten theirs.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use fieldlog_commands::account::{Password, ResetPassword, reset_password};
use uuid::Uuid;

use crate::graphql::context::RequestContext;
use crate::graphql::failure::Failure;
use crate::graphql::mutate::{Stop, command_id, outcome, settled};
use crate::graphql::refusal::{MailNotSetUp, Refusal, TooManyAttempts};
use crate::mail::{NotSent, send_password_reset};

/// Whose password was forgotten.
#[derive(InputObject)]
pub struct RequestPasswordResetInput {
    /// Public name in any case, or mail address.
    login: String,
}

/// A new password in place of a forgotten one.
#[derive(InputObject)]
pub struct ResetPasswordInput {
    /// Names this command; sending it again is answered, not done again.
    command_id: Option<Uuid>,
    /// The last part of the link in the mail.
    token: String,
    /// At least 8 characters.
    new_password: String,
}

/// If there is such an account, a mail with a link is on its way to it. Whether there is one is not told.
#[derive(SimpleObject)]
pub struct PasswordResetRequested {
    /// How long the link is good for.
    valid_for_seconds: u64,
}

/// The password is the new one; all sessions of the account have ended.
#[derive(SimpleObject)]
pub struct PasswordReset {
    /// The name of the account.
    name: String,
}

payload! {
    /// What comes of `requestPasswordReset`.
    RequestPasswordResetPayload { PasswordResetRequested; MailNotSetUp, TooManyAttempts }
}
payload! {
    /// What comes of `resetPassword`.
    ResetPasswordPayload { PasswordReset; PasswordResetNotValid }
}

/// A new password for whoever has forgotten theirs.
#[derive(Default)]
pub struct PasswordResetMutations;

#[Object]
impl PasswordResetMutations {
    /// Sends a mail with a link to set a new password, if there is such an account. It takes as long if there is none.
    async fn request_password_reset(
        &self,
        context: &Context<'_>,
        input: RequestPasswordResetInput,
    ) -> Result<RequestPasswordResetPayload, Failure> {
        outcome(request(context, input))
    }

    /// Sets a new password with the link from a mail, once; all sessions of the account end.
    async fn reset_password(
        &self,
        context: &Context<'_>,
        input: ResetPasswordInput,
    ) -> Result<ResetPasswordPayload, Failure> {
        outcome(reset(context, input).await)
    }
}

fn request(context: &Context<'_>, input: RequestPasswordResetInput) -> Result<PasswordResetRequested, Stop> {
    let RequestContext { gateway, caller, .. } = RequestContext::of(context);
    send_password_reset(gateway, caller, input.login).map_err(|not_sent| match not_sent {
        NotSent::MailIsNotSetUp => {
            let message = "this server sends no mail; please ask its administrator for a new password".into();
            Refusal::MailNotSetUp(MailNotSetUp { message })
        }
        NotSent::TooMany { retry_after } => {
            let retry_after_seconds = retry_after.as_secs().max(1);
            let message =
                format!("too many mails were asked for from your address; please try again in {retry_after_seconds} s");
            Refusal::TooManyAttempts(TooManyAttempts { message, retry_after_seconds })
        }
    })?;
    let lifetime = gateway.app().settings().password_reset_lifetime;
    Ok(PasswordResetRequested { valid_for_seconds: lifetime.as_secs() })
}

async fn reset(context: &Context<'_>, input: ResetPasswordInput) -> Result<PasswordReset, Stop> {
    let request = RequestContext::of(context);
    let command = ResetPassword {
        command_id: command_id(input.command_id),
        token: input.token,
        new: Password::new(input.new_password),
        client_ip: Some(request.caller.ip),
    };
    let done = reset_password(request.gateway.app(), &request.caller.viewer, command).await?;
    let (name, _) = settled(context, done).await?;
    Ok(PasswordReset { name: name.to_string() })
}
