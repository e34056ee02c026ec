//! Short words for the tests: aggregates with a past, people, things and moments.

use chrono::{DateTime, TimeDelta, Utc};
use cqrs_es::Aggregate;
use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use fieldlog_domain::account::Account;
use fieldlog_domain::change_set::ChangeSet;
use fieldlog_domain::file::File;
use fieldlog_domain::job::Job;
use fieldlog_domain::name_claim::NameClaim;
use fieldlog_domain::resource::Resource;
use fieldlog_domain::secret::Secret;
use fieldlog_domain::session::Session;
use fieldlog_domain::shared::{AccountName, FilePath, ResourceName};
use fieldlog_domain::{AccountId, Sealed, Sha256Digest};
use uuid::Uuid;

type Given<A> = AggregateTestExecutor<A>;

fn given<A: Aggregate<Services = ()>>(past: Vec<A::Event>) -> Given<A> {
    TestFramework::with(()).given(past)
}

pub fn account(past: Vec<<Account as Aggregate>::Event>) -> Given<Account> {
    given(past)
}

pub fn session(past: Vec<<Session as Aggregate>::Event>) -> Given<Session> {
    given(past)
}

pub fn name_claim(past: Vec<<NameClaim as Aggregate>::Event>) -> Given<NameClaim> {
    given(past)
}

pub fn resource(past: Vec<<Resource as Aggregate>::Event>) -> Given<Resource> {
    given(past)
}

pub fn file(past: Vec<<File as Aggregate>::Event>) -> Given<File> {
    given(past)
}

pub fn job(past: Vec<<Job as Aggregate>::Event>) -> Given<Job> {
    given(past)
}

pub fn change_set(past: Vec<<ChangeSet as Aggregate>::Event>) -> Given<ChangeSet> {
    given(past)
}

pub fn secret(past: Vec<<Secret as Aggregate>::Event>) -> Given<Secret> {
    given(past)
}

/// The `n`-th thing of its kind.
pub fn id<T: From<Uuid>>(n: u128) -> T {
    Uuid::from_u128(n).into()
}

pub fn ana() -> AccountId {
    id(0xa)
}

pub fn bob() -> AccountId {
    id(0xb)
}

/// Not a member, not a collaborator.
pub fn eve() -> AccountId {
    id(0xe)
}

pub fn account_name(text: &str) -> AccountName {
    AccountName::try_new(text).unwrap()
}

pub fn resource_name(text: &str) -> ResourceName {
    ResourceName::try_new(text).unwrap()
}

pub fn path(text: &str) -> FilePath {
    FilePath::try_new(text).unwrap()
}

pub fn digest(text: &str) -> Sha256Digest {
    Sha256Digest::of(text.as_bytes())
}

pub fn sealed(content: &str) -> Sealed {
    Sealed { key: Uuid::from_u128(0x5ea1), content: content.to_owned() }
}

/// So many seconds after the tests' first moment.
pub fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_225_600, 0).unwrap() + TimeDelta::seconds(seconds)
}

/// The past that `more` makes of `past`.
pub fn then<E: Clone>(past: &[E], more: impl IntoIterator<Item = E>) -> Vec<E> {
    past.iter().cloned().chain(more).collect()
}
