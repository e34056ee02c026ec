//! Links with which somebody sets a new password who has forgotten theirs.

use std::net::{IpAddr, Ipv4Addr};

use chrono::TimeDelta;
use fieldlog_commands::account::*;
use fieldlog_commands::session::{LogIn, LogInRefusal, LoggedIn, authenticate, log_in};
use fieldlog_commands::{App, CommandError, Viewer};
use fieldlog_domain::{AccountId, CommandId};
use fieldlog_vault::Opened;
use uuid::Uuid;

use crate::cloud::{Cloud, PASSWORD, anonymous};

const HOME: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
const NEW: &str = "a field full of flowers";

/// The link that is sent, if one is.
async fn asked(app: &App, login: &str) -> Option<PasswordResetLink> {
    request_password_reset(app, &anonymous(), RequestPasswordReset { login: login.into() }).await.unwrap().value
}

async fn link(cloud: &Cloud, login: &str) -> PasswordResetLink {
    asked(&cloud.app, login).await.expect("a link is sent")
}

fn reset(token: &str) -> ResetPassword {
    ResetPassword { command_id: None, token: token.into(), new: Password::new(NEW), client_ip: Some(HOME) }
}

async fn try_reset(app: &App, input: ResetPassword) -> Result<(), CommandError<PasswordResetNotValid>> {
    reset_password(app, &anonymous(), input).await.map(|_| ())
}

async fn logged_in(cloud: &Cloud, password: &str) -> Result<LoggedIn, CommandError<LogInRefusal>> {
    let input = LogIn { login: "ana".into(), password: Password::new(password), client_ip: Some(HOME) };
    let done = log_in(&cloud.app, &anonymous(), input).await?;
    cloud.app.wait_for(done.receipt, crate::cloud::PATIENCE).await.unwrap();
    Ok(done.value)
}

async fn change(cloud: &Cloud, account: AccountId) {
    let change = ChangePassword { command_id: None, account, current: None, new: Password::new("yet another one") };
    cloud.seen(change_password(&cloud.app, &Viewer::operator(), change).await).await;
}

const NOT_VALID: Result<(), CommandError<PasswordResetNotValid>> = Err(CommandError::Refused(PasswordResetNotValid));

#[tokio::test(flavor = "multi_thread")]
async fn a_link_sets_a_new_password_and_ends_all_sessions() {
    let cloud = Cloud::start().await;
    let ana = cloud.account("ana").await;
    let session = logged_in(&cloud, PASSWORD).await.unwrap();
    let former = cloud.app.view().account(ana).unwrap().unwrap().password_hash.unwrap();
    for login in ["ana", "ANA", "Ana@Example.com"] {
        let link = link(&cloud, login).await;
        assert_eq!((link.name.as_str(), link.email.as_str()), ("ana", "ana@example.com"));
        assert_eq!(find_password_reset(&cloud.app, link.token.as_str()).await.unwrap(), link.name);
    }
    cloud.clock.advance(TimeDelta::hours(1));
    let link = link(&cloud, "ana").await;
    let name = cloud.seen(reset_password(&cloud.app, &anonymous(), reset(link.token.as_str())).await).await;
    cloud.caught_up().await;
    assert_eq!(name, link.name);
    assert!(authenticate(&cloud.app, session.token.as_str()).await.is_err());
    assert!(logged_in(&cloud, PASSWORD).await.is_err());
    assert!(logged_in(&cloud, NEW).await.is_ok());
    assert_eq!(cloud.app.vault().open_sealed(&former).await.unwrap(), Opened::Forgotten);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_good_once_and_for_an_hour() {
    let cloud = Cloud::start().await;
    cloud.account("ana").await;
    let (used, unused) = (link(&cloud, "ana").await, link(&cloud, "ana").await);
    try_reset(&cloud.app, reset(used.token.as_str())).await.unwrap();
    for link in [&used, &unused] {
        assert_eq!(try_reset(&cloud.app, reset(link.token.as_str())).await, NOT_VALID);
        assert!(find_password_reset(&cloud.app, link.token.as_str()).await.is_err());
    }
    let late = link(&cloud, "ana").await;
    assert_eq!(late.expires_at - fieldlog_commands::Clock::now(cloud.clock.as_ref()), TimeDelta::hours(1));
    cloud.clock.advance(TimeDelta::hours(1));
    assert_eq!(try_reset(&cloud.app, reset(late.token.as_str())).await, NOT_VALID);
    assert!(find_password_reset(&cloud.app, late.token.as_str()).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_password_or_another_mail_address_voids_the_link() {
    let cloud = Cloud::start().await;
    let ana = cloud.account("ana").await;
    let before = link(&cloud, "ana").await;
    change(&cloud, ana).await;
    assert_eq!(try_reset(&cloud.app, reset(before.token.as_str())).await, NOT_VALID);
    let before = link(&cloud, "ana").await;
    let moved = ChangeProfile {
        command_id: None,
        account: ana,
        email: Some("ana@example.org".into()),
        first_name: None,
        last_name: None,
    };
    cloud.seen(change_profile(&cloud.app, &Viewer::operator(), moved).await).await;
    assert_eq!(try_reset(&cloud.app, reset(before.token.as_str())).await, NOT_VALID);
    assert_eq!(link(&cloud, "ana").await.email, "ana@example.org");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_process_takes_the_link_too() {
    let cloud = Cloud::start().await;
    cloud.account("ana").await;
    let other = cloud.another_process().await;
    let link = link(&cloud, "ana").await;
    assert_eq!(find_password_reset(&other, link.token.as_str()).await.unwrap(), link.name);
    try_reset(&other, reset(link.token.as_str())).await.unwrap();
    assert_eq!(try_reset(&cloud.app, reset(link.token.as_str())).await, NOT_VALID);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_uses_at_once_one_counts() {
    let cloud = Cloud::start().await;
    cloud.account("ana").await;
    let link = link(&cloud, "ana").await;
    let uses = (0..8).map(|_| try_reset(&cloud.app, reset(link.token.as_str())));
    let done = futures::future::join_all(uses).await;
    assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1, "{done:?}");
    assert_eq!(cloud.count("credential_set").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_more_than_three_links_an_hour() {
    let cloud = Cloud::start().await;
    cloud.account("ana").await;
    for _ in 0..3 {
        link(&cloud, "ana").await;
    }
    assert!(asked(&cloud.app, "ana@example.com").await.is_none());
    assert!(asked(&cloud.another_process().await, "ana").await.is_none(), "the log remembers, not the process");
    assert_eq!(cloud.count("password_reset_requested").await, 3);
    cloud.clock.advance(TimeDelta::hours(1));
    link(&cloud, "ana").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_password_gets_no_link() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    cloud.organization(&ana, "bees").await;
    let disable = SetAccountDisabled { command_id: None, account: cloud.account("ben").await, is_disabled: true };
    cloud.seen(set_account_disabled(&cloud.app, &Viewer::operator(), disable).await).await;
    for login in ["nobody", "no@example.com", "bees", "ben", "", "ana\r\nBcc: eve@example.com"] {
        assert!(asked(&cloud.app, login).await.is_none(), "{login:?}");
    }
    assert_eq!(cloud.count("password_reset_requested").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_of_a_closed_account_is_void() {
    let cloud = Cloud::start().await;
    let ana = cloud.account("ana").await;
    let link = link(&cloud, "ana").await;
    let disable = SetAccountDisabled { command_id: None, account: ana, is_disabled: true };
    cloud.seen(set_account_disabled(&cloud.app, &Viewer::operator(), disable).await).await;
    assert_eq!(try_reset(&cloud.app, reset(link.token.as_str())).await, NOT_VALID);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_password_leaves_the_link_good() {
    let cloud = Cloud::start().await;
    cloud.account("ana").await;
    let link = link(&cloud, "ana").await;
    for bad in ["short", "ANA@example.com"] {
        let input = ResetPassword { new: Password::new(bad), ..reset(link.token.as_str()) };
        let error = try_reset(&cloud.app, input).await.unwrap_err();
        assert!(matches!(error, CommandError::Invalid { field: "new", .. }), "{bad}: {error:?}");
    }
    try_reset(&cloud.app, reset(link.token.as_str())).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_token_and_a_token_of_nobody_are_not_valid() {
    let cloud = Cloud::start().await;
    cloud.account("ana").await;
    let good = link(&cloud, "ana").await;
    let guessed = format!("{}{}", &good.token.as_str()[..32], "x".repeat(43));
    let of_nobody = format!("{}{}", Uuid::now_v7().simple(), "x".repeat(43));
    for token in ["", "nonsense", &guessed, &of_nobody] {
        assert_eq!(try_reset(&cloud.app, reset(token)).await, NOT_VALID, "{token}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_command_twice_is_answered_twice_and_done_once() {
    let cloud = Cloud::start().await;
    cloud.account("ana").await;
    let link = link(&cloud, "ana").await;
    let input = ResetPassword { command_id: Some(CommandId(Uuid::now_v7())), ..reset(link.token.as_str()) };
    let first = reset_password(&cloud.app, &anonymous(), input.clone()).await.unwrap();
    assert_eq!(reset_password(&cloud.app, &anonymous(), input).await.unwrap(), first);
    assert_eq!(cloud.count("credential_set").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_locked_out_for_guessing_may_log_in_with_the_new_password() {
    let cloud = Cloud::start().await;
    cloud.account("ana").await;
    for _ in 0..5 {
        logged_in(&cloud, "a wrong password").await.unwrap_err();
    }
    assert!(matches!(logged_in(&cloud, PASSWORD).await, Err(CommandError::Refused(LogInRefusal::LockedOut { .. }))));
    let link = link(&cloud, "ana").await;
    cloud.seen(reset_password(&cloud.app, &anonymous(), reset(link.token.as_str())).await).await;
    logged_in(&cloud, NEW).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_event_holds_the_token_or_the_mail_address() {
    let cloud = Cloud::start().await;
    cloud.account("ana").await;
    let link = link(&cloud, "ana").await;
    let payloads: Vec<_> = cloud.feed().await.into_iter().map(|event| event.payload.to_string()).collect();
    assert!(payloads.iter().any(|payload| payload.contains("token_digest")));
    for payload in payloads {
        assert!(!payload.contains(&link.token.as_str()[32..]) && !payload.contains('@'), "{payload}");
    }
}
