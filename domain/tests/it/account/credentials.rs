//! What a person has: profile, password, rights, and whether the account is open.

use fieldlog_domain::account::{AccountCommand, AccountEvent, AccountRefusal};

use super::{organization, person};
use crate::build::{account, account_name, sealed, then};

fn seal(content: &str) -> AccountCommand {
    AccountCommand::SealProfile { profile: sealed(content), email_index: "index".to_owned() }
}

fn profile(content: &str) -> AccountEvent {
    AccountEvent::ProfileSealed { profile: sealed(content), email_index: "index".to_owned() }
}

fn set(content: &str) -> AccountCommand {
    AccountCommand::SetCredential { password_hash: sealed(content) }
}

fn credential(content: &str) -> AccountEvent {
    AccountEvent::CredentialSet { password_hash: sealed(content) }
}

/// Everything that only persons can be asked.
fn personal() -> Vec<AccountCommand> {
    vec![seal("one"), set("one"), AccountCommand::SetAdmin(true), AccountCommand::SetAdmin(false)]
}

#[test]
fn a_profile_is_replaced() {
    account(person()).when(seal("one")).then_expect_events(vec![profile("one")]);
    account(then(&person(), [profile("one")])).when(seal("two")).then_expect_events(vec![profile("two")]);
}

#[test]
fn the_same_profile_twice_changes_nothing() {
    account(then(&person(), [profile("one")])).when(seal("one")).then_expect_events(vec![]);
}

#[test]
fn a_password_is_replaced() {
    account(person()).when(set("one")).then_expect_events(vec![credential("one")]);
    account(then(&person(), [credential("one")])).when(set("two")).then_expect_events(vec![credential("two")]);
}

#[test]
fn the_same_password_twice_changes_nothing() {
    account(then(&person(), [credential("one")])).when(set("one")).then_expect_events(vec![]);
}

#[test]
fn a_person_becomes_administrator_and_is_one_no_more() {
    let granted = then(&person(), [AccountEvent::AdminGranted {}]);
    account(person()).when(AccountCommand::SetAdmin(true)).then_expect_events(vec![AccountEvent::AdminGranted {}]);
    account(granted.clone()).when(AccountCommand::SetAdmin(true)).then_expect_events(vec![]);
    account(granted.clone())
        .when(AccountCommand::SetAdmin(false))
        .then_expect_events(vec![AccountEvent::AdminRevoked {}]);
    account(person()).when(AccountCommand::SetAdmin(false)).then_expect_events(vec![]);
    account(then(&granted, [AccountEvent::AdminRevoked {}]))
        .when(AccountCommand::SetAdmin(false))
        .then_expect_events(vec![]);
}

#[test]
fn an_account_is_disabled_and_enabled_again() {
    let disabled = then(&person(), [AccountEvent::AccountDisabled {}]);
    account(person())
        .when(AccountCommand::SetDisabled(true))
        .then_expect_events(vec![AccountEvent::AccountDisabled {}]);
    account(disabled.clone()).when(AccountCommand::SetDisabled(true)).then_expect_events(vec![]);
    account(disabled.clone())
        .when(AccountCommand::SetDisabled(false))
        .then_expect_events(vec![AccountEvent::AccountEnabled {}]);
    account(then(&disabled, [AccountEvent::AccountEnabled {}]))
        .when(AccountCommand::SetDisabled(false))
        .then_expect_events(vec![]);
}

#[test]
fn an_organization_is_disabled_too() {
    account(organization())
        .when(AccountCommand::SetDisabled(true))
        .then_expect_events(vec![AccountEvent::AccountDisabled {}]);
}

#[test]
fn an_organization_has_neither_profile_nor_password_nor_rights() {
    for command in personal() {
        account(organization()).when(command).then_expect_error(AccountRefusal::NotAPerson(account_name("riverwatch")));
    }
}

#[test]
fn an_account_that_is_not_there_changes_in_no_way() {
    let erased = then(&person(), [AccountEvent::AccountErased {}]);
    let pasts = [
        (vec![], AccountRefusal::NoSuchAccount),
        (vec![AccountEvent::AccountAbandoned {}], AccountRefusal::Abandoned),
        (erased, AccountRefusal::Erased),
    ];
    for (past, refusal) in pasts {
        for command in [personal(), vec![AccountCommand::SetDisabled(true)]].concat() {
            account(past.clone()).when(command).then_expect_error(refusal.clone());
        }
    }
}
