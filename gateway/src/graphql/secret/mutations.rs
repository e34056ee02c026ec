//! Setting and removing secrets.

use async_graphql::{Context, ID, InputObject, Object, OneofObject, SimpleObject};
use fieldlog_commands::secret as commands;
use fieldlog_domain::secret as domain;
use uuid::Uuid;

use super::Secret;
use crate::graphql::context::RequestContext;
use crate::graphql::enums::SecretKind;
use crate::graphql::failure::Failure;
use crate::graphql::mutate::{self, Stop, command_id, not_found, outcome, settled};

/// Whose jobs see a secret.
#[derive(OneofObject)]
pub enum SecretHolderInput {
    /// The jobs of this project.
    Project(ID),
    /// The jobs of all projects of this organization.
    Organization(ID),
}

/// A value for a secret. It takes the place of the value before.
#[derive(InputObject)]
pub struct SetSecretInput {
    /// Names this command; sending it again is answered, not done again.
    command_id: Option<Uuid>,
    /// Whose jobs see it.
    holder: SecretHolderInput,
    /// Its name: `A-Z`, `0-9` and `_`, with a letter first.
    name: String,
    /// What it is for.
    kind: SecretKind,
    /// The person whose jobs alone see it; everybody's when left out.
    assigned_to: Option<ID>,
    /// The value: for a variable 4 to 16384 bytes, for a service its section with its name in brackets, up to 1024 bytes.
    value: String,
}

/// A secret that is to be forgotten.
#[derive(InputObject)]
pub struct RemoveSecretInput {
    /// Names this command; sending it again is answered, not done again.
    command_id: Option<Uuid>,
    /// Whose jobs see it.
    holder: SecretHolderInput,
    /// Its name.
    name: String,
    /// The person whose jobs alone see it; everybody's when left out.
    assigned_to: Option<ID>,
}

/// Jobs see the value from now on.
#[derive(SimpleObject)]
pub struct SecretSet {
    /// The secret.
    secret: Secret,
}

/// The value is forgotten.
#[derive(SimpleObject)]
pub struct SecretRemoved {
    /// The name of the secret.
    name: String,
}

payload! {
    /// What comes of `setSecret`.
    SetSecretPayload { SecretSet; TooManySecrets, NoRoleThere, NotAnOrganization, ResourceRetired }
}
payload! {
    /// What comes of `removeSecret`.
    RemoveSecretPayload { SecretRemoved }
}

/// Setting and removing secrets.
#[derive(Default)]
pub struct SecretMutations;

#[Object]
impl SecretMutations {
    /// Gives a secret of a project or an organization a value; the value before is forgotten.
    async fn set_secret(&self, context: &Context<'_>, input: SetSecretInput) -> Result<SetSecretPayload, Failure> {
        outcome(set(context, input).await)
    }

    /// Forgets a secret of a project or an organization.
    async fn remove_secret(
        &self,
        context: &Context<'_>,
        input: RemoveSecretInput,
    ) -> Result<RemoveSecretPayload, Failure> {
        outcome(remove(context, input).await)
    }
}

async fn set(context: &Context<'_>, input: SetSecretInput) -> Result<SecretSet, Stop> {
    let request = RequestContext::of(context);
    let command = commands::SetSecret {
        command_id: command_id(input.command_id),
        holder: holder(&input.holder)?,
        name: input.name,
        kind: input.kind.into(),
        assigned_to: input.assigned_to.map(|id| mutate::id("assignedTo", &id)).transpose()?,
        value: commands::SecretValue::new(input.value),
    };
    let done = commands::set_secret(request.gateway.app(), &request.caller.viewer, command).await?;
    let (id, reading) = settled(context, done).await?;
    let row = reading.view.secret(id).map_err(Failure::from)?;
    // Somebody may have removed it meanwhile.
    Ok(SecretSet { secret: Secret::new(row.ok_or_else(|| not_found("secret"))?, &reading) })
}

async fn remove(context: &Context<'_>, input: RemoveSecretInput) -> Result<SecretRemoved, Stop> {
    let request = RequestContext::of(context);
    let command = commands::RemoveSecret {
        command_id: command_id(input.command_id),
        holder: holder(&input.holder)?,
        name: input.name.clone(),
        assigned_to: input.assigned_to.map(|id| mutate::id("assignedTo", &id)).transpose()?,
    };
    let done = commands::remove_secret(request.gateway.app(), &request.caller.viewer, command).await?;
    settled(context, done).await?;
    Ok(SecretRemoved { name: input.name })
}

fn holder(input: &SecretHolderInput) -> Result<domain::SecretHolder, Stop> {
    match input {
        SecretHolderInput::Project(id) => Ok(domain::SecretHolder::Project(mutate::id("holder", id)?)),
        SecretHolderInput::Organization(id) => Ok(domain::SecretHolder::Organization(mutate::id("holder", id)?)),
    }
}
