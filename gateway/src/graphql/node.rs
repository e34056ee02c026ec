//! Relay's `Node`: anything that has a global id, found by it.

use std::sync::Arc;

use async_graphql::{Context, ID, Interface, Object};
use fieldlog_commands::authz::{Action, ServerAction};
use fieldlog_projections::Page;

use super::account::Account;
use super::as_of::AsOf;
use super::context::RequestContext;
use super::event::EventRecord;
use super::failure::Failure;
use super::file::{File, FileVersion};
use super::global_id::GlobalId;
use super::job::Job;
use super::reading::Reading;
use super::resource::kinds::{Dataset, Document, Geoapp, Map, Project};
use super::resource::revision::Revision;
use super::resource::{self, Resource};
use super::team::Team;

/// Anything that has a global id.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Global id."))]
#[allow(clippy::large_enum_variant, reason = "one at a time")]
pub enum Node {
    /// A person or an organization.
    Account(Account),
    /// A team.
    Team(Team),
    /// A QGIS project.
    Project(Project),
    /// Data of one kind.
    Dataset(Dataset),
    /// A composition of datasets.
    Map(Map),
    /// A document beside the data.
    Document(Document),
    /// An application over the data.
    Geoapp(Geoapp),
    /// A state of a resource.
    Revision(Revision),
    /// A path of a resource.
    File(File),
    /// A version of a file.
    FileVersion(FileVersion),
    /// A piece of work.
    Job(Job),
    /// An event.
    EventRecord(EventRecord),
}

/// Finding anything by its global id.
#[derive(Default)]
pub struct NodeQueries;

#[Object]
impl NodeQueries {
    /// Anything by its global id; null when there is none or the viewer may not see it.
    async fn node(
        &self,
        context: &Context<'_>,
        id: ID,
        #[graphql(desc = "As of a moment of the past.")] as_of: Option<AsOf>,
    ) -> Result<Option<Node>, Failure> {
        let id = id.parse().map_err(|error| Failure::bad_argument(format!("id: {error}")))?;
        let reading = RequestContext::of(context).reading(as_of).await?;
        find(&reading, id).await
    }
}

async fn find(reading: &Arc<Reading>, id: GlobalId) -> Result<Option<Node>, Failure> {
    let see_accounts = Action::Server(ServerAction::SeeAccounts);
    Ok(match id {
        GlobalId::Account(id) => {
            reading.demand_other(see_accounts)?;
            reading.account(id)?.map(|row| Node::Account(Account::new(row, reading)))
        }
        GlobalId::Team(id) => {
            reading.demand_other(see_accounts)?;
            reading.view.team(id)?.map(|row| Node::Team(Team::new(row, reading)))
        }
        GlobalId::Resource(id) => resource::find(reading, id)?.map(|resource| match resource {
            Resource::Project(project) => Node::Project(project),
            Resource::Dataset(dataset) => Node::Dataset(dataset),
            Resource::Map(map) => Node::Map(map),
            Resource::Document(document) => Node::Document(document),
            Resource::Geoapp(geoapp) => Node::Geoapp(geoapp),
        }),
        GlobalId::Revision(id) => Revision::find(reading, id)?.map(Node::Revision),
        GlobalId::File(id) => {
            let listed = reading.view.versions(id, Page::first(1))?;
            let Some(version) = listed.rows.into_iter().next() else { return Ok(None) };
            File::find(reading, version.resource, &version.path)?.map(Node::File)
        }
        GlobalId::Version(id) => FileVersion::find(reading, id)?.map(Node::FileVersion),
        GlobalId::Job(id) => reading.job(id)?.map(|row| Node::Job(Job::new(row, reading))),
        GlobalId::Event(position) => EventRecord::find(reading, position).await?.map(Node::EventRecord),
    })
}
