//! One consistent state of the read model, what the viewer may see of it, and the loaders that read it.

use std::collections::HashMap;

use fieldlog_commands::authz::{Action, Denied, ResourceAction};
use fieldlog_commands::{App, Viewer};
use fieldlog_domain::{AccountId, JobId, ResourceId};
use fieldlog_eventlog::Position;
use fieldlog_projections::{AccountRow, JobRow, ResourceRow, View};
use parking_lot::Mutex;

use super::failure::Failure;
use super::loader::Loader;
use crate::gateway::Gateway;
use crate::http::credentials::Caller;

/// One state of the read model as one viewer sees it. It lives as long as one request at most, so it may remember.
pub struct Reading {
    /// The gateway.
    pub gateway: Gateway,
    /// Who looks.
    pub viewer: Viewer,
    /// What they look at.
    pub view: View,
    /// The last event it is made of.
    pub position: Position,
    /// Whether things may have changed since.
    pub is_past: bool,
    accounts: Loader<AccountId, AccountRow, Failure>,
    resources: Loader<ResourceId, ResourceRow, Failure>,
    jobs: Loader<JobId, JobRow, Failure>,
    verdicts: Mutex<HashMap<(ResourceAction, ResourceId), Result<(), Denied>>>,
}

impl Reading {
    /// What the caller sees of `view`.
    pub fn new(gateway: &Gateway, caller: &Caller, view: View, is_past: bool) -> Result<Self, Failure> {
        let (of_accounts, of_resources, of_jobs) = (view.clone(), view.clone(), view.clone());
        Ok(Self {
            gateway: gateway.clone(),
            viewer: caller.viewer.clone(),
            position: view.position()?,
            is_past,
            accounts: Loader::new(move |ids| {
                Ok(of_accounts.accounts(ids)?.into_iter().map(|row| (row.id, row)).collect())
            }),
            resources: Loader::new(move |ids| {
                Ok(of_resources.resources(ids)?.into_iter().map(|row| (row.id, row)).collect())
            }),
            jobs: Loader::new(move |ids| Ok(of_jobs.jobs_by_id(ids)?.into_iter().map(|row| (row.id, row)).collect())),
            verdicts: Mutex::default(),
            view,
        })
    }

    /// The app.
    pub fn app(&self) -> &App {
        self.gateway.app()
    }

    /// The account with this id. Whoever sees something sees whose it is, so nothing is checked here.
    pub fn account(&self, id: AccountId) -> Result<Option<AccountRow>, Failure> {
        self.accounts.load(id)
    }

    /// Accounts that fields may ask for.
    pub fn expect_accounts(&self, ids: impl IntoIterator<Item = AccountId>) {
        ids.into_iter().for_each(|id| self.accounts.expect(id));
    }

    /// The resource with this id, if the viewer sees it.
    pub fn resource(&self, id: ResourceId) -> Result<Option<ResourceRow>, Failure> {
        match self.may(ResourceAction::See, id)? {
            true => self.resources.load(id),
            false => Ok(None),
        }
    }

    /// Resources that fields may ask for.
    pub fn expect_resources(&self, ids: impl IntoIterator<Item = ResourceId>) {
        ids.into_iter().for_each(|id| self.resources.expect(id));
    }

    /// The job with this id, if the viewer sees it.
    pub fn job(&self, id: JobId) -> Result<Option<JobRow>, Failure> {
        let Some(job) = self.jobs.load(id)? else { return Ok(None) };
        Ok(self.may(ResourceAction::SeeJobs, job.resource)?.then_some(job))
    }

    /// Whether the viewer may do something with a resource as things are now, whatever the moment looked at.
    pub fn may(&self, action: ResourceAction, resource: ResourceId) -> Result<bool, Failure> {
        match self.verdict(action, resource) {
            Ok(()) => Ok(true),
            Err(Denied::Hidden(_) | Denied::Forbidden | Denied::Unauthenticated) => Ok(false),
            Err(Denied::Unavailable(why)) => Err(Failure::unavailable(why)),
        }
    }

    /// Fails unless the viewer may do something with a resource.
    pub fn demand(&self, action: ResourceAction, resource: ResourceId) -> Result<(), Failure> {
        Ok(self.verdict(action, resource)?)
    }

    /// Fails unless the viewer may do something with something else.
    pub fn demand_other(&self, action: Action) -> Result<(), Failure> {
        let _granted = self.app().authorise(&self.viewer, action)?;
        Ok(())
    }

    fn verdict(&self, action: ResourceAction, resource: ResourceId) -> Result<(), Denied> {
        if let Some(known) = self.verdicts.lock().get(&(action, resource)) {
            return known.clone();
        }
        let verdict = self.app().authorise(&self.viewer, Action::Resource(action, resource)).map(|_granted| ());
        self.verdicts.lock().insert((action, resource), verdict.clone());
        verdict
    }

    /// Asks what may take long on a thread that may block.
    pub async fn blocking<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&View) -> Result<T, fieldlog_projections::ReadError> + Send + 'static,
    ) -> Result<T, Failure> {
        let view = self.view.clone();
        Ok(tokio::task::spawn_blocking(move || ask(&view)).await.map_err(Failure::internal)??)
    }
}
