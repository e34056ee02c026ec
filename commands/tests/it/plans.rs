//! Plans: who is on which, and what they are against.

use chrono::{SubsecRound, TimeDelta};
use fieldlog_commands::account::{AddMember, AddMemberRefusal, add_member};
use fieldlog_commands::file::UploadRefusal;
use fieldlog_commands::plan::{
    NoRoom, OwnerRefusal, Plan, Plans, SetSubscription, UnknownPlan, check_owner_allows_jobs, check_role_counts,
    set_subscription,
};
use fieldlog_commands::project::{ChangeProject, ProjectRefusal, change_project};
use fieldlog_commands::{CommandError, Settings, Viewer};
use fieldlog_domain::account::{AccountKind, AccountRefusal, MemberRole, PlanCode, SubscriptionStatus};
use fieldlog_domain::resource::{ChangeSettings, Visibility};
use fieldlog_domain::shared::{AccountName, Role};
use fieldlog_domain::{AccountId, ResourceId};
use serde_json::json;

use crate::cloud::{Cloud, anonymous};
use crate::policies::{finish, jobs};

fn code(text: &str) -> PlanCode {
    PlanCode::try_new(text).unwrap()
}

fn name(text: &str) -> AccountName {
    AccountName::try_new(text).unwrap()
}

/// What QGIS finds in a project with one vector layer of this provider.
fn feedback(provider: &str) -> serde_json::Value {
    let layer = json!({ "name": "Hives", "is_valid": true, "type_name": "Vector", "provider_name": provider });
    let details = json!({ "crs": "EPSG:3857", "ordered_layer_ids": ["a"], "layers_by_id": { "a": layer } });
    json!({ "outputs": { "project_details": { "project_details": details } } })
}

/// A plan that limits nothing.
fn plan(text: &str) -> Plan {
    Plan { code: code(text), default_for: vec![], is_premium: false, ..Plan::unconfigured(None, None) }
}

async fn cloud(plans: Vec<Plan>) -> Cloud {
    Cloud::with(|settings: &mut Settings| settings.plans = Plans::try_new(plans).unwrap()).await
}

fn put(account: AccountId, plan: &str) -> SetSubscription {
    let status = SubscriptionStatus::ActivePaid;
    SetSubscription { command_id: None, account, plan: plan.into(), status, until: None }
}

async fn put_on(cloud: &Cloud, account: Option<AccountId>, plan: &str) {
    cloud.seen(set_subscription(&cloud.app, &Viewer::operator(), put(account.unwrap(), plan)).await).await;
}

fn plan_of(cloud: &Cloud, account: Option<AccountId>) -> Plan {
    let row = cloud.app.view().account(account.unwrap()).unwrap().unwrap();
    cloud.app.subscription_of(&row).unwrap().plan
}

#[tokio::test(flavor = "multi_thread")]
async fn without_configuration_everybody_is_on_the_one_plan_that_the_settings_limit() {
    let change = |settings: &mut Settings| (settings.storage_quota, settings.keep_versions) = (Some(10), Some(3));
    let cloud = Cloud::with(change).await;
    let ana = cloud.person("ana").await;
    let farm = cloud.organization(&ana, "farm").await;
    for account in [ana.account, Some(farm)] {
        assert_eq!(plan_of(&cloud, account), Plan::unconfigured(Some(10), Some(3)));
    }
    let row = cloud.app.view().account(farm).unwrap().unwrap();
    let subscription = cloud.app.subscription_of(&row).unwrap();
    assert_eq!((subscription.status, subscription.until), (SubscriptionStatus::ActivePaid, None));
    assert_eq!((subscription.is_active, subscription.since), (true, row.registered_at));
    assert_eq!(cloud.count("subscription_set").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_on_the_default_of_their_kind_until_they_are_put_on_another_plan() {
    let community = Plan { default_for: vec![AccountKind::Person], ..plan("community") };
    let cloud = cloud(vec![community, plan("team")]).await;
    let ana = cloud.person("ana").await;
    let farm = cloud.organization(&ana, "farm").await;
    let found = |account| plan_of(&cloud, account).code.to_string();
    assert_eq!((found(ana.account), found(Some(farm))), ("community".to_owned(), "fieldlog".to_owned()));
    put_on(&cloud, ana.account, "team").await;
    put_on(&cloud, ana.account, "team").await;
    assert_eq!((found(ana.account), cloud.count("subscription_set").await), ("team".to_owned(), 1));
    put_on(&cloud, ana.account, "fieldlog").await;
    assert_eq!(found(ana.account), "fieldlog");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_those_who_run_the_server_put_accounts_on_plans_and_only_on_plans_that_are_there() {
    let cloud = cloud(vec![plan("community")]).await;
    let ana = cloud.person("ana").await;
    let admin = Viewer { is_admin: true, ..cloud.person("root").await };
    let to = put(ana.account.unwrap(), "community");
    let set = async |who: &Viewer, to: SetSubscription| set_subscription(&cloud.app, who, to).await.map(|_| ());
    assert_eq!(set(&ana, to.clone()).await, Err(CommandError::Forbidden));
    assert_eq!(set(&anonymous(), to.clone()).await, Err(CommandError::Unauthenticated));
    assert_eq!(set(&admin, to.clone()).await, Ok(()));
    let gold = SetSubscription { plan: "gold".into(), ..to.clone() };
    let Err(CommandError::Invalid { field: "plan", message }) = set(&Viewer::operator(), gold).await else {
        panic!("there is no such plan")
    };
    assert_eq!(message, "expected one of the plans community, fieldlog, found gold");
    let nobody = SetSubscription { account: AccountId(uuid::Uuid::now_v7()), ..to };
    assert_eq!(set(&admin, nobody).await, Err(CommandError::NotFound("account")));
}

fn check(cloud: &Cloud, project: ResourceId) -> Result<(), CommandError<OwnerRefusal>> {
    check_owner_allows_jobs(&cloud.app, project)
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_need_an_active_subscription() {
    use SubscriptionStatus::{ActivePaid, ActivePastDue, InactiveAwaitsPayment, InactiveCancelled};
    let cloud = cloud(vec![plan("team")]).await;
    let ana = cloud.person("ana").await;
    let bees = cloud.project(&ana, "Bees").await;
    assert_eq!(check(&cloud, bees), Ok(()));
    // As fine as the read model keeps it.
    let now = cloud.app.now().trunc_subsecs(6);
    let soon = now + TimeDelta::days(1);
    for (status, until, is_active) in [
        (ActivePaid, None, true),
        (ActivePastDue, Some(soon), true),
        (ActivePaid, Some(now), false),
        (InactiveCancelled, None, false),
        (InactiveAwaitsPayment, Some(soon), false),
    ] {
        let to = SetSubscription { status, until, ..put(ana.account.unwrap(), "team") };
        cloud.seen(set_subscription(&cloud.app, &Viewer::operator(), to).await).await;
        let refusal = OwnerRefusal::Inactive { owner: name("ana"), status, until };
        let expected = if is_active { Ok(()) } else { Err(CommandError::Refused(refusal)) };
        assert_eq!(check(&cloud, bees), expected, "{status:?} {until:?}");
    }
    put_on(&cloud, ana.account, "team").await;
    let to = SetSubscription { until: Some(soon), ..put(ana.account.unwrap(), "team") };
    cloud.seen(set_subscription(&cloud.app, &Viewer::operator(), to).await).await;
    assert_eq!(check(&cloud, bees), Ok(()));
    cloud.clock.advance(TimeDelta::days(1));
    assert!(matches!(check(&cloud, bees), Err(CommandError::Refused(OwnerRefusal::Inactive { .. }))), "its time is up");
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_need_some_room() {
    let cloud = cloud(vec![Plan { storage_bytes: Some(3), ..plan("small") }]).await;
    let ana = cloud.person("ana").await;
    let bees = cloud.project(&ana, "Bees").await;
    put_on(&cloud, ana.account, "small").await;
    cloud.upload(&ana, bees, "a.txt", "12").await.unwrap();
    assert_eq!(check(&cloud, bees), Ok(()));
    cloud.upload(&ana, bees, "b.txt", "3").await.unwrap();
    let room = NoRoom { owner: name("ana"), quota: 3, used: 3, needed: 1 };
    assert_eq!(check(&cloud, bees), Err(CommandError::Refused(OwnerRefusal::NoRoom(room))));
    let answer = cloud.upload(&ana, bees, "c.txt", "4").await;
    assert_eq!(answer, Err(CommandError::Refused(UploadRefusal::OverQuota { quota: 3, used: 3, size: 1 })));
    put_on(&cloud, ana.account, "fieldlog").await;
    assert_eq!(check(&cloud, bees), Ok(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_work_on_servers_layers_only_where_the_plan_says_so() {
    let cloud = cloud(vec![Plan { is_external_db_supported: false, ..plan("small") }]).await;
    let ana = cloud.person("ana").await;
    let policies = cloud.policies("policies").await;
    let (offline, online) = (cloud.project(&ana, "Offline").await, cloud.project(&ana, "Online").await);
    for (project, provider) in [(offline, "memory"), (online, "postgres")] {
        cloud.upload(&ana, project, "project.qgs", "<qgis/>").await.unwrap();
        cloud.settled(&policies).await;
        finish(&cloud, jobs(&cloud, project)[0].id, feedback(provider)).await;
        cloud.settled(&policies).await;
    }
    assert_eq!((check(&cloud, offline), check(&cloud, online)), (Ok(()), Ok(())));
    put_on(&cloud, ana.account, "small").await;
    assert_eq!(check(&cloud, offline), Ok(()));
    let refusal = OwnerRefusal::NoExternalDatabases { owner: name("ana"), plan: code("small") };
    assert_eq!(check(&cloud, online), Err(CommandError::Refused(refusal)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_is_not_given_to_somebody_who_has_no_room_for_it() {
    let cloud = cloud(vec![Plan { storage_bytes: Some(5), ..plan("small") }]).await;
    let (ana, bob) = (cloud.person("ana").await, cloud.person("bob").await);
    put_on(&cloud, bob.account, "small").await;
    let bees = cloud.project(&ana, "Bees").await;
    cloud.upload(&ana, bees, "a.txt", "123").await.unwrap();
    let others = cloud.project(&bob, "Others").await;
    cloud.upload(&bob, others, "b.txt", "45").await.unwrap();
    let give = || ChangeProject { project: bees, owner: bob.account, ..ChangeProject::default() };
    cloud.upload(&bob, others, "c.txt", "6").await.unwrap();
    let room = NoRoom { owner: name("bob"), quota: 5, used: 3, needed: 3 };
    let refused = change_project(&cloud.app, &ana, give()).await;
    assert_eq!(refused, Err(CommandError::Refused(ProjectRefusal::Owner(OwnerRefusal::NoRoom(room)))));
    assert_eq!(cloud.count("ownership_transferred").await, 0);
    put_on(&cloud, bob.account, "fieldlog").await;
    cloud.seen(change_project(&cloud.app, &ana, give()).await).await;
    put_on(&cloud, bob.account, "small").await;
    // It is theirs already, whatever room they have.
    cloud.seen(change_project(&cloud.app, &bob, give()).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_has_as_many_members_as_its_plan_allows() {
    let team = Plan { max_organization_members: Some(1), default_for: vec![AccountKind::Organization], ..plan("team") };
    let cloud = cloud(vec![team]).await;
    let (ana, bob, eve) = (cloud.person("ana").await, cloud.person("bob").await, cloud.person("eve").await);
    let farm = cloud.organization(&ana, "farm").await;
    let add = async |who: &Viewer| {
        let (member, role) = (who.account.unwrap(), MemberRole::Member);
        add_member(&cloud.app, &ana, AddMember { command_id: None, organization: farm, member, role }).await
    };
    cloud.seen(add(&bob).await).await;
    let full = AddMemberRefusal::Account(AccountRefusal::TooManyMembers { limit: 1 });
    assert_eq!(add(&eve).await, Err(CommandError::Refused(full)));
    assert_eq!(add(&bob).await.unwrap().receipt, None, "who is a member already stays one");
    put_on(&cloud, Some(farm), "fieldlog").await;
    cloud.seen(add(&eve).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_counts_while_the_plan_allows_as_many_people() {
    let small = Plan { max_collaborators_per_private_project: Some(1), ..plan("small") };
    let cloud = cloud(vec![small]).await;
    let (ana, bob, eve) = (cloud.person("ana").await, cloud.person("bob").await, cloud.person("eve").await);
    put_on(&cloud, ana.account, "small").await;
    let private = cloud.project(&ana, "Private").await;
    let public = cloud.public_project(&ana, "Public").await;
    let counts = |who: &Viewer, project| check_role_counts(&cloud.app, who, project);
    cloud.collaborator(&ana, private, &bob, Role::Editor).await;
    assert_eq!((counts(&ana, private), counts(&bob, private)), (Ok(()), Ok(())));
    for project in [private, public] {
        cloud.collaborator(&ana, project, &eve, Role::Reader).await;
    }
    cloud.collaborator(&ana, public, &bob, Role::Reader).await;
    assert_eq!((counts(&bob, private), counts(&bob, public)), (Err(CommandError::Forbidden), Ok(())));
    put_on(&cloud, ana.account, "fieldlog").await;
    assert_eq!(counts(&bob, private), Ok(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_on_an_organizations_project_counts_for_its_people() {
    let cloud = Cloud::start().await;
    let (ana, bob) = (cloud.person("ana").await, cloud.person("bob").await);
    let farm = cloud.organization(&ana, "farm").await;
    let bees = cloud.project(&bob, "Bees").await;
    cloud.collaborator(&bob, bees, &ana, Role::Manager).await;
    let wasps = cloud.project(&bob, "Wasps").await;
    assert_eq!(check_role_counts(&cloud.app, &ana, wasps), Ok(()), "whether there is a role at all is not asked here");
    // Bob gives it to an organization that he does not belong to, and stays as a collaborator.
    let give = ChangeProject { project: bees, owner: Some(farm), ..ChangeProject::default() };
    cloud.seen(change_project(&cloud.app, &bob, give).await).await;
    assert_eq!(check_role_counts(&cloud.app, &ana, bees), Ok(()));
    assert_eq!(check_role_counts(&cloud.app, &bob, bees), Err(CommandError::Forbidden));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_was_taken_out_of_the_configuration_is_named() {
    let mut cloud = cloud(vec![plan("gold")]).await;
    let (ana, bob) = (cloud.person("ana").await, cloud.person("bob").await);
    let farm = cloud.organization(&ana, "farm").await;
    let bees = cloud.project(&ana, "Bees").await;
    put_on(&cloud, ana.account, "gold").await;
    put_on(&cloud, Some(farm), "gold").await;
    cloud.change_settings(|settings| settings.plans = Plans::default());

    let unknown = |account: &str| UnknownPlan { account: name(account), plan: code("gold") };
    let message = unknown("ana").to_string();
    assert!(message.contains("ana is on the plan gold, which this server does not have"), "{message}");
    assert_eq!(check(&cloud, bees), Err(CommandError::Refused(OwnerRefusal::UnknownPlan(unknown("ana")))));
    let answer = cloud.upload(&ana, bees, "a.txt", "1").await;
    assert_eq!(answer, Err(CommandError::Refused(UploadRefusal::UnknownPlan(unknown("ana")))));
    let (member, role) = (bob.account.unwrap(), MemberRole::Member);
    let answer = add_member(&cloud.app, &ana, AddMember { command_id: None, organization: farm, member, role }).await;
    assert_eq!(answer, Err(CommandError::Refused(AddMemberRefusal::UnknownPlan(unknown("farm")))));
    assert_eq!(check_role_counts(&cloud.app, &ana, bees), Ok(()));
    put_on(&cloud, ana.account, "fieldlog").await;
    assert_eq!(check(&cloud, bees), Ok(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_premium_plans_leave_it_to_projects_how_many_versions_are_kept() {
    let (few, pro) = (Plan { keep_versions: Some(2), ..plan("few") }, plan("pro"));
    let pro = Plan { is_premium: true, keep_versions: Some(2), ..pro };
    let cloud = cloud(vec![few, pro]).await;
    let policies = cloud.policies("policies").await;
    for (plan, expected) in [("few", 2), ("pro", 3)] {
        let person = cloud.person(&format!("of-{plan}")).await;
        put_on(&cloud, person.account, plan).await;
        let project = cloud.project_for(&person, None, "Bees", Visibility::Private).await;
        let settings = ChangeSettings { keep_versions: Some(Some(3)), ..ChangeSettings::default() };
        let change = ChangeProject { project, settings, ..ChangeProject::default() };
        cloud.seen(change_project(&cloud.app, &person, change).await).await;
        for content in ["1", "2", "3", "4", "5"] {
            cloud.upload(&person, project, "a.txt", content).await.unwrap();
        }
        cloud.settled(&policies).await;
        assert_eq!(cloud.app.view().all_versions(project).unwrap().len(), expected, "{plan}");
    }
}
