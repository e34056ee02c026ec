//! A network of the Docker engine: its containers reach this machine and nobody else.

use super::docker::{self, docker};
use super::when_gone::WhenGone;

/// Removed when it is dropped, with the containers on it.
pub struct Network {
    pub name: String,
    /// Where containers on it find this machine.
    pub gateway: String,
    _gone: WhenGone,
}

const REMOVE: &str =
    r#"docker ps -aq --filter "network=$1" | xargs -r docker rm -f >/dev/null; docker network rm "$1" >/dev/null"#;

impl Network {
    pub fn create() -> Self {
        docker::ready();
        let name = format!("fieldlog-story-{}", uuid::Uuid::new_v4());
        docker(&["network", "create", "--internal", &name]);
        let gone = WhenGone::run(REMOVE, &[&name]);
        let gateway = docker(&["network", "inspect", "--format", "{{(index .IPAM.Config 0).Gateway}}", &name]);
        Self { name, gateway: gateway.trim().to_owned(), _gone: gone }
    }
}
