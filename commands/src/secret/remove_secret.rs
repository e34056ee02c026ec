//! Forget a secret.

use fieldlog_domain::secret::{Secret, SecretCommand, SecretHolder, SecretName, SecretRefusal};
use fieldlog_domain::{AccountId, CommandId, SecretId};

use super::{forget, manage_secrets};
use crate::{App, CommandError, Done, Viewer, streams};

/// Forget a secret.
#[derive(Debug, Clone)]
pub struct RemoveSecret {
    /// Names this command; sending it again is answered, not done again.
    pub command_id: Option<CommandId>,
    /// Whose jobs see it.
    pub holder: SecretHolder,
    /// Its name.
    pub name: String,
    /// The person whose jobs alone see it; none: everybody's.
    pub assigned_to: Option<AccountId>,
}

/// Forget a secret: the key of its value is destroyed.
pub async fn remove_secret(
    app: &App,
    viewer: &Viewer,
    input: RemoveSecret,
) -> Result<Done<()>, CommandError<SecretRefusal>> {
    let granted = app.authorise(viewer, manage_secrets(input.holder))?;
    let name = SecretName::try_new(&input.name).map_err(|bad| CommandError::invalid("name", bad))?;
    let stream = streams::secret(SecretId::of(input.holder, &name, input.assigned_to));
    let former = app.fresh::<Secret, _>(&stream, |secret, _| secret.value().cloned()).await?;
    let command = app.command(granted, viewer, input.command_id);
    let receipt = command.dispatch::<Secret>(&stream, SecretCommand::Remove).await?;
    if let Some(former) = former {
        forget(app, &former).await?;
    }
    Ok(Done::new((), receipt))
}
