//! One log-in. The token itself is never stored, only its SHA-256.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use strum::{AsRefStr, EnumString, IntoStaticStr};
use thiserror::Error;

use crate::Sha256Digest;
use crate::aggregate::{aggregate, domain_event};
use crate::shared::ClientType;
use crate::shared::ids::AccountId;

/// The life of a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, IntoStaticStr)]
#[serde(tag = "type", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum SessionEvent {
    /// Somebody logged in.
    SessionOpened {
        /// Who.
        account: AccountId,
        /// SHA-256 of the token.
        token_digest: Sha256Digest,
        /// The program they use.
        client: ClientType,
        /// After this the token is worth nothing.
        expires_at: DateTime<Utc>,
    },
    /// The token is worth nothing from now on.
    SessionRevoked {
        /// Why.
        reason: RevocationReason,
    },
}

/// Why a session ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, AsRefStr, EnumString)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum RevocationReason {
    /// The person logged out.
    LoggedOut,
    /// The person logged in again with a program that has one session at a time.
    Superseded,
    /// The password changed.
    CredentialChanged,
    /// The account was disabled or erased.
    AccountClosed,
}

impl SessionEvent {
    /// The version of the shape in which this event is written.
    pub fn version(&self) -> &'static str {
        match self {
            Self::SessionOpened { .. } | Self::SessionRevoked { .. } => "1.0.0",
        }
    }
}

domain_event!(SessionEvent);

/// What can be asked of a session.
#[derive(Debug, Clone)]
pub enum SessionCommand {
    /// Open it.
    Open {
        /// Who.
        account: AccountId,
        /// SHA-256 of the token.
        token_digest: Sha256Digest,
        /// The program they use.
        client: ClientType,
        /// When it ends by itself.
        expires_at: DateTime<Utc>,
    },
    /// End it.
    Revoke(RevocationReason),
}

/// Why a session refuses a command.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SessionRefusal {
    /// Nobody opened it.
    #[error("there is no such session")]
    NoSuchSession,
    /// It was opened with another token.
    #[error("the session is open already")]
    AlreadyOpen,
}

/// What decisions about a session need to know.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Session {
    token_digest: Option<Sha256Digest>,
    is_revoked: bool,
}

impl Session {
    fn decide(&self, command: SessionCommand) -> Result<Vec<SessionEvent>, SessionRefusal> {
        match (command, self.token_digest) {
            (SessionCommand::Open { account, token_digest, client, expires_at }, None) => {
                Ok(vec![SessionEvent::SessionOpened { account, token_digest, client, expires_at }])
            }
            (SessionCommand::Open { token_digest, .. }, Some(current)) if token_digest == current => Ok(vec![]),
            (SessionCommand::Open { .. }, Some(_)) => Err(SessionRefusal::AlreadyOpen),
            (SessionCommand::Revoke(_), None) => Err(SessionRefusal::NoSuchSession),
            (SessionCommand::Revoke(_), Some(_)) if self.is_revoked => Ok(vec![]),
            (SessionCommand::Revoke(reason), Some(_)) => Ok(vec![SessionEvent::SessionRevoked { reason }]),
        }
    }

    fn evolve(&mut self, event: SessionEvent) {
        match event {
            SessionEvent::SessionOpened { token_digest, .. } => self.token_digest = Some(token_digest),
            SessionEvent::SessionRevoked { .. } => self.is_revoked = true,
        }
    }
}

aggregate!(Session, "session", SessionCommand, SessionEvent, SessionRefusal);
