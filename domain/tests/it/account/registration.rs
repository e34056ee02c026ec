//! An account comes to be, or its registration is given up, or the person is forgotten.

use fieldlog_domain::account::{AccountCommand, AccountEvent, AccountKind, AccountRefusal, RegisterAccount};

use super::{organization, person, register, register_organization, register_person};
use crate::build::{account, account_name, bob, sealed, then};

#[test]
fn a_person_registers() {
    account(vec![]).when(register_person("ana")).then_expect_events(person());
}

#[test]
fn a_person_registers_with_profile_password_and_rights_at_once() {
    let command = AccountCommand::Register(RegisterAccount {
        profile: Some((sealed("profile"), "index".to_owned())),
        password_hash: Some(sealed("hash")),
        is_admin: true,
        ..register("ana", AccountKind::Person, None)
    });
    account(vec![]).when(command).then_expect_events(then(
        &person(),
        [
            AccountEvent::ProfileSealed { profile: sealed("profile"), email_index: "index".to_owned() },
            AccountEvent::CredentialSet { password_hash: sealed("hash") },
            AccountEvent::AdminGranted {},
        ],
    ));
}

#[test]
fn an_organization_registers_under_its_owner() {
    account(vec![]).when(register_organization("riverwatch")).then_expect_events(organization());
}

#[test]
fn registering_twice_changes_nothing() {
    account(person()).when(register_person("ana")).then_expect_events(vec![]);
    account(organization()).when(register_organization("riverwatch")).then_expect_events(vec![]);
}

#[test]
fn nobody_registers_where_somebody_else_is() {
    let refusal = AccountRefusal::AlreadyRegistered(account_name("ana"));
    account(person()).when(register_person("bob")).then_expect_error(refusal.clone());
    account(person()).when(register_organization("ana")).then_expect_error(refusal);
}

#[test]
fn an_organization_is_not_registered_again_for_another_owner() {
    let command = AccountCommand::Register(register("riverwatch", AccountKind::Organization, Some(bob())));
    account(organization())
        .when(command)
        .then_expect_error(AccountRefusal::AlreadyRegistered(account_name("riverwatch")));
}

#[test]
fn an_organization_needs_an_owner() {
    account(vec![])
        .when(AccountCommand::Register(register("riverwatch", AccountKind::Organization, None)))
        .then_expect_error(AccountRefusal::NoOwner(account_name("riverwatch")));
}

#[test]
fn a_person_has_no_owner() {
    account(vec![])
        .when(AccountCommand::Register(register("ana", AccountKind::Person, Some(bob()))))
        .then_expect_error(AccountRefusal::NotAnOrganization(account_name("ana")));
}

#[test]
fn an_organization_registers_without_profile_password_and_rights() {
    let plain = || register("riverwatch", AccountKind::Organization, Some(bob()));
    let profile = Some((sealed("profile"), "index".to_owned()));
    for command in [
        RegisterAccount { profile, ..plain() },
        RegisterAccount { password_hash: Some(sealed("hash")), ..plain() },
        RegisterAccount { is_admin: true, ..plain() },
    ] {
        account(vec![])
            .when(AccountCommand::Register(command))
            .then_expect_error(AccountRefusal::NotAPerson(account_name("riverwatch")));
    }
}

#[test]
fn a_registration_that_broke_off_is_given_up_once() {
    let given_up = vec![AccountEvent::AccountAbandoned {}];
    account(vec![]).when(AccountCommand::Abandon).then_expect_events(given_up.clone());
    account(given_up).when(AccountCommand::Abandon).then_expect_events(vec![]);
}

#[test]
fn a_registration_that_was_given_up_is_never_completed() {
    account(vec![AccountEvent::AccountAbandoned {}])
        .when(register_person("ana"))
        .then_expect_error(AccountRefusal::Abandoned);
}

#[test]
fn a_complete_registration_is_not_given_up() {
    account(person())
        .when(AccountCommand::Abandon)
        .then_expect_error(AccountRefusal::AlreadyRegistered(account_name("ana")));
    account(then(&person(), [AccountEvent::AccountErased {}]))
        .when(AccountCommand::Abandon)
        .then_expect_error(AccountRefusal::Erased);
}

#[test]
fn a_person_is_forgotten_once() {
    account(person()).when(AccountCommand::Erase).then_expect_events(vec![AccountEvent::AccountErased {}]);
    account(then(&person(), [AccountEvent::AccountErased {}])).when(AccountCommand::Erase).then_expect_events(vec![]);
}

#[test]
fn only_persons_that_exist_are_forgotten() {
    account(vec![]).when(AccountCommand::Erase).then_expect_error(AccountRefusal::NoSuchAccount);
    account(vec![AccountEvent::AccountAbandoned {}])
        .when(AccountCommand::Erase)
        .then_expect_error(AccountRefusal::Abandoned);
    account(organization())
        .when(AccountCommand::Erase)
        .then_expect_error(AccountRefusal::NotAPerson(account_name("riverwatch")));
}

#[test]
fn nobody_registers_where_somebody_was_forgotten() {
    account(then(&person(), [AccountEvent::AccountErased {}]))
        .when(register_person("ana"))
        .then_expect_error(AccountRefusal::Erased);
}
