//! The folder that a job shares with its container: what goes in, and what comes out.
//!
//! ```text
//! DIR/jobs/<job>-<attempt>/inputs.json    the list of inputs; the container does not see it
//! DIR/jobs/<job>-<attempt>/io/            the container's /io
//!                          io/files/      the project's files, copies that the container may change
//!                          io/deltafile.json   edits to be applied to those files
//!                          io/commits/    what is committed in databases on the way: announcements and answers
//!                          io/feedback.json, io/thumbnail.png, io/export/, …   what the container leaves
//! DIR/jobs/<job>-<attempt>/apart/         of a container that fetches and brings files through `job_api`: its files/, export/, …
//! DIR/jobs/<job>-<attempt>/token          what opens them
//! ```
//!
//! The container is not trusted: what it leaves is read without following a link and within bounds.

mod collect;
mod commits;
mod directory;
mod harvest;
mod order;
mod stage;

pub(crate) use collect::{BadOutput, read_output};
pub(crate) use commits::{Announced, Answer};
pub(crate) use directory::{ContainerUser, JobDirectory};
pub(crate) use harvest::{Found, changed_files, made_files, removed_files, whole_folder};
pub(crate) use stage::{StageError, stage};
