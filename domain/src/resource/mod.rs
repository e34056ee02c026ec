//! The root concept: a project, dataset, map, document or geoapp somebody owns.
//!
//! A project is complete: visibility, collaborators, its one QGIS project file, and revisions. A revision is a state of the
//! project file: staged when it was uploaded, ready once QGIS could read it, rejected otherwise. Readers see the last ready one.

mod aggregate;
mod commands;
mod details;
mod error;
mod events;
mod seed;
mod settings;

pub use aggregate::{Resource, RevisionState};
pub use commands::*;
pub use details::{Extent, Layer, ProjectDetails, ProjectProblem};
pub use error::ResourceRefusal;
pub use events::*;
pub use seed::{Basemap, ProjectSeed, XlsForm};
pub use settings::{ChangeSettings, MAX_KEEP_VERSIONS, ProjectSettings, ProjectType, SHARED_DATASETS};
