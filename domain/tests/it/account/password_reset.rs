//! Links with which somebody sets a new password who has forgotten theirs.

use fieldlog_domain::account::{AccountCommand, AccountEvent, AccountRefusal};

use super::{organization, person};
use crate::build::{account, account_name, at, digest, sealed, then};

const HOUR: i64 = 3_600;

/// A link is asked for, so many seconds after the start.
fn ask(token: &str, now: i64) -> AccountCommand {
    AccountCommand::RequestPasswordReset { token_digest: digest(token), now: at(now), expires_at: at(now + HOUR) }
}

fn asked(token: &str, now: i64) -> AccountEvent {
    AccountEvent::PasswordResetRequested { token_digest: digest(token), expires_at: at(now + HOUR) }
}

fn reset(token: &str, now: i64) -> AccountCommand {
    AccountCommand::ResetPassword { token_digest: digest(token), now: at(now), password_hash: sealed("new") }
}

fn credential(content: &str) -> AccountEvent {
    AccountEvent::CredentialSet { password_hash: sealed(content) }
}

fn profile(content: &str) -> AccountEvent {
    AccountEvent::ProfileSealed { profile: sealed(content), email_index: "index".to_owned() }
}

/// Ana with a password, who asked for a link at the start.
fn waiting() -> Vec<AccountEvent> {
    then(&person(), [credential("old"), asked("one", 0)])
}

#[test]
fn a_link_is_asked_for_and_sets_a_new_password_within_its_time() {
    account(person()).when(ask("one", 0)).then_expect_events(vec![asked("one", 0)]);
    account(waiting()).when(reset("one", HOUR - 1)).then_expect_events(vec![credential("new")]);
}

#[test]
fn asking_with_the_same_token_twice_changes_nothing() {
    account(waiting()).when(ask("one", 0)).then_expect_events(vec![]);
}

#[test]
fn a_link_is_worth_nothing_when_its_time_is_over() {
    account(waiting()).when(reset("one", HOUR)).then_expect_error(AccountRefusal::PasswordResetNotValid);
}

#[test]
fn a_link_that_nobody_asked_for_is_worth_nothing() {
    account(waiting()).when(reset("two", 1)).then_expect_error(AccountRefusal::PasswordResetNotValid);
    account(person()).when(reset("one", 1)).then_expect_error(AccountRefusal::PasswordResetNotValid);
}

#[test]
fn whatever_changes_the_password_or_the_profile_voids_all_links() {
    let both = then(&waiting(), [asked("two", 1)]);
    for change in [credential("other"), profile("other")] {
        for token in ["one", "two"] {
            let past = then(&both, [change.clone()]);
            account(past).when(reset(token, 2)).then_expect_error(AccountRefusal::PasswordResetNotValid);
        }
    }
}

#[test]
fn of_several_links_each_is_good_until_one_is_used() {
    let both = then(&waiting(), [asked("two", 1)]);
    for token in ["one", "two"] {
        account(both.clone()).when(reset(token, 2)).then_expect_events(vec![credential("new")]);
    }
}

#[test]
fn no_more_than_three_links_wait_at_a_time() {
    let three = then(&waiting(), [asked("two", 10), asked("three", 20)]);
    let refusal = AccountRefusal::PasswordResetsWaiting { found: 3 };
    account(three.clone()).when(ask("four", 30)).then_expect_error(refusal);
    account(three.clone()).when(ask("four", HOUR)).then_expect_events(vec![asked("four", HOUR)]);
    let fourth = then(&three, [asked("four", HOUR)]);
    account(fourth.clone()).when(reset("two", HOUR + 1)).then_expect_events(vec![credential("new")]);
    let refusal = AccountRefusal::PasswordResetsWaiting { found: 3 };
    account(fourth).when(ask("five", HOUR + 1)).then_expect_error(refusal);
}

#[test]
fn a_disabled_account_gets_no_new_password_until_it_is_enabled() {
    let disabled = then(&waiting(), [AccountEvent::AccountDisabled {}]);
    account(disabled.clone()).when(reset("one", 1)).then_expect_error(AccountRefusal::PasswordResetNotValid);
    let enabled = then(&disabled, [AccountEvent::AccountEnabled {}]);
    account(enabled).when(reset("one", 1)).then_expect_events(vec![credential("new")]);
}

#[test]
fn only_persons_have_passwords() {
    for command in [ask("one", 0), reset("one", 0)] {
        account(organization()).when(command).then_expect_error(AccountRefusal::NotAPerson(account_name("riverwatch")));
    }
}

#[test]
fn an_account_that_is_not_there_gets_no_link() {
    let erased = then(&waiting(), [AccountEvent::AccountErased {}]);
    for (past, refusal) in [(vec![], AccountRefusal::NoSuchAccount), (erased, AccountRefusal::Erased)] {
        for command in [ask("two", 1), reset("one", 1)] {
            account(past.clone()).when(command).then_expect_error(refusal.clone());
        }
    }
}
