//! Events of sessions and names.

pub mod opened_and_revoked {
    use fieldlog_domain::session::{RevocationReason, SessionEvent};
    use fieldlog_domain::shared::ClientType;

    use super::super::every_variant;
    use crate::build::{ana, at, digest};

    every_variant! { SessionEvent:
        SessionOpened { account: ana(), token_digest: digest("t"), client: ClientType::Qfield, expires_at: at(3600) }
        SessionRevoked { reason: RevocationReason::LoggedOut }
    }
}

pub mod claimed_and_released {
    use fieldlog_domain::name_claim::NameClaimEvent;
    use fieldlog_domain::{StreamId, StreamKind};

    use super::super::every_variant;
    use crate::build::ana;

    every_variant! { NameClaimEvent:
        NameClaimed { holder: StreamId::new(StreamKind::Account, ana()) }
        NameReleased { holder: StreamId::new(StreamKind::Account, ana()) }
    }
}
