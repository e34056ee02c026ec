//! Projects and who works on them.

use fieldlog_commands::CommandError;
use fieldlog_commands::account::{AddMember, CreateTeam, add_member, create_team};
use fieldlog_commands::project::*;
use fieldlog_domain::account::MemberRole;
use fieldlog_domain::resource::{Collaborator, ResourceRefusal, ResourceSource, Visibility};
use fieldlog_domain::shared::Role;
use fieldlog_domain::{AccountId, CommandId, ResourceId, TeamId};
use uuid::Uuid;

use crate::cloud::{Cloud, anonymous};

fn create(name: &str) -> CreateProject {
    CreateProject {
        command_id: None,
        owner: None,
        name: name.into(),
        description: String::new(),
        visibility: Visibility::Private,
        settings: fieldlog_domain::resource::ProjectSettings::default(),
        source: ResourceSource::Created,
    }
}

fn rename(project: ResourceId, name: &str) -> RenameProject {
    RenameProject { command_id: None, project, name: name.into() }
}

fn is_taken<T: std::fmt::Debug>(answer: Result<T, CommandError<ProjectRefusal>>) -> bool {
    matches!(answer, Err(CommandError::Refused(ProjectRefusal::NameTaken { .. })))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_is_created_and_found_by_its_name() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let bees = cloud.project(&ana, "Bees").await;
    let found = cloud.app.view().resource_by_name(ana.account.unwrap(), "Bees").unwrap().unwrap();
    assert_eq!((found.id, found.description.as_str()), (bees, "Bees"));
    assert_eq!(create_project(&cloud.app, &anonymous(), create("x")).await.unwrap_err(), CommandError::Unauthenticated);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_creation_twice_is_one_project_also_in_another_process() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let once = CreateProject { command_id: Some(CommandId(Uuid::now_v7())), ..create("Bees") };
    let first = create_project(&cloud.app, &ana, once.clone()).await.unwrap();
    cloud.app.wait_for(first.receipt, crate::cloud::PATIENCE).await.unwrap();
    let events = cloud.feed().await.len();
    assert_eq!(create_project(&cloud.app, &ana, once.clone()).await.unwrap(), first);
    assert_eq!(create_project(&cloud.another_process().await, &ana, once.clone()).await.unwrap(), first);
    assert_eq!(cloud.feed().await.len(), events);
    // The same id of somebody else is another command.
    let ben = cloud.person("ben").await;
    assert_ne!(create_project(&cloud.app, &ben, once).await.unwrap().value, first.value);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_unique_under_its_owner_and_its_case_counts() {
    let cloud = Cloud::start().await;
    let (ana, ben) = (cloud.person("ana").await, cloud.person("ben").await);
    cloud.project(&ana, "Bees").await;
    assert!(is_taken(create_project(&cloud.app, &ana, create("Bees")).await));
    assert!(create_project(&cloud.app, &ana, create("bees")).await.is_ok());
    assert!(create_project(&cloud.app, &ben, create("Bees")).await.is_ok());
    for bad in ["", "with space", "söme", &"x".repeat(256)] {
        let answer = create_project(&cloud.app, &ana, create(bad)).await;
        assert!(matches!(answer, Err(CommandError::Invalid { field: "name", .. })), "{bad:?}");
    }
    let long = CreateProject { description: "x".repeat(10_001), ..create("Long") };
    let answer = create_project(&cloud.app, &ana, long).await;
    assert!(matches!(
        answer,
        Err(CommandError::Refused(ProjectRefusal::Resource(ResourceRefusal::DescriptionTooLong { .. })))
    ));
    assert!(create_project(&cloud.app, &ana, create("Long")).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_sixteen_who_want_a_name_at_once_one_gets_it() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let other = cloud.another_process().await;
    for round in 0..5 {
        let name = format!("Race-{round}");
        let racers = (0..16).map(|n| {
            let app = if n % 2 == 0 { &cloud.app } else { &other };
            create_project(app, &ana, create(&name))
        });
        let (won, lost): (Vec<_>, Vec<_>) =
            futures::future::join_all(racers).await.into_iter().partition(Result::is_ok);
        assert_eq!(won.len(), 1, "{lost:?}");
        assert!(lost.into_iter().all(is_taken));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_name_frees_the_old_one() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let bees = cloud.project(&ana, "Bees").await;
    let taken = cloud.project(&ana, "Trees").await;
    assert!(is_taken(rename_project(&cloud.app, &ana, rename(bees, "Trees")).await));
    let once = RenameProject { command_id: Some(CommandId(Uuid::now_v7())), ..rename(bees, "Hives") };
    let first = rename_project(&cloud.app, &ana, once.clone()).await.unwrap();
    let events = cloud.feed().await.len();
    assert_eq!(rename_project(&cloud.app, &ana, once).await.unwrap(), first);
    assert_eq!(rename_project(&cloud.app, &ana, rename(bees, "Hives")).await.unwrap().receipt, None);
    assert_eq!(cloud.feed().await.len(), events);
    cloud.seen(rename_project(&cloud.app, &ana, rename(taken, "Bees")).await).await;
    // Back and forth: the claims follow.
    cloud.seen(rename_project(&cloud.app, &ana, rename(bees, "Trees")).await).await;
    cloud.seen(rename_project(&cloud.app, &ana, rename(bees, "Hives")).await).await;
    assert!(is_taken(create_project(&cloud.app, &ana, create("Hives")).await));
    assert!(create_project(&cloud.app, &ana, create("Trees")).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retired_project_changes_no_more_and_its_name_is_free() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let bees = cloud.project(&ana, "Bees").await;
    cloud.seen(retire_project(&cloud.app, &ana, RetireProject { command_id: None, project: bees }).await).await;
    let again = retire_project(&cloud.app, &ana, RetireProject { command_id: None, project: bees }).await.unwrap();
    assert_eq!(again.receipt, None);
    let refused = rename_project(&cloud.app, &ana, rename(bees, "Hives")).await.unwrap_err();
    assert_eq!(refused, CommandError::Refused(ProjectRefusal::Resource(ResourceRefusal::Retired)));
    let revise = ReviseMetadata { command_id: None, project: bees, description: "x".into() };
    assert_eq!(
        revise_metadata(&cloud.app, &ana, revise).await.unwrap_err(),
        CommandError::Refused(ResourceRefusal::Retired)
    );
    assert!(create_project(&cloud.app, &ana, create("Hives")).await.is_ok());
    assert!(create_project(&cloud.app, &ana, create("Bees")).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn description_and_visibility_change_once() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let bees = cloud.project(&ana, "Bees").await;
    let revise = || ReviseMetadata { command_id: None, project: bees, description: "Hives and meadows".into() };
    cloud.seen(revise_metadata(&cloud.app, &ana, revise()).await).await;
    assert_eq!(revise_metadata(&cloud.app, &ana, revise()).await.unwrap().receipt, None);
    let publish = || ChangeVisibility { command_id: None, project: bees, visibility: Visibility::Public };
    cloud.seen(change_visibility(&cloud.app, &ana, publish()).await).await;
    assert_eq!(change_visibility(&cloud.app, &ana, publish()).await.unwrap().receipt, None);
    let row = cloud.app.view().resource(bees).unwrap().unwrap();
    assert_eq!((row.description.as_str(), row.visibility), ("Hives and meadows", Visibility::Public));
}

#[tokio::test(flavor = "multi_thread")]
async fn collaborators_come_change_and_go() {
    let cloud = Cloud::start().await;
    let (ana, ben) = (cloud.person("ana").await, cloud.person("ben").await);
    let bees = cloud.project(&ana, "Bees").await;
    let collaborator = Collaborator::Person(ben.account.unwrap());
    let add = |role| AddCollaborator { command_id: None, project: bees, collaborator, role };
    cloud.seen(add_collaborator(&cloud.app, &ana, add(Role::Reader)).await).await;
    assert_eq!(add_collaborator(&cloud.app, &ana, add(Role::Reader)).await.unwrap().receipt, None);
    let again = add_collaborator(&cloud.app, &ana, add(Role::Editor)).await.unwrap_err();
    let expected = ResourceRefusal::AlreadyACollaborator(collaborator);
    assert_eq!(again, CommandError::Refused(CollaboratorRefusal::Resource(expected)));
    assert_eq!(add_collaborator(&cloud.app, &ben, add(Role::Admin)).await.unwrap_err(), CommandError::Forbidden);

    let change = ChangeCollaboratorRole { command_id: None, project: bees, collaborator, role: Role::Manager };
    cloud.seen(change_collaborator_role(&cloud.app, &ana, change).await).await;
    assert_eq!(cloud.app.view().role_of(bees, ben.account).unwrap().unwrap().role, Role::Manager);
    let remove = || RemoveCollaborator { command_id: None, project: bees, collaborator };
    cloud.seen(remove_collaborator(&cloud.app, &ana, remove()).await).await;
    assert_eq!(remove_collaborator(&cloud.app, &ana, remove()).await.unwrap().receipt, None);
    assert_eq!(remove_collaborator(&cloud.app, &ben, remove()).await.unwrap_err(), CommandError::NotFound("resource"));
    let gone = ChangeCollaboratorRole { command_id: None, project: bees, collaborator, role: Role::Reader };
    let refused = change_collaborator_role(&cloud.app, &ana, gone).await.unwrap_err();
    assert_eq!(refused, CommandError::Refused(ResourceRefusal::NotACollaborator(collaborator)));
}

#[tokio::test(flavor = "multi_thread")]
async fn not_everybody_can_be_a_collaborator() {
    let cloud = Cloud::start().await;
    let (ana, ben) = (cloud.person("ana").await, cloud.person("ben").await);
    let bees = cloud.organization(&ana, "bees").await;
    let own = cloud.project(&ana, "Own").await;
    let of_bees = cloud.project_for(&ana, Some(bees), "Theirs", Visibility::Private).await;
    let team = CreateTeam { command_id: None, organization: bees, name: "north".into() };
    let team = cloud.seen(create_team(&cloud.app, &ana, team).await).await;
    let cases = [
        (
            own,
            Collaborator::Person(ana.account.unwrap()),
            CommandError::Refused(ResourceRefusal::OwnerIsNoCollaborator.into()),
        ),
        (own, Collaborator::Person(bees), CommandError::Refused(CollaboratorRefusal::IsAnOrganization)),
        (own, Collaborator::Team(team), CommandError::Refused(CollaboratorRefusal::TeamOfAnother)),
        (own, Collaborator::Person(AccountId(Uuid::now_v7())), CommandError::NotFound("account")),
        (own, Collaborator::Team(TeamId(Uuid::now_v7())), CommandError::NotFound("team")),
        (
            of_bees,
            Collaborator::Person(ben.account.unwrap()),
            CommandError::Refused(CollaboratorRefusal::NotInTheOrganization),
        ),
    ];
    for (project, collaborator, expected) in cases {
        let add = AddCollaborator { command_id: None, project, collaborator, role: Role::Reader };
        assert_eq!(add_collaborator(&cloud.app, &ana, add).await.unwrap_err(), expected);
    }
    let add = AddCollaborator {
        command_id: None,
        project: of_bees,
        collaborator: Collaborator::Team(team),
        role: Role::Reader,
    };
    cloud.seen(add_collaborator(&cloud.app, &ana, add).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creator_administers_what_they_create_in_an_organization() {
    let cloud = Cloud::start().await;
    let (ana, ben, eve) = (cloud.person("ana").await, cloud.person("ben").await, cloud.person("eve").await);
    let bees = cloud.organization(&ana, "bees").await;
    for (person, role) in [(&ben, MemberRole::Creator), (&eve, MemberRole::Member)] {
        let add = AddMember { command_id: None, organization: bees, member: person.account.unwrap(), role };
        cloud.seen(add_member(&cloud.app, &ana, add).await).await;
    }
    let input = || CreateProject { owner: Some(bees), command_id: Some(CommandId(Uuid::now_v7())), ..create("Hives") };
    let once = input();
    let first = create_project(&cloud.app, &ben, once.clone()).await.unwrap();
    assert_eq!(create_project(&cloud.app, &ben, once).await.unwrap(), first);
    cloud.app.wait_for(first.receipt, crate::cloud::PATIENCE).await.unwrap();
    assert_eq!(cloud.app.view().role_of(first.value, ben.account).unwrap().unwrap().role, Role::Admin);
    assert_eq!(create_project(&cloud.app, &eve, input()).await.unwrap_err(), CommandError::Forbidden);
    let for_ana = CreateProject { owner: ana.account, ..create("x") };
    assert_eq!(create_project(&cloud.app, &ben, for_ana).await.unwrap_err(), CommandError::Forbidden);
}
