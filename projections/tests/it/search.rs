//! Searching names and descriptions.

use fieldlog_domain::resource::*;
use fieldlog_domain::shared::{ResourceName, Role};
use fieldlog_domain::{AccountId, ResourceId, StreamKind};
use fieldlog_projections::{Page, Scope, SearchResources, View};
use proptest::prelude::*;
use uuid::Uuid;

use crate::naive::Naive;
use crate::world::{World, long_history};

struct Found<'a>(&'a View);

impl Found<'_> {
    fn by(&self, scope: Scope, text: &str) -> Vec<String> {
        let search = SearchResources { text: text.to_owned(), scope, page: Page::first(100) };
        let rows = self.0.search_resources(search).unwrap().rows;
        rows.iter().map(|row| row.name.as_str().to_owned()).collect()
    }
}

async fn register(
    world: &World,
    owner: AccountId,
    name: &str,
    description: &str,
    visibility: Visibility,
) -> ResourceId {
    let id = ResourceId(Uuid::new_v4());
    let registered = ResourceEvent::ResourceRegistered {
        kind: ResourceKind::Project,
        owner,
        name: ResourceName::try_new(name).unwrap(),
        description: description.to_owned(),
        visibility,
        source: ResourceSource::Created,
    };
    world.given(StreamKind::Resource, id.uuid(), Some(id), vec![registered]).await;
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn words_are_found_by_their_beginnings_in_names_and_descriptions() {
    let world = World::new();
    let model = world.model().await;
    let (ana, bob) = (AccountId(Uuid::new_v4()), AccountId(Uuid::new_v4()));
    register(&world, ana, "river_survey.v2", "Fish in the Töss", Visibility::Private).await;
    let bees = register(&world, ana, "bees", "Hives along the RIVER, 100% \"organic\"", Visibility::Public).await;
    let trees = register(&world, bob, "Trees-2025", "riverine forest", Visibility::Private).await;
    world.caught_up(&model).await;
    let view = model.view();
    let found = Found(&view);
    assert_eq!(found.by(Scope::All, "riv"), ["Trees-2025", "bees", "river_survey.v2"], "newest first");
    assert_eq!(found.by(Scope::AccessibleTo(ana), "riv"), ["bees", "river_survey.v2"]);
    assert_eq!(found.by(Scope::Public, "riv"), ["bees"]);
    assert_eq!(found.by(Scope::All, "riv surv"), ["river_survey.v2"], "all words");
    assert_eq!(found.by(Scope::All, "river_survey.v2"), ["river_survey.v2"], "as it is written");
    assert_eq!(found.by(Scope::All, "toss"), ["river_survey.v2"], "without accents");
    assert_eq!(found.by(Scope::All, "2025"), ["Trees-2025"]);
    assert_eq!(found.by(Scope::All, "iver"), [""; 0], "only beginnings");

    let renamed = ResourceEvent::ResourceRenamed { name: ResourceName::try_new("oaks").unwrap() };
    let revised = ResourceEvent::MetadataRevised { description: "old ones".to_owned() };
    world.given(StreamKind::Resource, trees.uuid(), Some(trees), vec![renamed, revised]).await;
    let added = ResourceEvent::CollaboratorAdded { collaborator: Collaborator::Person(bob), role: Role::Reader };
    world.given(StreamKind::Resource, bees.uuid(), Some(bees), vec![added]).await;
    world.caught_up(&model).await;
    assert_eq!(found.by(Scope::All, "trees"), [""; 0]);
    assert_eq!(found.by(Scope::All, "riv"), ["bees", "river_survey.v2"]);
    assert_eq!(found.by(Scope::AccessibleTo(bob), "o"), ["oaks", "bees"]);

    world.given(StreamKind::Resource, bees.uuid(), Some(bees), vec![ResourceEvent::ResourceRetired {}]).await;
    world.caught_up(&model).await;
    assert_eq!(found.by(Scope::All, "hives"), [""; 0], "retired ones are not found");
    model.rebuild(Some("resource")).await.unwrap();
    let view = model.view();
    assert_eq!(Found(&view).by(Scope::All, "riv"), ["river_survey.v2"], "nor after a rebuild");
    model.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_character_has_a_special_meaning() {
    let world = World::new();
    let owner = AccountId(Uuid::new_v4());
    register(&world, owner, "bees", "AND OR NOT NEAR name", Visibility::Public).await;
    let view = world.view().await;
    let found = Found(&view);
    for text in
        ["\"", "*", "\0", "(", "bees)", "a:b", "^", "-bees", "{name}:x", "NEAR(a b)", "'; DROP TABLE resource", "💧"]
    {
        found.by(Scope::All, text);
    }
    assert_eq!(found.by(Scope::All, ""), [""; 0]);
    assert_eq!(found.by(Scope::All, " * \" "), [""; 0]);
    for text in ["bees*", "\"bees", "be\0", "AND", "name:", "(bees)", "NOT", "NEAR(name)"] {
        assert_eq!(found.by(Scope::All, text), ["bees"], "{text:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_in_pages_finds_what_a_search_at_once_does() {
    let (world, appended) = World::with(&long_history(41, 900)).await;
    let (view, naive) = (world.view().await, Naive::of(&appended));
    let has =
        |words: &str| words.to_lowercase().split(|c: char| !c.is_alphanumeric()).any(|word| word.starts_with("riv"));
    for person in naive.persons.iter().take(4) {
        let mut expected = naive.accessible_to(*person, false);
        let of = |id| naive.resources.iter().find(|resource| resource.id == id).unwrap();
        expected.retain(|id| has(&of(*id).words.0) || has(&of(*id).words.1));
        let mut found = Vec::new();
        let mut page = Page::first(2);
        loop {
            let search = SearchResources { text: "Riv".to_owned(), scope: Scope::AccessibleTo(*person), page };
            let listed = view.search_resources(search).unwrap();
            found.extend(listed.rows.iter().map(|row| row.id));
            if !listed.has_next {
                break;
            }
            page = Page::after(2, listed.cursors.last().unwrap().clone());
        }
        assert_eq!(found, expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]
    #[test]
    fn any_text_is_answered(texts in prop::collection::vec(any::<String>(), 60)) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let world = World::new();
            register(&world, AccountId(Uuid::new_v4()), "bees", "x", Visibility::Public).await;
            let view = world.view().await;
            texts.iter().for_each(|text| { Found(&view).by(Scope::All, text); });
        });
    }
}
