//! Read models: folds of the log into SQLite, and the questions they answer.
//!
//! | Folder | What can be asked |
//! |---|---|
//! | [`account`] | who is it, who belongs to an organization and its teams |
//! | [`session`] | whose token is this |
//! | [`resource`] | which resources are there, what is in them, how did their revisions fare |
//! | [`project`] | which projects does somebody see, with all that field clients show of them |
//! | [`permission`] | what may somebody do with a resource, and why |
//! | [`file`] | which files and versions are there, is a blob still needed |
//! | [`change_set`] | which edits did devices push, and how do they fare |
//! | [`job`] | how is a job, which one is next |
//! | [`secret`] | which secrets are there, which of them may a job see |
//! | [`event`] | what happened, to what, when |
//!
//! A [`ReadModel`] is one SQLite file that follows the log; a [`View`] answers from it, or from a file of an earlier moment.

pub mod account;
pub mod change_set;
mod column;
mod error;
pub mod event;
pub mod file;
pub mod job;
mod model;
mod page;
pub mod permission;
pub mod project;
mod projector;
pub mod resource;
pub mod secret;
pub mod session;
mod store;
mod view;

pub use account::{
    AccountRow, AvatarRow, MemberRow, Membership, OrganizationOf, SubscriptionRow, TeamMemberRow, TeamRow,
};
pub use change_set::{
    AppliedEdit, Belief, DeletedFeature, DeltaRow, DeltaStatus, Doubt, EditOfFeature, FeatureKeys, FileChange,
    IfChanged, KnownFeature, ListDeltas, Loss, MadeValues, MappedColumn, PendingDelta, StoredEdit, TakenBack, Written,
};
pub use error::{Behind, ReadError, ReadModelError};
pub use event::{EventRow, ListEvents, Order};
pub use file::{FileRow, VersionRow};
pub use job::{JobRow, ListJobs};
pub use model::{Follower, Health, History, Moment, ReadModel, ReadModelOptions, RebuildReport, rebuild_beside};
pub use page::{Cursor, Listed, Page};
pub use permission::{Access, CollaboratorRow, RoleOf, RoleOrigin, Scope};
pub use project::{ListProjects, ProjectKey, ProjectRow};
pub use projector::{PROJECTIONS, Projection, Projector, Recorded};
pub use resource::{ListResources, ResourceRow, RevisionRow, SearchResources};
pub use secret::SecretRow;
pub use session::SessionRow;
pub use view::View;
