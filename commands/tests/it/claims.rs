//! Crashes at every step of what takes more than one stream: afterwards names can be had again and nobody shares one.

use fieldlog_commands::Viewer;
use fieldlog_commands::account::{ChangeProfile, Password, RegisterAccount, change_profile, register_account};
use fieldlog_commands::project::{
    CreateProject, RenameProject, RetireProject, create_project, rename_project, retire_project,
};
use fieldlog_domain::resource::{ResourceSource, Visibility};
use fieldlog_domain::{CommandId, ResourceId};
use fieldlog_projections::{ListResources, Page, Scope};
use uuid::Uuid;

use crate::cloud::{Cloud, PASSWORD, anonymous, viewer};

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

async fn names(cloud: &Cloud, owner: &Viewer) -> Vec<String> {
    cloud.caught_up().await;
    let scope = Scope::AccessibleTo(owner.account.unwrap());
    let list = ListResources { scope, owner: None, kind: None, include_retired: false, page: Page::first(100) };
    let mut names: Vec<_> =
        cloud.app.view().list_resources(list).unwrap().rows.into_iter().map(|row| row.name.to_string()).collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_that_broke_off_anywhere_leaves_name_and_address_to_others() {
    let mut step = 0;
    loop {
        let cloud = Cloud::start().await;
        let register = |email: &str| RegisterAccount {
            command_id: Some(CommandId(Uuid::now_v7())),
            name: "ana".into(),
            email: email.into(),
            password: Password::new(PASSWORD),
            first_name: String::new(),
            last_name: String::new(),
        };
        cloud.log.crash_after(step);
        let broken = register("ana@example.com");
        let answer = register_account(&cloud.app, &anonymous(), broken.clone()).await;
        let crashed = cloud.log.crashed();
        cloud.log.come_back();
        assert_eq!(answer.is_err(), crashed, "step {step}");
        if !crashed {
            assert!(step >= 3, "name, address and account are three steps, found {step}");
            return;
        }
        // Somebody else, in another process, wants the same name and address.
        let other = cloud.another_process().await;
        let won = register_account(&other, &anonymous(), register("ana@example.com")).await.unwrap();
        let late = register_account(&cloud.app, &anonymous(), broken).await;
        assert!(late.is_err(), "step {step}: two accounts of one name, {late:?} beside {won:?}");
        assert_eq!(cloud.count("account_registered").await, 1, "step {step}");
        step += 1;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_that_broke_off_anywhere_is_completed_when_it_is_sent_again() {
    for step in 0..2 {
        let cloud = Cloud::start().await;
        let ana = cloud.person("ana").await;
        let broken = CreateProject { command_id: Some(CommandId(Uuid::now_v7())), ..create("Bees") };
        cloud.log.crash_after(step);
        create_project(&cloud.app, &ana, broken.clone()).await.unwrap_err();
        cloud.log.come_back();
        let done = create_project(&cloud.app, &ana, broken.clone()).await.unwrap();
        assert_eq!(create_project(&cloud.app, &ana, broken).await.unwrap(), done);
        assert_eq!(names(&cloud, &ana).await, ["Bees"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_that_broke_off_anywhere_leaves_the_name_to_others() {
    for step in 0..2 {
        let cloud = Cloud::start().await;
        let ana = cloud.person("ana").await;
        cloud.log.crash_after(step);
        let broken = CreateProject { command_id: Some(CommandId(Uuid::now_v7())), ..create("Bees") };
        create_project(&cloud.app, &ana, broken.clone()).await.unwrap_err();
        cloud.log.come_back();
        cloud.seen(create_project(&cloud.app, &ana, create("Bees")).await).await;
        create_project(&cloud.app, &ana, broken).await.unwrap_err();
        assert_eq!(names(&cloud, &ana).await, ["Bees"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renaming_that_broke_off_anywhere_leaves_both_names_to_be_had_once() {
    let mut step = 0;
    loop {
        let cloud = Cloud::start().await;
        let ana = cloud.person("ana").await;
        let bees = cloud.project(&ana, "Bees").await;
        cloud.log.crash_after(step);
        let _ = rename_project(&cloud.app, &ana, rename(bees, "Hives")).await;
        let crashed = cloud.log.crashed();
        cloud.log.come_back();
        if !crashed {
            assert!(step >= 3, "claim, rename and release are three steps, found {step}");
            return;
        }
        let kept = names(&cloud, &ana).await;
        // Whichever name it bears, the other one can be had, and its own cannot.
        let free = if kept == ["Bees"] { "Hives" } else { "Bees" };
        cloud.seen(create_project(&cloud.app, &ana, create(free)).await).await;
        create_project(&cloud.app, &ana, create("Bees")).await.unwrap_err();
        create_project(&cloud.app, &ana, create("Hives")).await.unwrap_err();
        assert_eq!(names(&cloud, &ana).await, ["Bees", "Hives"], "step {step}");
        step += 1;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retirement_that_broke_off_is_finished_by_the_policy_or_by_whoever_wants_the_name() {
    for with_policy in [false, true] {
        let cloud = Cloud::start().await;
        let ana = cloud.person("ana").await;
        let bees = cloud.project(&ana, "Bees").await;
        cloud.log.crash_after(1);
        retire_project(&cloud.app, &ana, RetireProject { command_id: None, project: bees }).await.unwrap_err();
        cloud.log.come_back();
        assert_eq!(cloud.count("name_released").await, 0);
        if with_policy {
            let policies = cloud.policies("policies").await;
            cloud.settled(&policies).await;
            assert_eq!(cloud.count("name_released").await, 1);
            policies.shutdown().await;
        }
        cloud.seen(create_project(&cloud.app, &ana, create("Bees")).await).await;
        assert_eq!(names(&cloud, &ana).await, ["Bees"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_rename_and_create_at_once_never_share_a_name() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let other = cloud.another_process().await;
    let mut projects = Vec::new();
    for n in 0..4 {
        projects.push(cloud.project(&ana, &format!("Start-{n}")).await);
    }
    for round in 0..6 {
        let renames = projects.iter().enumerate().map(|(n, project)| {
            let app = if n % 2 == 0 { &cloud.app } else { &other };
            rename_project(app, &ana, rename(*project, &format!("Name-{}", (n + round) % 3)))
        });
        futures::future::join_all(renames).await;
        let names = names(&cloud, &ana).await;
        let mut unique = names.clone();
        unique.dedup();
        assert_eq!(names, unique, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_address_that_broke_off_anywhere_leaves_both_addresses_to_be_had_once() {
    let mut step = 0;
    loop {
        let cloud = Cloud::start().await;
        let (ana, ben) = (cloud.account("ana").await, cloud.account("ben").await);
        let change = |account, email: &str| ChangeProfile {
            command_id: None,
            account,
            email: Some(email.into()),
            first_name: None,
            last_name: None,
        };
        cloud.log.crash_after(step);
        let _ = change_profile(&cloud.app, &viewer(ana), change(ana, "new@example.com")).await;
        let crashed = cloud.log.crashed();
        cloud.log.come_back();
        if !crashed {
            assert!(step >= 3, "claim, change and release are three steps, found {step}");
            return;
        }
        let mut had = Vec::new();
        for email in ["ana@example.com", "new@example.com"] {
            had.push(change_profile(&cloud.app, &viewer(ben), change(ben, email)).await.is_ok());
        }
        had.sort_unstable();
        assert_eq!(had, [false, true], "step {step}: one address is ana's, the other can be had");
        step += 1;
    }
}
