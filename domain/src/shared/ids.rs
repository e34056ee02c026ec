//! Identifiers: newtypes over UUIDs, made by the caller, never inside an aggregate.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid, Variant, Version};

use crate::secret::{SecretHolder, SecretName};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The underlying UUID.
            pub fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    };
}

id!(
    /// A person or an organization.
    AccountId
);
id!(
    /// A team inside an organization.
    TeamId
);
id!(
    /// One log-in.
    SessionId
);
id!(
    /// A resource; projects are resources.
    ResourceId
);
id!(
    /// One state of a resource: staged, then ready or rejected.
    RevisionId
);
id!(
    /// One path of one resource, see [`FileId::of`].
    FileId
);
id!(
    /// One version of a file's bytes.
    VersionId
);
id!(
    /// One piece of work for a container.
    JobId
);
id!(
    /// One pushed delta file of one resource, see [`ChangeSetId::of`].
    ChangeSetId
);
id!(
    /// One edit of one feature, as the device that made it names it.
    DeltaId
);
id!(
    /// One secret of one project or organization, see [`SecretId::of`].
    SecretId
);
id!(
    /// One run of a worker process.
    WorkerId
);
id!(
    /// One event; the same command makes the same event ids again.
    EventId
);
id!(
    /// One command as its sender names it; sending it again is answered, not done again.
    CommandId
);
id!(
    /// Ties together everything that one request set off.
    CorrelationId
);

impl CommandId {
    /// The id of something this command creates, so that the command repeated names the same thing.
    ///
    /// `actor` keeps one account's command ids apart from another's.
    pub fn derive(self, actor: Option<AccountId>, what: &str) -> Uuid {
        let namespace = Uuid::new_v5(&actor.map(AccountId::uuid).unwrap_or_default(), self.0.as_bytes());
        with_time_of(self.0, Uuid::new_v5(&namespace, what.as_bytes()))
    }
}

impl VersionId {
    /// The version that a job made of a file. There is one, whoever puts it in its place.
    pub fn of_job(job: JobId, file: FileId) -> Self {
        Self(with_time_of(job.0, Uuid::new_v5(&job.0, file.0.as_bytes())))
    }
}

impl ChangeSetId {
    /// The stream of the delta file `delta_file` pushed to `resource`; the same file pushed again is the same one.
    pub fn of(resource: ResourceId, delta_file: Uuid) -> Self {
        Self(with_time_of(resource.0, Uuid::new_v5(&resource.0, delta_file.as_bytes())))
    }
}

impl DeltaId {
    /// The edit of the delta file `delta_file` that undoes or replaces `delta`. There is one, whoever makes it.
    pub fn answering(delta_file: Uuid, delta: DeltaId) -> Self {
        Self(with_time_of(delta_file, Uuid::new_v5(&delta_file, delta.0.as_bytes())))
    }
}

impl SecretId {
    /// The stream of the secret `name` of a project or organization: there is one for each person it is assigned to, and one
    /// for everybody.
    pub fn of(holder: SecretHolder, name: &SecretName, assigned_to: Option<AccountId>) -> Self {
        let assigned_to = assigned_to.map(|person| person.to_string()).unwrap_or_default();
        let holder = holder.uuid();
        Self(with_time_of(holder, Uuid::new_v5(&holder, format!("secret:{assigned_to}:{name}").as_bytes())))
    }
}

impl EventId {
    /// The id of the one command that `policy` gives because of this event, whoever handles it and however often.
    pub fn command_of(self, policy: &str) -> CommandId {
        CommandId(with_time_of(self.0, Uuid::new_v5(&self.0, policy.as_bytes())))
    }
}

/// `name` with the milliseconds in front that `parent` begins with, if it is a UUID of version 7 or one made here (version 8).
/// What comes about together lies together in an index then; random ids make every insert another page to write.
pub(crate) fn with_time_of(parent: Uuid, name: Uuid) -> Uuid {
    if !matches!(parent.get_version_num(), 7 | 8) {
        return name;
    }
    let mut bytes = name.into_bytes();
    bytes[..6].copy_from_slice(&parent.as_bytes()[..6]);
    Builder::from_bytes(bytes).with_variant(Variant::RFC4122).with_version(Version::Custom).into_uuid()
}
