//! Which plan an account is on, and how many members it allows.

use fieldlog_domain::account::{
    AccountCommand, AccountEvent, AccountRefusal, BadPlanCode, MemberRole, PlanCode, SubscriptionStatus,
};
use strum::IntoEnumIterator;

use super::{organization, person};
use crate::build::{account, at, bob, eve, then};

fn plan(code: &str) -> PlanCode {
    PlanCode::try_new(code).unwrap()
}

fn set(code: &str, status: SubscriptionStatus, days: Option<i64>) -> AccountCommand {
    AccountCommand::SetSubscription { plan: plan(code), status, until: days.map(|days| at(days * 86_400)) }
}

fn was_set(code: &str, status: SubscriptionStatus, days: Option<i64>) -> AccountEvent {
    AccountEvent::SubscriptionSet { plan: plan(code), status, until: days.map(|days| at(days * 86_400)) }
}

#[test]
fn an_account_is_put_on_a_plan_and_on_another_one() {
    use SubscriptionStatus::{ActivePaid, InactiveCancelled};
    for past in [person(), organization()] {
        account(past.clone()).when(set("team", ActivePaid, Some(30))).then_expect_events(vec![was_set(
            "team",
            ActivePaid,
            Some(30),
        )]);
        let on_team = then(&past, [was_set("team", ActivePaid, Some(30))]);
        account(on_team.clone()).when(set("team", ActivePaid, Some(30))).then_expect_events(vec![]);
        for (code, status, days) in
            [("pro", ActivePaid, Some(30)), ("team", InactiveCancelled, Some(30)), ("team", ActivePaid, None)]
        {
            account(on_team.clone())
                .when(set(code, status, days))
                .then_expect_events(vec![was_set(code, status, days)]);
        }
    }
}

#[test]
fn an_account_that_is_not_there_is_on_no_plan() {
    let erased = then(&person(), [AccountEvent::AccountErased {}]);
    for (past, refusal) in [(vec![], AccountRefusal::NoSuchAccount), (erased, AccountRefusal::Erased)] {
        account(past).when(set("team", SubscriptionStatus::ActivePaid, None)).then_expect_error(refusal);
    }
}

#[test]
fn an_organization_has_no_more_members_than_it_may() {
    let role = MemberRole::Member;
    let add = |member, limit| AccountCommand::AddMember { member, role, limit };
    let with_bob = then(&organization(), [AccountEvent::MemberAdded { member: bob(), role }]);
    let added = vec![AccountEvent::MemberAdded { member: eve(), role }];
    account(with_bob.clone()).when(add(eve(), Some(2))).then_expect_events(added.clone());
    account(with_bob.clone()).when(add(eve(), None)).then_expect_events(added);
    account(with_bob.clone()).when(add(eve(), Some(1))).then_expect_error(AccountRefusal::TooManyMembers { limit: 1 });
    account(with_bob).when(add(bob(), Some(0))).then_expect_events(vec![]);
}

#[test]
fn only_two_ways_of_standing_let_a_plan_be_used() {
    for status in SubscriptionStatus::iter() {
        assert_eq!(SubscriptionStatus::parse(status.as_ref()), Ok(status));
        assert_eq!(status.is_active(), status.as_ref().starts_with("active_"), "{status:?}");
    }
}

#[test]
fn a_way_of_standing_that_does_not_exist_is_refused_with_those_that_do() {
    let error = SubscriptionStatus::parse("paid").unwrap_err().to_string();
    assert!(error.ends_with(r#"found "paid""#), "{error}");
    assert!(SubscriptionStatus::iter().all(|status| error.contains(status.as_ref())), "{error}");
}

#[test]
fn the_code_of_a_plan_is_a_plain_word() {
    for text in ["a", "community", "team-2_b", &"a".repeat(50)] {
        assert_eq!(plan(text).to_string(), text);
    }
    for (text, why) in [
        ("", BadPlanCode::Length(0)),
        (&"a".repeat(51), BadPlanCode::Length(51)),
        ("Team", BadPlanCode::Character('T')),
        ("a b", BadPlanCode::Character(' ')),
        ("ä", BadPlanCode::Character('ä')),
    ] {
        assert_eq!(PlanCode::try_new(text), Err(why));
    }
}
