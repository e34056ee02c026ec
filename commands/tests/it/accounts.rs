//! Registering, changing and closing accounts; organizations, members and teams.

use fieldlog_commands::account::*;
use fieldlog_commands::session::{LogIn, log_in};
use fieldlog_commands::{CommandError, Registration, Viewer};
use fieldlog_domain::CommandId;
use fieldlog_domain::account::{AccountRefusal, MemberRole};
use fieldlog_domain::shared::Role;
use fieldlog_vault::Opened;
use uuid::Uuid;

use crate::cloud::{Cloud, PASSWORD, anonymous, viewer};

fn register(name: &str, email: &str) -> RegisterAccount {
    RegisterAccount {
        command_id: None,
        name: name.into(),
        email: email.into(),
        password: Password::new(PASSWORD),
        first_name: "Ana".into(),
        last_name: "Ng".into(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_registers_and_their_profile_can_be_opened_by_them_alone() {
    let cloud = Cloud::start().await;
    let ana = cloud.seen(register_account(&cloud.app, &anonymous(), register("ana", "ana@example.com")).await).await;
    let profile = open_profile(&cloud.app, &viewer(ana), ana).await.unwrap().unwrap();
    assert_eq!((profile.email.as_str(), profile.first_name.as_str()), ("ana@example.com", "Ana"));
    let ben = cloud.person("ben").await;
    assert_eq!(open_profile(&cloud.app, &ben, ana).await, Err(CommandError::Forbidden));
    assert_eq!(open_profile(&cloud.app, &anonymous(), ana).await, Err(CommandError::Unauthenticated));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_registration_twice_is_one_account() {
    let cloud = Cloud::start().await;
    let once = RegisterAccount { command_id: Some(CommandId(Uuid::now_v7())), ..register("ana", "ana@example.com") };
    let first = register_account(&cloud.app, &anonymous(), once.clone()).await.unwrap();
    let appends = cloud.feed().await.len();
    let second = register_account(&cloud.app, &anonymous(), once.clone()).await.unwrap();
    let elsewhere = register_account(&cloud.another_process().await, &anonymous(), once).await.unwrap();
    assert_eq!((&first, &first), (&second, &elsewhere));
    assert_eq!(cloud.feed().await.len(), appends);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_and_addresses_are_taken_whatever_the_case() {
    let cloud = Cloud::start().await;
    cloud.account("ana").await;
    let refusal = |error| match error {
        CommandError::Refused(refusal) => refusal,
        other => panic!("expected a refusal, found {other:?}"),
    };
    let taken = register_account(&cloud.app, &anonymous(), register("ANA", "other@example.com")).await.unwrap_err();
    assert!(matches!(refusal(taken), RegistrationRefusal::NameTaken { name } if name.as_str() == "ANA"));
    let taken = register_account(&cloud.app, &anonymous(), register("ben", "Ana@Example.com")).await.unwrap_err();
    assert_eq!(refusal(taken), RegistrationRefusal::EmailTaken);
    // The name that was claimed on the way is free again.
    cloud.seen(register_account(&cloud.app, &anonymous(), register("ben", "ben@example.com")).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_name_address_or_password_is_named_by_its_field() {
    let cloud = Cloud::start().await;
    let cases = [
        ("name", register("a", "a@example.com")),
        ("name", register("1ana", "a@example.com")),
        ("name", register("projects", "a@example.com")),
        ("email", register("ana", "nobody")),
        ("password", RegisterAccount { password: Password::new("short"), ..register("ana", "a@example.com") }),
        ("password", RegisterAccount { password: Password::new("é".repeat(513)), ..register("ana", "a@example.com") }),
        (
            "password",
            RegisterAccount { password: Password::new("Anastasia"), ..register("anastasia", "a@example.com") },
        ),
        ("first_name", RegisterAccount { first_name: "x".repeat(151), ..register("ana", "a@example.com") }),
    ];
    for (expected, input) in cases {
        match register_account(&cloud.app, &anonymous(), input).await {
            Err(CommandError::Invalid { field, message }) => assert_eq!(field, expected, "{message}"),
            other => panic!("expected a bad {expected}, found {other:?}"),
        }
    }
    assert_eq!(cloud.feed().await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_registration_is_closed_only_administrators_create_accounts() {
    let cloud = Cloud::with(|settings| settings.registration = Registration::Closed).await;
    let refused = register_account(&cloud.app, &anonymous(), register("ana", "ana@example.com")).await;
    assert_eq!(refused.unwrap_err(), CommandError::Refused(RegistrationRefusal::Closed));
    let root = cloud.person("root").await;
    let create = CreateAccount {
        command_id: None,
        name: "ben".into(),
        email: "ben@example.com".into(),
        password: Password::new(PASSWORD),
        first_name: String::new(),
        last_name: String::new(),
        is_admin: true,
    };
    assert_eq!(create_account(&cloud.app, &root, create.clone()).await.unwrap_err(), CommandError::Forbidden);
    let root = Viewer { is_admin: true, ..root };
    let ben = cloud.seen(create_account(&cloud.app, &root, create).await).await;
    assert!(cloud.app.view().account(ben).unwrap().unwrap().is_admin);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_forgets_the_old_one_and_ends_every_session() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let id = ana.account.unwrap();
    let old = cloud.app.view().account(id).unwrap().unwrap().password_hash.unwrap();
    let login = |password| LogIn { login: "ana".into(), password: Password::new(password), client_ip: None };
    let token = cloud.seen(log_in(&cloud.app, &anonymous(), login(PASSWORD)).await).await.token;

    let change = |current, new| ChangePassword {
        command_id: None,
        account: id,
        current: Some(Password::new(current)),
        new: Password::new(new),
    };
    let wrong = change_password(&cloud.app, &ana, change("a wrong password", "another password")).await;
    assert_eq!(wrong.unwrap_err(), CommandError::Refused(ChangePasswordRefusal::WrongPassword));
    let missing = ChangePassword { current: None, ..change("", "another password") };
    assert!(matches!(
        change_password(&cloud.app, &ana, missing).await,
        Err(CommandError::Invalid { field: "current", .. })
    ));
    let ben = cloud.person("ben").await;
    let stranger = change_password(&cloud.app, &ben, change(PASSWORD, "another password")).await;
    assert_eq!(stranger.unwrap_err(), CommandError::Forbidden);

    cloud.seen(change_password(&cloud.app, &ana, change(PASSWORD, "another password")).await).await;
    cloud.caught_up().await;
    assert_eq!(cloud.app.vault().open_sealed(&old).await.unwrap(), Opened::Forgotten);
    assert!(fieldlog_commands::session::authenticate(&cloud.app, token.as_str()).await.is_err());
    assert!(log_in(&cloud.app, &anonymous(), login(PASSWORD)).await.is_err());
    assert!(log_in(&cloud.app, &anonymous(), login("another password")).await.is_ok());
    // Whoever runs the machine may help somebody who forgot theirs.
    let reset = ChangePassword { current: None, ..change("", "a third password") };
    cloud.seen(change_password(&cloud.app, &Viewer::operator(), reset).await).await;
    assert!(log_in(&cloud.app, &anonymous(), login("a third password")).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_mail_address_frees_the_old_one() {
    let cloud = Cloud::start().await;
    let (ana, ben) = (cloud.person("ana").await, cloud.person("ben").await);
    let change = |account, email: &str| ChangeProfile {
        command_id: None,
        account,
        email: Some(email.into()),
        first_name: None,
        last_name: None,
    };
    let (ana_id, ben_id) = (ana.account.unwrap(), ben.account.unwrap());
    let taken = change_profile(&cloud.app, &ben, change(ben_id, "ANA@example.com")).await;
    assert_eq!(taken.unwrap_err(), CommandError::Refused(ChangeProfileRefusal::EmailTaken));
    cloud.seen(change_profile(&cloud.app, &ana, change(ana_id, "new@example.com")).await).await;
    let again = change_profile(&cloud.app, &ana, change(ana_id, "new@example.com")).await.unwrap();
    assert_eq!(again.receipt, None);
    let profile = open_profile(&cloud.app, &ana, ana_id).await.unwrap().unwrap();
    assert_eq!((profile.email.as_str(), profile.last_name.as_str()), ("new@example.com", "Ng"));
    cloud.seen(change_profile(&cloud.app, &ben, change(ben_id, "ana@example.com")).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_account_cannot_be_used_until_it_is_enabled() {
    let cloud = Cloud::start().await;
    let ana = cloud.account("ana").await;
    let admin = Viewer { is_admin: true, ..cloud.person("root").await };
    let login = || LogIn { login: "ana".into(), password: Password::new(PASSWORD), client_ip: None };
    let token = cloud.seen(log_in(&cloud.app, &anonymous(), login()).await).await.token;
    let set = |is_disabled| SetAccountDisabled { command_id: None, account: ana, is_disabled };
    assert_eq!(set_account_disabled(&cloud.app, &viewer(ana), set(true)).await.unwrap_err(), CommandError::Forbidden);
    cloud.seen(set_account_disabled(&cloud.app, &admin, set(true)).await).await;
    assert!(fieldlog_commands::session::authenticate(&cloud.app, token.as_str()).await.is_err());
    assert!(log_in(&cloud.app, &anonymous(), login()).await.is_err());
    assert_eq!(set_account_disabled(&cloud.app, &admin, set(true)).await.unwrap().receipt, None);
    cloud.seen(set_account_disabled(&cloud.app, &admin, set(false)).await).await;
    assert!(log_in(&cloud.app, &anonymous(), login()).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_has_members_and_teams() {
    let cloud = Cloud::start().await;
    let (ana, ben, eve) = (cloud.person("ana").await, cloud.person("ben").await, cloud.person("eve").await);
    let bees = cloud.organization(&ana, "bees").await;
    let member = ben.account.unwrap();
    let add = |viewer: Viewer, member, role| {
        let app = cloud.app.clone();
        async move { add_member(&app, &viewer, AddMember { command_id: None, organization: bees, member, role }).await }
    };
    assert_eq!(add(eve.clone(), member, MemberRole::Admin).await.unwrap_err(), CommandError::Forbidden);
    assert_eq!(add(anonymous(), member, MemberRole::Admin).await.unwrap_err(), CommandError::Unauthenticated);
    cloud.seen(add(ana.clone(), member, MemberRole::Member).await).await;
    assert_eq!(add(ana.clone(), member, MemberRole::Member).await.unwrap().receipt, None);
    let refused = add(ana.clone(), member, MemberRole::Admin).await.unwrap_err();
    assert_eq!(refused, CommandError::Refused(AccountRefusal::AlreadyAMember(member).into()));
    assert!(matches!(
        add(ana.clone(), bees, MemberRole::Member).await,
        Err(CommandError::Invalid { field: "member", .. })
    ));
    let nobody = add(ana.clone(), fieldlog_domain::AccountId(Uuid::now_v7()), MemberRole::Member).await;
    assert_eq!(nobody.unwrap_err(), CommandError::NotFound("account"));

    let role = ChangeMemberRole { command_id: None, organization: bees, member, role: MemberRole::Admin };
    cloud.seen(change_member_role(&cloud.app, &ana, role).await).await;
    // Now ben manages it too.
    let create = CreateTeam { command_id: None, organization: bees, name: "north".into() };
    let team = cloud.seen(create_team(&cloud.app, &ben, create.clone()).await).await;
    let taken = CreateTeam { name: "NORTH".into(), ..create };
    assert!(matches!(
        create_team(&cloud.app, &ben, taken).await,
        Err(CommandError::Refused(AccountRefusal::TeamNameTaken(_)))
    ));
    let join = |member| AddTeamMember { command_id: None, organization: bees, team, member };
    cloud.seen(add_team_member(&cloud.app, &ben, join(member)).await).await;
    let stranger = add_team_member(&cloud.app, &ben, join(eve.account.unwrap())).await;
    assert!(matches!(stranger, Err(CommandError::Refused(AccountRefusal::NotAMember(_)))));
    let leave = RemoveTeamMember { command_id: None, organization: bees, team, member };
    cloud.seen(remove_team_member(&cloud.app, &ben, leave).await).await;
    cloud.seen(delete_team(&cloud.app, &ben, DeleteTeam { command_id: None, organization: bees, team }).await).await;
    assert!(cloud.app.view().team(team).unwrap().is_none());

    let default = SetDefaultProjectRole { command_id: None, organization: bees, role: Some(Role::Reader) };
    cloud.seen(set_default_project_role(&cloud.app, &ben, default).await).await;
    let remove = RemoveMember { command_id: None, organization: bees, member };
    cloud.seen(remove_member(&cloud.app, &ana, remove).await).await;
    assert!(cloud.app.view().membership(bees, member).unwrap().is_none());
}
