//! A name has at most one holder.

use fieldlog_domain::name_claim::{ClaimedName, NameClaimCommand, NameClaimEvent, NameClaimRefusal};
use fieldlog_domain::{StreamId, StreamKind};
use proptest::prelude::*;

use crate::build::{account_name, ana, bob, name_claim, resource_name, then};

fn first() -> StreamId {
    StreamId::new(StreamKind::Account, ana())
}

fn second() -> StreamId {
    StreamId::new(StreamKind::Account, bob())
}

fn claim(holder: StreamId) -> NameClaimCommand {
    NameClaimCommand::Claim { holder }
}

fn release(holder: StreamId) -> NameClaimCommand {
    NameClaimCommand::Release { holder }
}

fn claimed() -> Vec<NameClaimEvent> {
    vec![NameClaimEvent::NameClaimed { holder: first() }]
}

#[test]
fn a_free_name_is_claimed_once() {
    name_claim(vec![]).when(claim(first())).then_expect_events(claimed());
    name_claim(claimed()).when(claim(first())).then_expect_events(vec![]);
}

#[test]
fn a_taken_name_is_refused_and_its_holder_told_to_the_use_case() {
    name_claim(claimed()).when(claim(second())).then_expect_error(NameClaimRefusal::Taken { holder: first() });
}

#[test]
fn the_refusal_does_not_tell_people_who_holds_the_name() {
    name_claim(claimed()).when(claim(second())).then_expect_error_message("the name is taken");
}

#[test]
fn a_name_is_released_once_and_is_free_for_others() {
    let released = then(&claimed(), [NameClaimEvent::NameReleased { holder: first() }]);
    name_claim(claimed())
        .when(release(first()))
        .then_expect_events(vec![NameClaimEvent::NameReleased { holder: first() }]);
    name_claim(released.clone()).when(release(first())).then_expect_events(vec![]);
    name_claim(released)
        .when(claim(second()))
        .then_expect_events(vec![NameClaimEvent::NameClaimed { holder: second() }]);
}

#[test]
fn nobody_releases_the_name_of_another() {
    name_claim(claimed()).when(release(second())).then_expect_events(vec![]);
    name_claim(vec![]).when(release(second())).then_expect_events(vec![]);
}

#[test]
fn names_of_accounts_collide_whatever_the_case_and_names_of_resources_do_not() {
    let account = |text: &str| ClaimedName::Account(account_name(text)).stream();
    let resource = |text: &str| ClaimedName::Resource { owner: ana(), name: resource_name(text) }.stream();
    assert_eq!(account("Ana"), account("aNA"));
    assert_ne!(resource("Rivers"), resource("rivers"));
    assert_eq!(account("Ana").to_string(), "name_claim-account:ana");
}

#[test]
fn the_spaces_of_names_are_apart() {
    let name = "rivers";
    let streams = [
        ClaimedName::Account(account_name(name)),
        ClaimedName::EmailIndex(name.to_owned()),
        ClaimedName::Resource { owner: ana(), name: resource_name(name) },
        ClaimedName::Resource { owner: bob(), name: resource_name(name) },
    ]
    .map(|name| name.stream());
    for (n, stream) in streams.iter().enumerate() {
        assert!(!streams[..n].contains(stream), "{stream} names two things");
    }
}

proptest! {
    #[test]
    fn the_stream_of_any_name_is_read_back_from_its_text(text in "[A-Za-z0-9._-]{1,60}") {
        let stream = ClaimedName::Resource { owner: ana(), name: resource_name(&text) }.stream();
        prop_assert_eq!(stream.to_string().parse::<StreamId>(), Ok(stream));
    }
}
