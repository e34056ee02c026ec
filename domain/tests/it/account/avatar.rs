//! The picture of a person or an organization.

use fieldlog_domain::account::{AccountCommand, AccountEvent, AccountRefusal, Avatar};

use super::{organization, person};
use crate::build::{account, digest, then};

fn avatar(content: &str) -> Avatar {
    Avatar { digest: digest(content), media_type: "image/png".to_owned(), size: 3 }
}

fn set(content: &str) -> AccountCommand {
    AccountCommand::SetAvatar(avatar(content))
}

fn was_set(content: &str) -> AccountEvent {
    AccountEvent::AvatarSet { avatar: avatar(content) }
}

#[test]
fn persons_and_organizations_have_a_picture_that_is_replaced() {
    for given in [person(), organization()] {
        account(given.clone()).when(set("one")).then_expect_events(vec![was_set("one")]);
        account(then(&given, [was_set("one")])).when(set("two")).then_expect_events(vec![was_set("two")]);
    }
}

#[test]
fn the_same_picture_twice_changes_nothing() {
    account(then(&person(), [was_set("one")])).when(set("one")).then_expect_events(vec![]);
}

#[test]
fn a_picture_is_taken_away_once() {
    let had = then(&person(), [was_set("one")]);
    let removed = vec![AccountEvent::AvatarRemoved {}];
    account(had.clone()).when(AccountCommand::RemoveAvatar).then_expect_events(removed.clone());
    account(then(&had, removed)).when(AccountCommand::RemoveAvatar).then_expect_events(vec![]);
    account(person()).when(AccountCommand::RemoveAvatar).then_expect_events(vec![]);
}

#[test]
fn an_erased_account_gets_no_picture() {
    let erased = then(&person(), [was_set("one"), AccountEvent::AccountErased {}]);
    account(erased.clone()).when(set("two")).then_expect_error(AccountRefusal::Erased);
    account(erased).when(AccountCommand::RemoveAvatar).then_expect_error(AccountRefusal::Erased);
    account(vec![]).when(set("one")).then_expect_error(AccountRefusal::NoSuchAccount);
}
