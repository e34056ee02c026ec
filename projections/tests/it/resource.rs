//! Resources and their revisions.

use fieldlog_domain::resource::*;
use fieldlog_domain::shared::{FilePath, ResourceName};
use fieldlog_domain::{AccountId, ResourceId, RevisionId, Sha256Digest, StreamKind, VersionId};
use fieldlog_projections::Page;
use uuid::Uuid;

use crate::world::World;

fn registered(owner: AccountId, name: &str) -> ResourceEvent {
    ResourceEvent::ResourceRegistered {
        kind: ResourceKind::Project,
        owner,
        name: ResourceName::try_new(name).unwrap(),
        description: "fish".to_owned(),
        visibility: Visibility::Private,
        source: ResourceSource::Created,
    }
}

fn staged(revision: RevisionId, path: &FilePath) -> ResourceEvent {
    let digest = Sha256Digest::of(revision.uuid().as_bytes());
    ResourceEvent::RevisionStaged { revision, project_file: path.clone(), version: VersionId(revision.uuid()), digest }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_is_what_happened_to_it() {
    let world = World::new();
    let (owner, id) = (AccountId(Uuid::new_v4()), ResourceId(Uuid::new_v4()));
    let give = async |events| world.given(StreamKind::Resource, id.uuid(), Some(id), events).await;
    give(vec![registered(owner, "Trout.v1")]).await;
    let registered_at = world.now();
    world.pass(10);
    let path = FilePath::try_new("trout.qgz").unwrap();
    let extent = Extent { west: 1.5, south: -2.0, east: 3.0, north: 4.0 };
    let thumbnail = Thumbnail { digest: Sha256Digest::of(b"png"), media_type: "image/png".to_owned(), size: 3 };
    give(vec![
        ResourceEvent::ResourceRenamed { name: ResourceName::try_new("Trout.v2").unwrap() },
        ResourceEvent::MetadataRevised { description: "more fish".to_owned() },
        ResourceEvent::VisibilityChanged { visibility: Visibility::Public },
        ResourceEvent::ProjectFileDesignated { path: path.clone() },
        ResourceEvent::ExtentDetermined { extent },
        ResourceEvent::ThumbnailSet { thumbnail: thumbnail.clone() },
    ])
    .await;
    let model = world.model().await;
    let view = model.view();
    let row = view.resource(id).unwrap().unwrap();
    assert_eq!((row.name.as_str(), row.description.as_str()), ("Trout.v2", "more fish"));
    assert_eq!((row.owner, row.kind, row.visibility), (owner, ResourceKind::Project, Visibility::Public));
    assert_eq!((row.registered_at, row.changed_at, row.is_retired), (registered_at, world.now(), false));
    assert_eq!(
        (row.project_file.as_ref(), row.extent, row.thumbnail.as_ref()),
        (Some(&path), Some(extent), Some(&thumbnail))
    );
    assert_eq!((row.file_count, row.total_bytes, row.ready, row.latest), (0, 0, None, None));
    assert_eq!(view.resource_by_name(owner, "Trout.v2").unwrap().as_ref(), Some(&row));
    assert_eq!(view.resource_by_name(owner, "trout.v2").unwrap(), None, "case counts");
    assert_eq!(view.resource_by_name(owner, "Trout.v1").unwrap(), None);
    assert!(view.is_blob_referenced(&thumbnail.digest).unwrap());

    give(vec![ResourceEvent::ProjectFileCleared { path }, ResourceEvent::ResourceRetired {}]).await;
    world.caught_up(&model).await;
    let row = view.resources(&[ResourceId(Uuid::nil()), id]).unwrap().remove(0);
    assert_eq!((row.is_retired, row.project_file), (true, None));
    assert_eq!(view.resource_by_name(owner, "Trout.v2").unwrap(), None, "the name is free");
    model.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_see_the_last_ready_revision_and_editors_how_the_others_fared() {
    let world = World::new();
    let (owner, id) = (AccountId(Uuid::new_v4()), ResourceId(Uuid::new_v4()));
    let path = FilePath::try_new("a.qgs").unwrap();
    let [first, second, third, fourth] = [(); 4].map(|()| RevisionId(Uuid::new_v4()));
    let details = ProjectDetails { project_name: "Trout".to_owned(), ..ProjectDetails::default() };
    let reason = RejectionReason { code: "INVALID_PROJECT_FILE".to_owned(), message: "line 3".to_owned() };
    let events = vec![
        registered(owner, "Trout"),
        staged(first, &path),
        ResourceEvent::ProjectDetailsRecorded { revision: first, details: Box::new(details.clone()) },
        ResourceEvent::RevisionReady { revision: first },
        staged(second, &path),
        staged(third, &path),
        ResourceEvent::RevisionRejected { revision: third, reason: reason.clone() },
        staged(fourth, &path),
    ];
    world.given(StreamKind::Resource, id.uuid(), Some(id), events).await;
    let view = world.view().await;
    let row = view.resource(id).unwrap().unwrap();
    assert_eq!((row.ready, row.latest), (Some(first), Some(fourth)));
    let states = view.revisions(id, Page::first(10)).unwrap().rows;
    assert_eq!(
        states.iter().map(|it| (it.id, it.state)).collect::<Vec<_>>(),
        [
            (fourth, RevisionState::Staged),
            (third, RevisionState::Rejected),
            (second, RevisionState::Superseded),
            (first, RevisionState::Ready),
        ]
    );
    assert_eq!(states[1].reason, Some(reason));
    assert_eq!((states[0].settled_at, states[1].settled_at), (None, Some(world.now())));
    assert_eq!((states[0].version, &states[0].project_file), (VersionId(fourth.uuid()), &path));
    assert_eq!(view.revision(third).unwrap().as_ref(), Some(&states[1]));
    assert_eq!(view.details(first).unwrap(), Some(details));
    assert_eq!(view.details(third).unwrap(), None);
}
