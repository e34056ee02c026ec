//! A secret: a value that the containers of a project's or an organization's jobs get to see, and nobody else.
//!
//! Its value is sealed under a key of its own. A value that was replaced or removed is forgotten with its key.

mod aggregate;
mod events;
mod name;

pub use aggregate::{Secret, SecretCommand, SecretRefusal, SetSecret};
pub use events::{SecretEvent, SecretHolder, SecretKind};
pub use name::{BadSecretName, SecretName};
