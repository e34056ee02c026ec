//! The log is away, or its answers get lost.

use fieldlog_commands::project::{CreateProject, ReviseMetadata, create_project, revise_metadata};
use fieldlog_commands::{CommandError, Viewer};
use fieldlog_domain::resource::{ResourceSource, Visibility};

use crate::cloud::{Cloud, body, upload};

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

#[tokio::test(flavor = "multi_thread")]
async fn while_the_log_is_away_commands_are_unavailable_and_afterwards_all_is_as_before() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let bees = cloud.project(&ana, "Bees").await;
    cloud.log.go_away();
    assert!(matches!(create_project(&cloud.app, &ana, create("Hives")).await, Err(CommandError::Unavailable(_))));
    let revise = || ReviseMetadata { command_id: None, project: bees, description: "new".into() };
    assert!(matches!(revise_metadata(&cloud.app, &ana, revise()).await, Err(CommandError::Unavailable(_))));
    let answer = fieldlog_commands::file::upload_file(&cloud.app, &ana, upload(bees, "a.txt"), body("x")).await;
    assert!(matches!(answer, Err(CommandError::Unavailable(_))));
    cloud.log.come_back();
    cloud.seen(create_project(&cloud.app, &ana, create("Hives")).await).await;
    assert!(revise_metadata(&cloud.app, &ana, revise()).await.unwrap().receipt.is_some());
    cloud.upload(&ana, bees, "a.txt", "x").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_whose_answer_got_lost_is_done_once() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let bees = cloud.project(&ana, "Bees").await;
    for lost in 1..=3 {
        cloud.log.doubt(lost);
        let revise = ReviseMetadata { command_id: None, project: bees, description: format!("text {lost}") };
        assert!(revise_metadata(&cloud.app, &ana, revise).await.unwrap().receipt.is_some());
        assert_eq!(cloud.count("metadata_revised").await, lost);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_process_wrote_is_noticed_by_refusals_and_by_appends() {
    let cloud = Cloud::start().await;
    let ana: Viewer = cloud.person("ana").await;
    let bees = cloud.project(&ana, "Bees").await;
    let other = cloud.another_process().await;
    let revise = |text: &str| ReviseMetadata { command_id: None, project: bees, description: text.into() };
    for round in 0..5 {
        // Each time one of the two has an old state in memory.
        revise_metadata(&cloud.app, &ana, revise(&format!("a{round}"))).await.unwrap();
        revise_metadata(&other, &ana, revise(&format!("b{round}"))).await.unwrap();
        assert_eq!(revise_metadata(&cloud.app, &ana, revise(&format!("b{round}"))).await.unwrap().receipt, None);
    }
    assert_eq!(cloud.count("metadata_revised").await, 10);
}
