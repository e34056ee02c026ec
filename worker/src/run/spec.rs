//! The containers of jobs, as they are asked of the engine.

use std::collections::BTreeMap;

use fieldlog_commands::job::JobInputs;
use fieldlog_commands::plan::job_reaches_servers;

use super::Run;
use super::secrets::Secrets;
use crate::containers::{ContainerId, ContainerSpec, Contract, Image, Mount};
use crate::context::Context;
use crate::staging::JobDirectory;

/// Where containers find transformation grids (QFieldCloud reference, section 8.1).
const GRIDS: &str = "/transformation_grids";

impl Run {
    /// The engine's network that this job is on. A container that fetches files itself always needs one.
    pub(super) fn network(&self, contract: Contract) -> Option<String> {
        let network = self.ctx.options.network.clone()?;
        if contract == Contract::Api {
            return Some(network);
        }
        let Self { ctx, job, .. } = self;
        match job_reaches_servers(&ctx.app, &ctx.app.view(), job.kind, job.resource) {
            Ok(true) => Some(network),
            Ok(false) => None,
            Err(error) => {
                tracing::warn!(job = %job.id, %error, "nobody knows whether the job may use the network; it may not");
                None
            }
        }
    }

    /// The container's name, the same for whoever looks for it: a second one for this attempt is refused by the engine.
    pub(super) fn container_name(&self) -> ContainerId {
        ContainerId(format!("fieldlog-{}-{}", self.job.id, self.attempt))
    }

    /// A container for this attempt alone, without a network.
    pub(super) fn spec(&self, image: &Image, inputs: &JobInputs, secrets: &Secrets) -> ContainerSpec {
        let mut env = secrets.variables();
        // What the container needs is not for secrets to decide.
        env.extend(of_every_container());
        env.insert("JOB_ID".to_owned(), self.job.id.to_string());
        let mut spec = bare_spec(&self.ctx, image, self.container_name().0, &self.directory);
        spec.labels.insert("fieldlog.job".to_owned(), self.job.id.to_string());
        spec.labels.insert("fieldlog.project".to_owned(), self.job.resource.to_string());
        spec.labels.insert("fieldlog.attempt".to_owned(), self.attempt.to_string());
        ContainerSpec { command: self.kind.command(&self.job, inputs), env, ..spec }
    }
}

/// A container that waits for its order.
pub(crate) fn waiting_spec(ctx: &Context, image: &Image, name: &str, directory: &JobDirectory) -> ContainerSpec {
    let command = ["python3", "entrypoint.py", "--wait"].map(str::to_owned).to_vec();
    ContainerSpec { command, env: of_every_container(), ..bare_spec(ctx, image, name.to_owned(), directory) }
}

fn bare_spec(ctx: &Context, image: &Image, name: String, directory: &JobDirectory) -> ContainerSpec {
    ContainerSpec {
        name,
        // By digest: a name may mean another image a moment later, and what ran is recorded.
        image: image.digest.clone(),
        command: vec![],
        env: BTreeMap::new(),
        labels: ctx.own_labels(),
        mounts: mounts(ctx, directory),
        network: None,
        user: ctx.user.spelled(),
        limits: ctx.options.limits.clone(),
    }
}

fn mounts(ctx: &Context, directory: &JobDirectory) -> Vec<Mount> {
    let io = Mount { source: directory.io(), target: "/io".to_owned(), read_only: false };
    let grids = ctx.options.grids.as_ref().filter(|grids| grids.is_dir());
    let grids = grids.map(|grids| Mount { source: grids.clone(), target: GRIDS.to_owned(), read_only: true });
    [io].into_iter().chain(grids).collect()
}

/// Also where no grids are mounted: PROJ looks there and finds none.
fn of_every_container() -> BTreeMap<String, String> {
    let own = [
        ("HOME", "/tmp"),
        ("XDG_RUNTIME_DIR", "/tmp/runtime"),
        ("QT_QPA_PLATFORM", "offscreen"),
        ("PROJ_DOWNLOAD_DIR", GRIDS),
    ];
    own.map(|(key, value)| (key.to_owned(), value.to_owned())).into()
}
