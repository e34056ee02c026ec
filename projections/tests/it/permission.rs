//! Who may do what, and which lists follow from it.

use fieldlog_domain::AccountId;
use fieldlog_domain::resource::ResourceKind;
use fieldlog_projections::{ListResources, Page, ResourceRow, RoleOrigin, Scope, View};
use proptest::prelude::*;

use crate::naive::Naive;
use crate::simulation::Step;
use crate::world::{World, histories, long_history};

fn list(scope: Scope, include_retired: bool, page: Page) -> ListResources {
    ListResources { scope, owner: None, kind: None, include_retired, page }
}

fn ids(rows: &[ResourceRow]) -> Vec<fieldlog_domain::ResourceId> {
    rows.iter().map(|row| row.id).collect()
}

/// Walks a whole list in pages of three, forwards or backwards.
fn walk(view: &View, wanted: &ListResources, backwards: bool) -> Vec<fieldlog_domain::ResourceId> {
    let mut found = Vec::new();
    let mut page = if backwards { Page::last(3) } else { Page::first(3) };
    loop {
        let listed = view.list_resources(ListResources { page, ..wanted.clone() }).unwrap();
        assert_eq!(listed.cursors.len(), listed.rows.len());
        if backwards {
            found.splice(0..0, ids(&listed.rows));
            if !listed.has_previous {
                return found;
            }
            page = Page::before(3, listed.cursors.first().unwrap().clone());
        } else {
            found.extend(ids(&listed.rows));
            if !listed.has_next {
                return found;
            }
            page = Page::after(3, listed.cursors.last().unwrap().clone());
        }
    }
}

async fn roles_and_lists_are_those_of_the_naive_model(steps: &[Step]) {
    let (world, appended) = World::with(steps).await;
    let (view, naive) = (world.view().await, Naive::of(&appended));
    let accounts: Vec<AccountId> = naive.persons.iter().chain(naive.organizations.keys()).copied().collect();
    for resource in &naive.resources {
        for account in accounts.iter().copied().map(Some).chain([None]) {
            let (found, expected) = (view.role_of(resource.id, account).unwrap(), naive.role_of(resource, account));
            assert_eq!(found, expected, "{account:?} on {}", resource.id);
        }
    }
    for account in &accounts {
        for include_retired in [false, true] {
            let expected = naive.accessible_to(*account, include_retired);
            let wanted = list(Scope::AccessibleTo(*account), include_retired, Page::default());
            assert_eq!(walk(&view, &wanted, false), expected);
            assert_eq!(walk(&view, &wanted, true), expected);
        }
        lists_of_one_owner_or_kind_are_parts_of_the_whole(&view, &naive, *account);
    }
    let all = naive.resources.iter().rev().filter(|resource| !resource.is_retired);
    let public: Vec<_> = all.clone().filter(|resource| resource.is_public).map(|resource| resource.id).collect();
    assert_eq!(walk(&view, &list(Scope::All, false, Page::default()), false), all.map(|it| it.id).collect::<Vec<_>>());
    assert_eq!(walk(&view, &list(Scope::Public, false, Page::default()), true), public);
}

fn lists_of_one_owner_or_kind_are_parts_of_the_whole(view: &View, naive: &Naive, account: AccountId) {
    let scope = Scope::AccessibleTo(account);
    let whole = naive.accessible_to(account, false);
    let of = |id: &fieldlog_domain::ResourceId| naive.resources.iter().find(|resource| resource.id == *id).unwrap();
    for owner in naive.organizations.keys().chain(naive.persons.first()) {
        let expected: Vec<_> = whole.iter().filter(|id| of(id).owner == *owner).copied().collect();
        let wanted = ListResources { owner: Some(*owner), ..list(scope, false, Page::default()) };
        assert_eq!(walk(view, &wanted, false), expected);
    }
    let expected: Vec<_> = whole.iter().filter(|id| of(id).kind == ResourceKind::Dataset).copied().collect();
    let wanted = ListResources { kind: Some(ResourceKind::Dataset), ..list(scope, false, Page::default()) };
    assert_eq!(walk(view, &wanted, true), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_rank_decides_somewhere_in_a_long_history() {
    let steps = long_history(31, 1_500);
    roles_and_lists_are_those_of_the_naive_model(&steps).await;
    let (_, appended) = World::with(&steps).await;
    let naive = Naive::of(&appended);
    let mut origins = std::collections::BTreeSet::new();
    for resource in &naive.resources {
        origins.extend(naive.persons.iter().filter_map(|id| naive.role_of(resource, Some(*id))).map(|it| it.origin));
    }
    use strum::IntoEnumIterator;
    assert_eq!(origins.into_iter().collect::<Vec<_>>(), RoleOrigin::iter().collect::<Vec<_>>());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 60, ..ProptestConfig::default() })]
    #[test]
    fn roles_and_lists_are_those_of_the_naive_model_whatever_happened(steps in histories(120)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(roles_and_lists_are_those_of_the_naive_model(&steps));
    }
}
