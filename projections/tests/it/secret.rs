//! Secrets.

use fieldlog_domain::resource::{ResourceEvent, ResourceKind, ResourceSource, Visibility};
use fieldlog_domain::secret::{SecretEvent, SecretHolder, SecretKind, SecretName};
use fieldlog_domain::shared::ResourceName;
use fieldlog_domain::{AccountId, ResourceId, Sealed, SecretId, StreamKind};
use fieldlog_projections::Page;
use uuid::Uuid;

use crate::world::World;

fn name(text: &str) -> SecretName {
    SecretName::try_new(text).unwrap()
}

/// Sets a secret; its sealed content is `content`.
async fn set(
    world: &World,
    holder: SecretHolder,
    text: &str,
    assigned_to: Option<AccountId>,
    content: &str,
) -> SecretId {
    let id = SecretId::of(holder, &name(text), assigned_to);
    let value = Sealed { key: Uuid::new_v4(), content: content.to_owned() };
    let event = SecretEvent::SecretSet { holder, name: name(text), kind: SecretKind::Envvar, assigned_to, value };
    world.given(StreamKind::Secret, id.uuid(), None, vec![event]).await;
    id
}

async fn project(world: &World, owner: AccountId) -> ResourceId {
    let id = ResourceId(Uuid::new_v4());
    let registered = ResourceEvent::ResourceRegistered {
        kind: ResourceKind::Project,
        owner,
        name: ResourceName::try_new("bees").unwrap(),
        description: String::new(),
        visibility: Visibility::Private,
        source: ResourceSource::Created,
    };
    world.given(StreamKind::Resource, id.uuid(), Some(id), vec![registered]).await;
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_listed_until_it_is_removed_and_has_its_last_value() {
    let world = World::new();
    let holder = SecretHolder::Project(ResourceId(Uuid::new_v4()));
    let first = set(&world, holder, "FIRST", None, "one").await;
    let second = set(&world, holder, "SECOND", None, "two").await;
    world.pass(60);
    set(&world, holder, "FIRST", None, "three").await;
    set(&world, SecretHolder::Project(ResourceId(Uuid::new_v4())), "OTHER", None, "four").await;
    let view = world.view().await;
    let found = view.secrets(holder, Page::first(10)).unwrap().rows;
    assert_eq!(found.iter().map(|row| row.id).collect::<Vec<_>>(), [first, second]);
    assert_eq!((found[0].value.content.as_str(), found[0].set_at), ("three", world.now()));
    assert_eq!(view.secret(first).unwrap().as_ref(), Some(&found[0]));
    assert_eq!(view.count_secrets(holder, None).unwrap(), 2);

    world.given(StreamKind::Secret, first.uuid(), None, vec![SecretEvent::SecretRemoved {}]).await;
    let view = world.view().await;
    assert_eq!(view.secret(first).unwrap(), None);
    assert_eq!(view.count_secrets(holder, None).unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_reaches_what_is_its_projects_or_its_owners_and_not_another_persons() {
    let world = World::new();
    let [organization, ana, bob] = [1, 2, 3].map(|n| AccountId(Uuid::from_u128(n)));
    let bees = project(&world, organization).await;
    let wasps = project(&world, organization).await;
    let (of_bees, of_all) = (SecretHolder::Project(bees), SecretHolder::Organization(organization));
    for (holder, assigned_to, content) in [
        (of_bees, Some(ana), "bees, ana"),
        (of_bees, Some(bob), "bees, bob"),
        (of_bees, None, "bees"),
        (of_all, Some(ana), "all, ana"),
        (of_all, None, "all"),
        (SecretHolder::Project(wasps), None, "wasps"),
        (SecretHolder::Organization(ana), None, "another organization"),
    ] {
        set(&world, holder, "DB", assigned_to, content).await;
    }
    let view = world.view().await;
    let within_reach = |project, person| {
        let rows = view.secrets_within_reach(project, person).unwrap();
        rows.into_iter().map(|row| row.value.content).collect::<Vec<_>>()
    };
    assert_eq!(within_reach(bees, Some(ana)), ["bees, ana", "bees", "all, ana", "all"]);
    assert_eq!(within_reach(bees, Some(bob)), ["bees, bob", "bees", "all"]);
    assert_eq!(within_reach(bees, None), ["bees", "all"]);
    assert_eq!(within_reach(wasps, Some(bob)), ["all", "wasps"]);
    let bound_to = |id| {
        let rows = view.secrets_bound_to(id).unwrap();
        rows.into_iter().map(|row| row.value.content).collect::<Vec<_>>()
    };
    assert_eq!(bound_to(bob.uuid()), ["bees, bob"]);
    assert_eq!(bound_to(bees.uuid()), ["bees, ana", "bees, bob", "bees"]);
    assert_eq!(bound_to(organization.uuid()).len(), 6, "its own, and what its projects have");
}
