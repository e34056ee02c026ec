//! Who belongs to an organization, and as what.

use fieldlog_domain::account::MemberRole::{Admin, Creator, Member};
use fieldlog_domain::account::{AccountCommand, AccountEvent, AccountRefusal, MemberRole};
use fieldlog_domain::shared::Role;
use fieldlog_domain::{AccountId, TeamId};

use super::{organization, person};
use crate::build::{account, account_name, ana, bob, eve, id, then};

fn add(member: AccountId, role: MemberRole) -> AccountCommand {
    AccountCommand::AddMember { member, role, limit: None }
}

fn added(member: AccountId, role: MemberRole) -> AccountEvent {
    AccountEvent::MemberAdded { member, role }
}

fn change(member: AccountId, role: MemberRole) -> AccountCommand {
    AccountCommand::ChangeMemberRole { member, role }
}

fn changed(member: AccountId, role: MemberRole) -> AccountEvent {
    AccountEvent::MemberRoleChanged { member, role }
}

fn with_bob() -> Vec<AccountEvent> {
    then(&organization(), [added(bob(), Member)])
}

#[test]
fn a_person_becomes_a_member() {
    account(organization()).when(add(bob(), Creator)).then_expect_events(vec![added(bob(), Creator)]);
}

#[test]
fn adding_a_member_twice_changes_nothing() {
    account(with_bob()).when(add(bob(), Member)).then_expect_events(vec![]);
}

#[test]
fn a_member_is_not_added_with_another_role() {
    account(with_bob()).when(add(bob(), Admin)).then_expect_error(AccountRefusal::AlreadyAMember(bob()));
}

#[test]
fn the_owner_is_no_member() {
    account(organization()).when(add(ana(), Admin)).then_expect_error(AccountRefusal::IsTheOwner);
    account(organization()).when(change(ana(), Member)).then_expect_error(AccountRefusal::NotAMember(ana()));
}

#[test]
fn a_member_gets_another_role() {
    account(with_bob()).when(change(bob(), Admin)).then_expect_events(vec![changed(bob(), Admin)]);
}

#[test]
fn the_same_role_twice_changes_nothing() {
    account(then(&with_bob(), [changed(bob(), Admin)])).when(change(bob(), Admin)).then_expect_events(vec![]);
}

#[test]
fn a_stranger_gets_no_other_role() {
    account(with_bob()).when(change(eve(), Admin)).then_expect_error(AccountRefusal::NotAMember(eve()));
}

#[test]
fn a_member_leaves_once() {
    let remove = AccountCommand::RemoveMember { member: bob() };
    let removed = AccountEvent::MemberRemoved { member: bob() };
    account(with_bob()).when(remove.clone()).then_expect_events(vec![removed.clone()]);
    account(then(&with_bob(), [removed])).when(remove).then_expect_events(vec![]);
}

#[test]
fn a_member_who_left_comes_back_with_another_role() {
    let past = then(&with_bob(), [AccountEvent::MemberRemoved { member: bob() }]);
    account(past).when(add(bob(), Admin)).then_expect_events(vec![added(bob(), Admin)]);
}

#[test]
fn members_get_a_role_on_all_projects() {
    let set = AccountCommand::SetDefaultProjectRole;
    let is_set = |role| AccountEvent::DefaultProjectRoleSet { role };
    let past = then(&organization(), [is_set(Some(Role::Reader))]);
    account(organization()).when(set(Some(Role::Reader))).then_expect_events(vec![is_set(Some(Role::Reader))]);
    account(past.clone()).when(set(Some(Role::Reader))).then_expect_events(vec![]);
    account(past).when(set(None)).then_expect_events(vec![is_set(None)]);
    account(organization()).when(set(None)).then_expect_events(vec![]);
}

/// Everything that only organizations can be asked.
fn common() -> Vec<AccountCommand> {
    let (team, member) = (id::<TeamId>(1), bob());
    vec![
        add(member, Member),
        change(member, Admin),
        AccountCommand::RemoveMember { member },
        AccountCommand::SetDefaultProjectRole(None),
        AccountCommand::CreateTeam { team, name: account_name("surveyors") },
        AccountCommand::DeleteTeam(team),
        AccountCommand::AddTeamMember { team, member },
        AccountCommand::RemoveTeamMember { team, member },
    ]
}

#[test]
fn a_person_has_neither_members_nor_teams() {
    for command in common() {
        account(person()).when(command).then_expect_error(AccountRefusal::NotAnOrganization(account_name("ana")));
    }
}

#[test]
fn an_organization_that_is_not_there_has_neither_members_nor_teams() {
    for command in common() {
        account(vec![]).when(command.clone()).then_expect_error(AccountRefusal::NoSuchAccount);
        account(vec![AccountEvent::AccountAbandoned {}]).when(command).then_expect_error(AccountRefusal::Abandoned);
    }
}

#[test]
fn a_membership_is_seen_by_everybody_or_not() {
    let show = |is_public| AccountCommand::ChangeMembershipVisibility { member: bob(), is_public };
    let shown = |is_public| AccountEvent::MembershipVisibilityChanged { member: bob(), is_public };
    account(with_bob()).when(show(true)).then_expect_events(vec![shown(true)]);
    account(with_bob()).when(show(false)).then_expect_events(vec![]);
    let public = then(&with_bob(), [shown(true)]);
    account(public.clone()).when(show(true)).then_expect_events(vec![]);
    account(public.clone()).when(show(false)).then_expect_events(vec![shown(false)]);
    // Whoever left and comes back is not seen.
    let back = then(&public, [AccountEvent::MemberRemoved { member: bob() }, added(bob(), Member)]);
    account(back).when(show(true)).then_expect_events(vec![shown(true)]);
    account(organization()).when(show(true)).then_expect_error(AccountRefusal::NotAMember(bob()));
    account(person()).when(show(true)).then_expect_error(AccountRefusal::NotAnOrganization(account_name("ana")));
}

#[test]
fn a_team_gets_another_name_that_no_other_team_has() {
    let rename = |name: &str| AccountCommand::RenameTeam { team: id(1), name: account_name(name) };
    let renamed = |name: &str| AccountEvent::TeamRenamed { team: id(1), name: account_name(name) };
    let created = |number, name: &str| AccountEvent::TeamCreated { team: id(number), name: account_name(name) };
    let past = || then(&organization(), [created(1, "surveyors"), created(2, "divers")]);
    account(past()).when(rename("rangers")).then_expect_events(vec![renamed("rangers")]);
    account(past()).when(rename("surveyors")).then_expect_events(vec![]);
    account(past()).when(rename("Surveyors")).then_expect_events(vec![renamed("Surveyors")]);
    account(past()).when(rename("Divers")).then_expect_error(AccountRefusal::TeamNameTaken(account_name("Divers")));
    account(then(&past(), [renamed("rangers")])).when(rename("rangers")).then_expect_events(vec![]);
    account(organization()).when(rename("rangers")).then_expect_error(AccountRefusal::NoSuchTeam(id(1)));
}
