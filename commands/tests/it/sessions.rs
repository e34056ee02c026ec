//! Logging in and out.

use std::net::{IpAddr, Ipv4Addr};

use chrono::TimeDelta;
use fieldlog_commands::account::Password;
use fieldlog_commands::session::*;
use fieldlog_commands::{CommandError, Done, Viewer};
use fieldlog_domain::shared::ClientType;

use crate::cloud::{Cloud, PASSWORD, anonymous};

const HOME: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2));

type Answer = Result<Done<LoggedIn>, CommandError<LogInRefusal>>;

async fn attempt(cloud: &Cloud, login: &str, password: &str, ip: IpAddr) -> Answer {
    let input = LogIn { login: login.into(), password: Password::new(password), client_ip: Some(ip) };
    log_in(&cloud.app, &Viewer::anonymous(ClientType::Sdk), input).await
}

fn refusal(answer: Answer) -> LogInRefusal {
    match answer {
        Err(CommandError::Refused(refusal)) => refusal,
        other => panic!("expected a refusal, found {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_in_any_case_or_the_mail_address_and_the_password_open_a_session() {
    let cloud = Cloud::start().await;
    let ana = cloud.account("ana").await;
    for login in ["ana", "ANA", "Ana@Example.com"] {
        let session = cloud.seen(attempt(&cloud, login, PASSWORD, HOME).await).await;
        assert_eq!((session.account, session.token.as_str().len()), (ana, 100));
        let viewer = authenticate(&cloud.app, session.token.as_str()).await.unwrap();
        assert_eq!((viewer.account, viewer.session), (Some(ana), Some(session.session)));
        assert!(authenticate(&cloud.app, &session.token.as_str()[1..]).await.is_err());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_and_an_unknown_name_get_the_same_answer() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    cloud.organization(&ana, "bees").await;
    for (login, password) in
        [("ana", "a wrong password"), ("nobody", PASSWORD), ("no@example.com", PASSWORD), ("bees", PASSWORD), ("", "")]
    {
        assert_eq!(refusal(attempt(&cloud, login, password, HOME).await), LogInRefusal::WrongCredentials);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn five_failures_lock_a_name_and_address_for_thirty_minutes() {
    let cloud = Cloud::start().await;
    cloud.account("ana").await;
    for _ in 0..5 {
        assert_eq!(refusal(attempt(&cloud, "ana", "a wrong password", HOME).await), LogInRefusal::WrongCredentials);
    }
    assert!(matches!(refusal(attempt(&cloud, "ana", PASSWORD, HOME).await), LogInRefusal::LockedOut { .. }));
    assert!(matches!(
        refusal(attempt(&cloud, "Ana@example.com", PASSWORD, HOME).await),
        LogInRefusal::LockedOut { .. }
    ));
    assert!(attempt(&cloud, "ana", PASSWORD, ELSEWHERE).await.is_ok());
    cloud.clock.advance(TimeDelta::minutes(29));
    assert!(matches!(refusal(attempt(&cloud, "ana", PASSWORD, HOME).await), LogInRefusal::LockedOut { .. }));
    cloud.clock.advance(TimeDelta::minutes(1));
    assert!(attempt(&cloud, "ana", PASSWORD, HOME).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_right_password_resets_the_count() {
    let cloud = Cloud::start().await;
    cloud.account("ana").await;
    for _ in 0..3 {
        for _ in 0..4 {
            attempt(&cloud, "ana", "a wrong password", HOME).await.unwrap_err();
        }
        assert!(attempt(&cloud, "ana", PASSWORD, HOME).await.is_ok());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_guesses_at_once_are_no_more_than_five() {
    let cloud = Cloud::start().await;
    cloud.account("ana").await;
    let guesses = (0..32).map(|_| attempt(&cloud, "ana", "a wrong password", HOME));
    let answers = futures::future::join_all(guesses).await;
    let compared =
        answers.into_iter().filter(|a| matches!(a, Err(CommandError::Refused(LogInRefusal::WrongCredentials))));
    assert_eq!(compared.count(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_ends_with_its_time() {
    let cloud = Cloud::start().await;
    cloud.account("ana").await;
    let token = cloud.seen(attempt(&cloud, "ana", PASSWORD, HOME).await).await.token;
    cloud.clock.advance(TimeDelta::hours(719));
    assert!(authenticate(&cloud.app, token.as_str()).await.is_ok());
    cloud.clock.advance(TimeDelta::hours(1));
    assert_eq!(authenticate(&cloud.app, token.as_str()).await, Err(AuthenticationError::BadToken));
}

#[tokio::test(flavor = "multi_thread")]
async fn qfield_has_one_session_at_a_time_and_the_sdk_several() {
    let cloud = Cloud::start().await;
    cloud.account("ana").await;
    let login = || LogIn { login: "ana".into(), password: Password::new(PASSWORD), client_ip: None };
    let open = |client| {
        let app = cloud.app.clone();
        async move { log_in(&app, &Viewer::anonymous(client), login()).await }
    };
    let sdk = [cloud.seen(open(ClientType::Sdk).await).await, cloud.seen(open(ClientType::Sdk).await).await];
    let first = cloud.seen(open(ClientType::Qfield).await).await;
    let second = cloud.seen(open(ClientType::Qfield).await).await;
    cloud.caught_up().await;
    assert!(authenticate(&cloud.app, first.token.as_str()).await.is_err());
    for session in [&second, &sdk[0], &sdk[1]] {
        assert!(authenticate(&cloud.app, session.token.as_str()).await.is_ok());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_registered_or_logged_in_by_another_process_a_moment_ago_is_known() {
    let cloud = Cloud::start().await;
    let elsewhere = cloud.another_process().await;
    for number in 0..10 {
        let name = format!("ana-{number}");
        cloud.account(&name).await;
        let input = LogIn { login: name, password: Password::new(PASSWORD), client_ip: Some(HOME) };
        let session = log_in(&elsewhere, &Viewer::anonymous(ClientType::Sdk), input).await.unwrap().value;
        let viewer = authenticate(&cloud.app, session.token.as_str()).await.unwrap();
        assert_eq!(viewer.account, Some(session.account));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_log_is_away_an_unknown_token_is_not_called_invalid() {
    let cloud = Cloud::start().await;
    let ana = cloud.account("ana").await;
    let session = cloud.seen(attempt(&cloud, "ana", PASSWORD, HOME).await).await;
    cloud.log.go_away();
    assert_eq!(authenticate(&cloud.app, session.token.as_str()).await.unwrap().account, Some(ana));
    let unknown = authenticate(&cloud.app, "a token of another gateway").await;
    assert!(matches!(unknown, Err(AuthenticationError::Unavailable(_))), "found {unknown:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn log_out_ends_this_session_or_all() {
    let cloud = Cloud::start().await;
    cloud.account("ana").await;
    let mut sessions = Vec::new();
    for _ in 0..3 {
        sessions.push(cloud.seen(attempt(&cloud, "ana", PASSWORD, HOME).await).await);
    }
    let valid = |index: usize| authenticate(&cloud.app, sessions[index].token.as_str());
    let first = valid(0).await.unwrap();
    cloud.seen(log_out(&cloud.app, &first, LogOut { command_id: None, everywhere: false }).await).await;
    assert!(valid(0).await.is_err() && valid(1).await.is_ok());
    assert_eq!(
        log_out(&cloud.app, &first, LogOut { command_id: None, everywhere: false }).await.unwrap().receipt,
        None
    );
    let second = valid(1).await.unwrap();
    cloud.seen(log_out(&cloud.app, &second, LogOut { command_id: None, everywhere: true }).await).await;
    cloud.caught_up().await;
    assert!(valid(1).await.is_err() && valid(2).await.is_err());
    let nobody = log_out(&cloud.app, &anonymous(), LogOut { command_id: None, everywhere: true }).await.unwrap();
    assert_eq!(nobody.receipt, None);
}
