//! The schema: a list of what it is made of. Its text is `gateway/schema.graphql`.

use async_graphql::{MergedObject, MergedSubscription, Schema};

use super::account::mutations::AccountMutations;
use super::account::password_reset::PasswordResetMutations;
use super::account::queries::AccountQueries;
use super::change_set::mutations::ChangeSetMutations;
use super::change_set::resolve::ResolveMutations;
use super::change_set::taken_back::TakenBackMutations;
use super::change_set::undo::UndoMutations;
use super::event::queries::EventQueries;
use super::event::subscriptions::EventSubscriptions;
use super::execute::Phases;
use super::file::mutations::FileMutations;
use super::job::mutations::JobMutations;
use super::job::queries::JobQueries;
use super::job::subscriptions::JobSubscriptions;
use super::node::NodeQueries;
use super::organization::OrganizationMutations;
use super::project::collaborators::CollaboratorMutations;
use super::project::mutations::ProjectMutations;
use super::refusal::Refusal;
use super::resource::queries::ResourceQueries;
use super::secret::mutations::SecretMutations;
use super::server::ServerQueries;
use super::session::SessionMutations;
use super::team::mutations::TeamMutations;
use crate::options::GraphqlLimits;

/// Everything that can be read.
#[derive(Default, MergedObject)]
pub struct Query(NodeQueries, AccountQueries, ResourceQueries, JobQueries, EventQueries, ServerQueries);

/// Everything that can be changed. Every mutation answers with a union of what may come of it.
#[derive(Default, MergedObject)]
pub struct Mutation(
    SessionMutations,
    AccountMutations,
    PasswordResetMutations,
    OrganizationMutations,
    TeamMutations,
    ProjectMutations,
    CollaboratorMutations,
    FileMutations,
    JobMutations,
    ChangeSetMutations,
    ResolveMutations,
    TakenBackMutations,
    UndoMutations,
    SecretMutations,
);

/// Everything that can be followed. Streams resume from where they were.
#[derive(Default, MergedSubscription)]
pub struct Subscription(EventSubscriptions, JobSubscriptions);

/// The schema's type.
pub type GatewaySchema = Schema<Query, Mutation, Subscription>;

/// The schema with these limits. Size, depth and cost are looked at before, see [`super::limits`].
pub fn schema(limits: &GraphqlLimits) -> GatewaySchema {
    Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .register_output_type::<Refusal>()
        .limit_recursive_depth(limits.depth.max(limits.introspection_depth) * 4)
        .extension(Phases)
        .finish()
}

/// The schema's text, as clients and code generators want it.
pub fn sdl() -> String {
    let options = async_graphql::SDLExportOptions::new().sorted_fields().sorted_arguments().sorted_enum_items();
    schema(&GraphqlLimits::default()).sdl_with_options(options)
}
