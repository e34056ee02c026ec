//! Teams of an organization.

use fieldlog_domain::account::{AccountCommand, AccountEvent, AccountRefusal, MemberRole};
use fieldlog_domain::{AccountId, TeamId};

use super::organization;
use crate::build::{account, account_name, ana, bob, eve, id, then};

fn surveyors() -> TeamId {
    id(1)
}

fn create(team: TeamId, name: &str) -> AccountCommand {
    AccountCommand::CreateTeam { team, name: account_name(name) }
}

fn created(team: TeamId, name: &str) -> AccountEvent {
    AccountEvent::TeamCreated { team, name: account_name(name) }
}

fn join(member: AccountId) -> AccountCommand {
    AccountCommand::AddTeamMember { team: surveyors(), member }
}

fn joined(member: AccountId) -> AccountEvent {
    AccountEvent::TeamMemberAdded { team: surveyors(), member }
}

fn leave(member: AccountId) -> AccountCommand {
    AccountCommand::RemoveTeamMember { team: surveyors(), member }
}

fn left(member: AccountId) -> AccountEvent {
    AccountEvent::TeamMemberRemoved { team: surveyors(), member }
}

/// Bob is a member, the team is empty.
fn with_team() -> Vec<AccountEvent> {
    let bob_added = AccountEvent::MemberAdded { member: bob(), role: MemberRole::Member };
    then(&organization(), [bob_added, created(surveyors(), "surveyors")])
}

#[test]
fn a_team_is_created() {
    account(organization())
        .when(create(surveyors(), "surveyors"))
        .then_expect_events(vec![created(surveyors(), "surveyors")]);
}

#[test]
fn creating_a_team_twice_changes_nothing() {
    account(with_team()).when(create(surveyors(), "surveyors")).then_expect_events(vec![]);
}

#[test]
fn two_teams_do_not_share_a_name_whatever_the_case() {
    account(with_team())
        .when(create(id(2), "Surveyors"))
        .then_expect_error(AccountRefusal::TeamNameTaken(account_name("Surveyors")));
}

#[test]
fn a_team_is_not_created_again_under_another_name() {
    account(then(&with_team(), [joined(bob())]))
        .when(create(surveyors(), "divers"))
        .then_expect_error(AccountRefusal::TeamNameTaken(account_name("surveyors")));
}

#[test]
fn a_team_is_deleted_once_and_its_name_is_free() {
    let deleted = then(&with_team(), [AccountEvent::TeamDeleted { team: surveyors() }]);
    account(with_team())
        .when(AccountCommand::DeleteTeam(surveyors()))
        .then_expect_events(vec![AccountEvent::TeamDeleted { team: surveyors() }]);
    account(deleted.clone()).when(AccountCommand::DeleteTeam(surveyors())).then_expect_events(vec![]);
    account(deleted).when(create(id(2), "surveyors")).then_expect_events(vec![created(id(2), "surveyors")]);
}

#[test]
fn a_member_joins_a_team_once() {
    account(with_team()).when(join(bob())).then_expect_events(vec![joined(bob())]);
    account(then(&with_team(), [joined(bob())])).when(join(bob())).then_expect_events(vec![]);
}

#[test]
fn the_owner_joins_a_team_without_being_a_member() {
    account(with_team()).when(join(ana())).then_expect_events(vec![joined(ana())]);
}

#[test]
fn a_stranger_does_not_join_a_team() {
    account(with_team()).when(join(eve())).then_expect_error(AccountRefusal::NotAMember(eve()));
}

#[test]
fn nobody_joins_or_leaves_a_team_that_is_not_there() {
    let deleted = then(&with_team(), [AccountEvent::TeamDeleted { team: surveyors() }]);
    for past in [organization(), deleted] {
        account(past.clone()).when(join(ana())).then_expect_error(AccountRefusal::NoSuchTeam(surveyors()));
        account(past).when(leave(ana())).then_expect_error(AccountRefusal::NoSuchTeam(surveyors()));
    }
}

#[test]
fn a_member_leaves_a_team_once() {
    let in_it = then(&with_team(), [joined(bob())]);
    account(in_it.clone()).when(leave(bob())).then_expect_events(vec![left(bob())]);
    account(then(&in_it, [left(bob())])).when(leave(bob())).then_expect_events(vec![]);
}

#[test]
fn who_leaves_the_organization_leaves_its_teams() {
    let past = then(&with_team(), [joined(bob()), AccountEvent::MemberRemoved { member: bob() }]);
    account(past.clone()).when(leave(bob())).then_expect_events(vec![]);
    account(past).when(join(bob())).then_expect_error(AccountRefusal::NotAMember(bob()));
}
