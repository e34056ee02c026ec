//! Pages and their cursors.

use fieldlog_domain::ResourceId;
use fieldlog_projections::{Cursor, ListJobs, ListResources, Listed, Order, Page, ReadError, Scope};

use crate::world::{World, long_history};

fn all(page: Page) -> ListResources {
    ListResources { scope: Scope::All, owner: None, kind: None, include_retired: true, page }
}

/// Whether walking in pages of any size, either way, gives what one page gives.
fn walks<T: PartialEq + Clone + std::fmt::Debug>(read: impl Fn(Page) -> Listed<T>) {
    let whole = read(Page::first(1_000));
    assert!(!whole.has_next && !whole.has_previous && whole.rows.len() > 4, "{} rows", whole.rows.len());
    for size in [1, 2, 3, 5, whole.rows.len() - 1, whole.rows.len()] {
        let (mut forwards, mut page) = (Vec::new(), Page::first(size));
        loop {
            let listed = read(page);
            assert_eq!(listed.has_previous, !forwards.is_empty());
            forwards.extend(listed.rows);
            if !listed.has_next {
                break;
            }
            page = Page::after(size, listed.cursors.last().unwrap().clone());
        }
        assert_eq!(forwards, whole.rows, "forwards by {size}");
        let (mut backwards, mut page) = (Vec::new(), Page::last(size));
        loop {
            let listed = read(page);
            assert_eq!(listed.has_next, !backwards.is_empty());
            backwards.splice(0..0, listed.rows);
            if !listed.has_previous {
                break;
            }
            page = Page::before(size, listed.cursors.first().unwrap().clone());
        }
        assert_eq!(backwards, whole.rows, "backwards by {size}");
    }
    let (first, last) = (whole.cursors.first().unwrap().clone(), whole.cursors.last().unwrap().clone());
    let between = read(Page { first: 1_000, after: Some(first), before: Some(last), from_end: false });
    assert_eq!(between.rows, whole.rows[1..whole.rows.len() - 1]);
    assert_eq!(read(Page::first(0)).rows, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_list_is_walked_in_pages_both_ways() {
    let mut steps = long_history(51, 3_000);
    // Much happens to a few resources, and none of them is retired.
    for step in steps.iter_mut().filter(|step| step.action > 21) {
        step.a %= 5;
        step.action = step.action.max(22 + u8::from(step.action == 29) * 8);
    }
    let (world, appended) = World::with(&steps).await;
    let view = world.view().await;
    walks(|page| view.list_resources(all(page)).unwrap());
    walks(|page| view.list_accounts(page).unwrap());
    walks(|page| view.jobs(ListJobs { page, ..ListJobs::default() }).unwrap());
    let resources: Vec<ResourceId> =
        view.list_resources(all(Page::first(1_000))).unwrap().rows.iter().map(|it| it.id).collect();
    let most = |count: &dyn Fn(ResourceId) -> usize| *resources.iter().max_by_key(|id| count(**id)).unwrap();
    let busy = most(&|id| appended.iter().filter(|it| it.events[0].metadata.resource == Some(id)).count());
    walks(|page| view.history(busy, Order::OldestFirst, page).unwrap());
    walks(|page| view.history(busy, Order::NewestFirst, page).unwrap());
    let full = most(&|id| view.files(id, Page::first(1_000)).unwrap().rows.len());
    walks(|page| view.files(full, page).unwrap());
    let revised = most(&|id| view.revisions(id, Page::first(1_000)).unwrap().rows.len());
    walks(|page| view.revisions(revised, page).unwrap());
    walks(|page| view.jobs(ListJobs { resource: Some(revised), page, ..ListJobs::default() }).unwrap());
    let shared = most(&|id| view.collaborators(id, Page::first(1_000)).unwrap().rows.len());
    walks(|page| view.collaborators(shared, page).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_is_only_good_for_its_own_list() {
    let (world, _) = World::with(&long_history(52, 300)).await;
    let view = world.view().await;
    let accounts = view.list_accounts(Page::first(2)).unwrap();
    let foreign = accounts.cursors[0].clone();
    let refused = |cursor: Cursor| {
        let after = view.list_resources(all(Page::after(5, cursor.clone())));
        let before = view.list_resources(all(Page::before(5, cursor)));
        matches!(after, Err(ReadError::BadCursor(_))) && matches!(before, Err(ReadError::BadCursor(_)))
    };
    assert!(refused(foreign));
    let own = view.list_resources(all(Page::first(1))).unwrap().cursors[0].to_string();
    for text in ["", "x", "!!!", "AAAA", "BQ", &own[1..], &format!("{own}AA"), &"A".repeat(10_000)] {
        assert!(refused(text.parse().unwrap()), "{text:?}");
    }
    let error = view.list_resources(all(Page::after(5, "nonsense?".parse().unwrap()))).unwrap_err();
    assert_eq!(error.to_string(), "expected a cursor that this list gave out, found \"nonsense?\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_never_has_more_than_a_thousand_rows() {
    let world = World::new();
    let organization = uuid::Uuid::new_v4();
    let added = (0..1_005).map(|_| fieldlog_domain::account::AccountEvent::MemberAdded {
        member: uuid::Uuid::new_v4().into(),
        role: fieldlog_domain::account::MemberRole::Member,
    });
    world.given(fieldlog_domain::StreamKind::Account, organization, None, added.collect()).await;
    let view = world.view().await;
    let listed = view.members(organization.into(), Page::first(usize::MAX)).unwrap();
    assert_eq!((listed.rows.len(), listed.has_next), (1_000, true));
}
