//! Use cases: authorise, load, decide, append, receipt.
//!
//! One file per thing somebody can do. Each is an async function of the [`App`], the [`Viewer`] who asks and an input; it
//! answers with [`Done`] (a value and where it is in the log) or a [`CommandError`] (whose move it is).
//!
//! | Folder | What |
//! |---|---|
//! | [`account`] | persons, organizations, members, teams |
//! | [`session`] | log in, log out, tell who a token belongs to |
//! | [`project`] | projects and who works on them |
//! | [`file`] | files and their versions |
//! | [`change_set`] | edits that devices push |
//! | [`job`] | work for QGIS: asked for by people, done by workers |
//! | [`live_lines`] | what containers of jobs print, for other processes |
//! | [`plan`] | what accounts may use of the server |
//! | [`secret`] | values that only the containers of jobs get to see |
//! | [`policies`] | what Fieldlog does by itself when something happened |
//! | [`authz`] | who may do what: the one permission table |
//! | `dispatch` | the only place that writes to the log |

pub mod account;
mod app;
pub mod authz;
pub mod change_set;
mod clock;
mod dispatch;
pub mod file;
pub mod job;
mod job_logs;
pub mod live_lines;
mod names;
mod outcome;
mod picture;
pub mod plan;
pub mod policies;
pub mod project;
pub mod secret;
pub mod session;
mod settings;
mod streams;
mod viewer;

pub use app::{App, AppBuilder};
pub use clock::{Clock, FixedClock, SystemClock};
pub use job_logs::{JobLogLine, JobLogs};
pub use outcome::{CommandError, Done, Never};
pub use picture::PictureRefusal;
pub use settings::{Registration, Settings};
pub use viewer::Viewer;
