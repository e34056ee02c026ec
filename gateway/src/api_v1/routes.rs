//! The routes of the contract (section 3), each with its guard.

use axum::http::Method;
use fieldlog_commands::authz::ResourceAction;

use super::account::{confirmation, members, subscriptions, teams, users};
use super::{change_set, file, job, package, project, server, session};
use crate::accounts::avatar;
use crate::http::guard::Guard;
use crate::resources;
use crate::routes::{Pace, Table};

/// Adds them to the table.
pub(crate) fn add(table: Table) -> Table {
    projects(accounts(server_and_session(table)))
}

fn server_and_session(table: Table) -> Table {
    use Guard::{PerField, Person};
    use Pace::Answer;
    table
        .route(Method::POST, "/api/v1/auth/login", PerField, Answer, session::log_in)
        .route(Method::POST, "/api/v1/auth/token", PerField, Answer, session::log_in)
        .route(Method::POST, "/api/v1/auth/logout", PerField, Answer, session::log_out)
        .route(Method::GET, "/api/v1/auth/logout", PerField, Answer, session::log_out)
        .route(Method::GET, "/api/v1/auth/user", Person, Answer, session::user)
        .route(Method::GET, "/api/v1/auth/providers", PerField, Answer, server::providers)
        .route(Method::GET, "/api/v1/server/info", PerField, Answer, server::info)
        .route(Method::GET, "/api/v1/status", PerField, Answer, server::status)
        .route(Method::POST, "/api/v1/resend-confirmation", PerField, Answer, confirmation::resend)
}

fn accounts(table: Table) -> Table {
    use Guard::{Open, Person};
    use Pace::{Answer, Stream};
    table
        .route(Method::GET, "/api/v1/users", Person, Answer, users::list)
        .route(Method::POST, "/api/v1/users", Person, Answer, users::create)
        .route(Method::GET, "/api/v1/users/{username}", Person, Answer, users::get)
        .route(Method::PUT, "/api/v1/users/{username}", Person, Answer, users::change)
        .route(Method::PATCH, "/api/v1/users/{username}", Person, Answer, users::change)
        .route(Method::GET, "/api/v1/users/{username}/organizations", Person, Answer, users::organizations)
        .route(Method::GET, "/api/v1/subscriptions/{username}/current", Person, Answer, subscriptions::current)
        .route(Method::GET, "/api/v1/members/{organization}", Person, Answer, members::list)
        .route(Method::POST, "/api/v1/members/{organization}", Person, Answer, members::add)
        .route(Method::GET, "/api/v1/members/{organization}/{username}", Person, Answer, members::get)
        .route(Method::PUT, "/api/v1/members/{organization}/{username}", Person, Answer, members::change)
        .route(Method::PATCH, "/api/v1/members/{organization}/{username}", Person, Answer, members::change)
        .route(Method::DELETE, "/api/v1/members/{organization}/{username}", Person, Answer, members::remove)
        .route(Method::GET, "/api/v1/organizations/{organization}/teams", Person, Answer, teams::list)
        .route(Method::POST, "/api/v1/organizations/{organization}/teams", Person, Answer, teams::create)
        .route(Method::GET, "/api/v1/organizations/{organization}/teams/{team}", Person, Answer, teams::get)
        .route(Method::PUT, "/api/v1/organizations/{organization}/teams/{team}", Person, Answer, teams::rename)
        .route(Method::PATCH, "/api/v1/organizations/{organization}/teams/{team}", Person, Answer, teams::patch)
        .route(Method::DELETE, "/api/v1/organizations/{organization}/teams/{team}", Person, Answer, teams::delete)
        .route(Method::GET, "/api/v1/organizations/{organization}/teams/{team}/members", Person, Answer, teams::members)
        .route(
            Method::POST,
            "/api/v1/organizations/{organization}/teams/{team}/members",
            Person,
            Answer,
            teams::add_member,
        )
        .route(
            Method::DELETE,
            "/api/v1/organizations/{organization}/teams/{team}/members/{username}",
            Person,
            Answer,
            teams::remove_member,
        )
        .route(Method::GET, "/api/v1/files/avatars/{*avatar}", Open, Stream, avatar)
}

fn projects(table: Table) -> Table {
    use Guard::{JobOfProject, Person, Project};
    use Pace::{Answer, Stream};
    use ResourceAction::{
        Change, DeleteFile, ManageCollaborators, PushEdits, ReadFiles, Retire, See, SeeCollaborators, SeeEdits,
        SeeJobs, UploadFile,
    };
    use project::collaborators;
    table
        .route(Method::GET, "/api/v1/projects", Person, Answer, project::list::mine)
        .route(Method::POST, "/api/v1/projects", Person, Answer, project::create::create)
        .route(Method::GET, "/api/v1/projects/public", Person, Answer, project::list::public)
        .route(Method::GET, "/api/v1/projects/{project}", Project(See), Answer, project::get)
        .route(Method::PUT, "/api/v1/projects/{project}", Project(Change), Answer, project::change::change)
        .route(Method::PATCH, "/api/v1/projects/{project}", Project(Change), Answer, project::change::change)
        .route(Method::DELETE, "/api/v1/projects/{project}", Project(Retire), Answer, project::delete)
        .route(
            Method::POST,
            "/api/v1/projects/{project}/thumbnail",
            Project(UploadFile),
            Answer,
            project::thumbnail::set,
        )
        .route(Method::GET, "/api/v1/projects/{project}/seed", Project(See), Answer, project::seed::get)
        .route(Method::GET, "/api/v1/projects/{project}/seed/xlsform", Project(See), Answer, project::seed::xlsform)
        .route(Method::GET, "/api/v1/collaborators/{project}", Project(SeeCollaborators), Answer, collaborators::list)
        .route(
            Method::POST,
            "/api/v1/collaborators/{project}",
            Project(ManageCollaborators),
            Answer,
            collaborators::add,
        )
        .route(
            Method::GET,
            "/api/v1/collaborators/{project}/{username}",
            Project(SeeCollaborators),
            Answer,
            collaborators::get,
        )
        .route(
            Method::PUT,
            "/api/v1/collaborators/{project}/{username}",
            Project(ManageCollaborators),
            Answer,
            collaborators::change,
        )
        .route(
            Method::PATCH,
            "/api/v1/collaborators/{project}/{username}",
            Project(ManageCollaborators),
            Answer,
            collaborators::change,
        )
        .route(
            Method::DELETE,
            "/api/v1/collaborators/{project}/{username}",
            Project(ManageCollaborators),
            Answer,
            collaborators::remove,
        )
        .route(Method::GET, "/api/v1/files/{project}", Project(ReadFiles), Answer, file::list::list)
        .route(Method::GET, "/api/v1/files/{project}/{*filename}", Project(ReadFiles), Stream, file::download::download)
        .route(Method::POST, "/api/v1/files/{project}/{*filename}", Project(UploadFile), Stream, file::upload::upload)
        .route(Method::DELETE, "/api/v1/files/{project}/{*filename}", Project(DeleteFile), Answer, file::delete::delete)
        .route(
            Method::GET,
            "/api/v1/files/metadata/{project}/{*filename}",
            Project(ReadFiles),
            Answer,
            file::list::metadata,
        )
        .route(Method::GET, "/api/v1/files/thumbnails/{project}", Project(See), Stream, resources::thumbnail)
        .route(Method::GET, "/api/v1/packages/{project}/latest", Project(ReadFiles), Answer, package::latest)
        .route(
            Method::GET,
            "/api/v1/packages/{project}/latest/files/{*filename}",
            Project(ReadFiles),
            Stream,
            package::download,
        )
        .route(
            Method::POST,
            "/api/v1/packages/{project}/{job}/files/{*filename}",
            Project(UploadFile),
            Answer,
            package::upload,
        )
        .route(Method::GET, "/api/v1/deltas/{project}", Project(SeeEdits), Answer, change_set::list)
        .route(Method::POST, "/api/v1/deltas/{project}", Project(PushEdits), Answer, change_set::push)
        .route(Method::GET, "/api/v1/deltas/{project}/{deltafile}", Project(SeeEdits), Answer, change_set::of_file)
        .route(Method::POST, "/api/v1/deltas/apply/{project}", Project(PushEdits), Answer, change_set::apply)
        .route(Method::GET, "/api/v1/jobs", Person, Answer, job::list)
        .route(Method::POST, "/api/v1/jobs", Person, Answer, job::request)
        .route(Method::GET, "/api/v1/jobs/{job}", JobOfProject(SeeJobs), Answer, job::get)
}
