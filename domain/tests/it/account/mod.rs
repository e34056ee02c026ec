//! What an account allows and refuses.

mod avatar;
mod credentials;
mod member;
mod password_reset;
mod registration;
mod subscription;
mod team;

use fieldlog_domain::AccountId;
use fieldlog_domain::account::{AccountCommand, AccountEvent, AccountKind, RegisterAccount};

use crate::build::{account_name, ana};

fn register(name: &str, kind: AccountKind, owner: Option<AccountId>) -> RegisterAccount {
    RegisterAccount { name: account_name(name), kind, owner, profile: None, password_hash: None, is_admin: false }
}

fn register_person(name: &str) -> AccountCommand {
    AccountCommand::Register(register(name, AccountKind::Person, None))
}

fn register_organization(name: &str) -> AccountCommand {
    AccountCommand::Register(register(name, AccountKind::Organization, Some(ana())))
}

fn person() -> Vec<AccountEvent> {
    vec![AccountEvent::AccountRegistered { name: account_name("ana"), kind: AccountKind::Person, owner: None }]
}

/// Ana's.
fn organization() -> Vec<AccountEvent> {
    let (name, kind) = (account_name("riverwatch"), AccountKind::Organization);
    vec![AccountEvent::AccountRegistered { name, kind, owner: Some(ana()) }]
}
