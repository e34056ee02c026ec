//! Every operation, in groups. The status codes that its guard brings, and 500 and 503, are not written here.

mod accounts;
mod collaborators;
mod deltas;
mod files;
mod jobs;
mod members;
mod packages;
mod projects;
mod server;
mod session;
mod teams;

use super::operation::Described;

/// Operations that belong together.
pub struct Group {
    /// What they are about.
    pub tag: &'static str,
    /// The same in a sentence.
    pub says: &'static str,
    /// Them.
    pub operations: Vec<Described>,
}

/// All of them, in the order in which a newcomer needs them.
pub fn groups() -> Vec<Group> {
    vec![
        session::group(),
        projects::group(),
        files::group(),
        jobs::group(),
        packages::group(),
        deltas::group(),
        collaborators::group(),
        accounts::group(),
        members::group(),
        teams::group(),
        server::group(),
    ]
}
