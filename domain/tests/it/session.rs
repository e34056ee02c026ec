//! One log-in: opened once, revoked once.

use fieldlog_domain::session::{RevocationReason, SessionCommand, SessionEvent, SessionRefusal};
use fieldlog_domain::shared::ClientType;

use crate::build::{ana, at, digest, session, then};

fn open(token: &str) -> SessionCommand {
    let (account, token_digest) = (ana(), digest(token));
    SessionCommand::Open { account, token_digest, client: ClientType::Qfield, expires_at: at(3600) }
}

fn opened() -> Vec<SessionEvent> {
    let (account, token_digest) = (ana(), digest("token"));
    vec![SessionEvent::SessionOpened { account, token_digest, client: ClientType::Qfield, expires_at: at(3600) }]
}

fn revoked(reason: RevocationReason) -> SessionEvent {
    SessionEvent::SessionRevoked { reason }
}

#[test]
fn a_session_opens() {
    session(vec![]).when(open("token")).then_expect_events(opened());
}

#[test]
fn opening_it_twice_changes_nothing() {
    session(opened()).when(open("token")).then_expect_events(vec![]);
}

#[test]
fn another_token_does_not_open_it() {
    session(opened()).when(open("another")).then_expect_error(SessionRefusal::AlreadyOpen);
}

#[test]
fn a_session_is_revoked_once_and_keeps_its_first_reason() {
    use RevocationReason::{AccountClosed, CredentialChanged, LoggedOut, Superseded};
    for reason in [LoggedOut, Superseded, CredentialChanged, AccountClosed] {
        session(opened()).when(SessionCommand::Revoke(reason)).then_expect_events(vec![revoked(reason)]);
        session(then(&opened(), [revoked(LoggedOut)])).when(SessionCommand::Revoke(reason)).then_expect_events(vec![]);
    }
}

#[test]
fn what_nobody_opened_is_not_revoked() {
    session(vec![])
        .when(SessionCommand::Revoke(RevocationReason::LoggedOut))
        .then_expect_error(SessionRefusal::NoSuchSession);
}

#[test]
fn a_revoked_session_does_not_open_again() {
    let past = then(&opened(), [revoked(RevocationReason::LoggedOut)]);
    session(past.clone()).when(open("token")).then_expect_events(vec![]);
    session(past).when(open("another")).then_expect_error(SessionRefusal::AlreadyOpen);
}
