//! Finding and listing resources.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object};
use fieldlog_commands::authz::ResourceAction;
use fieldlog_domain::{AccountId, ResourceId};
use fieldlog_projections::{ListResources, Listed, ResourceRow, Scope, SearchResources};

use super::kinds::Project;
use super::{Resource, find};
use crate::graphql::as_of::AsOf;
use crate::graphql::context::RequestContext;
use crate::graphql::enums::ResourceKind;
use crate::graphql::failure::Failure;
use crate::graphql::global_id::Named;
use crate::graphql::pages::{self, Part};
use crate::graphql::reading::Reading;

/// Among which resources is looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Enum)]
pub enum ResourceScope {
    /// Those the viewer has a role on; for nobody in particular: those that everybody sees.
    #[default]
    Mine,
    /// Those that everybody sees.
    Public,
    /// All there are; for administrators.
    All,
}

/// Which resources are listed.
#[derive(Debug, Default, InputObject)]
pub struct ResourceFilter {
    /// Among which.
    #[graphql(default)]
    scope: ResourceScope,
    /// Of this owner only.
    owner: Option<ID>,
    /// Of this kind only.
    kind: Option<ResourceKind>,
    /// Whether retired ones are listed too.
    #[graphql(default)]
    include_retired: bool,
}

/// Finding and listing resources.
#[derive(Default)]
pub struct ResourceQueries;

#[Object]
impl ResourceQueries {
    /// A resource by its id; null when there is none or the viewer may not see it.
    async fn resource(
        &self,
        context: &Context<'_>,
        id: ID,
        #[graphql(desc = "As of a moment of the past.")] as_of: Option<AsOf>,
    ) -> Result<Option<Resource>, Failure> {
        let id = ResourceId::named(&id).map_err(|error| Failure::bad_argument(format!("id: {error}")))?;
        let reading = RequestContext::of(context).reading(as_of).await?;
        find(&reading, id)
    }

    /// A project by its owner's name and its own; null when there is none or the viewer may not see it.
    async fn project(
        &self,
        context: &Context<'_>,
        owner: String,
        name: String,
        #[graphql(desc = "As of a moment of the past.")] as_of: Option<AsOf>,
    ) -> Result<Option<Project>, Failure> {
        let reading = RequestContext::of(context).reading(as_of).await?;
        let Some(owner) = reading.view.account_by_name(&owner)? else { return Ok(None) };
        let Some(row) = reading.view.resource_by_name(owner.id, &name)? else { return Ok(None) };
        Ok(find(&reading, row.id)?.and_then(Resource::into_project))
    }

    /// Resources, newest first.
    #[allow(clippy::too_many_arguments, reason = "a connection has four")]
    async fn resources(
        &self,
        context: &Context<'_>,
        filter: Option<ResourceFilter>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        #[graphql(desc = "As of a moment of the past.")] as_of: Option<AsOf>,
    ) -> Result<Part<Resource>, Failure> {
        let filter = filter.unwrap_or_default();
        let page = pages::page(first, after, last, before)?;
        let reading = RequestContext::of(context).reading(as_of).await?;
        let owner = filter.owner.map(|id| AccountId::named(&id)).transpose();
        let list = ListResources {
            scope: scope(&reading, filter.scope)?,
            owner: owner.map_err(|error| Failure::bad_argument(format!("filter.owner: {error}")))?,
            kind: filter.kind.map(Into::into),
            include_retired: filter.include_retired,
            page,
        };
        self::list(&reading, list)
    }

    /// Resources that have words beginning like these in their name or description, newest first.
    #[allow(clippy::too_many_arguments, reason = "a connection has four")]
    async fn search(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What somebody typed; no character has a special meaning.")] text: String,
        #[graphql(default)] scope: ResourceScope,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        #[graphql(desc = "As of a moment of the past.")] as_of: Option<AsOf>,
    ) -> Result<Part<Resource>, Failure> {
        let page = pages::page(first, after, last, before)?;
        let reading = RequestContext::of(context).reading(as_of).await?;
        let search = SearchResources { text, scope: self::scope(&reading, scope)?, page };
        let listed = reading.blocking(move |view| view.search_resources(search)).await?;
        shown(&reading, listed)
    }
}

fn scope(reading: &Reading, scope: ResourceScope) -> Result<Scope, Failure> {
    match (scope, reading.viewer.account) {
        (ResourceScope::Mine, Some(account)) => Ok(Scope::AccessibleTo(account)),
        (ResourceScope::Mine, None) | (ResourceScope::Public, _) => Ok(Scope::Public),
        (ResourceScope::All, _) if reading.viewer.is_admin => Ok(Scope::All),
        (ResourceScope::All, _) => Err(Failure::new("FORBIDDEN", "only administrators list all resources")),
    }
}

/// A page of resources.
pub fn list(reading: &Arc<Reading>, list: ListResources) -> Result<Part<Resource>, Failure> {
    let listed = reading.view.list_resources(list)?;
    shown(reading, listed)
}

/// The scope was that of the moment looked at; what the viewer may no longer see now is left out.
fn shown(reading: &Arc<Reading>, mut listed: Listed<ResourceRow>) -> Result<Part<Resource>, Failure> {
    if !reading.is_past {
        return Ok(pages::part(listed, |row| Resource::new(row, reading)));
    }
    let visible: Vec<bool> =
        listed.rows.iter().map(|row| reading.may(ResourceAction::See, row.id)).collect::<Result<_, Failure>>()?;
    retain(&mut listed.rows, &visible);
    retain(&mut listed.cursors, &visible);
    Ok(pages::part(listed, |row| Resource::new(row, reading)))
}

fn retain<T>(items: &mut Vec<T>, keep: &[bool]) {
    let mut keep = keep.iter();
    items.retain(|_| keep.next().copied().unwrap_or(false));
}
