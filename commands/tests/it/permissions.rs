//! The permission table, cell by cell, against real facts.

use std::path::Path;

use fieldlog_commands::account::{AddMember, add_member};
use fieldlog_commands::authz::{
    Action, Denied, OrganizationAction, OrganizationStanding, PersonAction, PersonStanding, ResourceAction,
    ResourceStanding, ServerAction, ServerStanding, Verdict, matrix, rules,
};
use fieldlog_commands::{App, CommandError, Viewer, change_set, file, job, project, secret};
use fieldlog_domain::account::MemberRole;
use fieldlog_domain::job::JobKind;
use fieldlog_domain::resource::{Collaborator, Visibility};
use fieldlog_domain::secret::{SecretHolder, SecretKind};
use fieldlog_domain::shared::Role;
use fieldlog_domain::{AccountId, JobId, ResourceId, VersionId};
use strum::IntoEnumIterator;
use uuid::Uuid;

use crate::cloud::{Cloud, anonymous, body, upload};

#[test]
fn the_printed_table_is_the_committed_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/permissions.txt");
    let committed = std::fs::read_to_string(path).unwrap();
    assert_eq!(
        committed,
        matrix::print(),
        "run: cargo run -p fieldlog-commands --example permissions > docs/permissions.txt"
    );
}

fn verdict(app: &App, viewer: &Viewer, action: Action) -> Verdict {
    match app.authorise(viewer, action) {
        Ok(_) => Verdict::Allowed,
        Err(Denied::Forbidden) => Verdict::Forbidden,
        Err(Denied::Unauthenticated) => Verdict::LogInFirst,
        Err(Denied::Hidden(_)) => Verdict::Hidden,
        Err(Denied::Unavailable(why)) => panic!("{why}"),
    }
}

/// Somebody for every column of the table, and the project they stand so to.
struct Stage {
    cloud: Cloud,
    owner: Viewer,
    private: ResourceId,
    people: Vec<(ResourceStanding, Viewer, ResourceId)>,
}

async fn stage() -> Stage {
    let cloud = Cloud::start().await;
    let owner = cloud.person("olga").await;
    let private = cloud.project(&owner, "Private").await;
    let public = cloud.public_project(&owner, "Public").await;
    let stranger = cloud.person("stranger").await;
    let admin = Viewer { is_admin: true, ..cloud.person("root").await };
    let mut people = vec![
        (ResourceStanding::Role(Role::Admin), owner.clone(), private),
        (ResourceStanding::Public, stranger.clone(), public),
        (ResourceStanding::AnonymousPublic, anonymous(), public),
        (ResourceStanding::Stranger, stranger, private),
        (ResourceStanding::Anonymous, anonymous(), private),
        (ResourceStanding::ServerAdmin, admin, private),
        (ResourceStanding::Operator, Viewer::operator(), private),
        (ResourceStanding::Operator, Viewer::system(None), private),
    ];
    for role in Role::iter() {
        let person = cloud.person(&format!("person-{}", role.as_ref())).await;
        cloud.collaborator(&owner, private, &person, role).await;
        people.push((ResourceStanding::Role(role), person, private));
    }
    Stage { cloud, owner, private, people }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_cell_for_resources_is_what_is_decided_from_real_facts() {
    let stage = stage().await;
    let mut seen = std::collections::HashSet::new();
    for (standing, viewer, resource) in &stage.people {
        seen.insert(*standing);
        for action in ResourceAction::iter() {
            let found = verdict(&stage.cloud.app, viewer, Action::Resource(action, *resource));
            assert_eq!(found, rules::resource(action, *standing), "{action:?} as {standing:?}");
        }
    }
    assert_eq!(seen.len(), ResourceStanding::ALL.len());
    let nothing = ResourceId(Uuid::now_v7());
    let absent = stage.cloud.app.authorise(&stage.people[3].1, Action::Resource(ResourceAction::See, nothing));
    let hidden = stage.cloud.app.authorise(&stage.people[3].1, Action::Resource(ResourceAction::See, stage.private));
    assert_eq!(absent, hidden, "what may not be seen looks as if it were not there");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_cell_for_organizations_is_what_is_decided_from_real_facts() {
    let cloud = Cloud::start().await;
    let owner = cloud.person("olga").await;
    let bees = cloud.organization(&owner, "bees").await;
    let mut people = vec![
        (OrganizationStanding::Owner, owner.clone()),
        (OrganizationStanding::Stranger, cloud.person("stranger").await),
        (OrganizationStanding::Anonymous, anonymous()),
        (OrganizationStanding::ServerAdmin, Viewer { is_admin: true, ..cloud.person("root").await }),
        (OrganizationStanding::Operator, Viewer::operator()),
    ];
    for (role, standing) in [
        (MemberRole::Admin, OrganizationStanding::Admin),
        (MemberRole::Creator, OrganizationStanding::Creator),
        (MemberRole::Member, OrganizationStanding::Member),
    ] {
        let person = cloud.person(&format!("person-{}", role.as_ref())).await;
        let add = AddMember { command_id: None, organization: bees, member: person.account.unwrap(), role };
        cloud.seen(add_member(&cloud.app, &owner, add).await).await;
        people.push((standing, person));
    }
    assert_eq!(people.len(), OrganizationStanding::ALL.len());
    for (standing, viewer) in people {
        for action in OrganizationAction::iter() {
            let found = verdict(&cloud.app, &viewer, Action::Organization(action, bees));
            assert_eq!(found, rules::organization(action, standing), "{action:?} as {standing:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_cell_for_persons_and_the_server_is_what_is_decided_from_real_facts() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let id = ana.account.unwrap();
    let stranger = cloud.person("ben").await;
    let admin = Viewer { is_admin: true, ..cloud.person("root").await };
    let to_person = [
        PersonStanding::Oneself,
        PersonStanding::Stranger,
        PersonStanding::Anonymous,
        PersonStanding::ServerAdmin,
        PersonStanding::Operator,
    ];
    let to_server = [
        ServerStanding::Person,
        ServerStanding::Person,
        ServerStanding::Anonymous,
        ServerStanding::ServerAdmin,
        ServerStanding::Operator,
    ];
    let people = [ana, stranger, anonymous(), admin, Viewer::operator()];
    for ((viewer, to_person), to_server) in people.iter().zip(to_person).zip(to_server) {
        for action in PersonAction::iter() {
            let found = verdict(&cloud.app, viewer, Action::Person(action, id));
            assert_eq!(found, rules::person(action, to_person), "{action:?} as {to_person:?}");
        }
        for action in ServerAction::iter() {
            let found = verdict(&cloud.app, viewer, Action::Server(action));
            assert_eq!(found, rules::server(action, to_server), "{action:?} as {to_server:?}");
        }
    }
}

/// What a use case said about permission: whatever it did or refused afterwards, it was allowed.
fn asked<T, R: std::fmt::Debug>(answer: Result<T, CommandError<R>>) -> Verdict {
    match answer {
        Ok(_) | Err(CommandError::Refused(_)) => Verdict::Allowed,
        Err(CommandError::Forbidden) => Verdict::Forbidden,
        Err(CommandError::Unauthenticated) => Verdict::LogInFirst,
        Err(CommandError::NotFound("resource" | "job")) => Verdict::Hidden,
        Err(CommandError::NotFound(_)) => Verdict::Allowed,
        Err(other) => panic!("expected an answer about permission, found {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_use_case_about_a_resource_asks_the_table() {
    let stage = stage().await;
    let (app, owner) = (&stage.cloud.app, &stage.owner);
    let somebody = Collaborator::Person(AccountId(Uuid::now_v7()));
    let mut job_of = std::collections::HashMap::new();
    for (_, _, resource) in &stage.people {
        if !job_of.contains_key(resource) {
            stage.cloud.upload(owner, *resource, "project.qgs", "<qgis/>").await.unwrap();
            let request = job::RequestJob {
                command_id: None,
                resource: *resource,
                kind: JobKind::ProcessProjectFile,
                is_forced: false,
            };
            job_of.insert(*resource, stage.cloud.seen(job::request_job(app, owner, request).await).await.job);
        }
    }
    for (standing, viewer, id) in &stage.people {
        let (resource, project, command_id) = (*id, *id, None);
        let job: JobId = job_of[id];
        let path = || "nothing.txt".to_owned();
        let request =
            |kind| job::request_job(app, viewer, job::RequestJob { command_id, resource, kind, is_forced: false });
        let version = VersionId(Uuid::now_v7());
        let found = [
            (
                ResourceAction::ReadFiles,
                asked(file::find_file(
                    app,
                    viewer,
                    &app.view(),
                    file::FindFile { resource, path: path(), version: None },
                )),
            ),
            (
                ResourceAction::UploadFile,
                asked(file::upload_file(app, viewer, upload(resource, "second.qgs"), body("")).await),
            ),
            (
                ResourceAction::RestoreVersion,
                asked(
                    file::restore_version(
                        app,
                        viewer,
                        file::RestoreVersion { command_id, resource, path: path(), version },
                    )
                    .await,
                ),
            ),
            (
                ResourceAction::DeleteFile,
                asked(
                    file::delete_version(
                        app,
                        viewer,
                        file::DeleteVersion { command_id, resource, path: path(), version },
                    )
                    .await,
                ),
            ),
            (
                ResourceAction::DeleteFile,
                asked(file::delete_file(app, viewer, file::DeleteFile { command_id, resource, path: path() }).await),
            ),
            (ResourceAction::RequestJob, asked(request(JobKind::ProcessProjectFile).await)),
            (ResourceAction::RequestJob, asked(request(JobKind::ApplyDeltas).await)),
            (ResourceAction::RequestPackage, asked(request(JobKind::Package).await)),
            (
                ResourceAction::DecideEdits,
                asked(
                    change_set::decide_deltas(
                        app,
                        viewer,
                        change_set::DecideDeltas {
                            command_id,
                            project,
                            deltas: vec![],
                            decision: change_set::Decision::Ignore,
                        },
                    )
                    .await,
                ),
            ),
            (
                ResourceAction::PushEdits,
                asked(
                    change_set::push_change_set(
                        app,
                        viewer,
                        change_set::PushChangeSet { command_id, project, content: "no delta file".into() },
                    )
                    .await,
                ),
            ),
            (
                ResourceAction::UploadFile,
                asked(
                    project::set_thumbnail(
                        app,
                        viewer,
                        project::SetThumbnail { command_id, project, picture: "no picture".into() },
                    )
                    .await,
                ),
            ),
            (
                ResourceAction::Change,
                asked(
                    project::change_project(
                        app,
                        viewer,
                        project::ChangeProject { project, ..project::ChangeProject::default() },
                    )
                    .await,
                ),
            ),
            (ResourceAction::CancelJob, asked(job::cancel_job(app, viewer, job::CancelJob { command_id, job }).await)),
            (
                ResourceAction::Change,
                asked(
                    project::revise_metadata(
                        app,
                        viewer,
                        project::ReviseMetadata { command_id, project, description: "Bees".into() },
                    )
                    .await,
                ),
            ),
            (
                ResourceAction::Change,
                asked(
                    project::rename_project(
                        app,
                        viewer,
                        project::RenameProject { command_id, project, name: "Same".into() },
                    )
                    .await,
                ),
            ),
            (ResourceAction::Change, {
                let visibility = app.view().resource(project).unwrap().unwrap().visibility;
                asked(
                    project::change_visibility(
                        app,
                        viewer,
                        project::ChangeVisibility { command_id, project, visibility },
                    )
                    .await,
                )
            }),
            (
                ResourceAction::ManageCollaborators,
                asked(
                    project::add_collaborator(
                        app,
                        viewer,
                        project::AddCollaborator { command_id, project, collaborator: somebody, role: Role::Reader },
                    )
                    .await,
                ),
            ),
            (
                ResourceAction::ManageCollaborators,
                asked(
                    project::change_collaborator_role(
                        app,
                        viewer,
                        project::ChangeCollaboratorRole {
                            command_id,
                            project,
                            collaborator: somebody,
                            role: Role::Reader,
                        },
                    )
                    .await,
                ),
            ),
            (
                ResourceAction::ManageCollaborators,
                asked(
                    project::remove_collaborator(
                        app,
                        viewer,
                        project::RemoveCollaborator { command_id, project, collaborator: somebody },
                    )
                    .await,
                ),
            ),
            (
                ResourceAction::ManageSecrets,
                asked(
                    secret::set_secret(
                        app,
                        viewer,
                        secret::SetSecret {
                            command_id,
                            holder: SecretHolder::Project(project),
                            name: "SOMETHING".into(),
                            kind: SecretKind::Envvar,
                            assigned_to: None,
                            value: secret::SecretValue::new("some value"),
                        },
                    )
                    .await,
                ),
            ),
            (
                ResourceAction::ManageSecrets,
                asked(
                    secret::remove_secret(
                        app,
                        viewer,
                        secret::RemoveSecret {
                            command_id,
                            holder: SecretHolder::Project(project),
                            name: "SOMETHING".into(),
                            assigned_to: None,
                        },
                    )
                    .await,
                ),
            ),
        ];
        for (action, found) in found {
            assert_eq!(found, rules::resource(action, *standing), "{action:?} as {standing:?}");
        }
    }
    // Last, since it changes how everybody stands to it: who may not retire, and then who may.
    let mut people = stage.people;
    people.sort_by_key(|(standing, _, _)| rules::resource(ResourceAction::Retire, *standing) == Verdict::Allowed);
    for (standing, viewer, project) in people.iter().filter(|(_, _, id)| *id == stage.private) {
        let found = asked(
            project::retire_project(app, viewer, project::RetireProject { command_id: None, project: *project }).await,
        );
        assert_eq!(found, rules::resource(ResourceAction::Retire, *standing), "retire as {standing:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retired_public_project_is_there_for_those_with_a_role_only() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let bees = cloud.project_for(&ana, None, "Bees", Visibility::Public).await;
    let retire = project::RetireProject { command_id: None, project: bees };
    cloud.seen(project::retire_project(&cloud.app, &ana, retire).await).await;
    let see = Action::Resource(ResourceAction::See, bees);
    assert_eq!(verdict(&cloud.app, &anonymous(), see), Verdict::Hidden);
    assert_eq!(verdict(&cloud.app, &ana, see), Verdict::Allowed);
}
