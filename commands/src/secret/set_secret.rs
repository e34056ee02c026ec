//! Give a secret a value; the value before is forgotten.

use fieldlog_domain::account::AccountKind;
use fieldlog_domain::resource::{Resource, ResourceRefusal};
use fieldlog_domain::secret::{self as domain, Secret, SecretCommand, SecretHolder, SecretKind, SecretName};
use fieldlog_domain::{AccountId, CommandId, Sealed, SecretId};
use fieldlog_projections::RoleOrigin;

use super::{SECRET, SecretValue, SetSecretRefusal, forget, manage_secrets};
use crate::{App, CommandError, Done, Viewer, streams};

/// The most secrets of one project or organization that are for the same person, or for everybody. A job sees what four such
/// sets have at most.
pub const MAX_SECRETS: u64 = 25;

/// Give a secret a value.
#[derive(Debug, Clone)]
pub struct SetSecret {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// Whose jobs see it.
    pub holder: SecretHolder,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub kind: SecretKind,
    /// The person whose jobs alone see it; none: everybody's.
    pub assigned_to: Option<AccountId>,
    /// The value.
    pub value: SecretValue,
}

type Refused = CommandError<SetSecretRefusal>;

/// Give a secret a value; the value before is forgotten.
///
/// The history of a project does not show it: readers see that, and secrets are for those who manage them.
pub async fn set_secret(app: &App, viewer: &Viewer, input: SetSecret) -> Result<Done<SecretId>, Refused> {
    let granted = app.authorise(viewer, manage_secrets(input.holder))?;
    let name = SecretName::try_new(&input.name).map_err(|bad| CommandError::invalid("name", bad))?;
    input.value.check(input.kind).map_err(|bad| CommandError::invalid("value", bad))?;
    check_holder(app, input.holder).await?;
    if let Some(person) = input.assigned_to {
        check_person(app, input.holder, person)?;
    }
    let id = SecretId::of(input.holder, &name, input.assigned_to);
    let stream = streams::secret(id);
    let command = app.command(granted, viewer, input.command_id);
    if let Some(first) = command.repeated(&stream).await? {
        return Ok(Done::new(id, Some(first.receipt)));
    }
    let former = app.fresh::<Secret, _>(&stream, |secret, _| secret.value().cloned()).await?;
    if former.is_none() && app.view().count_secrets(input.holder, input.assigned_to)? >= MAX_SECRETS {
        return Err(CommandError::Refused(SetSecretRefusal::TooMany));
    }
    let value = seal(app, input.holder, &input.value).await?;
    let set = SecretCommand::Set(domain::SetSecret {
        holder: input.holder,
        name,
        kind: input.kind,
        assigned_to: input.assigned_to,
        value: value.clone(),
    });
    let receipt = command.dispatch::<Secret>(&stream, set).await;
    let receipt = receipt.map_err(|error| error.map_refusal(SetSecretRefusal::Secret))?;
    // What a policy would do a moment later; here so that it is done when the person is told so.
    if let Some(former) = former {
        forget(app, &former).await?;
    }
    // A project that was retired before the value was recorded was swept before it, too.
    if let Err(retired) = check_holder(app, input.holder).await {
        let removed = command.step("undo ").dispatch::<Secret>(&stream, SecretCommand::Remove).await;
        removed.map_err(|error| error.map_refusal(SetSecretRefusal::Secret))?;
        forget(app, &value).await?;
        return Err(retired);
    }
    Ok(Done::new(id, receipt))
}

/// Under a key of its own, which is destroyed when another value comes.
async fn seal(app: &App, holder: SecretHolder, value: &SecretValue) -> Result<Sealed, Refused> {
    let key = app.vault().new_key(holder.uuid(), SECRET).await?;
    Ok(app.vault().seal_with(key, value.expose().as_bytes()).await?)
}

async fn check_holder(app: &App, holder: SecretHolder) -> Result<(), Refused> {
    match holder {
        SecretHolder::Project(project) => {
            let look = |resource: &Resource, _| resource.is_active();
            match app.fresh::<Resource, _>(&streams::resource(project), look).await? {
                true => Ok(()),
                false => Err(CommandError::Refused(ResourceRefusal::Retired.into())),
            }
        }
        SecretHolder::Organization(id) => match app.view().account(id)?.map(|row| row.kind) {
            Some(AccountKind::Organization) => Ok(()),
            Some(AccountKind::Person) => Err(CommandError::Refused(SetSecretRefusal::NotAnOrganization)),
            None => Err(CommandError::NotFound("organization")),
        },
    }
}

/// Whoever a secret is for has a role there, and not only as everybody has.
fn check_person(app: &App, holder: SecretHolder, person: AccountId) -> Result<(), Refused> {
    let view = app.view();
    let row = view.account(person)?.filter(|row| !row.is_erased).ok_or(CommandError::NotFound("account"))?;
    if row.kind == AccountKind::Organization {
        let message = format!("expected a person, found the organization {}", row.name);
        return Err(CommandError::Invalid { field: "assigned_to", message });
    }
    let has_role = match holder {
        SecretHolder::Project(project) => {
            view.role_of(project, Some(person))?.is_some_and(|role| role.origin != RoleOrigin::Public)
        }
        SecretHolder::Organization(id) => view.membership(id, person)?.is_some(),
    };
    match has_role {
        true => Ok(()),
        false => Err(CommandError::Refused(SetSecretRefusal::NoRoleThere)),
    }
}
