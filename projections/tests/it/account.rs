//! Accounts, members and teams.

use fieldlog_domain::account::{AccountEvent, AccountKind, Avatar, MemberRole, PlanCode, SubscriptionStatus};
use fieldlog_domain::shared::{AccountName, Role};
use fieldlog_domain::{AccountId, Sealed, Sha256Digest, StreamKind, TeamId};
use fieldlog_projections::{Membership, OrganizationOf, Page, SubscriptionRow, View};
use uuid::Uuid;

use crate::simulation::start_of_time;
use crate::world::World;

fn name(text: &str) -> AccountName {
    AccountName::try_new(text).unwrap()
}

fn person(text: &str) -> AccountEvent {
    AccountEvent::AccountRegistered { name: name(text), kind: AccountKind::Person, owner: None }
}

fn sealed(content: &str) -> Sealed {
    Sealed { key: Uuid::new_v4(), content: content.to_owned() }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_on_the_plan_it_was_put_on_last() {
    use SubscriptionStatus::{ActivePaid, InactiveCancelled};
    let world = World::new();
    let id = Uuid::new_v4();
    let set = |status, until| {
        let plan = PlanCode::try_new("team").unwrap();
        vec![AccountEvent::SubscriptionSet { plan, status, until }]
    };
    world.given(StreamKind::Account, id, None, vec![person("Ana")]).await;
    let found = async || world.view().await.account(AccountId(id)).unwrap().unwrap().subscription;
    assert_eq!(found().await, None);
    let began = world.now();
    world.given(StreamKind::Account, id, None, set(ActivePaid, None)).await;
    world.pass(60);
    let until = Some(world.now());
    world.given(StreamKind::Account, id, None, set(ActivePaid, until)).await;
    let plan = PlanCode::try_new("team").unwrap();
    assert_eq!(found().await, Some(SubscriptionRow { plan: plan.clone(), status: ActivePaid, since: began, until }));
    world.pass(60);
    world.given(StreamKind::Account, id, None, set(InactiveCancelled, None)).await;
    let (status, since) = (InactiveCancelled, world.now());
    assert_eq!(found().await, Some(SubscriptionRow { plan, status, since, until: None }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_found_by_id_by_name_in_any_case_and_by_mail() {
    let world = World::new();
    let (id, profile, password_hash) = (Uuid::new_v4(), sealed("names"), sealed("hash"));
    world.pass(60);
    let events = vec![
        person("Ana"),
        AccountEvent::ProfileSealed { profile: sealed("older"), email_index: "older".to_owned() },
        AccountEvent::ProfileSealed { profile: profile.clone(), email_index: "index".to_owned() },
        AccountEvent::CredentialSet { password_hash: password_hash.clone() },
        AccountEvent::AdminGranted {},
        AccountEvent::AccountDisabled {},
    ];
    world.given(StreamKind::Account, id, None, events).await;
    let view = world.view().await;
    let row = view.account(AccountId(id)).unwrap().unwrap();
    assert_eq!((row.id, row.kind, row.name.as_str()), (AccountId(id), AccountKind::Person, "Ana"));
    assert_eq!((row.is_admin, row.is_disabled, row.is_erased, row.owner), (true, true, false, None));
    assert_eq!((row.profile.as_ref(), row.password_hash.as_ref()), (Some(&profile), Some(&password_hash)));
    assert_eq!(row.registered_at, world.now());
    assert_eq!(view.account_by_name("aNA").unwrap().as_ref(), Some(&row));
    assert_eq!(view.account_by_email_index("index").unwrap().as_ref(), Some(&row));
    assert_eq!(view.account_by_email_index("older").unwrap(), None);
    assert_eq!(view.account_by_name("bob").unwrap(), None);
    let nobody = AccountId(Uuid::new_v4());
    assert_eq!(view.accounts(&[nobody, AccountId(id), AccountId(id)]).unwrap(), [row.clone(), row]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_given_can_be_taken_back() {
    let world = World::new();
    let id = Uuid::new_v4();
    let events = vec![
        person("Ana"),
        AccountEvent::AdminGranted {},
        AccountEvent::AdminRevoked {},
        AccountEvent::AccountDisabled {},
        AccountEvent::AccountEnabled {},
    ];
    world.given(StreamKind::Account, id, None, events).await;
    let row = world.view().await.account(AccountId(id)).unwrap().unwrap();
    assert!(!row.is_admin && !row.is_disabled);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_erased_person_only_the_name_is_left() {
    let world = World::new();
    let id = Uuid::new_v4();
    let events = vec![
        person("Ana"),
        AccountEvent::ProfileSealed { profile: sealed("names"), email_index: "index".to_owned() },
        AccountEvent::CredentialSet { password_hash: sealed("hash") },
        AccountEvent::AvatarSet { avatar: avatar("face") },
        AccountEvent::AccountErased {},
    ];
    world.given(StreamKind::Account, id, None, events).await;
    let view = world.view().await;
    let row = view.account_by_name("ana").unwrap().unwrap();
    assert_eq!((row.is_erased, row.profile, row.password_hash, row.avatar), (true, None, None, None));
    assert!(!view.is_blob_referenced(&avatar("face").digest).unwrap());
    assert_eq!(view.account_by_email_index("index").unwrap(), None);
}

fn avatar(content: &str) -> Avatar {
    Avatar { digest: Sha256Digest::of(content.as_bytes()), media_type: "image/png".to_owned(), size: 4 }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_picture_an_account_has_now_is_kept_and_no_other() {
    let world = World::new();
    let (ana, bob) = (Uuid::new_v4(), Uuid::new_v4());
    let set = |content| AccountEvent::AvatarSet { avatar: avatar(content) };
    let shown = |view: &View, id| {
        let row = view.account(AccountId(id)).unwrap().unwrap();
        row.avatar.map(|found| (found.picture, found.set_at))
    };
    let [one, two, three] = ["one", "two", "three"].map(|content| avatar(content).digest);
    world.given(StreamKind::Account, ana, None, vec![person("Ana"), set("one"), set("two")]).await;
    world.given(StreamKind::Account, bob, None, vec![person("Bob"), set("two"), set("three")]).await;
    let view = world.view().await;
    assert_eq!(shown(&view, ana), Some((avatar("two"), start_of_time())));
    assert_eq!(view.orphans_among(&[one, two, three]).unwrap(), [one]);
    world.given(StreamKind::Account, ana, None, vec![AccountEvent::AvatarRemoved {}]).await;
    let view = world.view().await;
    assert_eq!(shown(&view, ana), None);
    assert_eq!(view.orphans_among(&[one, two, three]).unwrap(), [one, two]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_that_was_given_up_is_no_account() {
    let world = World::new();
    let id = Uuid::new_v4();
    world.given(StreamKind::Account, id, None, vec![AccountEvent::AccountAbandoned {}]).await;
    assert_eq!(world.view().await.account(AccountId(id)).unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_has_members_and_teams_until_they_leave() {
    let world = World::new();
    let [owner, ana, bob] = [(); 3].map(|()| AccountId(Uuid::new_v4()));
    let (organization, fish, trees) = (Uuid::new_v4(), TeamId(Uuid::new_v4()), TeamId(Uuid::new_v4()));
    let events = vec![
        AccountEvent::AccountRegistered { name: name("Office"), kind: AccountKind::Organization, owner: Some(owner) },
        AccountEvent::MemberAdded { member: ana, role: MemberRole::Member },
        AccountEvent::MemberAdded { member: bob, role: MemberRole::Member },
        AccountEvent::MemberRoleChanged { member: ana, role: MemberRole::Creator },
        AccountEvent::DefaultProjectRoleSet { role: Some(Role::Reporter) },
        AccountEvent::TeamCreated { team: fish, name: name("fish") },
        AccountEvent::TeamCreated { team: trees, name: name("trees") },
        AccountEvent::TeamMemberAdded { team: fish, member: bob },
        AccountEvent::TeamMemberAdded { team: fish, member: ana },
        AccountEvent::TeamMemberAdded { team: trees, member: bob },
    ];
    world.given(StreamKind::Account, organization, None, events).await;
    let organization_id = AccountId(organization);
    let model = world.model().await;
    let view = model.view();
    let all = || Page::first(10);
    let members = view.members(organization_id, all()).unwrap().rows;
    assert_eq!(
        members.iter().map(|it| (it.member, it.role)).collect::<Vec<_>>(),
        [(ana, MemberRole::Creator), (bob, MemberRole::Member)]
    );
    let row = view.account(organization_id).unwrap().unwrap();
    assert_eq!((row.kind, row.owner, row.default_role), (AccountKind::Organization, Some(owner), Some(Role::Reporter)));
    assert_eq!(view.membership(organization_id, owner).unwrap(), Some(Membership::Owner));
    assert_eq!(view.membership(organization_id, ana).unwrap(), Some(Membership::Member(MemberRole::Creator)));
    assert_eq!(view.membership(organization_id, AccountId(Uuid::new_v4())).unwrap(), None);
    assert_eq!(view.membership(ana, owner).unwrap(), None, "persons have no members");
    let of = |account| view.organizations_of(account).unwrap();
    let membership = |membership| vec![OrganizationOf { organization: organization_id, membership }];
    assert_eq!(of(owner), membership(Membership::Owner));
    assert_eq!(of(bob), membership(Membership::Member(MemberRole::Member)));
    let in_fish = |view: &fieldlog_projections::View| {
        view.team_members(fish, all()).unwrap().rows.iter().map(|it| it.member).collect::<Vec<_>>()
    };
    assert_eq!(in_fish(&view), [bob, ana]);
    assert_eq!(view.team(trees).unwrap().unwrap().name.as_str(), "trees");

    let events = vec![
        AccountEvent::MemberRemoved { member: bob },
        AccountEvent::TeamMemberRemoved { team: fish, member: ana },
        AccountEvent::TeamDeleted { team: trees },
        AccountEvent::DefaultProjectRoleSet { role: None },
    ];
    world.given(StreamKind::Account, organization, None, events).await;
    world.caught_up(&model).await;
    assert_eq!(view.members(organization_id, all()).unwrap().rows.len(), 1);
    assert_eq!(in_fish(&view), [], "who leaves an organization leaves its teams");
    assert_eq!(view.teams(organization_id, all()).unwrap().rows.iter().map(|it| it.id).collect::<Vec<_>>(), [fish]);
    assert_eq!(view.team(trees).unwrap(), None);
    assert_eq!(view.account(organization_id).unwrap().unwrap().default_role, None);
    assert_eq!(of(bob), []);
    model.shutdown().await;
}
